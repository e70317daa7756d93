#include "agent/sources/module_memory/sff8472.h"

#include <cmath>
#include <limits>

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

const SfpDetails& details(const ModuleReadings& readings) {
  return std::get<SfpDetails>(readings.details);
}

const auto kNoLight = tl::unexpected(Absent::kNoLight);
const auto kNotSupported = tl::unexpected(Absent::kNotSupported);
const auto kNotReadable = tl::unexpected(Absent::kNotReadable);
const auto kNotReady = tl::unexpected(Absent::kNotReady);

TEST(Sff8472Test, IdentityAndMonitors) {
  const auto readings = decode(sfp());
  ASSERT_TRUE(readings) << readings.error().message();
  EXPECT_EQ(readings->identity.vendor, "CASPI OPTICS");
  EXPECT_EQ(readings->identity.part, "CO-10G-ZR");
  EXPECT_EQ(readings->identity.revision, "B2");
  EXPECT_EQ(readings->identity.serial, "S123");
  EXPECT_EQ(readings->identity.date_code, "250131");
  EXPECT_EQ(readings->identity.oui, "00:0b:40");
  EXPECT_THAT(details(*readings).compliance, ElementsAre("10GBASE-LR"));
  EXPECT_EQ(details(*readings).nominal_rate_mbd, 10300U);
  EXPECT_DOUBLE_EQ(readings->wavelength_nm.value(), 1550);
  EXPECT_DOUBLE_EQ(readings->temperature_c.value(), -5.0);
  EXPECT_DOUBLE_EQ(readings->supply_v.value(), 3.3);
  ASSERT_EQ(readings->lanes.size(), 1U);
  EXPECT_DOUBLE_EQ(readings->lanes[0].tx_bias_ma.value(), 40);
  EXPECT_DOUBLE_EQ(readings->lanes[0].tx_power_mw.value(), 1.2589);
  EXPECT_DOUBLE_EQ(readings->lanes[0].rx_power_mw.value(), 0.0025);
  EXPECT_DOUBLE_EQ(readings->thresholds.temperature_c->low_warning, -5);
  EXPECT_DOUBLE_EQ(readings->thresholds.tx_bias_ma->high_alarm, 100);
  EXPECT_DOUBLE_EQ(readings->thresholds.rx_power_mw->low_alarm, 0.001);
  EXPECT_THAT(readings->warnings, IsEmpty());
  EXPECT_THAT(readings->flags, IsEmpty());
}

TEST(Sff8472Test, WrongChecksumsWarnAndStillDecode) {
  const auto readings =
      decode_sff8472(sfp(sfp_identity().u8(63, 0xEE).u8(95, 0xEE), sfp_diagnostics().u8(95, 0xEE)));
  EXPECT_THAT(readings.warnings,
              ElementsAre(HasSubstr("cc_base"), HasSubstr("cc_ext"), HasSubstr("cc_dmi")));
  EXPECT_DOUBLE_EQ(readings.supply_v.value(), 3.3);
}

TEST(Sff8472Test, ZeroRawPowerIsNoLight) {
  const auto readings = decode_sff8472(sfp(sfp_identity(), sfp_diagnostics().u16(104, 0)));
  EXPECT_EQ(readings.lanes[0].rx_power_mw, kNoLight);
  EXPECT_TRUE(readings.lanes[0].tx_power_mw);
}

TEST(Sff8472Test, WithoutDiagnosticsMonitorsAreNotSupported) {
  MemoryImage image;
  sfp_identity().u8(92, 0).sum(64, 94).put(image);
  sfp_identity().put(image);  // A0h again at A2h, as some modules answer there
  Page(PageAddress::lower(kDiagnosticsI2c)).u16(98, 33000).put(image);
  sfp_identity().u8(92, 0).sum(64, 94).put(image);
  const auto readings = decode_sff8472(image);
  EXPECT_EQ(readings.temperature_c, kNotSupported);
  EXPECT_EQ(readings.supply_v, kNotSupported);
  EXPECT_THAT(readings.lanes, IsEmpty());
  EXPECT_FALSE(readings.thresholds.temperature_c);
}

TEST(Sff8472Test, UnreadableDiagnosticsAreNotReadableRatherThanZero) {
  MemoryImage image;
  sfp_identity().put(image);
  const auto readings = decode_sff8472(image);
  EXPECT_EQ(readings.temperature_c, kNotReadable);
  ASSERT_EQ(readings.lanes.size(), 1U);
  EXPECT_EQ(readings.lanes[0].rx_power_mw, kNotReadable);
  EXPECT_THAT(readings.warnings, Contains(HasSubstr("A2h")));
}

