#include "agent/sources/replay/configuration.h"

#include <gmock/gmock.h>

namespace caspilink::replay {
namespace {

using testing::HasSubstr;

Result<std::vector<Configuration>> read(const std::string& files) {
  auto file = formats::YamlFile::parse("replay:\n  files:\n" + files, "/etc/caspilink/agent.yaml");
  if (!file) return tl::unexpected(file.error());
  auto found = read_files(file->root().map("replay"));
  if (auto done = file->finish(); !done) return tl::unexpected(done.error());
  return found;
}

TEST(ReplayConfigurationTest, ReadsEveryKey) {
  const auto files = read(
      "    - {name: storm, file: storm.csv, speed: 60, times: now, loop: true}\n"
      "    - {name: history, file: /var/h.jsonl, speed: max, station: sumgait, times: recorded}\n"
      "    - {name: plain, file: p.csv, speed: 0.5}\n");
  ASSERT_TRUE(files) << files.error().message();
  EXPECT_EQ((*files)[0].file, "/etc/caspilink/storm.csv");
  EXPECT_EQ((*files)[0].speed, 60);
  EXPECT_TRUE((*files)[0].shift);
  EXPECT_TRUE((*files)[0].loop);
  EXPECT_EQ((*files)[1].speed, std::nullopt);
  EXPECT_EQ((*files)[1].station, "sumgait");
  EXPECT_FALSE((*files)[2].shift);
  EXPECT_FALSE((*files)[2].loop);
  EXPECT_EQ((*files)[2].speed, 0.5);
}

TEST(ReplayConfigurationTest, DefectsAreToldWithTheirPlace) {
  const std::pair<const char*, const char*> defects[] = {
      {"{name: a, file: f, speed: fast}", "3:33"},
      {"{name: a, file: f, speed: 0}", "3:33"},
      {"{name: a, file: f, speed: -1}", "3:33"},
      {"{name: a, file: f, speed: max, times: now}", "3:45"},
      {"{name: a, file: f, loop: true}", "3:32"},
      {"{name: a}", "3:"},
      {"{name: a, file: f, rate: 2}", "3:"},
      {"{name: a, file: f, times: later}", "3:33"},
      {"{name: a, file: f}\n    - {name: a, file: g}", "4:14"},
  };
  for (const auto& [text, place] : defects) {
    const auto files = read(std::string("    - ") + text + "\n");
    ASSERT_FALSE(files) << text;
    EXPECT_THAT(files.error().message(),
                HasSubstr(std::string("/etc/caspilink/agent.yaml:") + place))
        << text;
  }
}

}  // namespace
}  // namespace caspilink::replay
