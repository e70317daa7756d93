#include "collector/store/backup.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>

#include "collector/store/history.h"
#include "collector/store/sqlite_store.h"
#include "proto/sqlite/database.h"
#include "tests/collector/store/batches.h"
#include "tests/support/certificates.h"

namespace caspilink::store {
namespace {

using testing::HasSubstr;

class BackupTest : public testing::Test {
 protected:
  std::string directory() const { return folder_.path() / "store"; }
  std::string target() const { return folder_.path() / "copy.sqlite"; }
  std::unique_ptr<SqliteStore> open(const std::string& directory, CommitListener listener) {
    return SqliteStore::open(directory, {}, std::move(listener)).value();
  }

  test::TemporaryFolder folder_;
};

TEST_F(BackupTest, BesideARunningWriterItHoldsEverythingThatWasDurableBefore) {
  std::atomic<std::uint64_t> durable = 0;
  auto store = open(directory(), [&](const Commit& commit) { durable += commit.tickets.size(); });
  store->declare("aktau", make_catalogue(9), kNow);
  std::atomic<bool> stop = false;
  std::atomic<std::uint64_t> sent = 0;
  std::thread writer([&] {
    while (!stop) {
      if (sent - durable < 64) store->append(make_batch("aktau", 9, ++sent, 50));
    }
  });
  while (durable < 200) std::this_thread::yield();
  const std::uint64_t before = durable;
  const auto done = back_up(directory(), target());
  stop = true;
  writer.join();
  ASSERT_TRUE(done) << done.error().message();

  // Restored as the README says.
  const std::string restored = folder_.path() / "restored";
  std::filesystem::create_directories(restored);
  std::filesystem::rename(target(), database_path(restored));
  const auto found = open(restored, [](const Commit&) {})->take_recovered();
  const IntervalSet& ledger = found.ledger.at({"aktau", 9});
  ASSERT_EQ(ledger.intervals(), 1U);
  EXPECT_GE(ledger.ranges().begin()->second, before);
  std::uint64_t rows = 0;
  const auto read =
      History::open(restored).value()->samples({}, [&](const HistoryRow&) { ++rows; });
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(rows, ledger.ranges().begin()->second * 3) << "three of fifty series are declared";
}

TEST_F(BackupTest, AFileThatIsThereStays) {
  open(directory(), [](const Commit&) {}).reset();
  test::write_file(folder_.path(), "copy.sqlite", "mine");
  const auto done = back_up(directory(), target());
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kInvalidInput);
  std::ifstream file(target());
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "mine");
}

TEST_F(BackupTest, WithoutAStoreThereIsNothingLeftBehind) {
  const auto done = back_up(folder_.path() / "nowhere", target());
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(target()));
  EXPECT_FALSE(std::filesystem::exists(target() + ".partial"));
}

TEST_F(BackupTest, AFolderThatIsNotThereIsSaid) {
  open(directory(), [](const Commit&) {}).reset();
  const auto done = back_up(directory(), folder_.path() / "no" / "copy.sqlite");
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message(), HasSubstr("unable to open database"));
}

TEST_F(BackupTest, ADamagedStoreGivesNoBackup) {
  {
    auto store = open(directory(), [](const Commit&) {});
    for (std::uint64_t sequence = 1; sequence <= 40; sequence += 2) {
      store->append(make_batch("aktau", 9, sequence, 2000));
    }
  }
  std::fstream file(database_path(directory()), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(16'384 * 2);
  file << std::string(16'384 * 8, '\xA5');
  file.close();
  EXPECT_FALSE(back_up(directory(), target()));
  EXPECT_FALSE(std::filesystem::exists(target()));
}

}  // namespace
}  // namespace caspilink::store
