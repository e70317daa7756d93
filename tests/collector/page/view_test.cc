#include "collector/page/view.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "collector/page/route.h"
#include "tests/collector/small_plant.h"

namespace caspilink::page {
namespace {

using nlohmann::json;
using plant::Direction;

class ViewTest : public testing::Test {
 protected:
  ViewTest() : plant_(test::small_plant(2)), design_(twin::Design::of(*plant_).value()) {
    snapshot_.model = std::make_shared<const assess::Model>(assess::Model::build(plant_).value());
    snapshot_.time_unix_ns = test::kStart;
    for (const auto direction : {Direction::kAToB, Direction::kBToA}) {
      snapshot_.assessment.directions.push_back(
          {.fibre_pair = "FP01",
           .direction = direction,
           .sender = plant::sender(*plant_, direction).id,
           .receiver = plant::receiver(*plant_, direction).id,
           .channels = {{.number = 1, .margin = Db(2.5), .expected_margin = Db(3.25)},
                        {.number = 32, .margin = Db(2.25), .expected_margin = Db(3)}},
           .margin = Db(2.25),
           .verdict = assess::Verdict::kMarginLow});
    }
  }
  json view() const { return json::parse(render(snapshot_, design_)); }
  void observe(const std::string& station, const codec::MeasurementPoint& point, double value) {
    snapshot_.observed.push_back({*fleet::place_of(*plant_, station, point), value});
  }
  void alarm(alarms::Alarm alarm) {
    snapshot_.alarms.push_back(std::make_shared<const alarms::Alarm>(std::move(alarm)));
  }

