#include "agent/sources/module_memory/cmis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/sources/module_memory/cmis_lanes.h"
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
const auto kNotReadable = tl::unexpected(Absent::kNotReadable);

const CmisDetails& details(const ModuleReadings& readings) {
  return std::get<CmisDetails>(readings.details);
}

std::vector<std::string> names(const ModuleReadings& readings) {
  std::vector<std::string> found;
  for (const Flag& flag : readings.flags) found.push_back(flag_name(flag));
  return found;
}

TEST(CmisTest, IdentityMonitorsAndLimits) {
  const auto readings = decode(zr());
  ASSERT_TRUE(readings) << readings.error().message();
  EXPECT_EQ(readings->identity.part, "CO-400ZR");
  EXPECT_EQ(readings->identity.serial, "Z9");
  EXPECT_DOUBLE_EQ(readings->wavelength_nm.value(), 1550);
  EXPECT_DOUBLE_EQ(readings->temperature_c.value(), 50);
  EXPECT_DOUBLE_EQ(readings->supply_v.value(), 3.3);
  const auto& cmis = details(*readings);
  EXPECT_EQ(cmis.module_state, 3);
  EXPECT_DOUBLE_EQ(cmis.maximum_power_w.value(), 20);
  EXPECT_DOUBLE_EQ(cmis.cable_length_m.value(), 5);
  ASSERT_EQ(cmis.applications.size(), 1U);
  EXPECT_EQ(cmis.applications[0].media_lanes, 1U);
  EXPECT_EQ(cmis.applications[0].media_assignment, 1);
  ASSERT_EQ(readings->lanes.size(), 8U);
  EXPECT_DOUBLE_EQ(readings->lanes[0].tx_bias_ma.value(), 200) << "multiplied by 4";
  EXPECT_DOUBLE_EQ(readings->thresholds.tx_bias_ma->high_alarm, 300);
  EXPECT_DOUBLE_EQ(readings->lanes[0].rx_power_mw.value(), 0.0404);
  EXPECT_EQ(readings->lanes[0].data_path, DataPathState::kActivated);
  EXPECT_THAT(readings->warnings, IsEmpty());
}

TEST(CmisTest, LanesWithoutAMediaSignalAreNeitherDarkNorAlarming) {
  MemoryImage image = zr();
  zr_page11().u8(147, 0xFF).u8(150, 0xFF).put(image);
  const auto readings = decode_cmis(image);
  EXPECT_FALSE(readings.lanes[1].has_media_signal);
  EXPECT_EQ(readings.lanes[1].rx_power_mw, kNotSupported);
  EXPECT_THAT(names(readings), UnorderedElementsAre("rx1_los", "rx1_power_low_alarm"));
}

TEST(CmisTest, DarkLaneIsNoLight) {
  MemoryImage image = zr();
  zr_page11().u16(186, 0).put(image);
  EXPECT_EQ(decode_cmis(image).lanes[0].rx_power_mw, kNoLight);
}

TEST(CmisTest, MonitorsThatAreNotAdvertisedAreNotSupported) {
  const auto readings = decode_cmis(zr(zr_page01().u8(159, 0).u8(160, 0x01).sum(130, 254)));
  EXPECT_EQ(readings.temperature_c, kNotSupported);
  EXPECT_EQ(readings.supply_v, kNotSupported);
  EXPECT_EQ(readings.lanes[0].tx_power_mw, kNotSupported);
  EXPECT_EQ(readings.lanes[0].rx_power_mw, kNotSupported);
  EXPECT_DOUBLE_EQ(readings.lanes[0].tx_bias_ma.value(), 50) << "multiplied by 1";
  EXPECT_THAT(details(readings).auxiliary, IsEmpty());
}

TEST(CmisTest, FlatMemoryEndsAtPageZero) {
  MemoryImage image = zr();
  zr_lower().u8(2, 0x80).put(image);
  const auto readings = decode_cmis(image);
  EXPECT_FALSE(details(readings).capabilities) << "a page 01h that is there is page 00h again";
  EXPECT_EQ(readings.temperature_c, kNotSupported);
  EXPECT_THAT(readings.lanes, IsEmpty());
  EXPECT_FALSE(readings.thresholds.temperature_c);
  EXPECT_THAT(details(readings).vdm, IsEmpty());
}

