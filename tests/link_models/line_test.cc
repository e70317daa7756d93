#include "link_models/plant/line.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace caspilink::plant {
namespace {

using testing::ElementsAre;

Span span(std::string name, double length_km) {
  Span result;
  result.name = std::move(name);
  result.fibre.name = "f";
  result.fibre.attenuation = DbPerKm(0.2);
  result.length = Kilometers(length_km);
  return result;
}

Ropa ropa(std::string name) {
  Ropa result;
  result.name = std::move(name);
  return result;
}

// S1 40 km, R1, S2 60 km, ROPA towards b, S3 20 km.
Plant small_plant() {
  Plant plant;
  plant.name = "small";
  plant.stations[0].id = "west";
  plant.stations[1].id = "east";
  plant.stations[1].terminal.preamplifier = TerminalAmplifier{"east-preamplifier", Dbm(10), Db(5)};
  Segment segment;
  Repeater repeater;
  repeater.name = "R1";
  repeater.total_output_power = Dbm(18);
  repeater.noise_figure = Db(5);
  segment.elements = {span("S1", 40), repeater, span("S2", 60),
                      PlacedRopa{ropa("ROPA"), Direction::kAToB}, span("S3", 20)};
  plant.segments = {segment};
  for (int number = 1; number <= 3; ++number) {
    Channel channel;
    channel.number = number;
    plant.channels.push_back(channel);
  }
  plant.modes = {{}};
  plant.modes[0].name = "m";
  plant.fibre_pairs = {{"FP01", "m", {1, 3}}, {"FP02", "m", {2}}};
  return plant;
}

Line line(Direction direction) { return *line_of(small_plant(), "FP01", direction); }

std::vector<std::string> names(const Line& line) {
  std::vector<std::string> result;
  for (const Element& element : line.elements) result.push_back(name_of(element));
  return result;
}

// Places of lumped losses in the spans' own order, as "span@km".
std::vector<std::string> losses(const Line& line) {
  std::vector<std::string> result;
  for (const Element& element : line.elements) {
    const auto* s = std::get_if<Span>(&element);
    if (s == nullptr) continue;
    for (const LumpedLoss& lumped : s->lumped_losses) {
      result.push_back(s->name + "@" + std::to_string(static_cast<int>(lumped.at.value())));
    }
  }
  return result;
}

TEST(LineTest, RunsFromSenderToReceiver) {
  EXPECT_THAT(names(line(Direction::kAToB)),
              ElementsAre("S1", "R1", "S2", "ROPA", "S3", "east-preamplifier"));
  EXPECT_EQ(line(Direction::kAToB).from_station, "west");
  EXPECT_EQ(line(Direction::kAToB).to_station, "east");
}

TEST(LineTest, TheOtherWayPassesByTheRopaOfThisOne) {
  EXPECT_THAT(names(line(Direction::kBToA)), ElementsAre("S3", "S2", "R1", "S1"));
  EXPECT_EQ(line(Direction::kBToA).from_station, "east");
}

TEST(LineTest, OnlyThePairsOwnChannelsAreLit) {
  const Line first = line(Direction::kAToB);
  EXPECT_TRUE(first.channels[0].lit);
  EXPECT_FALSE(first.channels[1].lit);
  EXPECT_TRUE(first.channels[2].lit);
}

TEST(LineTest, UnknownFibrePairIsNotFound) {
  const auto result = line_of(small_plant(), "FP09", Direction::kAToB);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(result.error().message(), "small: no fibre pair 'FP09'");
}

TEST(LineTest, PlantLossIsMirroredForTheWayBack) {
  Plant plant = small_plant();
  std::get<Span>(plant.segments[0].elements[2]).lumped_losses = {{Kilometers(10), Db(1), "x"},
                                                                 {Kilometers(15), Db(2), "y"}};
  EXPECT_THAT(losses(*line_of(plant, "FP01", Direction::kAToB)), ElementsAre("S2@10", "S2@15"));
  EXPECT_THAT(losses(*line_of(plant, "FP01", Direction::kBToA)), ElementsAre("S2@45", "S2@50"));
}

TEST(AddLossTest, FallsAtTheSamePlaceWhicheverWayTheLineRuns) {
  Line onward = line(Direction::kAToB);
  Line back = line(Direction::kBToA);
  ASSERT_TRUE(add_loss(onward, Kilometers(55), Db(3)));
  ASSERT_TRUE(add_loss(back, Kilometers(55), Db(3)));
  EXPECT_THAT(losses(onward), ElementsAre("S2@15"));
  EXPECT_THAT(losses(back), ElementsAre("S2@45"));
}

TEST(AddLossTest, AtAJointFallsOnTheSpanTowardsA) {
  Line onward = line(Direction::kAToB);
  Line back = line(Direction::kBToA);
  ASSERT_TRUE(add_loss(onward, Kilometers(40), Db(3)));
  ASSERT_TRUE(add_loss(back, Kilometers(40), Db(3)));
  EXPECT_THAT(losses(onward), ElementsAre("S1@40"));
  EXPECT_THAT(losses(back), ElementsAre("S1@0"));
}

TEST(AddLossTest, BothEndsAreOnTheLine) {
  Line onward = line(Direction::kAToB);
  EXPECT_TRUE(add_loss(onward, Kilometers(0), Db(1)));
  EXPECT_TRUE(add_loss(onward, Kilometers(120), Db(1)));
  EXPECT_THAT(losses(onward), ElementsAre("S1@0", "S3@20"));
}

TEST(AddLossTest, KeepsLossesInOrderOfPlace) {
  Line onward = line(Direction::kAToB);
  ASSERT_TRUE(add_loss(onward, Kilometers(80), Db(1)));
  ASSERT_TRUE(add_loss(onward, Kilometers(50), Db(1)));
  EXPECT_THAT(losses(onward), ElementsAre("S2@10", "S2@40"));
}

TEST(AddLossTest, RefusesPlacesOffTheLineAndNegativeLoss) {
  Line onward = line(Direction::kAToB);
  const Line untouched = onward;
  EXPECT_FALSE(add_loss(onward, Kilometers(120.1), Db(1)));
  EXPECT_FALSE(add_loss(onward, Kilometers(-0.1), Db(1)));
  EXPECT_FALSE(add_loss(onward, Kilometers(std::nan("")), Db(1)));
  EXPECT_FALSE(add_loss(onward, Kilometers(10), Db(-1)));
  EXPECT_EQ(onward, untouched);
}

TEST(WeakenRepeaterTest, LowersPowerAndWorsensNoise) {
  Line onward = line(Direction::kAToB);
  ASSERT_TRUE(weaken_repeater(onward, "R1", Db(3), Db(1)));
  const auto& repeater = std::get<Repeater>(onward.elements[1]);
  EXPECT_EQ(repeater.total_output_power, Dbm(15));
  EXPECT_EQ(repeater.noise_figure, Db(6));
  EXPECT_FALSE(weaken_repeater(onward, "R2", Db(3), Db(1)));
  EXPECT_FALSE(weaken_repeater(onward, "R1", Db(-3), Db(1)));
}

TEST(FadeChannelTest, LowersOneChannelsLaunchPower) {
  Line onward = line(Direction::kAToB);
  ASSERT_TRUE(fade_channel(onward, 2, Db(4)));
  EXPECT_EQ(onward.channels[1].launch_power, Dbm(-4));
  EXPECT_EQ(onward.channels[0].launch_power, Dbm(0));
  EXPECT_FALSE(fade_channel(onward, 4, Db(4)));
}

TEST(DirectionTest, ReadsItsOwnText) {
  EXPECT_EQ(direction_from_string("a-b").value(), Direction::kAToB);
  EXPECT_EQ(direction_from_string("b-a").value(), Direction::kBToA);
  EXPECT_FALSE(direction_from_string("A-B"));
}

}  // namespace
}  // namespace caspilink::plant
