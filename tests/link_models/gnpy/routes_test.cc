// Whole routes against GNPy: the path, every amplifier as designed, every channel.
#include <cmath>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "link_models/cli/gnpy_command.h"
#include "tests/link_models/gnpy/reference.h"

namespace caspilink::cli {
namespace {

using design::ChannelResult;
using nlohmann::json;
using testing::read_figures;
using testing::shared;
using testing::testdata;

struct Column {
  const char* name;
  double (*value)(const ChannelResult&);
  bool exact;  // does not depend on how scattering is solved
};
constexpr Column kColumns[] = {
    {"frequency_hz", [](const auto& c) { return c.frequency.value(); }, true},
    {"baud_rate_hz", [](const auto& c) { return c.baud_rate.value(); }, true},
    {"total_power_dbm", [](const auto& c) { return c.total_power.value(); }, false},
    {"signal_power_dbm", [](const auto& c) { return c.signal_power.value(); }, false},
    {"osnr_01nm_db", [](const auto& c) { return c.osnr_01nm.value(); }, false},
    {"snr_ase_db", [](const auto& c) { return c.snr_ase.value(); }, false},
    {"snr_nli_db", [](const auto& c) { return c.snr_nli.value(); }, false},
    {"gsnr_db", [](const auto& c) { return c.gsnr.value(); }, false},
    {"gsnr_01nm_db", [](const auto& c) { return c.gsnr_01nm.value(); }, false},
    {"osnr_with_transceiver_01nm_db",
     [](const auto& c) { return c.osnr_with_transceiver_01nm.value(); }, false},
    {"gsnr_with_transceiver_db", [](const auto& c) { return c.gsnr_with_transceiver.value(); },
     false},
    {"gsnr_with_transceiver_01nm_db",
     [](const auto& c) { return c.gsnr_with_transceiver_01nm.value(); }, false},
    {"chromatic_dispersion_ps_per_nm", [](const auto& c) { return c.chromatic_dispersion.value(); },
     true},
    {"pmd_ps", [](const auto& c) { return c.pmd.value(); }, true},
    {"pdl_db", [](const auto& c) { return c.pdl.value(); }, true},
    {"latency_ms", [](const auto& c) { return c.latency.value() * 1e3; }, true},
};

void expect_channels(const std::vector<ChannelResult>& channels, const json& theirs,
                     double tolerance_db) {
  ASSERT_EQ(channels.size(), theirs.at("frequency_hz").size());
  for (const Column& column : kColumns) {
    double worst = 0;
    for (std::size_t i = 0; i < channels.size(); ++i) {
      const double figure = theirs.at(column.name).at(i).get<double>();
      const double ours = column.value(channels[i]);
      const double scale = std::max(1.0, std::abs(figure));
      const double tolerance = column.exact ? 1e-10 * scale : tolerance_db;
      EXPECT_NEAR(ours, figure, tolerance) << column.name << " of channel " << i + 1;
      worst = std::max(worst, std::abs(ours - figure));
    }
    ::testing::Test::RecordProperty(column.name, std::to_string(worst));
  }
}

const design::Amplifier* amplifier(const design::Network& network, const std::string& name) {
  if (const auto node = network.find(name)) return network.as<design::Amplifier>(*node);
  // "uid CBAND": one band of a multi-band amplifier.
  const std::size_t space = name.rfind(' ');
  if (space == std::string::npos) return nullptr;
  const auto node = network.find(name.substr(0, space));
  const auto* multi = node ? network.as<design::MultiBandAmplifier>(*node) : nullptr;
  if (multi == nullptr) return nullptr;
  for (const auto& [band, one] : multi->bands) {
    if (band == name.substr(space + 1)) return &one;
  }
  return nullptr;
}

void expect_amplifiers(const design::Network& network, const json& theirs, double tolerance_db) {
  for (const auto& [name, setting] : theirs.items()) {
    SCOPED_TRACE(name);
    const design::Amplifier* ours = amplifier(network, name);
    ASSERT_NE(ours, nullptr);
    EXPECT_EQ(ours->type, setting.at("type").get<std::string>());
    EXPECT_NEAR(ours->gain->value(), setting.at("gain").get<double>(), tolerance_db);
    EXPECT_NEAR(ours->tilt.value_or(Db(0)).value(), setting.at("tilt").get<double>(), tolerance_db);
    EXPECT_NEAR(ours->output_voa->value(), setting.at("out_voa").get<double>(), tolerance_db);
  }
}

struct Route {
  const char* name;
  const char* topology;
  const char* library = "library.json";
  const char* spectrum = nullptr;
  const char* simulation = nullptr;
  const char* source = nullptr;
  const char* destination = nullptr;
  bool insert_amplifiers = true;
  std::optional<double> power_dbm;
  double tolerance_db = 1e-9;
  double setting_tolerance_db = 1e-3;  // of gains, tilts and attenuators

