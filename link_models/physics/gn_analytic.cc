#include "link_models/physics/gn_analytic.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "link_models/physics/dispersion.h"
#include "link_models/physics/fibre_nonlinearity.h"

namespace caspilink::physics {
namespace {

using std::numbers::pi;

// What psi needs of the fibre.
struct Section {
  double asymptotic_length_m;
  double effective_length_m;

  // psi of eq. 120 for channels of baud rates b_cut and b_pump a distance apart, in m^2 Hz^2.
  [[nodiscard]] double psi(double abs_beta2, double distance_hz, double b_cut,
                           double b_pump) const {
    const double scale = pi * pi * asymptotic_length_m * abs_beta2 * b_cut;
    const double upper = std::asinh(scale * (distance_hz + b_pump / 2));
    const double lower = std::asinh(scale * (distance_hz - b_pump / 2));
    return (upper - lower) / 2 * effective_length_m * effective_length_m /
           (2 * pi * abs_beta2 * asymptotic_length_m);
  }
};

// Weights of eq. 120.
constexpr double kSelfChannel = 16.0 / 27.0;
constexpr double kCrossChannel = 32.0 / 27.0;

// Channels of one baud rate on an even grid: psi then depends on the distance alone.
bool is_even(const SpectralState& state) {
  if (state.size() < 3) return false;
  const double step = state.frequency_hz[1] - state.frequency_hz[0];
  for (std::size_t i = 0; i < state.size(); ++i) {
    if (state.baud_rate_hz[i] != state.baud_rate_hz[0]) return false;
    if (i > 0 && state.frequency_hz[i] - state.frequency_hz[i - 1] != step) return false;
  }
  return true;
}

}  // namespace

const GnAnalytic::Kernel& GnAnalytic::kernel_for(const FibreRun& run, const SpectralState& input) {
  if (frequency_hz_ != input.frequency_hz || baud_rate_hz_ != input.baud_rate_hz) {
    kernels_.clear();
    frequency_hz_ = input.frequency_hz;
    baud_rate_hz_ = input.baud_rate_hz;
  }
  const auto known = std::find_if(kernels_.begin(), kernels_.end(),
                                  [&](const Kernel& kernel) { return kernel.run == run; });
  if (known != kernels_.end()) return *known;

  const std::size_t n = input.size();
  const Section section{1 / power_attenuation_per_m(run.fibre.attenuation),
                        effective_length_m(run.profile)};
  const auto abs_beta2 = [&](double frequency_hz) {
    return std::abs(beta2_s2_per_m(run.fibre, Hertz(frequency_hz)));
  };
  std::vector<double> by_distance;
  if (!run.fibre.dispersion_slope && is_even(input)) {
    const double beta2 = abs_beta2(input.frequency_hz[0]);
    const double baud = input.baud_rate_hz[0];
    for (std::size_t d = 0; d < n; ++d) {
      const double distance = input.frequency_hz[d] - input.frequency_hz[0];
      by_distance.push_back(section.psi(beta2, distance, baud, baud));
    }
  }
  std::vector<double> gamma_squared;
  for (const double frequency : input.frequency_hz) {
    const double gamma = nonlinear_coefficient_per_w_m(run.fibre, Hertz(frequency));
    gamma_squared.push_back(gamma * gamma);
  }
  std::vector<double> per_w2(n * n);
  for (std::size_t k = 0; k < n; ++k) {
    double* row = per_w2.data() + k * n;
    const double baud_k = input.baud_rate_hz[k];
    if (!by_distance.empty()) {
      for (std::size_t i = 0; i < k; ++i) row[i] = by_distance[k - i];
      for (std::size_t i = k; i < n; ++i) row[i] = by_distance[i - k];
    } else {
      for (std::size_t i = 0; i < n; ++i) {
        // Between two channels beta2 counts halfway.
        const double between = (input.frequency_hz[i] + input.frequency_hz[k]) / 2;
        row[i] = section.psi(abs_beta2(between), input.frequency_hz[k] - input.frequency_hz[i],
                             input.baud_rate_hz[i], baud_k);
      }
    }
    const double cross = kCrossChannel / (baud_k * baud_k);
    row[k] *= kSelfChannel / kCrossChannel;
    for (std::size_t i = 0; i < n; ++i) row[i] *= gamma_squared[i] * cross;
  }
  kernels_.push_back({run, std::move(per_w2)});
  return kernels_.back();
}

void GnAnalytic::interference(const FibreRun& run, const SpectralState& input,
                              std::vector<double>& nli_w) {
  const std::size_t n = input.size();
  const Kernel& kernel = kernel_for(run, input);
  pump_.resize(n);
  const auto power = [&](std::size_t i) {
    return input.signal_w[i] + input.ase_w[i] + input.nli_w[i];
  };
  for (std::size_t k = 0; k < n; ++k) pump_[k] = power(k) * power(k);
  std::fill(nli_w.begin(), nli_w.end(), 0.0);
  for (std::size_t k = 0; k < n; ++k) {
    // One pump's part for all channels: independent sums, which a compiler vectorises without
    // changing the order any of them is added in.
    const double* column = kernel.per_w2.data() + k * n;
    for (std::size_t i = 0; i < n; ++i) nli_w[i] += column[i] * pump_[k];
  }
  for (std::size_t i = 0; i < n; ++i) nli_w[i] *= power(i);
}

}  // namespace caspilink::physics
