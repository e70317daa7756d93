#include "collector/query/messages.h"

#include <gtest/gtest.h>

#include "tests/collector/small_plant.h"

namespace caspilink::query {
namespace {

alarms::Alarm cut_at(double km) {
  alarms::Alarm alarm{.id = 7,
                      .key = {.type = alarms::Type::kFibrePairCut, .fibre_pair = "FP01"},
                      .severity = alarms::Severity::kCritical};
  alarm.cause.position = alarms::Position{.km = km, .uncertainty_km = 2};
  return alarm;
}

TEST(MessagesTest, AnAlarmsPositionIsOnTheEarthAndSaysWhetherThatIsADrawing) {
  exposition::Snapshot snapshot;
  snapshot.model =
      std::make_shared<const assess::Model>(assess::Model::build(test::small_plant(1)).value());
  wire::Alarm out;
  write(cut_at(120), &snapshot, out);
  EXPECT_EQ(out.position_km(), 120);
  ASSERT_TRUE(out.has_coordinates());
  EXPECT_NEAR(out.coordinates().latitude_deg(), 41.5, 1e-6);
  EXPECT_NEAR(out.coordinates().longitude_deg(), 50.32, 1e-6);
  EXPECT_TRUE(out.coordinates().illustrative());
}

TEST(MessagesTest, BeforeTheFirstSnapshotAPositionIsKilometresAlone) {
  wire::Alarm out;
  write(cut_at(120), nullptr, out);
  EXPECT_EQ(out.position_uncertainty_km(), 2);
  EXPECT_FALSE(out.has_coordinates());
}

}  // namespace
}  // namespace caspilink::query
