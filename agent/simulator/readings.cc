#include "agent/simulator/readings.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "agent/simulator/noise.h"
#include "link_models/physics/q_factor.h"

namespace caspilink::simulator {
namespace {

using codec::Quantity;
using plant::Direction;
using Where = Point::Where;

// Terminal equipment that link_models leaves out: plain figures of a usual line card.
constexpr double kBoosterGainDb = 18.0;
constexpr double kTransmitLaserBiasMa = 180.0;

// Half-widths of drifts and sigmas of noise.
constexpr double kLineDriftDb = 0.1;       // loss of the whole cable, seen by all channels
constexpr double kTransmitDriftDb = 0.03;  // one transmitter's launch power
constexpr double kPowerNoiseDb = 0.02;
constexpr double kQNoiseDb = 0.03;
constexpr double kOsnrNoiseDb = 0.05;
constexpr double kDispersionNoisePsPerNm = 1.0;
// Of the drift of the cable's loss, what reaches OSNR and Q: losses behind the last repeater or the
// ROPA cost receive power only.
constexpr double kLossToOsnr = 0.5;

constexpr double kFeedVoltageNoiseV = 0.2;
constexpr double kFeedCurrentNoiseA = 0.0005;
// Of the earth's potential, in its own standard deviations.
constexpr double kEarthDrift = 0.3;

constexpr auto kFeedLeaves =
    std::to_array<Quantity>({Quantity::kPowerFeedVoltage, Quantity::kPowerFeedCurrent});
constexpr auto kTransmitterLeaves =
    std::to_array<Quantity>({Quantity::kChannelOutputPower, Quantity::kLaserBiasCurrent});
constexpr auto kReceiverLeaves = std::to_array<Quantity>(
    {Quantity::kChannelInputPower, Quantity::kQValue, Quantity::kEsnr, Quantity::kOsnr,
     Quantity::kPreFecBer, Quantity::kPostFecBer, Quantity::kChromaticDispersion,
     Quantity::kPolarizationModeDispersion, Quantity::kSecondOrderPmd,
     Quantity::kPolarizationDependentLoss, Quantity::kCarrierFrequencyOffset, Quantity::kSopRate});
constexpr auto kAmplifierLeaves = std::to_array<Quantity>(
    {Quantity::kAmplifierGain, Quantity::kAmplifierGainTilt, Quantity::kAmplifierInputPower,
     Quantity::kAmplifierOutputPower, Quantity::kAmplifierLaserBiasCurrent});
constexpr auto kAmplifierSettings = std::to_array<Quantity>(
    {Quantity::kAmplifierMode, Quantity::kAmplifierEnabled, Quantity::kAmplifierTargetOutputPower,
     Quantity::kAmplifierTargetGainTilt});
constexpr auto kRepeaterLeaves = std::to_array<Quantity>(
    {Quantity::kRepeaterGain, Quantity::kRepeaterGainTilt, Quantity::kRepeaterInputPower,
     Quantity::kRepeaterOutputPower, Quantity::kRepeaterPumpCurrent});
constexpr auto kRepeaterSettings =
    std::to_array<Quantity>({Quantity::kRepeaterMode, Quantity::kRepeaterTargetOutputPower,
                             Quantity::kRepeaterTargetGainTilt});

// The leaf of an amplifier's state that a quantity of a repeater is.
std::string_view repeater_leaf(Quantity quantity) {
  switch (quantity) {
    case Quantity::kRepeaterGain:
      return codec::info(Quantity::kAmplifierGain).openconfig;
    case Quantity::kRepeaterGainTilt:
      return codec::info(Quantity::kAmplifierGainTilt).openconfig;
    case Quantity::kRepeaterInputPower:
      return codec::info(Quantity::kAmplifierInputPower).openconfig;
    case Quantity::kRepeaterOutputPower:
      return codec::info(Quantity::kAmplifierOutputPower).openconfig;
    case Quantity::kRepeaterPumpCurrent:
      return codec::info(Quantity::kAmplifierLaserBiasCurrent).openconfig;
    case Quantity::kRepeaterMode:
      return codec::info(Quantity::kAmplifierMode).openconfig;
    case Quantity::kRepeaterTargetOutputPower:
      return codec::info(Quantity::kAmplifierTargetOutputPower).openconfig;
    case Quantity::kRepeaterTargetGainTilt:
      return codec::info(Quantity::kAmplifierTargetGainTilt).openconfig;
    default:
      return {};
  }
}

bool is_setting(Quantity quantity) {
  return std::ranges::find(kAmplifierSettings, quantity) != kAmplifierSettings.end() ||
         std::ranges::find(kRepeaterSettings, quantity) != kRepeaterSettings.end();
}

// Names of drifts that several leaves share; apart from quantities' numbers.
enum Shared : std::uint64_t {
  kLineLoss = 1001,
  kLaunch = 1002,
  kLink = 1003,
  kMotion = 1004,
  kEarth = 1005,
  kAtA = 2000,
  kAtB = 3000,
  kRepeaters = 4000
};

// Randomness of one point at one time.
class Chance {
 public:
  Chance(const LineView& view, const Point& point, std::int64_t time_unix_ns)
      : key_(mix({view.seed, point.pair, static_cast<std::uint64_t>(point.direction)})),
        point_key_(mix({key_, static_cast<std::uint64_t>(point.where),
                        static_cast<std::uint64_t>(point.channel)})),
        channel_key_(mix({key_, static_cast<std::uint64_t>(point.channel)})),
        tick_(time_unix_ns / kMeasurementPeriodNs) {
    const auto epoch_ticks = view.epoch_unix_ns / kMeasurementPeriodNs;
    seconds_ = static_cast<double>(tick_ - epoch_ticks) * (kMeasurementPeriodNs * 1e-9);
  }

