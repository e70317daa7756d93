#include "link_models/physics/amplifier.h"

#include <algorithm>

namespace caspilink::physics {
namespace {

double input_ase_w(double noise_factor, double frequency_hz, double bandwidth_hz) {
  return noise_factor * constants::kPlanck * frequency_hz * bandwidth_hz;
}

}  // namespace

Milliwatts input_referred_ase(Db noise_figure, Hertz frequency, Hertz bandwidth) {
  return Milliwatts(1e3 *
                    input_ase_w(to_linear(noise_figure), frequency.value(), bandwidth.value()));
}

Db amplifier_osnr_01nm(Dbm input, Db noise_figure, Hertz frequency) {
  return input -
         to_dbm(input_referred_ase(noise_figure, frequency, constants::kOsnrReferenceBandwidth));
}

void amplify(SpectralState& state, Db gain, Db noise_figure) {
  const double factor = to_linear(gain);
  const double noise_factor = to_linear(noise_figure);
  for (std::size_t i = 0; i < state.size(); ++i) {
    const double ase = input_ase_w(noise_factor, state.frequency_hz[i], state.baud_rate_hz[i]);
    state.signal_w[i] *= factor;
    state.ase_w[i] = (state.ase_w[i] + ase) * factor;
    state.nli_w[i] *= factor;
  }
}

void add_ase(SpectralState& state, const std::vector<double>& ase_w) {
  for (std::size_t i = 0; i < state.size(); ++i) state.ase_w[i] += ase_w[i];
}

Db gain_holding_total(const SpectralState& state, Dbm total, Db noise_figure, Db maximum_gain) {
  const double noise_factor = to_linear(noise_figure);
  double input_w = total_power(state).value() * 1e-3;
  for (std::size_t i = 0; i < state.size(); ++i) {
    input_w += input_ase_w(noise_factor, state.frequency_hz[i], state.baud_rate_hz[i]);
  }
  return std::min(total - to_dbm(Milliwatts(input_w * 1e3)), maximum_gain);
}

void tilt(SpectralState& state, Db tilt) {
  if (tilt == Db(0) || state.size() < 2) return;
  const auto [lowest, highest] = std::ranges::minmax(state.frequency_hz);
  const double middle = (lowest + highest) / 2;
  for (std::size_t i = 0; i < state.size(); ++i) {
    const double factor = to_linear(tilt * ((state.frequency_hz[i] - middle) / (highest - lowest)));
    state.signal_w[i] *= factor;
    state.ase_w[i] *= factor;
    state.nli_w[i] *= factor;
  }
}

void tilt_holding_total(SpectralState& state, Db tilt) {
  if (tilt == Db(0)) return;
  const double before = total_power(state).value();
  physics::tilt(state, tilt);
  const double kept = before / total_power(state).value();
  for (std::size_t i = 0; i < state.size(); ++i) {
    state.signal_w[i] *= kept;
    state.ase_w[i] *= kept;
    state.nli_w[i] *= kept;
  }
}

double cascade_with_droop(double snr_so_far, double snr_of_stage) {
  return 1 / ((1 + 1 / snr_so_far) * (1 + 1 / snr_of_stage) - 1);
}

}  // namespace caspilink::physics