TEST(Sff8472Test, DataNotReadyHidesTheNumbersAndKeepsTheLimits) {
  const auto readings = decode_sff8472(sfp(sfp_identity(), sfp_diagnostics().u8(110, 0x01)));
  EXPECT_EQ(readings.temperature_c, kNotReady);
  EXPECT_EQ(readings.lanes[0].tx_bias_ma, kNotReady);
  EXPECT_EQ(readings.lanes[0].rx_power_mw, kNotReady);
  EXPECT_TRUE(readings.thresholds.rx_power_mw);
}

TEST(Sff8472Test, FlagsFollowTheirBitsAndTheOptionThatSaysTheyExist) {
  const auto page = sfp_diagnostics().u8(112, 0x91).u8(113, 0x40).u8(116, 0x08).u8(117, 0x80);
  const auto readings = decode_sff8472(sfp(sfp_identity(), page));
  std::vector<std::string> names;
  for (const Flag& flag : readings.flags) names.push_back(flag_name(flag));
  EXPECT_THAT(names, testing::UnorderedElementsAre("temp_high_alarm", "vcc_low_alarm",
                                                   "tx_power_low_alarm", "rx_power_low_alarm",
                                                   "tx_bias_high_warn", "rx_power_high_warn"));
  const auto none = decode_sff8472(sfp(sfp_identity().u8(93, 0x70), page));
  EXPECT_THAT(none.flags, IsEmpty());
}

TEST(Sff8472Test, FractionOfTheWavelengthNeedsTheGridsWord) {
  const auto wavelength = [](unsigned whole, unsigned hundredths) {
    return decode_sff8472(sfp(sfp_identity().u16(60, whole).u8(62, hundredths))).wavelength_nm;
  };
  EXPECT_DOUBLE_EQ(wavelength(1542, 14).value(), 1542.14);  // 194.4 THz
  EXPECT_DOUBLE_EQ(wavelength(1542, 20).value(), 1542);     // between channels
  EXPECT_DOUBLE_EQ(wavelength(1542, 114).value(), 1542);
  EXPECT_DOUBLE_EQ(wavelength(850, 14).value(), 850);
  EXPECT_EQ(wavelength(0, 0), std::nullopt);
  // Bytes 60 and 61 of a cable are its compliance.
  EXPECT_EQ(decode_sff8472(sfp(sfp_identity().u8(8, 0x04))).wavelength_nm, std::nullopt);
}

// Constants of SFF-8472 section 9.3 with every term at work.
Page external() {
  return sfp_diagnostics()
      .ieee754(56, 1.2e-17F)
      .ieee754(60, -3.5e-12F)
      .ieee754(64, 4e-7F)
      .ieee754(68, 0.35F)
      .ieee754(72, -12.5F)
      .u16(76, 0x0180)
      .s16(78, -25)  // bias x 1.5 - 25
      .u16(80, 0x00C0)
      .s16(82, 150)  // Tx power x 0.75 + 150
      .u16(84, 0x0108)
      .s16(86, -512)  // temperature x 1.03125 - 512
      .u16(88, 0x00F0)
      .s16(90, 400);  // supply x 0.9375 + 400
}

Page external_identity() { return sfp_identity().u8(92, 0x58).sum(64, 94); }

TEST(Sff8472ExternalCalibrationTest, EveryFormulaAppliesToReadings) {
  const auto readings = decode_sff8472(
      sfp(external_identity(),
          external().s16(96, 10880).u16(98, 32000).u16(100, 3000).u16(102, 5000).u16(104, 10000)));
  EXPECT_NEAR(readings.temperature_c.value(), (1.03125 * 10880 - 512) / 256, 1e-9);
  EXPECT_NEAR(readings.supply_v.value(), 3.04, 1e-9);
  EXPECT_NEAR(readings.lanes[0].tx_bias_ma.value(), (1.5 * 3000 - 25) * 0.002, 1e-9);
  EXPECT_NEAR(readings.lanes[0].tx_power_mw.value(), (0.75 * 5000 + 150) * 1e-4, 1e-9);
  // -12.5 + 3500 + 40 - 3.5 + 0.12, in 0.1 uW.
  EXPECT_NEAR(readings.lanes[0].rx_power_mw.value(), 0.352412, 1e-7);
}

