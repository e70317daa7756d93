// agent.yaml, whole; agent/README.md shows every key.
#pragma once

#include <cstdint>
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

struct Configuration {
  std::string station;
  std::string state_dir;
  std::string log_level = "info";
  endpoint::Address http{.host = "127.0.0.1", .port = 9401};
  std::vector<CollectorConfiguration> collectors;
  endpoint::TlsFiles tls;
  spool::Bounds spool;
  std::int64_t batch_linger_ns = 200'000'000;
  std::size_t max_batch_samples = 2000;
  std::uint32_t max_unacknowledged_batches = 32;
  std::vector<sources::MakeSource> sources;
};

// Everything that can be wrong without touching the network or the disk's state is found here.
// Relative file names are relative to the configuration's folder.
[[nodiscard]] Result<Configuration> load_configuration(const std::string& path);

}  // namespace caspilink::runtime