TEST(CmisTest, UnreadableAdvertisementLeavesNoMonitors) {
  MemoryImage image = zr();
  image.erase(PageAddress::upper(0x01));
  const auto readings = decode_cmis(image);
  EXPECT_EQ(readings.temperature_c, kNotReadable);
  EXPECT_THAT(readings.lanes, IsEmpty());
  EXPECT_EQ(readings.identity.part, "CO-400ZR");
}

TEST(CmisTest, UnreadableLanesAreToldAndNotInvented) {
  MemoryImage image = zr();
  image.erase(PageAddress::upper(0x11));
  const auto readings = decode_cmis(image);
  EXPECT_THAT(readings.lanes, IsEmpty());
  EXPECT_THAT(readings.warnings, Contains(HasSubstr("page 0x11")));
  image = zr();
  image.erase(PageAddress::upper(0x00));
  EXPECT_THAT(decode_cmis(image).lanes, IsEmpty()) << "which lanes count is on page 00h";
}

TEST(CmisTest, BanksContinueTheLanes) {
  MemoryImage image = zr(zr_page01().u8(142, 0x52).sum(130, 254));
  zr_page00().u8(210, 0).sum(128, 221).put(image);
  for (const unsigned bank : {1U, 3U}) {
    Page(PageAddress::upper(0x11, static_cast<std::uint8_t>(bank)))
        .u16(188, 1000 * bank)
        .put(image);
  }
  const auto readings = decode_cmis(image);
  ASSERT_EQ(readings.lanes.size(), 24U) << "bank 2 was not readable";
  EXPECT_EQ(readings.lanes[8].number, 9U);
  EXPECT_DOUBLE_EQ(readings.lanes[9].rx_power_mw.value(), 0.1);
  EXPECT_EQ(readings.lanes[16].number, 25U);
  EXPECT_DOUBLE_EQ(readings.lanes[17].rx_power_mw.value(), 0.3);
  EXPECT_THAT(readings.warnings, Contains(HasSubstr("bank 2")));
}

TEST(CmisTest, ModuleFlagsRunFromBitZero) {
  MemoryImage image = zr();
  zr_lower().u8(8, 1).u8(9, 0x84).u8(10, 0x21).u8(11, 0x18).put(image);
  EXPECT_THAT(names(decode_cmis(image)),
              UnorderedElementsAre("module_state_changed", "temp_high_warn", "vcc_low_warn",
                                   "aux1_high_alarm", "aux2_low_alarm", "aux3_low_warn",
                                   "custom_high_alarm"));
}

TEST(CmisTest, AuxiliaryMonitorsMeanWhatTheirSelectorsSay) {
  MemoryImage image = zr(zr_page01().u8(159, 0x1F).u8(145, 0x05).sum(130, 254));
  zr_lower().s16(18, -16384).s16(20, 45 * 256).u16(22, 0xC350).put(image);
  const auto selected = decode_cmis(image);
  const auto& monitors = details(selected).auxiliary;
  ASSERT_EQ(monitors.size(), 3U);
  EXPECT_EQ(monitors[0].kind, AuxiliaryKind::kTecCurrentPercent);
  EXPECT_NEAR(monitors[0].value.value(), -50.0015, 1e-4);
  EXPECT_EQ(monitors[1].kind, AuxiliaryKind::kLaserTemperatureC);
  EXPECT_DOUBLE_EQ(monitors[1].value.value(), 45);
  EXPECT_EQ(monitors[2].kind, AuxiliaryKind::kSecondSupplyV);
  EXPECT_DOUBLE_EQ(monitors[2].value.value(), 5.0);
}

TEST(CmisTest, WrongChecksumsWarn) {
  MemoryImage image = zr(zr_page01().u8(255, 0xEE));
  zr_page00().u8(222, 0xEE).put(image);
  zr_page02().u8(255, 0xEE).put(image);
  EXPECT_THAT(decode_cmis(image).warnings,
              UnorderedElementsAre(HasSubstr("page00"), HasSubstr("page01"), HasSubstr("page02")));
}

