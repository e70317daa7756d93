// agent.yaml, whole; agent/README.md shows every key.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "agent/sources/source.h"
#include "agent/spool/spool.h"
#include "link_models/result.h"
#include "proto/endpoint/address.h"
#include "proto/endpoint/credentials.h"

namespace caspilink::runtime {

struct CollectorConfiguration {
  endpoint::Address address;
  std::string name;  // expected in the collector's certificate
};

// One part of the equipment that is observed, of a kind that has a section in the file.
struct SourceConfiguration {
  std::string kind;  // the section's key: "gnmi"
  sources::MakeSource make;
};

// A key of the file as it stands there, and where.
struct Setting {
  std::string text;
  std::string where;  // "agent.yaml:3:7"
};
using Settings = std::map<std::string, Setting>;  // by path: "uplink.quorum"

struct Configuration {
  std::string station;
  std::string state_dir;
  std::string log_level = "info";
  endpoint::Address http{.host = "127.0.0.1", .port = 9401};
  std::vector<CollectorConfiguration> collectors;
  endpoint::TlsFiles tls;
  spool::Bounds spool;
  std::int64_t batch_linger_ns = 5'000'000;            // while a collector is there
  std::int64_t batch_offline_linger_ns = 500'000'000;  // while there is none
  std::size_t max_batch_samples = 2000;
  std::uint32_t max_unacknowledged_batches = 32;
  std::uint32_t backlog_samples_per_second = 0;  // 0: as fast as the collector takes them
  std::size_t quorum = 1;  // collectors that must have a batch before it is forgotten
  std::vector<SourceConfiguration> sources;
  Settings settings;  // what the file says, to compare with what another one says
};

// Everything that can be wrong without touching the network or the disk's state is found here.
// Relative file names are relative to the configuration's folder.
[[nodiscard]] Result<Configuration> load_configuration(const std::string& path);

}  // namespace caspilink::runtime
