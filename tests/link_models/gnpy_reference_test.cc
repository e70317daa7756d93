// Whole lines against GNPy, channel by channel.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "link_models/budget/link_budget.h"
#include "tests/support/paths.h"

namespace caspilink::budget {
namespace {

using nlohmann::json;

struct Comb {
  double first_hz;
  double spacing_hz;
  int count;
  double baud_hz;
};

plant::Line loaded(const Comb& comb) {
  plant::Line line;
  line.fibre_pair = "reference";
  for (int i = 0; i < comb.count; ++i) {
    plant::Channel channel;
    channel.number = i + 1;
    channel.frequency = Hertz(comb.first_hz + i * comb.spacing_hz);
    channel.baud_rate = Hertz(comb.baud_hz);
    channel.slot_width = Hertz(comb.spacing_hz);
    channel.launch_power = Dbm(0);
    line.channels.push_back(channel);
  }
  return line;
}

plant::FibreType fibre(double attenuation, double dispersion, double area) {
  plant::FibreType type;
  type.attenuation = DbPerKm(attenuation);
  type.dispersion = PsPerNmKm(dispersion);
  type.effective_area = SquareMicrometers(area);
  type.pmd = PsPerSqrtKm(0.04);  // 1.265e-15 s/sqrt(m), rounded
  type.nonlinear_index = SquareMetersPerWatt(2.6e-20);
  return type;
}

void add_span(plant::Line& line, const plant::FibreType& type, double length_km,
              double connector_db) {
  plant::Span span;
  span.name = "Span";
  span.fibre = type;
  span.length = Kilometers(length_km);
  span.input_loss = span.output_loss = Db(connector_db);
  line.elements.emplace_back(span);
}

void add_amplifier(plant::Line& line, double gain_db, double noise_figure_db) {
  line.elements.emplace_back(plant::InLineAmplifier{"Edfa", Db(gain_db), Db(noise_figure_db)});
}

void expect_agreement(const plant::Line& line, const json& channels, double tolerance_db) {
  const auto budget = evaluate(line);
  ASSERT_TRUE(budget) << budget.error().message();
  ASSERT_EQ(budget->channels.size(), channels.at("frequency_hz").size());
  for (std::size_t i = 0; i < budget->channels.size(); ++i) {
    const ChannelBudget& channel = budget->channels[i];
    const auto theirs = [&](const char* name) { return channels.at(name).at(i).get<double>(); };
    SCOPED_TRACE(i + 1);
    EXPECT_EQ(channel.frequency.value(), theirs("frequency_hz"));
    EXPECT_NEAR(channel.signal_power.value(), theirs("signal_dbm"), tolerance_db);
    EXPECT_NEAR(channel.total_power.value(), theirs("power_dbm"), tolerance_db);
    EXPECT_NEAR(channel.osnr_01nm.value(), theirs("osnr_ase_01nm_db_line"), tolerance_db);
    EXPECT_NEAR(channel.snr_nli.value(), theirs("snr_nli_bw_db"), tolerance_db);
    EXPECT_NEAR(channel.gsnr.value(), theirs("gsnr_bw_db_line"), tolerance_db);
    EXPECT_NEAR(channel.gsnr_01nm.value(), theirs("gsnr_01nm_db_line"), tolerance_db);
    EXPECT_NEAR(channel.chromatic_dispersion.value(), theirs("cd_ps_per_nm"), 1e-6);
    EXPECT_NEAR(channel.pmd.value(), theirs("pmd_ps"), 1e-4);
    EXPECT_NEAR(channel.latency.value() * 1e3, theirs("latency_ms"), 1e-9);
  }
}

// Five spans of 76 km of large-area fibre, amplifiers at fixed gain, from the shared cases.
TEST(GnpyReferenceTest, SharedCaseOfFiveSpans) {
  const char* set = std::getenv("CASPILINK_SHARED");
  const std::filesystem::path shared =
      set != nullptr ? set : caspilink::test::source_dir() + "/../shared";
  const auto path = shared / "gnpy" / "b_5x76_g654" / "out_gn.json";
  std::ifstream in(path);
  if (!in) GTEST_SKIP() << "no shared reference case at " << path;
  const json reference = json::parse(in);

  plant::Line line = loaded({191.35e12, 50e9, 96, 32e9});
  for (int i = 0; i < 5; ++i) {
    add_span(line, fibre(0.155, 21, 125), 76, 0.5);
    add_amplifier(line, 12.78, 4.5);
  }
  // Asked for is 0.01 dB; both compute the same sums.
  expect_agreement(line, reference.at("channels"), 1e-6);
}

// A route of our own: see testdata/gnpy_three_fibres.json for how GNPy was run.
TEST(GnpyReferenceTest, CarriedCaseOfThreeFibres) {
  std::ifstream in(caspilink::test::source_dir() +
                   "/tests/link_models/testdata/gnpy_three_fibres.json");
  ASSERT_TRUE(in);
  const json reference = json::parse(in);
  plant::Line line = loaded({191.4e12, 75e9, 40, 60e9});
  add_span(line, fibre(0.19, 16.7, 83), 62, 0.25);
  add_amplifier(line, 11.5, 5.2);
  add_span(line, fibre(0.155, 21, 125), 95, 0.25);
  add_amplifier(line, 15.0, 4.8);
  add_span(line, fibre(0.21, 5, 72), 48, 0.25);
  add_amplifier(line, 10.3, 5.5);
  expect_agreement(line, reference.at("channels"), 1e-6);
}

}  // namespace
}  // namespace caspilink::budget
