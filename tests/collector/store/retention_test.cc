// Retention against the writer itself: no thread, no waiting.
#include <gtest/gtest.h>

#include "collector/store/schema.h"
#include "collector/store/writer.h"
#include "tests/collector/store/batches.h"
#include "tests/support/certificates.h"

namespace caspilink::store {
namespace {

class RetentionTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::string path = folder_.path() / "store.sqlite";
    database_ = sqlite::Database::open(path, sqlite::Database::Mode::kReadWrite).value();
    database_->execute("PRAGMA auto_vacuum = INCREMENTAL");
    ASSERT_TRUE(migrate(*database_, path));
  }

  void fill(Writer& writer, std::uint64_t from, std::uint64_t to, std::size_t rows = 3) {
    writer.begin();
    writer.declare("sumgait", make_catalogue(9), kNow);
    // A block each: what retention takes and leaves.
    for (std::uint64_t sequence = from; sequence <= to; ++sequence) {
      append(writer, make_batch("sumgait", 9, sequence, rows));
    }
    commit(writer);
  }
  static void append(Writer& writer, std::shared_ptr<const JudgedBatch> batch) {
    Packer packer;
    writer.append(packer.pack({std::move(batch)}).value().front());
  }
  static void commit(Writer& writer) {
    Error error;
    ASSERT_TRUE(writer.commit(error)) << error.message();
  }
  static void sweep(Writer& writer, std::int64_t now) {
    for (bool more = true; more;) {
      writer.begin();
      writer.trim(now);
      more = writer.retire(now);
      commit(writer);
    }
  }

  test::TemporaryFolder folder_;
  std::unique_ptr<sqlite::Database> database_;
};

TEST_F(RetentionTest, OldBatchesGoAndStayDuplicates) {
  Writer writer(*database_, {.keep_ns = 10 * kSecond});
  fill(writer, 1, 20);
  sweep(writer, kNow + 20 * kSecond);
  EXPECT_EQ(writer.batches(), 11U);
  const auto ledger = writer.recover().ledger;
  EXPECT_EQ(ledger.at({"sumgait", 9}).ranges(), (std::map<std::uint64_t, std::uint64_t>{{1, 20}}));
}

TEST_F(RetentionTest, GapsAreRememberedAsGaps) {
  Writer writer(*database_, {.keep_ns = kSecond});
  fill(writer, 1, 3);
  fill(writer, 7, 9);
  sweep(writer, kNow + 1000 * kSecond);
  EXPECT_EQ(writer.batches(), 0U);
  const auto ledger = writer.recover().ledger;
  EXPECT_EQ(ledger.at({"sumgait", 9}).ranges(),
            (std::map<std::uint64_t, std::uint64_t>{{1, 3}, {7, 9}}));
  EXPECT_EQ(database_->value("SELECT count(*) FROM series"), 0);
}

TEST_F(RetentionTest, MoreThanOneChunkGoes) {
  Writer writer(*database_, {.keep_ns = kSecond});
  fill(writer, 1, 4500, 1);
  sweep(writer, kNow + 10'000 * kSecond);
  EXPECT_EQ(writer.batches(), 0U);
}

TEST_F(RetentionTest, TheSizeBoundTakesTheOldestOnly) {
  Writer writer(*database_, {.max_bytes = 150'000});
  fill(writer, 1, 600, 200);
  ASSERT_GT(writer.bytes(), 150'000U);
  sweep(writer, kNow);
  EXPECT_LE(writer.bytes(), 150'000U);
  EXPECT_GT(writer.bytes(), 75'000U);
  EXPECT_EQ(database_->value("SELECT max(first_sequence) FROM blocks"), 600);
  EXPECT_GT(database_->value("SELECT min(first_sequence) FROM blocks"), 1);
}

TEST_F(RetentionTest, SetAsideAndRefusedAreBounded) {
  Writer writer(*database_, {.max_set_aside_rows = 5, .max_refused_rows = 2});
  writer.begin();
  for (std::uint64_t sequence = 1; sequence <= 10; ++sequence) {
    auto batch = make_batch("sumgait", 9, sequence, 1);
    batch->set_aside = {SetAside::kOutOfRange};
    append(writer, batch);
    writer.refuse({.agent = "sumgait", .id = {9, sequence}, .reason = "columns"});
  }
  commit(writer);
  sweep(writer, kNow);
  EXPECT_EQ(database_->value("SELECT count(*) FROM set_aside"), 5);
  EXPECT_EQ(database_->value("SELECT min(sequence) FROM set_aside"), 6);
  EXPECT_EQ(database_->value("SELECT count(*) FROM refused"), 2);
}

TEST_F(RetentionTest, WithoutBoundsNothingGoes) {
  Writer writer(*database_, {});
  fill(writer, 1, 50);
  sweep(writer, kNow + 1'000'000 * kSecond);
  EXPECT_EQ(writer.batches(), 50U);
}

}  // namespace
}  // namespace caspilink::store
