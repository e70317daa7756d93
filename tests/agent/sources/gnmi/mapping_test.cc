#include "agent/sources/gnmi/mapping.h"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>

#include "agent/sources/gnmi/known_paths.h"
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
    mapping_.apply(notification.SerializeAsString(), kNow, observed);
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

TEST_F(MappingTest, AnAmplifierIsTheTerminalsOrTheLinesByItsElement) {
  const std::string list = "/optical-amplifier/amplifiers/amplifier[name=";
  const auto gain = [&](const std::string& name) {
    const auto observed = apply_one(list + name + "]/state/actual-gain/instant",
                                    [](auto& value) { value.set_double_val(13); });
    return observed.empty() ? codec::MeasurementPoint() : observed[0].point;
  };
  EXPECT_EQ(gain("preamplifier-FP01").quantity, Quantity::kAmplifierGain);
  EXPECT_EQ(gain("R2-FP01").quantity, Quantity::kRepeaterGain);
  EXPECT_EQ(gain("R2-FP01").element, "R2");
  EXPECT_EQ(gain("R2-FP01").fibre_pair, "FP01");
}

TEST_F(MappingTest, WhatAnAmplifierIsSetToComesAsItIsModelled) {
  const std::string state = "/optical-amplifier/amplifiers/amplifier[name=booster-FP01]/state/";
  const auto mode = [&](const char* name) {
    const auto observed =
        apply_one(state + "amp-mode", [&](auto& value) { value.set_string_val(name); });
    EXPECT_EQ(observed.size(), 1U) << name;
    EXPECT_EQ(observed.at(0).point.quantity, Quantity::kAmplifierMode);
    return observed.at(0).value;
  };
  EXPECT_EQ(mode("openconfig-optical-amplifier:CONSTANT_POWER"), 1);
  EXPECT_EQ(mode("CONSTANT_GAIN"), 2);
  EXPECT_EQ(mode("oc-opt-amp:DYNAMIC_GAIN"), 3);
  const auto off = apply_one(state + "enabled", [](auto& value) { value.set_bool_val(false); });
  EXPECT_EQ(off.at(0).point.quantity, Quantity::kAmplifierEnabled);
  EXPECT_EQ(off.at(0).value, 0);
  // A target under what equipment calls no light is a target.
  const auto low =
      apply_one(state + "target-output-power", [](auto& value) { value.set_double_val(-45); });
  EXPECT_EQ(low.at(0).reading, Reading::kValue);
  const auto all = apply_json(state.substr(0, state.size() - 1),
                              R"({"target-gain":"20.50","target-gain-tilt":"-1.00",
                                  "amp-mode":"openconfig-optical-amplifier:CONSTANT_GAIN"})");
  EXPECT_EQ(all.size(), 3U);
}

// A path of the table with names in the place of its stars.
std::string named(std::string path, const codec::QuantityInfo& row) {
  const char* name = row.scope == codec::Scope::kChannel     ? "och-FP01-1"
                     : row.scope == codec::Scope::kAmplifier ? "booster-FP01"
                     : row.scope == codec::Scope::kElement   ? "R2-FP01"
                     : row.scope == codec::Scope::kModule    ? "client-1"
                                                             : "line-FP01";
  if (path.find("logical-channels") != path.npos) name = "1001";
  if (path.find("channel-monitors") != path.npos) {
    name = row.side == codec::Side::kTransmit ? "ocm-tx-FP01" : "line-FP01";
  }
  for (const auto& [key, value] : {std::pair{"[lower-frequency=*]", "191300000"},
                                   {"[upper-frequency=*]", "191400000"},
                                   {"[severity=*]", "CRITICAL"},
                                   {"physical-channels/channel[index=*]", "0"},
                                   {"[name=*]", name},
                                   {"[index=*]", name},
                                   {"[interface=*]", name}}) {
    const std::size_t at = path.find(key);
    if (at == path.npos) continue;
    path.replace(path.find('*', at), 1, value);
  }
  return path;
}

