// Disks that refuse or take their time, and a process that stands still.
#include <csignal>
#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/mount.h>

#include "tests/chaos/world.h"
#include "tests/support/paths.h"

namespace caspilink::test {
namespace {

// A small file system of its own.
class Tmpfs {
 public:
  explicit Tmpfs(unsigned long flags = 0)
      : mounted_(mount("tmpfs", path().c_str(), "tmpfs", flags, "size=4m") == 0) {}
  ~Tmpfs() {
    if (mounted_) umount2(path().c_str(), MNT_DETACH);
  }
  Tmpfs(const Tmpfs&) = delete;
  Tmpfs& operator=(const Tmpfs&) = delete;
  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] std::string path() const { return folder_.path().string(); }
  [[nodiscard]] bool make_writable() const {
    return mount("tmpfs", path().c_str(), "tmpfs", MS_REMOUNT, "size=4m") == 0;
  }

 private:
  TemporaryFolder folder_;
  bool mounted_;
};

bool refuses(World& world) {
  std::string body;
  return world.get("/readyz", body) == 503 && body.find("spool") != std::string::npos &&
         world.metric("caspilink_agent_spool_writable") == 0;
}

bool writes(World& world) {
  return world.metric("caspilink_agent_spool_writable") == 1 &&
         world.metric("caspilink_agent_spool_memory_batches") == 0;
}

bool takes(World& world) {
  std::string body;
  return world.get("/readyz", body) == 200 && writes(world);
}

// Everything the agent made has arrived, once, and nothing is dropped.
void expect_whole(World& world) {
  world.stop_counting();
  EXPECT_TRUE(World::wait([&] {
    const double made = world.metric("caspilink_agent_spool_appended_batches_total");
    return world.metric("caspilink_agent_spool_batches") == 0 &&
           world.metric("caspilink_agent_pending_samples") == 0 &&
           static_cast<double>(world.stored_batches()) == made && world.gaps().empty();
  })) << world.gaps();
  EXPECT_EQ(world.metric("caspilink_agent_dropped_samples_total{reason=\"spool_full\"}"), 0);
  EXPECT_EQ(world.complaints({}), "");
  world.end_agent(SIGTERM);
}

TEST(DiskTest, AFullDiskIsAnAlarmWhileTheLiveLaneGoesOnAndRecovers) {
  const Tmpfs disk;
  if (!disk.mounted()) GTEST_SKIP() << "no right to mount a tmpfs";
  World world(disk.path() + "/state");
  world.start_agent();
  ASSERT_TRUE(World::wait([&] { return world.agent_runs(); }));
  world.start_counting();
  ASSERT_TRUE(World::wait([&] { return takes(world) && world.stored_batches() > 5; }));
  // A spool whose batches are taken needs no more room than it has; one that grows does.
  const std::string filler = write_file(disk.path(), "filler", std::string(8 << 20, 'x'));
  world.stop_collector();
  ASSERT_TRUE(World::wait(
      [&] { return refuses(world) && world.metric("caspilink_agent_spool_memory_batches") > 10; }));
  const std::uint64_t before = world.stored_batches();
  world.start_collector();
  EXPECT_TRUE(World::wait([&] { return world.stored_batches() > before + 20; }))
      << "a collector that listens gets what there is";
  std::filesystem::remove(filler);
  EXPECT_TRUE(World::wait([&] { return takes(world); }));
  expect_whole(world);
}

TEST(DiskTest, AReadOnlyDiskAtTheStartIsAnAlarmAndRecovers) {
  const Tmpfs disk(MS_RDONLY);
  if (!disk.mounted()) GTEST_SKIP() << "no right to mount a tmpfs";
  World world(disk.path());
  world.start_agent();
  ASSERT_TRUE(World::wait([&] { return world.agent_runs(); }));
  world.start_counting();
  ASSERT_TRUE(World::wait([&] { return refuses(world) && world.stored_batches() > 5; }));
  ASSERT_TRUE(disk.make_writable());
  EXPECT_TRUE(World::wait([&] { return takes(world); }));
  expect_whole(world);
}

TEST(DiskTest, ADiskThatTurnsReadOnlyUnderwayIsAnAlarmAndRecovers) {
#ifdef CASPILINK_NO_PRELOAD
  GTEST_SKIP() << "a sanitizer's runtime has to come first";
#endif
  const TemporaryFolder folder;
  const std::string read_only = (folder.path() / "read_only").string();
  World world;
  world.start_agent(
      {"LD_PRELOAD=" + binary_dir() + "/lib/troubled_disk.so", "READ_ONLY_WHILE=" + read_only});
  ASSERT_TRUE(World::wait([&] { return world.agent_runs(); }));
  world.start_counting();
  ASSERT_TRUE(World::wait([&] { return takes(world) && world.stored_batches() > 5; }));
  for (const bool collector_listens : {true, false}) {
    if (!collector_listens) world.stop_collector();  // what waits moves to the disk and stays there
    (void)write_file(folder.path(), "read_only", "");
    ASSERT_TRUE(World::wait([&] { return refuses(world); }));
    const std::uint64_t before = world.stored_batches();
    EXPECT_TRUE(World::wait([&] {
      return collector_listens ? world.stored_batches() > before + 20
                               : world.metric("caspilink_agent_spool_memory_batches") > 20;
    }));
    std::filesystem::remove(read_only);
    EXPECT_TRUE(World::wait([&] { return writes(world); })) << "by itself";
  }
  world.start_collector();
  expect_whole(world);
}

TEST(DiskTest, ASlowDiskMakesBatchesLargerAndLosesNothing) {
#ifdef CASPILINK_NO_PRELOAD
  GTEST_SKIP() << "a sanitizer's runtime has to come first";
#endif
  World world;
  world.start_agent({"LD_PRELOAD=" + binary_dir() + "/lib/troubled_disk.so", "SLOW_SYNC_MS=250"});
  ASSERT_TRUE(World::wait([&] { return world.agent_runs(); }));
  world.start_counting();
  ASSERT_TRUE(World::wait(
      [&] { return world.metric("caspilink_agent_spool_appended_batches_total") >= 20; }));
  // At 200 samples a second, one batch of some 50 from each time the log is synchronised, and three
  // or four of 1 or 2 in the 20 ms until the next.
  EXPECT_GT(world.metric("caspilink_agent_spool_appended_samples_total"),
            7 * world.metric("caspilink_agent_spool_appended_batches_total"));
  expect_whole(world);
}

TEST(DiskTest, WhatIsNewNeedNotWaitForTheDiskToBeSent) {
#ifdef CASPILINK_NO_PRELOAD
  GTEST_SKIP() << "a sanitizer's runtime has to come first";
#endif
  const TemporaryFolder folder;
  const std::string gate = (folder.path() / "gate").string();
  World world;
  world.start_agent(
      {"LD_PRELOAD=" + binary_dir() + "/lib/troubled_disk.so", "SLOW_SYNC_WHILE=" + gate});
  ASSERT_TRUE(World::wait([&] { return world.agent_runs(); }));
  world.start_counting();
  ASSERT_TRUE(World::wait([&] { return world.stored_batches() > 0; }));
  world.stop_counting();
  ASSERT_TRUE(World::wait([&] {
    return world.metric("caspilink_agent_spool_batches") == 0 &&
           world.metric("caspilink_agent_spool_appended_batches_total") ==
               static_cast<double>(world.stored_batches());
  }));
  (void)write_file(folder.path(), "gate", "");
  const std::uint64_t before = world.stored_batches();
  world.start_counting();
  EXPECT_TRUE(World::wait([&] { return world.stored_batches() > before; }));
  std::filesystem::remove(gate);
  expect_whole(world);
}

TEST(StoppedProcessTest, LosesNothingThatWasSaidToIt) {
  World world;
  world.start_agent();
  ASSERT_TRUE(World::wait([&] { return world.agent_runs(); }));
  world.start_counting();
  ASSERT_TRUE(World::wait([&] { return world.stored_batches() > 5; }));
  world.signal_agent(SIGSTOP);
  std::this_thread::sleep_for(std::chrono::seconds(4));  // more than it bears of silence
  const std::uint64_t before = world.stored_batches();
  world.signal_agent(SIGCONT);
  EXPECT_TRUE(World::wait([&] { return world.stored_batches() > before + 5; }));
  expect_whole(world);
}

}  // namespace
}  // namespace caspilink::test
