#include "collector/store/pack.h"

#include <cmath>
#include <string>

#include <gmock/gmock.h>

#include "tests/collector/store/batches.h"

namespace caspilink::store {
namespace {

using testing::HasSubstr;

StoredBlock as_stored(const PackedBlock& packed) {
  const JudgedBatch& first = *packed.batches.front();
  return {.agent = first.agent,
          .first = first.batch.id,
          .batches = packed.batches.size(),
          .received_unix_ns = first.received_unix_ns,
          .members = packed.members,
          .block = packed.block};
}

// Three neighbours, each with something the others have not.
JudgedBatches neighbours() {
  auto plain = make_batch("aktau", 9, 5);
  auto dark = make_batch("aktau", 9, 6, 2);
  dark->batch.readings = {codec::Reading::kValue, codec::Reading::kNoLight};
  dark->received_unix_ns -= 30 * kSecond;  // the clock was set
  auto odd = make_batch("aktau", 9, 7, 4);
  odd->set_aside = {SetAside::kNone, SetAside::kFromFuture, SetAside::kNone, SetAside::kNotFinite};
  odd->batch.values[3] = std::nan("");
  odd->batch.backlog = true;
  return {plain, dark, odd};
}

TEST(PackerTest, NeighboursBecomeOneBlockAndComeApartAgain) {
  Packer packer;
  const JudgedBatches batches = neighbours();
  const auto blocks = packer.pack({batches[2], batches[0], batches[1]});
  ASSERT_TRUE(blocks) << blocks.error().message();
  ASSERT_EQ(blocks->size(), 1U);
  const PackedBlock& block = blocks->front();
  EXPECT_EQ(block.samples, 9U);
  EXPECT_EQ(block.set_aside, 2U);
  EXPECT_EQ(block.oldest_unix_ns, batches[0]->batch.times_unix_ns.front());
  EXPECT_EQ(block.newest_unix_ns, batches[2]->batch.times_unix_ns.back());
  auto back = packer.unpack(as_stored(block));
  ASSERT_TRUE(back) << back.error().message();
  ASSERT_EQ(back->size(), 3U);
  EXPECT_EQ((*back)[0], *batches[0]);
  EXPECT_EQ((*back)[1], *batches[1]);
  EXPECT_TRUE(std::isnan((*back)[2].batch.values[3]));
  (*back)[2].batch.values[3] = 0;
  JudgedBatch odd = *batches[2];
  odd.batch.values[3] = 0;
  EXPECT_EQ((*back)[2], odd);
}

TEST(PackerTest, AGapAnotherBootOrAnotherAgentBeginsAnotherBlock) {
  Packer packer;
  const auto blocks =
      packer.pack({make_batch("aktau", 9, 1), make_batch("aktau", 9, 3), make_batch("aktau", 8, 2),
                   make_batch("sumgait", 9, 2), make_batch("aktau", 9, 4)});
  ASSERT_TRUE(blocks);
  std::vector<std::size_t> sizes;
  for (const PackedBlock& block : *blocks) sizes.push_back(block.batches.size());
  EXPECT_THAT(sizes, testing::ElementsAre(1, 1, 2, 1));
}

TEST(PackerTest, TheSecondOfTwoAlikeIsLeftOut) {
  Packer packer;
  const auto blocks = packer.pack(
      {make_batch("aktau", 9, 1), make_batch("aktau", 9, 2), make_batch("aktau", 9, 1)});
  ASSERT_TRUE(blocks);
  ASSERT_EQ(blocks->size(), 1U);
  EXPECT_EQ(blocks->front().samples, 6U);
}

TEST(PackerTest, ABlockIsClosedBeforeItHoldsTooManyRows) {
  Packer packer;
  const auto blocks =
      packer.pack({make_batch("aktau", 9, 1, kRowsPerBlock - 1), make_batch("aktau", 9, 2, 1),
                   make_batch("aktau", 9, 3, 1), make_batch("aktau", 9, 4, kRowsPerBlock + 1)});
  ASSERT_TRUE(blocks);
  std::vector<std::size_t> samples;
  for (const PackedBlock& block : *blocks) samples.push_back(block.samples);
  EXPECT_THAT(samples, testing::ElementsAre(kRowsPerBlock, 1, kRowsPerBlock + 1));
}

TEST(PackerTest, ABatchWithoutRowsIsABatch) {
  Packer packer;
  const auto blocks = packer.pack({make_batch("aktau", 9, 1, 0)});
  ASSERT_TRUE(blocks);
  EXPECT_EQ(blocks->front().oldest_unix_ns, kNow + kSecond);
  const auto back = packer.unpack(as_stored(blocks->front()));
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(back->front(), *make_batch("aktau", 9, 1, 0));
}

TEST(PackerTest, MembersAreKnownWithoutUnpacking) {
  Packer packer;
  const JudgedBatches batches = neighbours();
  const auto blocks = packer.pack(batches);
  auto stored = as_stored(blocks->front());
  stored.block = {};
  const auto members = members_of(stored);
  ASSERT_TRUE(members);
  ASSERT_EQ(members->size(), 3U);
  EXPECT_EQ((*members)[2].id.sequence, 7U);
  EXPECT_EQ((*members)[2].rows, 4U);
  EXPECT_EQ((*members)[2].set_aside, 2U);
  EXPECT_TRUE((*members)[2].backlog);
  EXPECT_EQ((*members)[1].received_unix_ns, batches[1]->received_unix_ns);
}

TEST(PackerTest, AListThatDoesNotFitItsBlockIsNoticed) {
  Packer packer;
  const auto blocks = packer.pack(neighbours());
  const StoredBlock good = as_stored(blocks->front());
  for (std::size_t at = 0; at < good.members.size(); ++at) {
    StoredBlock shorter = good;
    shorter.members = good.members.first(at);
    if (at > 0) {
      EXPECT_FALSE(packer.unpack(shorter)) << at;
    }
  }
  std::vector<std::byte> more(good.members.begin(), good.members.end());
  more[0] = std::byte{4};  // rows of the first
  StoredBlock wrong = good;
  wrong.members = more;
  const auto back = packer.unpack(wrong);
  ASSERT_FALSE(back);
  EXPECT_THAT(back.error().message(), HasSubstr("aktau batch 9/5: corrupt block"));
}

TEST(PackerTest, ABlockUnderTheWrongRowIsNoticed) {
  Packer packer;
  const auto blocks = packer.pack(neighbours());
  StoredBlock moved = as_stored(blocks->front());
  moved.first.sequence = 6;
  const auto back = packer.unpack(moved);
  ASSERT_FALSE(back);
  EXPECT_THAT(back.error().message(), HasSubstr("holds batch 9/5"));
}

}  // namespace
}  // namespace caspilink::store
