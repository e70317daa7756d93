#include "link_models/plant/reported.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

namespace caspilink::plant {
namespace {

constexpr Db kAnyGain(60);    // enough to reach any output power an amplifier reports
constexpr Dbm kAnyPower(60);  // more than any gives

// What an amplifier is told, on each kind of element; an error's text where it cannot be.
struct Setting {
  const ReportedAmplifier& reported;

  // Kinds that hold an output power below a largest gain.
  template <typename Holding>
  std::string hold(Holding& amplifier) const {
    amplifier.total_output_power = reported.total_output_power.value_or(kAnyPower);
    amplifier.maximum_gain = reported.total_output_power ? kAnyGain : *reported.gain;
    return {};
  }
  // Kinds of fixed gain below a largest output power.
  template <typename Fixed>
  std::string fix(Fixed& amplifier) const {
    amplifier.maximum_output_power = reported.total_output_power;
    amplifier.gain = reported.total_output_power ? kAnyGain : *reported.gain;
    return {};
  }

  std::string operator()(Repeater& repeater) const { return hold(repeater); }
  std::string operator()(TerminalAmplifier& amplifier) const { return hold(amplifier); }
  std::string operator()(InLineAmplifier& amplifier) const { return fix(amplifier); }
  std::string operator()(Booster& booster) const {
    // Launch powers say what its gain makes of the light that comes to it.
    if (!reported.total_output_power)
      return "expected its output power: launch powers tell its gain";
    booster.maximum_output_power = reported.total_output_power;
    return {};
  }
  std::string operator()(Ropa& ropa) const {
    return ropa.pumping ? "its gain follows from the pump that reaches it" : fix(ropa);
  }
  std::string operator()(RamanAmplifier& raman) const {
    if (!reported.gain) return "expected the gain of lumped Raman amplification";
    raman.gain = *reported.gain;
    return {};
  }
  template <typename Other>
  std::string operator()(Other&) const {
    return "expected an amplifier";
  }
};

Result<void> set_amplifier(Line& line, const ReportedAmplifier& reported) {
  const auto invalid = [&](std::string detail) {
    return fail(ErrorCode::kInvalidInput, reported.name, std::move(detail));
  };
  if (!reported.total_output_power && !reported.gain) {
    return invalid("expected an output power or a gain");
  }
  if (reported.total_output_power && !std::isfinite(reported.total_output_power->value())) {
    return invalid("expected an output power that is a number");
  }
  if (reported.gain && !(*reported.gain > Db(0) && *reported.gain <= kAnyGain)) {
    return invalid(fmt::format("expected a gain above 0 and up to {} dB, got {} dB",
                               kAnyGain.value(), reported.gain->value()));
  }
  for (Element& element : line.elements) {
    if (name_of(element) != reported.name) continue;
    auto problem = std::visit(Setting{reported}, element);
    if (!problem.empty()) return invalid(std::move(problem));
    return {};
  }
  return fail(ErrorCode::kNotFound, line.fibre_pair,
              fmt::format("no amplifier '{}'", reported.name));
}

Result<Channel*> channel_of(Line& line, int number) {
  for (Channel& channel : line.channels) {
    if (channel.number == number) return &channel;
  }
  return fail(ErrorCode::kNotFound, line.fibre_pair, fmt::format("no channel {}", number));
}

Result<void> set_channels(Line& line, const ReportedLine& reported) {
  for (const auto& [number, power] : reported.launch_power) {
    const auto channel = channel_of(line, number);
    if (!channel) return tl::unexpected(channel.error());
    if (!std::isfinite(power.value())) {
      return fail(ErrorCode::kInvalidInput, line.fibre_pair,
                  fmt::format("expected a launch power of channel {} that is a number; one without "
                              "light is dark",
                              number));
    }
    (*channel)->launch_power = power;
  }
  if (reported.lit_channels) {
    for (Channel& channel : line.channels) channel.lit = false;
    for (const int number : *reported.lit_channels) {
      const auto channel = channel_of(line, number);
      if (!channel) return tl::unexpected(channel.error());
      (*channel)->lit = true;
    }
  }
  for (const int number : reported.dark_channels) {
    if (const auto channel = channel_of(line, number); !channel) {
      return tl::unexpected(channel.error());
    }
  }
  std::erase_if(line.channels, [&](const Channel& channel) {
    const auto& dark = reported.dark_channels;
    return std::find(dark.begin(), dark.end(), channel.number) != dark.end();
  });
  if (line.channels.empty()) {
    return fail(ErrorCode::kInvalidInput, line.fibre_pair,
                "expected at least one channel of light");
  }
  return {};
}

}  // namespace

Result<Line> as_reported(Line line, const ReportedLine& reported,
                         std::vector<std::string>* remarks) {
  if (auto set = set_channels(line, reported); !set) return tl::unexpected(set.error());
  auto said = apply_settings(line, reported.settings);
  if (!said) return tl::unexpected(said.error());
  if (remarks != nullptr) std::ranges::move(*said, std::back_inserter(*remarks));
  if (auto pumped = apply_pumps(line, reported.pumps); !pumped) {
    return tl::unexpected(pumped.error());
  }
  for (const ReportedAmplifier& amplifier : reported.amplifiers) {
    if (auto set = set_amplifier(line, amplifier); !set) return tl::unexpected(set.error());
  }
  for (const ReportedLoss& loss : reported.losses) {
    if (auto added = add_loss(line, loss.from_a, loss.loss, loss.cause); !added) {
      return tl::unexpected(added.error());
    }
  }
  return line;
}

}  // namespace caspilink::plant
