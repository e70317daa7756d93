#include "collector/fleet/place_labels.h"

#include <charconv>

namespace caspilink::fleet {
namespace {

constexpr std::string_view kStation = "station";
constexpr std::string_view kFibrePair = "fibre_pair";
constexpr std::string_view kDirection = "direction";
constexpr std::string_view kChannel = "channel";
constexpr std::string_view kElement = "element";
constexpr std::string_view kPeer = "peer";
constexpr std::string_view kSource = "source";

std::vector<std::string> texts(std::initializer_list<std::string_view> names) {
  return {names.begin(), names.end()};
}

}  // namespace

std::vector<std::string> label_names(codec::Scope scope) {
  switch (scope) {
    case codec::Scope::kChannel:
      return texts({kStation, kFibrePair, kDirection, kChannel});
    case codec::Scope::kLine:
      return texts({kStation, kFibrePair, kDirection});
    case codec::Scope::kAmplifier:
    case codec::Scope::kElement:
    case codec::Scope::kPump:
    case codec::Scope::kProtection:
      return texts({kStation, kFibrePair, kDirection, kElement});
    case codec::Scope::kPath:
      return texts({kStation, kFibrePair, kPeer});
    case codec::Scope::kPowerFeed:
      return texts({kStation, kElement});
    case codec::Scope::kStation:
      return texts({kStation});
    case codec::Scope::kModule:
      break;
  }
  return texts({kStation, kSource, kElement});
}

PlaceLabels::PlaceLabels(const Place& place) {
  add(kStation, place.station);
  add(kFibrePair, place.fibre_pair);
  if (place.direction) add(kDirection, plant::to_string(*place.direction));
  if (place.channel != 0) {
    const auto end =
        std::to_chars(channel_.data(), channel_.data() + channel_.size(), place.channel).ptr;
    add(kChannel, {channel_.data(), static_cast<std::size_t>(end - channel_.data())});
  }
  add(kPeer, place.peer);
  add(kSource, place.source);
  add(kElement, place.element);
}

}  // namespace caspilink::fleet
