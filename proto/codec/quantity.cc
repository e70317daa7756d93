#include "proto/codec/quantity.h"

#include <algorithm>
#include <array>

namespace caspilink::codec {
namespace {

// Paths follow openconfig-terminal-device, -optical-amplifier and -transport-line-common.
#define CHANNEL "/components/component[name=*]/optical-channel/state/"
#define PORT "/components/component[name=*]/port/optical-port/state/"
#define AMPLIFIER "/optical-amplifier/amplifiers/amplifier[name=*]/state/"

using enum Scope;
using enum Side;

// Ranges are wide: they separate what equipment can truly report from garbage, and are no alarm
// limits.
constexpr auto kTable = std::to_array<QuantityInfo>({
    {Quantity::kChannelOutputPower, "channel_output_power", kChannel, kTransmit, "dBm", -60, 30,
     CHANNEL "output-power", "caspilink_channel_output_power_dbm", 1,
     "Power a channel's transmitter launches."},
    {Quantity::kLaserBiasCurrent, "laser_bias_current", kChannel, kTransmit, "mA", 0, 5000,
     CHANNEL "laser-bias-current", "caspilink_laser_bias_current_amperes", 1e-3,
     "Bias current of a channel's transmit laser."},
    {Quantity::kChannelInputPower, "channel_input_power", kChannel, kReceive, "dBm", -60, 30,
     CHANNEL "input-power", "caspilink_channel_input_power_dbm", 1,
     "Power of one channel's signal at its receiver."},
    {Quantity::kQValue, "q_value", kChannel, kReceive, "dB", -10, 40, CHANNEL "q-value",
     "caspilink_q_value_decibels", 1, "Q of a channel before error correction, 20 log10 of q."},
    {Quantity::kEsnr, "esnr", kChannel, kReceive, "dB", -10, 60, CHANNEL "esnr",
     "caspilink_esnr_decibels", 1, "Electrical signal-to-noise ratio seen by the receiver."},
    {Quantity::kOsnr, "osnr", kChannel, kReceive, "dB", -10, 80, CHANNEL "osnr",
     "caspilink_osnr_decibels", 1, "Optical signal-to-noise ratio in 12.5 GHz."},
    {Quantity::kPreFecBer, "pre_fec_ber", kChannel, kReceive, "ratio", 0, 0.5,
     CHANNEL "pre-fec-ber", "caspilink_pre_fec_ber_ratio", 1,
     "Bit error ratio before error correction."},
    {Quantity::kPostFecBer, "post_fec_ber", kChannel, kReceive, "ratio", 0, 0.5,
     CHANNEL "post-fec-ber", "caspilink_post_fec_ber_ratio", 1,
     "Bit error ratio after error correction."},
    {Quantity::kChromaticDispersion, "chromatic_dispersion", kChannel, kReceive, "ps/nm", -500000,
     500000, CHANNEL "chromatic-dispersion", "caspilink_chromatic_dispersion_seconds_per_meter",
     1e-3, "Chromatic dispersion the receiver compensates; 1 ps/nm is 0.001 s/m."},
    {Quantity::kPolarizationModeDispersion, "polarization_mode_dispersion", kChannel, kReceive,
     "ps", 0, 1000, CHANNEL "polarization-mode-dispersion",
     "caspilink_polarization_mode_dispersion_seconds", 1e-12,
     "Differential group delay as the receiver estimates it."},
    {Quantity::kSecondOrderPmd, "second_order_pmd", kChannel, kReceive, "ps^2", 0, 1000000,
     CHANNEL "second-order-polarization-mode-dispersion",
     "caspilink_second_order_pmd_square_seconds", 1e-24,
     "Second-order polarisation mode dispersion."},
    {Quantity::kPolarizationDependentLoss, "polarization_dependent_loss", kChannel, kReceive, "dB",
     0, 40, CHANNEL "polarization-dependent-loss", "caspilink_polarization_dependent_loss_decibels",
     1, "Polarisation-dependent loss of the path."},
    {Quantity::kCarrierFrequencyOffset, "carrier_frequency_offset", kChannel, kReceive, "MHz",
     -100000, 100000, CHANNEL "carrier-frequency-offset",
     "caspilink_carrier_frequency_offset_hertz", 1e6,
     "Transmit carrier against the receiver's local oscillator."},
    {Quantity::kSopRate, "sop_rate", kChannel, kReceive, "krad/s", 0, 1000000, CHANNEL "sop-roc",
     "caspilink_sop_rate_radians_per_second", 1e3,
     "Rate of change of the state of polarisation; touching the cable shows here first."},
    {Quantity::kLineOutputPower, "line_output_power", kLine, kTransmit, "dBm", -60, 40,
     PORT "output-power", "caspilink_line_output_power_dbm", 1,
     "Total power a station sends into a fibre."},
    {Quantity::kLineInputPower, "line_input_power", kLine, kReceive, "dBm", -60, 40,
     PORT "input-power", "caspilink_line_input_power_dbm", 1,
     "Total power a station receives from a fibre."},
    {Quantity::kAmplifierGain, "amplifier_gain", kAmplifier, kByElement, "dB", -10, 60,
     AMPLIFIER "actual-gain", "caspilink_amplifier_gain_decibels", 1,
     "Gain of a terminal amplifier."},
    {Quantity::kAmplifierGainTilt, "amplifier_gain_tilt", kAmplifier, kByElement, "dB", -30, 30,
     AMPLIFIER "actual-gain-tilt", "caspilink_amplifier_gain_tilt_decibels", 1,
     "Gain tilt of a terminal amplifier over its band."},
    {Quantity::kAmplifierInputPower, "amplifier_input_power", kAmplifier, kByElement, "dBm", -60,
     40, AMPLIFIER "input-power-total", "caspilink_amplifier_input_power_dbm", 1,
     "Total input power of a terminal amplifier."},
    {Quantity::kAmplifierOutputPower, "amplifier_output_power", kAmplifier, kByElement, "dBm", -60,
     40, AMPLIFIER "output-power-total", "caspilink_amplifier_output_power_dbm", 1,
     "Total output power of a terminal amplifier."},
    {Quantity::kAmplifierLaserBiasCurrent, "amplifier_laser_bias_current", kAmplifier, kByElement,
     "mA", 0, 20000, AMPLIFIER "laser-bias-current",
     "caspilink_amplifier_laser_bias_current_amperes", 1e-3,
     "Pump laser bias current of a terminal amplifier."},
    {Quantity::kRoundTripDelay, "round_trip_delay", kPath, kNone, "s", 0, 60, "",
     "caspilink_round_trip_delay_seconds", 1,
     "Median round-trip delay to the peer station, the reflector's own time taken out."},
    {Quantity::kRoundTripDelayMinimum, "round_trip_delay_minimum", kPath, kNone, "s", 0, 60, "",
     "caspilink_round_trip_delay_minimum_seconds", 1, "Smallest round-trip delay of the interval."},
    {Quantity::kOneWayDelayOutbound, "one_way_delay_outbound", kPath, kNone, "s", -86400, 86400, "",
     "caspilink_one_way_delay_outbound_seconds", 1,
     "Median delay towards the peer; true only within the error bound."},
    {Quantity::kOneWayDelayInbound, "one_way_delay_inbound", kPath, kNone, "s", -86400, 86400, "",
     "caspilink_one_way_delay_inbound_seconds", 1,
     "Median delay from the peer; true only within the error bound."},
    {Quantity::kOneWayDelayErrorBound, "one_way_delay_error_bound", kPath, kNone, "s", 0, 86400, "",
     "caspilink_one_way_delay_error_bound_seconds", 1,
     "Error estimates of both stations' clocks, added."},
    {Quantity::kDelayVariation, "delay_variation", kPath, kNone, "s", 0, 60, "",
     "caspilink_delay_variation_seconds", 1,
     "95th percentile of the round-trip delay less its minimum, over the interval."},
    {Quantity::kProbeLoss, "probe_loss", kPath, kNone, "ratio", 0, 1, "",
     "caspilink_probe_loss_ratio", 1, "Latency probes that had no answer, over the interval."},
    {Quantity::kModuleTemperature, "module_temperature", kModule, kNone, "degC", -128, 128, "",
     "caspilink_module_temperature_celsius", 1, "Case temperature of a pluggable module."},
    {Quantity::kModuleSupplyVoltage, "module_supply_voltage", kModule, kNone, "V", 0, 20, "",
     "caspilink_module_supply_voltage_volts", 1, "Supply voltage inside a pluggable module."},
    {Quantity::kModuleOutputPower, "module_output_power", kModule, kTransmit, "dBm", -60, 30, "",
     "caspilink_module_output_power_dbm", 1, "Power one lane of a pluggable module launches."},
    {Quantity::kModuleInputPower, "module_input_power", kModule, kReceive, "dBm", -60, 30, "",
     "caspilink_module_input_power_dbm", 1,
     "All power at the receiver of one lane of a pluggable module."},
    {Quantity::kModuleLaserBiasCurrent, "module_laser_bias_current", kModule, kTransmit, "mA", 0,
     5000, "", "caspilink_module_laser_bias_current_amperes", 1e-3,
     "Laser bias current of one lane of a pluggable module."},
    {Quantity::kModuleLaserTemperature, "module_laser_temperature", kModule, kTransmit, "degC",
     -128, 128, "", "caspilink_module_laser_temperature_celsius", 1,
     "Laser temperature of a pluggable module."},
    {Quantity::kModulePreFecBer, "module_pre_fec_ber", kModule, kReceive, "ratio", 0, 0.5, "",
     "caspilink_module_pre_fec_ber_ratio", 1,
     "Media-side bit error ratio before error correction of a pluggable module."},
    {Quantity::kModuleEsnr, "module_esnr", kModule, kReceive, "dB", -10, 60, "",
     "caspilink_module_esnr_decibels", 1,
     "Media-side electrical signal-to-noise ratio of one lane of a pluggable module."},
});

#undef CHANNEL
#undef PORT
#undef AMPLIFIER

static_assert(std::ranges::is_sorted(kTable, {}, &QuantityInfo::quantity));

}  // namespace

std::span<const QuantityInfo> quantities() { return kTable; }

const QuantityInfo& info(Quantity quantity) {
  return *std::ranges::lower_bound(kTable, quantity, {}, &QuantityInfo::quantity);
}

std::optional<Quantity> quantity_from_name(std::string_view name) {
  const auto found = std::ranges::find(kTable, name, &QuantityInfo::name);
  return found == kTable.end() ? std::nullopt : std::optional(found->quantity);
}

std::optional<Quantity> quantity_from_number(std::uint32_t number) {
  const auto found = std::ranges::find(kTable, number, [](const QuantityInfo& row) {
    return static_cast<std::uint32_t>(row.quantity);
  });
  return found == kTable.end() ? std::nullopt : std::optional(found->quantity);
}

}  // namespace caspilink::codec