  // Of one leaf.
  [[nodiscard]] double noise(std::uint64_t what) const {
    return normal(mix({point_key_, what, static_cast<std::uint64_t>(tick_)}));
  }
  [[nodiscard]] double noise(Quantity what) const {
    return noise(static_cast<std::uint64_t>(what));
  }
  // Of the direction, the same wherever on it one looks.
  [[nodiscard]] double line_drift(std::uint64_t what) const {
    return drift(mix({key_, what}), seconds_);
  }
  // Of a channel of the direction, the same at both its ends.
  [[nodiscard]] double channel_drift(std::uint64_t what) const {
    return drift(mix({channel_key_, what}), seconds_);
  }
  // Constant over time, standard normal.
  [[nodiscard]] double constant(std::uint64_t what) const {
    return normal(mix({channel_key_, what, 77}));
  }

 private:
  std::uint64_t key_;
  std::uint64_t point_key_;
  std::uint64_t channel_key_;
  std::int64_t tick_;
  double seconds_ = 0;
};

double rounded(double value, double step) { return std::round(value / step) * step; }

// Two decimals, the nearest double to them.
double hundredths(double value) { return std::round(value * 100.0) / 100.0; }

double power(double dbm) { return std::max(hundredths(dbm), kPowerFloorDbm); }

double loss_drift(const Chance& chance) { return kLineDriftDb * chance.line_drift(kLineLoss); }
double launch_drift(const Chance& chance) {
  return kTransmitDriftDb * chance.channel_drift(kLaunch);
}

std::optional<double> read_transmitter(Dbm sent, const Point& point, const Chance& chance) {
  if (point.quantity == Quantity::kLaserBiasCurrent) {
    return hundredths(kTransmitLaserBiasMa + 5 * chance.constant(kLaunch) +
                      2 * chance.channel_drift(kMotion) + 0.1 * chance.noise(point.quantity));
  }
  return power(sent.value() + launch_drift(chance) + kPowerNoiseDb * chance.noise(point.quantity));
}

// One receiver's Q, from which its BER and ESNR follow; the noise is the same in all three.
double q_of(const ChannelView& channel, const Chance& chance) {
  return channel.q.value() - kLossToOsnr * loss_drift(chance) + launch_drift(chance) +
         kQNoiseDb * chance.noise(Quantity::kQValue);
}

// Three significant digits within the leaf's 18 decimals.
double rounded_ber(double ber) {
  if (ber < 1e-18) return 0;
  const double step = std::pow(10.0, std::max(std::floor(std::log10(ber)) - 3, -18.0));
  return rounded(ber, step);
}

std::optional<double> read_receiver(const DirectionView& there, const ChannelView& channel,
                                    const Point& point, const Chance& chance) {
  // A preamplifier holds its output, so the cable's drift does not reach the transceiver's power.
  const double cable = there.light->preamplifier ? 0 : loss_drift(chance);
  const double input = channel.signal_power.value() - cable + launch_drift(chance);
  const bool light = !there.dark && input > kPowerFloorDbm;
  if (point.quantity == Quantity::kChannelInputPower) {
    return light ? power(input + kPowerNoiseDb * chance.noise(point.quantity)) : kPowerFloorDbm;
  }
  const double q = q_of(channel, chance);
  if (!light || q < kLockQDb) return std::nullopt;
  const auto what = point.quantity;
  const double noise = chance.noise(what);
  const double pmd =
      std::max(channel.pmd.value() * (1 + 0.3 * chance.channel_drift(static_cast<std::uint64_t>(
                                                    Quantity::kPolarizationModeDispersion))),
               0.0);
  switch (what) {
    case Quantity::kQValue:
      return hundredths(q);
    case Quantity::kEsnr:
      return hundredths(channel.esnr.value() + q - channel.q.value());
    case Quantity::kOsnr:
      return hundredths(channel.osnr_01nm.value() - kLossToOsnr * loss_drift(chance) +
                        launch_drift(chance) + kOsnrNoiseDb * noise);
    case Quantity::kPreFecBer:
      return rounded_ber(physics::ber_from_q(Db(q)));
    case Quantity::kPostFecBer:
      return physics::ber_from_q(Db(q)) <= there.light->fec_ber_threshold
                 ? 0.0
                 : rounded_ber(physics::ber_from_q(Db(q)));
    case Quantity::kChromaticDispersion:
      return hundredths(channel.chromatic_dispersion.value() + kDispersionNoisePsPerNm * noise);
    case Quantity::kPolarizationModeDispersion:
      return hundredths(std::max(pmd + 0.02 * noise, 0.0));
    case Quantity::kSecondOrderPmd:
      // Mean of second-order PMD over mean DGD squared, 1/sqrt 3 (Foschini and Poole, 1991).
      return hundredths(std::max(pmd * pmd / std::sqrt(3.0) + 0.01 * noise, 0.0));
    case Quantity::kPolarizationDependentLoss:
      return hundredths(std::max(
          channel.pdl.value() * (1 + 0.2 * chance.channel_drift(kLink)) + 0.02 * noise, 0.0));
    case Quantity::kCarrierFrequencyOffset:
      return hundredths(150 * chance.constant(kLink) + 50 * chance.channel_drift(kMotion) +
                        2 * noise);
    case Quantity::kSopRate:
      // Quiet seabed: a fraction of a krad/s, never below 0.
      return hundredths(0.3 + 0.1 * chance.line_drift(kMotion) + 0.05 * std::abs(noise));
    default:
      return std::nullopt;
  }
}

std::optional<double> read_line(const DirectionView& there, const Point& point,
                                const Chance& chance) {
  const double noise = kPowerNoiseDb * chance.noise(point.quantity);
  if (point.quantity == Quantity::kLineOutputPower) {
    return power(there.light->line_output_power.value() + noise);
  }
  if (there.dark) return kPowerFloorDbm;
  return power(there.light->line_input_power.value() - loss_drift(chance) + noise);
}

// What the amplifier is set to; `output` where the view does not say, as of one that is not broken.
double read_setting(const DirectionView& there, std::string_view element, Dbm output,
                    Quantity quantity) {
  constexpr double kConstantPower = 1;
  SettingView set{.element = "", .output_power = output, .tilt = Db(0)};
  for (const SettingView& one : there.settings) {
    if (one.element == element) set = one;
  }
  switch (quantity) {
    case Quantity::kAmplifierMode:
    case Quantity::kRepeaterMode:
      return kConstantPower;
    case Quantity::kAmplifierEnabled:
      return 1;
    case Quantity::kAmplifierTargetGainTilt:
    case Quantity::kRepeaterTargetGainTilt:
      return hundredths(set.tilt.value());
    default:
      return hundredths(set.output_power.value());
  }
}

std::optional<double> read_amplifier(const DirectionView& there, const Point& point,
                                     const Chance& chance) {
  const bool booster = point.where == Where::kBooster;
  double input = 0;
  double output = 0;
  if (booster) {
    output = there.light->line_output_power.value();
    input = output - kBoosterGainDb;
  } else {
    // Its input is the line port: the same light, the same drift.
    input = there.light->preamplifier->input.value() - loss_drift(chance);
    output = there.light->preamplifier->output.value();
  }
  if (is_setting(point.quantity)) {
    return read_setting(there, booster ? "booster" : "preamplifier", Dbm(output), point.quantity);
  }
  // Without input an amplifier shuts down.
  const bool light = booster || (!there.dark && input > kPowerFloorDbm);
  const double noise = chance.noise(point.quantity);
  switch (point.quantity) {
    case Quantity::kAmplifierInputPower:
      return light ? power(input + kPowerNoiseDb * noise) : kPowerFloorDbm;
    case Quantity::kAmplifierOutputPower:
      return light ? power(output + kPowerNoiseDb * noise) : kPowerFloorDbm;
    case Quantity::kAmplifierGain:
      if (!light) return std::nullopt;
      return hundredths(output - input + kPowerNoiseDb * noise);
    case Quantity::kAmplifierGainTilt:
      if (!light) return std::nullopt;
      return hundredths(read_setting(there, booster ? "booster" : "preamplifier", Dbm(output),
                                     Quantity::kAmplifierTargetGainTilt) +
                        0.1 * chance.line_drift(kLink) + 0.02 * noise);
    case Quantity::kAmplifierLaserBiasCurrent:
      // About proportional to the power pumped into the light.
      return light ? hundredths(100 + 2 * to_milliwatts(Dbm(output)).value() + 0.5 * noise) : 0.0;
    default:
      return std::nullopt;
  }
}

std::optional<double> read_repeater(const DirectionView& there, const RepeaterView& repeater,
                                    const Point& point, const Chance& chance) {
  if (is_setting(point.quantity)) {
    return read_setting(there, repeater.name, repeater.output, point.quantity);
  }
  // Behind a cut there is no light to amplify, nor any supervision that would say more.
  const bool light = !there.dark || (there.cut && repeater.from_sender < *there.cut);
  const double noise =
      chance.noise(static_cast<std::uint64_t>(point.quantity) + kRepeaters * (point.lit_index + 1));
  const double input = repeater.input.value();
  const double output = repeater.output.value();
  switch (point.quantity) {
    case Quantity::kRepeaterInputPower:
      return light ? power(input + kPowerNoiseDb * noise) : kPowerFloorDbm;
    case Quantity::kRepeaterOutputPower:
      return light ? power(output + kPowerNoiseDb * noise) : kPowerFloorDbm;
    case Quantity::kRepeaterGain:
      if (!light) return std::nullopt;
      return hundredths(output - input + kPowerNoiseDb * noise);
    case Quantity::kRepeaterGainTilt:
      if (!light) return std::nullopt;
      return hundredths(repeater.tilt.value() + 0.02 * noise);
    case Quantity::kRepeaterPumpCurrent:
      return light ? hundredths(150 + 5 * to_milliwatts(Dbm(output)).value() + 0.5 * noise) : 0.0;
    default:
      return std::nullopt;
  }
}

std::optional<double> read_feed(const LineView& view, const Point& point, const Chance& chance) {
  if (!view.feed) return std::nullopt;
  const std::size_t station = point.lit_index;
  const double voltage = view.feed->voltage[station].value();
  if (voltage == 0) return std::nullopt;
  const double noise =
      chance.noise(static_cast<std::uint64_t>(point.quantity) + (station == 0 ? kAtA : kAtB));
  if (point.quantity == Quantity::kPowerFeedCurrent) {
    // It flows out of one station and into the other.
    const double current = view.feed->current.value() + kFeedCurrentNoiseA * noise;
    return rounded(current, 0.0001);
  }
  // The earth's potential is shared by both ends, which stand against each other.
  const double drift = kEarthDrift * chance.line_drift(kEarth);
  return hundredths(voltage + (station == 0 ? drift : -drift) + kFeedVoltageNoiseV * noise);
}

}  // namespace

Leaf leaf_of(const Point& point) {
  if (point.quantity == Quantity::kPowerFeedVoltage) {
    return {.path = "/components/component[name=*]/power-supply/state/output-voltage",
            .statistics = false};
  }
  if (point.quantity == Quantity::kPowerFeedCurrent) {
    return {.path = "/components/component[name=*]/power-supply/state/output-current",
            .statistics = false};
  }
  if (point.where == Where::kRepeater) {
    return {.path = repeater_leaf(point.quantity), .statistics = !is_setting(point.quantity)};
  }
  return {.path = codec::info(point.quantity).openconfig,
          .statistics = !is_setting(point.quantity)};
}

std::vector<Point> points_of(const plant::Plant& plant, const std::string& station,
                             const LineView& view) {
  const Direction departing = plant.a().id == station ? Direction::kAToB : Direction::kBToA;
  const Direction arriving = plant::opposite(departing);
  std::vector<Point> points;
  for (std::size_t i = 0; i < plant.fibre_pairs.size(); ++i) {
    const auto& pair = plant.fibre_pairs[i];
    const auto add = [&](const std::string& component, Quantity quantity, Direction direction,
                         Where where, int channel, std::size_t lit_index) {
      points.push_back({component, quantity, i, direction, where, channel, lit_index});
    };
    std::vector<int> lit = pair.lit_channels;
    std::ranges::sort(lit);
    for (std::size_t k = 0; k < lit.size(); ++k) {
      const std::string component = fmt::format("och-{}-{}", pair.id, lit[k]);
      for (const auto quantity : kTransmitterLeaves) {
        add(component, quantity, departing, Where::kTransmitter, lit[k], k);
      }
      for (const auto quantity : kReceiverLeaves) {
        add(component, quantity, arriving, Where::kReceiver, lit[k], k);
      }
    }
    const std::string port = "line-" + pair.id;
    add(port, Quantity::kLineOutputPower, departing, Where::kLine, 0, 0);
    add(port, Quantity::kLineInputPower, arriving, Where::kLine, 0, 0);
    for (const auto quantity : kAmplifierLeaves) {
      add("booster-" + pair.id, quantity, departing, Where::kBooster, 0, 0);
    }
    for (const auto quantity : kAmplifierSettings) {
      add("booster-" + pair.id, quantity, departing, Where::kBooster, 0, 0);
    }
    const LightView& light = *view.pairs[i][arriving].light;
    if (light.preamplifier) {
      for (const auto quantity : kAmplifierLeaves) {
        add("preamplifier-" + pair.id, quantity, arriving, Where::kPreamplifier, 0, 0);
      }
      for (const auto quantity : kAmplifierSettings) {
        add("preamplifier-" + pair.id, quantity, arriving, Where::kPreamplifier, 0, 0);
      }
    }
    for (std::size_t k = 0; k < light.repeaters.size(); ++k) {
      const std::string component = fmt::format("{}-{}", light.repeaters[k].name, pair.id);
      for (const auto quantity : kRepeaterLeaves) {
        add(component, quantity, arriving, Where::kRepeater, 0, k);
      }
      for (const auto quantity : kRepeaterSettings) {
        add(component, quantity, arriving, Where::kRepeater, 0, k);
      }
    }
  }
  const std::size_t here = departing == Direction::kAToB ? 0 : 1;
  if (view.feed && view.feed->voltage[here] != Volts(0)) {
    for (const auto quantity : kFeedLeaves) {
      points.push_back({"pfe-1", quantity, 0, Direction::kAToB, Where::kPowerFeed, 0, here});
    }
  }
  return points;
}

std::optional<double> read(const LineView& view, const Point& point, std::int64_t time_unix_ns) {
  const DirectionView& there = view.pairs[point.pair][point.direction];
  const Chance chance(view, point, time_unix_ns);
  switch (point.where) {
    case Where::kTransmitter:
      return read_transmitter(point.lit_index < there.transmitted.size()
                                  ? there.transmitted[point.lit_index]
                                  : there.light->channels[point.lit_index].launch_power,
                              point, chance);
    case Where::kReceiver:
      return read_receiver(there, there.light->channels[point.lit_index], point, chance);
    case Where::kLine:
      return read_line(there, point, chance);
    case Where::kBooster:
    case Where::kPreamplifier:
      return read_amplifier(there, point, chance);
    case Where::kRepeater:
      return read_repeater(there, there.light->repeaters[point.lit_index], point, chance);
    case Where::kPowerFeed:
      return read_feed(view, point, chance);
  }
  return std::nullopt;
}

}  // namespace caspilink::simulator
