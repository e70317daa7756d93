#include "collector/program/config.h"

#include <gmock/gmock.h>

namespace caspilink::program {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kSmallest = R"(plant_file: plants/cable.yaml
tls:
  ca_file: pki/ca.pem
  certificate_file: /etc/caspilink/collector.pem
  key_file: pki/collector.key
store:
  dir: state
)";

std::string problem_of(const std::string& text) {
  const auto config = parse_config(text, "etc/collector.yaml");
  EXPECT_FALSE(config);
  return config ? "" : config.error().message();
}

TEST(ConfigTest, TheSmallestFileGivesSafeDefaults) {
  const auto config = parse_config(kSmallest, "etc/collector.yaml");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->listen.host, "127.0.0.1");
  EXPECT_EQ(config->http_listen.host, "127.0.0.1");
  EXPECT_EQ(config->store.fsync, store::FsyncPolicy::kEveryCommit);
  EXPECT_EQ(config->core.allowed_skew_ns, 5'000'000'000);
  EXPECT_FALSE(config->judging.staleness);
  EXPECT_EQ(config->store.keep_15min_ns, std::int64_t{30} * 86'400'000'000'000);
}

TEST(ConfigTest, BinsAreKeptAtLeastAsLongAsTheRecommendationSays) {
  EXPECT_THAT(problem_of(std::string(kSmallest) + "  keep_24h_bins_days: 7\n"),
              HasSubstr("keep_24h_bins_days"));
  EXPECT_THAT(problem_of(std::string(kSmallest) + "  keep_15min_bins_days: 0\n"),
              HasSubstr("keep_15min_bins_days"));
}

TEST(ConfigTest, PathsAreRelativeToTheFile) {
  const auto config = parse_config(kSmallest, "etc/collector.yaml");
  EXPECT_EQ(config->plant_file, "etc/plants/cable.yaml");
  EXPECT_EQ(config->tls.ca_file, "etc/pki/ca.pem");
  EXPECT_EQ(config->tls.certificate_file, "/etc/caspilink/collector.pem");
  EXPECT_EQ(config->store_dir, "etc/state");
  EXPECT_EQ(config->tls.crl_file, "");
  std::string with_list = kSmallest;
  with_list.replace(with_list.find("store:"), 0, "  crl_file: pki/crl.pem\n");
  EXPECT_EQ(parse_config(with_list, "etc/collector.yaml")->tls.crl_file, "etc/pki/crl.pem");
}

