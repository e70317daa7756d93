#include "link_models/physics/amplifier.h"

#include <cmath>

#include <gtest/gtest.h>

namespace caspilink::physics {
namespace {

SpectralState one_channel(Dbm power) {
  plant::Channel channel;
  channel.frequency = Hertz(193.1e12);
  channel.baud_rate = Hertz(50e9);
  channel.launch_power = power;
  return launch({channel});
}

Db combined(Db a, Db b) { return to_db(1 / (1 / to_linear(a) + 1 / to_linear(b))); }

TEST(AmplifierTest, FiftyEightIsTheNoiseFloorInAReferenceBandwidth) {
  const auto floor = [](double frequency) {
    return to_dbm(input_referred_ase(Db(0), Hertz(frequency), constants::kOsnrReferenceBandwidth))
        .value();
  };
  EXPECT_NEAR(floor(193.1e12), -57.9605, 5e-5);
  EXPECT_NEAR(floor(constants::kSpeedOfLight / 1550e-9), -57.9534, 5e-5);
}

// Launch 8 dBm; 270 km x 0.155 + 1 dB; ROPA NF 5, G 18; 110 km x 0.155 + 0.5 dB; receiver -1 dB.
TEST(AmplifierTest, RopaChain) {
  const Hertz frequency(constants::kSpeedOfLight / 1550e-9);
  const Dbm at_ropa = Dbm(8) - DbPerKm(0.155) * Kilometers(270) - Db(1);
  const Dbm at_receiver = at_ropa + Db(18) - DbPerKm(0.155) * Kilometers(110) - Db(0.5);
  const Db first = amplifier_osnr_01nm(at_ropa, Db(5), frequency);
  const Db second = amplifier_osnr_01nm(at_receiver, Db(-1), frequency);
  EXPECT_NEAR(first.value(), 18.103, 1e-3);
  EXPECT_NEAR(second.value(), 24.553, 1e-3);
  EXPECT_NEAR(combined(first, second).value(), 17.217, 1e-3);
}

TEST(AmplifierTest, CascadedAmplifiersAddNoiseInversely) {
  // -15.44 dBm into each of six amplifiers of NF 5.88 behind 8.4 dB, with the rounded constant.
  const double osnr = -15.44 - 5.88 - 8.4 - 10 * std::log10(6.0) + 58;
  EXPECT_NEAR(osnr, 20.498, 5e-4);
  const Db one = amplifier_osnr_01nm(Dbm(-15.44 - 8.4), Db(5.88), Hertz(193.1e12));
  double inverse = 0;
  for (int i = 0; i < 6; ++i) inverse += 1 / to_linear(one);
  EXPECT_NEAR(to_db(1 / inverse).value(), osnr - (58 - 57.9605), 1e-4);
}

TEST(AmplifierTest, HeldTotalIncludesTheNoiseOfTheAmplifierItself) {
  SpectralState state = one_channel(Dbm(-25));
  const Db gain = gain_holding_total(state, Dbm(0), Db(5), Db(40));
  amplify(state, gain, Db(5));
  EXPECT_NEAR(to_dbm(total_power(state)).value(), 0.0, 1e-12);
  EXPECT_LT(to_dbm(Milliwatts(state.signal_w[0] * 1e3)), Dbm(0));
}

TEST(AmplifierTest, GainEndsAtItsMaximum) {
  EXPECT_EQ(gain_holding_total(one_channel(Dbm(-60)), Dbm(18), Db(5), Db(25)), Db(25));
}

// A hundred spans of 26 dB: noise takes its share of each repeater's total.
TEST(AmplifierTest, DroopOfALongChain) {
  const double stage = to_linear(Db(26));
  double snr = stage;
  for (int i = 1; i < 100; ++i) snr = cascade_with_droop(snr, stage);
  EXPECT_NEAR(to_db(snr).value(), 5.4493, 5e-5);
  EXPECT_NEAR(to_db(stage / 100).value(), 6.0, 1e-12);

  // Five spans that come to 26 dB together hardly droop.
  const double good_stage = 5 * to_linear(Db(26));
  double short_chain = good_stage;
  for (int i = 1; i < 5; ++i) short_chain = cascade_with_droop(short_chain, good_stage);
  EXPECT_NEAR(26 - to_db(short_chain).value(), 0.004, 5e-4);
}

// The same from powers alone: repeaters that hold their total droop as the formula says.
TEST(AmplifierTest, RepeatersHeldAtTotalPowerDroop) {
  const Db loss(12.28);
  const Db noise_figure(5);
  SpectralState state = one_channel(Dbm(-20));  // weak, so that noise takes a visible share
  double expected = 0;
  for (int i = 0; i < 40; ++i) {
    const double factor = to_linear(-loss);
    for (auto* powers : {&state.signal_w, &state.ase_w}) (*powers)[0] *= factor;
    const double stage = total_power(state).value() /
                         input_referred_ase(noise_figure, Hertz(193.1e12), Hertz(50e9)).value();
    expected = i == 0 ? stage : cascade_with_droop(expected, stage);
    amplify(state, gain_holding_total(state, Dbm(-20), noise_figure, Db(40)), noise_figure);
  }
  EXPECT_NEAR(state.signal_w[0] / state.ase_w[0] / expected, 1.0, 1e-9);
}

}  // namespace
}  // namespace caspilink::physics
