#include "collector/store/block_v1.h"

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <zstd.h>

namespace caspilink::store {
namespace {

using testing::HasSubstr;

constexpr codec::BatchId kId{.boot = 0xFEEDFACECAFEBEEF, .sequence = 12};

// As version 1 wrote it; never to be changed.
constexpr std::string_view kBlock =
    "28B52FFD24657D0200040401EFBEFECACEFAEDFE0C0004070202FAFFFFFF1FFBFFFFFF1F8080A0BBD29DF1FA318080"
    "E0C4ADE28E85CE0101FDFF01008028C000800000000100000000000405003C070184008609DCC380172F7182A5";

using Bytes = std::vector<std::byte>;

Bytes block() {
  Bytes bytes;
  for (std::size_t i = 0; i < kBlock.size(); i += 2) {
    bytes.push_back(
        static_cast<std::byte>(std::stoi(std::string(kBlock.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

JudgedBatch content() {
  JudgedBatch judged;
  judged.batch = {
      .id = kId,
      .backlog = true,
      .series = {1, 2, 4294967295U, 1},
      .times_unix_ns = {1'800'000'000'000'000'000, std::numeric_limits<std::int64_t>::min(),
                        std::numeric_limits<std::int64_t>::max(), 0},
      .values = {-12.25, 0.0, -0.0, 5e-324},
      .readings = {codec::Reading::kValue, codec::Reading::kNoLight, codec::Reading::kValue,
                   codec::Reading::kValue}};
  judged.set_aside = {SetAside::kNone, SetAside::kNone, SetAside::kNone, SetAside::kFromFuture};
  return judged;
}

// The frame rebuilt around changed content, as damage before compression would leave it.
Bytes with_content(const std::function<void(Bytes&)>& change) {
  const Bytes frame = block();
  Bytes inside(ZSTD_getFrameContentSize(frame.data(), frame.size()));
  ZSTD_decompress(inside.data(), inside.size(), frame.data(), frame.size());
  change(inside);
  Bytes out(ZSTD_compressBound(inside.size()));
  out.resize(ZSTD_compress(out.data(), out.size(), inside.data(), inside.size(), 1));
  return out;
}

TEST(BlockV1Test, IsReadAsItWasWritten) {
  const auto back = decode_block_v1(block(), kId);
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(*back, content());
}

TEST(BlockV1Test, EverySingleFlippedBitAndEveryTruncationIsNoticed) {
  const Bytes good = block();
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes flipped = good;
    flipped[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    const auto back = decode_block_v1(flipped, kId);
    // A few header bits of the frame change nothing in the content.
    EXPECT_TRUE(!back || *back == content()) << "bit " << bit;
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(decode_block_v1(std::span(good).first(size), kId)) << size;
  }
}

TEST(BlockV1Test, WhatIsWrongIsSaid) {
  const auto problem = [](const Bytes& bytes, codec::BatchId id = kId) {
    const auto back = decode_block_v1(bytes, id);
    return back ? std::string() : back.error().message();
  };
  EXPECT_THAT(problem(block(), {.boot = kId.boot, .sequence = 13}),
              HasSubstr("holds batch feedfacecafebeef/12"));
  EXPECT_THAT(problem(with_content([](Bytes& c) { c[0] = std::byte{2}; })),
              HasSubstr("format version 2, expected 1"));
  EXPECT_THAT(problem(with_content([](Bytes& c) { c[17] = std::byte{0x7F}; })),
              HasSubstr("127 rows in"));
  EXPECT_THAT(problem(with_content([](Bytes& c) { c[c.size() - 5] = std::byte{9}; })),
              HasSubstr("reading 9"));
  EXPECT_THAT(problem(with_content([](Bytes& c) { c.push_back(std::byte{0}); })),
              HasSubstr("left over"));
}

}  // namespace
}  // namespace caspilink::store
