#include "proto/block/block.h"

#include <bit>
#include <limits>
#include <random>

#include <gtest/gtest.h>
#include <zstd.h>

#include "tests/proto/block/line_batches.h"

namespace caspilink::block {
namespace {

std::vector<std::byte> encoded(Codec& codec, const codec::Batch& batch,
                               std::span<const std::uint8_t> marks = {}) {
  const auto block = codec.encode(batch, marks);
  EXPECT_TRUE(block) << block.error().message();
  return block ? std::vector<std::byte>(block->begin(), block->end()) : std::vector<std::byte>();
}

// A block around any content, with a checksum that fits.
std::vector<std::byte> block_around(std::span<const std::byte> content) {
  std::vector<std::byte> block(1 + ZSTD_compressBound(content.size()));
  block[0] = std::byte{1};
  const std::size_t size =
      ZSTD_compress(block.data() + 1, block.size() - 1, content.data(), content.size(), 1);
  block.resize(1 + size);
  return block;
}

std::vector<std::byte> content_of(std::span<const std::byte> block) {
  std::vector<std::byte> content(ZSTD_getFrameContentSize(block.data() + 1, block.size() - 1));
  ZSTD_decompress(content.data(), content.size(), block.data() + 1, block.size() - 1);
  return content;
}

class BlockTest : public testing::Test {
 protected:
  // Values bit for bit, the rest as it compares.
  void expect_round_trip(const codec::Batch& batch, const std::vector<std::uint8_t>& marks = {}) {
    const auto block = encoded(codec_, batch, marks);
    Content back;
    Codec other;  // no memory of what came before is needed
    const auto decoded = other.decode(block, back);
    ASSERT_TRUE(decoded) << decoded.error().message();
    ASSERT_EQ(back.batch.values.size(), batch.values.size());
    for (std::size_t row = 0; row < batch.size(); ++row) {
      ASSERT_EQ(std::bit_cast<std::uint64_t>(back.batch.values[row]),
                std::bit_cast<std::uint64_t>(batch.values[row]))
          << "row " << row << ": " << batch.values[row];
    }
    // NaN does not equal itself.
    Content expected{batch, marks};
    expected.batch.values.clear();
    back.batch.values.clear();
    EXPECT_TRUE(back == expected);
  }

