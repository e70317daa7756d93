#include "agent/simulator/faults.h"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "link_models/plant/settings.h"

namespace caspilink::simulator {
namespace {

using plant::Direction;

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <typename... Visitors>  // clang 14, which the fuzz targets are built with, wants it said
Overloaded(Visitors...)->Overloaded<Visitors...>;

tl::unexpected<Error> refuse(std::string detail) {
  return fail(ErrorCode::kInvalidInput, "", std::move(detail));
}

bool touches(const Fault& fault, std::string_view fibre_pair) {
  return !fault.fibre_pair || *fault.fibre_pair == fibre_pair;
}

// Names in use, for messages: the first few are enough to see the pattern.
std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 4;
  if (names.empty()) return "none";
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i == kShown - 1 && names.size() > kShown) return text + ", ... " + names.back();
    if (i > 0) text += ", ";
    text += names[i];
  }
  return text;
}

std::vector<std::string> amplifiers_of(const plant::Plant& plant) {
  std::vector<std::string> names;
  for (const auto& segment : plant.segments) {
    for (const auto& element : segment.elements) {
      if (const auto* repeater = std::get_if<plant::Repeater>(&element)) {
        names.push_back(repeater->name);
      } else if (const auto* placed = std::get_if<plant::PlacedRopa>(&element)) {
        names.push_back(placed->ropa.name);
      }
    }
  }
  return names;
}

// Whether light of this direction passes the amplifier.
bool amplifies(const plant::Plant& plant, std::string_view name, Direction direction) {
  for (const auto& segment : plant.segments) {
    for (const auto& element : segment.elements) {
      if (const auto* repeater = std::get_if<plant::Repeater>(&element)) {
        if (repeater->name == name) return true;
      } else if (const auto* placed = std::get_if<plant::PlacedRopa>(&element)) {
        if (placed->ropa.name == name && placed->direction == direction) return true;
      }
    }
  }
  return false;
}

bool is_ropa(const plant::Plant& plant, std::string_view name) {
  return std::ranges::any_of(plant.segments, [&](const plant::Segment& segment) {
    return std::ranges::any_of(segment.elements, [&](const plant::RouteElement& element) {
      const auto* placed = std::get_if<plant::PlacedRopa>(&element);
      return placed != nullptr && placed->ropa.name == name;
    });
  });
}

Result<void> check_place(const plant::Plant& plant, Kilometers at) {
  const Kilometers length = plant::length_of(plant);
  if (!std::isfinite(at.value()) || at < Kilometers(0) || at > length) {
    return refuse(fmt::format("{} km is outside the cable: expected 0 to {} km from station {}",
                              at.value(), length.value(), plant.a().id));
  }
  return {};
}

template <typename T>
Result<void> check_range(std::string_view what, T value, T most, std::string_view unit) {
  if (!std::isfinite(value.value()) || value <= T(0) || value > most) {
    return refuse(fmt::format("{} is {} {}: expected above 0, at most {} {}", what, value.value(),
                              unit, most.value(), unit));
  }
  return {};
}

Result<void> check_pump(const plant::Plant& plant, const PumpFailure& pump) {
  const auto names = amplifiers_of(plant);
  if (std::ranges::find(names, pump.amplifier) == names.end()) {
    return refuse(fmt::format("the plant has no repeater or ROPA {}: it has {}", pump.amplifier,
                              listed(names)));
  }
  if (pump.direction && !amplifies(plant, pump.amplifier, *pump.direction)) {
    return refuse(fmt::format("{} does not amplify direction {}", pump.amplifier,
                              plant::to_string(*pump.direction)));
  }
  if (auto good = check_range("power drop", pump.power_drop, kLargestPumpDrop, "dB"); !good)
    return good;
  const double rise = pump.noise_figure_rise.value();
  if (!std::isfinite(rise) || rise < 0 || rise > 20) {
    return refuse(fmt::format("noise figure rise is {} dB: expected 0 to 20 dB", rise));
  }
  return {};
}

Result<void> check_fade(const plant::Plant& plant, const Fault& fault, const Fade& fade) {
  std::vector<std::string> lit;
  bool found = false;
  for (const auto& pair : plant.fibre_pairs) {
    if (!touches(fault, pair.id)) continue;
    for (const int number : pair.lit_channels) {
      found = found || number == fade.channel;
      if (&pair == &plant.fibre_pairs.front() || fault.fibre_pair) {
        lit.push_back(std::to_string(number));
      }
    }
  }
  if (!found) {
    return refuse(fmt::format("{} has no transmitter on channel {}: lit channels are {}",
                              fault.fibre_pair.value_or("the cable"), fade.channel, listed(lit)));
  }
  return check_range("fade", fade.loss, kLargestLoss, "dB");
}

