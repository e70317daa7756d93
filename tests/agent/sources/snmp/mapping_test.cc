#include "agent/sources/snmp/mapping.h"

#include <gmock/gmock.h>

#include "agent/sources/snmp/entity_sensor.h"
#include "agent/sources/snmp/power_feed.h"
#include "tests/agent/sources/snmp/fake_session.h"

namespace caspilink::snmp {
namespace {

using codec::Observation;
using codec::Quantity;
using codec::Reading;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using Kind = Value::Kind;

constexpr std::int64_t kNow = 1'700'000'000'000'000'000;
const Oid kUptime = oid_of("1.3.6.1.2.1.1.3.0");
const Oid kObject = oid_of("1.3.9.1.0");

Meaning meaning(Quantity quantity, const char* unit = "", double factor = 1) {
  return {.quantity = quantity, .scale = sources::scale_from(unit, factor, 0, quantity).value()};
}
sources::NameRule rule(const char* pattern) {
  return {.pattern = sources::NamePattern::parse(pattern).value(), .fixed = {}};
}

TargetConfiguration target() {
  TargetConfiguration made{.name = "pfe-1"};
  made.no_light_at_or_below_dbm = -40;
  return made;
}
TargetConfiguration with_point(Meaning means, sources::Place place = {}) {
  TargetConfiguration made = target();
  made.points.push_back({.oid = kObject, .meaning = means, .place = std::move(place)});
  return made;
}
Answers object(Value value, double uptime = 1000) {
  return {.objects = {{kUptime, number(uptime)}, {kObject, std::move(value)}}};
}
Walked rows(std::map<Oid, Value> values, bool whole = true) {
  return {.rows = std::move(values), .whole = whole};
}

TEST(MappingTest, APointHasItsPlaceUnitAndTime) {
  Mapping mapping(with_point(meaning(Quantity::kChannelInputPower, "mW", 0.01), {"FP01", 7, ""}));
  EXPECT_THAT(mapping.questions().objects, ElementsAre(kUptime, kObject));
  const auto mapped = mapping.map(object(number(50)), kNow);
  ASSERT_EQ(mapped.observations.size(), 1U);
  const Observation& seen = mapped.observations[0];
  EXPECT_NEAR(seen.value, -3.0103, 1e-4) << "hundredths of a milliwatt";
  EXPECT_EQ(seen.time_unix_ns, kNow);
  EXPECT_EQ(seen.point.source, "pfe-1");
  EXPECT_EQ(seen.point.fibre_pair, "FP01");
  EXPECT_EQ(seen.point.channel, 7U);
  EXPECT_EQ(seen.point.component, "1.3.9.1.0");
}

TEST(MappingTest, TextIsReadAsEquipmentWritesIt) {
  Mapping mapping(with_point(meaning(Quantity::kPowerFeedVoltage, "V", 0.1)));
  EXPECT_EQ(mapping.map(object(text(" -63000 ")), kNow).observations[0].value, -6300);
  EXPECT_EQ(mapping.map(object(text("N/A")), kNow).observations[0].reading, Reading::kNotSupported);
  const auto bad = mapping.map(object(text("OVERLOAD")), kNow);
  EXPECT_THAT(bad.observations, IsEmpty());
  EXPECT_THAT(bad.errors, ElementsAre(Pair("invalid_value", 1)));
}

TEST(MappingTest, WhatIsNotThereIsNeverZero) {
  Mapping mapping(with_point(meaning(Quantity::kPowerFeedVoltage)));
  const auto reading = [&](Value value) {
    return mapping.map(object(std::move(value)), kNow).observations.at(0).reading;
  };
  EXPECT_EQ(reading(none(Kind::kNoSuchInstance)), Reading::kNotSupported) << "it never was";
  EXPECT_EQ(reading(none(Kind::kNoSuchObject)), Reading::kNotSupported);
  EXPECT_EQ(reading(number(0)), Reading::kValue) << "zero volts are a value";
  EXPECT_EQ(reading(none(Kind::kNoSuchInstance)), Reading::kWithdrawn) << "it was there";
  EXPECT_EQ(reading(none(Kind::kNoSuchObject)), Reading::kNotSupported);
  EXPECT_THAT(mapping.map({.objects = {{kUptime, number(1)}}}, kNow).observations, IsEmpty())
      << "no answer to it at all";
}

TEST(MappingTest, TheEquipmentsWordForNoValueIsTaken) {
  TargetConfiguration configured = with_point(meaning(Quantity::kChannelInputPower, "", 0.1));
  configured.points[0].meaning.no_value = -2147483648.0;
  Mapping mapping(configured);
  EXPECT_EQ(mapping.map(object(number(-2147483648.0)), kNow).observations[0].reading,
            Reading::kNotSupported);
  EXPECT_EQ(mapping.map(object(number(-85)), kNow).observations[0].value, -8.5);
  EXPECT_EQ(mapping.map(object(number(-400)), kNow).observations[0].reading, Reading::kNoLight);
}

class CounterTest : public testing::Test {
 protected:
  CounterTest() : mapping_(configured()) {}
  static TargetConfiguration configured() {
    TargetConfiguration made =
        with_point(meaning(Quantity::kFecUncorrectableBlocks), {"FP01", 1, ""});
    made.points[0].meaning.difference = true;
    return made;
  }
  std::optional<double> grown(std::uint64_t count, double uptime, bool wide = false) {
    const auto mapped = mapping_.map(object(counter(count, wide), uptime), kNow);
    restarted_ = mapped.restarted;
    if (mapped.observations.empty()) return std::nullopt;
    EXPECT_EQ(mapped.observations.size(), 1U);
    return mapped.observations[0].value;
  }
  Mapping mapping_;
  bool restarted_ = false;
};

TEST_F(CounterTest, TellsWhatItGrewByFromPollToPoll) {
  EXPECT_EQ(grown(1000, 100), std::nullopt) << "there is nothing before the first";
  EXPECT_EQ(grown(1007, 200), 7);
  EXPECT_EQ(grown(1007, 300), 0);
  EXPECT_EQ(grown(4294967290, 400), 4294966283);
  EXPECT_EQ(grown(4, 500), 10) << "32 bits come round";
}

TEST_F(CounterTest, SixtyFourBitsComeRoundLater) {
  EXPECT_EQ(grown(UINT64_MAX - 1, 100, true), std::nullopt);
  EXPECT_EQ(grown(3, 200, true), 5);
}

TEST_F(CounterTest, ARestartIsNoGrowth) {
  EXPECT_EQ(grown(1000, 500'000), std::nullopt);
  EXPECT_EQ(grown(3, 100), std::nullopt) << "counted from zero again: not 4,294,966,299";
  EXPECT_TRUE(restarted_);
  EXPECT_EQ(grown(5, 200), 2);
  EXPECT_FALSE(restarted_);
}

TEST_F(CounterTest, SysUpTimeComingRoundIsNoRestart) {
  EXPECT_EQ(grown(1000, 4294967000), std::nullopt);
  EXPECT_EQ(grown(1001, 204), 1) << "5 s later, 497 days after it began";
  EXPECT_FALSE(restarted_);
}

TEST_F(CounterTest, AMissedPollHasNoDifference) {
  EXPECT_EQ(grown(1000, 100), std::nullopt);
  mapping_.missed();
  EXPECT_EQ(grown(1100, 900), std::nullopt) << "a hundred blocks of how many intervals?";
  EXPECT_EQ(grown(1101, 1000), 1);
}

class TableTest : public testing::Test {
 protected:
  TableTest() : mapping_(configured()) {}
  static TargetConfiguration configured() {
    TargetConfiguration made = target();
    Table table{.name_column = oid_of("1.3.7.1"), .names = {}, .columns = {}};
    table.names = {rule("och-{fibre_pair}-{channel}"), rule("{element}@{fibre_pair}")};
    table.columns = {
        {.oid = oid_of("1.3.7.2"), .meaning = meaning(Quantity::kChannelInputPower, "", 0.1)},
        {.oid = oid_of("1.3.7.3"), .meaning = meaning(Quantity::kPumpPower, "mW")}};
    made.tables.push_back(table);
    return made;
  }
  static Answers three_rows() {
    return {
        .columns = {
            {oid_of("1.3.7.1"), rows({{Oid{{1}}, text("och-FP01-3")},
                                      {Oid{{2}}, text("fan 1")},
                                      {Oid{{3, 1}}, text("pump1@FP02 ")}})},
            {oid_of("1.3.7.2"),
             rows({{Oid{{1}}, number(-85)}, {Oid{{2}}, number(3000)}, {Oid{{3, 1}}, number(0)}})},
            {oid_of("1.3.7.3"), rows({{Oid{{3, 1}}, number(500)}})}}};
  }
  Mapping mapping_;
};

TEST_F(TableTest, RowsAreToldByTheirNames) {
  const auto mapped = mapping_.map(three_rows(), kNow);
  ASSERT_EQ(mapped.observations.size(), 2U);
  EXPECT_EQ(mapped.observations[0].value, -8.5);
  EXPECT_EQ(mapped.observations[0].point.channel, 3U);
  EXPECT_EQ(mapped.observations[0].point.component, "och-FP01-3");
  EXPECT_EQ(mapped.observations[1].point.element, "pump1");
  EXPECT_EQ(mapped.observations[1].point.fibre_pair, "FP02");
  EXPECT_NEAR(mapped.observations[1].value, 26.9897, 1e-4);
  EXPECT_EQ(mapped.rows_with_place, 2U);
  EXPECT_EQ(mapped.rows_without, 2U) << "a fan, and a pump that has no channel";
}

TEST_F(TableTest, ARowThatIsGoneIsWithdrawnOnce) {
  (void)mapping_.map(three_rows(), kNow);
  Answers fewer = three_rows();
  fewer.columns[oid_of("1.3.7.2")].rows.erase(Oid{{1}});
  const auto mapped = mapping_.map(fewer, kNow);
  ASSERT_EQ(mapped.observations.size(), 2U);
  EXPECT_EQ(mapped.observations[0].reading, Reading::kWithdrawn);
  EXPECT_EQ(mapped.observations[0].point.channel, 3U);
  EXPECT_EQ(mapping_.map(fewer, kNow).observations.size(), 1U);
}

TEST_F(TableTest, ATornWalkWithdrawsNothing) {
  (void)mapping_.map(three_rows(), kNow);
  Answers torn = three_rows();
  torn.columns[oid_of("1.3.7.2")] = rows({}, false);
  EXPECT_EQ(mapping_.map(torn, kNow).observations.size(), 1U) << "the pump";
  Answers nameless = three_rows();
  nameless.columns[oid_of("1.3.7.1")] = rows({}, false);
  EXPECT_THAT(mapping_.map(nameless, kNow).observations, IsEmpty());
}

TEST_F(TableTest, TwoRowsOfOnePlaceAreAmbiguous) {
  Answers twice = three_rows();
  twice.columns[oid_of("1.3.7.1")].rows[Oid{{2}}] = text("och-FP01-3");
  const auto mapped = mapping_.map(twice, kNow);
  EXPECT_EQ(mapped.observations.size(), 2U);
  EXPECT_THAT(mapped.errors, ElementsAre(Pair("ambiguous", 1)));
}

TEST_F(TableTest, NamesThatAreNoTextHaveNoPlace) {
  Answers odd = three_rows();
  odd.columns[oid_of("1.3.7.1")].rows[Oid{{1}}] = text("och-FP01-3\xff");
  odd.columns[oid_of("1.3.7.1")].rows[Oid{{3, 1}}] = number(4);
  EXPECT_THAT(mapping_.map(odd, kNow).observations, IsEmpty());
}

TEST(MappingTest, WithoutANameColumnTheIndexIsTheName) {
  TargetConfiguration made = target();
  made.tables.push_back(
      {.name_column = std::nullopt,
       .names = {rule("4.{channel}")},
       .columns = {{.oid = oid_of("1.3.7.2"), .meaning = meaning(Quantity::kOsnr, "", 0.1)}}});
  made.tables[0].names[0].fixed.fibre_pair = "FP03";
  Mapping mapping(made);
  const auto mapped =
      mapping.map({.columns = {{oid_of("1.3.7.2"), rows({{Oid{{4, 12}}, number(182)}})}}}, kNow);
  ASSERT_EQ(mapped.observations.size(), 1U);
  EXPECT_EQ(mapped.observations[0].point.channel, 12U);
  EXPECT_EQ(mapped.observations[0].point.fibre_pair, "FP03");
  EXPECT_EQ(mapped.observations[0].value, 18.2);
}

TEST(MappingTest, TheAssumedPowerFeedTable) {
  TargetConfiguration made = target();
  made.tables.push_back(power_feed::table(power_feed::kAssumedEntry));
  Mapping mapping(made);
  const Oid& entry = power_feed::kAssumedEntry;
  const auto mapped = mapping.map({.columns = {{entry.with(2), rows({{Oid{{1}}, text("pfe_a")}})},
                                               {entry.with(3), rows({{Oid{{1}}, number(-63'005)}})},
                                               {entry.with(4), rows({{Oid{{1}}, number(1098)}})},
                                               {entry.with(5), rows({{Oid{{1}}, number(-2)}})}}},
                                  kNow);
  ASSERT_EQ(mapped.observations.size(), 3U);
  EXPECT_NEAR(mapped.observations[0].value, -6300.5, 1e-9);
  EXPECT_NEAR(mapped.observations[1].value, 1.098, 1e-9);
  EXPECT_NEAR(mapped.observations[2].value, -0.002, 1e-9);
  EXPECT_EQ(mapped.observations[0].point.element, "pfe_a");
}

TEST(MappingTest, SensorsAreFoundByNameAndReadByRfc3433) {
  namespace es = entity_sensor;
  TargetConfiguration made = target();
  made.sensors =
      Sensors{.name_column = es::kPhysicalName,
              .rules = {{rule("Rx Power {fibre_pair}/{channel}"), Quantity::kChannelInputPower},
                        {rule("Temp {element}"), Quantity::kModuleTemperature}}};
  Mapping mapping(made);
  const Oid rx{{1001}};
  const Oid hot{{1002}};
  const Oid fan{{1003}};
  Answers answers{
      .columns = {{es::kPhysicalName, rows({{Oid{{1}}, text("Chassis")},
                                            {rx, text("Rx Power FP01/3")},
                                            {hot, text("Temp zr_1")},
                                            {fan, text("Fan")}})},
                  {es::kType, rows({{rx, number(6)}, {hot, number(8)}, {fan, number(10)}})},
                  {es::kScale, rows({{rx, number(7)}, {hot, number(9)}, {fan, number(9)}})},
                  {es::kPrecision, rows({{rx, number(1)}, {hot, number(1)}, {fan, number(0)}})},
                  {es::kValue, rows({{rx, number(1413)}, {hot, number(415)}, {fan, number(4000)}})},
                  {es::kOperStatus, rows({{rx, number(1)}, {hot, number(1)}, {fan, number(1)}})},
                  {es::kUnitsDisplay, rows({{rx, text("watts")}})}}};
  auto mapped = mapping.map(answers, kNow);
  ASSERT_EQ(mapped.observations.size(), 2U);
  EXPECT_NEAR(mapped.observations[0].value, -8.4986, 1e-4);
  EXPECT_EQ(mapped.observations[0].point.channel, 3U);
  EXPECT_EQ(mapped.observations[1].value, 41.5);
  EXPECT_EQ(mapped.observations[1].point.element, "zr_1");
  EXPECT_EQ(mapped.rows_without, 1U);

  answers.columns[es::kOperStatus].rows[rx] = number(2);
  answers.columns[es::kScale].rows[hot] = number(99);
  mapped = mapping.map(answers, kNow);
  ASSERT_EQ(mapped.observations.size(), 1U);
  EXPECT_EQ(mapped.observations[0].reading, Reading::kWithdrawn);
  EXPECT_THAT(mapped.errors, ElementsAre(Pair("sensor", 1)));

  answers.columns[es::kValue].rows.erase(hot);
  mapped = mapping.map(answers, kNow);
  ASSERT_EQ(mapped.observations.size(), 2U);
  EXPECT_EQ(mapped.observations[1].reading, Reading::kWithdrawn) << "pulled out";
}

}  // namespace
}  // namespace caspilink::snmp
