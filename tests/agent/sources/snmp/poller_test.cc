#include "agent/sources/snmp/poller.h"

#include <gmock/gmock.h>

#include "tests/agent/sources/snmp/fake_session.h"
#include "tests/support/asio_loop.h"

namespace caspilink::snmp {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000'000'000;

class PollerTest : public testing::Test {
 protected:
  void start() {
    TargetConfiguration target{.name = "pfe-1"};
    target.interval_ns = 1'000'000;
    target.max_repetitions = 25;
    target.max_rows = 100;
    target.points.push_back({.oid = oid_of("1.3.1.0"),
                             .meaning = {.quantity = codec::Quantity::kPowerFeedCurrent},
                             .place = {}});
    poller_ = make_poller(target, [this] { return std::make_unique<FakeSession>(io_, agent_); },
                          {.io = io_, .now_unix_ns = [] { return kNow; }});
    poller_->start([this](auto observations) {
      observed_.insert(observed_.end(), observations.begin(), observations.end());
    });
  }
  bool run_until(const std::function<bool()>& condition) { return test::run_until(io_, condition); }

  asio::io_context io_;
  FakeAgent agent_;
  std::unique_ptr<sources::Source> poller_;
  std::vector<codec::Observation> observed_;
};

TEST_F(PollerTest, PollsAgainAndAgainWithOneSession) {
  agent_.values[oid_of("1.3.1.0")] = number(1.1);
  start();
  ASSERT_TRUE(run_until([&] { return observed_.size() >= 3; }));
  const auto health = poller_->health();
  EXPECT_TRUE(health.up);
  EXPECT_EQ(health.kind, "snmp");
  EXPECT_EQ(health.last_update_unix_ns, kNow);
  EXPECT_EQ(health.observations, observed_.size());
  EXPECT_EQ(agent_.sessions, 1);
  poller_->stop();
  EXPECT_TRUE(test::run_dry(io_));
}

TEST_F(PollerTest, AFailureIsToldAndTheNextPollBeginsAnew) {
  agent_.values[oid_of("1.3.1.0")] = number(1.1);
  agent_.failure = Failure{"auth", "authentication failure"};
  start();
  ASSERT_TRUE(run_until([&] { return poller_->health().errors["auth"] >= 2; }));
  EXPECT_FALSE(poller_->health().up);
  EXPECT_EQ(poller_->health().detail, "authentication failure");
  EXPECT_GE(agent_.sessions, 2) << "secrets may have changed";
  agent_.failure.reset();
  ASSERT_TRUE(run_until([&] { return poller_->health().up; }));
  EXPECT_EQ(poller_->health().detail, "");
  poller_->stop();
  EXPECT_TRUE(test::run_dry(io_));
}

TEST_F(PollerTest, NothingIsObservedAfterStop) {
  agent_.values[oid_of("1.3.1.0")] = number(1.1);
  start();
  poller_->stop();
  EXPECT_TRUE(test::run_dry(io_));
  EXPECT_TRUE(observed_.empty());
  EXPECT_EQ(agent_.questions, 1) << "which was under way";
}

}  // namespace
}  // namespace caspilink::snmp
