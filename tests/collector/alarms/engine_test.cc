// Scripts in simulated time: what is seen at which second, and what the engine says then.
#include "collector/alarms/engine.h"

#include <gmock/gmock.h>

namespace caspilink::alarms {
namespace {

using testing::IsEmpty;
using Kind = Event::Kind;

constexpr std::int64_t kSecond = 1'000'000'000;

class EngineTest : public testing::Test {
 protected:
  static Key cut() { return {.type = Type::kLineCut, .fibre_pair = "FP01"}; }
  static Key loss() {
    return {.type = Type::kChannelLossOfLight, .fibre_pair = "FP01", .channel = 3};
  }

  // One step at `second` with the line cut in `state`; says what happened.
  std::string at(double second, State state, Severity severity = Severity::kMajor) {
    return step(second, {{.key = cut(), .state = state, .severity = severity}});
  }
  std::string step(double second, const std::vector<Condition>& conditions) {
    std::string said;
    for (const Event& event :
         engine_.step(static_cast<std::int64_t>(second * kSecond), conditions)) {
      if (!said.empty()) said += ", ";
      said += to_string(event.kind);
      said += ' ';
      said += to_string(event.alarm->key.type);
      if (event.alarm->parent != 0) said += " under another";
    }
    return said.empty() ? "quiet" : said;
  }
  // Three seconds for a line cut and a channel, two for a fibre pair.
  Engine engine_{engine_settings({.raise_ns = 3 * kSecond, .clear_ns = 10 * kSecond})};
};

TEST_F(EngineTest, AConditionThatLastsIsRaisedAndClearedOnce) {
  EXPECT_EQ(at(0, State::kAbsent), "quiet");
  EXPECT_EQ(at(1, State::kPresent), "quiet");
  EXPECT_EQ(at(3.9, State::kPresent), "quiet");
  EXPECT_EQ(at(4, State::kPresent), "raised line_cut");
  EXPECT_EQ(at(5, State::kPresent), "quiet");
  EXPECT_EQ(at(60, State::kAbsent), "quiet");
  EXPECT_EQ(at(69.9, State::kAbsent), "quiet");
  EXPECT_EQ(at(70, State::kAbsent), "cleared line_cut");
  EXPECT_EQ(at(80, State::kAbsent), "quiet");
  EXPECT_THAT(engine_.standing(), IsEmpty());
}

TEST_F(EngineTest, AGlitchShorterThanTheHoldOffIsNotRaised) {
  at(0, State::kPresent);
  at(2, State::kAbsent);
  EXPECT_EQ(at(3, State::kPresent), "quiet");
  EXPECT_EQ(at(5, State::kPresent), "quiet");
  EXPECT_EQ(at(6, State::kPresent), "raised line_cut");
}

TEST_F(EngineTest, AShortRecoveryDoesNotClear) {
  at(0, State::kPresent);
  at(3, State::kPresent);
  at(4, State::kAbsent);
  at(13, State::kPresent);
  EXPECT_EQ(at(14, State::kAbsent), "quiet");
  EXPECT_EQ(at(23.9, State::kAbsent), "quiet");
  EXPECT_EQ(at(24, State::kAbsent), "cleared line_cut");
}

TEST_F(EngineTest, UnknownNeitherRaisesNorClears) {
  EXPECT_EQ(at(0, State::kUnknown), "quiet");
  EXPECT_EQ(at(100, State::kUnknown), "quiet");
  at(101, State::kPresent);
  at(103, State::kUnknown);
  EXPECT_EQ(at(105, State::kPresent), "quiet") << "three unbroken seconds are asked for";
  EXPECT_EQ(at(108, State::kPresent), "raised line_cut");
  EXPECT_EQ(at(200, State::kUnknown), "quiet");
  EXPECT_EQ(at(100'000, State::kUnknown), "quiet");
  EXPECT_EQ(engine_.standing().size(), 1U);
}

TEST_F(EngineTest, TheDeadBandHoldsWhateverStands) {
  at(0, State::kDeadBand);
  EXPECT_EQ(at(50, State::kDeadBand), "quiet");
  at(51, State::kPresent);
  EXPECT_EQ(at(54, State::kPresent), "raised line_cut");
  at(55, State::kAbsent);
  at(60, State::kDeadBand);
  EXPECT_EQ(at(66, State::kAbsent), "quiet");
  EXPECT_EQ(at(76, State::kAbsent), "cleared line_cut");
}

TEST_F(EngineTest, SeverityOnlyWorsensWhileTheAlarmStands) {
  at(0, State::kPresent, Severity::kMinor);
  EXPECT_EQ(at(3, State::kPresent, Severity::kMinor), "raised line_cut");
  EXPECT_EQ(at(4, State::kPresent, Severity::kMajor), "worsened line_cut");
  EXPECT_EQ(at(5, State::kPresent, Severity::kMinor), "quiet");
  EXPECT_EQ(engine_.standing().at(0)->severity, Severity::kMajor);
}

// A line cut and one of its channels.
std::vector<Condition> both(State line, State channel) {
  const Key cut{.type = Type::kLineCut, .fibre_pair = "FP01"};
  const Key loss{.type = Type::kChannelLossOfLight, .fibre_pair = "FP01", .channel = 3};
  return {{.key = cut, .state = line}, {.key = loss, .state = channel, .explained_by = {cut}}};
}

TEST_F(EngineTest, AConsequenceWaitsForItsExplanationAndGoesUnderIt) {
  EXPECT_EQ(step(0, both(State::kAbsent, State::kPresent)), "quiet");
  EXPECT_EQ(step(2.9, both(State::kPresent, State::kPresent)), "quiet");
  EXPECT_EQ(step(3, both(State::kPresent, State::kPresent)), "quiet") << "waits for the cut";
  EXPECT_EQ(step(5.9, both(State::kPresent, State::kPresent)),
            "raised line_cut, raised channel_loss_of_light under another");
  EXPECT_EQ(step(60, both(State::kAbsent, State::kAbsent)), "quiet");
  EXPECT_EQ(step(70, both(State::kAbsent, State::kAbsent)),
            "cleared line_cut, cleared channel_loss_of_light under another");
}

TEST_F(EngineTest, AConsequenceThatOutlivesItsExplanationBecomesARoot) {
  step(0, both(State::kPresent, State::kPresent));
  step(3, both(State::kPresent, State::kPresent));
  EXPECT_EQ(step(60, both(State::kAbsent, State::kPresent)), "quiet");
  EXPECT_EQ(step(70, both(State::kAbsent, State::kPresent)),
            "cleared line_cut, promoted channel_loss_of_light");
}

TEST_F(EngineTest, AConsequenceThatIsGoingDoesNotBecomeARoot) {
  step(0, both(State::kPresent, State::kPresent));
  step(3, both(State::kPresent, State::kPresent));
  step(60, both(State::kAbsent, State::kPresent));
  step(61, both(State::kAbsent, State::kAbsent));
  EXPECT_EQ(step(70, both(State::kAbsent, State::kAbsent)), "cleared line_cut");
  EXPECT_EQ(step(71, both(State::kAbsent, State::kAbsent)),
            "cleared channel_loss_of_light under another");
}

TEST_F(EngineTest, AnExplanationThatGoesBeforeItIsRaisedExplainsNothing) {
  step(0, both(State::kPresent, State::kPresent));
  EXPECT_EQ(step(2.9, both(State::kAbsent, State::kPresent)), "quiet");
  EXPECT_EQ(step(3, both(State::kAbsent, State::kPresent)), "raised channel_loss_of_light");
}

TEST_F(EngineTest, ARootIsAsSevereAsTheWorstUnderIt) {
  const auto with = [](Severity channel) {
    auto conditions = both(State::kPresent, State::kPresent);
    conditions[0].severity = Severity::kMinor;
    conditions[1].severity = channel;
    return conditions;
  };
  step(0, with(Severity::kMinor));
  step(3, with(Severity::kMinor));
  EXPECT_EQ(engine_.standing().at(0)->severity, Severity::kMinor);
  EXPECT_EQ(step(4, with(Severity::kCritical)),
            "worsened channel_loss_of_light under another, worsened line_cut");
  EXPECT_EQ(engine_.standing().at(0)->severity, Severity::kCritical);
}

TEST_F(EngineTest, ARootRaisedShortlyBeforeIsAdopted) {
  step(0, both(State::kAbsent, State::kPresent));
  EXPECT_EQ(step(3, both(State::kAbsent, State::kPresent)), "raised channel_loss_of_light");
  step(10, both(State::kPresent, State::kPresent));
  EXPECT_EQ(step(13, both(State::kPresent, State::kPresent)),
            "raised line_cut, adopted channel_loss_of_light under another");
}

TEST_F(EngineTest, AnAlarmThatStoodLongBeforeIsNoConsequence) {
  step(0, both(State::kAbsent, State::kPresent));
  EXPECT_EQ(step(3, both(State::kAbsent, State::kPresent)), "raised channel_loss_of_light");
  step(31, both(State::kPresent, State::kPresent));
  EXPECT_EQ(step(34, both(State::kPresent, State::kPresent)), "raised line_cut");
  EXPECT_EQ(step(40, both(State::kPresent, State::kPresent)), "quiet");
  EXPECT_EQ(engine_.standing().size(), 2U);
}

TEST_F(EngineTest, AnAlarmThatComesAndGoesIsHeldUntilItIsCalm) {
  std::string said;
  double second = 0;
  for (int turn = 0; turn < 4; ++turn) {
    at(second, State::kPresent);
    said = at(second + 3, State::kPresent);
    if (turn < 3) {
      at(second + 4, State::kAbsent);
      EXPECT_EQ(at(second + 14, State::kAbsent), "cleared line_cut");
    }
    second += 15;
  }
  EXPECT_EQ(said, "raised line_cut");
  EXPECT_TRUE(engine_.standing().at(0)->flapping);
  // Comes and goes for an hour; nobody is told again.
  for (int turn = 0; turn < 120; ++turn, second += 30) {
    EXPECT_EQ(at(second, State::kAbsent), "quiet");
    EXPECT_EQ(at(second + 15, State::kPresent), "quiet");
  }
  EXPECT_EQ(engine_.standing().at(0)->flaps, 120U);
  EXPECT_EQ(at(second, State::kAbsent), "quiet");
  EXPECT_EQ(at(second + 299, State::kAbsent), "quiet");
  EXPECT_EQ(at(second + 300, State::kAbsent), "cleared line_cut");
}

TEST_F(EngineTest, ACauseIsNewsOnlyWhereItSaysMore) {
  const auto with = [](double second, Cause cause) {
    return std::pair(second, std::vector<Condition>{{.key = cut(),
                                                     .state = State::kPresent,
                                                     .severity = Severity::kMajor,
                                                     .cause = std::move(cause)}});
  };
  const auto say = [&](std::pair<double, std::vector<Condition>> now) {
    return step(now.first, now.second);
  };
  say(with(0, {}));
  EXPECT_EQ(say(with(3, {})), "raised line_cut");
  EXPECT_EQ(say(with(4, {.position = Position{190, 190}})), "located line_cut");
  EXPECT_EQ(say(with(5, {.position = Position{191, 180}})), "quiet");
  EXPECT_EQ(say(with(6, {.position = Position{200, 3}})), "located line_cut");
  EXPECT_EQ(say(with(7, {})), "quiet") << "what is not seen any more was true";
  EXPECT_EQ(engine_.standing().at(0)->cause.position, (Position{200, 3}));
}

TEST_F(EngineTest, ARestoredAlarmIsNotRaisedAgainAndClearsAsAny) {
  Engine engine(engine_settings({.raise_ns = 0, .clear_ns = 0}), 5);
  engine.restore({.id = 9, .key = cut(), .severity = Severity::kCritical, .raised_unix_ns = 1});
  EXPECT_THAT(engine.step(10, {{.key = cut(), .state = State::kUnknown}}), IsEmpty());
  EXPECT_THAT(engine.step(11, {{.key = cut(), .state = State::kPresent}}), IsEmpty());
  const auto cleared = engine.step(12, {{.key = cut(), .state = State::kAbsent}});
  ASSERT_EQ(cleared.size(), 1U);
  EXPECT_EQ(cleared[0].alarm->id, 9U);
  EXPECT_EQ(cleared[0].alarm->cleared_unix_ns, 12);
  const auto raised = engine.step(13, {{.key = cut(), .state = State::kPresent}});
  ASSERT_EQ(raised.size(), 1U);
  EXPECT_EQ(raised[0].alarm->id, 10U) << "ids are never used twice";
}

TEST_F(EngineTest, WhatIsNotGivenIsNotKnownUntilItIsForgotten) {
  constexpr double kDay = 86'400;
  at(0, State::kPresent);
  EXPECT_EQ(at(3, State::kPresent), "raised line_cut");
  EXPECT_EQ(step(4, {}), "quiet");
  EXPECT_EQ(step(kDay, {}), "quiet");
  EXPECT_EQ(step(kDay + 4, {}), "quiet");
  EXPECT_EQ(step(kDay + 14, {}), "cleared line_cut");
}

TEST_F(EngineTest, ACrossedThresholdThatIsNotGivenIsOver) {
  const Condition crossed{.key = {.type = Type::kThresholdCrossed, .qualifier = "es_15min"},
                          .state = State::kPresent};
  EXPECT_EQ(step(0, {crossed}), "raised threshold_crossed");
  EXPECT_EQ(step(1, {}), "quiet");
  EXPECT_EQ(step(11, {}), "cleared threshold_crossed");
}

TEST_F(EngineTest, AClockSetBackStartsTheWaitingAnew) {
  at(1000, State::kPresent);
  EXPECT_EQ(at(10, State::kPresent), "quiet");
  EXPECT_EQ(at(13, State::kPresent), "raised line_cut");
}

TEST(AlarmTest, NamesGoBothWays) {
  for (const TypeInfo& row : types()) EXPECT_EQ(type_from_string(to_string(row.type)), row.type);
  EXPECT_FALSE(type_from_string("cut_line"));
  EXPECT_EQ(severity_from_string("critical"), Severity::kCritical);
}

}  // namespace
}  // namespace caspilink::alarms