  friend std::ostream& operator<<(std::ostream& out, const Route& route) {
    return out << route.name;
  }
};

class CarriedRouteTest : public ::testing::TestWithParam<Route> {};

TEST_P(CarriedRouteTest, AgreesWithGnpy) {
  const Route& route = GetParam();
  GnpyRequest request;
  request.topology = testdata(route.topology);
  request.equipment = testdata(route.library);
  if (route.spectrum != nullptr) request.spectrum = testdata(route.spectrum);
  if (route.simulation != nullptr) request.simulation = testdata(route.simulation);
  if (route.source != nullptr) request.source = route.source;
  if (route.destination != nullptr) request.destination = route.destination;
  request.insert_amplifiers = route.insert_amplifiers;
  request.power_dbm = route.power_dbm;
  std::vector<std::string> warnings;
  const auto report = run_gnpy(request, warnings);
  ASSERT_TRUE(report) << report.error().message();

  const json figures = read_figures(testdata(std::string(route.name) + ".figures.json"));
  std::vector<std::string> path;
  for (const design::PathStep& step : report->path.steps) path.push_back(step.uid);
  EXPECT_EQ(path, figures.at("path").get<std::vector<std::string>>());
  expect_amplifiers(report->network, figures.at("amplifiers"), route.setting_tolerance_db);
  expect_channels(report->path.channels, figures.at("channels"), route.tolerance_db);
}

INSTANTIATE_TEST_SUITE_P(
    Routes, CarriedRouteTest,
    ::testing::Values(Route{.name = "line_gn",
                            .topology = "line.json",
                            .spectrum = "mixed_spectrum.json",
                            .insert_amplifiers = false},
                      Route{.name = "line_srs",
                            .topology = "line.json",
                            .spectrum = "mixed_spectrum.json",
                            .simulation = "scattering.json",
                            .insert_amplifiers = false,
                            .tolerance_db = 2e-3},
                      // Without lumped losses: across them GNPy draws the power profile straight
                      // from one place of its 10 km grid to the next.
                      Route{.name = "line_ggn",
                            .topology = "smooth_line.json",
                            .spectrum = "mixed_spectrum.json",
                            .simulation = "generalised.json",
                            .insert_amplifiers = false,
                            .tolerance_db = 0.01},
                      Route{.name = "mesh_ac",
                            .topology = "mesh.json",
                            .spectrum = "mixed_spectrum.json",
                            .source = "Trx A",
                            .destination = "Trx C"},
                      Route{.name = "mesh_ad",
                            .topology = "mesh.json",
                            .source = "Trx A",
                            .destination = "Trx D",
                            .power_dbm = 1.5},
                      Route{.name = "mesh_be_gain",
                            .topology = "mesh.json",
                            .library = "gain_mode_library.json",
                            .spectrum = "mixed_spectrum.json",
                            .source = "Trx B",
                            .destination = "Trx E"},
                      // OpenROADM's amplifiers, whose noise depends on the first channels' spacing
                      // (the first two lie far apart here), ROADM paths in detail, cut fibre,
                      // dispersion slope, losses by frequency.
                      Route{.name = "openroadm",
                            .topology = "openroadm.json",
                            .library = "openroadm_library.json",
                            .spectrum = "sparse_spectrum.json"},
                      Route{.name = "bands",
                            .topology = "two_bands.json",
                            .spectrum = "two_bands_spectrum.json",
                            .simulation = "scattering.json",
                            .tolerance_db = 2e-3},
                      Route{.name = "bands_flat",
                            .topology = "two_bands.json",
                            .spectrum = "two_bands_spectrum.json"},
                      // GNPy integrates pumps by Euler's method: its error at 25 m steps, and at
                      // 100 m where it estimates their gain to clamp the amplifier's.
                      Route{.name = "raman",
                            .topology = "raman.json",
                            .library = "gain_mode_library.json",
                            .simulation = "raman_params.json",
                            .insert_amplifiers = false,
                            .tolerance_db = 0.03,
                            .setting_tolerance_db = 0.1}),
    [](const auto& test) { return std::string(test.param.name); });

// Cases that lie beside the repository, by folder and by name of their simulation.
struct SharedCase {
  const char* folder;
  const char* simulation;
  double tolerance_db;

