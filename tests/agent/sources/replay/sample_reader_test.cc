#include "agent/sources/replay/sample_reader.h"

#include <gmock/gmock.h>

#include "tests/support/certificates.h"

namespace caspilink::replay {
namespace {

using codec::Quantity;
using codec::Reading;
using codec::Statistic;
using testing::HasSubstr;

class SampleReaderTest : public testing::Test {
 protected:
  std::string write(const std::string& text) {
    return test::write_file(folder_.path(), "recording", text);
  }
  std::vector<Sample> read(const std::string& text) {
    auto reader = SampleReader::open(write(text));
    EXPECT_TRUE(reader) << reader.error().message();
    std::vector<Sample> samples;
    while (reader) {
      auto sample = (*reader)->next();
      EXPECT_TRUE(sample) << sample.error().message();
      if (!sample || !*sample) break;
      samples.push_back(std::move(**sample));
    }
    return samples;
  }
  Error error_of(const std::string& text) {
    auto reader = SampleReader::open(write(text));
    if (!reader) return reader.error();
    while (true) {
      auto sample = (*reader)->next();
      if (!sample) return sample.error();
      if (!*sample) break;
    }
    ADD_FAILURE() << "no error in " << text;
    return {};
  }
  test::TemporaryFolder folder_;
};

TEST_F(SampleReaderTest, CsvAsHistoryPrintsIt) {
  const auto samples = read(
      "station,boot,sequence,row,time_unix_ns,quantity,fibre_pair,channel,element,source,"
      "component,reading,value,statistic,peer\n"
      "sumgait,7,1,0,1700000000123456789,channel_input_power,FP01,3,,slte-1,och-FP01-3,value,"
      "-8.53,average,\n"
      "aktau,7,1,1,1700000000123456790,pump_power,FP02,,\"pump, \"\"east\"\"\nupper\",slte-1,"
      "pump,no_light,,instant,\n"
      "sumgait,7,2,0,1700000001000000000,round_trip_delay,FP01,,,stamp,,value,3.7e-3,instant,"
      "aktau\n");
  ASSERT_EQ(samples.size(), 3U);
  EXPECT_EQ(samples[0].station, "sumgait");
  EXPECT_EQ(samples[0].observation.time_unix_ns, 1'700'000'000'123'456'789);
  EXPECT_EQ(samples[0].observation.value, -8.53);
  EXPECT_EQ(samples[0].observation.point,
            (codec::MeasurementPoint{.quantity = Quantity::kChannelInputPower,
                                     .statistic = Statistic::kAverage,
                                     .source = "slte-1",
                                     .component = "och-FP01-3",
                                     .fibre_pair = "FP01",
                                     .channel = 3}));
  EXPECT_EQ(samples[1].observation.reading, Reading::kNoLight);
  EXPECT_EQ(samples[1].observation.value, 0);
  EXPECT_EQ(samples[1].observation.point.element, "pump, \"east\"\nupper");
  EXPECT_EQ(samples[2].observation.point.peer, "aktau");
  EXPECT_EQ(samples[2].observation.value, 0.0037);
}

TEST_F(SampleReaderTest, JsonLinesAsHistoryPrintsThem) {
  const auto samples = read(
      R"({"station":"sumgait","boot":7,"sequence":1,"row":0,"time_unix_ns":1700000000123456789,)"
      R"("quantity":"osnr","fibre_pair":"FP01","channel":3,"source":"slte-1",)"
      R"("statistic":"instant","reading":"value","value":18.25})"
      "\n"
      R"({"time_unix_ns":1,"quantity":"osnr","element":"Çayır","reading":"withdrawn"})");
  ASSERT_EQ(samples.size(), 2U) << "the last line need not end";
  EXPECT_EQ(samples[0].observation.time_unix_ns, 1'700'000'000'123'456'789);
  EXPECT_EQ(samples[0].observation.value, 18.25);
  EXPECT_EQ(samples[0].observation.point.channel, 3U);
  EXPECT_EQ(samples[1].observation.reading, Reading::kWithdrawn);
  EXPECT_EQ(samples[1].observation.point.element, "Çayır");
}

TEST_F(SampleReaderTest, TheLeastThatTellsASample) {
  const auto samples = read(
      "time,quantity,fibre_pair,channel,value\r\n"
      "2023-11-14T22:13:20Z,osnr,FP01,3,18.2\r\n"
      "2023-11-14T22:13:20.25Z,osnr,FP01,3,18.3\r\n"
      "1700000001000000000,osnr,FP01,3,18.4\r\n");
  ASSERT_EQ(samples.size(), 3U);
  EXPECT_EQ(samples[0].observation.time_unix_ns, 1'700'000'000'000'000'000);
  EXPECT_EQ(samples[1].observation.time_unix_ns, 1'700'000'000'250'000'000);
  EXPECT_EQ(samples[2].observation.time_unix_ns, 1'700'000'001'000'000'000);
  EXPECT_EQ(samples[1].observation.value, 18.3);
  EXPECT_EQ(samples[1].observation.reading, Reading::kValue);
}

TEST_F(SampleReaderTest, AHeaderAloneIsAnEmptyRecording) {
  EXPECT_TRUE(read("time,quantity,value\n").empty());
}

struct Defect {
  const char* name;
  std::string text;
  const char* place;
  const char* says;
};

TEST_F(SampleReaderTest, DefectsAreToldWithTheirPlace) {
  const std::string head = "time,quantity,channel,value,reading\n";
  const std::string good = "1,osnr,3,18,\n";
  const std::string huge = head + "1,osnr,3,\"" + std::string(70'000, '1');
  const std::vector<Defect> defects = {
      {"empty", "", ":1:1", "header"},
      {"column", "time,quantity,colour\n", ":1:15", "colour"},
      {"twice", "time,time\n", ":1:6", "second column time"},
      {"few", head + good + "1,osnr,3\n", ":3:8", "5 columns as in the header, got 3"},
      {"many", head + "1,osnr,3,18,value,\n", ":2:19", "got 6"},
      {"time", head + "yesterday,osnr,3,18,\n", ":2:1", "2026-11-23T21:35:18Z"},
      {"no time", head + ",osnr,3,18,\n", ":2:1", "time"},
      {"quantity", head + "1,oxnr,3,18,\n", ":2:3", "'oxnr'"},
      {"channel", head + "1,osnr,0,18,\n", ":2:8", "channel from 1"},
      {"value", head + "1,osnr,3,18.2dB,\n", ":2:10", "'18.2dB'"},
      {"nan", head + "1,osnr,3,nan,\n", ":2:10", "a number"},
      {"reading", head + "1,osnr,3,,dark\n", ":2:11", "no_light"},
      {"neither", head + "1,osnr,3,,\n", ":2:1", "a value, or why there is none"},
      {"both", head + "1,osnr,3,18,no_light\n", ":2:10", "no value beside"},
      {"open quote", head + good + "1,osnr,3,\"18", ":3:10", "not closed"},
      {"after a quote", head + "1,\"osnr\"x,3,18,\n", ":2:9", "comma after the quote"},
      {"long", huge, ":2:10", "65536 bytes"},
      {"after lines in quotes", head + "1,osnr,3,\"1\n8\",\n", ":2:10", "a number"},
      {"json", "{\"time\":1}\n{\"time\":1,}\n", ":1:1", "expected a quantity"},
      {"json syntax", R"({"time":1,"quantity":"osnr","value":1,})", ":1:39", "JSON object"},
      {"json number", R"({"time":1e999})", ":1:1", "numbers"},
      {"json key", "{\"time\":1,\"quantity\":\"osnr\",\"value\":1}\n{\"hue\":1}", ":2:2", "'hue'"},
      {"json kind", R"({"time":[1]})", ":1:2", "text or a number, got array"},
      {"json not an object", "{\"time\":1,\"quantity\":\"osnr\",\"value\":1}\n\n", ":2:1",
       "JSON object"},
      {"not UTF-8", "time,quantity,element,value\n1,osnr,caf\xe9,18\n", ":2:8", "bytes of UTF-8"},
      {"long name", "time,quantity,element,value\n1,osnr," + std::string(129, 'x') + ",18\n",
       ":2:8", "at most 128 bytes"},
      {"json long", "{" + std::string(70'000, ' '), ":1:1", "65536 bytes"},
  };
  for (const Defect& defect : defects) {
    const Error error = error_of(defect.text);
    EXPECT_EQ(error.code, ErrorCode::kInvalidInput) << defect.name;
    EXPECT_EQ(error.where, (folder_.path() / "recording").string() + defect.place) << defect.name;
    EXPECT_THAT(error.detail, HasSubstr(defect.says)) << defect.name;
  }
}

TEST_F(SampleReaderTest, WhatIsNoFileIsSaidSo) {
  EXPECT_EQ(SampleReader::open((folder_.path() / "none").string()).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(SampleReader::open(folder_.path().string()).error().code, ErrorCode::kNotFound);
}

TEST_F(SampleReaderTest, AYearBeyondNanosecondsIsRefusedWithItsPlace) {
  for (const char* year : {"9999", "2263", "1600"}) {
    const Error error =
        error_of(std::string("quantity,value,time\nq_value,9,") + year + "-01-01T00:00:00Z\n");
    EXPECT_THAT(error.where, HasSubstr("recording:2:11"));
    EXPECT_THAT(error.detail, HasSubstr("expected a time"));
  }
}

}  // namespace
}  // namespace caspilink::replay
