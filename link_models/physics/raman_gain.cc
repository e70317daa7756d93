#include "link_models/physics/raman_gain.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>

#include "link_models/physics/vector_clones.h"

namespace caspilink::physics {
namespace {

constexpr double kCoreRadius = 4.2e-6;  // m

// Points stand closer where silica's gain turns quickly.
constexpr auto kSilicaOffsetThz = std::to_array<double>({
    0,    0.5,  1,     1.5,  2,    2.5,  3,    3.5,  4,    4.5,  5,     5.5,   6,     6.5,   7,
    7.5,  8,    8.5,   9,    9.5,  10,   10.5, 11,   11.5, 12,   12.5,  12.75, 13,    13.25, 13.5,
    14,   14.5, 14.75, 15,   15.5, 16,   16.5, 17,   17.5, 18,   18.25, 18.5,  18.75, 19,    19.5,
    20,   20.5, 21,    21.5, 22,   22.5, 23,   23.5, 24,   24.5, 25,    25.5,  26,    26.5,  27,
    27.5, 28,   28.5,  29,   29.5, 30,   30.5, 31,   31.5, 32,   32.5,  33,    33.5,  34,    34.5,
    35,   35.5, 36,    36.5, 37,   37.5, 38,   38.5, 39,   39.5, 40,    40.5,  41,    41.5,  42,
});

// Gain times effective area, m/W.
constexpr auto kSilicaGain = std::to_array<double>({
    0.0000000e+00, 8.5244199e-16, 2.6435679e-15, 4.4105484e-15, 6.1534230e-15, 7.4849247e-15,
    8.4520608e-15, 9.1015493e-15, 9.5783760e-15, 1.0008643e-14, 1.0865774e-14, 1.1300776e-14,
    1.2143239e-14, 1.3231066e-14, 1.4624901e-14, 1.6013331e-14, 1.7458119e-14, 1.9320241e-14,
    2.1720395e-14, 2.4137337e-14, 2.6281632e-14, 2.8041020e-14, 2.9723155e-14, 3.1293535e-14,
    3.2517962e-14, 3.3198839e-14, 3.3295277e-14, 3.3131557e-14, 3.2890139e-14, 3.2458917e-14,
    3.0606843e-14, 3.2660349e-14, 2.9574191e-14, 2.5188943e-14, 1.7345605e-14, 9.9028608e-15,
    7.2191764e-15, 6.0795660e-15, 5.8283731e-15, 7.2058080e-15, 7.5619244e-15, 7.6211524e-15,
    6.8859887e-15, 5.6291810e-15, 3.6797276e-15, 2.7555870e-15, 2.4810134e-15, 2.2160081e-15,
    2.1440626e-15, 2.3387307e-15, 2.5573179e-15, 3.0398390e-15, 4.8337166e-15, 5.4647432e-15,
    5.2291878e-15, 4.5107685e-15, 3.3213473e-15, 2.2602577e-15, 1.9695765e-15, 1.5179854e-15,
    1.2953989e-15, 1.1304672e-15, 9.1000439e-16, 8.4329199e-16, 7.8492241e-16, 7.8275682e-16,
    9.0005144e-16, 1.3025926e-15, 1.5444109e-15, 1.8795594e-15, 1.7796130e-15, 1.5938160e-15,
    1.1585522e-15, 8.5070444e-16, 7.6254047e-16, 8.1451075e-16, 9.0479447e-16, 9.6364319e-16,
    9.2986339e-16, 8.3497395e-16, 7.4829013e-16, 6.2407948e-16, 5.0065254e-16, 3.5533733e-16,
    2.0344218e-16, 1.4267523e-16, 8.9800166e-17, 2.9829068e-17, 1.4861959e-17, 7.4044821e-18,
});
static_assert(kSilicaOffsetThz.size() == kSilicaGain.size());
constexpr double kSilicaReferenceHz = 206.184634112792e12;  // 1454 nm

double interpolate(std::span<const double> x, std::span<const double> y, double at) {
  const auto above = std::upper_bound(x.begin(), x.end(), at);
  if (above == x.end()) {
    return y.back();
  }
  const auto k = static_cast<std::size_t>(above - x.begin());
  return y[k - 1] + (y[k] - y[k - 1]) * (at - x[k - 1]) / (x[k] - x[k - 1]);
}

// sum_i = sum over j of columns[j n + i] power_j.
CASPILINK_VECTOR_CLONES
void add_columns(const double* columns, const double* power, std::size_t n, double* sum) {
  std::fill_n(sum, n, 0.0);
  std::size_t j = 0;
  // Four columns at a time: the sums are then loaded and stored a quarter as often.
  for (; j + 4 <= n; j += 4) {
    const double* const c0 = columns + j * n;
    const double* const c1 = c0 + n;
    const double* const c2 = c1 + n;
    const double* const c3 = c2 + n;
    const double p0 = power[j];
    const double p1 = power[j + 1];
    const double p2 = power[j + 2];
    const double p3 = power[j + 3];
    for (std::size_t i = 0; i < n; ++i) {
      sum[i] += (c0[i] * p0 + c1[i] * p1) + (c2[i] * p2 + c3[i] * p3);
    }
  }
  for (; j < n; ++j) {
    const double* const c = columns + j * n;
    for (std::size_t i = 0; i < n; ++i) {
      sum[i] += c[i] * power[j];
    }
  }
}

}  // namespace

double effective_area_m2(double area_m2, double reference_hz, double frequency_hz) {
  // ln V at the reference is r^2 / w^2 = pi r^2 / area, and V grows with frequency; the core's
  // index and contrast cancel.
  constexpr double kCore = std::numbers::pi * kCoreRadius * kCoreRadius;
  return kCore / (kCore / area_m2 + std::log(frequency_hz / reference_hz));
}

const RamanGainProfile& silica_raman_gain() {
  static const RamanGainProfile profile = [] {
    RamanGainProfile silica;
    silica.reference_hz = kSilicaReferenceHz;
    for (const double offset : kSilicaOffsetThz) {
      silica.offset_hz.push_back(offset * 1e12);
    }
    silica.intensity_gain_m_per_w.assign(kSilicaGain.begin(), kSilicaGain.end());
    return silica;
  }();
  return profile;
}

Result<RamanGainProfile> measured_raman_gain(double reference_hz, std::span<const double> offset_hz,
                                             std::span<const double> gain_per_w_m, double area_m2,
                                             double area_reference_hz) {
  const auto invalid = [](std::string detail) {
    return fail(ErrorCode::kInvalidInput, "Raman gain profile", std::move(detail));
  };
  if (offset_hz.size() != gain_per_w_m.size() || offset_hz.size() < 2) {
    return invalid("expected as many gains as frequency offsets, at least two; got " +
                   std::to_string(gain_per_w_m.size()) + " and " +
                   std::to_string(offset_hz.size()));
  }
  if (!(reference_hz > 0) || !std::isfinite(reference_hz)) {
    return invalid("expected a reference frequency above 0");
  }
  RamanGainProfile profile;
  profile.reference_hz = reference_hz;
  for (std::size_t k = 0; k < offset_hz.size(); ++k) {
    const bool ascends = k == 0 ? offset_hz[k] == 0 : offset_hz[k] > offset_hz[k - 1];
    if (!ascends || !(offset_hz[k] < reference_hz)) {
      return invalid(
          "expected offsets to ascend from 0 and stay below the reference frequency; entry " +
          std::to_string(k + 1) + " does not");
    }
    if (!(gain_per_w_m[k] >= 0) || !std::isfinite(gain_per_w_m[k])) {
      return invalid("expected gains of 0 or more; entry " + std::to_string(k + 1) + " is not");
    }
    const double pump = effective_area_m2(area_m2, area_reference_hz, reference_hz);
    const double wave = effective_area_m2(area_m2, area_reference_hz, reference_hz - offset_hz[k]);
    profile.offset_hz.push_back(offset_hz[k]);
    profile.intensity_gain_m_per_w.push_back(gain_per_w_m[k] * (pump + wave) / 2);
  }
  return profile;
}

RamanCoupling::RamanCoupling(const RamanGainProfile& profile, std::span<const double> frequency_hz,
                             double area_m2, double area_reference_hz, PhotonEnergy photon_energy)
    : size_(frequency_hz.size()), by_source_(size_ * size_) {
  std::vector<double> area(size_);
  for (std::size_t i = 0; i < size_; ++i) {
    area[i] = effective_area_m2(area_m2, area_reference_hz, frequency_hz[i]);
  }
  for (std::size_t i = 0; i < size_; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const std::size_t pump = frequency_hz[i] > frequency_hz[j] ? i : j;
      const std::size_t wave = i + j - pump;
      const double offset = frequency_hz[pump] - frequency_hz[wave];
      const double gain = interpolate(profile.offset_hz, profile.intensity_gain_m_per_w, offset) *
                          (frequency_hz[pump] / profile.reference_hz) /
                          ((area[pump] + area[wave]) / 2);
      by_source_[pump * size_ + wave] = gain;
      by_source_[wave * size_ + pump] =
          -gain *
          (photon_energy == PhotonEnergy::kIgnored ? 1.0 : frequency_hz[pump] / frequency_hz[wave]);
    }
  }
}

RamanCoupling RamanCoupling::grouped(std::span<const std::size_t> group_of,
                                     std::span<const double> share, std::size_t groups) const {
  RamanCoupling few;
  few.size_ = groups;
  few.by_source_.assign(groups * groups, 0.0);
  for (std::size_t j = 0; j < size_; ++j) {
    double* const column = few.by_source_.data() + group_of[j] * groups;
    for (std::size_t i = 0; i < size_; ++i) {
      column[group_of[i]] += share[i] * (*this)(i, j) * share[j];
    }
  }
  return few;
}

void RamanCoupling::apply(std::span<const double> power, std::span<double> out) const {
  add_columns(by_source_.data(), power.data(), size_, out.data());
}

}  // namespace caspilink::physics
