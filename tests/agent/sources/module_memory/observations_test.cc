#include "agent/sources/module_memory/observations.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/sources/module_memory/decode.h"
#include "tests/agent/sources/module_memory/page_builder.h"

namespace caspilink::module_memory {
namespace {

using codec::Observation;
using codec::Quantity;
using codec::Reading;
using codec::Statistic;

constexpr std::int64_t kTime = 1'700'000'000'000'000'000;

const ModulePlace kChannelPlace{"zr-1", "eth4", "FP03", 48};
const ModulePlace kClientPlace{"client-1", "eth5", "", 0};

std::vector<Observation> observe(const MemoryImage& image, const ModulePlace& place,
                                 const MappingOptions& options = {}) {
  return to_observations(decode(image).value(), place, kTime, options);
}

std::optional<Observation> find(const std::vector<Observation>& all, Quantity quantity,
                                Statistic statistic = Statistic::kInstant,
                                std::string_view element = "") {
  const auto found = std::ranges::find_if(all, [&](const Observation& each) {
    return each.point.quantity == quantity && each.point.statistic == statistic &&
           each.point.element == element;
  });
  return found == all.end() ? std::nullopt : std::optional(*found);
}

double value(const std::vector<Observation>& all, Quantity quantity,
             Statistic statistic = Statistic::kInstant, std::string_view element = "") {
  const auto found = find(all, quantity, statistic, element);
  return found && found->reading == Reading::kValue ? found->value : NAN;
}

std::optional<Reading> reading(const std::vector<Observation>& all, Quantity quantity,
                               Statistic statistic = Statistic::kInstant,
                               std::string_view element = "") {
  const auto found = find(all, quantity, statistic, element);
  return found ? std::optional(found->reading) : std::nullopt;
}

TEST(ModuleObservationsTest, CoherentModuleGivesItsChannel) {
  const auto all = observe(zr(), kChannelPlace);
  EXPECT_NEAR(value(all, Quantity::kChannelOutputPower), -9.53, 1e-9);
  EXPECT_NEAR(value(all, Quantity::kChannelInputPower), -14.21, 1e-9) << "the signal alone";
  EXPECT_NEAR(value(all, Quantity::kModuleInputPower, Statistic::kInstant, "lane-1"), -13.94, 1e-9);
  EXPECT_NEAR(value(all, Quantity::kLaserBiasCurrent), 200, 1e-9);
  EXPECT_NEAR(value(all, Quantity::kQValue), 10.6, 1e-9);
  EXPECT_NEAR(value(all, Quantity::kEsnr), 17.2, 1e-9);
  EXPECT_NEAR(value(all, Quantity::kOsnr), 33.4, 1e-9);
  EXPECT_NEAR(value(all, Quantity::kPreFecBer), 5.12e-4, 1e-12);
  EXPECT_NEAR(value(all, Quantity::kChromaticDispersion), 5000, 1e-9);
  EXPECT_NEAR(value(all, Quantity::kPolarizationModeDispersion), 2.13, 1e-9);
  EXPECT_NEAR(value(all, Quantity::kPolarizationDependentLoss), 0.8, 1e-9);
  EXPECT_NEAR(value(all, Quantity::kCarrierFrequencyOffset), -584, 1e-9);
  EXPECT_NEAR(value(all, Quantity::kSopRate), 17, 1e-9);
  EXPECT_NEAR(value(all, Quantity::kModuleTemperature), 50, 1e-9);
  EXPECT_NEAR(value(all, Quantity::kModuleSupplyVoltage), 3.3, 1e-9);
  EXPECT_NEAR(value(all, Quantity::kModuleLaserTemperature), 45, 1e-9);
}

TEST(ModuleObservationsTest, PointsCarryThePlaceAndNothingElse) {
  for (const Observation& each : observe(zr(), kChannelPlace)) {
    EXPECT_EQ(each.point.source, "zr-1");
    EXPECT_EQ(each.point.component, "eth4");
    EXPECT_EQ(each.time_unix_ns, kTime);
    EXPECT_TRUE(each.point.peer.empty());
    const bool of_channel = codec::info(each.point.quantity).scope == codec::Scope::kChannel;
    EXPECT_EQ(each.point.fibre_pair, of_channel ? "FP03" : "");
    EXPECT_EQ(each.point.channel, of_channel ? 48U : 0U);
    EXPECT_TRUE(each.reading == Reading::kValue || each.value == 0);
  }
}

TEST(ModuleObservationsTest, EveryPointIsObservedOnce) {
  MemoryImage image = zr();
  Page(PageAddress::upper(0x34)).u64(128, 1'000'000).u64(144, 100).put(image);
  Page(PageAddress::upper(0x35)).u16(158, 334).u16(160, 330).u16(162, 338).put(image);
  for (const auto& place : {kChannelPlace, kClientPlace}) {
    std::set<codec::MeasurementPoint> points;
    for (const Observation& each : observe(image, place)) {
      EXPECT_TRUE(points.insert(each.point).second)
          << codec::info(each.point.quantity).name << " " << each.point.element;
    }
  }
}

TEST(ModuleObservationsTest, NoErrorSeenIsBelowRangeAndNotZero) {
  EXPECT_EQ(reading(observe(zr(), kChannelPlace), Quantity::kPreFecBer, Statistic::kMinimum),
            Reading::kBelowRange);
}

TEST(ModuleObservationsTest, WithoutLightTheReceiverHasNothingToSay) {
  MemoryImage image = zr();
  Page descriptors(PageAddress::upper(0x20)), values(PageAddress::upper(0x24));
  vdm_row(descriptors, values, 0, 0, 145, 0x8000);  // -327.68 dBm: as low as it goes
  vdm_row(descriptors, values, 1, 0, 139, 0);
  vdm_row(descriptors, values, 2, 0, 15, 0);
  vdm_row(descriptors, values, 3, 0, 143, 0xFC47);
  descriptors.put(image);
  values.put(image);
  const auto all = observe(image, kChannelPlace);
  EXPECT_EQ(reading(all, Quantity::kChannelInputPower), Reading::kNoLight);
  EXPECT_EQ(reading(all, Quantity::kOsnr), Reading::kNoLight);
  EXPECT_EQ(reading(all, Quantity::kPreFecBer), Reading::kNoLight);
  EXPECT_EQ(reading(all, Quantity::kChannelOutputPower), Reading::kValue);
}

TEST(ModuleObservationsTest, CoarseDispersionWhenTheFineOneIsAtItsEnd) {
  MemoryImage image = zr();
  Page descriptors(PageAddress::upper(0x20)), values(PageAddress::upper(0x24));
  vdm_row(descriptors, values, 0, 0, 134, 0x7FFF);
  vdm_row(descriptors, values, 1, 0, 135, 2500);
  descriptors.put(image);
  values.put(image);
  EXPECT_NEAR(value(observe(image, kChannelPlace), Quantity::kChromaticDispersion), 50000, 1e-9);
  vdm_row(descriptors, values, 0, 0, 134, 12345);
  values.put(image);
  EXPECT_NEAR(value(observe(image, kChannelPlace), Quantity::kChromaticDispersion), 12345, 1e-9);
}

TEST(ModuleObservationsTest, IntervalStatisticsComeOfThePerformancePages) {
  MemoryImage image = zr_without_vdm_rows();
  Page(PageAddress::upper(0x34))
      .u64(128, 1'000'000)
      .u64(136, 10'000)
      .u64(144, 100)
      .u64(160, 2)
      .put(image);
  Page(PageAddress::upper(0x35))
      .u16(158, 334)
      .u16(160, 330)
      .u16(162, 338)
      .s16(182, -199)
      .s16(184, -205)
      .s16(186, -192)
      .put(image);
  const auto all = observe(image, kChannelPlace);
  EXPECT_NEAR(value(all, Quantity::kPreFecBer, Statistic::kAverage), 1e-4, 1e-12);
  EXPECT_NEAR(value(all, Quantity::kPreFecBer, Statistic::kMaximum), 2e-4, 1e-12);
  EXPECT_EQ(reading(all, Quantity::kPreFecBer, Statistic::kMinimum), Reading::kBelowRange);
  EXPECT_NEAR(value(all, Quantity::kOsnr, Statistic::kMinimum), 33.0, 1e-9);
  EXPECT_NEAR(value(all, Quantity::kChannelOutputPower, Statistic::kMaximum), -1.92, 1e-9);
  EXPECT_EQ(reading(all, Quantity::kQValue, Statistic::kAverage), std::nullopt)
      << "a row that the module does not fill";
}

TEST(ModuleObservationsTest, UncorrectedFramesAndModulationErrorRatioAreObserved) {
  MemoryImage image = zr();
  Page descriptors(PageAddress::upper(0x20)), values(PageAddress::upper(0x24));
  vdm_row(descriptors, values, 0, 0, 147, 163);
  descriptors.put(image);
  values.put(image);
  Page(PageAddress::upper(0x34))
      .u64(128, 1'000'000)
      .u64(144, 1)
      .u32(168, 500)
      .u32(176, 7)
      .put(image);
  Page(PageAddress::upper(0x35)).s16(188, -1300).s16(190, -1350).s16(192, -1250).put(image);
  const auto all = observe(image, kChannelPlace);
  EXPECT_NEAR(value(all, Quantity::kModulationErrorRatio), 16.3, 1e-9);
  EXPECT_EQ(value(all, Quantity::kFecUncorrectableBlocks), 7);
  EXPECT_NEAR(value(all, Quantity::kModuleInputPower, Statistic::kMinimum, "lane-1"), -13.5, 1e-9);
  Page(PageAddress::upper(0x34)).u64(128, 1'000'000).u32(168, 0).put(image);
  EXPECT_EQ(reading(observe(image, kChannelPlace), Quantity::kFecUncorrectableBlocks), std::nullopt)
      << "no frames, no count of them";
}

TEST(ModuleObservationsTest, LimitsAreObservedWithTheirSeverity) {
  const auto all = observe(qsfp(), kClientPlace);
  using enum Quantity;
  EXPECT_NEAR(value(all, kModuleTemperatureUpperThreshold, Statistic::kInstant, "alarm"), 75, 1e-9);
  EXPECT_NEAR(value(all, kModuleTemperatureLowerThreshold, Statistic::kInstant, "warning"), 0,
              1e-9);
  EXPECT_NEAR(value(all, kModuleSupplyVoltageLowerThreshold, Statistic::kInstant, "alarm"), 2.97,
              1e-9);
  EXPECT_NEAR(value(all, kModuleLaserBiasCurrentUpperThreshold, Statistic::kInstant, "warning"),
              120, 1e-9);
  EXPECT_NEAR(value(all, kModuleInputPowerLowerThreshold, Statistic::kInstant, "alarm"),
              10 * std::log10(0.0447), 1e-9);
  EXPECT_NEAR(value(all, kModuleOutputPowerUpperThreshold, Statistic::kInstant, "warning"),
              10 * std::log10(2.8184), 1e-9);

  MemoryImage without = qsfp();
  Page(PageAddress::upper(0x03)).put(without);
  EXPECT_EQ(reading(observe(without, kClientPlace), kModuleTemperatureUpperThreshold,
                    Statistic::kInstant, "alarm"),
            std::nullopt)
      << "limits that are all equal are none";
}

TEST(ModuleObservationsTest, FlagsAreOneOrZeroAndNothingWhereTheyAreNotReadable) {
  using enum Quantity;
  const auto flag = [](const MemoryImage& image, const ModulePlace& place, Quantity quantity,
                       std::string_view element) {
    return value(observe(image, place), quantity, Statistic::kInstant, element);
  };
  const MemoryImage lost = qsfp(qsfp_lower().u8(3, 0x02).u8(4, 0x08));
  EXPECT_EQ(flag(lost, kClientPlace, kModuleReceiveLossOfSignal, "lane-1"), 0);
  EXPECT_EQ(flag(lost, kClientPlace, kModuleReceiveLossOfSignal, "lane-2"), 1);
  EXPECT_EQ(flag(lost, kClientPlace, kModuleTransmitFailure, "lane-4"), 1);

  MemoryImage failed = zr();
  zr_page11().u8(135, 0x01).u8(147, 0x00).put(failed);
  EXPECT_EQ(flag(failed, kChannelPlace, kTransmitFailure, ""), 1);
  EXPECT_EQ(flag(failed, kChannelPlace, kModuleReceiveLossOfSignal, "lane-1"), 0);
  EXPECT_TRUE(std::isnan(flag(failed, kChannelPlace, kModuleReceiveLossOfSignal, "lane-2")));
  failed.erase(PageAddress::upper(0x11));
  EXPECT_TRUE(std::isnan(flag(failed, kChannelPlace, kTransmitFailure, "")));
}

TEST(ModuleObservationsTest, SfpOnALineChannel) {
  const auto all = observe(sfp(), kChannelPlace);
  EXPECT_NEAR(value(all, Quantity::kChannelOutputPower), 10 * std::log10(1.2589), 1e-9);
  EXPECT_NEAR(value(all, Quantity::kChannelInputPower), 10 * std::log10(0.0025), 1e-9);
  EXPECT_NEAR(value(all, Quantity::kLaserBiasCurrent), 40, 1e-9);
}

TEST(ModuleObservationsTest, ClientModuleGivesItsLanes) {
  const auto all = observe(qsfp(), kClientPlace);
  EXPECT_NEAR(value(all, Quantity::kModuleInputPower, Statistic::kInstant, "lane-1"), 0, 1e-9);
  EXPECT_EQ(reading(all, Quantity::kModuleInputPower, Statistic::kInstant, "lane-2"),
            Reading::kNoLight);
  EXPECT_EQ(reading(all, Quantity::kModuleOutputPower, Statistic::kInstant, "lane-3"),
            Reading::kNoLight);
  EXPECT_EQ(reading(all, Quantity::kModuleInputPower, Statistic::kInstant, "lane-4"),
            Reading::kNoLight)
      << "0.1 uW is what modules show when there is nothing";
  EXPECT_EQ(reading(observe(qsfp(), kClientPlace, {.no_light_at_or_below_dbm = -45}),
                    Quantity::kModuleInputPower, Statistic::kInstant, "lane-4"),
            Reading::kValue);
  EXPECT_NEAR(value(all, Quantity::kModuleLaserBiasCurrent, Statistic::kInstant, "lane-4"), 46,
              1e-9);
  EXPECT_EQ(reading(all, Quantity::kChannelInputPower), std::nullopt);
}

TEST(ModuleObservationsTest, ModuleOfManyLanesIsNoChannelEvenIfPlacedOnOne) {
  const auto all = observe(qsfp(), kChannelPlace);
  EXPECT_EQ(reading(all, Quantity::kChannelInputPower), std::nullopt);
  EXPECT_TRUE(find(all, Quantity::kModuleInputPower, Statistic::kInstant, "lane-1"));
}

TEST(ModuleObservationsTest, LanesWithoutASignalAreNotObserved) {
  const auto all = observe(zr(), kClientPlace);
  EXPECT_TRUE(find(all, Quantity::kModuleInputPower, Statistic::kInstant, "lane-1"));
  EXPECT_FALSE(find(all, Quantity::kModuleInputPower, Statistic::kInstant, "lane-2"));
  EXPECT_NEAR(value(all, Quantity::kModulePreFecBer, Statistic::kInstant, "lane-1"), 5.12e-4,
              1e-12);
}

TEST(ModuleObservationsTest, NotSupportedIsSaidAndNotReadableIsNot) {
  EXPECT_EQ(reading(observe(zr(zr_page01().u8(159, 0).sum(130, 254)), kChannelPlace),
                    Quantity::kModuleTemperature),
            Reading::kNotSupported);
  MemoryImage image;
  sfp_identity().put(image);
  EXPECT_THAT(observe(image, kChannelPlace), testing::IsEmpty());
}

TEST(ModuleObservationsTest, NumbersOutsideTheQuantitysRangeAreSetAside) {
  MemoryImage image = zr();
  Page descriptors(PageAddress::upper(0x20)), values(PageAddress::upper(0x24));
  vdm_row(descriptors, values, 0, 0, 15, 0xFFFF);  // an error ratio of 2e10
  descriptors.put(image);
  values.put(image);
  EXPECT_EQ(reading(observe(image, kChannelPlace), Quantity::kPreFecBer), std::nullopt);
}

}  // namespace
}  // namespace caspilink::module_memory
