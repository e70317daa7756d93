// The README's worked example works, and is what the README shows.
#include "tests/agent/sources/thermometer.h"

#include <filesystem>
#include <iterator>

#include <gmock/gmock.h>

#include "agent/sources/registry.h"
#include "tests/support/asio_loop.h"
#include "tests/support/certificates.h"
#include "tests/support/paths.h"

namespace caspilink::thermometer {
namespace {

std::string text_of(const std::string& file) {
  std::ifstream in(test::source_dir() + "/" + file);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(WorkedExampleTest, ObservesCountsItsTroublesAndStops) {
  const test::TemporaryFolder folder;
  auto file = formats::YamlFile::parse("thermometer: {name: room, file: temp, interval_ms: 10}\n",
                                       (folder.path() / "agent.yaml").string());
  // As in the line of the registry.
  const sources::Kind kind{"thermometer", read_section};
  const auto makers = kind.read(file->root().map(kind.key));
  ASSERT_TRUE(file->finish());
  ASSERT_EQ(makers.size(), 1U);
  asio::io_context io;
  const auto source = makers[0]({.io = io, .now_unix_ns = [] { return 5; }}).value();
  std::vector<codec::Observation> observed;
  source->start([&](auto observations) {
    observed.insert(observed.end(), observations.begin(), observations.end());
  });
  EXPECT_FALSE(source->health().up);
  EXPECT_EQ(source->health().errors.at("unreadable"), 1U);
  (void)test::write_file(folder.path(), "temp", "41500\n");
  ASSERT_TRUE(test::run_until(io, [&] { return !observed.empty(); }));
  EXPECT_TRUE(source->health().up);
  EXPECT_EQ(observed[0].value, 41.5);
  EXPECT_EQ(observed[0].point.source, "room");
  source->stop();
  EXPECT_TRUE(test::run_dry(io));
}

TEST(WorkedExampleTest, TheReadmeShowsTheCodeThatWorks) {
  const std::string readme = text_of("agent/sources/README.md");
  const std::string code = text_of("tests/agent/sources/thermometer.h");
  int shown = 0;
  for (std::size_t at = readme.find("```cpp\n"); at != readme.npos;
       at = readme.find("```cpp\n", at + 1)) {
    const std::size_t begin = at + 7;
    const std::string block = readme.substr(begin, readme.find("```", begin) - begin);
    EXPECT_NE(code.find(block), code.npos) << block;
    ++shown;
  }
  EXPECT_EQ(shown, 2);
}

}  // namespace
}  // namespace caspilink::thermometer
