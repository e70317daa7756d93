// kill -9 at any moment: what was committed arrives, once.
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <random>

#include <gtest/gtest.h>

#include "tests/chaos/world.h"

namespace caspilink::test {
namespace {

unsigned number_from(const char* variable, unsigned fallback) {
  const char* text = std::getenv(variable);
  return text == nullptr ? fallback : static_cast<unsigned>(std::atoi(text));
}

TEST(KillTest, NothingCommittedIsLostOrDoubled) {
  const unsigned kills = number_from("CASPILINK_KILLS", 10);
  const unsigned seed = number_from("CASPILINK_SEED", std::random_device()());
  RecordProperty("seed", static_cast<int>(seed));
  std::mt19937 random(seed);
  World world;
  world.start_counting();
  std::map<std::uint64_t, std::uint64_t> expected;
  unsigned while_running = 0;
  for (unsigned kill = 0; kill < kills; ++kill) {
    // There, away, or one that hears and is killed before it keeps or answers.
    const auto collector = random() % 3;
    if (collector == 0) world.stop_collector();
    if (collector == 1) world.deafen_collector();
    world.start_agent();
    // From its first steps, however long they take here, to half a second of work.
    if (random() % 2 == 0) {
      ASSERT_TRUE(World::wait([&] { return world.agent_runs(); }));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 600));
    while_running += world.agent_runs() ? 1 : 0;
    world.end_agent(SIGKILL);
    for (const auto& [boot, last] : world.committed())
      expected[boot] = std::max(expected[boot], last);
    EXPECT_EQ(world.early(expected), "");
    world.start_collector();
  }
  world.start_agent();
  ASSERT_TRUE(World::wait([&] { return world.agent_runs(); }));
  world.stop_counting();
  EXPECT_TRUE(World::wait([&] {
    return world.metric("caspilink_agent_spool_batches") == 0 && world.complaints(expected).empty();
  })) << "seed "
      << seed << "\n"
      << world.complaints(expected);
  world.end_agent(SIGTERM);
  std::uint64_t batches = 0;
  for (const auto& [boot, last] : expected) batches += last;
  std::printf(
      "%u kills, %u of a running agent, seed %u: %zu boots, %llu batches committed, %llu at the "
      "collector\n",
      kills, while_running, seed, expected.size(), static_cast<unsigned long long>(batches),
      static_cast<unsigned long long>(world.stored_batches()));
  EXPECT_GT(batches, 0U);
}

}  // namespace
}  // namespace caspilink::test
