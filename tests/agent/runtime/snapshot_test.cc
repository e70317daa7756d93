#include "agent/runtime/snapshot.h"

#include <set>

#include <gmock/gmock.h>
#include <prometheus/metric_family.h>

namespace caspilink::runtime {
namespace {

Snapshot healthy() {
  Snapshot snapshot{.station = "sumgait", .boot = 0xabc};
  snapshot.uplinks.push_back({.collector = "collector", .connected = true});
  snapshot.sources.push_back({.name = "slte-1", .kind = "gnmi", .up = true});
  return snapshot;
}

TEST(ReadinessTest, NeedsASpoolACollectorAndASource) {
  EXPECT_TRUE(readiness(healthy()));

  Snapshot snapshot = healthy();
  snapshot.spool_trouble = Error{ErrorCode::kUnavailable, "spool.sqlite", "disk full"};
  EXPECT_THAT(readiness(snapshot).error().message(), testing::HasSubstr("disk full"));

  snapshot = healthy();
  snapshot.uplinks[0] = {.collector = "collector", .detail = "unavailable: refused"};
  EXPECT_THAT(readiness(snapshot).error().message(), testing::HasSubstr("unavailable: refused"));

  snapshot = healthy();
  snapshot.sources[0].up = false;
  snapshot.sources[0].detail = "silent";
  EXPECT_THAT(readiness(snapshot).error().message(), testing::HasSubstr("silent"));
  snapshot.sources.push_back({.name = "slte-2", .up = true});
  EXPECT_TRUE(readiness(snapshot)) << "one of the sources is enough";
}

TEST(SnapshotBoardTest, BeforeTheFirstSnapshotThereIsNothing) {
  EXPECT_TRUE(SnapshotBoard().Collect().empty());
}

TEST(SnapshotBoardTest, AFamilyOfEachNameWithTheLabelsThatApply) {
  SnapshotBoard board;
  auto snapshot = healthy();
  snapshot.uplinks.push_back({.collector = "standby"});
  snapshot.sources[0].errors = {{"silent", 3}};
  snapshot.spool.batches = 7;
  board.put(std::make_shared<const Snapshot>(snapshot));
  std::set<std::string> names;
  bool found_error = false;
  for (const auto& family : board.Collect()) {
    EXPECT_TRUE(names.insert(family.name).second) << family.name;
    EXPECT_TRUE(family.name.starts_with("caspilink_agent_")) << family.name;
    EXPECT_EQ(family.type == prometheus::MetricType::Counter, family.name.ends_with("_total"))
        << family.name;
    EXPECT_FALSE(family.help.empty());
    if (family.name == "caspilink_agent_uplink_connected") {
      ASSERT_EQ(family.metric.size(), 2U);
      EXPECT_EQ(family.metric[0].gauge.value, 1);
      EXPECT_EQ(family.metric[1].label[0].value, "standby");
      EXPECT_EQ(family.metric[1].gauge.value, 0);
    }
    if (family.name == "caspilink_agent_spool_batches") {
      EXPECT_EQ(family.metric[0].gauge.value, 7);
    }
    if (family.name == "caspilink_agent_source_errors_total") {
      found_error = true;
      EXPECT_EQ(family.metric[0].counter.value, 3);
    }
  }
  EXPECT_TRUE(found_error);
  EXPECT_FALSE(names.contains("caspilink_agent_spool_oldest_batch_timestamp_seconds"))
      << "nothing waits, so nothing is oldest";
}

}  // namespace
}  // namespace caspilink::runtime