Mapping::Options everything() {
  const auto rule = [](const char* pattern, bool launches = false) {
    return sources::NameRule{sources::NamePattern::parse(pattern).value(), {}, launches};
  };
  return {.source = "slte-1",
          .rules = {rule("och-{fibre_pair}-{channel}"), rule("ocm-tx-{fibre_pair}", true),
                    rule("line-{fibre_pair}"), rule("{element}-{fibre_pair}")},
          .plan = ChannelPlan{191'350'000, 100'000, 48},
          .logical_channels = {{.first_index = 1001, .count = 48, .fibre_pair = "FP01"}}};
}

TEST(KnownPathsTest, EveryPathIsMappedWithAllItsStatistics) {
  for (const KnownPath& known : known_paths()) {
    const codec::QuantityInfo& row = codec::info(known.quantity);
    const std::string path = named(known.path, row);
    ASSERT_EQ(path.find('*'), path.npos) << path;
    for (const auto& [leaf, statistic] : {std::pair{"", Statistic::kInstant},
                                          {"/instant", Statistic::kInstant},
                                          {"/avg", Statistic::kAverage},
                                          {"/min", Statistic::kMinimum},
                                          {"/max", Statistic::kMaximum}}) {
      Mapping mapping(everything());
      auto notification = GnmiTarget::notification(kTime);
      GnmiTarget::add(notification, path + leaf).set_double_val(1);
      std::vector<codec::Observation> observed;
      mapping.apply(notification.SerializeAsString(), kNow, observed);
      ASSERT_EQ(observed.size(), 1U) << path << leaf << ": " << mapping.last_problem();
      EXPECT_EQ(observed[0].point.quantity, known.quantity) << path;
      EXPECT_EQ(observed[0].point.statistic, statistic) << path << leaf;
      const codec::MeasurementPoint& point = observed[0].point;
      EXPECT_TRUE(sources::makes_up(row.scope, !point.fibre_pair.empty(), point.channel != 0,
                                    !point.element.empty()))
          << path;
    }
  }
}

TEST(KnownPathsTest, EveryPathIsAskedForWhereItsPartsHaveNames) {
  const Mapping mapping(everything());
  std::set<std::string> asked;
  for (const auto& wanted : mapping.wanted()) asked.insert(format_path(wanted.path));
  std::set<std::string> known;
  for (const KnownPath& path : known_paths()) known.insert(path.path);
  EXPECT_EQ(asked, known);
  EXPECT_EQ(asked.size(), mapping.wanted().size()) << "each once";
}

class PlacesTest : public testing::Test {
 protected:
  std::vector<codec::Observation> say(const std::string& path, double value) {
    auto notification = GnmiTarget::notification(kTime);
    GnmiTarget::add(notification, path).set_double_val(value);
    std::vector<codec::Observation> observed;
    mapping_.apply(notification.SerializeAsString(), kNow, observed);
    return observed;
  }
  Mapping mapping_{everything()};
};

TEST_F(PlacesTest, AMonitorsSlotIsTheChannelItIsCentredOn) {
  const auto slot = [&](const char* lower, const char* upper) {
    return say(std::string("/channel-monitors/channel-monitor[name=line-FP01]/channels/") +
                   "channel[lower-frequency=" + lower + "][upper-frequency=" + upper +
                   "]/state/power",
               -20);
  };
  const auto third = slot("191500000", "191600000");
  ASSERT_EQ(third.size(), 1U);
  EXPECT_EQ(third[0].point.channel, 3U);
  EXPECT_EQ(third[0].point.fibre_pair, "FP01");
  EXPECT_EQ(slot("191512500", "191587500").size(), 1U) << "the channel without its guard bands";
  EXPECT_TRUE(slot("191500000", "191512500").empty()) << "a part of a channel";
  EXPECT_TRUE(slot("191500000", "191700000").empty()) << "two channels";
  EXPECT_TRUE(slot("191550000", "191650000").empty()) << "between two";
  EXPECT_TRUE(slot("186000000", "186100000").empty()) << "out of the band";
  EXPECT_TRUE(slot("191600000", "191500000").empty());
  EXPECT_TRUE(slot("191.5e6", "191600000").empty());
}

TEST_F(PlacesTest, LogicalChannelsCountOnFromTheirFirst) {
  const std::string list = "/terminal-device/logical-channels/channel[index=";
  const auto observed = say(list + "1003]/otn/state/pre-fec-ber/instant", 1e-3);
  ASSERT_EQ(observed.size(), 1U);
  EXPECT_EQ(observed[0].point.channel, 3U);
  EXPECT_EQ(observed[0].point.fibre_pair, "FP01");
  EXPECT_TRUE(say(list + "1049]/otn/state/q-value", 9).empty());
  EXPECT_TRUE(say(list + "1000]/otn/state/q-value", 9).empty());
  EXPECT_TRUE(say(list + "x]/otn/state/q-value", 9).empty());
}

TEST_F(PlacesTest, ACopySpeaksOnlyWhileTheOpticalChannelDoesNot) {
  const std::string copy =
      "/terminal-device/logical-channels/channel[index=1001]/otn/state/pre-fec-ber";
  const std::string own =
      "/components/component[name=och-FP01-1]/optical-channel/state/pre-fec-ber";
  EXPECT_EQ(say(copy, 1e-3).size(), 1U);
  EXPECT_EQ(say(own, 2e-3).size(), 1U);
  EXPECT_TRUE(say(copy, 1e-3).empty());
  auto gone = GnmiTarget::notification(kTime);
  GnmiTarget::add_delete(gone, own);
  std::vector<codec::Observation> observed;
  mapping_.apply(gone.SerializeAsString(), kNow, observed);
  ASSERT_EQ(observed.size(), 1U);
  EXPECT_EQ(say(copy, 1e-3).size(), 1U);
  EXPECT_EQ(say("/terminal-device/logical-channels/channel[index=1001]/otn/state/"
                "fec-uncorrectable-blocks",
                7)
                .size(),
            1U)
      << "no copy of anything";
}

TEST_F(PlacesTest, ALaneOfAModuleIsNamedByBothItsKeys) {
  const std::string lanes =
      "/components/component[name=client-7]/transceiver/physical-channels/channel[index=3]/state/";
  const auto power = say(lanes + "input-power/instant", -3);
  ASSERT_EQ(power.size(), 1U);
  EXPECT_EQ(power[0].point.element, "client-7-lane-3");
  EXPECT_EQ(power[0].point.component, "client-7/3");
  const auto limit =
      say("/components/component[name=client-7]/transceiver/thresholds/"
          "threshold[severity=openconfig-alarm-types:WARNING]/state/input-power-lower",
          -40);
  ASSERT_EQ(limit.size(), 1U);
  EXPECT_EQ(limit[0].point.element, "client-7-warning");
  EXPECT_EQ(limit[0].value, -40) << "a limit is no measurement of no light";
}

TEST_F(PlacesTest, ATransmitterThatFailedIsItsChannelsWhereItHasOne) {
  const auto of = [&](const char* name) {
    return say(std::string("/components/component[name=") + name +
                   "]/transceiver/physical-channels/channel[index=0]/state/tx-failure",
               1)
        .at(0)
        .point.quantity;
  };
  EXPECT_EQ(of("och-FP01-1"), Quantity::kTransmitFailure);
  EXPECT_EQ(of("client-1"), Quantity::kModuleTransmitFailure);
}

TEST_F(PlacesTest, ASwitchsInputsAreItsElements) {
  const auto observed =
      say("/aps/aps-modules/aps-module[name=line-FP01]/ports/line-secondary-in/state/optical-power",
          -40);
  ASSERT_EQ(observed.size(), 1U);
  EXPECT_EQ(observed[0].point.element, "line-secondary-in");
  EXPECT_EQ(observed[0].reading, Reading::kNoLight);
}

TEST_F(MappingTest, SubscribesToWhatItsPatternsCanName) {
  const Mapping lines({.source = "s", .rules = {rule("line-{fibre_pair}")}, .modules = false});
  std::vector<std::string> paths;
  for (const auto& wanted : lines.wanted()) paths.push_back(format_path(wanted.path));
  EXPECT_THAT(paths, testing::Each(testing::AnyOf(testing::HasSubstr("/port/optical-port/state/"),
                                                  testing::HasSubstr("/supervisory-channels/"),
                                                  testing::HasSubstr("/aps/"))));
  EXPECT_EQ(paths.size(), 9U);
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

TEST_F(MappingTest, AListEntryMayNameItselfLast) {
  const auto observed = apply_json("/components", R"({"component": [
      {"transceiver": {"physical-channels": {"channel": [
          {"state": {"rx-los": true, "input-power": {"instant": -2.5}}, "index": 1},
          {"state": {"rx-los": false}}]}},
       "optical-channel": {"state": {"osnr": {"instant": 20}}},
       "name": "och-FP03-48"}]})");
  ASSERT_EQ(observed.size(), 3U) << "the lane without its index is left out";
  EXPECT_EQ(observed[0].point.quantity, Quantity::kModuleReceiveLossOfSignal);
  EXPECT_EQ(observed[0].value, 1);
  EXPECT_EQ(observed[1].point.element, "och-FP03-48-lane-1");
  EXPECT_EQ(observed[2].point.channel, 48U);
  EXPECT_EQ(mapping_.counts().malformed, 1U);
}

