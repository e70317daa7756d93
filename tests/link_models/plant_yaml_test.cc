// The plant loader: what it reads, and one test for each way a file can be wrong.
#include "link_models/formats/plant_yaml.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "link_models/plant/line.h"
#include "tests/support/paths.h"

namespace caspilink::formats {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kGood = R"(plant: small
kind: repeatered
stations:
  a: {id: west, name: West, operator: W}
  b: {id: east, name: East, operator: E}
fibres:
  g654:
    attenuation_db_per_km: 0.155
    dispersion_ps_per_nm_km: 20.5
    effective_area_um2: 112
    nonlinear_index_m2_per_w: 2.2e-20
repeater_types:
  r18: {total_output_power_dbm: 18, noise_figure_db: 5}
segments:
  - name: wet
    kind: submarine
    route:
      - span: {name: S1, fibre: g654, length_km: 76}
      - repeater: {name: R1, type: r18}
      - span: {name: S2, fibre: g654, length_km: 70}
spectrum:
  - first_channel_thz: 191.35
    spacing_ghz: 50
    channels: 8
    baud_rate_gbd: 32
    launch_power_dbm: 0
modes:
  m: {format: dp-qpsk, bit_rate_gbps: 100, baud_rate_gbd: 32, fec_ber_threshold: 2e-2}
fibre_pairs:
  - {ids: [FP01, FP02], mode: m, lit_channels: [1, 8]}
)";

