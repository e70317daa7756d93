#include "agent/sources/module_memory/cmis_vdm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/sources/module_memory/cmis.h"
#include "tests/agent/sources/module_memory/page_builder.h"

namespace caspilink::module_memory {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

CmisDetails details(const MemoryImage& image) {
  return std::get<CmisDetails>(decode_cmis(image).details);
}

const VdmObservable& observable(const CmisDetails& cmis, std::uint8_t id) {
  for (const VdmObservable& each : cmis.vdm) {
    if (each.id == id) return each;
  }
  throw std::out_of_range("no observable " + std::to_string(id));
}

TEST(F16Test, KnownNumbers) {
  EXPECT_EQ(f16(0x0000), 0);
  EXPECT_DOUBLE_EQ(f16(0x0001), 1e-24);
  EXPECT_DOUBLE_EQ(f16(0x9200), 5.12e-4);
  EXPECT_DOUBLE_EQ(f16(0xFFFF), 2.047e10);
}

TEST(F16Test, GrowsWithTheMantissaWithinEveryExponent) {
  for (unsigned raw = 1; raw < 0x10000; ++raw) {
    const auto here = static_cast<std::uint16_t>(raw);
    ASSERT_GE(f16(here), 0);
    if ((raw & 0x7FF) == 0) {
      ASSERT_EQ(f16(here), 0);
    } else {
      ASSERT_GT(f16(here), f16(static_cast<std::uint16_t>(raw - 1))) << raw;
    }
    // One exponent more is ten times the number.
    if (raw < 0xF800) {
      ASSERT_NEAR(f16(static_cast<std::uint16_t>(raw + 0x800)), 10 * f16(here),
                  1e-12 * 10 * f16(here));
    }
  }
}

TEST(CmisVdmTest, DescriptorsAreWalkedInWhateverOrder) {
  const CmisDetails cmis = details(zr());
  ASSERT_EQ(cmis.vdm.size(), 16U);
  EXPECT_DOUBLE_EQ(observable(cmis, 141).value.value(), -584);
  EXPECT_DOUBLE_EQ(observable(cmis, 139).value.value(), 33.4);
  EXPECT_DOUBLE_EQ(observable(cmis, 15).value.value(), 5.12e-4);
  EXPECT_DOUBLE_EQ(observable(cmis, 143).value.value(), -9.53);
  EXPECT_EQ(observable(cmis, 141).lane(), 1U);
  EXPECT_EQ(observable(cmis, 4).lane(), 0U) << "of the module";
  EXPECT_EQ(observable(cmis, 4).instance, 64U);
}

TEST(CmisVdmTest, UnknownIdsKeepTheirRawNumber) {
  const CmisDetails cmis = details(zr());
  EXPECT_EQ(observable(cmis, 250).name, "unknown");
  EXPECT_EQ(observable(cmis, 250).raw, 0x1234);
  EXPECT_EQ(observable(cmis, 250).value, std::nullopt);
  EXPECT_EQ(observable(cmis, 101).name, "custom");
}

TEST(CmisVdmTest, LimitsOfNoLimitAreSaidSo) {
  const CmisDetails cmis = details(zr());
  EXPECT_FALSE(observable(cmis, 141).limits_set) << "FFFFh is -1 MHz to a signed observable";
  EXPECT_TRUE(observable(cmis, 139).limits_set);
  EXPECT_DOUBLE_EQ(observable(cmis, 139).limits->low_warning, 16);
  EXPECT_FALSE(observable(cmis, 15).limits_set) << "all equal";
}

TEST(CmisVdmTest, FlagsAreNibblesByRow) {
  const CmisDetails cmis = details(zr());
  EXPECT_THAT(observable(cmis, 141).flags.value(), IsEmpty());
  EXPECT_THAT(observable(cmis, 139).flags.value(),
              ElementsAre(FlagLevel::kLowAlarm, FlagLevel::kLowWarning));
  MemoryImage image = zr();
  image.erase(PageAddress::upper(0x2C));
  EXPECT_EQ(observable(details(image), 139).flags, std::nullopt);
}

TEST(CmisVdmTest, NothingWithoutAdvertisement) {
  const CmisDetails cmis = details(zr(zr_page01().u8(142, 0x10).sum(130, 254)));
  EXPECT_THAT(cmis.vdm, IsEmpty());
  EXPECT_FALSE(cmis.vdm_control);
}

TEST(CmisVdmTest, UnreadableValuesHaveNoNumber) {
  MemoryImage image = zr();
  image.erase(PageAddress::upper(0x24));
  const CmisDetails cmis = details(image);
  ASSERT_EQ(cmis.vdm.size(), 16U);
  EXPECT_EQ(observable(cmis, 139).value, std::nullopt);
  EXPECT_EQ(observable(cmis, 139).raw, std::nullopt);
}

TEST(CmisVdmTest, OnlyGroupsInUseAreDecoded) {
  MemoryImage image = zr();
  Page descriptors(PageAddress::upper(0x21)), values(PageAddress::upper(0x25));
  vdm_row(descriptors, values, 2, 0x12, 5, 20 * 256);
  descriptors.put(image);
  values.put(image);
  EXPECT_EQ(details(image).vdm.size(), 16U);
  Page(PageAddress::upper(0x2F)).u8(128, 1).u16(129, 10000).put(image);
  const CmisDetails cmis = details(image);
  ASSERT_EQ(cmis.vdm.size(), 17U);
  EXPECT_EQ(cmis.vdm.back().instance, 67U);
  EXPECT_EQ(cmis.vdm.back().threshold_set, 18U);
  EXPECT_EQ(cmis.vdm.back().lane(), 3U);
  EXPECT_DOUBLE_EQ(cmis.vdm.back().value.value(), 20);
}

TEST(CmisVdmTest, BanksHaveTheirOwnLanes) {
  MemoryImage image = zr(zr_page01().u8(142, 0x51).sum(130, 254));
  Page descriptors(PageAddress::upper(0x20, 1)), values(PageAddress::upper(0x24, 1));
  vdm_row(descriptors, values, 0, 0x02, 5, 10 * 256);
  descriptors.put(image);
  values.put(image);
  const CmisDetails cmis = details(image);
  EXPECT_EQ(cmis.vdm.back().lane(), 11U);
}

Page fec_page() {
  return Page(PageAddress::upper(0x34))
      .u64(128, 25'872'000'000'000)
      .u64(136, 431'200'000'000)
      .u64(144, 13'246'464'000)
      .u64(152, 189'728'000)
      .u64(160, 425'594'400)
      .u32(168, 1'000'000)
      .u32(172, 20'000)
      .u32(176, 3);
}

TEST(CmisCoherentTest, FecRatios) {
  MemoryImage image = zr();
  fec_page().put(image);
  const CmisDetails cmis = details(image);
  ASSERT_EQ(cmis.performance.size(), 1U);
  const FecPerformance& fec = cmis.performance[0].fec.value();
  EXPECT_DOUBLE_EQ(fec.pre_fec_ber_average.value(), 5.12e-4);
  EXPECT_DOUBLE_EQ(fec.pre_fec_ber_minimum.value(), 4.4e-4);
  EXPECT_DOUBLE_EQ(fec.pre_fec_ber_maximum.value(), 9.87e-4);
  EXPECT_DOUBLE_EQ(fec.uncorrectable_frame_ratio.value(), 3e-6);
}

TEST(CmisCoherentTest, CountersThatContradictThemselvesGiveNoRatio) {
  MemoryImage image = zr();
  fec_page().u64(128, 0).u64(136, 1'809'317'888).u32(168, 0).put(image);
  const CmisDetails cmis = details(image);
  const FecPerformance& fec = cmis.performance.at(0).fec.value();
  EXPECT_FALSE(fec.pre_fec_ber_average);
  EXPECT_FALSE(fec.pre_fec_ber_minimum);
  EXPECT_FALSE(fec.pre_fec_ber_maximum) << "0.235: the denominator lost its upper half";
  EXPECT_FALSE(fec.uncorrectable_frame_ratio);
}

TEST(CmisCoherentTest, LinkRows) {
  MemoryImage image = zr();
  Page(PageAddress::upper(0x35))
      .u32(128, 0xFFFFFB2E)
      .u32(132, 0xFFFFFB14)
      .u32(136, 0xFFFFFB4F)
      .u16(158, 334)
      .u16(160, 330)
      .u16(162, 338)
      .put(image);
  const CmisDetails cmis = details(image);
  ASSERT_EQ(cmis.performance.at(0).link.size(), 17U);
  EXPECT_EQ(cmis.performance[0].link[0].name, "cd_ps_nm");
  EXPECT_DOUBLE_EQ(cmis.performance[0].link[0].value.average, -1234);
  EXPECT_DOUBLE_EQ(cmis.performance[0].link[0].value.maximum, -1201);
  EXPECT_DOUBLE_EQ(cmis.performance[0].link[4].value.minimum, 33.0);
}

TEST(CmisCoherentTest, NothingWithoutAdvertisement) {
  MemoryImage image = zr(zr_page01().u8(142, 0x40).sum(130, 254));
  fec_page().put(image);
  EXPECT_THAT(details(image).performance, IsEmpty());
}

}  // namespace
}  // namespace caspilink::module_memory
