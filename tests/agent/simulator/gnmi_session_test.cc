#include "agent/simulator/gnmi_session.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/simulator/gnmi_path.h"
#include "tests/agent/simulator/test_plant.h"
#include "tests/agent/simulator/test_view.h"

namespace caspilink::simulator {
namespace {

using gnmi::SubscriptionList;
using ::testing::HasSubstr;
using testing::kSecond;
using testing::kStart;
using testing::path_of;
using testing::view_of;

constexpr const char* kChannel = "/components/component[name=och-FP01-4]";
constexpr const char* kQ = "/components/component[name=och-FP01-4]/optical-channel/state/q-value";
constexpr const char* kPower =
    "/components/component[name=och-FP01-4]/optical-channel/state/input-power";

gnmi::Subscription subscription(std::string_view path, gnmi::SubscriptionMode mode,
                                std::int64_t interval_ns = 0) {
  gnmi::Subscription out;
  *out.mutable_path() = path_of(path);
  out.set_mode(mode);
  out.set_sample_interval(static_cast<std::uint64_t>(interval_ns));
  return out;
}

SubscriptionList list_of(std::vector<gnmi::Subscription> subscriptions,
                         SubscriptionList::Mode mode = SubscriptionList::STREAM) {
  SubscriptionList list;
  for (auto& one : subscriptions) *list.add_subscription() = std::move(one);
  list.set_mode(mode);
  list.set_encoding(gnmi::PROTO);
  return list;
}

// What the session said in one go.
struct Said {
  std::map<std::string, double> values;
  std::map<std::string, std::uint32_t> duplicates;
  std::vector<std::string> deleted;
  int notifications = 0;
  int syncs = 0;
  bool sync_last = false;
};

class GnmiSessionTest : public ::testing::Test {
 protected:
  void open(const SubscriptionList& list) {
    const auto status = GnmiSession::open(tree_, list, session_);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
  grpc::StatusCode refusal(const SubscriptionList& list) {
    std::optional<GnmiSession> session;
    return GnmiSession::open(tree_, list, session).error_code();
  }
  void tick_at(std::int64_t seconds_from_start, const LineView& view) {
    session_->tick(view, {seconds_from_start * kSecond, kStart + seconds_from_start * kSecond});
  }
  Said hear() {
    Said said;
    gnmi::SubscribeResponse response;
    while (session_->next(response)) {
      said.sync_last = response.sync_response();
      said.syncs += response.sync_response() ? 1 : 0;
      said.notifications += response.has_update() ? 1 : 0;
      const auto& update = response.update();
      for (const auto& one : update.update()) {
        const auto name = to_string(update.prefix()) + to_string(one.path());
        said.values[name] = one.val().double_val();
        said.duplicates[name] = one.duplicates();
      }
      for (const auto& path : update.delete_()) {
        said.deleted.push_back(to_string(update.prefix()) + to_string(path));
      }
      response.Clear();
    }
    return said;
  }

  LineView healthy_ = view_of(1);
  LineView dark_ = view_of(1, true);
  GnmiTree tree_{points_of(testing::test_plant(), "aktau", healthy_)};
  std::optional<GnmiSession> session_;
};

TEST_F(GnmiSessionTest, InitialValuesComeFirstAndThenSync) {
  open(list_of({subscription(kChannel, gnmi::SAMPLE, kSecond)}));
  tick_at(0, healthy_);
  const Said said = hear();
  EXPECT_EQ(said.values.size(), 14U);
  EXPECT_EQ(said.notifications, 1);
  EXPECT_EQ(said.syncs, 1);
  EXPECT_TRUE(said.sync_last);
}

TEST_F(GnmiSessionTest, SampleComesEveryIntervalAndNotBetween) {
  open(list_of({subscription(kQ, gnmi::SAMPLE, 2 * kSecond)}));
  tick_at(0, healthy_);
  (void)hear();
  EXPECT_EQ(session_->next_due(), 2 * kSecond);
  tick_at(1, healthy_);
  EXPECT_EQ(hear().notifications, 0);
  tick_at(2, healthy_);
  EXPECT_EQ(hear().values.size(), 1U);
  EXPECT_EQ(session_->next_due(), 4 * kSecond);
}

TEST_F(GnmiSessionTest, SamplesMissedAreNotMadeUpFor) {
  open(list_of({subscription(kQ, gnmi::SAMPLE, kSecond)}));
  tick_at(0, healthy_);
  (void)hear();
  tick_at(10, healthy_);
  EXPECT_EQ(hear().notifications, 1);
  EXPECT_EQ(session_->next_due(), 11 * kSecond);
}

TEST_F(GnmiSessionTest, IntervalZeroIsTheFastest) {
  open(list_of({subscription(kQ, gnmi::SAMPLE, 0)}));
  tick_at(0, healthy_);
  EXPECT_EQ(session_->next_due(), GnmiSession::kFastestNs);
}

TEST_F(GnmiSessionTest, UpdatesOnlySendsSyncFirst) {
  auto list = list_of({subscription(kQ, gnmi::SAMPLE, kSecond)});
  list.set_updates_only(true);
  open(list);
  tick_at(0, healthy_);
  const Said first = hear();
  EXPECT_EQ(first.notifications, 0);
  EXPECT_EQ(first.syncs, 1);
  tick_at(1, healthy_);
  EXPECT_EQ(hear().values.size(), 1U);
}

TEST_F(GnmiSessionTest, SuppressedLeavesComeWhenTheyChangeOrTheHeartbeatIsDue) {
  auto wanted = subscription(kPower, gnmi::SAMPLE, kSecond);
  wanted.set_suppress_redundant(true);
  wanted.set_heartbeat_interval(5 * kSecond);
  open(list_of({wanted}));
  tick_at(0, dark_);
  EXPECT_EQ(hear().values.begin()->second, kPowerFloorDbm);
  for (int second = 1; second < 5; ++second) {
    tick_at(second, dark_);
    EXPECT_EQ(hear().notifications, 0) << second;
  }
  tick_at(5, dark_);
  EXPECT_EQ(hear().values.size(), 1U) << "heartbeat";
  tick_at(6, healthy_);
  EXPECT_EQ(hear().values.size(), 1U) << "change";
}

TEST_F(GnmiSessionTest, WithoutSuppressionUnchangedLeavesComeToo) {
  open(list_of({subscription(kPower, gnmi::SAMPLE, kSecond)}));
  tick_at(0, dark_);
  (void)hear();
  tick_at(1, dark_);
  EXPECT_EQ(hear().values.size(), 1U);
}

TEST_F(GnmiSessionTest, OnChangeSpeaksWhenTheLineChanges) {
  open(list_of({subscription(kPower, gnmi::ON_CHANGE)}));
  tick_at(0, dark_);
  (void)hear();
  tick_at(1, dark_);
  EXPECT_EQ(hear().notifications, 0);
  session_->line_changed();
  session_->tick(healthy_, {kSecond + 1, kStart + kSecond + 1});
  EXPECT_EQ(hear().values.size(), 1U);
}

TEST_F(GnmiSessionTest, CutDeletesLeavesOnceAndRestorationBringsThemBack) {
  open(list_of({subscription(kChannel, gnmi::SAMPLE, kSecond)}));
  tick_at(0, healthy_);
  (void)hear();
  tick_at(1, dark_);
  const Said cut = hear();
  EXPECT_EQ(cut.values.size(), 3U);
  EXPECT_EQ(cut.deleted.size(), 11U);
  EXPECT_THAT(cut.deleted, ::testing::Contains(HasSubstr("/q-value/instant")));
  EXPECT_EQ(cut.values.at(std::string(kPower) + "/instant"), kPowerFloorDbm);
  tick_at(2, dark_);
  EXPECT_TRUE(hear().deleted.empty());
  tick_at(3, healthy_);
  EXPECT_EQ(hear().values.size(), 14U);
}

TEST_F(GnmiSessionTest, SlowReaderGetsTheNewestValueAndTheCountOfThoseBetween) {
  open(list_of({subscription(kChannel, gnmi::SAMPLE, kSecond)}));
  for (int second = 0; second < 1000; ++second) tick_at(second, healthy_);
  const Said said = hear();
  EXPECT_EQ(said.notifications, 1);
  EXPECT_EQ(said.duplicates.at(std::string(kQ) + "/instant"), 999U);
  tick_at(1000, healthy_);
  EXPECT_EQ(hear().duplicates.at(std::string(kQ) + "/instant"), 0U);
}

TEST_F(GnmiSessionTest, LeafThatCameAndWentUnseenIsNotDeleted) {
  open(list_of({subscription(kQ, gnmi::SAMPLE, kSecond)}));
  tick_at(0, dark_);
  (void)hear();
  tick_at(1, healthy_);
  tick_at(2, dark_);
  const Said said = hear();
  EXPECT_TRUE(said.deleted.empty());
  EXPECT_TRUE(said.values.empty());
}

TEST_F(GnmiSessionTest, OnceEndsAfterItsValues) {
  open(list_of({subscription(kChannel, gnmi::TARGET_DEFINED)}, SubscriptionList::ONCE));
  tick_at(0, healthy_);
  EXPECT_FALSE(session_->finished());
  const Said said = hear();
  EXPECT_EQ(said.values.size(), 14U);
  EXPECT_TRUE(said.sync_last);
  EXPECT_TRUE(session_->finished());
  EXPECT_FALSE(session_->next_due());
}

TEST_F(GnmiSessionTest, PollAnswersEachPollWithAllValuesAndSync) {
  open(list_of({subscription(kChannel, gnmi::TARGET_DEFINED)}, SubscriptionList::POLL));
  tick_at(0, healthy_);
  (void)hear();
  tick_at(1, healthy_);
  EXPECT_EQ(hear().notifications, 0);
  session_->poll();
  tick_at(2, healthy_);
  const Said said = hear();
  EXPECT_EQ(said.values.size(), 14U);
  EXPECT_TRUE(said.sync_last);
}

TEST_F(GnmiSessionTest, PathsThatDoNotExistAreAccepted) {
  open(list_of({subscription("/components/component[name=och-FP99-1]", gnmi::SAMPLE, kSecond)}));
  tick_at(0, healthy_);
  const Said said = hear();
  EXPECT_EQ(said.notifications, 0);
  EXPECT_EQ(said.syncs, 1);
}

TEST_F(GnmiSessionTest, OverlappingSubscriptionsOfEqualTermsSendALeafOnce) {
  open(list_of(
      {subscription(kChannel, gnmi::SAMPLE, kSecond), subscription(kQ, gnmi::SAMPLE, kSecond)}));
  tick_at(0, healthy_);
  EXPECT_EQ(hear().notifications, 1);
}

TEST_F(GnmiSessionTest, TargetOfThePrefixComesBack) {
  auto list = list_of({subscription(kQ, gnmi::SAMPLE, kSecond)});
  list.mutable_prefix()->set_target("slte-1");
  open(list);
  tick_at(0, healthy_);
  gnmi::SubscribeResponse response;
  ASSERT_TRUE(session_->next(response));
  EXPECT_EQ(response.update().prefix().target(), "slte-1");
  EXPECT_EQ(response.update().timestamp(), kStart);
}

TEST_F(GnmiSessionTest, TermsThatCannotBeServedAreRefused) {
  using grpc::StatusCode;
  const auto good = subscription(kQ, gnmi::SAMPLE, kSecond);
  EXPECT_EQ(refusal(list_of({})), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(refusal(list_of({subscription(kQ, gnmi::SAMPLE, 99'999'999)})),
            StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(refusal(list_of({subscription(kQ, gnmi::SAMPLE, 2 * GnmiSession::kSlowestNs)})),
            StatusCode::INVALID_ARGUMENT);
  auto heartbeat = good;
  heartbeat.set_heartbeat_interval(1);
  EXPECT_EQ(refusal(list_of({heartbeat})), StatusCode::INVALID_ARGUMENT);
  auto list = list_of({good});
  list.set_encoding(gnmi::BYTES);
  EXPECT_EQ(refusal(list), StatusCode::UNIMPLEMENTED);
  list = list_of({good});
  list.set_mode(static_cast<SubscriptionList::Mode>(9));
  EXPECT_EQ(refusal(list), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(refusal(list_of({subscription(kQ, static_cast<gnmi::SubscriptionMode>(9))})),
            StatusCode::INVALID_ARGUMENT);
  list = list_of({good});
  list.add_use_models()->set_name("ietf-interfaces");
  EXPECT_EQ(refusal(list), StatusCode::UNIMPLEMENTED);
  std::vector<gnmi::Subscription> many;
  for (int i = 0; i < 17; ++i) many.push_back(subscription(kQ, gnmi::SAMPLE, kSecond + i));
  EXPECT_EQ(refusal(list_of(many)), StatusCode::RESOURCE_EXHAUSTED);
}

}  // namespace
}  // namespace caspilink::simulator
