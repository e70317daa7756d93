#include "agent/spool/sqlite_spool.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <span>

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/agent/spool/batches.h"
#include "tests/support/certificates.h"

namespace caspilink::spool {
namespace {

constexpr std::size_t kPage = 4096;

class SqliteSpoolTest : public testing::Test {
 protected:
  std::unique_ptr<SqliteSpool> open(Bounds bounds = {}, std::uint32_t max_pages = 0) {
    auto spool = SqliteSpool::open({.file = file_, .bounds = bounds, .max_pages = max_pages});
    EXPECT_TRUE(spool) << spool.error().message();
    return spool ? std::move(*spool) : nullptr;
  }

  void fill(std::uint64_t batches) {
    auto spool = open();
    const auto series = series_of(3);
    for (std::uint64_t sequence = 1; sequence <= batches; ++sequence) {
      ASSERT_TRUE(spool->append(
          batch_of(9, sequence, 1500),
          sequence == 1 ? std::span(series) : std::span<const codec::Declaration>(), kStart));
    }
  }

  std::string read_file() {
    std::ifstream in(file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write_file(const std::string& bytes) {
    std::ofstream(file_, std::ios::binary | std::ios::trunc) << bytes;
    std::filesystem::remove(file_ + "-wal");
  }

  test::TemporaryFolder folder_;
  std::string file_ = (folder_.path() / "spool.sqlite").string();
};

TEST_F(SqliteSpoolTest, ReopeningFindsBatchesBootsAndCatalogues) {
  fill(3);
  auto spool = open();
  const auto all = all_of(*spool);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[2].batch, batch_of(9, 3, 1500));
  EXPECT_EQ(spool->catalogue(9, 1, 10)->series, series_of(3));
  EXPECT_EQ(spool->stats().batches, 3U);
  EXPECT_EQ(spool->stats().samples, 4500U);
  EXPECT_EQ(spool->stats().oldest_unix_ns, kStart);
  EXPECT_EQ(spool->stats().appended_batches, 0U) << "counts since opening";
}

TEST_F(SqliteSpoolTest, ANewBootStandsBehindTheOldOnes) {
  fill(3);
  auto spool = open();
  const auto position = spool->append(batch_of(1, 1), {}, kStart);
  ASSERT_TRUE(position);
  EXPECT_EQ(all_of(*spool).back().batch.id.boot, 1U);
  EXPECT_EQ(all_of(*spool).front().batch.id.boot, 9U);
}

TEST_F(SqliteSpoolTest, SequencesGoOnAfterReopening) {
  fill(3);
  auto spool = open();
  EXPECT_FALSE(spool->append(batch_of(9, 3), {}, kStart));
  EXPECT_TRUE(spool->append(batch_of(9, 4), {}, kStart));
}

TEST_F(SqliteSpoolTest, AKilledProcessLosesNothingItAppended) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto spool = SqliteSpool::open({.file = file_, .bounds = {}});
    for (std::uint64_t sequence = 1; sequence <= 1'000'000; ++sequence) {
      if (!(*spool)->append(batch_of(9, sequence), {}, kStart)) _exit(1);
      if (write(pipe_ends[1], &sequence, sizeof sequence) < 0) _exit(1);
    }
    _exit(0);
  }
  close(pipe_ends[1]);
  std::uint64_t told = 0;
  while (told < 40) ASSERT_EQ(read(pipe_ends[0], &told, sizeof told), ssize_t{sizeof told});
  kill(child, SIGKILL);
  for (std::uint64_t more = 0; read(pipe_ends[0], &more, sizeof more) == sizeof more;) told = more;
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  close(pipe_ends[0]);

  auto spool = open();
  const auto all = all_of(*spool);
  ASSERT_GE(all.size(), told);
  for (std::size_t index = 0; index < all.size(); ++index) {
    EXPECT_EQ(all[index].batch, batch_of(9, index + 1));
  }
  EXPECT_EQ(spool->stats().damaged_records, 0U);
}

TEST_F(SqliteSpoolTest, ASecondOwnerIsRefusedWithAHint) {
  auto spool = open();
  ASSERT_TRUE(spool->append(batch_of(9, 1), {}, kStart));
  const auto second = SqliteSpool::open({.file = file_, .bounds = {}});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kDenied);
  EXPECT_THAT(second.error().message(), testing::HasSubstr("another agent"));
}

TEST_F(SqliteSpoolTest, AFolderThatDoesNotExistIsAnError) {
  const auto spool = SqliteSpool::open(
      {.file = (folder_.path() / "none" / "spool.sqlite").string(), .bounds = {}});
  ASSERT_FALSE(spool);
  EXPECT_EQ(spool.error().code, ErrorCode::kUnavailable);
}