TEST_F(MappingTest, ModuleNamesMayBeMisspeltAsOpenConfigSpellsThem) {
  EXPECT_EQ(apply_json("/", R"({"openconfig-optical-amplfier:optical-amplifier": {
      "amplifiers": {"amplifier": [{"name": "booster-FP01", "state": {
          "actual-gain": {"instant": "19.80"}}}]}}})")
                .size(),
            1U);
}

TEST_F(MappingTest, KeysOfAListMayBeSplitOverPrefixAndPath) {
  auto notification = GnmiTarget::notification(
      kTime, "/components/component[name=client-1]/transceiver/physical-channels");
  GnmiTarget::add(notification, "/channel[index=2]/state/input-power/instant").set_float_val(1.5F);
  const auto observed = apply(notification);
  ASSERT_EQ(observed.size(), 1U);
  EXPECT_EQ(observed[0].point.element, "client-1-lane-2");
}

TEST_F(MappingTest, DeletingAListEntryTakesWhatIsBelowItAlone) {
  const std::string lanes =
      "/components/component[name=client-1]/transceiver/physical-channels/channel";
  for (const char* lane : {"[index=0]", "[index=1]"}) {
    (void)apply_one(lanes + lane + "/state/input-power", [](auto& v) { v.set_double_val(1); });
  }
  auto observed = apply_delete(lanes + "[index=1]");
  ASSERT_EQ(observed.size(), 1U);
  EXPECT_EQ(observed[0].point.element, "client-1-lane-1");
  EXPECT_EQ(apply_delete("/components/component[name=client-1]").size(), 2U);
  EXPECT_EQ(apply_delete("/components/component[name=*]/transceiver/.../input-power").size(), 2U);
  EXPECT_EQ(apply_delete("/components/component[name=client-2]").size(), 0U);
}

