#include "agent/sources/module_memory/memory_image.h"

#include <limits>

#include <gtest/gtest.h>

namespace caspilink::module_memory {
namespace {

const std::vector<std::uint8_t> kFour = {0x12, 0x34, 0xFF, 0xFE};

TEST(MemoryImageTest, WhatWasNotReadIsAbsentAndNotZero) {
  MemoryImage image;
  EXPECT_FALSE(image.lower().any());
  EXPECT_EQ(image.lower().u8(0), std::nullopt);
  ASSERT_TRUE(image.put(PageAddress::upper(0x11), 200, kFour));
  const Registers page = image.upper(0x11);
  EXPECT_EQ(page.u8(199), std::nullopt);
  EXPECT_EQ(page.u8(200), 0x12);
  EXPECT_EQ(page.u16(202), 0xFFFE);
  EXPECT_EQ(page.u16(203), std::nullopt) << "half of it was not read";
  EXPECT_EQ(page.sum(199, 203), std::nullopt);
  EXPECT_FALSE(image.upper(0x11, 1).any()) << "another bank";
  EXPECT_FALSE(image.at(PageAddress::upper(0x11, 0, kDiagnosticsI2c)).any());
}

TEST(MemoryImageTest, NumbersAreBigEndianAndSigned) {
  MemoryImage image;
  ASSERT_TRUE(image.put(PageAddress::lower(), 0, kFour));
  EXPECT_EQ(image.lower().u16(0), 0x1234);
  EXPECT_EQ(image.lower().u16_little_endian(0), 0x3412);
  EXPECT_EQ(image.lower().s16(2), -2);
  EXPECT_EQ(image.lower().u32(0), 0x1234FFFEU);
  EXPECT_EQ(image.lower().sum(0, 3), 0x43);
  const std::vector<std::uint8_t> one = {0x3F, 0x80, 0x00, 0x00};
  ASSERT_TRUE(image.put(PageAddress::lower(), 4, one));
  EXPECT_EQ(image.lower().ieee754(4), 1.0F);
  EXPECT_EQ(image.lower().u64(0), 0x1234FFFE3F800000U);
}

TEST(MemoryImageTest, NoReadLeavesItsHalf) {
  MemoryImage image;
  const std::vector<std::uint8_t> all(kPageBytes, 7);
  ASSERT_TRUE(image.put(PageAddress::lower(), 0, all));
  ASSERT_TRUE(image.put(PageAddress::upper(0), 128, all));
  EXPECT_EQ(image.lower().u8(128), std::nullopt);
  EXPECT_EQ(image.lower().u16(127), std::nullopt);
  EXPECT_EQ(image.upper(0).u8(127), std::nullopt);
  EXPECT_EQ(image.upper(0).u8(0), std::nullopt);
  EXPECT_EQ(image.upper(0).u64(249), std::nullopt);
  EXPECT_EQ(image.upper(0).u8(256), std::nullopt);
  EXPECT_EQ(image.upper(0).u8(std::numeric_limits<unsigned>::max()), std::nullopt);
}

TEST(MemoryImageTest, PutRefusesWhatDoesNotFit) {
  MemoryImage image;
  EXPECT_FALSE(image.put(PageAddress::lower(), 125, kFour));
  EXPECT_FALSE(image.put(PageAddress::lower(), 128, kFour));
  EXPECT_FALSE(image.put(PageAddress::upper(1), 127, kFour));
  EXPECT_FALSE(image.put(PageAddress::upper(1), 253, kFour));
  EXPECT_TRUE(image.pages().empty());
}

TEST(MemoryImageTest, TextLosesItsPaddingAndItsUnprintableLetters) {
  MemoryImage image;
  const std::vector<std::uint8_t> raw = {0xFF, 0xFF, ' ', 'A', 0xE9, 'B', 0x07, ' ', 0, 0};
  ASSERT_TRUE(image.put(PageAddress::lower(), 0, raw));
  EXPECT_EQ(image.lower().text(0, 10), "A?B?");
  EXPECT_EQ(image.lower().text(7, 3), "");
  EXPECT_EQ(image.lower().text(7, 4), std::nullopt);
}

}  // namespace
}  // namespace caspilink::module_memory
