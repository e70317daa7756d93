#include "agent/sources/gnmi/placement.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "agent/sources/gnmi/path.h"

namespace caspilink::gnmi {
namespace {

using sources::NameRule;
using sources::Place;

template <typename Number>
std::optional<Number> whole(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Place> by_rules(const Naming& naming, codec::Scope scope, std::string_view name) {
  for (const NameRule& rule : naming.rules) {
    if (auto place = rule.place(scope, name)) return place;
  }
  return std::nullopt;
}

std::optional<Place> by_keys(const Binding& binding, std::span<const std::string_view> captures) {
  Place place = binding.fixed;
  for (const Binding::Key& key : binding.keys) {
    const auto told = key.pattern.match(captures[key.capture]);
    if (!told) return std::nullopt;
    if (place.fibre_pair.empty()) place.fibre_pair = told->fibre_pair;
    if (place.channel == 0) place.channel = told->channel;
    if (place.element.empty()) place.element = told->element;
  }
  return place;
}

// "client-1-lane-3", "client-1-critical".
Place module_part(std::span<const std::string_view> captures) {
  std::string element(captures.front());
  if (captures.size() > 1) {
    std::string part(without_module(captures[1]));
    if (whole<unsigned>(part)) {
      part.insert(0, "lane-");
    } else {
      std::ranges::transform(part, part.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      });
    }
    element += '-';
    element += part;
  }
  return {.fibre_pair = "", .channel = 0, .element = std::move(element)};
}

std::optional<Place> logical_channel(const Naming& naming, std::string_view key) {
  const auto index = whole<std::uint64_t>(key);
  if (!index) return std::nullopt;
  for (const LogicalChannels& range : naming.logical_channels) {
    if (*index < range.first_index || *index - range.first_index >= range.count) continue;
    const auto channel =
        range.first_channel + static_cast<std::uint32_t>(*index - range.first_index);
    return Place{.fibre_pair = range.fibre_pair, .channel = channel, .element = ""};
  }
  return std::nullopt;
}

std::optional<Place> monitored_channel(const Naming& naming, bool launches,
                                       std::span<const std::string_view> captures) {
  if (!naming.plan) return std::nullopt;
  const auto lower = whole<std::uint64_t>(captures[1]);
  const auto upper = whole<std::uint64_t>(captures[2]);
  if (!lower || !upper) return std::nullopt;
  const auto channel =
      naming.plan->channel_of(static_cast<double>(*lower), static_cast<double>(*upper));
  if (!channel) return std::nullopt;
  for (const NameRule& rule : naming.rules) {
    if (auto place = rule.place(codec::Scope::kLine, captures[0])) {
      if (rule.launches != launches) return std::nullopt;
      place->channel = *channel;
      return place;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint32_t> ChannelPlan::channel_of(double lower_mhz, double upper_mhz) const {
  const double width = upper_mhz - lower_mhz;
  if (!(width >= spacing_mhz / 2 && width <= spacing_mhz * 3 / 2)) return std::nullopt;
  const double slots = ((lower_mhz + upper_mhz) / 2 - first_centre_mhz) / spacing_mhz;
  const double nearest = std::round(slots);
  if (nearest < 0 || nearest >= channels || std::abs(slots - nearest) > 0.25) return std::nullopt;
  return static_cast<std::uint32_t>(nearest) + 1;
}

std::optional<Place> place_of(const Binding& binding, const Naming& naming,
                              std::span<const std::string_view> captures) {
  for (std::size_t index = 0; index < binding.literals.size(); ++index) {
    if (binding.literals[index] && *binding.literals[index] != captures[index]) return std::nullopt;
  }
  if (!binding.keys.empty() || binding.fixed != Place()) return by_keys(binding, captures);
  const codec::Scope scope = binding.quantity->scope;
  switch (binding.placement) {
    case Placement::kNamed:
      if (captures.empty()) {
        return sources::makes_up(scope, false, false, false) ? std::optional(Place())
                                                             : std::nullopt;
      }
      return by_rules(naming, scope, captures[0]);
    case Placement::kTerminalAmplifier:
    case Placement::kLineAmplifier: {
      auto place = by_rules(naming, scope, captures[0]);
      if (!place) return std::nullopt;
      const bool terminal = place->element == "booster" || place->element == "preamplifier";
      if (terminal != (binding.placement == Placement::kTerminalAmplifier)) return std::nullopt;
      return place;
    }
    case Placement::kModulePart:
      return module_part(captures);
    case Placement::kLogicalChannel:
      return logical_channel(naming, captures[0]);
    case Placement::kMonitorReceive:
      return monitored_channel(naming, false, captures);
    case Placement::kMonitorLaunch:
      return monitored_channel(naming, true, captures);
    case Placement::kProtectionPort: {
      auto place = by_rules(naming, codec::Scope::kLine, captures[0]);
      if (place) place->element = binding.element;
      return place;
    }
  }
  return std::nullopt;
}

bool serves(const Naming& naming, const KnownPath& path) {
  const auto any = [&](codec::Scope scope) {
    return std::ranges::any_of(naming.rules,
                               [&](const NameRule& rule) { return rule.serves(scope); });
  };
  const auto monitor = [&](bool launches) {
    return naming.plan && std::ranges::any_of(naming.rules, [&](const NameRule& rule) {
             return rule.launches == launches && rule.serves(codec::Scope::kLine);
           });
  };
  switch (path.placement) {
    case Placement::kNamed:
    case Placement::kTerminalAmplifier:
    case Placement::kLineAmplifier:
      return any(codec::info(path.quantity).scope);
    case Placement::kModulePart:
      return naming.modules;
    case Placement::kLogicalChannel:
      return !naming.logical_channels.empty();
    case Placement::kMonitorReceive:
      return monitor(false);
    case Placement::kMonitorLaunch:
      return monitor(true);
    case Placement::kProtectionPort:
      return any(codec::Scope::kLine);
  }
  return false;
}

}  // namespace caspilink::gnmi