// The good file with one place changed; the change must be there to make.
std::string with(std::string_view from, std::string_view to) {
  std::string text(kGood);
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string refusal(const std::string& text) {
  const auto plant = parse_plant(text, "p.yaml");
  if (plant) return "accepted";
  EXPECT_EQ(plant.error().code, ErrorCode::kInvalidInput);
  return plant.error().message();
}

TEST(PlantYamlTest, ReadsWhatTheFileSays) {
  const auto plant = parse_plant(kGood, "p.yaml");
  ASSERT_TRUE(plant) << plant.error().message();
  EXPECT_EQ(plant->name, "small");
  EXPECT_EQ(plant->a().id, "west");
  EXPECT_EQ(plant->b().operator_name, "E");
  EXPECT_EQ(plant::length_of(*plant), Kilometers(146));
  ASSERT_EQ(plant->channels.size(), 8U);
  EXPECT_EQ(plant->channels[7].number, 8);
  EXPECT_EQ(plant->channels[7].frequency, Hertz(191.7e12));
  EXPECT_EQ(plant->channels[0].slot_width, Hertz(50e9));
  ASSERT_EQ(plant->fibre_pairs.size(), 2U);
  EXPECT_EQ(plant->fibre_pairs[1].id, "FP02");
  EXPECT_EQ(plant->thresholds, plant::AlarmThresholds());
}

TEST(PlantYamlTest, BothReferencePlantsLoad) {
  for (const char* name : {"repeatered", "unrepeatered"}) {
    const auto plant = load_plant(caspilink::test::source_dir() + "/deploy/plants/trans_caspian_" +
                                  name + ".yaml");
    ASSERT_TRUE(plant) << plant.error().message();
    EXPECT_EQ(plant::length_of(*plant), Kilometers(380));
    EXPECT_EQ(plant->channels.size(), 96U);
    EXPECT_EQ(plant::to_string(plant->kind), name);
    const double capacity =
        plant->modes[0].bit_rate.value() * 96 * static_cast<double>(plant->fibre_pairs.size());
    EXPECT_NEAR(capacity * 1e-12, 400, 2);
  }
}

TEST(PlantYamlTest, UnknownKey) {
  EXPECT_EQ(refusal(with("kind: repeatered", "kind: repeatered\ncolour: blue")),
            "p.yaml:3:1: colour: unknown key, expected one of alarm_thresholds, allowances, "
            "amplifier_types, description, fibre_pairs, fibres, gawbs_db_per_km, kind, modes, "
            "nonlinear_model, plant, position_list, power_feed, repeater_types, roadm_types, "
            "ropa_types, segments, spectrum, stations");
}

TEST(PlantYamlTest, DuplicateKey) {
  EXPECT_EQ(refusal(with("length_km: 76}", "length_km: 76, length_km: 77}")),
            "p.yaml:18:54: segments[0].route[0].span.length_km: expected each key once, got "
            "'length_km' again (first on line 18)");
}

TEST(PlantYamlTest, WrongUnit) {
  EXPECT_EQ(refusal(with("length_km: 76}", "length_m: 76000}")),
            "p.yaml:18:39: segments[0].route[0].span.length_m: unknown key, expected one of fibre, "
            "input_loss_db, length_km, lumped_losses, name, output_loss_db, pdl_db");
}

TEST(PlantYamlTest, UnitInTheValue) {
  EXPECT_EQ(refusal(with("length_km: 76}", "length_km: 76 km}")),
            "p.yaml:18:50: segments[0].route[0].span.length_km: expected a finite number above 0 "
            "and at most 20000, got '76 km'");
}

TEST(PlantYamlTest, MissingSpans) {
  std::string text = with("      - span: {name: S1, fibre: g654, length_km: 76}\n", "");
  const std::string second = "      - span: {name: S2, fibre: g654, length_km: 70}\n";
  text.erase(text.find(second), second.size());
  EXPECT_EQ(refusal(text), "p.yaml:18:7: segments[0].route: expected at least one span, got none");
}

TEST(PlantYamlTest, MissingRoute) {
  std::string text(kGood);
  const auto from = text.find("    route:");
  text.erase(from, text.find("spectrum:") - from);
  EXPECT_EQ(refusal(text), "p.yaml:15:5: segments[0]: expected the key 'route', got none");
}

TEST(PlantYamlTest, ZeroLength) {
  EXPECT_THAT(refusal(with("length_km: 76}", "length_km: 0}")),
              StartsWith("p.yaml:18:50: segments[0].route[0].span.length_km: expected a finite "
                         "number above 0"));
}

TEST(PlantYamlTest, NegativeLength) {
  EXPECT_THAT(refusal(with("length_km: 70}", "length_km: -70}")),
              StartsWith("p.yaml:20:50: segments[0].route[2].span.length_km: expected a finite "
                         "number above 0"));
}

TEST(PlantYamlTest, NotANumber) {
  EXPECT_THAT(refusal(with("attenuation_db_per_km: 0.155", "attenuation_db_per_km: .nan")),
              StartsWith("p.yaml:8:28: fibres.g654.attenuation_db_per_km: expected a finite"));
}

TEST(PlantYamlTest, Infinity) {
  EXPECT_THAT(refusal(with("launch_power_dbm: 0", "launch_power_dbm: .inf")),
              StartsWith("p.yaml:26:23: spectrum[0].launch_power_dbm: expected a finite"));
}

TEST(PlantYamlTest, UnknownFibreType) {
  EXPECT_EQ(refusal(with("fibre: g654, length_km: 70", "fibre: g652, length_km: 70")),
            "p.yaml:20:33: segments[0].route[2].span.fibre: unknown fibre type 'g652', expected "
            "one of g654");
}

TEST(PlantYamlTest, UnknownRepeaterType) {
  EXPECT_THAT(refusal(with("type: r18", "type: r19")),
              HasSubstr("unknown repeater type 'r19', expected one of r18"));
}

TEST(PlantYamlTest, OverlappingChannelsInABand) {
  EXPECT_EQ(refusal(with("spacing_ghz: 50", "spacing_ghz: 40\n    slot_width_ghz: 50")),
            "p.yaml:23:18: spectrum[0].spacing_ghz: channels overlap: expected at least the slot "
            "width of 50 GHz, got 40 GHz");
}

TEST(PlantYamlTest, OverlappingBands) {
  EXPECT_EQ(refusal(with("modes:",
                         "  - {first_channel_thz: 191.74, spacing_ghz: 50, channels: 2, "
                         "baud_rate_gbd: 32, launch_power_dbm: 0}\nmodes:")),
            "p.yaml:27:25: spectrum[1].first_channel_thz: channels overlap: expected at least "
            "191.750000 THz after channel 8, got 191.740000 THz");
}

TEST(PlantYamlTest, TouchingBandsAreFine) {
  EXPECT_EQ(refusal(with("modes:",
                         "  - {first_channel_thz: 191.75, spacing_ghz: 50, channels: 2, "
                         "baud_rate_gbd: 32, launch_power_dbm: 0}\nmodes:")),
            "accepted");
}

TEST(PlantYamlTest, BaudRateWiderThanItsSlot) {
  EXPECT_THAT(refusal(with("baud_rate_gbd: 32\n", "baud_rate_gbd: 64\n")),
              StartsWith("p.yaml:25:20: spectrum[0].baud_rate_gbd: expected at most the slot"));
}

TEST(PlantYamlTest, LitChannelOutsideTheBand) {
  EXPECT_EQ(
      refusal(with("lit_channels: [1, 8]", "lit_channels: [1, 9]")),
      "p.yaml:30:52: fibre_pairs[0].lit_channels[1]: expected a whole number from 1 to 8, got "
      "'9'");
}

TEST(PlantYamlTest, ModeOfAnotherBaudRate) {
  EXPECT_THAT(refusal(with("baud_rate_gbd: 32, fec", "baud_rate_gbd: 40, fec")),
              HasSubstr("expected a mode of channel 1's 32 GBd, got 40 GBd"));
}

TEST(PlantYamlTest, FibrePairTwice) {
  EXPECT_THAT(refusal(with("[FP01, FP02]", "[FP01, FP01]")),
              HasSubstr("fibre_pairs[0].ids: expected each fibre pair once, got 'FP01' again"));
}

TEST(PlantYamlTest, BodiesOfOneName) {
  EXPECT_THAT(refusal(with("name: S2", "name: S1")),
              HasSubstr("expected a name of its own, got 'S1' again"));
}

TEST(PlantYamlTest, StationsOfOneId) {
  EXPECT_THAT(refusal(with("id: east", "id: west")),
              HasSubstr("stations.b: expected an id of its own, got 'west' again"));
}

TEST(PlantYamlTest, RouteElementOfUnknownKind) {
  EXPECT_THAT(refusal(with("- repeater:", "- regenerator:")), StartsWith("p.yaml:19:9: "));
}

TEST(PlantYamlTest, RepeaterInAnUnrepeateredPlant) {
  EXPECT_THAT(refusal(with("kind: repeatered", "kind: unrepeatered")),
              HasSubstr("segments[0].route: expected no repeater in an unrepeatered plant"));
}

TEST(PlantYamlTest, LumpedLossBeyondItsSpan) {
  EXPECT_THAT(refusal(with("length_km: 76}",
                           "length_km: 76, lumped_losses: [{from_a_km: 77, loss_db: 1}]}")),
              HasSubstr("lumped_losses[0].from_a_km: expected a finite number at least 0 and at "
                        "most 76, got '77'"));
}

TEST(PlantYamlTest, ThresholdsOutOfOrder) {
  EXPECT_THAT(refusal(std::string(kGood) + "alarm_thresholds: {q_margin_major_db: 2}\n"),
              HasSubstr("alarm_thresholds.q_margin_major_db: expected a finite number at most 1"));
}

TEST(PlantYamlTest, NamesThatWouldBreakLabels) {
  EXPECT_THAT(refusal(with("id: west", "id: \"we,st\"")), HasSubstr("stations.a.id: expected"));
}

constexpr std::string_view kPumped = R"(plant: small
kind: unrepeatered
nonlinear_model: gn_srs
gawbs_db_per_km: -61.5
stations:
  a:
    id: west
    name: West
    operator: W
    terminal:
      raman_transmit: {pumps: [{frequency_thz: 208, power_mw: 200}]}
  b:
    id: east
    name: East
    operator: E
    terminal:
      raman_receive: {pumps: [{wavelength_nm: 1425, power_mw: 300}, {wavelength_nm: 1440, power_mw: 200}]}
      ropa_pump: {wavelength_nm: 1480, power_mw: 600, delivery: line_fibre}
fibres:
  g654:
    attenuation_db_per_km: 0.155
    attenuation_points:
      - {wavelength_nm: 1550, attenuation_db_per_km: 0.155}
      - {wavelength_nm: 1480, attenuation_db_per_km: 0.185}
    dispersion_ps_per_nm_km: 20.5
    effective_area_um2: 112
    nonlinear_index_m2_per_w: 2.2e-20
ropa_types:
  erbium:
    response:
      - {pump_mw: 0, gain_db: -8, noise_figure_db: 10}
      - {pump_mw: 5, gain_db: 15, noise_figure_db: 6}
    conversion_efficiency: 0.6
segments:
  - name: s
    kind: submarine
    route:
      - span: {name: S1, fibre: g654, length_km: 200}
      - ropa: {name: ROPA, type: erbium, direction: a-b}
      - span: {name: S2, fibre: g654, length_km: 100}
spectrum:
  - {first_channel_thz: 191.35, spacing_ghz: 50, channels: 8, baud_rate_gbd: 32, launch_power_dbm: 0}
modes:
  m: {format: dp-qpsk, bit_rate_gbps: 100, baud_rate_gbd: 32, fec_ber_threshold: 2e-2}
fibre_pairs:
  - {ids: [FP01], mode: m, lit_channels: [1]}
)";

