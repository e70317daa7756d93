#include "collector/twin/tolerance.h"

#include <cmath>
#include <numbers>

#include "link_models/physics/q_factor.h"

namespace caspilink::twin {

using codec::Quantity;

Tolerances Tolerances::defaults(const plant::AlarmThresholds& thresholds) {
  Tolerances all;
  const double power_minor = thresholds.receive_power_residual_minor.value();
  const double power_major = thresholds.receive_power_residual_major.value();
  // Power meters of line cards: 0.5 dB half-width, taken as rectangular. Launch powers are set, not
  // modelled.
  constexpr double kPowerMeter = 0.3;
  for (const auto quantity : {Quantity::kChannelOutputPower, Quantity::kMonitoredChannelLaunchPower,
                              Quantity::kLineOutputPower}) {
    all.set(quantity, {.model = 0.1, .measurement = kPowerMeter, .minor = 1.0, .major = 3.0});
  }
  for (const auto quantity :
       {Quantity::kChannelInputPower, Quantity::kMonitoredChannelPower, Quantity::kLineInputPower,
        Quantity::kRepeaterInputPower, Quantity::kAmplifierInputPower}) {
    all.set(quantity,
            {.model = 0.4, .measurement = kPowerMeter, .minor = power_minor, .major = power_major});
  }
  // Q, OSNR and SNR: the GN model's usual agreement with measured lines, and an estimate by a DSP.
  // Better than the model is no fault, and how bad a Q is its margin says.
  all.set(Quantity::kQValue,
          {.model = 0.3, .measurement = 0.1, .minor = 1.0, .worse = Worse::kBelow});
  // Vendors differ in which noise and penalties of their own they count into it: without limits.
  all.set(Quantity::kEsnr, {.model = 0.3, .measurement = 0.1, .worse = Worse::kBelow});
  all.set(Quantity::kOsnr,
          {.model = 0.3, .measurement = 0.5, .minor = 1.5, .major = 3.0, .worse = Worse::kBelow});
  all.set(Quantity::kPreFecBer, {});
  // 0.05 ps/nm/km over 380 km, and what a receiver reads to.
  all.set(Quantity::kChromaticDispersion,
          {.model = 0.0025, .measurement = 0.001, .minor = 0.02, .major = 0.1, .relative = true});
  // A mean against one draw of a Maxwell distribution: 0.42 of the mean is its deviation, and 3.5
  // means are passed by less than one draw in a million, which is what 3,000 channels can be judged
  // by.
  all.set(Quantity::kPolarizationModeDispersion, {.model = 0.2,
                                                  .measurement = 0.42,
                                                  .minor = 2.5,
                                                  .major = 4.0,
                                                  .relative = true,
                                                  .worse = Worse::kAbove});
  all.set(Quantity::kPolarizationDependentLoss, {.model = 0.3,
                                                 .measurement = 0.42,
                                                 .minor = 3.0,
                                                 .major = 5.0,
                                                 .relative = true,
                                                 .worse = Worse::kAbove});
  // Loop-gain and supervisory figures; limits as landing stations use them.
  for (const auto quantity : {Quantity::kRepeaterGain, Quantity::kAmplifierGain}) {
    all.set(quantity, {.model = 0.2, .measurement = 0.2, .minor = 0.5, .major = 1.0});
  }
  all.set(Quantity::kSpanLoss,
          {.model = 0.3, .measurement = 0.2, .minor = power_minor, .major = power_major});
  // Held by the amplifier: the model takes it as given.
  for (const auto quantity : {Quantity::kRepeaterOutputPower, Quantity::kAmplifierOutputPower}) {
    all.set(quantity, {.model = 0.1, .measurement = 0.2, .minor = 0.5, .major = 1.0});
  }
  for (const auto quantity : {Quantity::kRepeaterGainTilt, Quantity::kAmplifierGainTilt}) {
    all.set(quantity, {.model = 0.5, .measurement = 0.3, .minor = 1.0, .major = 3.0});
  }
  // Of a spectrum, where tilts of all amplifiers before it add up.
  all.set(Quantity::kLineInputTilt, {.model = 1.0, .measurement = 0.5, .minor = 1.0, .major = 3.0});
  // A pump's own meter; what it sends is set.
  all.set(Quantity::kPumpPower,
          {.model = 0.1, .measurement = kPowerMeter, .minor = 1.0, .major = 3.0});
  // Time of flight: the plant's length and group index; stamping by hosts.
  const double tolerance = thresholds.latency_tolerance.value();
  for (const auto quantity : {Quantity::kRoundTripDelay, Quantity::kRoundTripDelayMinimum}) {
    all.set(quantity, {.model = tolerance / 2, .measurement = 50e-6});
  }
  for (const auto quantity : {Quantity::kOneWayDelayOutbound, Quantity::kOneWayDelayInbound}) {
    all.set(quantity, {.model = tolerance / 4, .measurement = 50e-6});
  }
  all.set(Quantity::kPowerFeedVoltage,
          {.model = 0.01, .measurement = 0.002, .minor = 0.02, .major = 0.05, .relative = true});
  all.set(Quantity::kPowerFeedCurrent,
          {.model = 0.001, .measurement = 0.002, .minor = 0.01, .major = 0.05, .relative = true});
  return all;
}

const Tolerance* Tolerances::find(Quantity quantity) const {
  const auto found = of_.find(quantity);
  return found == of_.end() ? nullptr : &found->second;
}

std::optional<double> Tolerances::uncertainty(Quantity quantity, double expected) const {
  const Tolerance* tolerance = find(quantity);
  if (tolerance == nullptr) return std::nullopt;
  if (quantity == Quantity::kPreFecBer) {
    const auto of_q = uncertainty(Quantity::kQValue, 0);
    if (!of_q || expected <= 0 || expected >= 0.5) return std::nullopt;
    // BER = erfc(q / sqrt 2) / 2, so that d BER / d Q(dB) = q ln 10 / 20 times the normal density.
    const double q = std::pow(10, physics::q_from_ber(expected).value() / 20);
    const double density = std::exp(-q * q / 2) / std::sqrt(2 * std::numbers::pi);
    return *of_q * q * std::numbers::ln10 / 20 * density;
  }
  const double both = std::hypot(tolerance->model, tolerance->measurement);
  return tolerance->relative ? both * std::abs(expected) : both;
}

}  // namespace caspilink::twin
