// How far observed may lie from expected before it means something: the uncertainty of the model,
// of the measurement, and the limits a residual is judged by, per quantity.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "link_models/plant/plant.h"
#include "proto/codec/quantity.h"

namespace caspilink::twin {

// On which side of what is expected a figure is worse; on the other it may be off by any amount.
enum class Worse : std::uint8_t { kEither, kBelow, kAbove };

// In the quantity's wire unit or, where `relative`, as parts of the expected value. One standard
// uncertainty each (GUM).
struct Tolerance {
  double model = 0;  // of the expected value: what a plant file's figures and the models leave open
  double measurement = 0;  // of the observed one: the equipment's accuracy
  // Magnitude of a residual that is not within budget, and of one that is below it; nothing: the
  // residual is shown and not judged.
  std::optional<double> minor;
  std::optional<double> major;
  bool relative = false;
  Worse worse = Worse::kEither;

  friend bool operator==(const Tolerance&, const Tolerance&) = default;
};

class Tolerances {
 public:
  // What is assumed where nobody says better; receive power and Q's margin take the plant's
  // thresholds.
  [[nodiscard]] static Tolerances defaults(const plant::AlarmThresholds& thresholds);

  void set(codec::Quantity quantity, const Tolerance& tolerance) { of_[quantity] = tolerance; }
  // nullptr where the quantity is not compared.
  [[nodiscard]] const Tolerance* find(codec::Quantity quantity) const;

  // Both parts together, in the wire unit. A BER's follow from that of Q at the expected BER.
  // Nothing where the quantity is not compared.
  [[nodiscard]] std::optional<double> uncertainty(codec::Quantity quantity, double expected) const;

 private:
  std::map<codec::Quantity, Tolerance> of_;
};

}  // namespace caspilink::twin
