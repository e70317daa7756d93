#include "agent/sources/module_memory/sff8636.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/sources/module_memory/decode.h"
#include "tests/agent/sources/module_memory/page_builder.h"

namespace caspilink::module_memory {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const auto kNoLight = tl::unexpected(Absent::kNoLight);
const auto kNotSupported = tl::unexpected(Absent::kNotSupported);

std::vector<std::string> names(const ModuleReadings& readings) {
  std::vector<std::string> found;
  for (const Flag& flag : readings.flags) found.push_back(flag_name(flag));
  return found;
}

TEST(Sff8636Test, IdentityMonitorsAndLimits) {
  const auto readings = decode(qsfp());
  ASSERT_TRUE(readings) << readings.error().message();
  EXPECT_EQ(readings->identity.vendor, "CASPI OPTICS");
  EXPECT_EQ(readings->identity.serial, "Q77");
  const auto& details = std::get<QsfpDetails>(readings->details);
  EXPECT_EQ(details.nominal_rate_mbd, 25750U);
  EXPECT_THAT(details.compliance, ElementsAre("ext:0x03 100GBASE-LR4/25GBASE-LR"));
  EXPECT_DOUBLE_EQ(readings->wavelength_nm.value(), 1309.45);
  EXPECT_DOUBLE_EQ(readings->wavelength_tolerance_nm.value(), 6.5);
  EXPECT_DOUBLE_EQ(readings->temperature_c.value(), 40);
  ASSERT_EQ(readings->lanes.size(), 4U);
  EXPECT_DOUBLE_EQ(readings->lanes[0].rx_power_mw.value(), 1);
  EXPECT_DOUBLE_EQ(readings->lanes[3].tx_bias_ma.value(), 46);
  EXPECT_EQ(readings->lanes[1].rx_power_mw, kNoLight);
  EXPECT_EQ(readings->lanes[2].tx_power_mw, kNoLight);
  EXPECT_DOUBLE_EQ(readings->lanes[3].rx_power_mw.value(), 1e-4);
  EXPECT_DOUBLE_EQ(readings->thresholds.rx_power_mw->low_alarm, 0.0447);
  EXPECT_DOUBLE_EQ(readings->thresholds.tx_power_mw->high_warning, 2.8184);
  EXPECT_THAT(readings->warnings, IsEmpty());
}

TEST(Sff8636Test, WrongChecksumsWarn) {
  const auto readings = decode_sff8636(qsfp(qsfp_lower(), qsfp_page00().u8(191, 0).u8(223, 0)));
  EXPECT_THAT(readings.warnings, ElementsAre(HasSubstr("cc_base"), HasSubstr("cc_ext")));
}

TEST(Sff8636Test, FlatMemoryHasNoLimitsWhateverPageThreeShows) {
  const auto readings = decode_sff8636(qsfp(qsfp_lower().u8(2, 0x06)));
  EXPECT_FALSE(readings.thresholds.temperature_c);
  EXPECT_FALSE(readings.thresholds.rx_power_mw);
}

TEST(Sff8636Test, CableHasNoMonitors) {
  MemoryImage image;
  Page(PageAddress::lower()).u8(0, 0x11).u8(2, 0x04).put(image);
  qsfp_page00().u8(147, 0xA0).u8(220, 0).u8(186, 5).u8(187, 7).u8(188, 9).u8(189, 13).put(image);
  const auto readings = decode_sff8636(image);
  EXPECT_EQ(readings.temperature_c, kNotSupported);
  EXPECT_EQ(readings.supply_v, kNotSupported);
  EXPECT_EQ(readings.lanes[0].rx_power_mw, kNotSupported);
  EXPECT_EQ(readings.lanes[0].tx_bias_ma, kNotSupported);
  EXPECT_EQ(readings.wavelength_nm, std::nullopt);
  const auto& details = std::get<QsfpDetails>(readings.details);
  EXPECT_THAT(details.copper_attenuation_db.value(), ElementsAre(5, 7, 9, 13));
}

TEST(Sff8636Test, TransmitPowerThatIsNotAdvertised) {
  const auto readings = decode_sff8636(qsfp(qsfp_lower(), qsfp_page00().u8(220, 0x38)));
  EXPECT_DOUBLE_EQ(readings.lanes[0].tx_power_mw.value(), 1.2589);
  EXPECT_EQ(readings.lanes[2].tx_power_mw, kNotSupported) << "zero, and never promised";
  EXPECT_THAT(readings.warnings, Contains(HasSubstr("not advertised")));
}

TEST(Sff8636Test, OldModulesMeasureWithoutSayingSo) {
  const auto readings = decode_sff8636(qsfp(qsfp_lower().u8(1, 3), qsfp_page00().u8(220, 0x0C)));
  EXPECT_DOUBLE_EQ(readings.temperature_c.value(), 40);
  EXPECT_DOUBLE_EQ(readings.supply_v.value(), 3.3);
}

TEST(Sff8636Test, DataNotReady) {
  const auto readings = decode_sff8636(qsfp(qsfp_lower().u8(2, 0x03)));
  EXPECT_EQ(readings.temperature_c, tl::unexpected(Absent::kNotReady));
  EXPECT_EQ(readings.lanes[0].rx_power_mw, tl::unexpected(Absent::kNotReady));
}

TEST(Sff8636Test, FlagsRunFromTheTopOfTheirNibble) {
  const auto readings = decode_sff8636(qsfp(qsfp_lower()
                                                .u8(3, 0x81)
                                                .u8(4, 0x12)
                                                .u8(5, 0x48)
                                                .u8(6, 0x40)
                                                .u8(7, 0x10)
                                                .u8(9, 0x84)
                                                .u8(10, 0x21)
                                                .u8(12, 0x02)
                                                .u8(13, 0x10)));
  EXPECT_THAT(
      names(readings),
      UnorderedElementsAre("tx4_los", "rx1_los", "tx1_adapt_eq_fault", "tx2_fault", "tx3_cdr_lol",
                           "rx4_cdr_lol", "temp_low_alarm", "vcc_low_warn", "rx1_power_high_alarm",
                           "rx2_power_low_alarm", "rx3_power_high_warn", "rx4_power_low_warn",
                           "tx4_bias_high_warn", "tx1_power_low_warn"));
}

TEST(Sff8636Test, UnreadableUpperPageLeavesMonitors) {
  MemoryImage image;
  qsfp_lower().put(image);
  const auto readings = decode_sff8636(image);
  EXPECT_EQ(readings.identity.vendor, std::nullopt);
  EXPECT_DOUBLE_EQ(readings.lanes[0].rx_power_mw.value(), 1);
  EXPECT_FALSE(readings.thresholds.temperature_c);
}

}  // namespace
}  // namespace caspilink::module_memory
