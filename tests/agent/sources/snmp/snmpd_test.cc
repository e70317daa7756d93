// The source against Debian's snmpd: real UDP, real v2c and v3.
#include "tests/agent/sources/snmp/snmpd.h"

#include <algorithm>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "agent/sources/snmp/configuration.h"
#include "tests/support/asio_loop.h"
#include "tests/support/certificates.h"

namespace caspilink::snmp {
namespace {

using codec::Observation;
using codec::Quantity;
using codec::Reading;
using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t kNow = 1'700'000'000'000'000'000;
constexpr const char* kPatience = "interval_s: 0.1, timeout_ms: 200, retries: 1";

constexpr const char* kPowerFeed =
    "1.3.6.1.4.1.8072.9999.9999.130.1.1.2.1 string pfe_a\n"
    "1.3.6.1.4.1.8072.9999.9999.130.1.1.3.1 integer -63005\n"
    "1.3.6.1.4.1.8072.9999.9999.130.1.1.4.1 integer 1098\n"
    "1.3.6.1.4.1.8072.9999.9999.130.1.1.5.1 integer 0\n";
constexpr const char* kBelow = "1.3.6.1.4.1.8072.9999.9999";

class SnmpdTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!Snmpd::installed()) GTEST_SKIP() << "SKIPPED: snmpd is not installed";
  }
  ~SnmpdTest() override {
    if (!source_) return;
    source_->stop();
    EXPECT_TRUE(test::run_dry(io_));
  }

  void serve(const std::string& configuration) {
    snmpd_.reset();
    snmpd_ = std::make_unique<Snmpd>(folder_.path(), port_, configuration);
  }
  std::string table(const std::string& objects, const char* below = kBelow) {
    // Renamed into its place, so that the script never reads half of it.
    const auto fresh = test::write_file(folder_.path(), "objects.new", objects);
    std::filesystem::rename(fresh, folder_.path() / "objects");
    return served_from(folder_.path(), folder_.path() / "objects", below);
  }
  void secret(const std::string& name, const std::string& text) {
    const auto file = test::write_file(folder_.path(), name, text + "\n");
    std::filesystem::permissions(file, static_cast<std::filesystem::perms>(0600));
  }

  void watch(const std::string& rest) {
    auto file = formats::YamlFile::parse(
        fmt::format("snmp: {{targets: [{{name: pfe-1, address: \"127.0.0.1:{}\", {}, {}}}]}}\n",
                    port_, kPatience, rest),
        (folder_.path() / "agent.yaml").string());
    ASSERT_TRUE(file) << file.error().message();
    const auto makers = read_section(file->root().map("snmp"));
    const auto done = file->finish();
    ASSERT_TRUE(done) << done.error().message();
    source_ = makers.at(0)({.io = io_, .now_unix_ns = [] { return kNow; }}).value();
    source_->start([this](auto observations) {
      seen_.assign(observations.begin(), observations.end());
      ++rounds_;
    });
  }
  bool run_until(const std::function<bool()>& condition) {
    return test::run_until(io_, condition, std::chrono::seconds(60));
  }
  const Observation* seen(Quantity quantity) const {
    const auto found = std::ranges::find_if(
        seen_, [&](const Observation& each) { return each.point.quantity == quantity; });
    return found == seen_.end() ? nullptr : &*found;
  }
  bool fails_with(const char* kind) {
    return run_until([&] { return source_->health().errors[kind] > 0; });
  }

  test::TemporaryFolder folder_;
  asio::io_context io_;
  const std::uint16_t port_ = free_udp_port();
  std::unique_ptr<Snmpd> snmpd_;
  std::unique_ptr<sources::Source> source_;
  std::vector<Observation> seen_;
  int rounds_ = 0;
};

