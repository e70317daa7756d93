// Everything the store keeps besides batches, written through the store and read from outside.
#include <cmath>
#include <limits>

#include <gmock/gmock.h>

#include "collector/store/history.h"
#include "collector/store/schema.h"
#include "collector/store/sqlite_store.h"
#include "collector/store/writer.h"
#include "tests/collector/store/batches.h"
#include "tests/support/certificates.h"

namespace caspilink::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kQuarter = std::int64_t{kQuarterHour_s} * kSecond;

PlaceName q_of(std::uint32_t channel) {
  return {.quantity = "q_value",
          .station = "aktau",
          .fibre_pair = "FP01",
          .direction = "a-b",
          .channel = channel};
}

BinRecord bin_of(std::uint32_t channel, std::int64_t start, double average) {
  return {.place = q_of(channel),
          .start_unix_ns = start,
          .minimum = average - 1,
          .average = average,
          .maximum = average + 1,
          .last = average + 0.5,
          .last_unix_ns = start + 899 * kSecond,
          .samples = 900,
          .suspect = channel == 2};
}

class RecordsTest : public testing::Test {
 protected:
  void write(const std::vector<Record>& records) {
    auto store = SqliteStore::open(directory(), {}, [](const Commit&) {}).value();
    for (const Record& record : records) store->record(record);
  }
  std::vector<BinRecord> bins(const BinFilter& filter = {}) {
    std::vector<BinRecord> found;
    EXPECT_TRUE(History::open(directory()).value()->bins(filter, [&](const BinRecord& bin) {
      found.push_back(bin);
    }));
    return found;
  }
  std::string directory() const { return folder_.path() / "store"; }

  test::TemporaryFolder folder_;
};

TEST_F(RecordsTest, ABinIsReplacedByItsCorrection) {
  BinRecord corrected = bin_of(1, kNow, 12);
  corrected.samples = 901;
  write({bin_of(1, kNow, 11), bin_of(2, kNow, 9), corrected});
  EXPECT_THAT(bins(), ElementsAre(corrected, bin_of(2, kNow, 9)));
}

TEST_F(RecordsTest, BinsAreFoundByLengthTimeAndPlace) {
  BinRecord day = bin_of(1, kNow, 10);
  day.length_s = kDay_s;
  BinRecord other = bin_of(1, kNow + kQuarter, 5);
  other.place.quantity = "osnr";
  // An interval without a bin lies between the second and the last.
  write({bin_of(1, kNow, 11), bin_of(1, kNow + kQuarter, 12), bin_of(1, kNow + 3 * kQuarter, 14),
         bin_of(2, kNow + kQuarter, 9), other, day});
  EXPECT_EQ(bins().size(), 5U);
  EXPECT_THAT(bins({.length_s = kDay_s}), ElementsAre(day));
  EXPECT_THAT(bins({.quantity = "q_value", .channel = 1}),
              ElementsAre(bin_of(1, kNow, 11), bin_of(1, kNow + kQuarter, 12),
                          bin_of(1, kNow + 3 * kQuarter, 14)));
  EXPECT_THAT(bins({.from_unix_ns = kNow + 1, .until_unix_ns = kNow + 3 * kQuarter, .channel = 1}),
              ElementsAre(bin_of(1, kNow + kQuarter, 12), other));
  EXPECT_THAT(bins({.station = "sumgait"}), IsEmpty());
  EXPECT_THAT(bins({.until_unix_ns = kNow}), IsEmpty());
}

TEST_F(RecordsTest, ABinWithoutANumberIsKept) {
  BinRecord bin = bin_of(1, kNow, std::nan(""));
  write({bin});
  ASSERT_EQ(bins().size(), 1U);
  EXPECT_TRUE(std::isnan(bins()[0].average));
  EXPECT_EQ(bins()[0].samples, 900U);
}

