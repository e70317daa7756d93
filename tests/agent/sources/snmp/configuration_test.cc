#include "agent/sources/snmp/configuration.h"

#include <gmock/gmock.h>

#include "agent/sources/snmp/entity_sensor.h"
#include "agent/sources/snmp/power_feed.h"

namespace caspilink::snmp {
namespace {

using codec::Quantity;
using testing::HasSubstr;

Result<std::vector<TargetConfiguration>> read(const std::string& target) {
  auto file = formats::YamlFile::parse("snmp:\n  targets:\n" + target, "/etc/caspilink/agent.yaml");
  if (!file) return tl::unexpected(file.error());
  auto targets = read_targets(file->root().map("snmp"));
  if (auto done = file->finish(); !done) return tl::unexpected(done.error());
  return targets;
}

TEST(SnmpConfigurationTest, V2cWithPointsAndATable) {
  const auto targets = read(R"(
    - name: mux
      address: "192.0.2.30"
      version: v2c
      community_file: mux.community
      interval_s: 2.5
      timeout_ms: 500
      retries: 3
      max_repetitions: 10
      max_rows: 50
      no_light_at_or_below_dbm: -45
      points:
        - {oid: 1.3.6.1.4.1.1.2.0, quantity: channel_input_power, unit: mW, factor: 0.01,
           fibre_pair: FP01, channel: 3, no_value: -1}
        - {oid: .1.3.6.1.4.1.1.3.0, quantity: fec_uncorrectable_blocks, difference: true,
           fibre_pair: FP01, channel: 3}
      tables:
        - name_column: 1.3.6.1.2.1.31.1.1.1.1
          names: [{pattern: "och-{fibre_pair}-{channel}"}, {pattern: "1/{channel}", fibre_pair: FP09}]
          columns: [{oid: 1.3.6.1.4.1.1.4.1.2, quantity: q_value, factor: 0.1}]
)");
  ASSERT_TRUE(targets) << targets.error().message();
  const TargetConfiguration& target = targets->at(0);
  EXPECT_EQ(target.address, (endpoint::Address{"192.0.2.30", 161}));
  EXPECT_EQ(target.community_file, "/etc/caspilink/mux.community");
  EXPECT_FALSE(target.user);
  EXPECT_EQ(target.interval_ns, 2'500'000'000);
  EXPECT_EQ(target.timeout_ns, 500'000'000);
  EXPECT_EQ(target.retries, 3);
  EXPECT_EQ(target.max_repetitions, 10);
  EXPECT_EQ(target.max_rows, 50U);
  EXPECT_EQ(target.no_light_at_or_below_dbm, -45);
  ASSERT_EQ(target.points.size(), 2U);
  EXPECT_TRUE(target.points[0].meaning.scale.milliwatts);
  EXPECT_EQ(target.points[0].meaning.no_value, -1);
  EXPECT_EQ(target.points[0].place.channel, 3U);
  EXPECT_TRUE(target.points[1].meaning.difference);
  EXPECT_EQ(target.points[1].oid.text(), "1.3.6.1.4.1.1.3.0");
  ASSERT_EQ(target.tables.size(), 1U);
  EXPECT_EQ(target.tables[0].names[1].fixed.fibre_pair, "FP09");
  EXPECT_EQ(target.tables[0].columns[0].meaning.quantity, Quantity::kQValue);
}

TEST(SnmpConfigurationTest, V3AndTheSensorProfile) {
  const auto targets = read(R"(
    - name: slte
      address: "[2001:db8::1]:1161"
      version: v3
      user: caspilink
      security: authPriv
      authentication: SHA
      authentication_file: slte.auth
      privacy: AES
      privacy_file: /run/slte.priv
      context: optics
      profile: entity-sensor
      sensors_named_by: description
      sensors:
        - {pattern: "Rx {fibre_pair}/{channel}", quantity: channel_input_power}
        - {pattern: "Temperature of {element}", quantity: module_temperature}
)");
  ASSERT_TRUE(targets) << targets.error().message();
  const TargetConfiguration& target = targets->at(0);
  EXPECT_EQ(target.address, (endpoint::Address{"2001:db8::1", 1161}));
  ASSERT_TRUE(target.user);
  EXPECT_FALSE(target.user->sha256);
  EXPECT_EQ(target.user->authentication_file, "/etc/caspilink/slte.auth");
  EXPECT_EQ(target.user->privacy_file, "/run/slte.priv");
  EXPECT_EQ(target.user->context, "optics");
  ASSERT_TRUE(target.sensors);
  EXPECT_EQ(target.sensors->name_column, entity_sensor::kPhysicalDescription);
  EXPECT_EQ(target.sensors->rules[1].quantity, Quantity::kModuleTemperature);
}

TEST(SnmpConfigurationTest, ThePowerFeedProfileAsAssumedAndAsTold) {
  const auto targets = read(R"(
    - {name: a, address: "pfe.example:161", version: v3, user: u, security: authNoPriv,
       authentication_file: k, profile: power-feed}
    - name: b
      address: "127.0.0.1:161"
      version: v2c
      community_file: c
      profile: power-feed
      power_feed:
        entry: 1.3.6.1.4.1.99999.7.1
        name_column: 9
        names: [{pattern: "PFE {element}"}]
        columns:
          - {column: 4, quantity: power_feed_voltage, unit: kV}
)");
  ASSERT_TRUE(targets) << targets.error().message();
  EXPECT_TRUE(targets->at(0).user->sha256) << "the better one, unless told otherwise";
  EXPECT_EQ(targets->at(0).tables[0].columns.size(), 3U);
  EXPECT_EQ(targets->at(0).tables[0].columns[0].oid, power_feed::kAssumedEntry.with(3));
  const Table& told = targets->at(1).tables[0];
  EXPECT_EQ(told.name_column->text(), "1.3.6.1.4.1.99999.7.1.9");
  ASSERT_EQ(told.columns.size(), 1U);
  EXPECT_EQ(told.columns[0].oid.text(), "1.3.6.1.4.1.99999.7.1.4");
  EXPECT_EQ(told.columns[0].meaning.scale.factor, 1000);
}

struct Wrong {
  const char* name;
  std::string rest;  // of a target that begins on line 3
  std::string where;
  std::string says;
};
void PrintTo(const Wrong& example, std::ostream* out) { *out << example.name; }

class WrongSnmpTest : public testing::TestWithParam<Wrong> {};

TEST_P(WrongSnmpTest, IsOneErrorThatPoints) {
  const auto targets =
      read("    - {name: a, address: \"127.0.0.1:161\", " + GetParam().rest + "}\n");
  ASSERT_FALSE(targets);
  EXPECT_EQ(targets.error().code, ErrorCode::kInvalidInput);
  EXPECT_THAT(targets.error().message(),
              HasSubstr("/etc/caspilink/agent.yaml:" + GetParam().where));
  EXPECT_THAT(targets.error().message(), HasSubstr(GetParam().says));
}

const std::string kV2c = "version: v2c, community_file: c, ";
const std::string kV3 = "version: v3, user: u, authentication_file: k, profile: power-feed, ";

INSTANTIATE_TEST_SUITE_P(
    Defects, WrongSnmpTest,
    testing::Values(
        Wrong{"NothingToObserve", "version: v2c, community_file: c", "3:", "points, tables or a"},
        Wrong{"Version1", "version: v1", "3:", "v2c"},
        Wrong{"NoCommunity", "version: v2c, profile: power-feed", "3:", "community_file"},
        Wrong{"CommunityInTheFile", kV2c + "community: public, profile: power-feed",
              "3:", "community"},
        Wrong{"NoSecurity", kV3 + "security: noAuthNoPriv", "3:", "authPriv"},
        Wrong{"Md5", kV3 + "security: authNoPriv, authentication: MD5", "3:", "SHA-256"},
        Wrong{"Des", kV3 + "security: authPriv, privacy: DES, privacy_file: p", "3:", "AES"},
        Wrong{"NoPrivacyFile", kV3 + "security: authPriv", "3:", "privacy_file"},
        Wrong{"PrivacyForNothing", kV3 + "security: authNoPriv, privacy_file: p",
              "3:", "security: authPriv"},
        Wrong{"Oid", kV2c + "points: [{oid: sysUpTime.0, quantity: clock_offset}]",
              "3:", "object identifier"},
        Wrong{"Quantity", kV2c + "points: [{oid: 1.3.1, quantity: volts}]", "3:", "no quantity"},
        Wrong{"Unit", kV2c + "points: [{oid: 1.3.1, quantity: power_feed_voltage, unit: A}]",
              "3:", "V, kV, mV"},
        Wrong{"Place", kV2c + "points: [{oid: 1.3.1, quantity: osnr, fibre_pair: FP01}]",
              "3:", "fibre_pair and channel"},
        Wrong{"Factor", kV2c + "points: [{oid: 1.3.1, quantity: power_feed_voltage, factor: 0}]",
              "3:", "other than 0"},
        Wrong{"NamesThatDoNotTell",
              kV2c + "tables: [{names: [{pattern: \"{element}\"}], "
                     "columns: [{oid: 1.3.1, quantity: osnr}]}]",
              "3:", "osnr is told by fibre_pair and channel"},
        Wrong{"Pattern",
              kV2c + "tables: [{names: [{pattern: \"{port}\"}], "
                     "columns: [{oid: 1.3.1, quantity: osnr}]}]",
              "3:", "{port}"},
        Wrong{"SensorThatDoesNotTell",
              kV2c + "profile: entity-sensor, sensors: [{pattern: \"Rx {channel}\", "
                     "quantity: channel_input_power}]",
              "3:", "told by fibre_pair and channel"},
        Wrong{"Profile", kV2c + "profile: ups", "3:", "power-feed"},
        Wrong{"Interval", kV2c + "profile: power-feed, interval_s: 0", "3:", "interval_s"}),
    [](const auto& example) { return example.param.name; });

TEST(SnmpConfigurationTest, TwoTargetsOfOneName) {
  const std::string target =
      "    - {name: a, address: \"127.0.0.1:161\", version: v2c, community_file: c, "
      "profile: power-feed}\n";
  const auto targets = read(target + target);
  ASSERT_FALSE(targets);
  EXPECT_THAT(targets.error().message(), HasSubstr("agent.yaml:4:14"));
  EXPECT_THAT(targets.error().message(), HasSubstr("another target already"));
}

}  // namespace
}  // namespace caspilink::snmp