Result<void> weaken(plant::Line& line, const PumpFailure& pump) {
  const bool is_ropa = std::ranges::any_of(line.elements, [&](const auto& element) {
    return std::holds_alternative<plant::Ropa>(element) &&
           plant::name_of(element) == pump.amplifier;
  });
  const auto weaken_body = is_ropa ? plant::weaken_ropa : plant::weaken_repeater;
  return weaken_body(line, pump.amplifier, pump.power_drop, pump.noise_figure_rise);
}

Result<void> check_setting(const plant::Plant& plant, const AmplifierSetting& setting) {
  const bool preamplifier = setting.amplifier == "preamplifier" &&
                            plant::receiver(plant, setting.direction).terminal.preamplifier;
  if (setting.amplifier != "booster" && !preamplifier) {
    const auto names = amplifiers_of(plant);
    const bool on_line = amplifies(plant, setting.amplifier, setting.direction);
    const bool remote = setting.amplifier.empty() || !on_line || is_ropa(plant, setting.amplifier);
    if (remote) {
      return refuse(fmt::format(
          "'{}' is no amplifier of direction {} that can be set: expected booster, preamplifier or "
          "a repeater, of {}",
          setting.amplifier, plant::to_string(setting.direction), listed(names)));
    }
  }
  if (!setting.output_power && !setting.tilt) {
    return refuse("expected an output power, a tilt, or both");
  }
  if (setting.output_power &&
      !(setting.output_power->value() >= -20 && setting.output_power->value() <= 30)) {
    return refuse(fmt::format("output power is {} dBm: expected -20 to 30 dBm",
                              setting.output_power->value()));
  }
  if (setting.tilt && !(std::abs(setting.tilt->value()) <= 10)) {
    return refuse(fmt::format("tilt is {} dB: expected -10 to 10 dB", setting.tilt->value()));
  }
  return {};
}

// Launch powers are those behind the booster.
void set_booster(plant::Line& line, const AmplifierSetting& setting) {
  Milliwatts total;
  for (const auto& channel : line.channels) total += to_milliwatts(channel.launch_power);
  const Db shift = setting.output_power ? *setting.output_power - to_dbm(total) : Db(0);
  const Hertz lowest = line.channels.front().frequency;
  const Hertz highest = line.channels.back().frequency;
  for (auto& channel : line.channels) {
    channel.launch_power = channel.launch_power + shift;
    if (!setting.tilt || highest == lowest) continue;
    const double place = (channel.frequency - lowest) / (highest - lowest) - 0.5;
    channel.launch_power = channel.launch_power + *setting.tilt * place;
  }
}

Result<void> set_amplifier(plant::Line& line, const AmplifierSetting& setting) {
  if (setting.amplifier == "booster") {
    set_booster(line, setting);
    return {};
  }
  std::string name = setting.amplifier;
  for (const auto& element : line.elements) {
    if (setting.amplifier == "preamplifier" &&
        std::holds_alternative<plant::TerminalAmplifier>(element)) {
      name = plant::name_of(element);
    }
  }
  auto set = plant::apply_settings(
      line,
      {{.name = std::move(name), .output_power = setting.output_power, .tilt = setting.tilt}});
  return set ? Result<void>{} : tl::unexpected(set.error());
}

Result<void> apply(const plant::Plant& plant, const Fault& fault, FaultedLine& out) {
  const Direction direction = out.line.direction;
  return std::visit(
      Overloaded{
          [&](const Cut& cut) -> Result<void> {
            out.dark = true;
            const Kilometers from_sender =
                direction == Direction::kAToB ? cut.at : plant::length_of(plant) - cut.at;
            out.cut = std::min(out.cut.value_or(from_sender), from_sender);
            return {};
          },
          [&](const AddedLoss& loss) {
            return plant::add_loss(out.line, loss.at, loss.loss, "injected loss");
          },
          [&](const PumpFailure& pump) -> Result<void> {
            if (pump.direction && *pump.direction != direction) return {};
            if (!amplifies(plant, pump.amplifier, direction)) return {};
            return weaken(out.line, pump);
          },
          [&](const Fade& fade) -> Result<void> {
            if (fade.direction != direction) return {};
            // A fault of all pairs passes those where the channel has no transmitter.
            const bool lit = std::ranges::any_of(out.line.channels, [&](const auto& channel) {
              return channel.number == fade.channel && channel.lit;
            });
            return lit ? plant::fade_channel(out.line, fade.channel, fade.loss) : Result<void>{};
          },
          [&](const AddedDelay& delay) -> Result<void> {
            if (!delay.direction || *delay.direction == direction) out.extra_delay += delay.delay;
            return {};
          },
          [&](const AmplifierSetting& setting) -> Result<void> {
            return setting.direction == direction ? set_amplifier(out.line, setting)
                                                  : Result<void>{};
          },
      },
      fault.effect);
}

}  // namespace

