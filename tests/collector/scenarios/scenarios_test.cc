// Every row of scenarios.yaml, lived through in simulated time.
#include <algorithm>
#include <cctype>

#include <gmock/gmock.h>
#include <spdlog/spdlog.h>

#include "tests/collector/scenarios/world.h"
#include "tests/support/paths.h"

namespace caspilink::scenarios {
namespace {

const std::vector<Scenario>& all() {
  static const std::vector<Scenario> scenarios =
      load(test::source_dir() + "/tests/collector/scenarios/scenarios.yaml");
  return scenarios;
}

class ScenarioTest : public testing::TestWithParam<std::size_t> {};

TEST_P(ScenarioTest, MakesTheseAlarmsAndNoOthers) {
  spdlog::set_level(spdlog::level::err);
  const Scenario& scenario = all()[GetParam()];
  World world(scenario);
  const auto lines = world.run();
  std::string told;
  for (const std::string& line : lines) told += "    - \"" + line + "\"\n";
  EXPECT_THAT(lines, testing::ElementsAreArray(scenario.expect))
      << "'" << scenario.name << "' made:\n"
      << told;
  for (const std::string& cause : scenario.says) {
    EXPECT_THAT(world.causes(), testing::Contains(testing::HasSubstr(cause))) << scenario.name;
  }
}

std::string name_of(const testing::TestParamInfo<std::size_t>& info) {
  std::string name = all()[info.param].name;
  std::ranges::replace_if(
      name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Table, ScenarioTest, testing::Range(std::size_t{0}, all().size()),
                         name_of);

TEST(ScenarioTableTest, HasAtLeastSixtyRowsOfDifferentNames) { EXPECT_GE(all().size(), 60U); }

}  // namespace
}  // namespace caspilink::scenarios
