#include "collector/twin/model.h"

#include <gtest/gtest.h>

#include "link_models/plant/line.h"
#include "tests/collector/small_plant.h"

namespace caspilink::twin {
namespace {

using codec::Quantity;

class ModelTest : public testing::Test {
 protected:
  std::optional<double> expected(const std::string& station, codec::MeasurementPoint point) {
    return model_.expected(*fleet::place_of(*plant_, station, point));
  }
  std::shared_ptr<const plant::Plant> plant_ = test::small_plant();
  Model model_ = Model::build(plant_).value();
};

TEST_F(ModelTest, AReceiverIsComparedWithTheBudgetOfItsDirection) {
  const auto line = plant::line_of(*plant_, "FP02", plant::Direction::kAToB);
  const auto budget = budget::evaluate(*line);
  ASSERT_TRUE(budget);
  const auto* channel = budget::find_channel(*budget, 32);
  EXPECT_EQ(expected("aktau", test::channel_point(Quantity::kQValue, "FP02", 32)),
            channel->q.value());
  EXPECT_EQ(expected("aktau", test::channel_point(Quantity::kChannelInputPower, "FP02", 32)),
            channel->signal_power.value());
  EXPECT_EQ(expected("aktau", test::line_point(Quantity::kLineInputPower, "FP02")),
            budget->line_input_power.value());
}

TEST_F(ModelTest, ARoundTripIsBothDirections) {
  // 380 km at a group index of 1.468: 1860.754 us one way.
  EXPECT_NEAR(*expected("sumgait", test::path_point(Quantity::kRoundTripDelay, "FP01", "aktau")),
              2 * 1860.754e-6, 1e-9);
  EXPECT_NEAR(
      *expected("aktau", test::path_point(Quantity::kOneWayDelayOutbound, "FP01", "sumgait")),
      1860.754e-6, 1e-9);
}

TEST_F(ModelTest, NothingIsExpectedOfWhatTheModelDoesNotSay) {
  EXPECT_FALSE(expected("aktau", test::channel_point(Quantity::kSopRate, "FP01", 32)));
  EXPECT_FALSE(expected("aktau", test::channel_point(Quantity::kQValue, "FP01", 2)))
      << "a slot without a transceiver";
  EXPECT_FALSE(expected("aktau", test::path_point(Quantity::kProbeLoss, "FP01", "sumgait")));
}

}  // namespace
}  // namespace caspilink::twin
