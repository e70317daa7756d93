#include "collector/exposition/render.h"

#include <algorithm>
#include <set>
#include <sstream>
#include <string>

#include <gmock/gmock.h>

#include "collector/exposition/metrics.h"
#include "tests/collector/small_plant.h"

namespace caspilink::exposition {
namespace {

using testing::HasSubstr;
using testing::Not;

class RenderTest : public testing::Test {
 protected:
  RenderTest() {
    auto plant = test::small_plant(1);
    snapshot_.model =
        std::make_shared<const twin::Model>(twin::Model::build(std::move(plant)).value());
    snapshot_.time_unix_ns = test::kStart;
  }
  void observe(const std::string& station, const codec::MeasurementPoint& point, double value) {
    snapshot_.observed.push_back(
        {*fleet::place_of(snapshot_.model->plant(), station, point), value});
    std::ranges::sort(snapshot_.observed, {}, &Observed::place);
  }
  std::string text() const { return render(snapshot_); }

  Snapshot snapshot_;
};

TEST_F(RenderTest, ObservedReadingsAreInBaseUnitsWithTheirLabels) {
  observe("aktau", test::channel_point(codec::Quantity::kChannelInputPower, "FP01", 32), -10.25);
  observe("sumgait", test::channel_point(codec::Quantity::kLaserBiasCurrent, "FP01", 32), 120);
  EXPECT_THAT(text(),
              HasSubstr("caspilink_channel_input_power_dbm{station=\"aktau\",fibre_pair=\"FP01\","
                        "direction=\"a-b\",channel=\"32\"} -10.25\n"));
  EXPECT_THAT(text(), HasSubstr("caspilink_laser_bias_current_amperes{station=\"sumgait\","
                                "fibre_pair=\"FP01\",direction=\"a-b\",channel=\"32\"} 0.12\n"));
}

TEST_F(RenderTest, AResidualIsObservedLessExpected) {
  const auto point = test::line_point(codec::Quantity::kLineInputPower, "FP01");
  const auto place = *fleet::place_of(snapshot_.model->plant(), "aktau", point);
  observe("aktau", point, *snapshot_.model->expected(place) - 0.5);
  EXPECT_THAT(text(),
              testing::ContainsRegex("caspilink_residual_line_input_power_decibels\\{station="
                                     "\"aktau\",fibre_pair=\"FP01\",direction=\"a-b\"\\} -0.5"));
}

TEST_F(RenderTest, PerformanceCountsAndAvailabilityAreShown) {
  auto performance = std::make_shared<performance::Snapshot>();
  performance->counts = {{.place = {.quantity = performance::kUnavailableSeconds,
                                    .fibre_pair = "FP01",
                                    .direction = "a-b",
                                    .channel = 32},
                          .last = 20,
                          .suspect = true},
                         {.place = {.quantity = performance::kBackgroundBlockErrors,
                                    .fibre_pair = "FP01",
                                    .direction = "a-b",
                                    .channel = 32},
                          .last = 7}};
  performance->this_month = {
      {.fibre_pair = "FP01", .known_seconds = 900, .unavailable_seconds = 90, .availability = 0.9},
      {.fibre_pair = "FP02"}};
  snapshot_.performance = performance;
  const std::string shown = text();
  const std::string path = "{fibre_pair=\"FP01\",direction=\"a-b\",channel=\"32\"";
  EXPECT_THAT(shown, HasSubstr("caspilink_performance_15min_seconds" + path +
                               ",class=\"unavailable\"} 20\n"));
  EXPECT_THAT(shown, HasSubstr("caspilink_performance_15min_suspect" + path + "} 1\n"));
  EXPECT_THAT(shown,
              HasSubstr("caspilink_performance_15min_background_block_errors" + path + "} 7\n"));
  EXPECT_THAT(shown,
              HasSubstr("caspilink_fibre_pair_availability_ratio{fibre_pair=\"FP01\"} 0.9\n"));
  EXPECT_THAT(shown, Not(HasSubstr("availability_ratio{fibre_pair=\"FP02\"")));
}

TEST_F(RenderTest, ReceiversOfRemoteWriteShowHowFarTheyGot) {
  snapshot_.written = {
      {.receiver = "long-term", .samples = 12, .too_old = 3, .delay_ns = 1'500'000'000}};
  const std::string shown = text();
  EXPECT_THAT(shown, HasSubstr("remote_write_samples_total{receiver=\"long-term\"} 12\n"));
  EXPECT_THAT(shown, HasSubstr("remote_write_dropped_samples_total{receiver=\"long-term\","
                               "reason=\"too_old\"} 3\n"));
  EXPECT_THAT(shown, HasSubstr("remote_write_delay_seconds{receiver=\"long-term\"} 1.5\n"));
  EXPECT_THAT(shown, Not(HasSubstr("remote_write_last_success")));
}

TEST_F(RenderTest, MissingIsAbsent) {
  const std::string shown = text();
  EXPECT_THAT(shown, Not(HasSubstr("\ncaspilink_channel_input_power_dbm{")));
  EXPECT_THAT(shown, Not(HasSubstr("caspilink_residual_")));
  EXPECT_THAT(shown, Not(HasSubstr("caspilink_alarm_active")));
  EXPECT_THAT(shown, Not(HasSubstr("nan")));
  EXPECT_THAT(shown, HasSubstr("caspilink_expected_channel_input_power_dbm{"));
}

TEST_F(RenderTest, AVerdictIsAStateSet) {
  snapshot_.assessment.directions.push_back({.fibre_pair = "FP01",
                                             .sender = "sumgait",
                                             .receiver = "aktau",
                                             .verdict = assess::Verdict::kMarginLow});
  const std::string prefix = "caspilink_direction_verdict{fibre_pair=\"FP01\",direction=\"a-b\",";
  EXPECT_THAT(text(), HasSubstr(prefix + "verdict=\"within_budget\"} 0\n"));
  EXPECT_THAT(text(), HasSubstr(prefix + "verdict=\"margin_low\"} 1\n"));
  EXPECT_THAT(text(), HasSubstr(prefix + "verdict=\"below_budget\"} 0\n"));
  EXPECT_THAT(text(), HasSubstr(prefix + "verdict=\"unknown\"} 0\n"));
}

TEST_F(RenderTest, AQuantitysVerdictIsThereWhereThereIsOne) {
  assess::DirectionAssessment line{.fibre_pair = "FP01", .sender = "sumgait", .receiver = "aktau"};
  line.quantities = {{.quantity = codec::Quantity::kOsnr, .verdict = assess::Verdict::kMarginLow},
                     {.quantity = codec::Quantity::kEsnr}};
  snapshot_.assessment.directions.push_back(line);
  const std::string prefix =
      "caspilink_direction_quantity_verdict{fibre_pair=\"FP01\",direction=\"a-b\",quantity=\"";
  EXPECT_THAT(text(), HasSubstr(prefix + "osnr\",verdict=\"margin_low\"} 1\n"));
  EXPECT_THAT(text(), HasSubstr(prefix + "osnr\",verdict=\"within_budget\"} 0\n"));
  EXPECT_THAT(text(), Not(HasSubstr(prefix + "esnr")));
}

TEST_F(RenderTest, TheOriginOfPositionsIsTold) {
  EXPECT_THAT(text(), HasSubstr("caspilink_plant_position_list_info{origin=\"illustrative\"} 1\n"));
}

TEST_F(RenderTest, ACausesPositionIsAlsoOnTheEarth) {
  alarms::Alarm alarm{.id = 1,
                      .key = {.type = alarms::Type::kFibrePairCut, .fibre_pair = "FP01"},
                      .severity = alarms::Severity::kCritical};
  alarm.cause.position = alarms::Position{.km = 120, .uncertainty_km = 2};
  snapshot_.alarms = {std::make_shared<const alarms::Alarm>(alarm)};
  const std::string labels =
      "{alarm_type=\"fibre_pair_cut\",severity=\"critical\",fibre_pair=\"FP01\"}";
  EXPECT_THAT(text(), HasSubstr("caspilink_alarm_position_meters" + labels + " 120000\n"));
  EXPECT_THAT(text(), HasSubstr("caspilink_alarm_position_latitude_degrees" + labels + " 41.5\n"));
  EXPECT_THAT(text(),
              HasSubstr("caspilink_alarm_position_longitude_degrees" + labels + " 50.32\n"));
}

TEST_F(RenderTest, AnAlarmShowsTheLabelsThatApply) {
  snapshot_.alarms.push_back(std::make_shared<const alarms::Alarm>(
      alarms::Alarm{.id = 1,
                    .key = {.type = alarms::Type::kLineCut,
                            .fibre_pair = "FP01",
                            .direction = plant::Direction::kBToA},
                    .severity = alarms::Severity::kCritical}));
  EXPECT_THAT(text(), HasSubstr("caspilink_alarm_active{alarm_type=\"line_cut\",severity="
                                "\"critical\",fibre_pair=\"FP01\",direction=\"b-a\"} 1\n"));
}

TEST_F(RenderTest, TheSameSnapshotIsTheSameText) {
  observe("aktau", test::channel_point(codec::Quantity::kQValue, "FP01", 32), 9);
  EXPECT_EQ(text(), text());
}

TEST_F(RenderTest, ASourceThatHasNotSpokenHasNoTime) {
  snapshot_.agents["aktau"].newest_of_source_unix_ns["stamp"] = fleet::kNeverHeard;
  EXPECT_THAT(text(), Not(HasSubstr("source_last_sample")));
}

TEST_F(RenderTest, ANameNeverBreaksALine) {
  snapshot_.agents["aktau"].newest_of_source_unix_ns["a\"b\\c\nd"] = test::kStart;
  EXPECT_THAT(text(), HasSubstr(R"(source="a\"b\\c\nd"} )"));
}

TEST_F(RenderTest, EveryFamilyIsIntroducedOnceInTheOrderOfTheTable) {
  for (const codec::QuantityInfo& info : codec::quantities()) {
    if (info.scope != codec::Scope::kChannel) continue;
    for (const std::uint32_t channel : {31U, 32U}) {
      observe("aktau", test::channel_point(info.quantity, "FP01", channel), info.minimum);
    }
  }
  snapshot_.tolerances = std::make_shared<const twin::Tolerances>(twin::Tolerances::defaults({}));
  std::istringstream lines(text());
  std::set<std::string> introduced;
  std::string family;
  auto last = metrics().begin();
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(introduced.insert(family).second) << family;
      last = std::find_if(last, metrics().end(),
                          [&](const Metric& metric) { return metric.name == family; });
      ASSERT_NE(last, metrics().end()) << family << " is not where the table has it";
      ASSERT_TRUE(std::getline(lines, line));
      EXPECT_TRUE(line.starts_with("# TYPE " + family + ' ')) << line;
    } else {
      EXPECT_EQ(line.substr(0, line.find_first_of("{ ")), family);
    }
  }
  EXPECT_TRUE(introduced.contains("caspilink_q_value_decibels"));
}

TEST_F(RenderTest, AResidualHasItsUncertaintyBesideIt) {
  snapshot_.tolerances = std::make_shared<const twin::Tolerances>(twin::Tolerances::defaults({}));
  const auto point = test::line_point(codec::Quantity::kLineInputPower, "FP01");
  observe("aktau", point, 10);
  EXPECT_THAT(text(), HasSubstr("caspilink_residual_uncertainty_line_input_power_decibels{station="
                                "\"aktau\",fibre_pair=\"FP01\",direction=\"a-b\"} 0.5\n"));
}

TEST_F(RenderTest, WhatTheYearsSaySitsWithItsBounds) {
  constexpr std::int64_t kDay = 86'400 * test::kSecond;
  assess::DirectionAssessment line{.fibre_pair = "FP01", .sender = "sumgait", .receiver = "aktau"};
  line.channels.push_back(
      {.number = 32, .margin_from_commissioning = Db(-0.5), .margin_from_month_ago = Db(-0.25)});
  line.receive_power_from_commissioning = Db(-1);
  line.receive_power_from_month_ago = Db(-0.75);
  line.ageing =
      assess::Ageing{.per_year = {.value = -0.125, .low = -0.25, .high = 0},
                     .margin_end_of_life = twin::Bounded{.value = 0.5, .low = -1, .high = 2},
                     .runs_out_unix_ns = 20'000 * kDay,
                     .runs_out_earliest_unix_ns = 10'000 * kDay};
  snapshot_.assessment.directions.push_back(line);
  const std::string shown = text();
  const std::string channel =
      "{station=\"aktau\",fibre_pair=\"FP01\",direction=\"a-b\",channel=\"32\"} ";
  EXPECT_THAT(shown, HasSubstr("caspilink_channel_margin_from_commissioning_decibels" + channel +
                               "-0.5\n"));
  EXPECT_THAT(shown,
              HasSubstr("caspilink_channel_margin_from_month_ago_decibels" + channel + "-0.25\n"));
  const std::string port = "{station=\"aktau\",fibre_pair=\"FP01\",direction=\"a-b\"} ";
  EXPECT_THAT(shown,
              HasSubstr("caspilink_line_input_power_from_commissioning_decibels" + port + "-1\n"));
  EXPECT_THAT(shown,
              HasSubstr("caspilink_line_input_power_from_month_ago_decibels" + port + "-0.75\n"));
  const auto bound = [](std::string_view name) {
    return "{fibre_pair=\"FP01\",direction=\"a-b\",bound=\"" + std::string(name) + "\"} ";
  };
  EXPECT_THAT(shown,
              HasSubstr("caspilink_direction_ageing_decibels_per_year" + bound("low") + "-0.25\n"));
  EXPECT_THAT(shown,
              HasSubstr("caspilink_direction_margin_end_of_life_decibels" + bound("high") + "2\n"));
  EXPECT_THAT(shown, HasSubstr("caspilink_direction_margin_runs_out_timestamp_seconds" +
                               bound("value") + "1.728e+09\n"));
  EXPECT_THAT(shown, Not(HasSubstr("caspilink_direction_margin_runs_out_timestamp_seconds" +
                                   bound("high"))))
      << "not within a hundred years";
}

}  // namespace
}  // namespace caspilink::exposition
