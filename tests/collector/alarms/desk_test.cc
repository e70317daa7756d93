// What operators do, in simulated time.
#include "collector/alarms/desk.h"

#include <map>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "collector/alarms/feed.h"

namespace caspilink::alarms {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kSecond = 1'000'000'000;

class DeskTest : public testing::Test {
 protected:
  static Key loss(const std::string& pair = "FP01") {
    return {.type = Type::kLineCut, .fibre_pair = pair};
  }
  // What happened in one step with the alarm present, or absent.
  std::vector<std::string> step(std::int64_t second, State state,
                                Severity severity = Severity::kMajor) {
    std::vector<std::string> said;
    for (const Event& event :
         desk_.step(second * kSecond, {{.key = loss(), .state = state, .severity = severity}})) {
      said.emplace_back(to_string(event.kind));
    }
    return said;
  }
  std::vector<std::string> present(std::int64_t second) { return step(second, State::kPresent); }
  std::vector<std::string> absent(std::int64_t second) { return step(second, State::kAbsent); }
  AlarmPtr only() {
    EXPECT_EQ(desk_.standing().size(), 1U);
    return desk_.standing().at(0);
  }

  const Operator who_{.name = "leyla", .note = "known, ship is on its way"};
  Desk desk_{engine_settings({.raise_ns = 0, .clear_ns = 0})};
};

TEST_F(DeskTest, AnAcknowledgementNamesWhoAndWhyAndEndsWithTheAlarm) {
  present(1);
  const auto event = desk_.acknowledge(1, who_, 2 * kSecond);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->kind, Event::Kind::kAcknowledged);
  EXPECT_EQ(only()->acknowledged,
            (Acknowledgement{"leyla", "known, ship is on its way", 2 * kSecond}));
  EXPECT_TRUE(notifies(*only())) << "it is known, and it is not over";
  absent(3);
  present(4);
  EXPECT_FALSE(only()->acknowledged);
}

TEST_F(DeskTest, AWorseSeverityAsksForANewAcknowledgement) {
  present(1);
  ASSERT_TRUE(desk_.acknowledge(1, who_, 2 * kSecond));
  EXPECT_THAT(step(3, State::kPresent, Severity::kCritical), ElementsAre("worsened"));
  EXPECT_FALSE(only()->acknowledged);
}

TEST_F(DeskTest, AShelfHoldsForItsResourceUntilItsTime) {
  present(1);
  ASSERT_TRUE(desk_.shelve(1, who_, 100 * kSecond, 2 * kSecond));
  EXPECT_FALSE(notifies(*only()));
  absent(3);
  EXPECT_THAT(present(4), ElementsAre("raised"));
  EXPECT_TRUE(only()->shelved) << "the new alarm of the same resource is on the shelf too";
  EXPECT_THAT(present(99), IsEmpty());
  EXPECT_THAT(present(100), ElementsAre("unshelved"));
  EXPECT_TRUE(notifies(*only()));
}

TEST_F(DeskTest, AShelfEndsByAnOperatorToo) {
  present(1);
  ASSERT_TRUE(desk_.shelve(1, who_, 100 * kSecond, 2 * kSecond));
  ASSERT_TRUE(desk_.unshelve(1, who_));
  EXPECT_TRUE(notifies(*only()));
  EXPECT_FALSE(desk_.unshelve(1, who_));
  absent(3);
  present(4);
  EXPECT_FALSE(only()->shelved);
}

TEST_F(DeskTest, MaintenanceMarksWhatItCoversAndReleasesIt) {
  ASSERT_TRUE(desk_.plan(
      {.from_unix_ns = 10 * kSecond, .until_unix_ns = 20 * kSecond, .fibre_pair = "FP01"}, who_,
      0));
  EXPECT_THAT(present(1), ElementsAre("raised"));
  EXPECT_THAT(present(10), ElementsAre("suppressed"));
  EXPECT_FALSE(notifies(*only()));
  EXPECT_EQ(only()->maintenance, 1U);
  EXPECT_THAT(present(20), ElementsAre("released"));
  EXPECT_TRUE(notifies(*only()));
  EXPECT_THAT(desk_.windows(), IsEmpty());
}

TEST_F(DeskTest, WhatIsRaisedWithinMaintenanceIsMarkedFromTheBeginning) {
  ASSERT_TRUE(desk_.plan({.until_unix_ns = 20 * kSecond, .fibre_pair = "FP01"}, who_, 0));
  const auto events = desk_.step(kSecond, {{.key = loss(), .state = State::kPresent},
                                           {.key = loss("FP02"), .state = State::kPresent}});
  ASSERT_EQ(events.size(), 2U);
  EXPECT_FALSE(notifies(*events[0].alarm));
  EXPECT_TRUE(notifies(*events[1].alarm)) << "another fibre pair";
}