TEST_F(RecordsTest, BaselinesAndMaintenanceAreThereAfterReopening) {
  const BaselineRecord commissioning{.place = q_of(1),
                                     .kind = "commissioning",
                                     .from_unix_ns = kNow,
                                     .until_unix_ns = kNow + kQuarter,
                                     .samples = 3,
                                     .values = {9.5, 0.1, -0.0}};
  BaselineRecord seasonal = commissioning;
  seasonal.kind = "seasonal";
  seasonal.values = {};
  const MaintenanceRecord window{.id = 4,
                                 .from_unix_ns = kNow,
                                 .until_unix_ns = kNow + kQuarter,
                                 .station = "aktau",
                                 .operator_name = "noc",
                                 .note = "splicing"};
  write({seasonal, commissioning, window});
  const auto found = SqliteStore::open(directory(), {}, [](const Commit&) {}).value();
  const Recovered recovered = found->take_recovered();
  EXPECT_THAT(recovered.baselines, ElementsAre(commissioning, seasonal));
  EXPECT_THAT(recovered.maintenance, ElementsAre(window));
}

TEST_F(RecordsTest, AWatermarkIsTheLatestOfItsReceiverAndStream) {
  const WatermarkRecord bins{.receiver = "http://a", .stream = "bins", .position = 2};
  const WatermarkRecord samples{.receiver = "http://a", .position = 9, .at_unix_ns = kNow};
  write({WatermarkRecord{.receiver = "http://a", .position = 5}, bins, samples});
  std::vector<WatermarkRecord> found;
  ASSERT_TRUE(History::open(directory()).value()->watermarks([&](const WatermarkRecord& watermark) {
    found.push_back(watermark);
  }));
  EXPECT_THAT(found, ElementsAre(samples, bins));
}

TEST_F(RecordsTest, EveryActionIsKeptInOrder) {
  const AuditRecord shelve{.at_unix_ns = kNow,
                           .operator_name = "leyla",
                           .action = "shelve",
                           .target = "alarm 3",
                           .detail = "until Monday"};
  write({shelve, shelve});
  std::vector<AuditRecord> found;
  ASSERT_TRUE(History::open(directory()).value()->audit([&](const AuditRecord& audit) {
    found.push_back(audit);
  }));
  EXPECT_THAT(found, ElementsAre(shelve, shelve));
}

TEST_F(RecordsTest, WhatOperatorsSaidAboutAnAlarmIsKept) {
  AlarmRecord alarm{.id = 8, .type = "pump_failure", .severity = "minor"};
  alarm.element = "R03";
  alarm.peer = "sumgait";
  alarm.source = "slte-1";
  alarm.parent = 7;
  alarm.flaps = 2;
  alarm.cause = "pump laser";
  alarm.cause_element = "R03";
  alarm.position_km = 121.5;
  alarm.position_uncertainty_km = 0;
  alarm.acknowledged_unix_ns = kNow;
  alarm.acknowledged_by = "leyla";
  alarm.note = "ship called";
  alarm.shelved_until_unix_ns = kNow + kQuarter;
  alarm.shelved_by = "nurlan";
  alarm.shelf_note = "new pump on its way";
  alarm.cause_by = "aysel";
  write({alarm});
  EXPECT_THAT(SqliteStore::open(directory(), {}, [](const Commit&) {})
                  .value()
                  ->take_recovered()
                  .standing_alarms,
              ElementsAre(alarm));
}

TEST_F(RecordsTest, FollowingShowsEveryBatchOnceAndGoesOnWhereItStopped) {
  {
    auto store = SqliteStore::open(directory(), {}, [](const Commit&) {}).value();
    store->declare("aktau", make_catalogue(9), kNow);
    for (const std::uint64_t sequence : {1, 3, 4, 7}) {
      store->append(make_batch("aktau", 9, sequence));
    }
    store->append(make_batch("aktau", 9, 3));
  }
  auto history = History::open(directory()).value();
  std::vector<std::uint64_t> sequences;
  std::int64_t position = 0;
  std::vector<std::int64_t> positions;
  do {
    positions.push_back(position);
    const auto reached = history->follow(position, 1, [&](const FollowedBatch& followed) {
      sequences.push_back(followed.batch.batch.id.sequence);
      EXPECT_EQ(followed.batch, *make_batch("aktau", 9, sequences.back()));
      ASSERT_NE(followed.point(2), nullptr);
      EXPECT_EQ(followed.point(2)->channel, 2U);
      EXPECT_EQ(followed.point(99), nullptr);
    });
    ASSERT_TRUE(reached) << reached.error().message();
    position = *reached;
  } while (position != positions.back());
  EXPECT_THAT(sequences, testing::UnorderedElementsAre(1, 3, 4, 7));
  EXPECT_GE(positions.size(), 4U) << "three blocks at least";
}