TEST_F(SnmpdTest, PowerFeedOverV2c) {
  secret("community", "caspian");
  serve("rocommunity caspian 127.0.0.1\n" + table(kPowerFeed));
  watch("version: v2c, community_file: community, profile: power-feed");
  ASSERT_TRUE(run_until([&] { return rounds_ >= 2; })) << source_->health().detail;
  ASSERT_EQ(seen_.size(), 3U);
  EXPECT_NEAR(seen(Quantity::kPowerFeedVoltage)->value, -6300.5, 1e-9);
  EXPECT_NEAR(seen(Quantity::kPowerFeedCurrent)->value, 1.098, 1e-9);
  EXPECT_EQ(seen(Quantity::kPowerFeedEarthCurrent)->value, 0);
  EXPECT_EQ(seen(Quantity::kPowerFeedEarthCurrent)->reading, Reading::kValue);
  EXPECT_EQ(seen(Quantity::kPowerFeedVoltage)->point.element, "pfe_a");
  EXPECT_TRUE(source_->health().up);
  EXPECT_EQ(source_->health().last_update_unix_ns, kNow);

  // The row goes, and comes back.
  (void)table("1.3.6.1.4.1.8072.9999.9999.999.0 integer 1\n");
  ASSERT_TRUE(run_until([&] { return !seen_.empty() && seen_[0].reading == Reading::kWithdrawn; }));
  EXPECT_EQ(seen_.size(), 3U);
  (void)table(kPowerFeed);
  ASSERT_TRUE(run_until([&] { return seen_[0].reading == Reading::kValue; }));
}

TEST_F(SnmpdTest, PointsThatAreThereAndOnesThatAreNot) {
  secret("community", "caspian");
  const std::string arc = kBelow;
  serve("rocommunity caspian 127.0.0.1\n" +
        table(arc + ".1.1.0 string -8.53\n" + arc + ".1.2.0 counter64 18446744073709551615\n" +
              arc + ".1.3.0 gauge 4294967295\n"));
  watch(fmt::format(
      "version: v2c, community_file: community, points: ["
      "{{oid: {0}.1.1.0, quantity: channel_input_power, fibre_pair: FP01, channel: 3}},"
      "{{oid: {0}.1.3.0, quantity: power_feed_voltage, unit: mV}},"
      "{{oid: {0}.1.9.0, quantity: power_feed_current}},"
      "{{oid: 1.3.6.1.4.1.99999.1.0, quantity: power_feed_earth_current}},"
      "{{oid: {0}.1.2.0, quantity: fec_uncorrectable_blocks, difference: true, fibre_pair: FP01,"
      " channel: 3}}]",
      kBelow));
  ASSERT_TRUE(run_until([&] { return rounds_ >= 2; })) << source_->health().detail;
  EXPECT_EQ(seen(Quantity::kChannelInputPower)->value, -8.53);
  EXPECT_NEAR(seen(Quantity::kPowerFeedVoltage)->value, 4294967.295, 1e-6);
  EXPECT_EQ(seen(Quantity::kPowerFeedCurrent)->reading, Reading::kNotSupported);
  EXPECT_EQ(seen(Quantity::kPowerFeedEarthCurrent)->reading, Reading::kNotSupported);
  EXPECT_EQ(seen(Quantity::kFecUncorrectableBlocks)->value, 0) << "it does not grow";
}

TEST_F(SnmpdTest, ATableOfManyRowsIsWalkedToItsEnd) {
  secret("community", "caspian");
  std::string names;
  std::string powers;
  for (int channel = 1; channel <= 96; ++channel) {
    names += fmt::format("{}.2.1.1.{} string och-FP01-{}\n", kBelow, channel, channel);
    powers += fmt::format("{}.2.1.2.{} integer {}\n", kBelow, channel, -channel);
  }
  serve("rocommunity caspian 127.0.0.1\n" + table(names + powers));
  watch(
      fmt::format("version: v2c, community_file: community, tables: [{{name_column: {0}.2.1.1, "
                  "names: [{{pattern: \"och-{{fibre_pair}}-{{channel}}\"}}], "
                  "columns: [{{oid: {0}.2.1.2, quantity: channel_input_power, factor: 0.1}}]}}]",
                  kBelow));
  ASSERT_TRUE(run_until([&] { return rounds_ >= 1; })) << source_->health().detail;
  ASSERT_EQ(seen_.size(), 96U);
  for (const Observation& each : seen_) {
    EXPECT_NEAR(each.value, -0.1 * each.point.channel, 1e-9);
  }
}

