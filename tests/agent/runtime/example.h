// A configuration with every key, as agent/README.md shows it.
#pragma once

#include <string>

namespace caspilink::runtime {

inline const std::string kExample = R"(station: sumgait
state_dir: state
log_level: info
http: {listen: "127.0.0.1:9401"}
collectors:
  - {address: "127.0.0.1:9400", name: collector}
  - {address: "[::1]:9400"}
tls: {ca_file: ca.pem, certificate_file: agent.pem, key_file: /etc/agent.key}
spool: {max_megabytes: 512, max_age_h: 48, keep: newest, memory_megabytes: 8}
batch: {linger_ms: 100, offline_linger_ms: 800, max_samples: 500}
uplink: {max_unacknowledged_batches: 16, backlog_samples_per_second: 50000, quorum: 1}
gnmi:
  targets:
    - name: slte-1
      address: "127.0.0.1:9339"
      sample_interval_s: 1
      encoding: auto
      no_light_at_or_below_dbm: -40
      tls: {ca_file: /etc/slte-ca.pem, name: slte-1.example}
      components:
        - {pattern: "och-{fibre_pair}-{channel}"}
        - {pattern: "line-{fibre_pair}"}
        - {pattern: "{element}-{fibre_pair}"}
        - {pattern: "och-1-{channel}", fibre_pair: FP01}
stamp:
  reflector: {listen: "127.0.0.1:8621", mode: stateful, max_packets_per_second: 1000}
  sessions:
    - {fibre_pair: FP01, peer: aktau, address: "127.0.0.1:9600", interval_ms: 200, timeout_ms: 2000}
  report_interval_s: 1
)";

}  // namespace caspilink::runtime
