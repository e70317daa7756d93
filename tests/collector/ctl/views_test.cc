#include "collector/ctl/views.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "collector/ctl/table.h"

namespace caspilink::ctl {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(TableTest, ColumnsAreAlignedByCharactersNotBytes) {
  Table table({{"WHERE"}, {"KM", true}});
  table.add({"Şüvəlan", "1.0"});
  table.add({"Aktau", "-380.0"});
  EXPECT_EQ(table.text(false),
            "WHERE        KM\n"
            "Şüvəlan     1.0\n"
            "Aktau    -380.0\n");
}

TEST(TableTest, ColoursDoNotMoveColumnsAndControlCharactersDoNotReachTheTerminal) {
  Table table({{"A"}, {"B"}});
  table.add({{"bad", Colour::kBad}, "x"});
  table.add({"\033[2Jok", "y"});
  const std::string plain = table.text(false);
  EXPECT_THAT(plain, Not(HasSubstr("\033")));
  EXPECT_THAT(plain, HasSubstr("?[2Jok  y\n"));
  EXPECT_THAT(table.text(true), HasSubstr("\033[1;31mbad\033[0m     x\n"));
}

TEST(ViewsTest, WhatIsNotKnownIsADashAndLeftOutOfJson) {
  wire::GetMarginsResponse margins;
  auto& margin = *margins.add_margins();
  margin.set_fibre_pair("FP01");
  margin.set_direction("a-b");
  margin.set_channel(32);
  margin.set_expected_margin_db(2.75);
  EXPECT_THAT(view(margins, false),
              HasSubstr("FP01        a-b             32  unknown          -"));
  const auto parsed = nlohmann::json::parse(json(margins));
  const auto& one = parsed["margins"][0];
  EXPECT_FALSE(one.contains("margin_db"));
  EXPECT_DOUBLE_EQ(one["expected_margin_db"], 2.75);
  EXPECT_EQ(one["verdict"], "VERDICT_UNKNOWN");
}

TEST(ViewsTest, TheEndOfLifeIsTheFitsWithBoundsElseTheDesigns) {
  wire::GetMarginsResponse margins;
  auto& margin = *margins.add_margins();
  margin.set_fibre_pair("FP01");
  margin.set_designed_end_of_life_margin_db(1.5);
  margin.set_from_month_ago_db(-0.4);
  EXPECT_THAT(view(margins, false), HasSubstr("1.50 as designed  -\n"));
  EXPECT_THAT(view(margins, false), HasSubstr("-0.40"));
  auto& ageing = *margin.mutable_ageing();
  ageing.mutable_per_year_db()->set_value(-0.05);
  EXPECT_THAT(view(margins, false), HasSubstr("1.50 as designed  not in 100 years\n"));
  ageing.mutable_margin_end_of_life_db()->set_value(1.4);
  ageing.mutable_margin_end_of_life_db()->set_low(1.1);
  ageing.mutable_margin_end_of_life_db()->set_high(1.7);
  ageing.set_runs_out_unix_ns(1'800'000'000'000'000'000);
  ageing.set_runs_out_earliest_unix_ns(1'790'000'000'000'000'000);
  EXPECT_THAT(view(margins, false),
              HasSubstr("1.40 (1.10 to 1.70)  2027-01-15 (2026-09-21 to later)\n"));
}

TEST(ViewsTest, AStateListsWhatIsOffItsModelAndHowItStoodAMonthAgo) {
  wire::GetStateResponse state;
  auto& line = *state.add_directions();
  line.set_fibre_pair("FP01");
  line.set_direction("a-b");
  line.set_margin_from_month_ago_db(-0.4);
  const auto add = [&](const char* quantity, wire::Verdict verdict) -> wire::QuantityState& {
    auto& one = *line.add_quantities();
    one.set_quantity(quantity);
    one.set_unit("dB");
    one.set_verdict(verdict);
    one.set_channel(32);
    one.set_observed(29.8);
    one.set_expected(31.8);
    one.set_residual(-2);
    one.set_uncertainty(0.58);
    return one;
  };
  add("q_value", wire::VERDICT_WITHIN_BUDGET);
  EXPECT_THAT(view(state, false), Not(HasSubstr("OFF ITS MODEL")));
  EXPECT_THAT(view(state, false), HasSubstr("-0.40"));
  add("osnr", wire::VERDICT_MARGIN_LOW);
  auto& ber = add("pre_fec_ber", wire::VERDICT_BELOW_BUDGET);
  ber.set_unit("ratio");
  ber.set_observed(0.0123);
  EXPECT_THAT(view(state, false), HasSubstr("osnr"));
  EXPECT_THAT(view(state, false), HasSubstr("channel 32     29.80     31.80  -2.00 ± 0.58  dB"));
  EXPECT_THAT(view(state, false), HasSubstr("1.23e-02"));
  EXPECT_THAT(view(state, false), Not(HasSubstr("q_value")))
      << "what is as expected is in the JSON";
}

TEST(ViewsTest, ACommissioningSaysWhatItLeft) {
  wire::CommissionResponse done;
  done.set_taken(1);
  EXPECT_EQ(view(done, false), "1 snapshot taken\n");
  done.set_taken(2);
  done.set_left(3);
  EXPECT_EQ(view(done, false),
            "2 snapshots taken; 3 places without an hour of readings within a day keep what they "
            "had\n");
}

TEST(ViewsTest, AnAlarmsNotesAreShownWithWhoSaidThem) {
  wire::AlarmResponse response;
  auto& alarm = *response.mutable_alarm();
  alarm.set_acknowledged_by("leyla");
  alarm.set_note("ship called");
  alarm.set_shelved_by("nurlan");
  alarm.set_shelf_note("new pump");
  alarm.set_shelved_until_unix_ns(1'800'000'000'000'000'000);
  alarm.set_placed_by("aysel");
  EXPECT_THAT(view(response, false),
              HasSubstr("acknowledged by leyla (ship called), shelved until 2027-01-15T08:00:00Z "
                        "by nurlan (new pump), placed by aysel"));
}

TEST(ViewsTest, SamplesAreShownByTimeAndJsonIsOneLine) {
  std::vector<wire::Sample> samples(2);
  samples[0].set_time_unix_ns(1'800'000'001'000'000'000);
  samples[0].set_reading("no_light");
  samples[1].set_time_unix_ns(1'800'000'000'000'000'000);
  samples[1].set_value(-7.5);
  const std::string shown = view(samples, false);
  EXPECT_LT(shown.find("2027-01-15T08:00:00Z"), shown.find("2027-01-15T08:00:01Z"));
  EXPECT_THAT(shown, HasSubstr("no_light"));
  const std::string line = json(samples[1]);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_EQ(nlohmann::json::parse(line)["time_unix_ns"], "1800000000000000000");
}

TEST(ViewsTest, AnAlarmSaysWhereAndWhoHasSeenIt) {
  wire::ListAlarmsResponse alarms;
  EXPECT_EQ(view(alarms, false), "no alarms\n");
  auto& alarm = *alarms.add_alarms();
  alarm.set_id(7);
  alarm.set_type("fibre_pair_cut");
  alarm.set_severity(wire::SEVERITY_CRITICAL);
  alarm.set_fibre_pair("FP03");
  alarm.set_position_km(190);
  alarm.set_position_uncertainty_km(0.4);
  alarm.set_acknowledged_by("leyla");
  alarm.set_consequences(192);
  alarms.set_truncated(true);
  const std::string shown = view(alarms, false);
  for (const char* part :
       {"critical", "FP03", "190.0 ± 0.4", "acknowledged by leyla", "192", "there are more"}) {
    EXPECT_THAT(shown, HasSubstr(part));
  }
}

TEST(ViewsTest, APlaceIsToldInKilometresAndOnTheEarth) {
  wire::LocateResponse place;
  place.set_position_km(190);
  EXPECT_THAT(view(place, false), testing::Not(HasSubstr(" N, ")));
  auto& at = *place.mutable_coordinates();
  at.set_latitude_deg(42.06);
  at.set_longitude_deg(50.57);
  at.set_depth_m(588);
  EXPECT_THAT(view(place, false), HasSubstr("42.0600 N, 50.5700 E, 588 m deep\n"));
  at.set_illustrative(true);
  EXPECT_THAT(view(place, false), HasSubstr("588 m deep (illustrative route)\n"));
}

}  // namespace
}  // namespace caspilink::ctl
