// What a gNMI target sends: bytes of a Notification, and JSON at its root.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "agent/sources/gnmi/mapping.h"
#include "proto/gnmi.pb.h"

namespace caspilink::gnmi {
namespace {

Mapping::Options options() {
  const auto rule = [](const char* pattern) {
    return sources::NameRule{sources::NamePattern::parse(pattern).value(), {}};
  };
  return {.source = "fuzz",
          .rules = {rule("och-{fibre_pair}-{channel}"), rule("line-{fibre_pair}"),
                    rule("{element}-{fibre_pair}")},
          .max_parts = 50,
          .plan = ChannelPlan{191'350'000, 100'000, 48},
          .logical_channels = {{.first_index = 1, .count = 48, .fibre_pair = "FP01"}},
          .paths = {{.path = parse_path("/shelf/*/card[slot=*]/power").value(),
                     .origin = "acme",
                     .quantity = codec::Quantity::kPumpPower,
                     .scale = {.milliwatts = true},
                     .keys = {{"slot", sources::NamePattern::parse("{fibre_pair}").value()},
                              {"*", sources::NamePattern::parse("{element}").value()}}}}};
}

void check(Mapping& mapping, std::string_view notification) {
  std::vector<codec::Observation> observed;
  mapping.apply(notification, 1, observed);
  for (const codec::Observation& each : observed) {
    const bool number = each.reading == codec::Reading::kValue;
    if (number ? !std::isfinite(each.value) : each.value != 0) std::abort();
    if (each.time_unix_ns <= 0 || each.point.source != "fuzz") std::abort();
  }
}

// What protobuf reads as well is read as protobuf reads it.
void compare(std::string_view bytes) {
  wire::Notification ours;
  ::gnmi::Notification theirs;
  if (!wire::read_notification(bytes, ours) ||
      !theirs.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return;
  }
  if (ours.timestamp != theirs.timestamp() || ours.atomic != theirs.atomic() ||
      ours.updates.size() != static_cast<std::size_t>(theirs.update_size()) ||
      ours.deletes.size() != static_cast<std::size_t>(theirs.delete__size())) {
    std::abort();
  }
  Path path;
  std::vector<std::string_view> known;
  for (std::size_t index = 0; index < ours.updates.size(); ++index) {
    std::string_view origin;
    if (!wire::read_path(ours.prefix, ours.updates[index].path, path, known, origin)) continue;
    auto element = path.elements.begin();
    const auto& update = theirs.update(static_cast<int>(index));
    for (const auto* part : {&theirs.prefix(), &update.path()}) {
      for (const auto& wanted : part->elem()) {
        if (element == path.elements.end() || element->name != without_module(wanted.name()) ||
            element->keys.size() > wanted.key().size()) {
          std::abort();
        }
        for (const auto& [key, value] : element->keys) {
          // Two keys of one name in two modules are one to us: either counts.
          const auto same = [&, &ours_key = key, &ours_value = value](const auto& each) {
            return without_module(each.first) == ours_key && each.second == ours_value;
          };
          if (std::none_of(wanted.key().begin(), wanted.key().end(), same)) std::abort();
        }
        ++element;
      }
    }
    if (element != path.elements.end()) std::abort();
  }
}

}  // namespace
}  // namespace caspilink::gnmi

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace caspilink::gnmi;
  Mapping mapping(options());
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check(mapping, bytes);
  check(mapping, bytes);  // a second time its parts are known
  compare(bytes);
  ::gnmi::Notification json;
  json.set_timestamp(1);
  json.add_update()->mutable_val()->set_json_ietf_val(data, size);
  check(mapping, json.SerializeAsString());
  return 0;
}