class RecordRetentionTest : public testing::Test {
 protected:
  void SetUp() override {
    database_ = sqlite::Database::open(path_, sqlite::Database::Mode::kReadWrite).value();
    ASSERT_TRUE(migrate(*database_, path_));
  }
  static void in_transaction(Writer& writer, const std::function<void()>& work) {
    writer.begin();
    work();
    Error error;
    ASSERT_TRUE(writer.commit(error)) << error.message();
  }
  static void append(Writer& writer, std::uint64_t sequence) {
    Packer packer;
    writer.append(packer.pack({make_batch("aktau", 9, sequence)}).value().front());
  }
  std::int64_t count(const std::string& from) {
    return database_->value("SELECT count(*) FROM " + from);
  }

  test::TemporaryFolder folder_;
  std::string path_ = folder_.path() / "store.sqlite";
  std::unique_ptr<sqlite::Database> database_;
};

TEST_F(RecordRetentionTest, BinsGoByTheirLength) {
  Writer writer(*database_, {.keep_15min_ns = 10 * kQuarter, .keep_24h_ns = 40 * kQuarter});
  in_transaction(writer, [&] {
    for (std::uint32_t length : {kQuarterHour_s, kDay_s}) {
      for (int i = 0; i < 50; ++i) {
        BinRecord bin = bin_of(1, kNow + i * kQuarter, i);
        bin.length_s = length;
        writer.record(bin);
      }
    }
    writer.trim(kNow + 50 * kQuarter);
  });
  EXPECT_EQ(count("bins WHERE length_s = 900"), 10);
  EXPECT_EQ(count("bins WHERE length_s = 86400"), 40);
}

TEST_F(RecordRetentionTest, AStandingAlarmOutlivesEveryBoundAndNoNumberIsGivenTwice) {
  const StoreOptions options{.keep_alarms_ns = kQuarter, .max_alarm_rows = 2};
  {
    Writer writer(*database_, options);
    in_transaction(writer, [&] {
      for (std::uint64_t id = 1; id <= 9; ++id) {
        AlarmRecord alarm{.id = id, .type = "margin_low", .severity = "minor"};
        if (id != 2) alarm.cleared_unix_ns = kNow;
        writer.record(alarm);
      }
      writer.trim(kNow);
    });
    EXPECT_EQ(count("alarms"), 3) << "2 stands, 8 and 9 are the newest";
    in_transaction(writer, [&] { writer.trim(kNow + 2 * kQuarter); });
    EXPECT_EQ(count("alarms"), 1);
  }
  EXPECT_EQ(Writer(*database_, options).recover().next_alarm_id, 10U);
}

TEST_F(RecordRetentionTest, APositionIsNotGivenTwiceThoughEveryBatchIsGone) {
  const StoreOptions options{.keep_ns = kSecond};
  {
    Writer writer(*database_, options);
    in_transaction(writer, [&] {
      append(writer, 1);
      append(writer, 3);
    });
    in_transaction(writer, [&] { writer.retire(kNow + 1000 * kSecond); });
    EXPECT_EQ(count("blocks"), 0);
  }
  Writer writer(*database_, options);
  in_transaction(writer, [&] { append(writer, 5); });
  EXPECT_EQ(database_->value("SELECT id FROM blocks"), 3);
}

TEST_F(RecordRetentionTest, TheAuditLogIsBounded) {
  Writer writer(*database_, {.max_audit_rows = 3});
  in_transaction(writer, [&] {
    for (int i = 0; i < 7; ++i) writer.record(AuditRecord{.at_unix_ns = i});
    writer.trim(kNow);
  });
  EXPECT_EQ(count("audit"), 3);
  EXPECT_EQ(database_->value("SELECT min(at_unix_ns) FROM audit"), 4);
}

}  // namespace
}  // namespace caspilink::store
