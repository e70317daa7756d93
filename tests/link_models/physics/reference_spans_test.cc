// Every span of the reference cases, from the light GNPy says enters it.
#include <cmath>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "link_models/physics/generalised_gn.h"
#include "link_models/physics/raman.h"
#include "link_models/physics/srs.h"
#include "tests/link_models/physics/figures.h"

namespace caspilink::physics {
namespace {

constexpr double kC = 299'792'458.0;

struct ReferenceCase {
  std::string name;
  std::string simulation;
  GeneralisedGnForm form = GeneralisedGnForm::kSpectrallySeparated;
  bool scattering = true;
  double within_db = 0.002;
};

struct FibreElement {
  double length_m = 0;
  std::vector<double> alpha;
  double dispersion = 0;  // s/m2
  double area = 0;
  double in_db = 0;
  double out_db = 0;
};

// What a case's files say of one of its fibres, for the channels given.
FibreElement element(const nlohmann::json& topology, const nlohmann::json& equipment,
                     const std::string& uid, const std::vector<double>& frequency) {
  FibreElement fibre;
  for (const auto& node : topology["elements"]) {
    if (node["uid"] != uid) {
      continue;
    }
    const auto& params = node["params"];
    fibre.length_m = params["length"].get<double>() * 1e3;
    fibre.in_db = params["con_in"].get<double>() + params.value("att_in", 0.0);
    fibre.out_db = params["con_out"];
    if (params["loss_coef"].is_object()) {
      fibre.alpha = alpha_per_m_at(frequency);
    } else {
      fibre.alpha.assign(frequency.size(), alpha_per_m(params["loss_coef"]));
    }
    for (const auto& type : equipment["Fiber"]) {
      if (type["type_variety"] == node["type_variety"]) {
        fibre.dispersion = type["dispersion"];
        fibre.area = type["effective_area"];
      }
    }
  }
  return fibre;
}

nlohmann::json load(const std::string& path) {
  std::ifstream file(path);
  return nlohmann::json::parse(file);
}

// Power in watts inside a fibre's beginning, behind its connector.
std::vector<double> launched(const nlohmann::json& place, const FibreElement& fibre) {
  std::vector<double> power;
  for (const double dbm : std::vector<double>(place["power_dbm"])) {
    power.push_back(1e-3 * std::pow(10, (dbm - fibre.in_db) / 10));
  }
  return power;
}

// What the cases' fibres are to 32 GBd channels.
struct Glass {
  Glass(const FibreElement& fibre, const std::vector<double>& at)
      : frequency(at),
        baud(at.size(), 32e9),
        roll_off(at.size(), 0.15),
        beta2(at.size(),
              -fibre.dispersion * kC / (kReferenceHz * kReferenceHz) / (2 * std::numbers::pi)),
        beta3(at.size(), 0.0) {
    for (const double f : at) {
      gamma.push_back(2 * std::numbers::pi * 2.6e-20 * f /
                      (kC * effective_area_m2(fibre.area, kReferenceHz, f)));
    }
  }
  GeneralisedGnInput input(const PowerEvolution& profile) const {
    return {frequency, baud, roll_off, beta2, beta3, gamma, &profile};
  }

