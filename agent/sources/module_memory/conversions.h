// From register numbers to units: the few rules that all standards of module memory share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/sources/module_memory/memory_image.h"
#include "agent/sources/module_memory/readings.h"

namespace caspilink::module_memory {

inline constexpr double kTemperatureStep = 1.0 / 256;  // degC of an s16
inline constexpr double kSupplyStep = 1e-4;            // V of a u16
inline constexpr double kBiasStep = 2e-3;              // mA of a u16
inline constexpr double kPowerStep = 1e-4;             // mW of a u16
inline constexpr double kSpeedOfLightNmThz = 299'792.458;

// Zero is no light, and so is less than zero, which external calibration can give.
[[nodiscard]] inline Measured power_measured(double milliwatts) {
  if (!(milliwatts > 0)) return tl::unexpected(Absent::kNoLight);
  // A step of the register is 0.1 uW: less than half of one is no measurement.
  if (milliwatts < kPowerStep / 2) return tl::unexpected(Absent::kBelowRange);
  return milliwatts;
}

template <typename Raw>
[[nodiscard]] Measured scaled(std::optional<Raw> raw, double step) {
  if (!raw) return tl::unexpected(Absent::kNotReadable);
  return *raw * step;
}

[[nodiscard]] inline Measured scaled_power(std::optional<std::uint16_t> raw) {
  if (!raw) return tl::unexpected(Absent::kNotReadable);
  return power_measured(*raw * kPowerStep);
}

// High alarm, low alarm, high warning, low warning: the order of all standards.
[[nodiscard]] inline std::optional<Limits> unsigned_limits(const Registers& page, unsigned number,
                                                           double step) {
  const auto ha = page.u16(number), la = page.u16(number + 2), hw = page.u16(number + 4),
             lw = page.u16(number + 6);
  if (!ha || !la || !hw || !lw) return std::nullopt;
  return Limits{*ha * step, *la * step, *hw * step, *lw * step};
}

[[nodiscard]] inline std::optional<Limits> signed_limits(const Registers& page, unsigned number,
                                                         double step) {
  const auto ha = page.s16(number), la = page.s16(number + 2), hw = page.s16(number + 4),
             lw = page.s16(number + 6);
  if (!ha || !la || !hw || !lw) return std::nullopt;
  return Limits{*ha * step, *la * step, *hw * step, *lw * step};
}

// Appends the checksum over registers first to last, stored behind them, and a warning when it is
// wrong; nothing when a byte of it was not readable.
void check_sum(ModuleReadings& readings, std::string name, const Registers& page, unsigned first,
               unsigned last);

// "00:90:65" of three registers.
[[nodiscard]] std::optional<std::string> oui(const Registers& page, unsigned number);

}  // namespace caspilink::module_memory