TEST_F(SnmpdTest, SensorsOfEntitySensorMib) {
  secret("community", "caspian");
  serve("rocommunity caspian 127.0.0.1\n" +
        table("1.3.6.1.2.1.47.1.1.1.1.7.1001 string Rx Power FP01/3\n"
              "1.3.6.1.2.1.47.1.1.1.1.7.1002 string Temp zr_1\n"
              "1.3.6.1.2.1.99.1.1.1.1.1001 integer 6\n"
              "1.3.6.1.2.1.99.1.1.1.1.1002 integer 8\n"
              "1.3.6.1.2.1.99.1.1.1.2.1001 integer 7\n"
              "1.3.6.1.2.1.99.1.1.1.2.1002 integer 9\n"
              "1.3.6.1.2.1.99.1.1.1.3.1001 integer 1\n"
              "1.3.6.1.2.1.99.1.1.1.3.1002 integer 1\n"
              "1.3.6.1.2.1.99.1.1.1.4.1001 integer 1413\n"
              "1.3.6.1.2.1.99.1.1.1.4.1002 integer 415\n"
              "1.3.6.1.2.1.99.1.1.1.5.1001 integer 1\n"
              "1.3.6.1.2.1.99.1.1.1.5.1002 integer 2\n"
              "1.3.6.1.2.1.99.1.1.1.6.1001 string watts\n",
              "1.3.6.1.2.1.99") +
        fmt::format("pass_persist .1.3.6.1.2.1.47 /usr/bin/python3 -u {0}/objects.py {0}/objects\n",
                    folder_.path().string()));
  watch(
      "version: v2c, community_file: community, profile: entity-sensor, sensors: ["
      "{pattern: \"Rx Power {fibre_pair}/{channel}\", quantity: channel_input_power},"
      "{pattern: \"Temp {element}\", quantity: module_temperature}]");
  ASSERT_TRUE(run_until([&] { return seen_.size() == 2; })) << source_->health().detail;
  EXPECT_NEAR(seen(Quantity::kChannelInputPower)->value, -8.4986, 1e-4) << "141.3 uW";
  EXPECT_EQ(seen(Quantity::kModuleTemperature)->reading, Reading::kWithdrawn) << "unavailable";
}