TEST(ConfigTest, EverythingCanBeSaid) {
  const auto config = parse_config(std::string(kSmallest) + R"(  fsync: on_checkpoint
  keep_days: 2
  max_gib: 0.5
listen: "[::1]:7000"
http: {listen: "0.0.0.0:7001"}
agents:
  sample_interval_s: 2
  allowed_clock_skew_s: 1.5
  silent_after_s: 12
  max_streams: 2
  max_series: 100
  max_batch_samples: 50
  max_message_kib: 64
  max_unacknowledged_batches: 3
  max_unacknowledged_kib: 128
assess: {interval_s: 0.25, staleness_s: 9}
log: {level: debug}
)",
                                   "collector.yaml");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->store.fsync, store::FsyncPolicy::kOnCheckpoint);
  EXPECT_EQ(config->store.keep_ns, 2 * 86'400 * std::int64_t{1'000'000'000});
  EXPECT_EQ(config->store.max_bytes, 512U << 20);
  EXPECT_EQ(config->listen.host, "::1");
  EXPECT_EQ(config->http_listen.port, 7001);
  EXPECT_EQ(config->limits.sample_interval_ns, 2'000'000'000U);
  EXPECT_EQ(config->core.allowed_skew_ns, 1'500'000'000);
  EXPECT_EQ(config->silence->value(), 12);
  EXPECT_EQ(config->core.max_streams_per_agent, 2);
  EXPECT_EQ(config->limits.max_series, 100U);
  EXPECT_EQ(config->limits.max_batch_samples, 50U);
  EXPECT_EQ(config->limits.max_message_bytes, 65'536U);
  EXPECT_EQ(config->limits.max_unacknowledged_batches, 3U);
  EXPECT_EQ(config->limits.max_unacknowledged_bytes, 131'072U);
  EXPECT_EQ(config->judging.staleness->value(), 9);
  EXPECT_EQ(config->log_level, "debug");
}

TEST(ConfigTest, PerformanceThresholdsAreOfOneSideAndAKnownQuantity) {
  const auto config = parse_config(std::string(kSmallest) + R"(performance:
  severely_errored_ratio: 0.3
  thresholds:
    - {quantity: errored_seconds, interval: 24h, at_least: 100, reset: 10}
    - {quantity: channel_input_power, interval: 15min, at_most: -18}
)",
                                   "collector.yaml");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->performance.severely_errored_ratio, 0.3);
  ASSERT_EQ(config->performance.thresholds.size(), 2U);
  EXPECT_EQ(config->performance.thresholds[0].length_s, store::kDay_s);
  EXPECT_EQ(config->performance.thresholds[0].reset, 10);
  EXPECT_EQ(config->performance.thresholds[1].side, performance::Threshold::Side::kAtMost);
  EXPECT_EQ(config->performance.thresholds[1].reset, -18);
  EXPECT_FALSE(parse_config(kSmallest, "f")->performance.thresholds.empty());

  const auto problem = [](const std::string& threshold) {
    return problem_of(std::string(kSmallest) + "performance:\n  thresholds:\n    - " + threshold);
  };
  EXPECT_THAT(problem("{quantity: errored, interval: 15min, at_least: 1}\n"),
              AllOf(StartsWith("etc/collector.yaml:10:18"), HasSubstr("errored_seconds")));
  EXPECT_THAT(problem("{quantity: q_value, interval: 1h, at_least: 1}\n"), HasSubstr("15min"));
  EXPECT_THAT(problem("{quantity: q_value, interval: 24h}\n"), HasSubstr("at_least or at_most"));
  EXPECT_THAT(problem("{quantity: q_value, interval: 24h, at_most: 1, reset: 0}\n"),
              HasSubstr("beyond the threshold"));
  EXPECT_THAT(problem("{quantity: errored_seconds, interval: 24h, at_most: 1}\n"),
              HasSubstr("at_least"));
}

TEST(ConfigTest, ProblemsSayWhereAndWhat) {
  EXPECT_THAT(problem_of(std::string(kSmallest) + "lisen: \"127.0.0.1:1\"\n"),
              AllOf(StartsWith("etc/collector.yaml:8:1"), HasSubstr("lisen")));
  EXPECT_THAT(problem_of(std::string(kSmallest) + "listen: here\n"),
              StartsWith("etc/collector.yaml:8:9"));
  EXPECT_THAT(problem_of(std::string(kSmallest) + "  fsync: sometimes\n"),
              AllOf(StartsWith("etc/collector.yaml:8:10"), HasSubstr("every_commit")));
  EXPECT_THAT(problem_of(std::string(kSmallest) + "  keep_days: 0\n"),
              StartsWith("etc/collector.yaml:8:14"));
  EXPECT_THAT(problem_of(std::string(kSmallest) + "agents: {max_series: 0}\n"),
              StartsWith("etc/collector.yaml:8:22"));
  EXPECT_THAT(problem_of("plant_file: a\nplant_file: b\n"), HasSubstr("etc/collector.yaml:2:1"));
  EXPECT_THAT(problem_of("plant_file: a\n"), HasSubstr("tls"));
}

TEST(ConfigTest, JudgingCanBeSaidInDetail) {
  const auto config = parse_config(std::string(kSmallest) + R"(assess:
  staleness_of_quantity_s: {chromatic_dispersion: 900}
  staleness_of_source_s: {stamp: 90}
  tolerances:
    channel_input_power: {model: 0.2, measurement: 0.1, minor: 0.5, major: 2}
baselines: {commission_after_h: 48, commissioned_since: 2026-12-01, design_life_years: 20}
)",
                                   "etc/collector.yaml");
  ASSERT_TRUE(config) << config.error().message();
  const JudgingConfig& judging = config->judging;
  EXPECT_EQ(judging.freshness.of_quantity_ns.at(codec::Quantity::kChromaticDispersion),
            900'000'000'000);
  EXPECT_EQ(judging.freshness.of_source_ns.at("stamp"), 90'000'000'000);
  EXPECT_EQ(judging.baselines.commission_after_ns, 48LL * 3600 * 1'000'000'000);
  EXPECT_EQ(judging.baselines.commissioned_since_unix_ns, 1'796'083'200LL * 1'000'000'000);
  EXPECT_EQ(judging.baselines.design_life_years, 20);
  const auto tolerances = judging.tolerances_for({});
  EXPECT_EQ(tolerances.find(codec::Quantity::kChannelInputPower)->minor, 0.5);
  EXPECT_EQ(tolerances.find(codec::Quantity::kLineInputPower)->minor, 1.0) << "the default";
}

TEST(ConfigTest, JudgingIsCheckedWithItsPlace) {
  const auto problem = [](const std::string& text) {
    return problem_of(std::string(kSmallest) + text);
  };
  EXPECT_THAT(problem("assess: {staleness_of_quantity_s: {q: 5}}\n"),
              AllOf(StartsWith("etc/collector.yaml:8:"), HasSubstr("name of a quantity")));
  EXPECT_THAT(problem("assess: {tolerances: {probe_loss: {model: 1, measurement: 1}}}\n"),
              HasSubstr("tolerance of its own"));
  EXPECT_THAT(problem("assess: {tolerances: {q_value: {model: 1}}}\n"), HasSubstr("measurement"));
  EXPECT_THAT(problem("baselines: {commissioned_since: 2026-13-01}\n"),
              HasSubstr("expected a date like 2026-12-01"));
}

}  // namespace
}  // namespace caspilink::program
