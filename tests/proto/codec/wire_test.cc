#include "proto/codec/wire.h"

#include <limits>
#include <random>
#include <string>

#include <gmock/gmock.h>

#include "proto/telemetry.pb.h"

namespace caspilink::codec {
namespace {

using testing::HasSubstr;

Batch some_batch() {
  return {.id = {.boot = 0xfeed'beef'0000'0001, .sequence = 12},
          .backlog = true,
          .series = {1, 2, 900},
          .times_unix_ns = {1'700'000'000'000'000'000, 1'700'000'000'000'000'500,
                            1'699'999'999'000'000'000},
          .values = {-8.53, 0, 9.1},
          .readings = {Reading::kValue, Reading::kNoLight, Reading::kValue}};
}

telemetry::v1::Batch some_wire_batch() {
  telemetry::v1::Batch wire;
  encode(some_batch(), wire);
  return wire;
}

Catalogue some_catalogue() {
  return {.boot = 77,
          .series = {{1,
                      {.quantity = Quantity::kQValue,
                       .statistic = Statistic::kAverage,
                       .source = "slte-1",
                       .component = "och-FP03-48",
                       .fibre_pair = "FP03",
                       .channel = 48,
                       .element = "",
                       .peer = ""}},
                     {2,
                      {.quantity = Quantity::kRoundTripDelay,
                       .source = "stamp",
                       .fibre_pair = "FP01",
                       .element = "",
                       .peer = "aktau"}}}};
}

telemetry::v1::Declarations some_declarations() {
  telemetry::v1::Declarations wire;
  encode(some_catalogue(), wire);
  return wire;
}

std::string refusal(const auto& wire) {
  const auto decoded = decode(wire);
  EXPECT_FALSE(decoded);
  if (decoded) return "";
  EXPECT_EQ(decoded.error().code, ErrorCode::kInvalidInput);
  return decoded.error().message();
}

TEST(WireBatchTest, RoundTripKeepsEveryField) {
  EXPECT_EQ(decode(some_wire_batch()), some_batch());
}

TEST(WireBatchTest, RoundTripSurvivesSerialisation) {
  telemetry::v1::Batch again;
  ASSERT_TRUE(again.ParseFromString(some_wire_batch().SerializeAsString()));
  EXPECT_EQ(decode(again), some_batch());
}

TEST(WireBatchTest, AllValuesNeedNoReadings) {
  Batch batch = some_batch();
  batch.readings.clear();
  telemetry::v1::Batch wire;
  encode(batch, wire);
  EXPECT_EQ(wire.state_size(), 0);
  EXPECT_EQ(decode(wire), batch);
}

TEST(WireBatchTest, AnEmptyBatchIsWellFormed) {
  const Batch empty{.id = {1, 1}, .series = {}, .times_unix_ns = {}, .values = {}, .readings = {}};
  telemetry::v1::Batch wire;
  encode(empty, wire);
  EXPECT_EQ(decode(wire), empty);
}

TEST(WireBatchTest, EncodingOverwritesWhatTheMessageHeld) {
  telemetry::v1::Batch wire = some_wire_batch();
  encode(some_batch(), wire);
  EXPECT_EQ(wire.series_size(), 3);
}

TEST(WireBatchTest, AnyBatchRoundTrips) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    Batch batch{.id = {random() | 1, random() | 1},
                .backlog = random() % 2 == 0,
                .series = {},
                .times_unix_ns = {},
                .values = {},
                .readings = {}};
    const bool stated = random() % 2 == 0;
    for (std::size_t rows = random() % 50; rows > 0; --rows) {
      batch.series.push_back(static_cast<std::uint32_t>(random()));
      batch.times_unix_ns.push_back(static_cast<std::int64_t>(random() >> 2));
      batch.values.push_back(static_cast<double>(static_cast<std::int64_t>(random())) * 1e-12);
      if (stated) batch.readings.push_back(static_cast<Reading>(random() % 5));
    }
    telemetry::v1::Batch wire;
    encode(batch, wire);
    ASSERT_EQ(decode(wire), batch) << "round " << round;
  }
}

TEST(WireBatchTest, BootZeroIsRefused) {
  auto wire = some_wire_batch();
  wire.set_boot(0);
  EXPECT_THAT(refusal(wire), HasSubstr("boot and sequence"));
}

TEST(WireBatchTest, SequenceZeroIsRefused) {
  auto wire = some_wire_batch();
  wire.set_sequence(0);
  EXPECT_THAT(refusal(wire), HasSubstr("boot and sequence"));
}

TEST(WireBatchTest, UnequalColumnsAreRefused) {
  for (const auto shorten :
       {+[](telemetry::v1::Batch& w) { w.mutable_series()->RemoveLast(); },
        +[](telemetry::v1::Batch& w) { w.mutable_time_offset_nanos()->RemoveLast(); },
        +[](telemetry::v1::Batch& w) { w.mutable_value()->RemoveLast(); },
        +[](telemetry::v1::Batch& w) { w.mutable_state()->RemoveLast(); }}) {
    auto wire = some_wire_batch();
    shorten(wire);
    EXPECT_THAT(refusal(wire), HasSubstr("unequal length"));
  }
}

TEST(WireBatchTest, TimesOutsideSixtyFourBitsAreRefused) {
  auto wire = some_wire_batch();
  wire.set_base_time_unix_nanos(std::numeric_limits<std::int64_t>::max());
  wire.set_time_offset_nanos(0, 1);
  EXPECT_THAT(refusal(wire), HasSubstr("64-bit"));
  wire.set_base_time_unix_nanos(std::numeric_limits<std::int64_t>::min());
  wire.set_time_offset_nanos(0, -1);
  EXPECT_THAT(refusal(wire), HasSubstr("64-bit"));
}

TEST(WireBatchTest, AnUnknownReadingIsRefusedAndNamed) {
  auto wire = some_wire_batch();
  wire.set_state(1, static_cast<telemetry::v1::Reading>(17));
  EXPECT_THAT(refusal(wire), HasSubstr("state 17"));
}

TEST(WireBatchTest, RefusalsNameTheBatch) {
  auto wire = some_wire_batch();
  wire.mutable_value()->Clear();
  EXPECT_THAT(refusal(wire), HasSubstr("batch feedbeef00000001/12"));
}

TEST(WireCatalogueTest, RoundTripKeepsEveryField) {
  EXPECT_EQ(decode(some_declarations()), some_catalogue());
}

TEST(WireCatalogueTest, BootZeroIsRefused) {
  auto wire = some_declarations();
  wire.set_boot(0);
  EXPECT_THAT(refusal(wire), HasSubstr("boot is 0"));
}

TEST(WireCatalogueTest, NumberZeroIsRefused) {
  auto wire = some_declarations();
  wire.mutable_series(0)->set_number(0);
  EXPECT_THAT(refusal(wire), HasSubstr("series 0"));
}

TEST(WireCatalogueTest, ANumberTwiceIsRefused) {
  auto wire = some_declarations();
  wire.mutable_series(1)->set_number(1);
  EXPECT_THAT(refusal(wire), HasSubstr("series 1"));
}

TEST(WireCatalogueTest, AnUnknownQuantityIsRefused) {
  auto wire = some_declarations();
  for (const int number : {0, 5000}) {
    wire.mutable_series(0)->set_quantity(static_cast<telemetry::v1::Quantity>(number));
    EXPECT_THAT(refusal(wire), HasSubstr("quantity " + std::to_string(number)));
  }
}

TEST(WireCatalogueTest, AnUnknownStatisticIsRefused) {
  auto wire = some_declarations();
  wire.mutable_series(0)->set_statistic(static_cast<telemetry::v1::Statistic>(4));
  EXPECT_THAT(refusal(wire), HasSubstr("statistic 4"));
}

TEST(WireCatalogueTest, NamesThatNoCollectorTakesGoOutAsOnesItDoesAndStayApart) {
  Catalogue catalogue = some_catalogue();
  catalogue.series[0].point.component = "och-\xff";
  catalogue.series[1].point.component = std::string(200, 'x') + "1";
  catalogue.series.push_back(catalogue.series[1]);
  catalogue.series[2].number = 3;
  catalogue.series[2].point.component.back() = '2';
  telemetry::v1::Declarations wire;
  encode(catalogue, wire);
  telemetry::v1::Declarations read;
  ASSERT_TRUE(read.ParseFromString(wire.SerializeAsString()));
  const auto back = decode(read);
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(back->series[0].point.component, "och-?");
  EXPECT_EQ(back->series[1].point.component.size(), kLongestName);
  EXPECT_NE(back->series[1].point.component, back->series[2].point.component);
}

TEST(WireCatalogueTest, TextOf128BytesPassesAndOneMoreIsRefused) {
  for (const auto field : {&telemetry::v1::Series::set_source<std::string>,
                           &telemetry::v1::Series::set_component<std::string>,
                           &telemetry::v1::Series::set_fibre_pair<std::string>,
                           &telemetry::v1::Series::set_element<std::string>,
                           &telemetry::v1::Series::set_peer<std::string>}) {
    auto wire = some_declarations();
    (wire.mutable_series(0)->*field)(std::string(128, 'x'));
    EXPECT_TRUE(decode(wire));
    (wire.mutable_series(0)->*field)(std::string(129, 'x'));
    EXPECT_THAT(refusal(wire), HasSubstr("129 bytes"));
  }
}

}  // namespace
}  // namespace caspilink::codec
