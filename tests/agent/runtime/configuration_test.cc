#include "agent/runtime/configuration.h"

#include <gmock/gmock.h>

#include "tests/agent/runtime/example.h"
#include "tests/support/certificates.h"

namespace caspilink::runtime {
namespace {

class ConfigurationTest : public testing::Test {
 protected:
  Result<Configuration> load(const std::string& text) {
    return load_configuration(test::write_file(folder_.path(), "agent.yaml", text));
  }
  std::string replaced(const std::string& what, const std::string& by) {
    std::string text = kExample;
    const std::size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), by);
  }
  test::TemporaryFolder folder_;
};

TEST_F(ConfigurationTest, ReadsEveryKey) {
  const auto configuration = load(kExample);
  ASSERT_TRUE(configuration) << configuration.error().message();
  EXPECT_EQ(configuration->station, "sumgait");
  EXPECT_EQ(configuration->state_dir, (folder_.path() / "state").string());
  EXPECT_EQ(configuration->http, (endpoint::Address{"127.0.0.1", 9401}));
  ASSERT_EQ(configuration->collectors.size(), 2U);
  EXPECT_EQ(configuration->collectors[1].address, (endpoint::Address{"::1", 9400}));
  EXPECT_EQ(configuration->collectors[1].name, "collector");
  EXPECT_EQ(configuration->tls.ca_file, (folder_.path() / "ca.pem").string());
  EXPECT_EQ(configuration->tls.key_file, "/etc/agent.key");
  EXPECT_EQ(configuration->spool.max_bytes, 512'000'000U);
  EXPECT_EQ(configuration->spool.max_age_ns, 48LL * 3600 * 1'000'000'000);
  EXPECT_EQ(configuration->spool.keep, spool::Keep::kNewest);
  EXPECT_EQ(configuration->spool.max_memory_bytes, 8'000'000U);
  EXPECT_EQ(configuration->batch_linger_ns, 100'000'000);
  EXPECT_EQ(configuration->batch_offline_linger_ns, 800'000'000);
  EXPECT_EQ(configuration->backlog_samples_per_second, 50'000U);
  EXPECT_EQ(configuration->quorum, 1U);
  EXPECT_EQ(configuration->settings.at("uplink.quorum").text, "1");
  EXPECT_THAT(configuration->settings.at("uplink.quorum").where,
              testing::HasSubstr("agent.yaml:11:"));
  EXPECT_EQ(configuration->max_batch_samples, 500U);
  EXPECT_EQ(configuration->max_unacknowledged_batches, 16U);
  EXPECT_EQ(configuration->sources.size(), 2U) << "a gNMI target, and STAMP";
}

TEST_F(ConfigurationTest, LeavesOutWhatHasADefault) {
  const auto configuration = load(R"(
station: sumgait
state_dir: /var/lib/caspilink
collectors: [{address: "localhost:9400"}]
tls: {ca_file: a, certificate_file: b, key_file: c}
stamp: {}
)");
  ASSERT_TRUE(configuration) << configuration.error().message();
  EXPECT_EQ(configuration->http.host, "127.0.0.1");
  EXPECT_EQ(configuration->spool.keep, spool::Keep::kOldest);
  EXPECT_EQ(configuration->state_dir, "/var/lib/caspilink");
  EXPECT_EQ(configuration->quorum, 1U) << "all of the collectors there are";
}

TEST_F(ConfigurationTest, AFileThatIsNotThereIsSaidSo) {
  const auto missing = load_configuration((folder_.path() / "none.yaml").string());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
}

struct Defect {
  const char* name;
  const char* what;
  const char* by;
  const char* place;  // line:column
  const char* says;
};

class DefectTest : public ConfigurationTest, public testing::WithParamInterface<Defect> {};

TEST_P(DefectTest, IsRefusedWithItsPlace) {
  const auto [name, what, by, place, says] = GetParam();
  const auto configuration = load(replaced(what, by));
  ASSERT_FALSE(configuration);
  EXPECT_EQ(configuration.error().code, ErrorCode::kInvalidInput);
  const std::string message = configuration.error().message();
  EXPECT_THAT(message, testing::HasSubstr(std::string("agent.yaml:") + place));
  EXPECT_THAT(message, testing::HasSubstr(says));
}

INSTANTIATE_TEST_SUITE_P(
    Defects, DefectTest,
    testing::Values(
        Defect{"UnknownKey", "http:", "htpp:", "4:1", "htpp"},
        Defect{"DuplicateKey", "log_level: info", "station: aktau", "3:1", "station"},
        Defect{"NoStation", "station: sumgait", "station: \"\"", "1:10", "station"},
        Defect{"AddressWithoutPort", "\"127.0.0.1:9400\"", "\"127.0.0.1\"", "6:", "host:port"},
        Defect{"SameCollectorTwice", "[::1]:9400", "127.0.0.1:9400", "7:", "already"},
        Defect{"NoPortOfATarget", "127.0.0.1:9339", "127.0.0.1:0", "15:16", "port from 1"},
        Defect{"NotANumber", "sample_interval_s: 1", "sample_interval_s: .nan",
               "16:", "sample_interval_s"},
        Defect{"IntervalOfZero", "sample_interval_s: 1", "sample_interval_s: 0", "16:26",
               "sample_interval_s"},
        Defect{"UnknownEncoding", "encoding: auto", "encoding: xml", "17:17", "encoding"},
        Defect{"BadPattern", "och-{fibre_pair}-{channel}", "och-{fiber_pair}-{channel}",
               "21:", "{fiber_pair}"},
        Defect{"PatternThatTellsNothing", "{pattern: \"line-{fibre_pair}\"}",
               "{pattern: \"line-{channel}\"}", "22:", "tells neither"},
        Defect{"ReflectorMode", "mode: stateful", "mode: careful", "26:", "mode"},
        Defect{"TooFastASession", "interval_ms: 200", "interval_ms: 1", "28:", "interval_ms"},
        Defect{"UnknownPolicy", "keep: newest", "keep: everything", "9:", "keep"},
        Defect{"HalfATlsIdentity", "name: slte-1.example", "key_file: k.pem",
               "19:", "belong together"}),
    [](const auto& defect) { return defect.param.name; });

TEST_F(ConfigurationTest, NothingToObserveIsRefused) {
  const auto configuration = load(R"(station: sumgait
state_dir: s
collectors: [{address: "localhost:9400"}]
tls: {ca_file: a, certificate_file: b, key_file: c}
)");
  ASSERT_FALSE(configuration);
  EXPECT_THAT(configuration.error().message(),
              testing::HasSubstr("gnmi modules replay snmp stamp"));
}

TEST_F(ConfigurationTest, TwoTargetsOfOneNameAreRefused) {
  const auto configuration = load(R"(station: sumgait
state_dir: s
collectors: [{address: "localhost:9400"}]
tls: {ca_file: a, certificate_file: b, key_file: c}
gnmi:
  targets:
    - {name: slte-1, address: "a:1", components: [{pattern: "line-{fibre_pair}"}]}
    - {name: slte-1, address: "b:1", components: [{pattern: "line-{fibre_pair}"}]}
)");
  ASSERT_FALSE(configuration);
  EXPECT_THAT(configuration.error().message(), testing::HasSubstr("agent.yaml:8:14"));
}

}  // namespace
}  // namespace caspilink::runtime
