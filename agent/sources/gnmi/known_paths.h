// OpenConfig's paths and the quantities they are, out of the box.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proto/codec/quantity.h"

namespace caspilink::gnmi {

// How the keys of a path tell where the reading was taken.
enum class Placement : std::uint8_t {
  kNamed,              // a pattern reads the first key: a component, attenuator, interface
  kTerminalAmplifier,  // likewise, where its element is the booster or the preamplifier
  kLineAmplifier,      // likewise, where it is any other: a body of the line, by its name there
  kModulePart,         // a pluggable module; a second key names its lane or severity
  kLogicalChannel,     // the first key is an index, numbered to a channel by configuration
  kMonitorReceive,  // the first key names a monitor, the next two bound a slot's frequencies, MHz
  kMonitorLaunch,
  kProtectionPort,  // a pattern reads the first key, `element` is given by the path
};

struct KnownPath {
  std::string path;  // absolute; keys that tell something are "*"
  codec::Quantity quantity{};
  Placement placement = Placement::kNamed;
  std::string_view element;  // of kProtectionPort
  // Says again what the optical channel says itself: taken only while that says nothing.
  bool copy = false;
};

// The quantity table's own paths first. Where two serve one path the first whose keys tell a place
// is meant.
[[nodiscard]] std::span<const KnownPath> known_paths();

// Whether the quantity is a state, a setting or a limit: it seldom changes, and is asked for when
// it does.
[[nodiscard]] bool is_state(const codec::QuantityInfo& row);

}  // namespace caspilink::gnmi
