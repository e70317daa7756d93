// What a gNMI target sends: bytes of a Notification, and JSON at its root.
#include <cmath>
#include <cstdint>
#include <cstdlib>
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

void check(Mapping& mapping, const ::gnmi::Notification& notification) {
  std::vector<codec::Observation> observed;
  mapping.apply(notification, 1, observed);
  for (const codec::Observation& each : observed) {
    const bool number = each.reading == codec::Reading::kValue;
    if (number ? !std::isfinite(each.value) : each.value != 0) std::abort();
    if (each.time_unix_ns <= 0 || each.point.source != "fuzz") std::abort();
  }
}

}  // namespace
}  // namespace caspilink::gnmi

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace caspilink::gnmi;
  Mapping mapping(options());
  ::gnmi::Notification notification;
  if (notification.ParseFromArray(data, static_cast<int>(size))) {
    check(mapping, notification);
    check(mapping, notification);  // a second time its parts are known
  }
  ::gnmi::Notification json;
  json.set_timestamp(1);
  json.add_update()->mutable_val()->set_json_ietf_val(data, size);
  check(mapping, json);
  return 0;
}
