#include "agent/sources/gnmi/subscriptions.h"

#include <gmock/gmock.h>

#include "proto/gnmi.pb.h"

namespace caspilink::gnmi {
namespace {

TEST(SubscriptionsTest, TargetDefinedLeavesWhenToSpeakToTheTarget) {
  TargetConfiguration configuration{.name = "slte-1", .stream = Stream::kTargetDefined};
  configuration.components.push_back(
      {sources::NamePattern::parse("och-{fibre_pair}-{channel}").value(), {}});
  const Mapping mapping({.source = "slte-1", .rules = configuration.components, .modules = false});
  ::gnmi::SubscribeRequest request;
  write_request(configuration, mapping, {}, request);
  int left = 0;
  for (const auto& subscription : request.subscribe().subscription()) {
    if (subscription.mode() != ::gnmi::TARGET_DEFINED) continue;
    ++left;
    EXPECT_EQ(subscription.sample_interval(), 0U);
    EXPECT_EQ(subscription.heartbeat_interval(), 60'000'000'000U);
  }
  EXPECT_EQ(left, request.subscribe().subscription_size() - 1) << "all but the components' states";
  EXPECT_EQ(promised_interval(request), std::chrono::minutes(1));
}

}  // namespace
}  // namespace caspilink::gnmi
