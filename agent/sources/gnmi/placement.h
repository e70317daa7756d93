// Where a reading was taken, told by the keys of its path.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/sources/gnmi/known_paths.h"
#include "agent/sources/name_pattern.h"
#include "agent/sources/unit.h"

namespace caspilink::gnmi {

// The line's slots, equally spaced; channel 1 is the one of the lowest frequency.
struct ChannelPlan {
  double first_centre_mhz = 0;
  double spacing_mhz = 0;
  std::uint32_t channels = 0;

  // The channel that a monitor's slot shows: centred on it within a quarter of the spacing, and
  // between half and one and a half of it wide. A narrower one shows a part of a channel, a wider
  // one several.
  [[nodiscard]] std::optional<std::uint32_t> channel_of(double lower_mhz, double upper_mhz) const;
};

// Logical channels that count on with the channels of a fibre pair.
struct LogicalChannels {
  std::uint64_t first_index = 0;
  std::uint32_t count = 1;
  std::string fibre_pair;
  std::uint32_t first_channel = 1;
};

// How a target names its parts.
struct Naming {
  std::vector<sources::NameRule> rules;  // the first that fits counts
  std::optional<ChannelPlan> plan;       // none: channel monitors are not asked
  std::vector<LogicalChannels> logical_channels;
  bool modules = true;  // ask for lanes and limits of pluggable modules, whatever their names
};

// A quantity at a path.
struct Binding {
  struct Key {
    std::size_t capture = 0;  // which of the path's wildcards
    sources::NamePattern pattern;
  };
  const codec::QuantityInfo* quantity = nullptr;
  Placement placement = Placement::kNamed;
  std::string element;
  bool copy = false;
  sources::Scale scale;
  std::vector<std::optional<std::string>> literals;  // a capture's only value, of a configured path
  std::vector<Key> keys;  // if any, they tell the place and not the rules
  sources::Place fixed;
};

// Nothing where the keys do not tell: no rule knows the name, no plan has the slot.
[[nodiscard]] std::optional<sources::Place> place_of(const Binding& binding, const Naming& naming,
                                                     std::span<const std::string_view> captures);

// Whether any name could have a place: what is not served is not asked for.
[[nodiscard]] bool serves(const Naming& naming, const KnownPath& path);

}  // namespace caspilink::gnmi
