#include "agent/simulator/line_model.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/agent/simulator/test_plant.h"

namespace caspilink::simulator {
namespace {

using plant::Direction;

class LineModelTest : public ::testing::Test {
 protected:
  std::shared_ptr<const LineView> view_with(std::vector<Effect> effects) {
    LineState state;
    for (auto& effect : effects) {
      state.faults.push_back({.id = state.next_id++,
                              .fibre_pair = "FP02",
                              .since_unix_ns = 0,
                              .effect = std::move(effect)});
    }
    auto view = model_.view(state);
    EXPECT_TRUE(view) << view.error().message();
    return view.value_or(nullptr);
  }

  LineModel model_{std::make_shared<const plant::Plant>(testing::test_plant())};
};

TEST_F(LineModelTest, HealthyPairsShareOneEvaluationADirection) {
  const auto view = view_with({});
  EXPECT_EQ(model_.evaluations(), 2U);
  EXPECT_EQ(view->pairs[0][Direction::kAToB].light, view->pairs[1][Direction::kAToB].light);
}

TEST_F(LineModelTest, OnlyWhatAFaultChangesIsEvaluatedAgain) {
  const auto healthy = view_with({});
  const auto faulted = view_with({Fade{Direction::kAToB, 4, Db(3)}});
  EXPECT_EQ(model_.evaluations(), 3U);
  EXPECT_EQ(healthy->pairs[0][Direction::kAToB].light, faulted->pairs[0][Direction::kAToB].light);
  EXPECT_EQ(healthy->pairs[1][Direction::kBToA].light, faulted->pairs[1][Direction::kBToA].light);
  EXPECT_NE(healthy->pairs[1][Direction::kAToB].light, faulted->pairs[1][Direction::kAToB].light);
  (void)view_with({Fade{Direction::kAToB, 4, Db(3)}, Cut{Kilometers(3)}, AddedDelay{Seconds(1)}});
  EXPECT_EQ(model_.evaluations(), 3U);
}

TEST_F(LineModelTest, FadeTakesItsDecibelsFromTheFadedChannelsOsnr) {
  const auto healthy = view_with({})->pairs[1][Direction::kAToB].light;
  const auto faded =
      view_with({Fade{Direction::kAToB, 4, Db(3)}})->pairs[1][Direction::kAToB].light;
  EXPECT_EQ(faded->channels[0].number, 4);
  const auto drop = [&](std::size_t i) {
    return (healthy->channels[i].osnr_01nm - faded->channels[i].osnr_01nm).value();
  };
  // The repeater's gain rises a little as less light comes in, which is noise to the others too.
  EXPECT_NEAR(drop(0), 3, 0.4);
  EXPECT_NEAR(drop(1), 0, 0.2);
  EXPECT_LT(faded->channels[0].q, healthy->channels[0].q);
}

TEST_F(LineModelTest, RepeatersShowTheirLightAndTheirSetting) {
  const auto healthy = view_with({})->pairs[1][Direction::kBToA];
  ASSERT_EQ(healthy.light->repeaters.size(), 1U);
  EXPECT_EQ(healthy.light->repeaters[0].name, "R1");
  EXPECT_NEAR(healthy.light->repeaters[0].from_sender.value(), 74, 1e-9);
  EXPECT_NEAR(healthy.light->repeaters[0].output.value(), 12, 1e-6);
  const auto setting = [](const DirectionView& there, const std::string& element) {
    for (const SettingView& one : there.settings) {
      if (one.element == element) return one.output_power.value();
    }
    return -99.0;
  };
  EXPECT_EQ(setting(healthy, "R1"), 12);
  EXPECT_EQ(setting(healthy, "preamplifier"), 15);
  const auto set = view_with({AmplifierSetting{"R1", Direction::kBToA, Dbm(9), std::nullopt}});
  EXPECT_EQ(setting(set->pairs[1][Direction::kBToA], "R1"), 9);
  EXPECT_NEAR(set->pairs[1][Direction::kBToA].light->repeaters[0].output.value(), 9, 1e-6);
  EXPECT_EQ(setting(set->pairs[1][Direction::kAToB], "R1"), 12) << "the other direction";
  EXPECT_EQ(setting(set->pairs[0][Direction::kBToA], "R1"), 12) << "the other pair";
  const auto boosted = view_with({AmplifierSetting{"booster", Direction::kAToB, Dbm(9), {}}});
  const auto& sent = boosted->pairs[1][Direction::kAToB];
  EXPECT_NEAR(sent.light->line_output_power.value(), 9, 1e-6);
  EXPECT_EQ(sent.transmitted, (std::vector{Dbm(-1), Dbm(-1)})) << "before the booster";
  // A failed pump is no setting.
  const auto weak = view_with({PumpFailure{.amplifier = "R1"}})->pairs[1][Direction::kBToA];
  EXPECT_EQ(setting(weak, "R1"), 12);
  EXPECT_NEAR(weak.light->repeaters[0].output.value(), 9, 1e-6);
}

TEST_F(LineModelTest, LossBehindTheRepeaterLowersWhatTheStationReceives) {
  const auto healthy = view_with({})->pairs[1][Direction::kAToB].light;
  const auto lossy =
      view_with({AddedLoss{Kilometers(120), Db(3)}})->pairs[1][Direction::kAToB].light;
  EXPECT_NEAR((healthy->line_input_power - lossy->line_input_power).value(), 3, 1e-6);
  EXPECT_EQ(healthy->line_output_power, lossy->line_output_power);
}

TEST_F(LineModelTest, MoreFaultsNeverRaiseQ) {
  const std::vector<Effect> effects = {AddedLoss{Kilometers(40), Db(2)},
                                       PumpFailure{.amplifier = "R1"},
                                       Fade{Direction::kAToB, 4, Db(2)}};
  std::vector<Effect> some;
  auto before = view_with({})->pairs[1][Direction::kAToB].light->channels[0].q;
  for (const auto& effect : effects) {
    some.push_back(effect);
    const auto after = view_with(some)->pairs[1][Direction::kAToB].light->channels[0].q;
    EXPECT_LT(after, before) << name_of(effect);
    before = after;
  }
}

TEST_F(LineModelTest, DelayIsTheFibresAndWhatWasAdded) {
  const auto view = view_with({AddedDelay{Seconds(0.002), Direction::kBToA}});
  const double fibre = 150e3 * 1.468 / 299'792'458.0;
  EXPECT_NEAR(view->pairs[1][Direction::kAToB].delay.value(), fibre, 1e-9);
  EXPECT_NEAR(view->pairs[1][Direction::kBToA].delay.value(), fibre + 0.002, 1e-9);
}

TEST_F(LineModelTest, EsnrIsTheSnrOfItsQ) {
  // For QPSK they are the same figure.
  for (const auto& channel : view_with({})->pairs[0][Direction::kAToB].light->channels) {
    EXPECT_NEAR(channel.esnr.value(), channel.q.value(), 1e-6);
  }
}

TEST_F(LineModelTest, FaultsOfAnotherPlantAreRefusedAndNothingChanges) {
  (void)view_with({});
  LineState state;
  state.faults = {{.id = 1, .fibre_pair = "FP77", .since_unix_ns = 0, .effect = Cut{}}};
  EXPECT_FALSE(model_.view(state));
  (void)view_with({});
  EXPECT_EQ(model_.evaluations(), 2U);
}

// 150 km at 1 ohm/km and 1 A, a repeater of 20 V at 76 km, 10 V between the earths: 180 V.
class FeedTest : public ::testing::Test {
 protected:
  static plant::Plant fed() {
    plant::Plant plant = testing::test_plant();
    plant.power_feed = plant::PowerFeed{.current = Amperes(1),
                                        .resistance = OhmsPerKm(1),
                                        .repeater_voltage = Volts(20),
                                        .earth_potential = Volts(10)};
    return plant;
  }
  static std::array<double, 2> voltages(const std::vector<Fault>& faults) {
    const auto view = feed_of(fed(), faults);
    return {view->voltage[0].value(), view->voltage[1].value()};
  }
};

TEST_F(FeedTest, AWholeCableTakesHalfFromEachEnd) {
  EXPECT_EQ(voltages({}), (std::array<double, 2>{90, -90}));
  EXPECT_FALSE(feed_of(testing::test_plant(), {})) << "the plant states none";
}

TEST_F(FeedTest, ACutOfTheCableEarthsTheConductorThere) {
  // From a 100 ohm and the repeater, from b 50 ohm.
  EXPECT_EQ(voltages({{.effect = Cut{Kilometers(100)}}}), (std::array<double, 2>{120, -50}));
  EXPECT_EQ(voltages({{.effect = Cut{Kilometers(40)}}, {.effect = Cut{Kilometers(100)}}}),
            (std::array<double, 2>{40, -50}))
      << "each end sees the nearer one";
}

TEST_F(FeedTest, AFibrePairMayPartWhileTheConductorHolds) {
  EXPECT_EQ(voltages({{.fibre_pair = "FP01", .effect = Cut{Kilometers(100)}}}), voltages({}));
}

}  // namespace
}  // namespace caspilink::simulator