  std::vector<double> frequency;
  std::vector<double> baud;
  std::vector<double> roll_off;
  std::vector<double> beta2;
  std::vector<double> beta3;
  std::vector<double> gamma;
};

class ReferenceSpanTest : public ::testing::TestWithParam<ReferenceCase> {};

TEST_P(ReferenceSpanTest, PowerAndNliOfEveryChannel) {
  const auto& param = GetParam();
  const std::string folder = "gnpy/" + param.name + "/";
  const std::string output = shared_reference(folder + "out_" + param.simulation + ".json");
  if (output.empty()) {
    GTEST_SKIP() << "the reference cases are not here: shared/gnpy beside the source tree, or "
                    "CASPILINK_SHARED";
  }
  const auto result = load(output);
  const auto topology = result["designed_network"].is_null()
                            ? load(shared_reference(folder + "topology.json"))
                            : result["designed_network"];
  const auto equipment = load(shared_reference(folder + "eqpt.json"));
  const auto& trace = result["trace"];
  double worst_power = 0;
  double worst_nli = 0;
  int spans = 0;
  for (std::size_t t = 1; t < trace.size(); ++t) {
    if (trace[t]["type"] != "Fiber") {
      continue;
    }
    ++spans;
    const std::vector<double> frequency = trace[t]["frequency_hz"];
    const std::size_t n = frequency.size();
    const auto fibre = element(topology, equipment, trace[t]["uid"], frequency);
    const auto power = launched(trace[t - 1], fibre);
    const RamanCoupling coupling(silica_raman_gain(), frequency, fibre.area, kReferenceHz,
                                 PhotonEnergy::kIgnored);
    const auto z = profile_positions(fibre.length_m, 10e3, {});
    const auto profile =
        param.scattering
            ? *perturbative_srs({power, fibre.alpha, &coupling, fibre.length_m, {}}, 2, z)
            : attenuated(power, fibre.alpha, fibre.length_m, {});
    const auto nli = generalised_gn(Glass(fibre, frequency).input(profile), param.form);
    ASSERT_TRUE(nli);
    const auto share = [&](const nlohmann::json& place, std::size_t i) {
      return place["nli_w"][i].get<double>() /
             (1e-3 * std::pow(10, place["power_dbm"][i].get<double>() / 10));
    };
    for (std::size_t i = 0; i < n; ++i) {
      const double out = 10 * std::log10(profile.of(i).back() / 1e-3) - fibre.out_db;
      worst_power = std::max(worst_power, std::abs(out - trace[t]["power_dbm"][i].get<double>()));
      // Of the light that enters, NLI takes x; what was NLI before shrinks with the rest.
      const double before = share(trace[t - 1], i);
      const double x = (share(trace[t], i) - before) / (1 - before);
      const double error = 10 * std::log10((*nli)[i] / (power[i] * x));
      worst_nli = std::max(worst_nli, std::abs(error));
      EXPECT_NEAR(error, 0, param.within_db) << trace[t]["uid"] << " channel " << i + 1;
    }
  }
  EXPECT_LT(worst_power, 1e-3);
  EXPECT_GT(spans, 0);
  RecordProperty("worst_power_db", std::to_string(worst_power));
  RecordProperty("worst_nli_db", std::to_string(worst_nli));
}

// The shipped example of two pumps, as GNPy reads its own profile: every 10 km and straight
// between. What is left is its Euler step of 50 m (0.04 dB of power) and its noise, summed over 10
// km. Read every km the profile gives up to 0.1 dB less NLI.
TEST(ReferenceRamanTest, ShippedExampleIsWithinGnpysOwnError) {
  const std::string folder = "gnpy/f_raman_example/";
  const std::string output = shared_reference(folder + "out_full_ggn_spectrally_separated.json");
  if (output.empty()) {
    GTEST_SKIP() << "the reference cases are not here: shared/gnpy beside the source tree, or "
                    "CASPILINK_SHARED";
  }
  const auto trace = load(output)["trace"];
  const auto topology = load(shared_reference(folder + "topology.json"));
  const auto equipment = load(shared_reference(folder + "eqpt.json"));
  const auto& before = trace[0];
  const auto& after = trace[1];
  const std::vector<double> frequency = after["frequency_hz"];
  const std::size_t n = frequency.size();
  const auto fibre = element(topology, equipment, after["uid"], frequency);
  const auto power = launched(before, fibre);
  const double connector = std::pow(10, -fibre.out_db / 10);
  std::vector<RamanPump> pumps;
  auto waves = frequency;
  for (const auto& pump : topology["elements"][1]["operational"]["raman_pumps"]) {
    waves.push_back(pump["frequency"]);
    pumps.push_back({waves.back(), pump["power"].get<double>() * connector, fibre.alpha[0],
                     PumpDirection::kCounterPropagating});
  }
  const RamanCoupling coupling(silica_raman_gain(), waves, fibre.area, kReferenceHz,
                               PhotonEnergy::kIgnored);
  const std::vector<double> baud(n, 32e9);
  const auto solution = solve_raman({.frequency_hz = frequency,
                                     .power_w = power,
                                     .alpha_per_m = fibre.alpha,
                                     .bandwidth_hz = baud,
                                     .pumps = pumps,
                                     .coupling = &coupling,
                                     .length_m = fibre.length_m},
                                    profile_positions(fibre.length_m, 10e3, {}));
  ASSERT_TRUE(solution);
  const auto profile = drawn_straight(solution->channels, fibre.alpha, 1e3);
  const auto nli = generalised_gn(Glass(fibre, frequency).input(profile),
                                  GeneralisedGnForm::kSpectrallySeparated);
  ASSERT_TRUE(nli);
  for (std::size_t i = 0; i < n; ++i) {
    const double passed = solution->channels.transmission(i) * connector;
    const double ase = solution->ase_at_input_w[i] * passed;
    const double signal = power[i] * passed - (*nli)[i] * passed;
    const auto error = [&](double mine, const char* theirs) {
      return 10 * std::log10(mine / after[theirs][i].get<double>());
    };
    EXPECT_NEAR(error(signal, "signal_w"), 0, 0.05) << i + 1;
    EXPECT_NEAR(error(signal / ase, "signal_w") - error(1, "ase_w"), 0, 0.05) << i + 1;
    EXPECT_NEAR(error(signal / (*nli)[i] / passed, "signal_w") - error(1, "nli_w"), 0, 0.05)
        << i + 1;
  }
}

constexpr auto kSeparated = GeneralisedGnForm::kSpectrallySeparated;
constexpr auto kApproximate = GeneralisedGnForm::kApproximate;

INSTANTIATE_TEST_SUITE_P(
    Cases, ReferenceSpanTest,
    ::testing::Values(ReferenceCase{"a_5x76_ssmf", "ggn_ss_srs"},
                      ReferenceCase{"b_5x76_g654", "ggn_ss_srs"},
                      ReferenceCase{"e_edfa_example", "ggn_ss", kSeparated, false},
                      ReferenceCase{"a_5x76_ssmf", "ggn_approx_srs", kApproximate},
                      ReferenceCase{"b_5x76_g654", "ggn_approx_srs", kApproximate}));

}  // namespace
}  // namespace caspilink::physics