  friend std::ostream& operator<<(std::ostream& out, const SharedCase& shared_case) {
    return out << shared_case.folder << " " << shared_case.simulation;
  }
};

class SharedRouteTest : public ::testing::TestWithParam<SharedCase> {};

// The names these files have for what is compared.
json renamed(const json& channels) {
  return {{"frequency_hz", channels.at("frequency_hz")},
          {"baud_rate_hz", channels.at("baud_rate")},
          {"total_power_dbm", channels.at("power_dbm")},
          {"signal_power_dbm", channels.at("signal_dbm")},
          {"osnr_01nm_db", channels.at("osnr_ase_01nm_db_line")},
          {"snr_ase_db", channels.at("osnr_ase_bw_db_line")},
          {"snr_nli_db", channels.at("snr_nli_bw_db")},
          {"gsnr_db", channels.at("gsnr_bw_db_line")},
          {"gsnr_01nm_db", channels.at("gsnr_01nm_db_line")},
          {"osnr_with_transceiver_01nm_db", channels.at("osnr_ase_01nm_db")},
          {"gsnr_with_transceiver_db", channels.at("gsnr_bw_db")},
          {"gsnr_with_transceiver_01nm_db", channels.at("gsnr_01nm_db")},
          {"chromatic_dispersion_ps_per_nm", channels.at("cd_ps_per_nm")},
          {"pmd_ps", channels.at("pmd_ps")},
          {"pdl_db", channels.at("pdl_db")},
          {"latency_ms", channels.at("latency_ms")}};
}

TEST_P(SharedRouteTest, AgreesWithGnpy) {
  const auto [folder, simulation, tolerance_db] = GetParam();
  const std::string at = std::string(folder) + "/";
  const auto figures_path = shared(at + "out_" + simulation + ".json");
  if (!std::filesystem::exists(figures_path)) {
    GTEST_SKIP() << "no shared reference case at " << figures_path;
  }
  const json figures = read_figures(figures_path);
  const json& inputs = figures.at("inputs");
  const std::filesystem::path parameters =
      std::filesystem::path(::testing::TempDir()) /
      (std::string("caspilink_") + folder + "_" + simulation + ".json");
  std::ofstream(parameters) << figures.at("sim_params").dump();
  GnpyRequest request;
  request.topology = shared(at + inputs.at("topology").get<std::string>()).string();
  request.equipment = shared(at + inputs.at("equipment").get<std::string>()).string();
  if (inputs.at("spectrum").is_string()) {
    request.spectrum = shared(at + inputs.at("spectrum").get<std::string>()).string();
  }
  request.simulation = parameters.string();
  request.source = inputs.at("source");
  request.destination = inputs.at("destination");
  request.insert_amplifiers = !inputs.at("no_insert_edfas").get<bool>();
  std::vector<std::string> warnings;
  const auto report = run_gnpy(request, warnings);
  std::filesystem::remove(parameters);
  ASSERT_TRUE(report) << report.error().message();
  expect_channels(report->path.channels, renamed(figures.at("channels")), tolerance_db);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, SharedRouteTest,
    ::testing::Values(
        SharedCase{"a_5x76_ssmf", "gn", 1e-9}, SharedCase{"b_5x76_g654", "gn", 1e-9},
        SharedCase{"e_edfa_example", "gn", 1e-9}, SharedCase{"a_5x76_ssmf", "gn_srs", 1e-4},
        SharedCase{"b_5x76_g654", "gn_srs", 1e-4}, SharedCase{"a_5x76_ssmf", "ggn_ss_srs", 0.01},
        SharedCase{"a_5x76_ssmf", "ggn_ss5_srs", 0.01},
        SharedCase{"a_5x76_ssmf", "ggn_approx_srs", 0.01},
        SharedCase{"b_5x76_g654", "ggn_ss_srs", 0.01},
        SharedCase{"b_5x76_g654", "ggn_approx_srs", 0.01},
        SharedCase{"e_edfa_example", "ggn_ss", 0.01}, SharedCase{"e_edfa_example", "ggn_ss5", 0.01},
        // Euler's method at 50 m: the difference is GNPy's error (see the
        // convergence figures beside the case), within 0.02 dB of the solution.
        SharedCase{"d_1x250_raman", "gn_pump", 0.1},
        SharedCase{"d_1x250_raman", "ggn_ss5_pump", 0.1},
        SharedCase{"f_raman_example", "sim_params", 0.05},
        SharedCase{"f_raman_example", "full_gn_model_analytic", 0.05},
        SharedCase{"f_raman_example", "full_ggn_approx", 0.05},
        SharedCase{"f_raman_example", "full_ggn_spectrally_separated", 0.05}),
    [](const auto& test) { return std::string(test.param.folder) + "_" + test.param.simulation; });

// Case d against the Raman equations solved to convergence: the loss of the span with its pumps.
TEST(SharedRouteTest, RamanSpanMeetsTheConvergedSolution) {
  const std::string at = "d_1x250_raman/";
  if (!std::filesystem::exists(shared(at + "raman_convergence.json"))) {
    GTEST_SKIP() << "no shared reference case at " << shared(at);
  }
  GnpyRequest request;
  request.topology = shared(at + "topology.json").string();
  request.equipment = shared(at + "eqpt.json").string();
  request.spectrum = shared(at + "spectrum.json").string();
  request.simulation = shared("sim/gn_pump.json").string();
  request.insert_amplifiers = false;
  std::vector<std::string> warnings;
  const auto report = run_gnpy(request, warnings);
  ASSERT_TRUE(report) << report.error().message();
  // Behind the span GNPy's coarse step leaves every channel too weak by its error; an amplifier of
  // fixed gain keeps that difference.
  const json theirs = read_figures(shared(at + "out_gn_pump.json")).at("channels");
  const json convergence = read_figures(shared(at + "raman_convergence.json"));
  const json& coarse = convergence.at("gnpy").at("50").at("loss_db");
  const json& converged = convergence.at("rk4_100m").at("loss_db");
  for (std::size_t i = 0; i < report->path.channels.size(); ++i) {
    const double error = converged.at(i).get<double>() - coarse.at(i).get<double>();
    EXPECT_NEAR(report->path.channels[i].signal_power.value(),
                theirs.at("signal_dbm").at(i).get<double>() + error, 0.02)
        << "channel " << i + 1;
  }
}

}  // namespace
}  // namespace caspilink::cli