std::string pumped_with(std::string_view old, std::string_view fresh) {
  std::string text(kPumped);
  const auto at = text.find(old);
  EXPECT_NE(at, std::string::npos) << old;
  return text.replace(at, old.size(), fresh);
}

TEST(PlantYamlTest, ReadsPumpsAndWhatTheyDrive) {
  const auto plant = parse_plant(kPumped, "p.yaml");
  ASSERT_TRUE(plant) << plant.error().message();
  EXPECT_EQ(plant->light_model.nonlinear, plant::NonlinearModelKind::kGnSrs);
  EXPECT_EQ(plant->light_model.gawbs_per_km, Db(-61.5));
  ASSERT_EQ(plant->fibres[0].attenuation_points.size(), 2U);
  EXPECT_EQ(plant->fibres[0].attenuation_points[0].attenuation, DbPerKm(0.155));
  const auto line = plant::line_of(*plant, "FP01", plant::Direction::kAToB);
  ASSERT_TRUE(line);
  const auto& sent = std::get<plant::RamanPumps>(line->elements.front());
  EXPECT_EQ(sent.way, plant::PumpWay::kWithSignal);
  EXPECT_EQ(sent.pumps[0].frequency, Hertz(208e12));
  const auto& received = std::get<plant::RamanPumps>(line->elements.back());
  ASSERT_EQ(received.pumps.size(), 3U);  // the ROPA's pump runs along
  EXPECT_NEAR(received.pumps[2].frequency.value(), 202.5625e12, 1e8);
  EXPECT_EQ(received.pumps[2].power, Milliwatts(600));
  // The other direction meets no ROPA and sends no pump for one.
  const auto back = plant::line_of(*plant, "FP01", plant::Direction::kBToA);
  EXPECT_EQ(back->elements.size(), 2U);
}

