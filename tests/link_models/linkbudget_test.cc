// The program as its users run it.
#include <array>
#include <cstdio>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>

#include "tests/support/paths.h"

namespace caspilink {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::string kPlants = caspilink::test::source_dir() + "/deploy/plants/";
const std::string kRepeatered = kPlants + "trans_caspian_repeatered.yaml";

struct Outcome {
  int status = -1;
  std::string out;
  std::string err;
};

std::string drain(std::FILE* pipe) {
  std::string text;
  std::array<char, 4096> block;
  while (const std::size_t n = std::fread(block.data(), 1, block.size(), pipe)) {
    text.append(block.data(), n);
  }
  return text;
}

Outcome linkbudget(const std::string& arguments) {
  const std::string err_path =
      testing::TempDir() + "linkbudget_test_" + std::to_string(::getpid()) + ".err";
  std::FILE* pipe = ::popen(
      (caspilink::test::binary_dir() + "/bin/linkbudget " + arguments + " 2>" + err_path).c_str(),
      "r");
  Outcome outcome;
  outcome.out = drain(pipe);
  const int status = ::pclose(pipe);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  std::ostringstream err;
  err << std::ifstream(err_path).rdbuf();
  outcome.err = err.str();
  std::remove(err_path.c_str());
  return outcome;
}

long lines_of(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

TEST(LinkbudgetTest, TableHasALineForEveryPairAndDirection) {
  const Outcome outcome = linkbudget("compute " + kRepeatered);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(outcome.out, HasSubstr("FP01   a-b"));
  EXPECT_THAT(outcome.out, HasSubstr("FP16   b-a"));
  EXPECT_THAT(outcome.out, testing::Not(HasSubstr("channel by channel")));
}

TEST(LinkbudgetTest, OnePairIsShownInDetail) {
  const Outcome outcome = linkbudget("compute " + kRepeatered + " --fibre-pair FP02");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.out, HasSubstr("FP02 a-b, channel by channel"));
  EXPECT_THAT(outcome.out, HasSubstr("FP02 b-a, element by element"));
  EXPECT_THAT(outcome.out, testing::Not(HasSubstr("FP01")));
}

TEST(LinkbudgetTest, JsonHasEveryFieldOfEveryChannel) {
  const Outcome outcome = linkbudget("compute " + kRepeatered + " --format json");
  ASSERT_EQ(outcome.status, 0);
  const auto report = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(report.at("plant"), "trans-caspian-repeatered");
  ASSERT_EQ(report.at("results").size(), 32U);
  std::set<std::string> seen;
  for (const auto& result : report.at("results")) {
    seen.insert(result.at("fibre_pair").get<std::string>() +
                result.at("direction").get<std::string>());
    ASSERT_EQ(result.at("channels").size(), 96U);
    int lit = 0;
    for (const auto& channel : result.at("channels")) {
      for (const char* field :
           {"frequency_hz", "baud_rate_hz", "signal_power_dbm", "osnr_01nm_db", "snr_nli_db",
            "gsnr_db", "gsnr_01nm_db", "q_db", "pre_fec_ber", "margin_db",
            "chromatic_dispersion_ps_per_nm", "pmd_ps", "pdl_db", "latency_ms"}) {
        ASSERT_TRUE(channel.at(field).is_number()) << field;
      }
      lit += channel.at("lit").get<bool>() ? 1 : 0;
    }
    EXPECT_EQ(lit, 4);
  }
  EXPECT_EQ(seen.size(), 32U);
}

TEST(LinkbudgetTest, DirectionAndPairNarrowTheJson) {
  const Outcome outcome =
      linkbudget("compute " + kRepeatered + " --format json --fibre-pair FP03 --direction b-a");
  const auto report = nlohmann::json::parse(outcome.out);
  ASSERT_EQ(report.at("results").size(), 1U);
  EXPECT_EQ(report["results"][0]["fibre_pair"], "FP03");
  EXPECT_EQ(report["results"][0]["direction"], "b-a");
}

TEST(LinkbudgetTest, TheModelOfInterferenceIsChosenAndNamed) {
  EXPECT_THAT(linkbudget("compute " + kRepeatered + " --nli-model isrs_gn_coherent").out,
              HasSubstr("NLI by isrs-gn-coherent"));
  for (const auto& [model, name] : {std::pair("gn", "gn-analytic"), std::pair("gn_srs", "gn-srs"),
                                    std::pair("isrs_gn", "isrs-gn")}) {
    const Outcome outcome =
        linkbudget("compute " + kRepeatered + " --fibre-pair FP01 --nli-model " + model);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr(std::string("NLI by ") + name));
  }
}

