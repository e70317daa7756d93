// What the command line says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "collector/ctl/connection.h"

namespace caspilink::ctl {

inline constexpr const char* kProgram = "caspictl";

// Everything the command line may say; empty and 0: nothing.
struct Arguments {
  Flags flags;
  std::string format = "table";
  std::string colour = "auto";
  double timeout_s = 10;
  std::string fibre_pair, station, direction, element, quantity, type, severity, note, month;
  std::string from, until, duration, interval = "15min";
  std::uint32_t channel = 0;
  std::uint32_t limit = 0;
  std::uint64_t id = 0;
  std::uint64_t parent = 0;
  std::uint64_t events = 0;
  std::optional<double> km;
  std::optional<double> otdr_km;
  double uncertainty_km = 0;
  double excess_ratio = 0;
  bool channels = false;
  bool history = false;
  bool roots = false;
};

}  // namespace caspilink::ctl