TEST(PlantYamlTest, APumpFibreFeedsTheRopaAlone) {
  const auto plant = parse_plant(
      pumped_with("delivery: line_fibre", "delivery: pump_fibre, pump_fibre_loss_db: 2"), "p.yaml");
  ASSERT_TRUE(plant) << plant.error().message();
  const auto line = plant::line_of(*plant, "FP01", plant::Direction::kAToB);
  EXPECT_EQ(std::get<plant::RamanPumps>(line->elements.back()).pumps.size(), 2U);
  const auto& pumping = *std::get<plant::Ropa>(line->elements[2]).pumping;
  ASSERT_TRUE(pumping.pump_fibre);
  EXPECT_EQ(pumping.pump_fibre->pump_fibre_loss, Db(2));
}

TEST(PlantYamlTest, PumpWithoutAWavelength) {
  EXPECT_THAT(
      refusal(pumped_with("{wavelength_nm: 1425, power_mw", "{power_mw")),
      StartsWith("p.yaml:17:31: stations.b.terminal.raman_receive.pumps[0]: expected one of "
                 "frequency_thz and wavelength_nm"));
}

TEST(PlantYamlTest, RopaWhosePumpNobodySends) {
  EXPECT_THAT(
      refusal(pumped_with("wavelength_nm: 1480, power_mw", "wavelength_nm: 1455, power_mw")),
      HasSubstr("expected a pump for ROPA ROPA: terminal east sends none in its pump band"));
}

