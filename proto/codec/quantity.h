// Quantities are defined once, here: name, unit, range, OpenConfig leaf, metric name and help.
// The wire's enum, the agent's subscriptions, the exported metrics and their reference page are all
// taken from this table or tested against it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace caspilink::codec {

// Numbers are those of caspilink.telemetry.v1.Quantity and never change.
enum class Quantity : std::uint16_t {
  kChannelOutputPower = 1,
  kLaserBiasCurrent = 2,
  kChannelInputPower = 10,
  kQValue = 11,
  kEsnr = 12,
  kOsnr = 13,
  kPreFecBer = 14,
  kPostFecBer = 15,
  kChromaticDispersion = 16,
  kPolarizationModeDispersion = 17,
  kSecondOrderPmd = 18,
  kPolarizationDependentLoss = 19,
  kCarrierFrequencyOffset = 20,
  kSopRate = 21,
  kModulationErrorRatio = 22,
  kFecUncorrectableBlocks = 23,
  kErroredBlocksRatio = 24,
  kMonitoredChannelPower = 25,
  kMonitoredChannelLaunchPower = 26,
  kTransmitFailure = 27,
  kLineOutputPower = 40,
  kLineInputPower = 41,
  kLineInputTilt = 42,
  kSupervisoryOutputPower = 43,
  kSupervisoryInputPower = 44,
  kAmplifierGain = 60,
  kAmplifierGainTilt = 61,
  kAmplifierInputPower = 62,
  kAmplifierOutputPower = 63,
  kAmplifierLaserBiasCurrent = 64,
  kAmplifierInputPowerCBand = 65,
  kAmplifierInputPowerLBand = 66,
  kAmplifierOutputPowerCBand = 67,
  kAmplifierOutputPowerLBand = 68,
  kAmplifierReturnLoss = 69,
  kAttenuatorAttenuation = 70,
  kAttenuatorOutputPower = 71,
  kAmplifierTargetGain = 72,
  kAmplifierTargetGainTilt = 73,
  kAmplifierTargetOutputPower = 74,
  kAmplifierMode = 75,
  kAmplifierEnabled = 76,
  kRoundTripDelay = 80,
  kRoundTripDelayMinimum = 81,
  kOneWayDelayOutbound = 82,
  kOneWayDelayInbound = 83,
  kOneWayDelayErrorBound = 84,
  kDelayVariation = 85,
  kProbeLoss = 86,
  kRoundTripDelayP95 = 87,
  kRoundTripDelayP99 = 88,
  kRoundTripDelayMaximum = 89,
  kInterPacketDelayVariation = 90,
  kProbeLossOutbound = 91,
  kProbeLossInbound = 92,
  kProbesReordered = 93,
  kProbesDuplicated = 94,
  kPathHopsOutbound = 95,
  kPathHopsInbound = 96,
  kClockSynchronised = 97,
  kModuleTemperature = 100,
  kModuleSupplyVoltage = 101,
  kModuleOutputPower = 102,
  kModuleInputPower = 103,
  kModuleLaserBiasCurrent = 104,
  kModuleLaserTemperature = 105,
  kModulePreFecBer = 106,
  kModuleEsnr = 107,
  kModuleReceiveLossOfSignal = 108,
  kModuleTransmitFailure = 109,
  kModuleInputPowerLowerThreshold = 110,
  kModuleInputPowerUpperThreshold = 111,
  kModuleOutputPowerLowerThreshold = 112,
  kModuleOutputPowerUpperThreshold = 113,
  kModuleLaserBiasCurrentLowerThreshold = 114,
  kModuleLaserBiasCurrentUpperThreshold = 115,
  kModuleTemperatureLowerThreshold = 116,
  kModuleTemperatureUpperThreshold = 117,
  kModuleSupplyVoltageLowerThreshold = 118,
  kModuleSupplyVoltageUpperThreshold = 119,
  kPowerFeedVoltage = 130,
  kPowerFeedCurrent = 131,
  kPowerFeedEarthCurrent = 132,
  kRepeaterGain = 140,
  kRepeaterInputPower = 141,
  kRepeaterOutputPower = 142,
  kRepeaterPumpCurrent = 143,
  kSpanLoss = 144,
  kRepeaterGainTilt = 145,
  kRepeaterTargetGain = 146,
  kRepeaterTargetGainTilt = 147,
  kRepeaterTargetOutputPower = 148,
  kRepeaterMode = 149,
  kPumpPower = 150,
  kPumpBiasCurrent = 151,
  kPumpBackReflection = 152,
  kProtectionActivePath = 160,
  kProtectionInputPower = 161,
  kClockOffset = 170,
  kClockErrorBound = 171,
};

// What a measurement point of the quantity belongs to, which decides the labels it carries.
enum class Scope : std::uint8_t {
  kChannel,     // fibre_pair, direction, channel
  kLine,        // fibre_pair, direction
  kAmplifier,   // fibre_pair, direction, element
  kPath,        // fibre_pair, peer
  kModule,      // source; element where it is of one lane, or names a threshold's severity
  kElement,     // fibre_pair, direction, element: a span, repeater or ROPA by its name on the route
  kPump,        // fibre_pair, direction, element
  kProtection,  // fibre_pair, direction, element where it is of one input
  kPowerFeed,   // element where a station has several
  kStation,     // nothing more
};

// At which end of the fibre the reading is taken: a receive reading at station B, and a transmit
// reading at station A, both belong to direction a-b. A booster transmits, a preamplifier receives,
// so amplifiers tell by their element, as pumps do; a path, a station and a module as a whole have
// no side. A body of the wet plant is reported by the station its light travels to.
enum class Side : std::uint8_t { kTransmit, kReceive, kByElement, kNone };

struct QuantityInfo {
  Quantity quantity;
  std::string_view name;  // "channel_input_power": as in files and on the command line
  Scope scope;
  Side side;
  std::string_view unit;        // of values on the wire and in the store
  double minimum;               // smallest and largest value that can be true, inclusive;
  double maximum;               // anything else is set aside
  std::string_view openconfig;  // absolute path of the leaf or its instant/avg/min/max container
  std::string_view metric;      // "caspilink_channel_input_power_dbm": in base units
  double metric_scale;          // metric value = wire value * metric_scale
  std::string_view help;
};

// Every quantity, ordered by number.
[[nodiscard]] std::span<const QuantityInfo> quantities();

// The row of one quantity; every enumerator has one.
[[nodiscard]] const QuantityInfo& info(Quantity quantity);

[[nodiscard]] std::optional<Quantity> quantity_from_name(std::string_view name);
[[nodiscard]] std::optional<Quantity> quantity_from_number(std::uint32_t number);

}  // namespace caspilink::codec
