// Stores written by every released version, brought to this one: what they held is still there.
#include <gmock/gmock.h>

#include "collector/store/history.h"
#include "collector/store/schema.h"
#include "collector/store/sqlite_store.h"
#include "tests/collector/store/batches.h"
#include "tests/support/certificates.h"

namespace caspilink::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// The schema as version 1 made it, and rows as it wrote them. Never to be changed.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE boots (
  id INTEGER PRIMARY KEY,
  agent TEXT NOT NULL,
  boot INTEGER NOT NULL,
  declared_unix_ns INTEGER NOT NULL,
  UNIQUE (agent, boot)
);
CREATE TABLE series (
  boot_id INTEGER NOT NULL REFERENCES boots (id),
  number INTEGER NOT NULL,
  quantity INTEGER NOT NULL,
  statistic INTEGER NOT NULL,
  source TEXT NOT NULL,
  component TEXT NOT NULL,
  fibre_pair TEXT NOT NULL,
  channel INTEGER NOT NULL,
  element TEXT NOT NULL,
  peer TEXT NOT NULL,
  PRIMARY KEY (boot_id, number)
) WITHOUT ROWID;
CREATE TABLE batches (
  id INTEGER PRIMARY KEY,
  boot_id INTEGER NOT NULL REFERENCES boots (id),
  sequence INTEGER NOT NULL,
  received_unix_ns INTEGER NOT NULL,
  oldest_unix_ns INTEGER NOT NULL,
  newest_unix_ns INTEGER NOT NULL,
  samples INTEGER NOT NULL,
  set_aside INTEGER NOT NULL,
  block BLOB NOT NULL
);
CREATE UNIQUE INDEX batches_identity ON batches (boot_id, sequence);
CREATE TABLE retired (
  boot_id INTEGER NOT NULL REFERENCES boots (id),
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY (boot_id, first)
) WITHOUT ROWID;
CREATE TABLE set_aside (
  id INTEGER PRIMARY KEY,
  boot_id INTEGER NOT NULL REFERENCES boots (id),
  sequence INTEGER NOT NULL,
  row INTEGER NOT NULL,
  number INTEGER NOT NULL,
  time_unix_ns INTEGER NOT NULL,
  value REAL,
  reason INTEGER NOT NULL
);
CREATE TABLE refused (
  id INTEGER PRIMARY KEY,
  agent TEXT NOT NULL,
  boot INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  received_unix_ns INTEGER NOT NULL,
  reason TEXT NOT NULL
);
CREATE TABLE alarms (
  id INTEGER PRIMARY KEY,
  type TEXT NOT NULL,
  severity TEXT NOT NULL,
  station TEXT NOT NULL,
  fibre_pair TEXT NOT NULL,
  direction TEXT NOT NULL,
  channel INTEGER NOT NULL,
  text TEXT NOT NULL,
  raised_unix_ns INTEGER NOT NULL,
  cleared_unix_ns INTEGER
);
CREATE INDEX alarms_standing ON alarms (id) WHERE cleared_unix_ns IS NULL;
PRAGMA application_id = 0x434C5354;
PRAGMA user_version = 1;
INSERT INTO boots VALUES (1, 'sumgait', -2, 1800000000000000000);
INSERT INTO series VALUES (1, 1, 11, 0, 'slte-1', 'och-FP01-1', 'FP01', 1, '', '');
INSERT INTO batches VALUES (7, 1, 5, 1800000005000000000, 1800000004999999000,
  1800000004999999001, 2, 1, X'28B52FFD2431550100040201FEFF050002040210B0B8CFDBF79DF1FA31020014C000000000000015C00003031000A28E36B80149F402F4');
INSERT INTO retired VALUES (1, 1, 4);
INSERT INTO set_aside VALUES (1, 1, 5, 1, 9, 1800000004999999001, -5.25, 3);
INSERT INTO refused VALUES (1, 'aktau', 3, 4, 1800000000000000000, 'columns of unequal length');
INSERT INTO alarms VALUES (3, 'line_cut', 'critical', '', 'FP03', 'a-b', 0, 'no light',
  1800000000000000000, NULL);
INSERT INTO alarms VALUES (4, 'agent_silent', 'major', 'aktau', '', '', 0, 'silent',
  1800000000000000000, 1800000001000000000);
)sql";

class MigrationTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(directory());
    auto database =
        sqlite::Database::open(database_path(directory()), sqlite::Database::Mode::kReadWrite)
            .value();
    database->execute("PRAGMA auto_vacuum = INCREMENTAL");
    database->execute("PRAGMA journal_mode = WAL");
    database->execute(kVersion1);
    ASSERT_FALSE(database->failed()) << database->take_error()->message();
  }
  std::string directory() const { return folder_.path() / "store"; }
  std::unique_ptr<SqliteStore> open() {
    auto store = SqliteStore::open(directory(), {}, [](const Commit&) {});
    EXPECT_TRUE(store) << store.error().message();
    return store ? std::move(*store) : nullptr;
  }

  test::TemporaryFolder folder_;
};

