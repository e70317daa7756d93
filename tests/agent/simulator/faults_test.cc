#include "agent/simulator/faults.h"

#include <array>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/simulator/test_plant.h"

namespace caspilink::simulator {
namespace {

using plant::Direction;
using ::testing::HasSubstr;

constexpr std::array kDirections = {Direction::kAToB, Direction::kBToA};

Fault fault_of(Effect effect, std::optional<std::string> pair = "FP02") {
  return {.id = 1, .fibre_pair = std::move(pair), .since_unix_ns = 5, .effect = std::move(effect)};
}

FaultedLine line_with(const plant::Plant& plant, const std::string& pair, Direction direction,
                      std::vector<Fault> faults) {
  auto line = faulted_line(plant, pair, direction, faults);
  EXPECT_TRUE(line) << line.error().message();
  return line.value_or(FaultedLine{});
}

// Every fault leaves the other fibre pair alone, bit for bit.
TEST(FaultsTest, OtherFibrePairStaysAsItWas) {
  const auto plant = testing::test_plant();
  const std::vector<Effect> effects = {
      Cut{Kilometers(10)},
      AddedLoss{Kilometers(10), Db(3)},
      PumpFailure{.amplifier = "R1"},
      Fade{Direction::kAToB, 4, Db(4)},
      AddedDelay{Seconds(0.002)},
      AmplifierSetting{"R1", Direction::kAToB, Dbm(9), std::nullopt}};
  for (const auto& effect : effects) {
    for (const auto direction : kDirections) {
      const auto healthy = line_with(plant, "FP01", direction, {});
      const auto other = line_with(plant, "FP01", direction, {fault_of(effect)});
      EXPECT_EQ(healthy.line, other.line) << name_of(effect);
      EXPECT_FALSE(other.dark) << name_of(effect);
      EXPECT_EQ(other.extra_delay, Seconds(0)) << name_of(effect);
    }
  }
}

TEST(FaultsTest, ASettingMovesOneAmplifierOfOneDirection) {
  const auto plant = testing::test_plant();
  const auto set = [&](const std::string& amplifier, std::optional<Dbm> power,
                       std::optional<Db> tilt = {}) {
    return line_with(plant, "FP02", Direction::kAToB,
                     {fault_of(AmplifierSetting{amplifier, Direction::kAToB, power, tilt})})
        .line;
  };
  const auto designed = line_with(plant, "FP02", Direction::kAToB, {}).line;
  plant::Line expected = designed;
  std::get<plant::Repeater>(expected.elements[1]).total_output_power = Dbm(9);
  EXPECT_EQ(set("R1", Dbm(9)), expected);
  expected = designed;
  std::get<plant::TerminalAmplifier>(expected.elements.back()).gain_tilt = Db(2);
  EXPECT_EQ(set("preamplifier", {}, Db(2)), expected);
  // 16 channels of -1 dBm are 11.04 dBm.
  EXPECT_NEAR(set("booster", Dbm(9.04)).channels[0].launch_power.value(), -3, 0.01);
  EXPECT_NEAR(set("booster", {}, Db(3)).channels[15].launch_power.value(), 0.5, 1e-9);
  const AmplifierSetting other_way{"R1", Direction::kBToA, Dbm(9), std::nullopt};
  EXPECT_EQ(line_with(plant, "FP02", Direction::kAToB, {fault_of(other_way)}).line, designed);
}

TEST(FaultsTest, ASettingThatCannotBeIsRefused) {
  const auto plant = testing::test_plant();
  const auto refused = [&](const AmplifierSetting& setting) {
    const auto checked = check_fault(plant, fault_of(setting));
    return checked ? std::string("accepted") : checked.error().message();
  };
  EXPECT_THAT(refused({"R9", Direction::kAToB, Dbm(9), {}}), HasSubstr("R1"));
  EXPECT_THAT(refused({"R1", Direction::kAToB, {}, {}}), HasSubstr("an output power, a tilt"));
  EXPECT_THAT(refused({"R1", Direction::kAToB, Dbm(31), {}}), HasSubstr("-20 to 30"));
  EXPECT_THAT(refused({"booster", Direction::kAToB, {}, Db(11)}), HasSubstr("-10 to 10"));
}

TEST(FaultsTest, CutDarkensBothDirectionsAndNothingElse) {
  const auto plant = testing::test_plant();
  for (const auto direction : kDirections) {
    const auto cut = line_with(plant, "FP02", direction, {fault_of(Cut{Kilometers(120)})});
    EXPECT_TRUE(cut.dark);
    EXPECT_EQ(cut.cut, Kilometers(direction == Direction::kAToB ? 120 : 30)) << "from the sender";
    EXPECT_EQ(cut.line, line_with(plant, "FP02", direction, {}).line);
  }
}

TEST(FaultsTest, CutOfAllPairsDarkensEveryPair) {
  const auto plant = testing::test_plant();
  for (const auto& pair : plant.fibre_pairs) {
    EXPECT_TRUE(
        line_with(plant, pair.id, Direction::kAToB, {fault_of(Cut{Kilometers(1)}, std::nullopt)})
            .dark);
  }
}

TEST(FaultsTest, LossFallsOnTheSamePlaceInBothDirections) {
  const auto plant = testing::test_plant();
  const auto fault = fault_of(AddedLoss{Kilometers(100), Db(3)});
  const auto onward = line_with(plant, "FP02", Direction::kAToB, {fault}).line;
  const auto back = line_with(plant, "FP02", Direction::kBToA, {fault}).line;
  // 100 km from A lies 24 km into S2 seen from A and 50 km seen from B.
  const auto& far_span = std::get<plant::Span>(onward.elements[2]);
  ASSERT_EQ(far_span.lumped_losses.size(), 1U);
  EXPECT_EQ(far_span.lumped_losses[0].at, Kilometers(24));
  EXPECT_EQ(far_span.lumped_losses[0].loss, Db(3));
  const auto& near_span = std::get<plant::Span>(back.elements[0]);
  ASSERT_EQ(near_span.lumped_losses.size(), 1U);
  EXPECT_EQ(near_span.lumped_losses[0].at, Kilometers(50));
}

TEST(FaultsTest, PumpFailureWeakensTheRepeaterInBothDirectionsUnlessOneIsNamed) {
  const auto plant = testing::test_plant();
  const auto top_of = [](const plant::Line& line) {
    return std::get<plant::Repeater>(line.elements[1]).total_output_power;
  };
  const auto both = fault_of(PumpFailure{.amplifier = "R1"});
  auto one = both;
  std::get<PumpFailure>(one.effect).direction = Direction::kBToA;
  EXPECT_EQ(top_of(line_with(plant, "FP02", Direction::kAToB, {both}).line), Dbm(9));
  EXPECT_EQ(top_of(line_with(plant, "FP02", Direction::kBToA, {both}).line), Dbm(9));
  EXPECT_EQ(top_of(line_with(plant, "FP02", Direction::kAToB, {one}).line), Dbm(12));
  EXPECT_EQ(top_of(line_with(plant, "FP02", Direction::kBToA, {one}).line), Dbm(9));
}

TEST(FaultsTest, PumpFailureTakesGainFromARopaOfItsDirectionOnly) {
  auto plant = testing::test_plant();
  plant.segments[0].elements[1] = plant::PlacedRopa{
      .ropa = {.name = "ROPA1", .gain = Db(18), .noise_figure = Db(5), .maximum_output_power = {}},
      .direction = Direction::kAToB};
  const auto fault = fault_of(PumpFailure{.amplifier = "ROPA1"});
  const auto line = line_with(plant, "FP02", Direction::kAToB, {fault}).line;
  EXPECT_EQ(std::get<plant::Ropa>(line.elements[1]).gain, Db(15));
  EXPECT_EQ(std::get<plant::Ropa>(line.elements[1]).noise_figure, Db(5.8));
  EXPECT_EQ(line_with(plant, "FP02", Direction::kBToA, {fault}).line,
            line_with(plant, "FP02", Direction::kBToA, {}).line);
}

TEST(FaultsTest, FadeTouchesOneChannelOfOneDirection) {
  const auto plant = testing::test_plant();
  const auto fault = fault_of(Fade{Direction::kAToB, 8, Db(4)});
  const auto faded = line_with(plant, "FP02", Direction::kAToB, {fault}).line;
  for (const auto& channel : faded.channels) {
    EXPECT_EQ(channel.launch_power, Dbm(channel.number == 8 ? -5 : -1)) << channel.number;
  }
  EXPECT_EQ(line_with(plant, "FP02", Direction::kBToA, {fault}).line,
            line_with(plant, "FP02", Direction::kBToA, {}).line);
}

TEST(FaultsTest, DelaysAddUpAndLeaveTheLightAlone) {
  const auto plant = testing::test_plant();
  const std::vector<Fault> faults = {fault_of(AddedDelay{Seconds(0.002)}),
                                     fault_of(AddedDelay{Seconds(0.001), Direction::kAToB})};
  const auto onward = line_with(plant, "FP02", Direction::kAToB, faults);
  EXPECT_DOUBLE_EQ(onward.extra_delay.value(), 0.003);
  EXPECT_DOUBLE_EQ(line_with(plant, "FP02", Direction::kBToA, faults).extra_delay.value(), 0.002);
  EXPECT_EQ(onward.line, line_with(plant, "FP02", Direction::kAToB, {}).line);
}

struct Refused {
  const char* name;
  Fault fault;
  const char* says;
};

class FaultsRefusedTest : public ::testing::TestWithParam<Refused> {};

TEST_P(FaultsRefusedTest, WithWhatWasExpected) {
  const auto result = check_fault(testing::test_plant(), GetParam().fault);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kInvalidInput);
  EXPECT_THAT(result.error().message(), HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Each, FaultsRefusedTest,
    ::testing::Values(
        Refused{"UnknownPair", fault_of(Cut{Kilometers(1)}, "FP99"),
                "no fibre pair FP99: it has FP01, FP02"},
        Refused{"CutBeyondTheCable", fault_of(Cut{Kilometers(150.1)}), "0 to 150 km"},
        Refused{"CutBeforeTheCable", fault_of(Cut{Kilometers(-1)}), "0 to 150 km"},
        Refused{"CutNowhere", fault_of(Cut{Kilometers(std::nan(""))}), "outside the cable"},
        Refused{"LossOutside", fault_of(AddedLoss{Kilometers(151), Db(1)}), "outside the cable"},
        Refused{"LossOfNothing", fault_of(AddedLoss{Kilometers(1), Db(0)}), "above 0"},
        Refused{"LossTooLarge", fault_of(AddedLoss{Kilometers(1), Db(61)}), "at most 60 dB"},
        Refused{"UnknownRepeater", fault_of(PumpFailure{.amplifier = "R9"}), "it has R1"},
        Refused{"PumpGainsPower", fault_of(PumpFailure{.amplifier = "R1", .power_drop = Db(-1)}),
                "above 0"},
        Refused{"DarkChannel", fault_of(Fade{Direction::kAToB, 5, Db(1)}), "lit channels are 4, 8"},
        Refused{"FadeOfNothing", fault_of(Fade{Direction::kAToB, 4, Db(0)}), "above 0"},
        Refused{"NoDelay", fault_of(AddedDelay{Seconds(0)}), "above 0"},
        Refused{"EndlessDelay", fault_of(AddedDelay{Seconds(11)}), "at most 10 s"}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(FaultsTest, ProblemNamesTheFaultOfTheFile) {
  LineState state;
  state.faults = {fault_of(Cut{Kilometers(1)}, "FP99")};
  state.faults[0].id = 7;
  const auto result = check_faults(testing::test_plant(), state);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().where, "fault 7");
}

}  // namespace
}  // namespace caspilink::simulator