TEST(CmisTest, ChannelFrequenciesOfEveryGrid) {
  EXPECT_DOUBLE_EQ(channel_thz(5, 6).value(), 193.7);    // 100 GHz
  EXPECT_DOUBLE_EQ(channel_thz(7, 24).value(), 193.7);   // 75 GHz, multiples of 3
  EXPECT_DOUBLE_EQ(channel_thz(4, -36).value(), 191.3);  // 50 GHz
  EXPECT_NEAR(channel_thz(6, 3).value(), 193.2, 1e-9);   // 33 GHz
  EXPECT_NEAR(channel_thz(8, 1).value(), 193.2, 1e-9);   // 150 GHz
  EXPECT_NEAR(channel_thz(9, 17).value(), 193.2, 1e-9);  // 300 GHz
  EXPECT_NEAR(channel_thz(0, 32).value(), 193.2, 1e-9);  // 3.125 GHz
  EXPECT_EQ(channel_thz(10, 0), std::nullopt);
  EXPECT_EQ(channel_thz(15, 0), std::nullopt);
}

TEST(CmisTest, TunableLaser) {
  MemoryImage image = zr();
  Page(PageAddress::upper(0x04))
      .u8(128, 0xA0)
      .u8(129, 0x80)
      .s16(150, -18)
      .s16(152, 30)
      .s16(158, -72)
      .s16(160, 120)
      .u8(196, 0x80)
      .s16(198, -1500)
      .s16(200, 0)
      .sum(128, 254)
      .put(image);
  Page(PageAddress::upper(0x12))
      .u8(128, 0x71)
      .s16(136, 24)
      .s16(152, -125)
      .u32(168, 193'699'875)
      .s16(200, -1000)
      .u8(222, 3)
      .u8(231, 0x05)
      .put(image);
  const auto readings = decode_cmis(image);
  const auto& cmis = details(readings);
  ASSERT_TRUE(cmis.tuning_range);
  ASSERT_EQ(cmis.tuning_range->grids.size(), 2U);
  EXPECT_NEAR(cmis.tuning_range->grids[1].high_thz, 196.1, 1e-9);
  EXPECT_DOUBLE_EQ(cmis.tuning_range->minimum_power_dbm, -15);
  ASSERT_EQ(cmis.tuning.size(), 1U) << "seven lanes have no laser";
  EXPECT_DOUBLE_EQ(cmis.tuning[0].current_thz, 193.699875);
  EXPECT_DOUBLE_EQ(cmis.tuning[0].configured_thz.value(), 193.7);
  EXPECT_DOUBLE_EQ(cmis.tuning[0].fine_offset_ghz, -0.125);
  EXPECT_TRUE(cmis.tuning[0].in_progress);
  EXPECT_TRUE(cmis.tuning[0].unlocked);
}

TEST(CmisTest, LaneSnrIsLittleEndianAndNeedsItsSelector) {
  MemoryImage image = zr(zr_page01().u8(142, 0x70).sum(130, 254));
  Page page14(PageAddress::upper(0x14));
  page14.u8(128, 0x06).u8(240, 0x54).u8(241, 0x17).put(image);
  EXPECT_DOUBLE_EQ(details(decode_cmis(image)).lane_snr->media_db[0].value(), 23.328125);
  page14.u8(128, 0x01).put(image);
  EXPECT_FALSE(details(decode_cmis(image)).lane_snr);
}

TEST(DecodeTest, NothingAnswersAndUnknownIdentifiersAreErrors) {
  MemoryImage image;
  EXPECT_EQ(decode(image).error().code, ErrorCode::kUnavailable);
  Page(PageAddress::lower()).put(image);
  EXPECT_EQ(decode(image).error().code, ErrorCode::kUnavailable);
  Page(PageAddress::lower()).u8(0, 0xFF).put(image);
  EXPECT_EQ(decode(image).error().code, ErrorCode::kUnavailable);
  Page(PageAddress::lower()).u8(0, 0x06).put(image);
  EXPECT_EQ(decode(image).error().code, ErrorCode::kInvalidInput);
  EXPECT_THAT(decode(image).error().detail, HasSubstr("0x06"));
}

TEST(DecodeTest, IdentifierIsRepeatedOnPageZero) {
  MemoryImage image = zr();
  zr_lower().u8(0, 0).put(image);
  const auto readings = decode(image);
  ASSERT_TRUE(readings);
  EXPECT_EQ(readings->identity.identifier, 0x18);
}

}  // namespace
}  // namespace caspilink::module_memory