  std::shared_ptr<const plant::Plant> plant_;
  twin::Design design_;
  exposition::Snapshot snapshot_;
};

TEST_F(ViewTest, TheRouteIsDrawnFromA) {
  const json plant = view()["plant"];
  EXPECT_EQ(plant["length_km"], 380);
  EXPECT_EQ(plant["stations"][1]["name"], "Aktau");
  EXPECT_EQ(plant["stations"][1]["km"], 380);
  ASSERT_EQ(plant["elements"].size(), 9U);
  EXPECT_EQ(plant["elements"][1], (json{{"name", "R1"},
                                        {"kind", "repeater"},
                                        {"from_km", 76},
                                        {"to_km", 76},
                                        {"direction", nullptr}}));
  EXPECT_EQ(plant["elements"][8]["to_km"], 380);
}

TEST_F(ViewTest, MarginsAreNowExpectedAndAtTheEndOfLife) {
  const json line = view()["directions"][0];
  EXPECT_EQ(line["verdict"], "margin_low");
  EXPECT_EQ(line["margin_db"], 2.25);
  EXPECT_EQ(line["expected_margin_db"], 3);
  EXPECT_NEAR(line["end_of_life_margin_db"],
              design_.margin_end_of_life("FP01", Direction::kAToB)->value(), 1e-3);
  EXPECT_LT(line["end_of_life_margin_db"], line["expected_margin_db"]);
  EXPECT_FALSE(design_.margin_end_of_life("FP77", Direction::kAToB));
}

TEST_F(ViewTest, AFittedAgeingIsShownWithItsLowerBound) {
  EXPECT_TRUE(view()["directions"][0]["ageing"].is_null());
  auto& line = snapshot_.assessment.directions[0];
  line.ageing =
      assess::Ageing{.per_year = {.value = -0.05},
                     .margin_end_of_life = twin::Bounded{.value = 1.5, .low = 1.2, .high = 1.8},
                     .runs_out_unix_ns = test::kStart};
  line.ageing_channel = 32;
  const json ageing = view()["directions"][0]["ageing"];
  EXPECT_EQ(ageing["channel"], 32);
  EXPECT_EQ(ageing["per_year_db"], -0.05);
  EXPECT_EQ(ageing["end_of_life_margin_db"], 1.5);
  EXPECT_EQ(ageing["end_of_life_margin_least_db"], 1.2);
  EXPECT_EQ(ageing["runs_out"], test::kStart / 1'000'000);
}

TEST_F(ViewTest, WhatIsOffItsModelDriftsOrIsNotFollowedIsTold) {
  const json quiet = view()["directions"][0];
  EXPECT_TRUE(quiet["off"].empty());
  EXPECT_TRUE(quiet["remarks"].empty());
  EXPECT_TRUE(quiet["month_ago_db"].is_null());
  auto& line = snapshot_.assessment.directions[0];
  line.quantities = {
      {.quantity = codec::Quantity::kQValue, .verdict = assess::Verdict::kWithinBudget},
      {.quantity = codec::Quantity::kEsnr},
      {.quantity = codec::Quantity::kOsnr,
       .verdict = assess::Verdict::kMarginLow,
       .channel = 32,
       .worst = {.observed = 29.75, .expected = 31.75, .uncertainty = 0.5}}};
  line.remarks = {"R2: target gain 50 is out of range"};
  line.channels[0].margin_from_month_ago = Db(-0.125);
  line.channels[1].margin_from_month_ago = Db(-0.5);
  line.receive_power_from_month_ago = Db(-0.25);
  const json told = view()["directions"][0];
  EXPECT_EQ(told["compared"], 3);
  EXPECT_EQ(told["off"], (json::array({{{"quantity", "osnr"},
                                        {"unit", "dB"},
                                        {"verdict", "margin_low"},
                                        {"channel", 32},
                                        {"element", ""},
                                        {"observed", 29.75},
                                        {"expected", 31.75},
                                        {"uncertainty", 0.5}}})));
  EXPECT_EQ(told["remarks"][0], "R2: target gain 50 is out of range");
  EXPECT_EQ(told["month_ago_db"], -0.5) << "of the channel that lost most";
  EXPECT_EQ(told["power_month_ago_db"], -0.25);
}

TEST_F(ViewTest, TheExpectedProfileIsTheBudgetsTraceEachWay) {
  for (const auto& [index, direction, from, to] :
       {std::tuple(0, Direction::kAToB, 0, 380), std::tuple(1, Direction::kBToA, 380, 0)}) {
    const auto& budget = snapshot_.model->budget("FP01", direction);
    const json profile = view()["directions"][index]["expected_profile"];
    ASSERT_EQ(profile.size(), 1U + 2 * 9);
    EXPECT_EQ(profile.front()[0], from);
    EXPECT_NEAR(profile.front()[1], budget.line_output_power.value(), 1e-3);
    EXPECT_EQ(profile.back()[0], to);
    EXPECT_NEAR(profile.back()[1], budget.line_input_power.value(), 1e-3);
  }
}

TEST_F(ViewTest, ObservedPowersStandWhereTheyWereMeasured) {
  observe("sumgait", test::line_point(codec::Quantity::kLineOutputPower, "FP01"), 18.1);
  observe("aktau", test::line_point(codec::Quantity::kLineInputPower, "FP01"), 5.5);
  const json observed = view()["directions"][0]["observed_profile"];
  ASSERT_EQ(observed.size(), 2U);
  EXPECT_EQ(observed[0]["km"], 0);
  EXPECT_EQ(observed[0]["dbm"], 18.1);
  EXPECT_EQ(observed[1]["km"], 380);
  EXPECT_EQ(observed[1]["what"], "line input of Aktau");
  EXPECT_TRUE(observed[1]["expected_dbm"].is_number());
  EXPECT_TRUE(view()["directions"][1]["observed_profile"].empty());
}

TEST_F(ViewTest, MissingIsNullAndNeverZero) {
  snapshot_.assessment.directions[0].margin.reset();
  snapshot_.assessment.directions[0].channels[0].expected_margin =
      Db(-std::numeric_limits<double>::infinity());
  snapshot_.assessment.paths.push_back(
      {.station = "sumgait", .fibre_pair = "FP01", .peer = "aktau", .expected = Seconds(3.7e-3)});
  snapshot_.assessment.stations.push_back({.station = "aktau", .silent = true});
  const json shown = view();
  EXPECT_TRUE(shown["directions"][0]["margin_db"].is_null());
  EXPECT_TRUE(shown["directions"][0]["expected_margin_db"].is_null());
  EXPECT_TRUE(shown["directions"][0]["no_light"].is_null());
  EXPECT_TRUE(shown["paths"][0]["round_trip_s"].is_null());
  EXPECT_EQ(shown["paths"][0]["expected_s"], 3.7e-3);
  EXPECT_TRUE(shown["agents"][0]["newest"].is_null());
  EXPECT_EQ(shown["agents"][0]["silent"], true);
}

TEST_F(ViewTest, RootsComeFirstAndTheWorstOfThem) {
  using enum alarms::Severity;
  alarm({.id = 1,
         .key = {.type = alarms::Type::kMarginLow, .fibre_pair = "FP02"},
         .severity = kMinor});
  alarm({.id = 2,
         .key = {.type = alarms::Type::kLineCut, .fibre_pair = "FP01"},
         .severity = kCritical,
         .parent = 3});
  alarm({.id = 3,
         .key = {.type = alarms::Type::kFibrePairCut, .fibre_pair = "FP01"},
         .severity = kCritical});
  alarm({.id = 4,
         .key = {.type = alarms::Type::kCableCut},
         .severity = kCritical,
         .cause = {.position = alarms::Position{.km = 190, .uncertainty_km = 1}, .by = "leyla"},
         .shelved = alarms::Shelf{.by = "op", .note = "pump", .until_unix_ns = test::kStart}});
  const json alarms = view()["alarms"];
  std::vector<int> ids;
  for (const json& alarm : alarms) ids.push_back(alarm["id"]);
  EXPECT_THAT(ids, testing::ElementsAre(3, 1, 4, 2));
  EXPECT_EQ(alarms[2]["shelved"]["by"], "op");
  EXPECT_EQ(alarms[2]["shelved"]["note"], "pump");
  EXPECT_EQ(alarms[2]["placed_by"], "leyla");
}

TEST_F(ViewTest, AnAlarmStandsAtItsPositionElseItsElementElseItsStation) {
  using alarms::Type;
  alarm({.id = 1,
         .key = {.type = Type::kFibrePairCut, .fibre_pair = "FP01"},
         .severity = alarms::Severity::kCritical,
         .cause = {.element = "S2", .position = alarms::Position{.km = 120, .uncertainty_km = 2}}});
  alarm({.id = 2, .key = {.type = Type::kAmplifierOff, .fibre_pair = "FP01", .element = "R2"}});
  alarm({.id = 3, .key = {.type = Type::kAgentSilent, .station = "aktau"}});
  alarm({.id = 4, .key = {.type = Type::kFibrePairCut, .fibre_pair = "FP02"}});
  alarm({.id = 5, .key = {.type = Type::kStoreFailing}});
  std::map<int, json> places;
  const json shown = view();
  for (const json& alarm : shown["alarms"]) places[alarm["id"]] = alarm["place"];
  EXPECT_EQ(places[1],
            (json{{"from_km", 118},
                  {"to_km", 122},
                  {"by", "position"},
                  {"coordinates", "41.5000 N, 50.3200 E, 420 m deep (illustrative route)"}}));
  EXPECT_EQ(places[2], (json{{"from_km", 152}, {"to_km", 152}, {"by", "element"}}));
  EXPECT_EQ(places[3], (json{{"from_km", 380}, {"to_km", 380}, {"by", "station"}}));
  EXPECT_EQ(places[4], (json{{"from_km", 0}, {"to_km", 380}, {"by", "line"}}));
  EXPECT_TRUE(places[5].is_null());
}

TEST_F(ViewTest, ManyAlarmsAreCountedAndNotAllListed) {
  for (std::uint64_t id = 1; id <= kMostAlarms + 100; ++id) {
    alarm({.id = id, .key = {.type = alarms::Type::kMarginLow}, .parent = id == 300 ? 0U : 300U});
  }
  const json shown = view();
  EXPECT_EQ(shown["alarms"].size(), kMostAlarms);
  EXPECT_EQ(shown["alarms"][0]["id"], 300);
  EXPECT_EQ(shown["alarms_standing"], kMostAlarms + 100);
}

TEST_F(ViewTest, ANameIsDataWhateverItHolds) {
  const std::string name = "</script><img src=x>\"\\\n\xff";
  snapshot_.assessment.stations.push_back({.station = "aktau"});
  snapshot_.agents["aktau"].newest_of_source_unix_ns[name] = test::kStart;
  const std::string text = render(snapshot_, design_);
  EXPECT_EQ(text.find('\n'), std::string::npos) << "a line break would end an event";
  EXPECT_EQ(json::parse(text)["agents"][0]["sources"][0]["name"],
            "</script><img src=x>\"\\\n\xEF\xBF\xBD");
}

}  // namespace
}  // namespace caspilink::page
