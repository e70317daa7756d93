#include "collector/store/sqlite_store.h"

#include <chrono>
#include <cmath>
#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <mutex>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <sys/resource.h>

#include "collector/store/history.h"
#include "collector/store/schema.h"
#include "tests/collector/store/batches.h"
#include "tests/support/certificates.h"

namespace caspilink::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Waits for tickets as ingest does.
class Commits {
 public:
  CommitListener listener() {
    return [this](Commit commit) {
      const std::lock_guard lock(mutex_);
      (commit.error ? failed_ : durable_).insert(commit.tickets.begin(), commit.tickets.end());
      if (commit.error) last_error_ = commit.error->message();
      changed_.notify_all();
    };
  }
  bool wait_durable(Ticket ticket) { return wait(durable_, ticket); }
  bool wait_failed(Ticket ticket) { return wait(failed_, ticket); }
  std::string last_error() {
    const std::lock_guard lock(mutex_);
    return last_error_;
  }

 private:
  bool wait(const std::set<Ticket>& among, Ticket ticket) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20),
                             [&] { return among.contains(ticket); });
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<Ticket> durable_;
  std::set<Ticket> failed_;
  std::string last_error_;
};

class SqliteStoreTest : public testing::Test {
 protected:
  std::unique_ptr<SqliteStore> open(const StoreOptions& options = {}) {
    auto store = SqliteStore::open(directory(), options, commits_.listener());
    EXPECT_TRUE(store) << store.error().message();
    return store ? std::move(*store) : nullptr;
  }
  std::string directory() const { return folder_.path() / "store"; }

  std::vector<BatchRow> batches() {
    std::vector<BatchRow> rows;
    auto history = History::open(directory());
    EXPECT_TRUE(history) << history.error().message();
    EXPECT_TRUE((*history)->batches([&](const BatchRow& row) { rows.push_back(row); }));
    return rows;
  }

  test::TemporaryFolder folder_;
  Commits commits_;
};

TEST_F(SqliteStoreTest, ADurableBatchIsThereAfterReopening) {
  {
    auto store = open();
    store->declare("sumgait", make_catalogue(9), kNow);
    ASSERT_TRUE(commits_.wait_durable(store->append(make_batch("sumgait", 9, 1))));
    ASSERT_TRUE(commits_.wait_durable(store->append(make_batch("sumgait", 9, 2))));
    ASSERT_TRUE(commits_.wait_durable(store->append(make_batch("aktau", 9, 5))));
  }
  auto store = open();
  const Recovered found = store->take_recovered();
  ASSERT_EQ(found.ledger.size(), 2U);
  EXPECT_EQ(found.ledger.at({"sumgait", 9}).ranges(),
            (std::map<std::uint64_t, std::uint64_t>{{1, 2}}));
  EXPECT_TRUE(found.ledger.at({"aktau", 9}).contains(5));
  EXPECT_EQ(store->status().batches, 3U);
}

TEST_F(SqliteStoreTest, WhatRetentionTakesGoesBackToTheDisk) {
  constexpr std::uint64_t kBound = 1'000'000;
  const auto file_size = [this] { return std::filesystem::file_size(database_path(directory())); };
  {
    auto store = open();
    std::minstd_rand random(3);
    for (std::uint64_t sequence = 1; sequence <= 60; ++sequence) {
      auto batch = make_batch("sumgait", 9, sequence, 5000);
      for (double& value : batch->batch.values) value = std::sqrt(static_cast<double>(random()));
      ASSERT_TRUE(commits_.wait_durable(store->append(std::move(batch))));
    }
  }
  ASSERT_GT(file_size(), 2 * kBound);
  {
    auto store = open({.max_bytes = kBound});
    store->sweep(kNow);
    // It goes in rounds, between commits.
    for (std::uint64_t sequence = 1; store->status().bytes > kBound; ++sequence) {
      ASSERT_LT(sequence, 100U) << store->status().bytes;
      ASSERT_TRUE(commits_.wait_durable(store->append(make_batch("aktau", 9, sequence))));
    }
  }
  EXPECT_LE(file_size(), kBound);
  EXPECT_EQ(batches().back().batch.sequence, 60U) << "the newest stay";
}

TEST_F(SqliteStoreTest, TheSameBatchTwiceIsKeptOnceAndReportedTwice) {
  auto store = open();
  const Ticket first = store->append(make_batch("sumgait", 9, 1));
  const Ticket again = store->append(make_batch("sumgait", 9, 1));
  EXPECT_TRUE(commits_.wait_durable(first));
  EXPECT_TRUE(commits_.wait_durable(again));
  EXPECT_EQ(batches().size(), 1U);
  EXPECT_EQ(store->status().batches, 1U);
}

