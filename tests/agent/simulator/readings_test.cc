#include "agent/simulator/readings.h"

#include <cmath>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/simulator/noise.h"
#include "tests/agent/simulator/test_plant.h"
#include "tests/agent/simulator/test_view.h"

namespace caspilink::simulator {
namespace {

using codec::Quantity;
using plant::Direction;

using testing::kSecond;
using testing::kStart;
using testing::light;
using testing::view_of;

Point point_of(const std::vector<Point>& points, const std::string& component, Quantity quantity) {
  for (const auto& point : points) {
    if (point.component == component && point.quantity == quantity) return point;
  }
  ADD_FAILURE() << "no point " << component << " " << codec::info(quantity).name;
  return points.front();
}

TEST(ReadingsTest, EveryLeafHasAPlaceInOpenConfig) {
  std::set<Quantity> seen;
  for (const auto& point : points_of(testing::test_plant(), "sumgait", view_of(1))) {
    EXPECT_FALSE(leaf_of(point).path.empty()) << point.component;
    seen.insert(point.quantity);
  }
  EXPECT_GE(seen.size(), 21U) << "transmitters, receivers, line ports and amplifiers";
}

TEST(ReadingsTest, EveryReadingIsWithinItsQuantitysRange) {
  const auto view = view_of(1);
  for (const auto& point : points_of(testing::test_plant(), "aktau", view)) {
    for (int i = 0; i < 200; ++i) {
      const auto value = read(view, point, kStart + i * kSecond);
      ASSERT_TRUE(value) << point.component;
      EXPECT_GE(*value, codec::info(point.quantity).minimum);
      EXPECT_LE(*value, codec::info(point.quantity).maximum);
    }
  }
}

TEST(ReadingsTest, SameSeedAndTimeGiveTheSameReadingsAndOthersDoNot) {
  const auto points = points_of(testing::test_plant(), "sumgait", view_of(1));
  int alike = 0;
  int changed_by_seed = 0;
  int changed_by_time = 0;
  for (const auto& point : points) {
    const auto first = read(view_of(1), point, kStart);
    alike += first == read(view_of(1), point, kStart + kMeasurementPeriodNs - 1) ? 1 : 0;
    changed_by_seed += first != read(view_of(2), point, kStart) ? 1 : 0;
    changed_by_time += first != read(view_of(1), point, kStart + kSecond) ? 1 : 0;
  }
  EXPECT_EQ(alike, static_cast<int>(points.size()));
  EXPECT_GT(changed_by_seed, static_cast<int>(points.size() / 2));
  EXPECT_GT(changed_by_time, static_cast<int>(points.size() / 2));
}

TEST(ReadingsTest, TransmitAndReceiveOfOneDirectionBelongToOppositeStations) {
  const auto plant = testing::test_plant();
  const auto at_a = points_of(plant, "sumgait", view_of(1));
  const auto at_b = points_of(plant, "aktau", view_of(1));
  EXPECT_EQ(point_of(at_a, "och-FP01-4", Quantity::kChannelOutputPower).direction,
            Direction::kAToB);
  EXPECT_EQ(point_of(at_b, "och-FP01-4", Quantity::kChannelInputPower).direction, Direction::kAToB);
  EXPECT_EQ(point_of(at_b, "line-FP01", Quantity::kLineOutputPower).direction, Direction::kBToA);
  EXPECT_EQ(point_of(at_b, "booster-FP01", Quantity::kAmplifierGain).direction, Direction::kBToA);
  EXPECT_EQ(point_of(at_b, "preamplifier-FP01", Quantity::kAmplifierGain).direction,
            Direction::kAToB);
}

// Correlation of two series of readings over hours.
double correlation(const LineView& view, const Point& x, const Point& y) {
  double sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0;
  constexpr int kCount = 2000;
  for (int i = 0; i < kCount; ++i) {
    const auto time = kStart + i * 20 * kSecond;
    const double a = read(view, x, time).value();
    const double b = read(view, y, time).value();
    sx += a, sy += b, sxx += a * a, syy += b * b, sxy += a * b;
  }
  const double n = kCount;
  return (sxy - sx * sy / n) / std::sqrt((sxx - sx * sx / n) * (syy - sy * sy / n));
}

TEST(ReadingsTest, DriftOfTheLaunchIsSeenByBothStations) {
  const auto plant = testing::test_plant();
  const auto view = view_of(1);
  const auto sent =
      point_of(points_of(plant, "sumgait", view), "och-FP01-4", Quantity::kChannelOutputPower);
  const auto far = points_of(plant, "aktau", view);
  EXPECT_GT(correlation(view, sent, point_of(far, "och-FP01-4", Quantity::kChannelInputPower)),
            0.2);
  EXPECT_LT(
      std::abs(correlation(view, sent, point_of(far, "och-FP02-4", Quantity::kChannelInputPower))),
      0.2);
}

TEST(ReadingsTest, DriftOfTheLineIsCommonToItsPortItsAmplifierAndItsChannels) {
  const auto view = view_of(1);
  const auto points = points_of(testing::test_plant(), "aktau", view);
  const auto port = point_of(points, "line-FP01", Quantity::kLineInputPower);
  EXPECT_GT(correlation(view, port,
                        point_of(points, "preamplifier-FP01", Quantity::kAmplifierInputPower)),
            0.8);
  EXPECT_GT(correlation(view, port, point_of(points, "och-FP01-8", Quantity::kQValue)), 0.3);
}

TEST(ReadingsTest, QAndBerAndEsnrTellOneStory) {
  const auto view = view_of(3);
  const auto points = points_of(testing::test_plant(), "aktau", view);
  for (int i = 0; i < 100; ++i) {
    const auto time = kStart + i * kSecond;
    const double q = *read(view, point_of(points, "och-FP02-8", Quantity::kQValue), time);
    const double ber = *read(view, point_of(points, "och-FP02-8", Quantity::kPreFecBer), time);
    const double esnr = *read(view, point_of(points, "och-FP02-8", Quantity::kEsnr), time);
    // Q is rounded to 0.01 dB, which is 1 % of BER here.
    EXPECT_NEAR(ber / (0.5 * std::erfc(std::pow(10, q / 20) / std::sqrt(2))), 1, 0.02);
    EXPECT_NEAR(esnr, q, 0.011);
  }
}

TEST(ReadingsTest, NoiseAndDriftStayWithinTheirBounds) {
  const auto view = view_of(4);
  const auto points = points_of(testing::test_plant(), "aktau", view);
  for (int i = 0; i < 3000; ++i) {
    const auto time = kStart + i * 7 * kSecond;
    EXPECT_NEAR(*read(view, point_of(points, "line-FP01", Quantity::kLineInputPower), time), 0.5,
                0.1 + 6 * 0.02);
    EXPECT_NEAR(*read(view, point_of(points, "och-FP01-4", Quantity::kQValue), time), 9.0,
                0.05 + 0.03 + 6 * 0.03);
  }
}

TEST(ReadingsTest, DarkLineLeavesPowersAtTheFloorAndTakesTheRestAway) {
  const auto view = view_of(1, true);
  for (const auto& point : points_of(testing::test_plant(), "aktau", view)) {
    const auto value = read(view, point, kStart);
    const auto quantity = point.quantity;
    if (point.where == Point::Where::kReceiver) {
      EXPECT_EQ(value, quantity == Quantity::kChannelInputPower ? std::optional(kPowerFloorDbm)
                                                                : std::nullopt)
          << codec::info(quantity).name;
    } else if (point.where == Point::Where::kTransmitter || point.where == Point::Where::kBooster ||
               quantity == Quantity::kLineOutputPower) {
      EXPECT_EQ(value, read(view_of(1), point, kStart)) << codec::info(quantity).name;
    } else if (quantity == Quantity::kLineInputPower ||
               quantity == Quantity::kAmplifierInputPower ||
               quantity == Quantity::kAmplifierOutputPower) {
      EXPECT_EQ(value, kPowerFloorDbm) << codec::info(quantity).name;
    } else if (!leaf_of(point).statistics) {
      EXPECT_EQ(value, read(view_of(1), point, kStart)) << "a setting";
    } else if (quantity != Quantity::kAmplifierLaserBiasCurrent) {
      EXPECT_EQ(value, std::nullopt) << codec::info(quantity).name;
    }
  }
}

TEST(ReadingsTest, RepeatersReportToTheStationTheirLightTravelsTo) {
  auto with = light();
  with.repeaters = {{.name = "R1",
                     .from_sender = Kilometers(76),
                     .input = Dbm(-1),
                     .output = Dbm(12),
                     .tilt = Db(0.5)}};
  auto view = view_of(1, false, with);
  const auto points = points_of(testing::test_plant(), "aktau", view);
  const auto at = [&](Quantity quantity) {
    return read(view, point_of(points, "R1-FP01", quantity), kStart);
  };
  EXPECT_EQ(point_of(points, "R1-FP01", Quantity::kRepeaterGain).direction, Direction::kAToB);
  EXPECT_EQ(leaf_of(point_of(points, "R1-FP01", Quantity::kRepeaterGain)).path,
            "/optical-amplifier/amplifiers/amplifier[name=*]/state/actual-gain");
  EXPECT_NEAR(*at(Quantity::kRepeaterGain), 13, 0.15);
  EXPECT_NEAR(*at(Quantity::kRepeaterOutputPower), 12, 0.15);
  EXPECT_NEAR(*at(Quantity::kRepeaterGainTilt), 0.5, 0.15);
  EXPECT_EQ(at(Quantity::kRepeaterMode), 1) << "constant output power";
  EXPECT_EQ(at(Quantity::kRepeaterTargetOutputPower), 12);
  view.pairs[0].directions[0].settings = {{"R1", Dbm(9.5), Db(1)}};
  EXPECT_EQ(at(Quantity::kRepeaterTargetOutputPower), 9.5);
  EXPECT_EQ(at(Quantity::kRepeaterTargetGainTilt), 1);
  // Before a cut there is light, and behind it there is none.
  view.pairs[0].directions[0].dark = true;
  view.pairs[0].directions[0].cut = Kilometers(100);
  EXPECT_NEAR(*at(Quantity::kRepeaterInputPower), -1, 0.15);
  view.pairs[0].directions[0].cut = Kilometers(50);
  EXPECT_EQ(at(Quantity::kRepeaterInputPower), kPowerFloorDbm);
  EXPECT_FALSE(at(Quantity::kRepeaterGain));
  EXPECT_EQ(at(Quantity::kRepeaterTargetOutputPower), 9.5) << "a setting is still set";
}

TEST(ReadingsTest, ReceiverThatLosesTheSignalStillSeesPower) {
  auto weak = light();
  for (auto& channel : weak.channels) channel.q = Db(1.0);
  const auto view = view_of(1, false, weak);
  const auto points = points_of(testing::test_plant(), "aktau", view);
  EXPECT_NEAR(*read(view, point_of(points, "och-FP01-4", Quantity::kChannelInputPower), kStart), -6,
              0.3);
  EXPECT_FALSE(read(view, point_of(points, "och-FP01-4", Quantity::kQValue), kStart));
  EXPECT_FALSE(read(view, point_of(points, "och-FP01-4", Quantity::kPreFecBer), kStart));
}

TEST(ReadingsTest, ErrorsRemainAfterCorrectionOnlyAboveTheThreshold) {
  const auto ber_at = [](double q) {
    auto with = light();
    for (auto& channel : with.channels) channel.q = Db(q);
    const auto view = view_of(1, false, with);
    return *read(view,
                 point_of(points_of(testing::test_plant(), "aktau", view), "och-FP01-4",
                          Quantity::kPostFecBer),
                 kStart);
  };
  EXPECT_EQ(ber_at(7.0), 0);
  EXPECT_GT(ber_at(5.5), 1e-2);
}

TEST(ReadingsTest, StationWithoutPreamplifierHasNoSuchLeaves) {
  auto with = light();
  with.preamplifier.reset();
  for (const auto& point : points_of(testing::test_plant(), "aktau", view_of(1, false, with))) {
    EXPECT_NE(point.component, "preamplifier-FP01");
  }
}

TEST(NoiseTest, NormalHasTheMomentsOfANormal) {
  double sum = 0;
  double squares = 0;
  constexpr int kCount = 20000;
  for (std::uint64_t i = 0; i < kCount; ++i) {
    const double value = normal(mix({9, i}));
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / kCount, 0, 0.03);
  EXPECT_NEAR(squares / kCount, 1, 0.04);
}

TEST(NoiseTest, DriftIsSlowAndBounded) {
  for (int second = 0; second < 10000; ++second) {
    const double now = drift(17, second);
    ASSERT_LE(std::abs(now), 1.0);
    ASSERT_LT(std::abs(drift(17, second + 1) - now), 0.02);
  }
}

TEST(ReadingsTest, PowerFeedEquipmentShowsVoltageAndCurrentWhereItFeeds) {
  LineView view = view_of(1);
  view.feed = FeedView{.current = Amperes(1), .voltage = {Volts(180), Volts(0)}};
  const auto at_a = points_of(testing::test_plant(), "sumgait", view);
  const auto voltage = point_of(at_a, "pfe-1", Quantity::kPowerFeedVoltage);
  const auto current = point_of(at_a, "pfe-1", Quantity::kPowerFeedCurrent);
  for (int i = 0; i < 100; ++i) {
    EXPECT_NEAR(*read(view, voltage, kStart + i * kSecond), 180, 0.3 + 6 * 0.2);
    EXPECT_NEAR(*read(view, current, kStart + i * kSecond), 1, 6 * 0.0005);
  }
  EXPECT_EQ(leaf_of(voltage).path,
            "/components/component[name=*]/power-supply/state/output-voltage");
  for (const auto& point : points_of(testing::test_plant(), "aktau", view)) {
    EXPECT_NE(point.where, Point::Where::kPowerFeed) << "b does not feed";
  }
}

}  // namespace
}  // namespace caspilink::simulator
