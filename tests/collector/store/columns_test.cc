#include "collector/store/columns.h"

#include <cmath>
#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <zstd.h>

#include "tests/collector/store/batches.h"

namespace caspilink::store {
namespace {

using testing::HasSubstr;

constexpr codec::BatchId kId{.boot = 0xFEEDFACECAFEBEEF, .sequence = 12};

JudgedBatch sample() {
  JudgedBatch judged = *make_batch("", kId.boot, kId.sequence, 40);
  judged.received_unix_ns = 0;
  judged.batch.backlog = true;
  judged.batch.readings.assign(40, codec::Reading::kValue);
  judged.batch.readings[3] = codec::Reading::kNoLight;
  judged.set_aside.assign(40, SetAside::kNone);
  judged.set_aside[39] = SetAside::kFromFuture;
  return judged;
}

std::string block_of(const JudgedBatch& judged) {
  ColumnCodec codec;
  return std::string(codec.encode(judged).value());
}

// The frame rebuilt around changed content, as damage before compression would leave it.
std::string with_content(const std::string& block,
                         const std::function<void(std::string&)>& change) {
  std::string content(ZSTD_getFrameContentSize(block.data(), block.size()), '\0');
  ZSTD_decompress(content.data(), content.size(), block.data(), block.size());
  change(content);
  std::string out(ZSTD_compressBound(content.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), content.data(), content.size(), 1));
  return out;
}

TEST(ColumnCodecTest, GivesBackWhatItTook) {
  ColumnCodec codec;
  const auto back = codec.decode(block_of(sample()), kId);
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(*back, sample());
}

TEST(ColumnCodecTest, KeepsExtremesAndEmptiness) {
  ColumnCodec codec;
  JudgedBatch extremes;
  extremes.batch.id = kId;
  extremes.batch.series = {4294967295U, 1, 4294967295U};
  extremes.batch.times_unix_ns = {std::numeric_limits<std::int64_t>::max(),
                                  std::numeric_limits<std::int64_t>::min(), 0};
  extremes.batch.values = {-0.0, std::numeric_limits<double>::infinity(), 5e-324};
  auto back = codec.decode(block_of(extremes), kId);
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(*back, extremes);

  JudgedBatch empty;
  empty.batch.id = kId;
  back = codec.decode(block_of(empty), kId);
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(back->batch.size(), 0U);
}

TEST(ColumnCodecTest, NanSurvivesForTheRecord) {
  ColumnCodec codec;
  JudgedBatch judged = *make_batch("", kId.boot, kId.sequence, 1);
  judged.batch.values[0] = std::nan("");
  EXPECT_TRUE(std::isnan(codec.decode(block_of(judged), kId)->batch.values[0]));
}

TEST(ColumnCodecTest, EverySingleFlippedBitIsNoticed) {
  ColumnCodec codec;
  const std::string block = block_of(sample());
  for (std::size_t bit = 0; bit < block.size() * 8; ++bit) {
    std::string flipped = block;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const auto back = codec.decode(flipped, kId);
    // A few header bits of the frame change nothing in the content.
    EXPECT_TRUE(!back || *back == sample()) << "bit " << bit;
  }
}

TEST(ColumnCodecTest, EveryTruncationIsNoticed) {
  ColumnCodec codec;
  const std::string block = block_of(sample());
  for (std::size_t size = 0; size < block.size(); ++size) {
    EXPECT_FALSE(codec.decode(block.substr(0, size), kId)) << size;
  }
}

TEST(ColumnCodecTest, ABlockUnderTheWrongRowIsNoticed) {
  ColumnCodec codec;
  const auto back = codec.decode(block_of(sample()), {.boot = kId.boot, .sequence = 13});
  ASSERT_FALSE(back);
  EXPECT_THAT(back.error().detail, HasSubstr("expected feedfacecafebeef/13"));
}

TEST(ColumnCodecTest, AnotherVersionIsNamed) {
  ColumnCodec codec;
  const auto back =
      codec.decode(with_content(block_of(sample()), [](std::string& c) { c[0] = 2; }), kId);
  ASSERT_FALSE(back);
  EXPECT_THAT(back.error().detail, HasSubstr("format version 2, expected 1"));
}

TEST(ColumnCodecTest, ARowCountBeyondTheBytesIsRefusedBeforeMemoryIsGiven) {
  ColumnCodec codec;
  const auto back = codec.decode(with_content(block_of(sample()),
                                              [](std::string& c) {
                                                c[17] = '\xFF';
                                                c[18] = '\x7F';
                                              }),
                                 kId);
  ASSERT_FALSE(back);
  EXPECT_THAT(back.error().detail, HasSubstr("rows in"));
}

TEST(ColumnCodecTest, AReadingOutsideTheEnumIsRefused) {
  ColumnCodec codec;
  const auto back = codec.decode(
      with_content(block_of(sample()), [](std::string& c) { c[c.size() - 41] = 9; }), kId);
  ASSERT_FALSE(back);
  EXPECT_THAT(back.error().detail, HasSubstr("reading 9"));
}

TEST(ColumnCodecTest, TrailingBytesAreRefused) {
  ColumnCodec codec;
  EXPECT_FALSE(
      codec.decode(with_content(block_of(sample()), [](std::string& c) { c.push_back(0); }), kId));
}

}  // namespace
}  // namespace caspilink::store