TEST_F(SqliteStoreTest, OfABlockThatIsThereInPartOnlyTheRestIsWritten) {
  auto store = open();
  ASSERT_TRUE(commits_.wait_durable(store->append(make_batch("sumgait", 9, 2))));
  ASSERT_TRUE(commits_.wait_durable(store->append(make_batch("sumgait", 9, 4))));
  std::vector<Ticket> tickets;
  for (std::uint64_t sequence = 1; sequence <= 5; ++sequence) {
    tickets.push_back(store->append(make_batch("sumgait", 9, sequence, 2)));
  }
  for (const Ticket ticket : tickets) EXPECT_TRUE(commits_.wait_durable(ticket));
  std::vector<std::uint64_t> samples;
  for (const BatchRow& row : batches()) samples.push_back(row.samples);
  EXPECT_THAT(samples, ElementsAre(2, 3, 2, 3, 2)) << "the first of each stayed";
}

TEST_F(SqliteStoreTest, IdentitiesUseAll64Bits) {
  constexpr std::uint64_t kLarge = 0xFFFFFFFFFFFFFFFE;
  {
    auto store = open();
    ASSERT_TRUE(commits_.wait_durable(store->append(make_batch("sumgait", kLarge, kLarge))));
  }
  EXPECT_TRUE(open()->take_recovered().ledger.at({"sumgait", kLarge}).contains(kLarge));
  EXPECT_EQ(batches().at(0).batch, (codec::BatchId{kLarge, kLarge}));
}

TEST_F(SqliteStoreTest, ClosingWritesWhatIsQueued) {
  {
    auto store = open();
    for (std::uint64_t sequence = 1; sequence <= 300; ++sequence) {
      store->append(make_batch("sumgait", 9, sequence));
    }
  }
  EXPECT_EQ(batches().size(), 300U);
}

TEST_F(SqliteStoreTest, HistoryShowsSamplesWithTheirMeaningAndLeavesOutWhatWasSetAside) {
  auto store = open();
  store->declare("sumgait", make_catalogue(9), kNow);
  auto batch = make_batch("sumgait", 9, 4);
  batch->set_aside = {SetAside::kNone, SetAside::kOutOfRange, SetAside::kNone};
  ASSERT_TRUE(commits_.wait_durable(store->append(batch)));

  auto history = History::open(directory());
  ASSERT_TRUE(history) << history.error().message();
  std::vector<std::size_t> rows;
  ASSERT_TRUE((*history)->samples({}, [&](const HistoryRow& row) {
    rows.push_back(row.row);
    EXPECT_EQ(row.station, "sumgait");
    EXPECT_EQ(row.point.channel, row.row + 1);
    EXPECT_EQ(row.value, batch->batch.values[row.row]);
    EXPECT_EQ(row.time_unix_ns, batch->batch.times_unix_ns[row.row]);
  }));
  EXPECT_THAT(rows, ElementsAre(0, 2));
  EXPECT_EQ(batches().at(0).samples, 3U);
  EXPECT_EQ(batches().at(0).set_aside, 1U);
}

TEST_F(SqliteStoreTest, HistoryFiltersByStationQuantityAndTime) {
  auto store = open();
  for (const char* station : {"sumgait", "aktau"}) {
    store->declare(station, make_catalogue(9), kNow);
    for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) {
      ASSERT_TRUE(commits_.wait_durable(store->append(make_batch(station, 9, sequence))));
    }
  }
  auto history = History::open(directory());
  ASSERT_TRUE(history);
  const auto count = [&](const HistoryFilter& filter) {
    int rows = 0;
    EXPECT_TRUE((*history)->samples(filter, [&](const HistoryRow&) { ++rows; }));
    return rows;
  };
  EXPECT_EQ(count({}), 18);
  HistoryFilter filter;
  filter.station = "aktau";
  EXPECT_EQ(count(filter), 9);
  filter.from_unix_ns = kNow + 2 * kSecond - 1000;
  EXPECT_EQ(count(filter), 6);
  filter.to_unix_ns = kNow + 3 * kSecond - 1000;
  EXPECT_EQ(count(filter), 3);
  filter.quantity = codec::Quantity::kOsnr;
  EXPECT_EQ(count(filter), 0);
}

