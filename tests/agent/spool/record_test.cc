#include "agent/spool/record.h"

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "tests/agent/spool/batches.h"

namespace caspilink::spool {
namespace {

TEST(RecordTest, GivesTheBatchBack) {
  RecordCodec codec;
  codec::Batch batch = batch_of(0xfeedbeef12345678, 42, 500);
  EXPECT_EQ(codec.decode(codec.encode(batch)), batch);
  batch.readings.assign(500, codec::Reading::kValue);
  batch.readings[7] = codec::Reading::kWithdrawn;
  EXPECT_EQ(codec.decode(codec.encode(batch)), batch);
}

TEST(RecordTest, GivesEveryValueBackBitForBit) {
  RecordCodec codec;
  codec::Batch batch{
      .id = {1, 1},
      .series = {},
      .times_unix_ns = {},
      .values = {0.0, -0.0, -8.53, 1e-18, 2.5e-3, 1e300, 0.1 + 0.2,
                 std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
                 std::numeric_limits<double>::quiet_NaN(),
                 std::numeric_limits<double>::denorm_min(), 9007199254740993.0},
      .readings = {}};
  batch.series.assign(batch.values.size(), 1);
  batch.times_unix_ns.assign(batch.values.size(), 0);
  const auto back = codec.decode(codec.encode(batch));
  ASSERT_TRUE(back);
  for (std::size_t row = 0; row < batch.size(); ++row) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(back->values[row]),
              std::bit_cast<std::uint64_t>(batch.values[row]))
        << batch.values[row];
  }
}

TEST(RecordTest, GivesExtremeTimesAndNumbersBack) {
  RecordCodec codec;
  const auto lowest = std::numeric_limits<std::int64_t>::min();
  const auto highest = std::numeric_limits<std::int64_t>::max();
  const codec::Batch batch{.id = {~0ULL, ~0ULL},
                           .series = {1, 4294967295, 1},
                           .times_unix_ns = {highest, lowest, highest},
                           .values = {1, 2, 3},
                           .readings = {}};
  EXPECT_EQ(codec.decode(codec.encode(batch)), batch);
}

TEST(RecordTest, SamplesOfEquipmentTakeFewBytes) {
  RecordCodec codec;
  const auto batch = batch_of(1, 1, 2000);
  EXPECT_LE(codec.encode(batch).size(), 2000 * 5 / 2) << "2.5 bytes a sample";
}

TEST(RecordTest, EveryTruncationIsRefused) {
  RecordCodec codec;
  const auto record = codec.encode(batch_of(1, 1));
  for (std::size_t size = 0; size < record.size(); ++size) {
    EXPECT_FALSE(codec.decode(std::span(record).first(size))) << size;
  }
}

TEST(RecordTest, EveryFlippedBitIsRefused) {
  RecordCodec codec;
  const auto batch = batch_of(1, 1);
  auto record = codec.encode(batch);
  for (std::size_t bit = 0; bit < record.size() * 8; ++bit) {
    record[bit / 8] ^= std::byte{static_cast<unsigned char>(1U << bit % 8)};
    const auto decoded = codec.decode(record);
    // A few bits of a frame's header do not bear meaning; none may change the batch.
    if (decoded) {
      EXPECT_EQ(*decoded, batch) << "bit " << bit;
    }
    record[bit / 8] ^= std::byte{static_cast<unsigned char>(1U << bit % 8)};
  }
}

TEST(RecordTest, NoiseIsRefused) {
  RecordCodec codec;
  std::mt19937 random(3);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::byte> noise(random() % 200);
    for (std::byte& byte : noise) byte = std::byte{static_cast<unsigned char>(random())};
    if (noise.size() > 4 && round % 2 == 0) {  // with zstd's magic number in front
      noise[0] = std::byte{0x28};
      noise[1] = std::byte{0xb5};
      noise[2] = std::byte{0x2f};
      noise[3] = std::byte{0xfd};
    }
    EXPECT_FALSE(codec.decode(noise));
  }
}

}  // namespace
}  // namespace caspilink::spool