TEST_F(SnmpdTest, ARestartIsNoticed) {
  secret("community", "caspian");
  const auto serve_since = [&](int uptime) {
    serve("rocommunity caspian 127.0.0.1\n" +
          fmt::format("override 1.3.6.1.2.1.1.3.0 timeticks {}\n", uptime) + table(kPowerFeed));
  };
  serve_since(500'000);
  watch("version: v2c, community_file: community, profile: power-feed");
  ASSERT_TRUE(run_until([&] { return rounds_ >= 2; })) << source_->health().detail;
  EXPECT_EQ(source_->health().counters["restarts"], 0U);
  serve_since(100);
  ASSERT_TRUE(run_until([&] { return source_->health().counters["restarts"] == 1; }));
}

TEST_F(SnmpdTest, AWrongCommunityIsATimeoutAndNobodyReadsTheRightOne) {
  secret("community", "kara-bogaz-gol");
  serve("rocommunity caspian 127.0.0.1\n");
  watch("version: v2c, community_file: community, profile: power-feed");
  ASSERT_TRUE(fails_with("timeout"));
  EXPECT_FALSE(source_->health().up);
  EXPECT_THAT(source_->health().detail, Not(HasSubstr("kara-bogaz-gol")));
  secret("community", "caspian");
  ASSERT_TRUE(run_until([&] { return source_->health().up; })) << "read again at every attempt";
  std::filesystem::remove(folder_.path() / "community");
  snmpd_.reset();
  ASSERT_TRUE(fails_with("credentials"));
  EXPECT_THAT(source_->health().detail, HasSubstr("cannot be read"));
}

TEST_F(SnmpdTest, ANameThatDoesNotResolveIsSaidSo) {
  secret("community", "caspian");
  auto file = formats::YamlFile::parse(
      "snmp: {targets: [{name: a, address: \"pfe.invalid\", version: v2c, community_file: " +
          (folder_.path() / "community").string() + ", profile: power-feed, interval_s: 0.1}]}\n",
      "agent.yaml");
  const auto makers = read_section(file->root().map("snmp"));
  ASSERT_TRUE(file->finish());
  source_ = makers.at(0)({.io = io_, .now_unix_ns = [] { return kNow; }}).value();
  source_->start([](auto) {});
  ASSERT_TRUE(fails_with("resolve"));
}

struct Security {
  const char* name;
  const char* protocols;   // createUser's
  const char* level;       // rouser's
  const char* configured;  // the target's
};
void PrintTo(const Security& security, std::ostream* out) { *out << security.name; }

class SnmpV3Test : public SnmpdTest, public testing::WithParamInterface<Security> {};

TEST_P(SnmpV3Test, IsSpokenAndFindsItsWayBack) {
  secret("auth", "authentication-passphrase");
  secret("priv", "privacy-passphrase");
  const std::string configuration = fmt::format("createUser caspilink {}\nrouser caspilink {}\n",
                                                GetParam().protocols, GetParam().level) +
                                    table(kPowerFeed);
  const std::string target =
      fmt::format("version: v3, user: caspilink, {}, profile: power-feed", GetParam().configured);
  serve(configuration);
  watch(target);
  ASSERT_TRUE(run_until([&] { return rounds_ >= 2; })) << source_->health().detail;
  EXPECT_NEAR(seen(Quantity::kPowerFeedVoltage)->value, -6300.5, 1e-9);

  // After a restart the engine has other boots and times.
  serve(configuration);
  const int before = rounds_;
  ASSERT_TRUE(run_until([&] { return rounds_ >= before + 3; })) << source_->health().detail;
  EXPECT_TRUE(source_->health().up);
}

INSTANTIATE_TEST_SUITE_P(
    Levels, SnmpV3Test,
    testing::Values(
        Security{"AuthNoPrivSha", "SHA authentication-passphrase", "auth",
                 "security: authNoPriv, authentication: SHA, authentication_file: auth"},
        Security{"AuthNoPrivSha256", "SHA-256 authentication-passphrase", "auth",
                 "security: authNoPriv, authentication_file: auth"},
        Security{"AuthPrivSha", "SHA authentication-passphrase AES privacy-passphrase", "priv",
                 "security: authPriv, authentication: SHA, authentication_file: auth, "
                 "privacy_file: priv"},
        Security{"AuthPrivSha256", "SHA-256 authentication-passphrase AES privacy-passphrase",
                 "priv",
                 "security: authPriv, authentication: SHA-256, authentication_file: auth, "
                 "privacy: AES, privacy_file: priv"}),
    [](const auto& level) { return level.param.name; });

TEST_F(SnmpdTest, WrongPassphrasesAndUsersAreAuthErrorsAndMended) {
  secret("auth", "not-the-passphrase");
  serve("createUser caspilink SHA-256 authentication-passphrase\nrouser caspilink auth\n" +
        table(kPowerFeed));
  watch(
      "version: v3, user: caspilink, security: authNoPriv, authentication_file: auth, "
      "profile: power-feed");
  ASSERT_TRUE(fails_with("auth")) << source_->health().detail;
  EXPECT_FALSE(source_->health().up);
  EXPECT_THAT(source_->health().detail, Not(HasSubstr("not-the-passphrase")));
  secret("auth", "authentication-passphrase");
  ASSERT_TRUE(run_until([&] { return source_->health().up; })) << "the old key is not kept";
}

TEST_F(SnmpdTest, AnUnknownUserIsAnAuthError) {
  secret("auth", "authentication-passphrase");
  serve("createUser other SHA-256 authentication-passphrase\nrouser other auth\n");
  watch(
      "version: v3, user: caspilink, security: authNoPriv, authentication_file: auth, "
      "profile: power-feed");
  ASSERT_TRUE(fails_with("auth")) << source_->health().detail;
}

TEST_F(SnmpdTest, ATargetThatIsDownHoldsUpNobody) {
  secret("auth", "authentication-passphrase");
  watch(
      "version: v3, user: caspilink, security: authNoPriv, authentication_file: auth, "
      "profile: power-feed");
  // Engine discovery is where the library alone would wait: the io_context goes on meanwhile.
  int turns = 0;
  asio::steady_timer timer(io_);
  std::function<void()> turn = [&] {
    timer.expires_after(std::chrono::milliseconds(1));
    timer.async_wait([&](const asio::error_code& error) {
      if (!error && ++turns < 100) turn();
    });
  };
  turn();
  ASSERT_TRUE(run_until([&] { return turns == 100; }));
  ASSERT_TRUE(fails_with("timeout"));
}

}  // namespace
}  // namespace caspilink::snmp