TEST_F(SqliteStoreTest, ACorruptBlockIsNamedNotSkipped) {
  {
    auto store = open();
    store->declare("sumgait", make_catalogue(9), kNow);
    ASSERT_TRUE(commits_.wait_durable(store->append(make_batch("sumgait", 9, 1))));
    ASSERT_TRUE(commits_.wait_durable(store->append(make_batch("sumgait", 9, 2))));
  }
  auto database =
      sqlite::Database::open(database_path(directory()), sqlite::Database::Mode::kReadWrite);
  ASSERT_TRUE(database);
  (*database)->execute(
      "UPDATE blocks SET block = (SELECT block FROM blocks WHERE first_sequence = 1)"
      " WHERE first_sequence = 2");
  ASSERT_FALSE((*database)->failed());
  auto history = History::open(directory());
  ASSERT_TRUE(history);
  const auto read = (*history)->samples({}, [](const HistoryRow&) {});
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message(), HasSubstr("sumgait batch 9/2: corrupt block"));
}

TEST_F(SqliteStoreTest, AFullDiskFailsTheBatchAndALaterTrySucceeds) {
  // EFBIG instead of a signal once the file would pass the limit.
  std::signal(SIGXFSZ, SIG_IGN);
  auto store = open();
  ASSERT_TRUE(commits_.wait_durable(store->append(make_batch("sumgait", 9, 1))));
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit tight = before;
  tight.rlim_cur = 4096;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
  const Ticket refused = store->append(make_batch("sumgait", 9, 2, 2000));
  AlarmRecord alarm{.id = 1, .type = "line_cut", .severity = "critical"};
  store->record(alarm);
  const bool failed = commits_.wait_failed(refused);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  ASSERT_TRUE(failed);
  EXPECT_THAT(commits_.last_error(), HasSubstr("SQLite"));

  ASSERT_TRUE(commits_.wait_durable(store->append(make_batch("sumgait", 9, 2, 2000))));
  EXPECT_GE(store->status().failed_commits, 1U);
  store.reset();
  EXPECT_EQ(batches().size(), 2U);
  EXPECT_EQ(open()->take_recovered().standing_alarms.size(), 1U) << "alarms wait for the disk";
}

TEST_F(SqliteStoreTest, AlarmsAreKeptFromRaisedToCleared) {
  AlarmRecord cut{.id = 3,
                  .type = "line_cut",
                  .severity = "critical",
                  .station = {},
                  .fibre_pair = "FP03",
                  .direction = "a-b",
                  .channel = 0,
                  .text = "no light",
                  .raised_unix_ns = kNow,
                  .cleared_unix_ns = std::nullopt};
  AlarmRecord silent{.id = 4, .type = "agent_silent", .severity = "major", .station = "aktau"};
  {
    auto store = open();
    store->record(cut);
    store->record(silent);
    silent.cleared_unix_ns = kNow + kSecond;
    store->record(silent);
  }
  auto recovered = open()->take_recovered();
  EXPECT_THAT(recovered.standing_alarms, ElementsAre(cut));
  EXPECT_EQ(recovered.next_alarm_id, 5U);
  std::vector<AlarmRecord> all;
  auto history = History::open(directory());
  ASSERT_TRUE((*history)->alarms([&](const AlarmRecord& alarm) { all.push_back(alarm); }));
  EXPECT_THAT(all, ElementsAre(cut, silent));
}

TEST_F(SqliteStoreTest, ASecondCollectorIsKeptOut) {
  auto store = open();
  const auto second = SqliteStore::open(directory(), {}, [](const Commit&) {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(second.error().message(), HasSubstr("in use by another collector"));
}

TEST_F(SqliteStoreTest, ANewerStoreIsNotTouched) {
  open().reset();
  {
    auto database =
        sqlite::Database::open(database_path(directory()), sqlite::Database::Mode::kReadWrite);
    (*database)->execute("PRAGMA user_version = 99");
  }
  const auto store = SqliteStore::open(directory(), {}, [](const Commit&) {});
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::kInvalidInput);
  EXPECT_THAT(store.error().message(), HasSubstr("schema version 99"));
}

TEST_F(SqliteStoreTest, AForeignDatabaseIsNotTouched) {
  std::filesystem::create_directories(directory());
  {
    auto database =
        sqlite::Database::open(database_path(directory()), sqlite::Database::Mode::kReadWrite);
    (*database)->execute("CREATE TABLE somebodys (data)");
  }
  const auto store = SqliteStore::open(directory(), {}, [](const Commit&) {});
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message(), HasSubstr("not a collector's store"));
}

TEST_F(SqliteStoreTest, AFileThatIsNoDatabaseIsNamed) {
  std::filesystem::create_directories(directory());
  test::write_file(directory(), "store.sqlite", std::string(8192, 'x'));
  const auto store = SqliteStore::open(directory(), {}, [](const Commit&) {});
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message(), HasSubstr("store.sqlite"));
}

TEST_F(SqliteStoreTest, HistoryOfNothingIsNotFound) {
  const auto history = History::open(folder_.path() / "nowhere");
  ASSERT_FALSE(history);
  EXPECT_EQ(history.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace caspilink::store
