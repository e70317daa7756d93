// Where the collector is and what we show it: from flags, else the environment, else a file.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "link_models/result.h"
#include "proto/endpoint/address.h"
#include "proto/endpoint/credentials.h"

namespace caspilink::ctl {

struct Connection {
  endpoint::Address address{.host = "127.0.0.1", .port = 9402};
  std::string server_name;  // that the collector's certificate must have; empty: the host's
  endpoint::TlsFiles tls;
};

// What the command line says; empty: nothing.
struct Flags {
  std::string config;
  std::string address;
  std::string server_name;
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
};

// A variable of the environment; nothing where it is not set or empty.
using Environment = std::function<std::optional<std::string>(const char* name)>;

// The file is --config, else CASPICTL_CONFIG, else caspilink/caspictl.yaml in XDG_CONFIG_HOME or
// ~/.config, which need not exist. Its paths are relative to its folder, those of flags and
// environment to where we are. kInvalidInput where something is missing, with what would give it.
[[nodiscard]] Result<Connection> find_connection(const Flags& flags,
                                                 const Environment& environment);

}  // namespace caspilink::ctl