TEST_F(SqliteSpoolTest, AFileOfANewerVersionIsLeftAlone) {
  fill(1);
  std::string bytes = read_file();
  bytes[63] = 9;  // PRAGMA user_version, big-endian at offset 60
  write_file(bytes);
  const auto spool = SqliteSpool::open({.file = file_, .bounds = {}});
  ASSERT_FALSE(spool);
  EXPECT_EQ(spool.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(spool.error().message(), testing::HasSubstr("layout 9"));
  EXPECT_EQ(read_file()[63], 9);
}

TEST_F(SqliteSpoolTest, AFileOfNoiseStepsAside) {
  write_file(std::string(3 * kPage, 'x'));
  auto spool = open();
  EXPECT_EQ(spool->stats().damaged_files, 1U);
  EXPECT_TRUE(spool->append(batch_of(9, 1), {}, kStart));
  EXPECT_TRUE(std::filesystem::exists(file_ + ".damaged"));
}

TEST_F(SqliteSpoolTest, AnEmptyFileIsANewSpool) {
  write_file("");
  auto spool = open();
  EXPECT_EQ(spool->stats().damaged_files, 0U);
  EXPECT_TRUE(spool->append(batch_of(9, 1), {}, kStart));
}

// Whatever page is lost, what comes back is true, little is missing, and the spool works on.
TEST_F(SqliteSpoolTest, AnyRuinedPageCostsLittleAndInventsNothing) {
  constexpr std::uint64_t kBatches = 180;
  fill(kBatches);
  const std::string whole = read_file();
  const std::size_t pages = whole.size() / kPage;
  ASSERT_GT(pages, 30U);
  std::size_t noticed = 0;
  for (std::size_t page = 0; page < pages; ++page) {
    SCOPED_TRACE(testing::Message() << "page " << page + 1 << " of " << pages);
    std::string ruined = whole;
    ruined.replace(page * kPage, kPage, std::string(kPage, '\xa5'));
    write_file(ruined);
    auto spool = open();
    ASSERT_NE(spool, nullptr);
    std::set<std::uint64_t> found;
    for (const auto& stored : all_of(*spool)) {
      EXPECT_EQ(stored.batch, batch_of(9, stored.batch.id.sequence, 1500));
      EXPECT_TRUE(found.insert(stored.batch.id.sequence).second) << "twice";
    }
    // Page 1 and the tree's upper pages may cost everything; a leaf or a record costs a few.
    if (spool->stats().damaged_records + spool->stats().damaged_files > 0) ++noticed;
    if (found.size() < kBatches) {
      EXPECT_GT(spool->stats().damaged_records + spool->stats().damaged_files, 0U)
          << "a loss that is not counted";
    }
    if (page > 6) {
      EXPECT_GE(found.size() + 20, kBatches);
    }
    EXPECT_TRUE(spool->append(batch_of(77, 1), {}, kStart)) << "the spool no longer works";
  }
  EXPECT_GT(noticed, pages / 2);
}

TEST_F(SqliteSpoolTest, WhatLiesBetweenTwoRuinedPagesOfTwoBootsIsFound) {
  constexpr std::size_t kBatches = 100;
  {
    auto spool = open();
    for (const std::uint64_t boot : {9, 10}) {
      for (std::uint64_t sequence = 1; sequence <= kBatches; ++sequence) {
        ASSERT_TRUE(spool->append(batch_of(boot, sequence, 1500), {}, kStart));
      }
    }
  }
  std::string bytes = read_file();
  for (const std::size_t quarter : {1, 3}) {
    const std::size_t at = bytes.size() * quarter / 4 / kPage * kPage;
    bytes.replace(at, kPage, std::string(kPage, '\xa5'));
  }
  write_file(bytes);
  auto spool = open();
  std::set<codec::BatchId> found;
  for (const auto& stored : all_of(*spool)) {
    EXPECT_TRUE(found.insert(stored.batch.id).second) << "twice";
  }
  EXPECT_EQ(spool->stats().damaged_files, 1U);
  const std::size_t in_a_page = 2 * kBatches / (bytes.size() / kPage) + 1;
  EXPECT_GE(found.size(), 2 * kBatches - 2 * in_a_page)
      << "of " << bytes.size() / kPage << " pages";
}

TEST_F(SqliteSpoolTest, AMendingThatFailsIsDoneAgainFromTheDamagedFile) {
  constexpr std::uint64_t kBatches = 60;
  fill(kBatches);
  std::string bytes = read_file();
  bytes.replace(bytes.size() / 2 / kPage * kPage, kPage, std::string(kPage, '\xa5'));
  write_file(bytes);
  {
    auto spool = open({}, 8);  // pages: a full disk
    (void)all_of(*spool);
    EXPECT_TRUE(spool->stats().trouble);
    EXPECT_TRUE(spool->append(batch_of(77, 1), {}, kStart)) << "in memory";
    EXPECT_FALSE(spool->flush());
    EXPECT_FALSE(spool->flush());
  }
  auto spool = open();
  EXPECT_GE(all_of(*spool).size(), kBatches - 20);
  EXPECT_FALSE(spool->stats().trouble);
}

TEST_F(SqliteSpoolTest, ATornFileGivesWhatIsLeftOfIt) {
  fill(60);
  const std::string whole = read_file();
  write_file(whole.substr(0, whole.size() / 2 / kPage * kPage));
  auto spool = open();
  const auto found = all_of(*spool);
  EXPECT_GT(found.size(), 5U);
  EXPECT_LT(found.size(), 60U);
  EXPECT_GT(spool->stats().damaged_records + spool->stats().damaged_files, 0U);
  EXPECT_TRUE(spool->append(batch_of(77, 1), {}, kStart));
}

TEST_F(SqliteSpoolTest, ADamagedRecordIsSetAsideAndCounted) {
  fill(10);
  std::string bytes = read_file();
  // The first two bytes of a zstd frame's magic number, behind a row's header.
  const std::size_t record = bytes.rfind("\x28\xb5\x2f\xfd");
  ASSERT_NE(record, std::string::npos);
  bytes[record + 40] = static_cast<char>(bytes[record + 40] ^ 0x10);
  write_file(bytes);
  auto spool = open();
  EXPECT_EQ(all_of(*spool).size(), 9U);
  EXPECT_EQ(spool->stats().damaged_records, 1U);
  EXPECT_EQ(spool->stats().damaged_files, 0U);
  EXPECT_EQ(spool->stats().batches, 9U);
  EXPECT_EQ(all_of(*spool).size(), 9U);
  EXPECT_EQ(spool->stats().damaged_records, 1U) << "counted once";
}

TEST_F(SqliteSpoolTest, AFullDiskIsSaidAndBatchesWaitInMemoryUntilThereIsRoom) {
  auto spool = open({}, 40);
  const auto series = series_of(3);
  std::uint64_t sequence = 0;
  std::vector<Position> positions;
  while (!spool->stats().trouble && sequence < 1000) {
    ++sequence;
    const auto position = spool->append(batch_of(9, sequence, 1500), {}, kStart);
    ASSERT_TRUE(position) << position.error().message();
    positions.push_back(*position);
  }
  ASSERT_TRUE(spool->stats().trouble) << "no alarm";
  ASSERT_TRUE(spool->append(batch_of(9, ++sequence, 1500), series, kStart));
  EXPECT_EQ(spool->stats().memory_batches, 2U);
  EXPECT_EQ(spool->stats().batches, sequence);
  EXPECT_EQ(all_of(*spool).back().batch, batch_of(9, sequence, 1500)) << "in its place";
  EXPECT_EQ(spool->catalogue(9, 1, 9)->series, series);
  EXPECT_FALSE(spool->flush()) << "no room yet";

  for (const Position position : std::span(positions).first(20)) spool->forget(position);
  ASSERT_TRUE(spool->flush());
  EXPECT_EQ(spool->stats().trouble, std::nullopt);
  EXPECT_EQ(spool->stats().memory_batches, 0U);
  EXPECT_EQ(all_of(*spool).size(), sequence - 20);
  spool.reset();
  EXPECT_EQ(all_of(*open()).size(), sequence - 20) << "on the disk";
  EXPECT_EQ(open()->catalogue(9, 1, 9)->series, series);
}

// A folder where the file should be: cannot be opened, even by root.
TEST_F(SqliteSpoolTest, ASpoolThatCannotBeOpenedStartsInMemoryAndFindsItsFileLater) {
  fill(4);
  const std::string hidden = file_ + ".hidden";
  std::filesystem::rename(file_, hidden);
  std::filesystem::create_directory(file_);
  auto spool = open();
  ASSERT_NE(spool, nullptr);
  EXPECT_TRUE(spool->stats().trouble);
  const auto series = series_of(2);
  const auto first = spool->append(batch_of(5, 1), series, kStart);
  const auto second = spool->append(batch_of(5, 2), {}, kStart);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(all_of(*spool).size(), 2U);
  EXPECT_EQ(spool->catalogue(5, 1, 9)->series, series);
  EXPECT_FALSE(spool->flush());
  spool->forget(*first);

  std::filesystem::remove(file_);
  std::filesystem::rename(hidden, file_);
  ASSERT_TRUE(spool->flush());
  EXPECT_EQ(spool->stats().trouble, std::nullopt);
  EXPECT_EQ(spool->position_of({5, 2}), *second);
  auto all = all_of(*spool);
  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(all.back().position, *second);
  ASSERT_TRUE(spool->append(batch_of(5, 3), {}, kStart));
  spool.reset();
  all = all_of(*open());
  ASSERT_EQ(all.size(), 6U);
  EXPECT_EQ(all[5].batch, batch_of(5, 3));
}

TEST_F(SqliteSpoolTest, MemoryIsBoundedToo) {
  std::filesystem::create_directory(file_);
  for (const Keep keep : {Keep::kOldest, Keep::kNewest}) {
    auto spool = open({.keep = keep, .max_memory_bytes = 3000});
    std::uint64_t refused = 0;
    std::uint64_t sequence = 1;
    for (int attempt = 0; attempt < 50; ++attempt) {
      const auto kept = spool->append(batch_of(5, sequence), {}, kStart);
      sequence += kept ? 1 : 0;
      refused += kept ? 0 : 1;
      if (!kept) {
        EXPECT_EQ(kept.error().code, ErrorCode::kExhausted);
      }
      EXPECT_LE(spool->stats().memory_bytes, 3000U);
    }
    const auto all = all_of(*spool);
    ASSERT_FALSE(all.empty());
    EXPECT_EQ(all.front().batch.id.sequence == 1, keep == Keep::kOldest);
    EXPECT_EQ(refused > 0, keep == Keep::kOldest);
    EXPECT_EQ(spool->stats().evicted_batches + refused + all.size(), 50U);
  }
}

TEST_F(SqliteSpoolTest, KeepingTheOldestRefusesTheNewest) {
  auto spool = open({.max_bytes = 3000, .keep = Keep::kOldest});
  std::uint64_t sequence = 1;
  while (spool->append(batch_of(9, sequence), {}, kStart)) ++sequence;
  const auto refused = spool->append(batch_of(9, sequence), {}, kStart);
  EXPECT_EQ(refused.error().code, ErrorCode::kExhausted);
  EXPECT_EQ(all_of(*spool).front().batch.id.sequence, 1U);
  EXPECT_EQ(spool->stats().evicted_batches, 0U);
  EXPECT_LE(spool->stats().bytes, 3000U);
  spool->forget(all_of(*spool).front().position);
  EXPECT_TRUE(spool->append(batch_of(9, sequence), {}, kStart)) << "room, and no gap";
}

TEST_F(SqliteSpoolTest, KeepingTheNewestEvictsTheOldestAndCountsIt) {
  auto spool = open({.max_bytes = 3000, .keep = Keep::kNewest});
  for (std::uint64_t sequence = 1; sequence <= 60; ++sequence) {
    ASSERT_TRUE(spool->append(batch_of(9, sequence), {}, kStart));
    EXPECT_LE(spool->stats().bytes, 3000U);
  }
  const auto all = all_of(*spool);
  EXPECT_EQ(all.back().batch.id.sequence, 60U);
  EXPECT_EQ(spool->stats().evicted_batches + all.size(), 60U);
  EXPECT_EQ(spool->stats().evicted_samples, spool->stats().evicted_batches * 50);
}

TEST_F(SqliteSpoolTest, WhatIsTooOldGoesUnderEitherPolicy) {
  auto spool = open({.max_age_ns = 10 * kSecond, .keep = Keep::kOldest});
  ASSERT_TRUE(spool->append(batch_of(9, 1), {}, kStart));
  ASSERT_TRUE(spool->append(batch_of(9, 2), {}, kStart + 6 * kSecond));
  ASSERT_TRUE(spool->append(batch_of(9, 3), {}, kStart + 12 * kSecond));
  const auto all = all_of(*spool);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].batch.id.sequence, 2U);
  EXPECT_EQ(spool->stats().evicted_batches, 1U);
  EXPECT_EQ(spool->stats().oldest_unix_ns, kStart + 6 * kSecond);
}

TEST_F(SqliteSpoolTest, BootsWithNothingLeftAreForgottenAtTheNextOpening) {
  fill(2);
  {
    auto spool = open();
    for (const auto& stored : all_of(*spool)) spool->forget(stored.position);
  }
  auto spool = open();
  EXPECT_EQ(spool->position_of({9, 1}), std::nullopt);
  EXPECT_TRUE(spool->catalogue(9, 1, 10)->series.empty());
}

TEST_F(SqliteSpoolTest, WhatWasForgottenStaysForgottenOverAReopening) {
  fill(5);
  {
    auto spool = open();
    spool->forget(all_of(*spool)[1].position);
  }
  EXPECT_EQ(all_of(*open()).size(), 4U);
}

}  // namespace
}  // namespace caspilink::spool
