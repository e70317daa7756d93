#include "agent/sources/snmp/entity_sensor.h"

#include <cmath>

#include <gmock/gmock.h>

namespace caspilink::snmp {
namespace {

using codec::Quantity;
using codec::Reading;
using sources::Judged;
using testing::HasSubstr;

constexpr double kFloor = -40;

SensorRow row(std::int64_t type, std::int64_t scale, std::int64_t precision, std::int64_t value,
              std::string display = "") {
  return {.type = type,
          .scale = scale,
          .precision = precision,
          .value = value,
          .oper_status = 1,
          .units_display = std::move(display)};
}

double value_of(const SensorRow& from, Quantity quantity) {
  const auto read = read_sensor(from, quantity, kFloor);
  EXPECT_TRUE(read) << (read ? "" : read.error().message());
  if (!read) return std::nan("");
  EXPECT_EQ(read->reading, Reading::kValue);
  return read->value;
}

// RFC 3433's EntitySensorDataScale by number, whatever its names say of exa and peta.
TEST(EntitySensorTest, EveryScaleIsAThousandTimesTheOneBefore) {
  double expected = 1e-24;
  for (int scale = 1; scale <= 17; ++scale, expected *= 1000) {
    EXPECT_NEAR(value_of(row(4, scale, 0, 1), Quantity::kModuleSupplyVoltage) / expected, 1, 1e-12)
        << scale;
  }
}

TEST(EntitySensorTest, PrecisionPlacesThePointAndAccuracyDoesNot) {
  EXPECT_EQ(value_of(row(8, 9, 1, 415), Quantity::kModuleTemperature), 41.5);
  EXPECT_EQ(value_of(row(8, 9, 0, 41), Quantity::kModuleTemperature), 41);
  EXPECT_EQ(value_of(row(8, 9, -3, 41), Quantity::kModuleTemperature), 41)
      << "three accurate digits";
  EXPECT_EQ(value_of(row(8, 9, 9, 999'999'999), Quantity::kModuleTemperature), 0.999999999);
  EXPECT_EQ(value_of(row(8, 8, 2, -1'250'000), Quantity::kModuleTemperature), -12.5)
      << "scale and precision together";
  EXPECT_EQ(value_of(row(4, 9, 2, 331), Quantity::kModuleSupplyVoltage), 3.31);
}

TEST(EntitySensorTest, TypesBecomeTheQuantitysUnit) {
  EXPECT_NEAR(value_of(row(6, 7, 1, 1000), Quantity::kChannelInputPower), -10, 1e-12)
      << "100.0 uW is a tenth of a milliwatt";
  EXPECT_EQ(value_of(row(5, 8, 1, 625), Quantity::kModuleLaserBiasCurrent), 62.5);
  EXPECT_EQ(value_of(row(5, 8, 0, 1100), Quantity::kPowerFeedCurrent), 1.1);
  EXPECT_EQ(value_of(row(4, 10, 1, -63), Quantity::kPowerFeedVoltage), -6300);
  EXPECT_EQ(value_of(row(7, 11, 0, -250), Quantity::kCarrierFrequencyOffset), -250);
  EXPECT_EQ(value_of(row(12, 9, 0, 1), Quantity::kModuleReceiveLossOfSignal), 1);
  EXPECT_EQ(value_of(row(12, 9, 0, 2), Quantity::kModuleReceiveLossOfSignal), 0) << "false is 2";
}

TEST(EntitySensorTest, WhatHasNoTypeOfItsOwnIsReadByItsDisplay) {
  EXPECT_EQ(value_of(row(1, 9, 2, -853, "dBm"), Quantity::kChannelInputPower), -8.53);
  EXPECT_EQ(value_of(row(2, 9, 1, 182, " dB "), Quantity::kOsnr), 18.2);
  EXPECT_NEAR(value_of(row(1, 9, 2, 50, "mW"), Quantity::kChannelInputPower), -3.0103, 1e-4);
  EXPECT_EQ(value_of(row(8, 9, 0, 41, "dBm"), Quantity::kModuleTemperature), 41)
      << "a type says more than a display";
}

TEST(EntitySensorTest, HavingNoNumberHasItsReasons) {
  const auto reading = [](const SensorRow& from, Quantity quantity) {
    return read_sensor(from, quantity, kFloor).value().reading;
  };
  for (const std::int64_t status : {2, 3}) {
    SensorRow broken = row(8, 9, 0, 0);
    broken.oper_status = status;
    EXPECT_EQ(reading(broken, Quantity::kModuleTemperature), Reading::kWithdrawn) << status;
  }
  EXPECT_EQ(reading(row(6, 9, 0, -1'000'000'000), Quantity::kChannelInputPower),
            Reading::kBelowRange);
  EXPECT_EQ(reading(row(8, 9, 0, -1'000'000'000), Quantity::kModuleTemperature),
            Reading::kNotSupported);
  EXPECT_EQ(reading(row(6, 9, 0, 1'000'000'000), Quantity::kChannelInputPower),
            Reading::kNotSupported);
  EXPECT_EQ(reading(row(6, 9, 0, 0), Quantity::kChannelInputPower), Reading::kNoLight);
  EXPECT_EQ(reading(row(1, 9, 1, -400, "dBm"), Quantity::kChannelInputPower), Reading::kNoLight);
  SensorRow silent = row(8, 9, 0, 0);
  silent.value.reset();
  EXPECT_EQ(reading(silent, Quantity::kModuleTemperature), Reading::kNotSupported);
}

TEST(EntitySensorTest, ContradictionsAreRefused) {
  const auto refused = [](const SensorRow& from, Quantity quantity, const char* says) {
    const auto read = read_sensor(from, quantity, kFloor);
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error().message(), HasSubstr(says));
  };
  refused(row(8, 0, 0, 1), Quantity::kModuleTemperature, "scale 0");
  refused(row(8, 18, 0, 1), Quantity::kModuleTemperature, "scale 18");
  refused(row(8, 9, 10, 1), Quantity::kModuleTemperature, "precision 10");
  refused(row(8, 9, -9, 1), Quantity::kModuleTemperature, "precision -9");
  refused(row(8, 9, 0, 1), Quantity::kChannelInputPower, "degC");
  refused(row(10, 9, 0, 1), Quantity::kModuleTemperature, "rpm");
  refused(row(1, 9, 0, 1), Quantity::kModuleTemperature, "without a unit");
  refused(row(12, 9, 0, 1), Quantity::kModuleTemperature, "type 12");
  refused(row(12, 9, 0, 3), Quantity::kModuleReceiveLossOfSignal, "value 3");
  refused(row(8, 9, 0, 1), Quantity::kModuleReceiveLossOfSignal, "type 8");
  SensorRow torn = row(8, 9, 0, 1);
  torn.scale.reset();
  refused(torn, Quantity::kModuleTemperature, "without type, scale or precision");
}

}  // namespace
}  // namespace caspilink::snmp
