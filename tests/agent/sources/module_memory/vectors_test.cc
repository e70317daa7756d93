// Whole decodes of real modules' dumps against the published ones. The vectors are not part of the
// project: CASPILINK_SHARED or ../shared beside the source tree says where they are.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "agent/sources/module_memory/decode.h"
#include "agent/sources/module_memory/dump_file.h"
#include "tests/agent/sources/module_memory/readings_json.h"
#include "tests/support/paths.h"

namespace caspilink::module_memory {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

fs::path vectors() {
  const char* shared = std::getenv("CASPILINK_SHARED");
  return fs::path(shared != nullptr ? shared : caspilink::test::source_dir() + "/../shared") /
         "module-memory";
}

std::vector<std::string> vector_names() {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(vectors(), none)) {
    if (entry.path().extension() == ".hex") names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

// Where the project decides otherwise than the vectors, on purpose.
json as_decided(json expected) {
  // FFh around a text is padding, not a letter of the Latin-1 that the vectors take it for.
  for (auto& [key, value] : expected["identity"].items()) {
    if (!value.is_string()) continue;
    auto text = value.get<std::string>();
    while (text.starts_with("\u00ff")) text.erase(0, 2);
    value = text;
  }
  // Page 2Fh of a module that does not advertise VDM is no VDM page.
  if (expected.contains("capabilities") && !expected["capabilities"]["vdm"].get<bool>()) {
    expected.erase("vdm_control");
    EXPECT_TRUE(expected.value("vdm", json::array()).empty());
    expected.erase("vdm");
  }
  return expected;
}

class VectorTest : public testing::TestWithParam<std::string> {};

TEST_P(VectorTest, WholeDecodeAgrees) {
  const auto image = load_dump(vectors() / (GetParam() + ".hex"));
  ASSERT_TRUE(image) << image.error().message();
  const auto readings = decode(*image);
  ASSERT_TRUE(readings) << readings.error().message();
  std::ifstream file(vectors() / (GetParam() + ".expected.json"));
  ASSERT_TRUE(file) << "no expectation beside the dump";
  const json expected = as_decided(json::parse(file)["decoded"]);
  EXPECT_THAT(differences(expected, to_json(*readings)), testing::IsEmpty());
}

// A section that was not readable takes its readings away and changes no other into a number.
TEST_P(VectorTest, MissingAndTruncatedSectionsInventNothing) {
  const auto image = load_dump(vectors() / (GetParam() + ".hex"));
  ASSERT_TRUE(image) << image.error().message();
  const auto full = decode(*image);
  ASSERT_TRUE(full);
  for (const auto& [address, page] : image->pages()) {
    for (const unsigned kept : {0U, 1U, 2U, 3U, 31U, 60U, 90U, 100U, 126U, 127U}) {
      MemoryImage cut = *image;
      cut.erase(address);
      if (kept > 0) {
        ASSERT_TRUE(cut.put(address, address.base(), std::span(page.bytes).first(kept)));
      }
      const auto readings = decode(cut);
      if (!readings) continue;
      // The calibration and the bias multiplier are part of a reading: without them there is none.
      const auto none_but = [&](const Measured& before, const Measured& after) {
        return !after || (before && *before == *after);
      };
      EXPECT_TRUE(none_but(full->temperature_c, readings->temperature_c)) << address.name();
      EXPECT_TRUE(none_but(full->supply_v, readings->supply_v)) << address.name();
      ASSERT_LE(readings->lanes.size(), full->lanes.size());
      for (const Lane& lane : readings->lanes) {
        const auto same = std::ranges::find(full->lanes, lane.number, &Lane::number);
        ASSERT_NE(same, full->lanes.end());
        EXPECT_TRUE(none_but(same->rx_power_mw, lane.rx_power_mw)) << address.name() << kept;
        EXPECT_TRUE(none_but(same->tx_bias_ma, lane.tx_bias_ma)) << address.name() << kept;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(ModuleMemory, VectorTest, testing::ValuesIn(vector_names()),
                         [](const auto& parameter) {
                           std::string name = parameter.param;
                           std::ranges::replace_if(
                               name, [](char c) { return std::isalnum(c) == 0; }, '_');
                           return name;
                         });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(VectorTest);

TEST(ModuleMemoryVectorsTest, AreThere) {
  if (vector_names().empty()) {
    GTEST_SKIP() << "no vectors in " << vectors()
                 << ": real modules' dumps were not decoded; set CASPILINK_SHARED";
  }
  EXPECT_GE(vector_names().size(), 20U);
}

}  // namespace
}  // namespace caspilink::module_memory
