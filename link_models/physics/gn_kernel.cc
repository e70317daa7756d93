#include "link_models/physics/gn_kernel.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace caspilink::physics {
namespace {

using std::numbers::pi;

// Weights of eq. 120.
constexpr double kSelfChannel = 16.0 / 27.0;
constexpr double kCrossChannel = 32.0 / 27.0;

bool all_equal(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [&](double v) { return v == values.front(); });
}

// Channels of one kind on an even grid in fibre that treats them alike: psi then depends on their
// distance alone.
bool is_even(const GnKernelInput& input) {
  if (input.frequency_hz.size() < 3) return false;
  const double step = input.frequency_hz[1] - input.frequency_hz[0];
  for (std::size_t i = 1; i < input.frequency_hz.size(); ++i) {
    if (input.frequency_hz[i] - input.frequency_hz[i - 1] != step) return false;
  }
  return all_equal(input.baud_rate_hz) && all_equal(input.asymptotic_length_m) &&
         all_equal(input.effective_length_m) && all_equal(input.beta2_s2_per_m);
}

// psi of eq. 120 of interferer k on channel i, in m^2 Hz^2.
double psi(const GnKernelInput& input, std::size_t i, std::size_t k) {
  const double beta2 = std::abs(input.beta2_s2_per_m[i] + input.beta2_s2_per_m[k]) / 2;
  const double asymptotic = input.asymptotic_length_m[k];
  const double effective = input.effective_length_m[k];
  const double distance = input.frequency_hz[k] - input.frequency_hz[i];
  const double half_band = input.baud_rate_hz[k] / 2;
  const double scale = pi * pi * asymptotic * beta2 * input.baud_rate_hz[i];
  const double upper = std::asinh(scale * (distance + half_band));
  const double lower = std::asinh(scale * (distance - half_band));
  return (upper - lower) / 2 * effective * effective / (2 * pi * beta2 * asymptotic);
}

}  // namespace

std::vector<double> gn_kernel(const GnKernelInput& input) {
  const std::size_t n = input.frequency_hz.size();
  std::vector<double> by_distance;
  if (is_even(input)) {
    for (std::size_t d = 0; d < n; ++d) by_distance.push_back(psi(input, 0, d));
  }
  std::vector<double> kernel(n * n);
  for (std::size_t k = 0; k < n; ++k) {
    double* row = kernel.data() + k * n;
    if (!by_distance.empty()) {
      for (std::size_t i = 0; i < k; ++i) row[i] = by_distance[k - i];
      for (std::size_t i = k; i < n; ++i) row[i] = by_distance[i - k];
    } else {
      for (std::size_t i = 0; i < n; ++i) row[i] = psi(input, i, k);
    }
    const double cross = kCrossChannel / (input.baud_rate_hz[k] * input.baud_rate_hz[k]);
    row[k] *= kSelfChannel / kCrossChannel;
    for (std::size_t i = 0; i < n; ++i) {
      row[i] *= input.gamma_per_w_m[i] * input.gamma_per_w_m[i] * cross;
    }
  }
  return kernel;
}

void gn_interference(const std::vector<double>& kernel, std::span<const double> power_w,
                     std::vector<double>& nli_w) {
  const std::size_t n = power_w.size();
  std::fill(nli_w.begin(), nli_w.end(), 0.0);
  for (std::size_t k = 0; k < n; ++k) {
    // One interferer's part for all channels: independent sums, which a compiler vectorises without
    // changing the order any of them is added in.
    const double* row = kernel.data() + k * n;
    const double squared = power_w[k] * power_w[k];
    for (std::size_t i = 0; i < n; ++i) nli_w[i] += row[i] * squared;
  }
  for (std::size_t i = 0; i < n; ++i) nli_w[i] *= power_w[i];
}

}  // namespace caspilink::physics