TEST_F(MappingTest, AForeignOriginIsNotOpenConfigs) {
  auto notification = GnmiTarget::notification(kTime);
  GnmiTarget::add(notification, kChannel + "/osnr").set_int_val(30);
  notification.mutable_update(0)->mutable_path()->set_origin("eos_native");
  EXPECT_TRUE(apply(notification).empty());
  EXPECT_EQ(mapping_.counts().unmapped, 1U);
  notification.mutable_update(0)->mutable_path()->set_origin("openconfig");
  EXPECT_EQ(apply(notification).size(), 1U);
  notification.mutable_update(0)->mutable_path()->clear_origin();
  notification.mutable_prefix()->set_origin("eos_native");
  EXPECT_TRUE(apply(notification).empty());
}

TEST_F(MappingTest, NamesAreRememberedUpToTheirBound) {
  for (int channel = 1; channel <= 1200; ++channel) {
    (void)apply_one("/components/component[name=och-FP01-" + std::to_string(channel) +
                        "]/optical-channel/state/osnr",
                    [](auto& v) { v.set_double_val(1); });
  }
  EXPECT_EQ(mapping_.counts().too_many, 200U);
  // Names that nobody knows do not take the place of those that somebody does.
  EXPECT_EQ(apply_one(kChannel + "/osnr", [](auto& v) { v.set_double_val(1); }).size(), 0U);
  EXPECT_EQ(apply_one("/components/component[name=och-FP01-7]/optical-channel/state/osnr",
                      [](auto& v) { v.set_double_val(1); })
                .size(),
            1U);
}