std::string_view name_of(const Effect& effect) {
  return std::visit(Overloaded{
                        [](const Cut&) { return std::string_view("cut"); },
                        [](const AddedLoss&) { return std::string_view("loss"); },
                        [](const PumpFailure&) { return std::string_view("pump"); },
                        [](const Fade&) { return std::string_view("fade"); },
                        [](const AddedDelay&) { return std::string_view("delay"); },
                        [](const AmplifierSetting&) { return std::string_view("setting"); },
                    },
                    effect);
}

std::string describe(const Fault& fault) {
  const auto way = [](const std::optional<Direction>& direction) {
    return direction ? fmt::format(", direction {}", plant::to_string(*direction)) : std::string();
  };
  const std::string what = std::visit(
      Overloaded{
          [](const Cut& cut) { return fmt::format("at {} km", cut.at.value()); },
          [](const AddedLoss& loss) {
            return fmt::format("at {} km, {} dB", loss.at.value(), loss.loss.value());
          },
          [&](const PumpFailure& pump) {
            return fmt::format("of {}, power -{} dB, noise figure +{} dB{}", pump.amplifier,
                               pump.power_drop.value(), pump.noise_figure_rise.value(),
                               way(pump.direction));
          },
          [](const Fade& fade) {
            return fmt::format("of channel {}, {} dB, direction {}", fade.channel,
                               fade.loss.value(), plant::to_string(fade.direction));
          },
          [&](const AddedDelay& delay) {
            return fmt::format("of {} ms{}", delay.delay.value() * 1e3,
                               delay.direction ? way(delay.direction) : ", each direction");
          },
          [](const AmplifierSetting& setting) {
            std::string text = fmt::format("of {}", setting.amplifier);
            if (setting.output_power) {
              text += fmt::format(", output power {} dBm", setting.output_power->value());
            }
            if (setting.tilt) text += fmt::format(", tilt {} dB", setting.tilt->value());
            return text + fmt::format(", direction {}", plant::to_string(setting.direction));
          },
      },
      fault.effect);
  return fmt::format("{} {} on {} {}", fault.id, name_of(fault.effect),
                     fault.fibre_pair.value_or("all fibre pairs"), what);
}

Result<void> check_fault(const plant::Plant& plant, const Fault& fault) {
  if (fault.fibre_pair && plant::find_fibre_pair(plant, *fault.fibre_pair) == nullptr) {
    std::vector<std::string> ids;
    for (const auto& pair : plant.fibre_pairs) ids.push_back(pair.id);
    return refuse(
        fmt::format("the plant has no fibre pair {}: it has {}", *fault.fibre_pair, listed(ids)));
  }
  return std::visit(
      Overloaded{
          [&](const Cut& cut) { return check_place(plant, cut.at); },
          [&](const AddedLoss& loss) -> Result<void> {
            if (auto good = check_place(plant, loss.at); !good) return good;
            return check_range("loss", loss.loss, kLargestLoss, "dB");
          },
          [&](const PumpFailure& pump) { return check_pump(plant, pump); },
          [&](const Fade& fade) { return check_fade(plant, fault, fade); },
          [&](const AddedDelay& delay) {
            return check_range("delay", delay.delay, kLongestDelay, "s");
          },
          [&](const AmplifierSetting& setting) { return check_setting(plant, setting); },
      },
      fault.effect);
}

Result<void> check_faults(const plant::Plant& plant, const LineState& state) {
  for (const auto& fault : state.faults) {
    if (auto good = check_fault(plant, fault); !good) {
      return fail(ErrorCode::kInvalidInput, fmt::format("fault {}", fault.id),
                  good.error().message());
    }
  }
  return {};
}

Result<FaultedLine> faulted_line(const plant::Plant& plant, std::string_view fibre_pair,
                                 plant::Direction direction, const std::vector<Fault>& faults) {
  auto line = plant::line_of(plant, fibre_pair, direction);
  if (!line) return tl::unexpected(line.error());
  FaultedLine out;
  out.line = std::move(*line);
  for (const auto& fault : faults) {
    if (!touches(fault, fibre_pair)) continue;
    if (auto done = apply(plant, fault, out); !done) return tl::unexpected(done.error());
  }
  return out;
}

}  // namespace caspilink::simulator