  Codec codec_;
};

TEST_F(BlockTest, GivesTheBatchBackWithReadingsMarksAndLane) {
  codec::Batch batch = LineReadings(500).next();
  expect_round_trip(batch);
  batch.backlog = true;
  batch.readings.assign(500, codec::Reading::kValue);
  batch.readings[7] = codec::Reading::kWithdrawn;
  std::vector<std::uint8_t> marks(500, 0);
  marks[499] = 255;
  expect_round_trip(batch, marks);
  expect_round_trip({.id = {1, 1}});
}

TEST_F(BlockTest, GivesEveryValueBackBitForBit) {
  codec::Batch batch{
      .id = {1, 1},
      .values = {0.0, -0.0, -8.53, 1e-18, 1e-22, 1e-23, 2.5e-3, 1e300, 0.1 + 0.2,
                 std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
                 std::numeric_limits<double>::quiet_NaN(),
                 std::bit_cast<double>(0x7ff8000000abcdefULL),
                 std::numeric_limits<double>::denorm_min(), std::numeric_limits<double>::max(),
                 9007199254740991.0, 9007199254740993.0, -9007199254740991.0}};
  for (const bool one_series : {true, false}) {
    batch.series.clear();
    for (std::uint32_t row = 0; row < batch.values.size(); ++row) {
      batch.series.push_back(one_series ? 1 : row + 1);
    }
    batch.times_unix_ns.assign(batch.values.size(), 0);
    expect_round_trip(batch);
  }
}

TEST_F(BlockTest, GivesRandomBitsAndRandomDecimalsOfRepeatedSeriesBack) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 200; ++round) {
    codec::Batch batch{.id = {random(), random()}};
    const std::size_t rows = random() % 300;
    for (std::size_t row = 0; row < rows; ++row) {
      // Numbers that share a place among the remembered, too.
      batch.series.push_back(static_cast<std::uint32_t>(random() % 20 + random() % 3 * 4096));
      batch.times_unix_ns.push_back(static_cast<std::int64_t>(random()));
      const double decimal =
          static_cast<double>(static_cast<std::int64_t>(random() % 20'000) - 10'000) /
          std::pow(10.0, static_cast<double>(random() % 24));
      batch.values.push_back(random() % 4 == 0 ? std::bit_cast<double>(random()) : decimal);
    }
    expect_round_trip(batch);
  }
}

TEST_F(BlockTest, GivesExtremeTimesAndNumbersBack) {
  const auto lowest = std::numeric_limits<std::int64_t>::min();
  const auto highest = std::numeric_limits<std::int64_t>::max();
  expect_round_trip({.id = {~0ULL, ~0ULL},
                     .series = {1, 4294967295, 0},
                     .times_unix_ns = {highest, lowest, highest},
                     .values = {1, 2, 3}});
  expect_round_trip({.id = {1, 1},
                     .series = {1, 1, 1},
                     .times_unix_ns = {-3'000'000'000, 5'000'000'000, 0},
                     .values = {1, 2, 3}});
}

TEST_F(BlockTest, ASampleOfEquipmentTakesLessThanTwoBytes) {
  LineReadings readings(4000);
  std::size_t bytes = 0;
  for (int second = 0; second < 10; ++second) bytes += encoded(codec_, readings.next()).size();
  EXPECT_LE(static_cast<double>(bytes) / 40'000, 2.0);
}

TEST_F(BlockTest, ASeriesThatRepeatsInABlockTakesLess) {
  std::mt19937 random(2);
  codec::Batch once{.id = {1, 1}};
  for (std::uint32_t row = 0; row < 2000; ++row) {
    once.series.push_back(row + 1);
    once.times_unix_ns.push_back(0);
    const std::uint32_t level = row % 100 * 7919 % 30'000;
    once.values.push_back(static_cast<double>(level + random() % 8) / 100);
  }
  codec::Batch often = once;
  for (std::uint32_t row = 0; row < 2000; ++row) often.series[row] = row % 100 + 1;
  EXPECT_LT(encoded(codec_, often).size(), encoded(codec_, once).size() * 2 / 3);
}

TEST_F(BlockTest, ColumnsOfUnequalLengthAreRefused) {
  const codec::Batch good = LineReadings(10).next();
  codec::Batch batch = good;
  batch.values.pop_back();
  EXPECT_FALSE(codec_.encode(batch));
  batch = good;
  batch.times_unix_ns.pop_back();
  EXPECT_FALSE(codec_.encode(batch));
  batch = good;
  batch.readings.resize(9);
  EXPECT_FALSE(codec_.encode(batch));
  EXPECT_FALSE(codec_.encode(good, std::vector<std::uint8_t>(9)));
}

TEST_F(BlockTest, EveryTruncationIsRefused) {
  const auto block = encoded(codec_, LineReadings(50).next());
  Content content;
  for (std::size_t size = 0; size < block.size(); ++size) {
    EXPECT_FALSE(codec_.decode(std::span(block).first(size), content)) << size;
  }
}

TEST_F(BlockTest, NoFlippedBitChangesABatch) {
  const auto batch = LineReadings(50).next();
  auto block = encoded(codec_, batch);
  for (std::size_t bit = 0; bit < block.size() * 8; ++bit) {
    block[bit / 8] ^= std::byte{static_cast<unsigned char>(1U << bit % 8)};
    Content content;
    // A few bits of a frame's header do not bear meaning; none may change the batch.
    if (codec_.decode(block, content)) {
      EXPECT_EQ(content.batch, batch) << "bit " << bit;
    }
    block[bit / 8] ^= std::byte{static_cast<unsigned char>(1U << bit % 8)};
  }
}

TEST_F(BlockTest, AnotherVersionSaysSo) {
  auto block = encoded(codec_, LineReadings(5).next());
  block[0] = std::byte{2};
  Content content;
  const auto refused = codec_.decode(block, content);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().detail, "version 2, expected 1");
}

// Behind an intact checksum: what a hostile writer could do.
TEST_F(BlockTest, ContentOfAnyKindIsRefusedOrABatchOfEqualColumns) {
  const auto block = encoded(codec_, LineReadings(40).next(), std::vector<std::uint8_t>(40, 3));
  const auto content = content_of(block);
  std::mt19937 random(5);
  Content back;
  for (int round = 0; round < 5000; ++round) {
    auto changed = content;
    for (unsigned change = 1 + random() % 4; change > 0; --change) {
      changed[random() % changed.size()] = std::byte{static_cast<unsigned char>(random())};
    }
    if (round % 3 == 0) changed.resize(random() % changed.size());
    if (!codec_.decode(block_around(changed), back)) continue;
    EXPECT_EQ(back.batch.times_unix_ns.size(), back.batch.size());
    EXPECT_EQ(back.batch.values.size(), back.batch.size());
  }
}

TEST_F(BlockTest, AClaimOfMoreThanIsThereGetsNoMemory) {
  Content content;
  // A frame that unpacks to 64 MiB of zeros out of a few KiB.
  const auto bomb = block_around(std::vector<std::byte>(std::size_t{64} << 20));
  EXPECT_FALSE(codec_.decode(bomb, content));
  // A billion rows in a hundred bytes.
  std::vector<std::byte> claim(100, std::byte{0});
  for (int at = 9; at < 13; ++at) claim[static_cast<std::size_t>(at)] = std::byte{0xff};
  claim[13] = std::byte{0x07};
  EXPECT_FALSE(codec_.decode(block_around(claim), content));
  EXPECT_LT(content.batch.series.capacity(), 100U);
}

}  // namespace
}  // namespace caspilink::block
