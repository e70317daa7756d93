// Where samples are written to; collector/README.md shows the section of collector.yaml.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace caspilink::remote_write {

struct ReceiverSettings {
  std::string name;  // of the watermark and of metric labels
  std::string url;   // "http://127.0.0.1:9090/api/v1/write"
  // Samples older than this are not sent: the receiver would refuse the whole request they are in.
  // Prometheus: its out_of_order_time_window. Nothing: the receiver takes any age.
  std::optional<std::int64_t> window_ns;
  std::size_t max_samples = 5000;  // a request
  std::int64_t timeout_ns = 30'000'000'000;
  std::vector<std::pair<std::string, std::string>> labels;  // added to every series
  // Basic authentication; the password is read again for every connection, and never logged.
  std::string username;
  std::string password_file;
  std::string ca_file;  // for https; empty: the system's

  friend bool operator==(const ReceiverSettings&, const ReceiverSettings&) = default;
};

}  // namespace caspilink::remote_write