TEST(LinkbudgetTest, AChannelNoTransceiverBearsIsReportedWithItsReason) {
  std::ostringstream text;
  text << std::ifstream(kRepeatered).rdbuf();
  std::string plant = text.str();
  const std::string mode = "    fec_ber_threshold:";
  plant.insert(plant.find(mode),
               "    penalties: {chromatic_dispersion: [{ps_per_nm: 4000, penalty_db: 1}]}\n");
  const std::string path = testing::TempDir() + "linkbudget_test_infeasible.yaml";
  std::ofstream(path) << plant;
  const std::string reason = "chromatic dispersion of 7790 ps/nm is outside the penalty table";
  EXPECT_THAT(linkbudget("compute " + path).out, HasSubstr(" is infeasible: " + reason));
  EXPECT_THAT(linkbudget("compute " + path + " --format csv").out, HasSubstr("," + reason));
  const auto report = nlohmann::json::parse(linkbudget("compute " + path + " --format json").out);
  const auto& channel = report["results"][0]["channels"][0];
  EXPECT_THAT(channel["infeasible"].get<std::string>(), StartsWith(reason));
  EXPECT_TRUE(channel["q_db"].is_null());
  EXPECT_TRUE(channel["margin_db"].is_null());
  EXPECT_EQ(channel["pre_fec_ber"], 0.5);
  std::remove(path.c_str());
}

TEST(LinkbudgetTest, CsvHasAHeaderAndALineAChannel) {
  const Outcome outcome = linkbudget("compute " + kRepeatered + " --format csv");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(lines_of(outcome.out), 1 + 32 * 96);
  EXPECT_THAT(outcome.out, StartsWith("plant,fibre_pair,direction,number,lit,frequency_hz,"));
  std::istringstream in(outcome.out);
  std::string line;
  std::set<long> columns;
  while (std::getline(in, line)) columns.insert(std::count(line.begin(), line.end(), ','));
  EXPECT_EQ(columns.size(), 1U);
}

TEST(LinkbudgetTest, CheckSaysThatAPlantIsGood) {
  const Outcome outcome = linkbudget("check " + kPlants + "trans_caspian_unrepeatered.yaml");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.out, HasSubstr("good"));
}

TEST(LinkbudgetTest, VersionAndHelpSucceed) {
  EXPECT_EQ(linkbudget("--version").status, 0);
  EXPECT_THAT(linkbudget("--version").out, StartsWith("linkbudget "));
  EXPECT_EQ(linkbudget("--help").status, 0);
  EXPECT_THAT(linkbudget("compute --help").out, HasSubstr("isrs_gn_coherent"));
}

class WrongArgumentsTest : public testing::TestWithParam<const char*> {};

TEST_P(WrongArgumentsTest, GiveOneMessageAndStatusTwo) {
  const Outcome outcome = linkbudget(GetParam());
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(lines_of(outcome.err), 1) << outcome.err;
  EXPECT_THAT(outcome.err, StartsWith("linkbudget: "));
}

INSTANTIATE_TEST_SUITE_P(
    Each, WrongArgumentsTest,
    testing::Values("", "frobnicate", "compute", "compute /nonexistent.yaml", "compute deploy",
                    "compute deploy/plants/trans_caspian_repeatered.yaml --direction west",
                    "compute deploy/plants/trans_caspian_repeatered.yaml --fibre-pair FP99",
                    "compute deploy/plants/trans_caspian_repeatered.yaml --format xml",
                    "compute deploy/plants/trans_caspian_repeatered.yaml --nli-model magic",
                    "compute deploy/plants/trans_caspian_repeatered.yaml --colour",
                    "compute deploy/plants/trans_caspian_repeatered.yaml extra",
                    "check /nonexistent.yaml"));

TEST(LinkbudgetTest, BadFileIsNamedWithLineAndColumn) {
  std::ostringstream text;
  text << std::ifstream(kRepeatered).rdbuf();
  std::string plant = text.str();
  const std::string good = "length_km: 76";
  plant.replace(plant.find(good), good.size(), "length_km: -1");
  const std::string path = testing::TempDir() + "linkbudget_test_bad.yaml";
  std::ofstream(path) << plant;
  const Outcome outcome = linkbudget("compute " + path);
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err,
              testing::ContainsRegex("linkbudget_test_bad.yaml:[0-9]+:[0-9]+: "
                                     "segments\\[0\\].route\\[0\\].span.length_km: expected"));
  std::remove(path.c_str());
}

TEST(LinkbudgetTest, AFullDiskIsNoSuccess) {
  EXPECT_EQ(linkbudget("compute " + kRepeatered + " --format json > /dev/full").status, 1);
}

}  // namespace
}  // namespace caspilink