TEST_F(MappingTest, StrangersDoNotCrowdOutTheKnown) {
  for (int name = 0; name < 3000; ++name) {
    (void)apply_one("/components/component[name=stranger" + std::to_string(name) +
                        "]/optical-channel/state/osnr",
                    [](auto& v) { v.set_double_val(1); });
  }
  EXPECT_EQ(mapping_.counts().unmapped, 3000U);
  EXPECT_EQ(mapping_.counts().too_many, 0U);
  EXPECT_EQ(apply_one(kChannel + "/osnr", [](auto& v) { v.set_double_val(1); }).size(), 1U);
}

TEST_F(MappingTest, EndlessThingsAreRefusedAndCounted) {
  std::string deep = "/";
  for (int depth = 0; depth < 40; ++depth) deep += (depth == 0 ? "a" : "/a");
  (void)apply_one(deep, [](auto& v) { v.set_int_val(1); });
  (void)apply_one(
      "/components/component[name=" + std::string(100'000, 'x') + "]/optical-channel/state/osnr",
      [](auto& v) { v.set_int_val(1); });
  (void)apply_one("/components/component[name=a\x1f]/optical-channel/state/osnr",
                  [](auto& v) { v.set_int_val(1); });
  EXPECT_EQ(mapping_.counts().malformed, 3U);
  EXPECT_LT(mapping_.last_problem().size(), 256U);

  // As deep as it likes where nobody looks, and where somebody does.
  const std::string nested = std::string(1 << 20, '[') + std::string(1 << 20, ']');
  EXPECT_TRUE(apply_json(kChannel, R"({"x": )" + nested + R"(, "osnr": {"instant": )" + nested +
                                       R"(}, "q-value": {"instant": 9}})")
                  .size() == 1);
  EXPECT_EQ(mapping_.counts().malformed, 5U) << "a list of lists, and no one value in the outer";
  EXPECT_TRUE(apply_json(kChannel, nested.substr(0, 1 << 20)).empty());
  EXPECT_EQ(mapping_.counts().malformed, 6U);
}

TEST_F(MappingTest, DeletingEverythingAgainAndAgainSaysItOnce) {
  (void)apply_one(kChannel + "/osnr", [](auto& v) { v.set_double_val(1); });
  auto notification = GnmiTarget::notification(kTime);
  for (int index = 0; index < 10'000; ++index) {
    GnmiTarget::add_delete(notification, "/");
    GnmiTarget::add_delete(notification, "/.../.../.../*/.../*");
  }
  EXPECT_EQ(apply(notification).size(), 1U);
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
  status("c", "SOMETHING_NEW");
  (void)apply_delete("/components/component[name=c]");
  (void)apply_delete("/components/component[name=a]");
  EXPECT_EQ(mapping_.parts_by_status(), (std::map<std::string, std::uint64_t>{{"DISABLED", 1}}));
}

}  // namespace
}  // namespace caspilink::gnmi