TEST(PlantYamlTest, RopaGainThatFallsWithPump) {
  EXPECT_THAT(refusal(pumped_with("gain_db: 15", "gain_db: -9")),
              HasSubstr("ropa_types.erbium.response[1].gain_db: expected gain not to fall"));
}

TEST(PlantYamlTest, RopaResponseThatDoesNotBeginInTheDark) {
  EXPECT_THAT(refusal(pumped_with("pump_mw: 0,", "pump_mw: 1,")),
              HasSubstr("expected the response to begin at 0 mW, got 1 mW"));
}

TEST(PlantYamlTest, UnknownNonlinearModel) {
  EXPECT_THAT(refusal(pumped_with("gn_srs", "magic")),
              HasSubstr("nonlinear_model: expected gn, gn_srs, isrs_gn or ggn, got 'magic'"));
}

std::string with_mode(std::string_view fields) {
  return refusal(with("fec_ber_threshold: 2e-2}",
                      std::string("fec_ber_threshold: 2e-2, ") + std::string(fields) + "}"));
}

TEST(PlantYamlTest, AModesTablesAscend) {
  EXPECT_EQ(with_mode("penalties: {pmd: [{ps: 5, penalty_db: 0}, {ps: 10, penalty_db: 1}]}"),
            "accepted");
  EXPECT_THAT(with_mode("penalties: {pmd: [{ps: 5, penalty_db: 0}, {ps: 5, penalty_db: 1}]}"),
              HasSubstr("modes.m.penalties.pmd[1].ps: expected ascending points, got 5 after 5"));
  EXPECT_THAT(with_mode("back_to_back: [{osnr_01nm_db: 12, pre_fec_ber: 1e-2}, "
                        "{osnr_01nm_db: 13, pre_fec_ber: 2e-2}]"),
              HasSubstr("expected BER to fall as OSNR rises, got 0.02 after 0.01"));
  EXPECT_THAT(with_mode("back_to_back: [{osnr_01nm_db: 12, pre_fec_ber: 1e-2}]"),
              HasSubstr("expected at least two points, got one"));
}

TEST(PlantYamlTest, AModeIsDescribedOneWay) {
  EXPECT_THAT(with_mode("transceiver_snr_db: 18, required_osnr_01nm_db: 14"),
              HasSubstr("modes.m: expected at most one of transceiver_snr_db"));
}

TEST(PlantYamlTest, MissingFile) {
  const auto plant = load_plant("/nonexistent/plant.yaml");
  ASSERT_FALSE(plant);
  EXPECT_EQ(plant.error().code, ErrorCode::kNotFound);
}

TEST(PlantYamlTest, APowerFeedIsOptionalAndChecked) {
  EXPECT_FALSE(parse_plant(kGood, "p.yaml")->power_feed);
  const auto with_feed = [](const std::string& feed) {
    return std::string(kGood) + "power_feed: {" + feed + "}\n";
  };
  const auto plant = parse_plant(
      with_feed("current_a: 0.9, resistance_ohm_per_km: 1.2, repeater_voltage_v: 25, "
                "earth_potential_v: -12, earth_potential_uncertainty_v: 5, feeding: from_b"),
      "p.yaml");
  ASSERT_TRUE(plant) << plant.error().message();
  EXPECT_EQ(plant->power_feed, (plant::PowerFeed{.current = Amperes(0.9),
                                                 .resistance = OhmsPerKm(1.2),
                                                 .repeater_voltage = Volts(25),
                                                 .earth_potential = Volts(-12),
                                                 .earth_potential_uncertainty = Volts(5),
                                                 .feeding = plant::Feeding::kFromB}));
  EXPECT_THAT(refusal(with_feed("current_a: 0, resistance_ohm_per_km: 1, feeding: both_ends")),
              testing::HasSubstr("power_feed.current_a: expected"));
  EXPECT_THAT(refusal(with_feed("current_a: 1, resistance_ohm_per_km: 1, feeding: middle")),
              testing::HasSubstr("both_ends"));
}