TEST(Sff8472ExternalCalibrationTest, LimitsGoThroughTheSameFormulas) {
  const auto readings = decode_sff8472(
      sfp(external_identity(), external().limits(0, 256, -256, 0, 0).limits(32, 10000, 0, 1, 0)));
  EXPECT_NEAR(readings.thresholds.temperature_c->low_alarm, (-1.03125 * 256 - 512) / 256, 1e-9);
  EXPECT_NEAR(readings.thresholds.rx_power_mw->high_alarm, 0.352412, 1e-7);
  EXPECT_EQ(readings.thresholds.rx_power_mw->low_alarm, 0) << "negative: clamped";
}

TEST(Sff8472ExternalCalibrationTest, NegativeResultsAreNothingAndNeverMinusInfinity) {
  const auto readings = decode_sff8472(
      sfp(external_identity(),
          external().u16(98, 0).s16(90, -400).u16(100, 0).u16(102, 0).s16(82, -150).u16(104, 10)));
  EXPECT_EQ(readings.supply_v.value(), 0);
  EXPECT_EQ(readings.lanes[0].tx_bias_ma.value(), 0);
  EXPECT_EQ(readings.lanes[0].tx_power_mw, kNoLight);
  EXPECT_EQ(readings.lanes[0].rx_power_mw, kNoLight);
}

TEST(Sff8472ExternalCalibrationTest, LessThanHalfAStepIsBelowRange) {
  auto page = external().ieee754(72, 0.3F).ieee754(68, 0).ieee754(64, 0).ieee754(60, 0);
  EXPECT_EQ(decode_sff8472(sfp(external_identity(), page.u16(104, 1))).lanes[0].rx_power_mw,
            tl::unexpected(Absent::kBelowRange));
}

TEST(Sff8472ExternalCalibrationTest, ExtremesOfTheRawNumberStayFinite) {
  for (const unsigned raw : {0U, 1U, 0x7FFFU, 0x8000U, 0xFFFFU}) {
    const auto readings = decode_sff8472(sfp(external_identity(), external()
                                                                      .u16(76, 0xFFFF)
                                                                      .u16(80, 0xFFFF)
                                                                      .u16(84, 0xFFFF)
                                                                      .u16(88, 0xFFFF)
                                                                      .ieee754(56, 1e30F)
                                                                      .u16(96, raw)
                                                                      .u16(98, raw)
                                                                      .u16(100, raw)
                                                                      .u16(102, raw)
                                                                      .u16(104, raw)));
    EXPECT_TRUE(std::isfinite(readings.temperature_c.value()));
    EXPECT_TRUE(std::isfinite(readings.supply_v.value()));
    EXPECT_TRUE(std::isfinite(readings.lanes[0].rx_power_mw.value_or(0)));
  }
}

TEST(Sff8472ExternalCalibrationTest, ConstantsThatAreNoNumbersGiveNoPower) {
  for (const float constant :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const auto readings =
        decode_sff8472(sfp(external_identity(), external().ieee754(60, constant)));
    EXPECT_FALSE(readings.lanes[0].rx_power_mw);
    EXPECT_FALSE(readings.thresholds.rx_power_mw);
    EXPECT_THAT(readings.warnings, Contains(HasSubstr("calibration")));
    EXPECT_TRUE(readings.lanes[0].tx_power_mw);
  }
}

TEST(Sff8472ExternalCalibrationTest, UnreadableConstantsLeaveNoNumber) {
  MemoryImage image = sfp(external_identity(), external());
  const auto half = *image.lower(kDiagnosticsI2c).bytes(90, 38);
  const auto start = *image.lower(kDiagnosticsI2c).bytes(0, 60);
  image.erase(PageAddress::lower(kDiagnosticsI2c));
  ASSERT_TRUE(image.put(PageAddress::lower(kDiagnosticsI2c), 0, start));
  ASSERT_TRUE(image.put(PageAddress::lower(kDiagnosticsI2c), 90, half));
  const auto readings = decode_sff8472(image);
  EXPECT_EQ(readings.temperature_c, kNotReadable);
  EXPECT_EQ(readings.lanes[0].rx_power_mw, kNotReadable);
}

TEST(Sff8472ExternalCalibrationTest, BothCalibrationsAtOnceAreInternalWithAWarning) {
  const auto readings = decode_sff8472(sfp(sfp_identity().u8(92, 0x78), external().u16(98, 33000)));
  EXPECT_DOUBLE_EQ(readings.supply_v.value(), 3.3);
  EXPECT_FALSE(details(readings).calibration);
  EXPECT_THAT(readings.warnings, Contains(HasSubstr("both internal and external")));
}

}  // namespace
}  // namespace caspilink::module_memory
