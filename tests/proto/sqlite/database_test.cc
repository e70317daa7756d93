#include "proto/sqlite/database.h"

#include <filesystem>

#include <gmock/gmock.h>

#include "tests/support/certificates.h"

namespace caspilink::sqlite {
namespace {

class DatabaseTest : public testing::Test {
 protected:
  std::unique_ptr<Database> open(Database::Mode mode = Database::Mode::kReadWrite) {
    auto database = Database::open(file_, mode, 0);
    EXPECT_TRUE(database) << database.error().message();
    return database ? std::move(*database) : nullptr;
  }
  test::TemporaryFolder folder_;
  std::string file_ = (folder_.path() / "a.sqlite").string();
};

TEST_F(DatabaseTest, GivesBackWhatWasBound) {
  const auto database = open();
  database->execute("CREATE TABLE t (a INTEGER, b REAL, c TEXT, d BLOB, e)");
  const std::array<std::byte, 3> bytes{std::byte{0}, std::byte{255}, std::byte{1}};
  Statement put(*database, "INSERT INTO t VALUES (?, ?, ?, ?, ?)");
  put.bind(1, ~std::uint64_t{0}).bind(2, 2.5).bind(3, std::string_view()).bind_blob(4, bytes);
  put.bind_null(5).run();
  EXPECT_EQ(database->changes(), 1);
  Statement get(*database, "SELECT * FROM t");
  ASSERT_TRUE(get.step());
  EXPECT_EQ(get.number(0), ~std::uint64_t{0});
  EXPECT_EQ(get.text(2), "");
  EXPECT_FALSE(get.is_null(2)) << "empty text is not NULL";
  EXPECT_TRUE(std::ranges::equal(get.blob(3), bytes));
  EXPECT_TRUE(get.is_null(4));
  EXPECT_FALSE(get.step());
  EXPECT_FALSE(database->failed());
}

TEST_F(DatabaseTest, AfterAnErrorNothingRunsUntilItIsTaken) {
  const auto database = open();
  database->execute("CREATE TABLE t (a INTEGER PRIMARY KEY)");
  Statement put(*database, "INSERT INTO t VALUES (?)");
  put.bind(1, std::int64_t{1}).run();
  put.bind(1, std::int64_t{1}).run();
  put.bind(1, std::int64_t{2}).run();
  EXPECT_TRUE(database->failed());
  const auto error = database->take_error();
  ASSERT_TRUE(error);
  EXPECT_EQ(error->where, file_);
  EXPECT_FALSE(database->failed());
  EXPECT_EQ(database->value("SELECT count(*) FROM t"), 1);
  put.bind(1, std::int64_t{2}).run();
  EXPECT_EQ(database->value("SELECT count(*) FROM t"), 2);
}

TEST_F(DatabaseTest, SaysWhatKindOfTroubleItIs) {
  EXPECT_EQ(Database::open(file_, Database::Mode::kReadOnly).error().code, ErrorCode::kNotFound);
  {
    const auto database = open();
    database->execute("CREATE TABLE t (a BLOB); PRAGMA max_page_count = 4");
    database->execute("INSERT INTO t VALUES (zeroblob(100000))");
    EXPECT_EQ(database->take_error()->code, ErrorCode::kExhausted);
    database->execute("SELECT * FROM none");
    EXPECT_EQ(database->take_error()->code, ErrorCode::kInternal);
    database->execute("BEGIN EXCLUSIVE");
    const auto other = open();
    other->execute("INSERT INTO t VALUES (1)");
    EXPECT_EQ(other->take_error()->code, ErrorCode::kUnavailable);
  }
  {
    const auto database = open(Database::Mode::kReadOnly);
    database->execute("INSERT INTO t VALUES (1)");
    EXPECT_EQ(database->take_error()->code, ErrorCode::kDenied);
  }
  test::write_file(folder_.path(), "a.sqlite", std::string(8192, 'x'));
  const auto database = open();
  EXPECT_EQ(database->value("SELECT count(*) FROM t"), 0);
  EXPECT_EQ(database->take_error()->code, ErrorCode::kInvalidInput);
}

TEST_F(DatabaseTest, TheCallersReasonFailsATransaction) {
  const auto database = open();
  database->fail_with({ErrorCode::kExhausted, "quota", "full"});
  database->execute("CREATE TABLE t (a)");
  EXPECT_EQ(database->take_error()->detail, "full");
  EXPECT_EQ(database->value("SELECT count(*) FROM sqlite_schema"), 0);
}

}  // namespace
}  // namespace caspilink::sqlite
