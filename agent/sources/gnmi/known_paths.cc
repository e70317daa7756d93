#include "agent/sources/gnmi/known_paths.h"

#include <tuple>
#include <utility>

namespace caspilink::gnmi {
namespace {

using codec::Quantity;
using enum Placement;

constexpr std::string_view kAmplifierState =
    "/optical-amplifier/amplifiers/amplifier[name=*]/state/";

// openconfig-platform-transceiver, -terminal-device, -optical-amplifier, -channel-monitor,
// -optical-attenuator, -transport-line-protection.
std::vector<KnownPath> make() {
  std::vector<KnownPath> paths;
  for (const codec::QuantityInfo& row : codec::quantities()) {
    if (row.openconfig.empty()) continue;
    paths.push_back({.path = std::string(row.openconfig), .quantity = row.quantity});
    if (row.openconfig.starts_with(kAmplifierState)) {
      paths.back().placement = kTerminalAmplifier;
    }
  }
  // Amplifiers of the line that a terminal or a line system speaks for.
  for (const auto& [leaf, quantity] :
       {std::pair{"actual-gain", Quantity::kRepeaterGain},
        {"actual-gain-tilt", Quantity::kRepeaterGainTilt},
        {"input-power-total", Quantity::kRepeaterInputPower},
        {"output-power-total", Quantity::kRepeaterOutputPower},
        {"laser-bias-current", Quantity::kRepeaterPumpCurrent},
        {"target-gain", Quantity::kRepeaterTargetGain},
        {"target-gain-tilt", Quantity::kRepeaterTargetGainTilt},
        {"target-output-power", Quantity::kRepeaterTargetOutputPower},
        {"amp-mode", Quantity::kRepeaterMode}}) {
    paths.push_back({.path = std::string(kAmplifierState) + leaf,
                     .quantity = quantity,
                     .placement = kLineAmplifier});
  }

  const std::string transceiver = "/components/component[name=*]/transceiver/";
  const std::string lane = transceiver + "physical-channels/channel[index=*]/state/";
  paths.push_back({.path = lane + "tx-failure", .quantity = Quantity::kTransmitFailure});
  for (const auto& [leaf, quantity] : {std::pair{"output-power", Quantity::kModuleOutputPower},
                                       {"input-power", Quantity::kModuleInputPower},
                                       {"laser-bias-current", Quantity::kModuleLaserBiasCurrent},
                                       {"laser-temperature", Quantity::kModuleLaserTemperature},
                                       {"rx-los", Quantity::kModuleReceiveLossOfSignal},
                                       {"tx-failure", Quantity::kModuleTransmitFailure}}) {
    paths.push_back({.path = lane + leaf, .quantity = quantity, .placement = kModulePart});
  }
  paths.push_back({.path = transceiver + "state/supply-voltage",
                   .quantity = Quantity::kModuleSupplyVoltage,
                   .placement = kModulePart});
  const std::string threshold = transceiver + "thresholds/threshold[severity=*]/state/";
  for (const auto& [leaf, quantity] :
       {std::pair{"input-power-lower", Quantity::kModuleInputPowerLowerThreshold},
        {"input-power-upper", Quantity::kModuleInputPowerUpperThreshold},
        {"output-power-lower", Quantity::kModuleOutputPowerLowerThreshold},
        {"output-power-upper", Quantity::kModuleOutputPowerUpperThreshold},
        {"laser-bias-current-lower", Quantity::kModuleLaserBiasCurrentLowerThreshold},
        {"laser-bias-current-upper", Quantity::kModuleLaserBiasCurrentUpperThreshold},
        {"module-temperature-lower", Quantity::kModuleTemperatureLowerThreshold},
        {"module-temperature-upper", Quantity::kModuleTemperatureUpperThreshold},
        {"supply-voltage-lower", Quantity::kModuleSupplyVoltageLowerThreshold},
        {"supply-voltage-upper", Quantity::kModuleSupplyVoltageUpperThreshold}}) {
    paths.push_back({.path = threshold + leaf, .quantity = quantity, .placement = kModulePart});
  }

  for (const char* framing : {"otn", "ethernet"}) {
    const std::string state =
        std::string("/terminal-device/logical-channels/channel[index=*]/") + framing + "/state/";
    for (const auto& [leaf, quantity, copy] :
         {std::tuple{"pre-fec-ber", Quantity::kPreFecBer, true},
          {"post-fec-ber", Quantity::kPostFecBer, true},
          {"q-value", Quantity::kQValue, true},
          {"esnr", Quantity::kEsnr, true},
          {"fec-uncorrectable-blocks", Quantity::kFecUncorrectableBlocks, false}}) {
      paths.push_back(
          {.path = state + leaf, .quantity = quantity, .placement = kLogicalChannel, .copy = copy});
    }
  }

  const std::string supervisory =
      "/optical-amplifier/supervisory-channels/supervisory-channel[interface=*]/state/";
  paths.push_back(
      {.path = supervisory + "output-power", .quantity = Quantity::kSupervisoryOutputPower});
  paths.push_back(
      {.path = supervisory + "input-power", .quantity = Quantity::kSupervisoryInputPower});

  const std::string monitored =
      "/channel-monitors/channel-monitor[name=*]/channels/"
      "channel[lower-frequency=*][upper-frequency=*]/state/power";
  paths.push_back({.path = monitored,
                   .quantity = Quantity::kMonitoredChannelPower,
                   .placement = kMonitorReceive});
  paths.push_back({.path = monitored,
                   .quantity = Quantity::kMonitoredChannelLaunchPower,
                   .placement = kMonitorLaunch});

  const std::string attenuator = "/optical-attenuator/attenuators/attenuator[name=*]/state/";
  paths.push_back(
      {.path = attenuator + "actual-attenuation", .quantity = Quantity::kAttenuatorAttenuation});
  paths.push_back(
      {.path = attenuator + "output-power-total", .quantity = Quantity::kAttenuatorOutputPower});

  const std::string protection = "/aps/aps-modules/aps-module[name=*]/";
  paths.push_back({.path = protection + "state/active-path",
                   .quantity = Quantity::kProtectionActivePath,
                   .placement = kProtectionPort});
  for (const char* port : {"line-primary-in", "line-secondary-in", "common-in"}) {
    paths.push_back({.path = protection + "ports/" + port + "/state/optical-power",
                     .quantity = Quantity::kProtectionInputPower,
                     .placement = kProtectionPort,
                     .element = port});
  }
  return paths;
}

}  // namespace

std::span<const KnownPath> known_paths() {
  static const std::vector<KnownPath> paths = make();
  return paths;
}

bool is_state(const codec::QuantityInfo& row) {
  return row.unit == "flag" || row.unit == "path" || row.unit == "mode" ||
         row.name.ends_with("_threshold") || row.name.find("_target_") != std::string_view::npos;
}

}  // namespace caspilink::gnmi
