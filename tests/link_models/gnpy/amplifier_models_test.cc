// Gain and noise figure of every kind of amplifier against GNPy.
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "link_models/formats/gnpy/equipment_json.h"
#include "link_models/physics/amplifier_gain.h"
#include "link_models/physics/amplifier_noise.h"
#include "tests/link_models/gnpy/reference.h"

namespace caspilink::physics {
namespace {

using nlohmann::json;
using testing::read_figures;
using testing::shared;
using testing::testdata;

design::Equipment library(const std::string& path) {
  std::vector<std::string> warnings;
  auto equipment = formats::gnpy::load_equipment({path, {}, {}}, warnings);
  EXPECT_TRUE(equipment) << equipment.error().message();
  return equipment ? *std::move(equipment) : design::Equipment{};
}

// 96 channels of one power at 50 GHz.
struct Comb {
  std::vector<double> frequency_hz;
  std::vector<double> power_w;

  explicit Comb(double power_dbm) {
    for (int i = 0; i < 96; ++i) frequency_hz.push_back(191.35e12 + 50e9 * i);
    power_w.assign(96, 1e-3 * std::pow(10.0, power_dbm / 10));
  }
  [[nodiscard]] AmplifierChannels channels() const { return {frequency_hz, power_w, Hertz(50e9)}; }
};

// Null stands for no noise at all.
void expect_near(double ours, const json& theirs, double tolerance) {
  if (theirs.is_null()) {
    EXPECT_EQ(ours, -std::numeric_limits<double>::infinity());
  } else {
    EXPECT_NEAR(ours, theirs.get<double>(), tolerance);
  }
}

TEST(AmplifierModelsTest, EveryKindAgreesWithGnpy) {
  const design::Equipment equipment = library(testdata("library.json"));
  const json reference = read_figures(testdata("amplifiers.json"));
  ASSERT_TRUE(reference.contains("amplifiers"));
  for (const auto& [name, rows] : reference["amplifiers"].items()) {
    const design::AmplifierType* type = equipment.amplifier(name);
    ASSERT_NE(type, nullptr) << name;
    for (const json& row : rows) {
      SCOPED_TRACE(name + " " + row.dump());
      const Comb comb(row["power_dbm"]);
      const AmplifierResponse response =
          respond(type->model, Db(row["gain"]), Db(row["tilt"]), comb.channels());
      EXPECT_NEAR(response.gain.value(), row["effective_gain"], 1e-9);
      for (const int i : {0, 1, 2}) {
        const auto channel = std::vector<std::size_t>{0, 47, 95}[static_cast<std::size_t>(i)];
        expect_near(response.noise_figure_db[channel], row["nf"][i], 1e-9);
        expect_near(response.gain_db[channel], row["gain_db"][i], 1e-6);
      }
    }
  }
}

TEST(AmplifierModelsTest, SharedTableOfNoiseFiguresIsMet) {
  if (!std::filesystem::exists(shared("nf_models/nf_table.json"))) {
    GTEST_SKIP() << "no shared reference cases at " << shared("nf_models");
  }
  const design::Equipment equipment = library(shared("b_5x76_g654/eqpt.json").string());
  double worst = 0;
  const json table = read_figures(shared("nf_models/nf_table.json"));
  for (const auto& [name, entry] : table.items()) {
    const design::AmplifierType* type = equipment.amplifier(name);
    ASSERT_NE(type, nullptr) << name;
    for (const json& row : entry["rows"]) {
      SCOPED_TRACE(name + " " + row.dump());
      const Comb comb(row["pin_per_channel_dbm"]);
      const AmplifierResponse response =
          respond(type->model, Db(row["gain_target"]), Db(0), comb.channels());
      EXPECT_NEAR(response.gain.value(), row["effective_gain"], 1e-9);
      double mean = 0;
      for (const double nf : response.noise_figure_db) mean += nf / 96;
      expect_near(mean, row["nf_db_mean"], 0.005);
      if (std::isfinite(mean)) {
        worst = std::max(worst, std::abs(mean - row["nf_db_mean"].get<double>()));
      }
      EXPECT_NEAR(response.gain_db[0], row["gprofile_ch1"], 1e-6);
      EXPECT_NEAR(response.gain_db[47], row["gprofile_ch48"], 1e-6);
      EXPECT_NEAR(response.gain_db[95], row["gprofile_ch96"], 1e-6);
    }
  }
  RecordProperty("worst_db", std::to_string(worst));
  EXPECT_LT(worst, 0.005);
}

TEST(AmplifierModelsTest, OneChannelGetsTheGainItself) {
  const design::Equipment equipment = library(testdata("library.json"));
  const std::vector<double> frequency{193.4e12};
  const std::vector<double> power{1e-5};
  const AmplifierResponse response = respond(equipment.amplifier("measured")->model, Db(20), Db(-1),
                                             {frequency, power, Hertz(75e9)});
  EXPECT_DOUBLE_EQ(response.gain_db[0], 20);
  const AmplifierResponse open = respond(equipment.amplifier("open_inline")->model, Db(20), Db(0),
                                         {frequency, power, Hertz(50e9)});
  // -20 dBm in 50 GHz through the polynomial of the library.
  const double osnr = ((-8.1e-4 * -20 - 6.2e-2) * -20 - 0.59) * -20 + 37.6;
  EXPECT_NEAR(open.noise_figure_db[0], -20 - osnr + 58, 1e-12);
}

TEST(AmplifierModelsTest, TotalPowerComesOutAtTheSetPoint) {
  const design::Equipment equipment = library(testdata("library.json"));
  Comb comb(-20);
  for (std::size_t i = 0; i < comb.power_w.size(); ++i) comb.power_w[i] *= 1 + 0.01 * double(i);
  for (const double tilt : {0.0, -1.5, 2.0}) {
    const AmplifierResponse response =
        respond(equipment.amplifier("measured")->model, Db(18), Db(tilt), comb.channels());
    double in = 0;
    double out = 0;
    for (std::size_t i = 0; i < comb.power_w.size(); ++i) {
      in += comb.power_w[i];
      out += comb.power_w[i] * std::pow(10.0, response.gain_db[i] / 10);
    }
    EXPECT_NEAR(10 * std::log10(out / in), 18, 0.02) << tilt;
  }
}

TEST(AmplifierModelsTest, PaddingCostsItsDecibels) {
  const AmplifierStage stage{FixedNoiseFigure{Db(5)}, Db(15), Db(25)};
  const AmplifierInput input{Dbm(0), 96, Hertz(50e9)};
  EXPECT_DOUBLE_EQ(noise_figure(stage, Db(20), input).value(), 5);
  EXPECT_DOUBLE_EQ(noise_figure(stage, Db(11), input).value(), 9);
}

TEST(AmplifierModelsTest, TwoCoilsMeetBothEnds) {
  const auto coils = fit_two_coils(Db(6), Db(10), Db(15), Db(26));
  ASSERT_TRUE(coils) << coils.error().message();
  const AmplifierStage stage{*coils, Db(15), Db(26)};
  const AmplifierInput input{Dbm(0), 96, Hertz(50e9)};
  EXPECT_NEAR(noise_figure(stage, Db(26), input).value(), 6, 0.01);
  EXPECT_NEAR(noise_figure(stage, Db(15), input).value(), 10, 0.01);
}

TEST(AmplifierModelsTest, CoilsThatCannotExistAreRefused) {
  EXPECT_FALSE(fit_two_coils(Db(-11), Db(10), Db(15), Db(26)));
  EXPECT_FALSE(fit_two_coils(Db(6), Db(-11), Db(15), Db(26)));
  EXPECT_FALSE(fit_two_coils(Db(3), Db(9), Db(15), Db(26)));   // first coil below 4 dB
  EXPECT_FALSE(fit_two_coils(Db(6), Db(18), Db(15), Db(26)));  // no coils that far apart
  EXPECT_FALSE(fit_two_coils(Db(8), Db(6), Db(15), Db(26)));   // better at less gain
}

}  // namespace
}  // namespace caspilink::physics
