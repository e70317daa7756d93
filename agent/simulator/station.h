// `caspilink-simulator station`: one landing station's equipment, until told to end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "link_models/result.h"

namespace caspilink::simulator {

struct StationOptions {
  std::string plant_file;
  std::string station;
  std::string line_file;
  std::string gnmi_listen;
  std::optional<std::string> path_listen;  // with path_target, or neither
  std::optional<std::string> path_target;
  std::optional<std::uint64_t> seed;  // of a new line file; must agree with one that exists
  std::optional<std::string> tls_ca;  // all three, or none: plain text
  std::optional<std::string> tls_certificate;
  std::optional<std::string> tls_key;
  bool check_only = false;
};

// Runs until SIGINT or SIGTERM; with `check_only` checks the input and returns. Nothing is started,
// and no line file made, where any input is wrong.
[[nodiscard]] Result<void> run_station(const StationOptions& options, std::int64_t now_unix_ns);

// Makes the line file where there is none.
[[nodiscard]] Result<void> init_line(const std::string& plant_file, const std::string& line_file,
                                     std::optional<std::uint64_t> seed, std::int64_t now_unix_ns);

// The one clock of the program.
[[nodiscard]] std::int64_t unix_now_ns();

}  // namespace caspilink::simulator
