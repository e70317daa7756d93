#include "agent/sources/gnmi/mapping.h"

#include <algorithm>

#include <gmock/gmock.h>

#include "proto/gnmi.pb.h"
#include "tests/support/gnmi_target.h"

namespace caspilink::gnmi {
namespace {

using codec::Quantity;
using codec::Reading;
using codec::Statistic;
using test::GnmiTarget;

constexpr std::int64_t kTime = 1'700'000'000'000'000'000;
constexpr std::int64_t kNow = kTime + 5;
const std::string kChannel = "/components/component[name=och-FP03-48]/optical-channel/state";

class MappingTest : public testing::Test {
 protected:
  static sources::NameRule rule(const char* pattern) {
    return {sources::NamePattern::parse(pattern).value(), {}};
  }

  std::vector<codec::Observation> apply(const ::gnmi::Notification& notification) {
    std::vector<codec::Observation> observed;
    mapping_.apply(notification, kNow, observed);
    return observed;
  }
  std::vector<codec::Observation> apply_one(const std::string& path,
                                            const std::function<void(::gnmi::TypedValue&)>& set) {
    auto notification = GnmiTarget::notification(kTime);
    set(GnmiTarget::add(notification, path));
    return apply(notification);
  }
  std::vector<codec::Observation> apply_json(const std::string& path, const std::string& json) {
    return apply_one(path, [&](auto& value) { value.set_json_ietf_val(json); });
  }
  std::vector<codec::Observation> apply_delete(const std::string& path) {
    auto notification = GnmiTarget::notification(kTime);
    GnmiTarget::add_delete(notification, path);
    return apply(notification);
  }

