// collector.yaml: everything a collector is told, checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/core/core.h"
#include "collector/ingest/server.h"
#include "collector/performance/settings.h"
#include "collector/program/judging_config.h"
#include "collector/query/server.h"
#include "collector/remote_write/settings.h"
#include "collector/store/sqlite_store.h"
#include "link_models/result.h"
#include "link_models/units.h"
#include "proto/endpoint/address.h"
#include "proto/endpoint/credentials.h"

namespace caspilink::program {

struct Config {
  std::string plant_file;
  endpoint::Address listen{.host = "127.0.0.1", .port = 9400};  // agents, gRPC
  endpoint::Address http_listen{.host = "127.0.0.1",
                                .port = 9401};  // the page, /metrics and its kin
  std::string
      web_config_file;  // TLS and passwords of HTTP, see endpoint::WebConfig; empty: neither
  std::optional<endpoint::Address> query_listen;  // people and programs, gRPC; none: not served
  query::Limits query_limits;
  endpoint::TlsFiles tls;
  std::string store_dir;
  store::StoreOptions store;
  ingest::Limits limits;
  core::Settings core;  // what `judging` says is filled in when the plant is known
  JudgingConfig judging;
  std::optional<Seconds> silence;  // else the staleness
  performance::Settings performance;
  std::vector<remote_write::ReceiverSettings> remote_write;
  std::string log_level = "info";
};

// Relative paths in the file are relative to its folder. Errors as of formats::YamlFile.
[[nodiscard]] Result<Config> load_config(const std::string& path);
[[nodiscard]] Result<Config> parse_config(std::string_view text, const std::string& file);

}  // namespace caspilink::program
