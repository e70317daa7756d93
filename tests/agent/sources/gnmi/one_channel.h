// A target of which one reading of one channel is asked for and said.
#pragma once

#include <cstdint>
#include <string>

#include "agent/sources/gnmi/client.h"
#include "tests/support/gnmi_target.h"

namespace caspilink::gnmi {

inline constexpr std::int64_t kNow = 1'700'000'000'000'000'000;
inline const std::string kLeaf =
    "/components/component[name=och-FP01-3]/optical-channel/state/input-power";

inline TargetConfiguration target_on(int port) {
  TargetConfiguration configuration{
      .name = "slte-1",
      .address = {.host = "127.0.0.1", .port = static_cast<std::uint16_t>(port)},
      .sample_interval_ns = 5'000'000'000,
      .modules = false};
  configuration.components.push_back(
      {sources::NamePattern::parse("och-{fibre_pair}-{channel}").value(), {}});
  return configuration;
}

inline void say(test::GnmiTarget& target, double value) {
  auto notification = test::GnmiTarget::notification(kNow);
  test::GnmiTarget::add(notification, kLeaf).set_double_val(value);
  target.send(notification);
}

}  // namespace caspilink::gnmi