  Mapping mapping_{{.source = "slte-1",
                    .rules = {rule("och-{fibre_pair}-{channel}"), rule("line-{fibre_pair}"),
                              rule("{element}-{fibre_pair}")},
                    .max_parts = 1000}};
};

TEST_F(MappingTest, ALeafIsItsMeasurementPoint) {
  const auto observed =
      apply_one(kChannel + "/input-power", [](auto& value) { value.set_double_val(-8.5); });
  ASSERT_EQ(observed.size(), 1U);
  EXPECT_EQ(observed[0].point, (codec::MeasurementPoint{.quantity = Quantity::kChannelInputPower,
                                                        .statistic = Statistic::kInstant,
                                                        .source = "slte-1",
                                                        .component = "och-FP03-48",
                                                        .fibre_pair = "FP03",
                                                        .channel = 48}));
  EXPECT_EQ(observed[0].time_unix_ns, kTime);
  EXPECT_EQ(observed[0].reading, Reading::kValue);
  EXPECT_EQ(observed[0].value, -8.5);
}

TEST_F(MappingTest, EveryPathOfTheTableIsMapped) {
  for (const codec::QuantityInfo& row : codec::quantities()) {
    if (row.openconfig.empty()) continue;
    std::string path(row.openconfig);
    const char* name = row.scope == codec::Scope::kChannel ? "och-FP01-1"
                       : row.scope == codec::Scope::kLine  ? "line-FP01"
                                                           : "booster-FP01";
    path.replace(path.find("*"), 1, name);
    for (const auto& [leaf, statistic] : {std::pair{"", Statistic::kInstant},
                                          {"/instant", Statistic::kInstant},
                                          {"/avg", Statistic::kAverage},
                                          {"/min", Statistic::kMinimum},
                                          {"/max", Statistic::kMaximum}}) {
      const auto observed = apply_one(path + leaf, [](auto& value) { value.set_double_val(3); });
      ASSERT_EQ(observed.size(), 1U) << path << leaf;
      EXPECT_EQ(observed[0].point.quantity, row.quantity) << path;
      EXPECT_EQ(observed[0].point.statistic, statistic) << path << leaf;
    }
  }
  EXPECT_EQ(mapping_.counts().unmapped, 0U);
}

TEST_F(MappingTest, SubscribesToWhatItsPatternsCanName) {
  EXPECT_EQ(mapping_.sampled_paths().size(), 21U);
  const Mapping lines({.source = "s", .rules = {rule("line-{fibre_pair}")}});
  const auto paths = lines.sampled_paths();
  ASSERT_EQ(paths.size(), 2U);
  for (const Path& path : paths) {
    EXPECT_THAT(format_path(path), testing::HasSubstr("/port/optical-port/state/"));
  }
}

TEST_F(MappingTest, KeysMayBeInThePrefix) {
  auto notification = GnmiTarget::notification(kTime, "/components/component[name=line-FP07]/port");
  GnmiTarget::add(notification, "/optical-port/state/output-power/avg").set_float_val(12.25F);
  const auto observed = apply(notification);
  ASSERT_EQ(observed.size(), 1U);
  EXPECT_EQ(observed[0].point.quantity, Quantity::kLineOutputPower);
  EXPECT_EQ(observed[0].point.fibre_pair, "FP07");
  EXPECT_EQ(observed[0].point.statistic, Statistic::kAverage);
  EXPECT_EQ(observed[0].value, 12.25);
}

TEST_F(MappingTest, ThePartsOfAStatisticAreNoReadings) {
  for (const char* leaf : {"/interval", "/min-time", "/max-time"}) {
    EXPECT_TRUE(apply_one(kChannel + "/osnr" + leaf, [](auto& v) { v.set_uint_val(10); }).empty());
  }
  EXPECT_EQ(mapping_.counts().unmapped, 0U);
  EXPECT_EQ(mapping_.counts().invalid, 0U);
}

TEST_F(MappingTest, AContainerInJsonIsItsStatistics) {
  const auto observed = apply_json(
      kChannel + "/input-power",
      R"({"instant":"-8.50","avg":"-8.60","min":"-9.00","max":"-8.00","interval":"1000","min-time":"1"})");
  ASSERT_EQ(observed.size(), 4U);
  std::map<Statistic, double> values;
  for (const auto& each : observed) values[each.point.statistic] = each.value;
  EXPECT_EQ(values, (std::map<Statistic, double>{{Statistic::kInstant, -8.5},
                                                 {Statistic::kAverage, -8.6},
                                                 {Statistic::kMinimum, -9},
                                                 {Statistic::kMaximum, -8}}));
}

TEST_F(MappingTest, AWholeSubtreeInJsonIsReadLikeItsLeaves) {
  const auto observed = apply_json("/components", R"({
    "openconfig-platform:component": [
      {"name": "och-FP03-48",
       "openconfig-terminal-device:optical-channel": {"state": {
          "frequency": "193100000",
          "input-power": {"instant": "-8.53"},
          "q-value": {"instant": null},
          "pre-fec-ber": {"instant": "0.000000000000000000"}}}},
      {"name": "line-FP03", "port": {"optical-port": {"state": {"input-power": {"avg": -40}}}}},
      {"name": "fan-1", "state": {"oper-status": "openconfig-platform-types:ACTIVE"}}]})");
  ASSERT_EQ(observed.size(), 4U);
  const auto find = [&](Quantity quantity) {
    return *std::ranges::find(observed, quantity,
                              [](const auto& each) { return each.point.quantity; });
  };
  EXPECT_EQ(find(Quantity::kChannelInputPower).value, -8.53);
  EXPECT_EQ(find(Quantity::kQValue).reading, Reading::kNotSupported);
  EXPECT_EQ(find(Quantity::kPreFecBer).reading, Reading::kBelowRange);
  EXPECT_EQ(find(Quantity::kLineInputPower).reading, Reading::kNoLight);
  EXPECT_EQ(mapping_.parts_by_status(), (std::map<std::string, std::uint64_t>{{"ACTIVE", 1}}));
}

TEST_F(MappingTest, AListMayComeWithOrWithoutItsKeyInThePath) {
  const char* entry = R"({"name":"booster-FP01","state":{"actual-gain":{"instant":20}}})";
  const std::string list = "/optical-amplifier/amplifiers/amplifier";
  EXPECT_EQ(apply_json(list, std::string("[") + entry + "]").size(), 1U);
  EXPECT_EQ(apply_json(list, entry).size(), 1U);
  EXPECT_EQ(apply_json(list + "[name=booster-FP01]", entry).size(), 1U);
  EXPECT_EQ(apply_json(list, R"([{"state":{}}])").size(), 0U);
  EXPECT_EQ(mapping_.counts().malformed, 1U);
}

TEST_F(MappingTest, DeletingALeafWithdrawsItsSeries) {
  for (const char* leaf : {"/q-value/instant", "/q-value/avg", "/osnr/instant"}) {
    ASSERT_EQ(apply_one(kChannel + leaf, [](auto& v) { v.set_double_val(9); }).size(), 1U);
  }
  const auto observed = apply_delete(kChannel + "/q-value");
  ASSERT_EQ(observed.size(), 2U);
  for (const auto& each : observed) {
    EXPECT_EQ(each.reading, Reading::kWithdrawn);
    EXPECT_EQ(each.point.quantity, Quantity::kQValue);
    EXPECT_EQ(each.value, 0);
  }
  EXPECT_EQ(apply_delete(kChannel + "/osnr/instant").size(), 1U);
}

TEST_F(MappingTest, DeletingAboveWithdrawsEverySeriesBelow) {
  const std::string other = "/components/component[name=och-FP03-49]/optical-channel/state";
  for (const auto& channel : {kChannel, other}) {
    for (const char* leaf : {"/q-value", "/osnr"}) {
      (void)apply_one(channel + leaf, [](auto& v) { v.set_double_val(9); });
    }
  }
  EXPECT_EQ(apply_delete("/components/component[name=och-FP03-48]").size(), 2U);
  EXPECT_EQ(apply_delete("/components/component[name=*]/optical-channel").size(), 4U);
  EXPECT_EQ(apply_delete("/components").size(), 4U);
  EXPECT_EQ(apply_delete("/").size(), 4U);
  EXPECT_EQ(apply_delete("/components/*/optical-channel/state/osnr").size(), 2U);
  EXPECT_EQ(apply_delete("/.../osnr").size(), 2U);
  EXPECT_EQ(apply_delete("/optical-amplifier").size(), 0U);
}

TEST_F(MappingTest, DeletingALeafNeverSeenIsSaidToo) {
  const auto observed = apply_delete(kChannel + "/q-value");
  ASSERT_EQ(observed.size(), 1U);
  EXPECT_EQ(observed[0].reading, Reading::kWithdrawn);
  EXPECT_EQ(observed[0].point.channel, 48U);
}

TEST_F(MappingTest, ADeleteComesBeforeTheUpdatesOfItsNotification) {
  (void)apply_one(kChannel + "/q-value", [](auto& v) { v.set_double_val(9); });
  auto notification = GnmiTarget::notification(kTime);
  GnmiTarget::add(notification, kChannel + "/q-value").set_double_val(8);
  GnmiTarget::add_delete(notification, kChannel);
  const auto observed = apply(notification);
  ASSERT_EQ(observed.size(), 2U);
  EXPECT_EQ(observed[0].reading, Reading::kWithdrawn);
  EXPECT_EQ(observed[1].value, 8);
}

TEST_F(MappingTest, AnAtomicNotificationWithdrawsWhatItLeavesOut) {
  for (const char* leaf : {"/q-value", "/osnr", "/esnr"}) {
    (void)apply_one(kChannel + leaf, [](auto& v) { v.set_double_val(9); });
  }
  auto notification = GnmiTarget::notification(kTime, kChannel);
  notification.set_atomic(true);
  GnmiTarget::add(notification, "/osnr").set_double_val(20);
  auto observed = apply(notification);
  ASSERT_EQ(observed.size(), 3U);
  EXPECT_EQ(std::ranges::count(observed, Reading::kWithdrawn, &codec::Observation::reading), 2);
  observed = apply(notification);
  EXPECT_EQ(observed.size(), 1U) << "withdrawn once, not for every notification";
}

TEST_F(MappingTest, UnknownPathsAndNamesAreCountedNotGuessed) {
  EXPECT_TRUE(apply_one("/system/state/cpu", [](auto& v) { v.set_int_val(1); }).empty());
  EXPECT_TRUE(
      apply_one("/components/component[name=xcvr-1]/optical-channel/state/osnr", [](auto& v) {
        v.set_double_val(1);
      }).empty());
  // A line port's name tells no channel.
  EXPECT_TRUE(
      apply_one("/components/component[name=line-FP01]/optical-channel/state/osnr", [](auto& v) {
        v.set_double_val(1);
      }).empty());
  EXPECT_EQ(mapping_.counts().unmapped, 3U);
}

TEST_F(MappingTest, AValueThatIsNoReadingIsCountedAndNotObserved) {
  EXPECT_TRUE(apply_one(kChannel + "/osnr", [](auto& v) { v.set_string_val("dark"); }).empty());
  EXPECT_TRUE(apply_one(kChannel + "/osnr", [](auto& v) { v.set_bool_val(true); }).empty());
  EXPECT_EQ(mapping_.counts().invalid, 2U);
  EXPECT_THAT(mapping_.last_problem(), testing::HasSubstr("osnr of 'och-FP03-48'"));
}

TEST_F(MappingTest, MalformedNotificationsAreCountedAndTheRestIsRead) {
  auto notification = GnmiTarget::notification(0);
  GnmiTarget::add(notification, kChannel).set_json_ietf_val("{");
  GnmiTarget::add(notification, kChannel).set_json_ietf_val("[1,2]");
  GnmiTarget::add(notification, kChannel).set_int_val(3);
  GnmiTarget::add(notification, "/components/component/optical-channel/state/osnr").set_int_val(3);
  GnmiTarget::add(notification, kChannel + "/osnr").set_int_val(30);
  const auto observed = apply(notification);
  ASSERT_EQ(observed.size(), 1U);
  EXPECT_EQ(observed[0].time_unix_ns, kNow) << "no timestamp: the time of arrival";
  EXPECT_EQ(mapping_.counts().malformed, 5U);
}

TEST_F(MappingTest, NamesAreRememberedUpToTheirBound) {
  for (int channel = 1; channel <= 1200; ++channel) {
    (void)apply_one("/components/component[name=och-FP01-" + std::to_string(channel) +
                        "]/optical-channel/state/osnr",
                    [](auto& v) { v.set_double_val(1); });
  }
  EXPECT_EQ(mapping_.counts().too_many, 200U);
}

TEST_F(MappingTest, ComponentStatesAreCounted) {
  const auto status = [&](const char* name, const char* value) {
    return apply_one("/components/component[name=" + std::string(name) + "]/state/oper-status",
                     [&](auto& v) { v.set_string_val(value); });
  };
  EXPECT_TRUE(status("a", "ACTIVE").empty());
  EXPECT_TRUE(status("b", "openconfig-platform-types:DISABLED").empty());
  EXPECT_TRUE(status("a", "DISABLED").empty());
  EXPECT_EQ(mapping_.parts_by_status(), (std::map<std::string, std::uint64_t>{{"DISABLED", 2}}));
  (void)apply_delete("/components/component[name=a]");
  EXPECT_EQ(mapping_.parts_by_status(), (std::map<std::string, std::uint64_t>{{"DISABLED", 1}}));
}

}  // namespace
}  // namespace caspilink::gnmi