TEST_F(DeskTest, MaintenanceThatIsEndedEarlyReleasesAtOnce) {
  ASSERT_TRUE(desk_.plan({.until_unix_ns = 20 * kSecond}, who_, 0));
  present(1);
  const auto ended = desk_.end(1, who_, 5 * kSecond);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->until_unix_ns, 5 * kSecond);
  EXPECT_THAT(present(6), ElementsAre("released"));
  EXPECT_EQ(desk_.end(1, who_, 7 * kSecond).error().code, ErrorCode::kNotFound);
}

TEST_F(DeskTest, OnlyARootOfTheCableHasAPlace) {
  const Key silent{.type = Type::kAgentSilent, .station = "aktau"};
  const Key cut{.type = Type::kFibrePairCut, .fibre_pair = "FP01"};
  (void)desk_.step(0, {{.key = silent, .state = State::kPresent, .severity = Severity::kMajor},
                       {.key = cut, .state = State::kPresent, .severity = Severity::kCritical},
                       {.key = loss(),
                        .state = State::kPresent,
                        .severity = Severity::kMajor,
                        .explained_by = {cut}}});
  std::map<Type, std::uint64_t> ids;
  for (const AlarmPtr& alarm : desk_.standing()) ids[alarm->key.type] = alarm->id;
  const Cause cause{.text = "OTDR", .position = Position{120, 0.1}};
  EXPECT_EQ(desk_.place(ids.at(Type::kAgentSilent), who_, cause).error().code,
            ErrorCode::kInvalidInput);
  const auto child = desk_.place(ids.at(loss().type), who_, cause);
  ASSERT_FALSE(child);
  EXPECT_THAT(child.error().message(),
              testing::HasSubstr(fmt::format("follows from alarm {}", ids.at(cut.type))));
  EXPECT_TRUE(desk_.place(ids.at(cut.type), who_, cause));
}

TEST_F(DeskTest, AnOperatorsPlaceIsNotMovedByReadings) {
  present(1);
  const auto event = desk_.place(1, who_, {.text = "OTDR", .position = Position{120, 0.1}});
  ASSERT_TRUE(event);
  EXPECT_EQ(event->kind, Event::Kind::kLocated);
  const auto events = desk_.step(2 * kSecond, {{.key = loss(),
                                                .state = State::kPresent,
                                                .severity = Severity::kMajor,
                                                .cause = {.position = Position{300, 5}}}});
  EXPECT_THAT(events, IsEmpty());
  EXPECT_EQ(only()->cause.position, (Position{120, 0.1}));
  EXPECT_EQ(only()->cause.by, "leyla");
}

TEST_F(DeskTest, WhatCannotBeDoneSaysWhy) {
  present(1);
  EXPECT_EQ(desk_.acknowledge(7, who_, 2).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(desk_.acknowledge(1, {}, 2).error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(desk_.acknowledge(1, {.name = "x", .note = std::string(2000, 'x')}, 2).error().code,
            ErrorCode::kInvalidInput);
  EXPECT_EQ(desk_.shelve(1, who_, kSecond, 2 * kSecond).error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(desk_.plan({.from_unix_ns = 5, .until_unix_ns = 5}, who_, 0).error().code,
            ErrorCode::kInvalidInput);
  EXPECT_EQ(*only(), *desk_.standing().at(0));
  EXPECT_FALSE(only()->acknowledged);
}

TEST_F(DeskTest, ARestoredShelfHoldsWhatComesAfterIt) {
  Alarm cleared{.id = 4, .key = loss(), .raised_unix_ns = 1, .cleared_unix_ns = 2};
  cleared.shelved = Shelf{.by = "leyla", .note = "", .until_unix_ns = 100 * kSecond};
  desk_.restore(cleared);
  EXPECT_THAT(desk_.standing(), IsEmpty());
  present(3);
  EXPECT_TRUE(only()->shelved);
}

TEST(FeedTest, AWatcherSeesEventsInOrderAndIsCalledWhenTheyBeginToWait) {
  Feed feed;
  int calls = 0;
  const auto watcher = feed.watch(10, [&] { ++calls; });
  const auto event = [](std::uint64_t id) {
    return Event{Event::Kind::kRaised, std::make_shared<const Alarm>(Alarm{.id = id})};
  };
  feed.publish({event(1)});
  feed.publish({event(2), event(3)});
  EXPECT_EQ(calls, 1);
  const auto taken = watcher->take();
  ASSERT_EQ(taken.events.size(), 3U);
  EXPECT_EQ(taken.events[2].alarm->id, 3U);
  EXPECT_FALSE(taken.lost);
  feed.publish({event(4)});
  EXPECT_EQ(calls, 2);
}

TEST(FeedTest, AWatcherThatDoesNotKeepUpIsToldThatItLostSome) {
  Feed feed;
  const auto watcher = feed.watch(2, {});
  const Event event{Event::Kind::kRaised, std::make_shared<const Alarm>()};
  feed.publish({event, event, event});
  feed.publish({event});
  auto taken = watcher->take();
  EXPECT_TRUE(taken.lost);
  EXPECT_EQ(taken.events.size(), 1U);
  EXPECT_FALSE(watcher->take().lost);
}

}  // namespace
}  // namespace caspilink::alarms
