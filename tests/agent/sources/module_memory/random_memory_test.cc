// Random memory never harms the decoders, and never becomes a reading that cannot be.
#include <array>
#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "agent/sources/module_memory/decode.h"
#include "agent/sources/module_memory/dump_file.h"
#include "agent/sources/module_memory/observations.h"
#include "proto/codec/quantity.h"
#include "tests/agent/sources/module_memory/page_builder.h"

namespace caspilink::module_memory {
namespace {

constexpr std::uint32_t kSeeds = 1500;

void check(const MemoryImage& image) {
  const auto readings = decode(image);
  if (!readings) {
    EXPECT_FALSE(readings.error().detail.empty());
    return;
  }
  for (const Lane& lane : readings->lanes) {
    ASSERT_FALSE(lane.rx_power_mw && !(*lane.rx_power_mw > 0)) << "zero is no light";
    ASSERT_FALSE(lane.tx_power_mw && !(*lane.tx_power_mw > 0));
  }
  for (const ModulePlace& place :
       {ModulePlace{"m", "eth0", "FP01", 1}, ModulePlace{"m", "eth0", "", 0}}) {
    for (const auto& each : to_observations(*readings, place, 1)) {
      const auto& row = codec::info(each.point.quantity);
      ASSERT_TRUE(std::isfinite(each.value)) << row.name;
      if (each.reading == codec::Reading::kValue) {
        ASSERT_GE(each.value, row.minimum) << row.name;
        ASSERT_LE(each.value, row.maximum) << row.name;
      }
    }
  }
}

std::vector<PageAddress> addresses() {
  std::vector<PageAddress> all = {PageAddress::lower(), PageAddress::lower(kDiagnosticsI2c)};
  for (const unsigned page :
       {0x00U, 0x01U, 0x02U, 0x03U, 0x04U, 0x11U, 0x12U, 0x14U, 0x20U, 0x21U, 0x22U, 0x23U,
        0x24U, 0x25U, 0x26U, 0x27U, 0x28U, 0x29U, 0x2AU, 0x2BU, 0x2CU, 0x2FU, 0x34U, 0x35U}) {
    for (std::uint8_t bank = 0; bank < 4; ++bank) {
      all.push_back(PageAddress::upper(static_cast<std::uint8_t>(page), bank));
    }
  }
  return all;
}

TEST(RandomMemoryTest, RandomPagesOfEveryKindOfModule) {
  const auto all = addresses();
  constexpr std::array<std::uint8_t, 6> kIdentifiers = {0x03, 0x11, 0x18, 0x19, 0x80, 0x00};
  for (std::uint32_t seed = 0; seed < kSeeds && !HasFatalFailure(); ++seed) {
    std::mt19937 random(seed);
    MemoryImage image;
    for (const PageAddress& address : all) {
      if (random() % 8 == 0) continue;
      std::array<std::uint8_t, kPageBytes> bytes{};
      for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
      if (address == PageAddress::lower()) {
        bytes[0] = kIdentifiers[seed % kIdentifiers.size()];
        bytes[2] &= 0x7B;  // paged memory, which has more to decode
        if (seed % 5 == 0) bytes[92] = 0x58;
      }
      const unsigned kept = random() % 4 == 0 ? random() % kPageBytes : kPageBytes;
      ASSERT_TRUE(image.put(address, address.base(), std::span(bytes).first(kept)));
    }
    SCOPED_TRACE(seed);
    check(image);
  }
}

TEST(RandomMemoryTest, ModulesWithAFewBytesChanged) {
  const std::array modules = {sfp(), qsfp(), zr()};
  for (std::uint32_t seed = 0; seed < kSeeds && !HasFatalFailure(); ++seed) {
    std::mt19937 random(seed);
    MemoryImage image = modules[seed % modules.size()];
    std::vector<PageAddress> present;
    for (const auto& [address, page] : image.pages()) present.push_back(address);
    for (unsigned change = 0; change < 1 + seed % 6; ++change) {
      const PageAddress& address = present[random() % present.size()];
      const std::array byte = {static_cast<std::uint8_t>(random())};
      ASSERT_TRUE(image.put(address, address.base() + random() % kPageBytes, byte));
    }
    SCOPED_TRACE(seed);
    check(image);
  }
}

TEST(RandomMemoryTest, DumpFilesWithLettersChanged) {
  std::string text = "# x\n#@ i2c=0x50 bank=0 page=lower offset=0 length=16\n";
  text += "03 04 07 20 00 00 00 00 00 00 00 06 67 00 00 00\n";
  text += "#@ i2c=0x50 bank=1 page=0x11 offset=200 length=2\n12 34\n";
  constexpr std::string_view kLetters = "#@=0x50lpage \n\tbankFfz9-\xff";
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    std::mt19937 random(seed);
    std::string changed = text;
    for (unsigned change = 0; change < 1 + seed % 5; ++change) {
      changed[random() % changed.size()] = kLetters[random() % kLetters.size()];
    }
    if (seed % 7 == 0) changed.resize(random() % changed.size());
    const auto image = parse_dump(changed, "r.hex");
    if (!image) {
      EXPECT_EQ(image.error().code, ErrorCode::kInvalidInput);
      EXPECT_TRUE(image.error().where.starts_with("r.hex:")) << image.error().where;
    }
  }
}

}  // namespace
}  // namespace caspilink::module_memory
