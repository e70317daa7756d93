// Erbium on the seabed: gain over pump power.
#include "link_models/physics/ropa.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "link_models/physics/amplifier.h"
#include "link_models/physics/attenuation.h"

namespace caspilink::physics {
namespace {

plant::RopaPumping erbium() {
  plant::RopaPumping pumping;
  pumping.response = {{Milliwatts(0), Db(-8), Db(10)},
                      {Milliwatts(5), Db(15), Db(6)},
                      {Milliwatts(15), Db(22), Db(4.5)}};
  pumping.conversion_efficiency = 0.6;
  return pumping;
}

SpectralState light(Dbm a_channel, std::size_t count = 40) {
  std::vector<plant::Channel> channels(count);
  for (std::size_t i = 0; i < channels.size(); ++i) {
    channels[i].frequency = Hertz(191e12 + 100e9 * static_cast<double>(i));
    channels[i].baud_rate = Hertz(32e9);
    channels[i].launch_power = a_channel;
  }
  return launch(channels);
}

TEST(RopaTest, SmallSignalsSeeTheTable) {
  const auto at_five = pumped_gain(erbium(), Milliwatts(5), light(Dbm(-70), 1));
  // Its own noise takes a little.
  EXPECT_NEAR(at_five.gain.value(), 15, 5e-3);
  EXPECT_NEAR(at_five.noise_figure.value(), 6, 1e-12);
  const auto between = pumped_gain(erbium(), Milliwatts(10), light(Dbm(-70)));
  EXPECT_NEAR(between.small_signal_gain.value(), 18.5, 1e-12);
  EXPECT_NEAR(between.noise_figure.value(), 5.25, 1e-12);
}

TEST(RopaTest, MorePumpNeverGivesLessGain) {
  for (const double dbm : {-70.0, -40.0, -30.0, -20.0, -5.0}) {
    Db before(-100);
    for (double mw = 0; mw < 40; mw += 0.05) {
      const Db gain = pumped_gain(erbium(), Milliwatts(mw), light(Dbm(dbm))).gain;
      ASSERT_GE(gain, before) << dbm << " dBm, " << mw << " mW";
      before = gain;
    }
  }
}

TEST(RopaTest, MoreLightNeverSeesMoreGainAndGainsLessThanThePumpGives) {
  for (const double mw : {3.0, 5.0, 9.0, 15.0, 30.0}) {
    Db before(100);
    for (double dbm = -60; dbm < 10; dbm += 0.5) {
      const SpectralState entering = light(Dbm(dbm));
      const auto given = pumped_gain(erbium(), Milliwatts(mw), entering);
      ASSERT_LE(given.gain, before);
      before = given.gain;
      SpectralState leaving = entering;
      amplify(leaving, given.gain, given.noise_figure);
      ASSERT_LT(total_power(leaving) - total_power(entering), Milliwatts(0.6 * mw));
    }
  }
}

// (G - 1) P_in / (eta P_pump) = 1 - ln G / ln G0, by hand for G0 = 22 dB pressed down to 19 dB.
TEST(RopaTest, SaturatesAsTheFormulaSays) {
  const double g = std::pow(10, 1.9);
  const double entering_mw = 0.6 * 15 * (1 - 19.0 / 22) / (g - 1);
  const auto given =
      pumped_gain(erbium(), Milliwatts(15), light(to_dbm(Milliwatts(entering_mw)), 1));
  // The amplifier's own noise at its input, some 10 nW, saturates it a little too.
  EXPECT_NEAR(given.gain.value(), 19, 2e-3);
}

TEST(RopaTest, StarvedErbiumAbsorbs) {
  EXPECT_EQ(pumped_gain(erbium(), Milliwatts(0), light(Dbm(-30))).gain, Db(-8));
  EXPECT_LT(pumped_gain(erbium(), Milliwatts(1), light(Dbm(-30))).gain, Db(0));
  EXPECT_GT(pumped_gain(erbium(), Milliwatts(2.5), light(Dbm(-30))).gain, Db(0));
}

TEST(RopaTest, GainLevelsOffBeyondTheTable) {
  EXPECT_EQ(pumped_gain(erbium(), Milliwatts(50), light(Dbm(-90))).small_signal_gain, Db(22));
}

TEST(RopaTest, PumpLossCountsBeforeTheErbium) {
  plant::RopaPumping lossy = erbium();
  lossy.pump_loss = Db(3);
  const Milliwatts needed = Milliwatts(5) * to_linear(Db(3));
  EXPECT_NEAR(pumped_gain(lossy, needed, light(Dbm(-70))).small_signal_gain.value(), 15, 1e-9);
}

// Launch 8 dBm, ROPA and receiver as lumped stages; OSNR in 12.5 GHz at 1550 nm.
TEST(RopaTest, ChainOfRopaAndReceiverAddsUp) {
  const Hertz frequency(constants::kSpeedOfLight / 1550e-9);
  plant::Channel channel;
  channel.frequency = frequency;
  channel.baud_rate = constants::kOsnrReferenceBandwidth;
  channel.launch_power = Dbm(8);
  SpectralState state = launch({channel});
  attenuate(state, Db(270 * 0.155 + 1));
  const Dbm at_ropa = to_dbm(total_power(state));
  EXPECT_NEAR(amplifier_osnr_01nm(at_ropa, Db(5), frequency).value(), 18.103, 1e-3);
  amplify(state, Db(18), Db(5));
  const Dbm behind_ropa = to_dbm(Milliwatts(state.signal_w[0] * 1e3));
  attenuate(state, Db(110 * 0.155 + 0.5));
  EXPECT_NEAR(amplifier_osnr_01nm(behind_ropa - Db(110 * 0.155 + 0.5), Db(-1), frequency).value(),
              24.553, 1e-3);
  amplify(state, Db(20), Db(-1));
  EXPECT_NEAR(to_db(state.signal_w[0] / state.ase_w[0]).value(), 17.217, 1e-3);
}

}  // namespace
}  // namespace caspilink::physics