// Of 146 km of fibre.
std::string with_positions(const std::string& first, const std::string& second,
                           const std::string& head = "origin: surveyed") {
  return std::string(kGood) + "position_list:\n  " + head + "\n  positions:\n    - {" + first +
         "}\n    - {" + second + "}\n";
}

TEST(PlantYamlTest, APositionListTellsWhereAPlaceOfTheLineIs) {
  EXPECT_FALSE(parse_plant(kGood, "p.yaml")->laid_route);
  const auto plant =
      parse_plant(with_positions("cable_km: 0, latitude_deg: 40, longitude_deg: 49, depth_m: 0",
                                 "cable_km: 145, latitude_deg: 41, longitude_deg: 50",
                                 "origin: illustrative\n  fibre_excess: 0.004"),
                  "p.yaml");
  ASSERT_TRUE(plant) << plant.error().message();
  EXPECT_TRUE(plant->laid_route->illustrative);
  const auto position = plant::position_of(*plant, Kilometers(72.5 * 1.004));
  ASSERT_TRUE(position);
  EXPECT_NEAR(position->cable.value(), 72.5, 1e-9);
  EXPECT_NEAR(position->latitude_deg, 40.5, 1e-9);
  EXPECT_FALSE(position->depth_m) << "one of the two around it has none";
  EXPECT_FALSE(plant::position_of(*plant, Kilometers(145.9))) << "beyond the list";
}

TEST(PlantYamlTest, AWrongPositionListIsRefusedAtItsPlace) {
  const std::string good = "cable_km: 0, latitude_deg: 40, longitude_deg: 49";
  EXPECT_EQ(refusal(with_positions(good, "cable_km: 0, latitude_deg: 41, longitude_deg: 50")),
            "p.yaml:35:18: position_list.positions[1].cable_km: expected more than the 0 km before "
            "it, got 0 km");
  EXPECT_EQ(refusal(with_positions(good, "cable_km: 148, latitude_deg: 41, longitude_deg: 50")),
            "p.yaml:35:18: position_list.positions[1].cable_km: expected at most the plant's "
            "146.000 km of cable, got 148 km");
  EXPECT_THAT(refusal(with_positions(good, "cable_km: 9, latitude_deg: 91, longitude_deg: 50")),
              HasSubstr("p.yaml:35:35: position_list.positions[1].latitude_deg: expected"));
  EXPECT_THAT(
      refusal(with_positions(good, "cable_km: 9, latitude_deg: 41, longitude_deg: 50",
                             "origin: guessed")),
      HasSubstr("p.yaml:32:11: position_list.origin: expected one of surveyed, illustrative"));
  EXPECT_THAT(refusal(std::string(kGood) +
                      "position_list:\n  origin: surveyed\n  positions:\n    - {" + good + "}\n"),
              HasSubstr("expected two positions or more"));
}

TEST(PlantYamlTest, TheReferencePlantsSayThatTheirRouteIsADrawing) {
  for (const char* file : {"trans_caspian_repeatered.yaml", "trans_caspian_unrepeatered.yaml"}) {
    const auto plant = load_plant(caspilink::test::source_dir() + "/deploy/plants/" + file);
    ASSERT_TRUE(plant) << plant.error().message();
    ASSERT_TRUE(plant->laid_route) << file;
    EXPECT_TRUE(plant->laid_route->illustrative) << file;
    const Kilometers length = plant::length_of(*plant);
    EXPECT_TRUE(plant::position_of(*plant, Kilometers(0)));
    EXPECT_TRUE(plant::position_of(*plant, length));
  }
}

}  // namespace
}  // namespace caspilink::formats
