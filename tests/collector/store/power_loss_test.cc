// The promise of each fsync policy, on a disk that loses what was not synced.
#include <atomic>
#include <filesystem>

#include <gmock/gmock.h>

#include "collector/store/history.h"
#include "collector/store/sqlite_store.h"
#include "proto/sqlite/database.h"
#include "tests/collector/store/batches.h"
#include "tests/collector/store/lossy_disk.h"
#include "tests/support/certificates.h"

namespace caspilink::store {
namespace {

constexpr std::uint64_t kBatches = 400;

struct Crash {
  std::string folder;
  std::uint64_t acknowledged = 0;  // before it, counting from the first
};

class PowerLossTest : public testing::Test {
 protected:
  // Writes batches, a window at a time, and loses power again and again meanwhile.
  std::vector<Crash> run(FsyncPolicy fsync, double survives) {
    std::vector<Crash> crashes;
    std::atomic<std::uint64_t> acknowledged = 0;
    std::mt19937 random(20261126);
    auto store =
        SqliteStore::open(folder_.path() / "store", {.fsync = fsync}, [&](const Commit& commit) {
          EXPECT_FALSE(commit.error);
          acknowledged += commit.tickets.size();
          acknowledged.notify_all();
        }).value();
    int steps = 0;
    disk_.before_each([&] {
      if (++steps % 5 != 0 || crashes.size() == 25) return;
      Crash crash{.folder = folder_.path() / ("crash" + std::to_string(crashes.size())),
                  .acknowledged = acknowledged};
      disk_.crash_into(crash.folder, random, survives);
      crashes.push_back(std::move(crash));
    });
    store->declare("aktau", make_catalogue(9), kNow);
    for (std::uint64_t sent = 1; sent <= kBatches; ++sent) {
      store->append(make_batch("aktau", 9, sent, 200));
      // Wait like an agent with a window of 16.
      for (std::uint64_t seen = acknowledged; seen + 16 < sent; seen = acknowledged) {
        acknowledged.wait(seen);
      }
    }
    store.reset();
    disk_.before_each(nullptr);
    EXPECT_GE(crashes.size(), 10U);
    return crashes;
  }

  // Sequences that are there after the crash, 1 to this; the store must be sound.
  static std::uint64_t found(const Crash& crash) {
    {
      auto store =
          SqliteStore::open(crash.folder, {.fsync = FsyncPolicy::kNever}, [](const Commit&) {});
      EXPECT_TRUE(store) << crash.folder << ": " << store.error().message();
    }
    auto database =
        sqlite::Database::open(database_path(crash.folder), sqlite::Database::Mode::kReadOnly);
    EXPECT_TRUE(database);
    sqlite::Statement check(**database, "PRAGMA integrity_check");
    EXPECT_TRUE(check.step());
    EXPECT_EQ(check.text(0), "ok") << crash.folder;
    std::uint64_t batches = 0;
    const auto read = History::open(crash.folder)
                          .value()
                          ->follow(0, SIZE_MAX, [&](const FollowedBatch& followed) {
                            EXPECT_EQ(followed.batch, *make_batch("aktau", 9, ++batches, 200));
                          });
    EXPECT_TRUE(read) << read.error().message();
    return batches;
  }

  test::TemporaryFolder folder_;
  test::LossyDisk disk_;
};

TEST_F(PowerLossTest, WithASyncACommitNothingAcknowledgedIsLost) {
  for (const Crash& crash : run(FsyncPolicy::kEveryCommit, 0)) {
    EXPECT_GE(found(crash), crash.acknowledged) << crash.folder;
  }
}

TEST_F(PowerLossTest, NorWhereSomeOfTheLaterWritesReachTheDisk) {
  for (const Crash& crash : run(FsyncPolicy::kEveryCommit, 0.5)) {
    EXPECT_GE(found(crash), crash.acknowledged) << crash.folder;
  }
}

TEST_F(PowerLossTest, WithASyncACheckpointTheStoreStaysSoundAndMayBeBehind) {
  bool behind = false;
  for (const Crash& crash : run(FsyncPolicy::kOnCheckpoint, 0.5)) {
    // Before the first checkpoint not even the tables need be there; opening makes them.
    behind |= found(crash) < crash.acknowledged;
  }
  EXPECT_TRUE(behind) << "else this disk loses nothing and the tests above prove nothing";
}

}  // namespace
}  // namespace caspilink::store
