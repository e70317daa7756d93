#include "collector/program/dump.h"

#include <fstream>
#include <iterator>
#include <limits>

#include <gmock/gmock.h>

#include "collector/store/sqlite_store.h"
#include "proto/endpoint/time_text.h"
#include "tests/collector/store/batches.h"
#include "tests/support/certificates.h"

namespace caspilink::program {
namespace {

using testing::HasSubstr;

class DumpTest : public testing::Test {
 protected:
  void SetUp() override {
    auto store = store::SqliteStore::open(directory(), {}, [](const store::Commit&) {});
    ASSERT_TRUE(store) << store.error().message();
    auto catalogue = store::make_catalogue(7);
    catalogue.series[1].point.component = "port 1/2, \"east\"";
    (*store)->declare("aktau", catalogue, store::kNow);
    auto batch = store::make_batch("aktau", 7, 1);
    batch->batch.readings = {codec::Reading::kValue, codec::Reading::kValue,
                             codec::Reading::kNoLight};
    (*store)->append(batch);
  }
  std::string directory() const { return folder_.path() / "store"; }
  template <typename Dump>
  std::string text_of(const Dump& dump) {
    const std::string path = folder_.path() / "out";
    std::FILE* file = std::fopen(path.c_str(), "w");
    const auto done = dump(file);
    EXPECT_TRUE(done) << done.error().message();
    std::fclose(file);
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  test::TemporaryFolder folder_;
};

TEST_F(DumpTest, HistoryIsCsvWithOneLineASample) {
  EXPECT_EQ(
      text_of([&](std::FILE* out) { return dump_history(directory(), {}, Format::kCsv, out); }),
      "station,boot,sequence,row,time_unix_ns,quantity,fibre_pair,channel,element,source,component,"
      "reading,value,statistic,peer\n"
      "aktau,7,1,0,1800000000999999000,q_value,FP01,1,,slte-1,och-FP01-1,value,-1,instant,\n"
      "aktau,7,1,1,1800000000999999001,q_value,FP01,2,,slte-1,\"port 1/2, \"\"east\"\"\",value,"
      "-1.25,instant,\n"
      "aktau,7,1,2,1800000000999999002,q_value,FP01,3,,slte-1,och-FP01-3,no_light,,instant,\n");
}

TEST_F(DumpTest, BinsAndServiceLevelsLeaveOutWhatIsNotKnown) {
  {
    auto store = store::SqliteStore::open(directory(), {}, [](const store::Commit&) {});
    ASSERT_TRUE(store) << store.error().message();
    const auto nan = std::numeric_limits<double>::quiet_NaN();
    const std::int64_t start = 1'800'000'000 * store::kSecond;  // 2027-01-15T08:00:00Z
    (*store)->record(
        store::BinRecord{.place = {.quantity = "unavailable_seconds", .fibre_pair = "FP01"},
                         .start_unix_ns = start,
                         .minimum = 9,
                         .average = 9,
                         .maximum = 9,
                         .last = 9,
                         .samples = 900});
    (*store)->record(store::BinRecord{.place = {.quantity = "q_value",
                                                .station = "aktau",
                                                .fibre_pair = "FP01",
                                                .direction = "a-b",
                                                .channel = 3},
                                      .start_unix_ns = start,
                                      .minimum = nan,
                                      .average = nan,
                                      .maximum = nan,
                                      .last = nan,
                                      .suspect = true});
    (*store)->append(store::make_batch("aktau", 7, 2));
  }
  EXPECT_THAT(
      text_of([&](std::FILE* out) { return dump_bins(directory(), {.quantity = "q_value"}, out); }),
      HasSubstr("\n1800000000000000000,900,q_value,aktau,FP01,a-b,3,,,,,,,,0,1\n"));
  EXPECT_EQ(
      text_of([&](std::FILE* out) { return dump_service_levels(directory(), "2027-01", out); }),
      "fibre_pair,availability_ratio,unavailable_seconds,known_seconds,unknown_seconds,"
      "round_trip_minimum_s,round_trip_average_s,round_trip_maximum_s,probe_loss_ratio\n"
      "FP01,0.99,9,900,2677500,,,,\n");
}

TEST_F(DumpTest, HistoryIsJsonOneObjectALine) {
  EXPECT_THAT(
      text_of([&](std::FILE* out) { return dump_history(directory(), {}, Format::kJson, out); }),
      HasSubstr(R"({"station":"aktau","boot":7,"sequence":1,"row":2,)"
                R"("time_unix_ns":1800000000999999002,"quantity":"q_value","fibre_pair":"FP01",)"
                R"("channel":3,"source":"slte-1","component":"och-FP01-3","statistic":"instant",)"
                R"("reading":"no_light"})"
                "\n"));
}

TEST_F(DumpTest, BatchesAreListedWithTheirSamples) {
  EXPECT_EQ(text_of([&](std::FILE* out) { return dump_batches(directory(), out); }),
            "station,boot,sequence,samples,set_aside\naktau,7,1,3,0\n");
}

TEST_F(DumpTest, AlarmsNameTheirPlaceAndTheAlarmTheyAreUnder) {
  {
    auto store = store::SqliteStore::open(directory(), {}, [](const store::Commit&) {});
    ASSERT_TRUE(store) << store.error().message();
    (*store)->record(store::AlarmRecord{.id = 1,
                                        .type = "pump_off",
                                        .severity = "minor",
                                        .station = "aktau",
                                        .fibre_pair = "FP03",
                                        .direction = "a-b",
                                        .text = "low, and falling",
                                        .raised_unix_ns = 5,
                                        .cleared_unix_ns = 7,
                                        .element = "R02"});
    (*store)->record(store::AlarmRecord{.id = 2,
                                        .type = "channel_loss_of_light",
                                        .severity = "major",
                                        .fibre_pair = "FP03",
                                        .direction = "a-b",
                                        .channel = 48,
                                        .text = "dark",
                                        .raised_unix_ns = 6,
                                        .parent = 1});
    (*store)->append(store::make_batch("aktau", 7, 2));
  }
  EXPECT_EQ(text_of([&](std::FILE* out) { return dump_alarms(directory(), out); }),
            "id,type,severity,station,fibre_pair,direction,channel,raised_unix_ns,"
            "cleared_unix_ns,text,element,peer,source,parent\n"
            "1,pump_off,minor,aktau,FP03,a-b,,5,7,\"low, and falling\",R02,,,\n"
            "2,channel_loss_of_light,major,,FP03,a-b,48,6,,dark,,,,1\n");
}

TEST_F(DumpTest, AFullOutputIsAnErrorNotASuccess) {
  std::FILE* full = std::fopen("/dev/full", "w");
  ASSERT_NE(full, nullptr);
  EXPECT_FALSE(dump_history(directory(), {}, Format::kCsv, full));
  std::fclose(full);
}

TEST(ParseTimeTest, TakesRfc3339InUtcAndNanoseconds) {
  EXPECT_EQ(endpoint::parse_time("2027-01-15T08:00:00Z").value(), 1'800'000'000'000'000'000);
  EXPECT_EQ(endpoint::parse_time("2027-01-15T08:00:00.25Z").value(), 1'800'000'000'250'000'000);
  EXPECT_EQ(endpoint::parse_time("1800000000000000001").value(), 1'800'000'000'000'000'001);
  for (const char* text :
       {"", "yesterday", "2027-01-15", "2027-01-15T08:00:00", "12x", "2027-01-15T08:00:00+01:00"}) {
    EXPECT_FALSE(endpoint::parse_time(text)) << text;
  }
}

}  // namespace
}  // namespace caspilink::program