TEST_F(MigrationTest, Version1KeepsItsLedgerAndItsAlarms) {
  const Recovered found = open()->take_recovered();
  ASSERT_EQ(found.ledger.size(), 1U);
  EXPECT_EQ(found.ledger.at({"sumgait", 0xFFFFFFFFFFFFFFFE}).ranges(),
            (std::map<std::uint64_t, std::uint64_t>{{1, 5}}));
  AlarmRecord cut{.id = 3, .type = "line_cut", .severity = "critical"};
  cut.fibre_pair = "FP03";
  cut.direction = "a-b";
  cut.text = "no light";
  cut.raised_unix_ns = kNow;
  EXPECT_THAT(found.standing_alarms, ElementsAre(cut));
  EXPECT_EQ(found.next_alarm_id, 5U);
}

TEST_F(MigrationTest, Version1KeepsItsSamples) {
  open().reset();
  auto history = History::open(directory());
  ASSERT_TRUE(history) << history.error().message();
  std::vector<double> values;
  const auto read = (*history)->samples({}, [&](const HistoryRow& row) {
    values.push_back(row.value);
    EXPECT_EQ(row.point.component, "och-FP01-1");
    EXPECT_EQ(row.time_unix_ns, kNow + 5 * kSecond - 1000);
  });
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_THAT(values, ElementsAre(-5.0)) << "the second row was set aside";
}

// Version 2 had one place for two notes.
TEST_F(MigrationTest, Version2KeepsItsNotesWhereTheyBelong) {
  const std::string path = database_path(directory());
  open().reset();
  {
    // What version 3 added is taken away again.
    auto database = sqlite::Database::open(path, sqlite::Database::Mode::kReadWrite).value();
    database->execute(
        "ALTER TABLE alarms DROP COLUMN shelf_note; ALTER TABLE alarms DROP COLUMN cause_by;"
        "PRAGMA user_version = 2");
    database->execute(
        "UPDATE alarms SET cleared_unix_ns = NULL, note = 'new pump', shelved_by = 'nurlan',"
        " shelved_until_unix_ns = 1800000009000000000 WHERE id = 4;"
        "UPDATE alarms SET note = 'ship called', acknowledged_by = 'leyla',"
        " acknowledged_unix_ns = 1800000001000000000, shelved_by = 'nurlan',"
        " shelved_until_unix_ns = 1800000009000000000 WHERE id = 3");
    ASSERT_FALSE(database->failed()) << database->take_error()->message();
  }
  const auto alarms = open()->take_recovered().standing_alarms;
  ASSERT_EQ(alarms.size(), 2U);
  EXPECT_EQ(alarms[0].note, "ship called");
  EXPECT_EQ(alarms[0].shelf_note, "") << "the acknowledgement's was kept";
  EXPECT_EQ(alarms[1].note, "");
  EXPECT_EQ(alarms[1].shelf_note, "new pump");
}

TEST_F(MigrationTest, AMigratedStoreTakesWhatANewOneTakes) {
  {
    auto store = open();
    store->append(make_batch("sumgait", 0xFFFFFFFFFFFFFFFE, 6));
    store->record(BinRecord{.place = {.quantity = "q_value"}, .start_unix_ns = kNow});
  }
  auto history = History::open(directory()).value();
  int bins = 0;
  ASSERT_TRUE(history->bins({}, [&](const BinRecord&) { ++bins; }));
  EXPECT_EQ(bins, 1);
  std::vector<std::int64_t> positions;
  ASSERT_TRUE(history->follow(
      0, 10, [&](const FollowedBatch& batch) { positions.push_back(batch.position); }));
  EXPECT_THAT(positions, ElementsAre(7, 8));
}

TEST_F(MigrationTest, AMigratedStoreHasTheSchemaOfANewOne) {
  const auto schema = [](const std::string& path) {
    auto database = sqlite::Database::open(path, sqlite::Database::Mode::kReadOnly).value();
    sqlite::Statement columns(
        *database,
        "SELECT m.name, c.name, c.type, c.\"notnull\", c.pk FROM sqlite_master m,"
        " pragma_table_info(m.name) c ORDER BY m.name, c.cid");
    std::string text;
    while (columns.step()) {
      for (int i = 0; i < 5; ++i) text += std::string(columns.text(i)) + ' ';
      text += '\n';
    }
    return text;
  };
  open().reset();
  const std::string fresh = folder_.path() / "fresh";
  ASSERT_TRUE(SqliteStore::open(fresh, {}, [](const Commit&) {}));
  EXPECT_EQ(schema(database_path(directory())), schema(database_path(fresh)));
}

TEST_F(MigrationTest, AStepThatFailsLeavesTheOldStoreAsItWas) {
  const std::string path = database_path(directory());
  {
    auto database = sqlite::Database::open(path, sqlite::Database::Mode::kReadWrite).value();
    database->execute("CREATE TABLE audit (in_the_way)");
    ASSERT_FALSE(migrate(*database, path));
  }
  auto database = sqlite::Database::open(path, sqlite::Database::Mode::kReadOnly).value();
  EXPECT_EQ(database->value("PRAGMA user_version"), 1);
  EXPECT_EQ(database->value("SELECT count(*) FROM sqlite_master WHERE name = 'bins'"), 0);
}

TEST_F(MigrationTest, ReadingDoesNotMigrate) {
  const auto history = History::open(directory());
  ASSERT_FALSE(history);
  EXPECT_THAT(history.error().message(), HasSubstr("schema version 1, expected 3"));
}

}  // namespace
}  // namespace caspilink::store
