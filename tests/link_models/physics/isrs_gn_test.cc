#include "link_models/physics/isrs_gn.h"

#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

namespace caspilink::physics {
namespace {

constexpr double kC = 3e8;  // as the published reference program has it
constexpr double kPi = std::numbers::pi;

// 251 channels of 40.004 GHz every 40.005 GHz; D 17, S 0.067, 0.2 dB/km, gamma 1.2, C_r 0.028.
struct Reference {
  IsrsGnFibre fibre;
  std::vector<double> offset;
  std::vector<double> bandwidth = std::vector<double>(251, 40.004e9);
  std::vector<double> power;

  explicit Reference(double dbm) : power(251, std::pow(10, dbm / 10 - 3)) {
    const double wavelength = 1550e-9;
    const double d = 17e-6;
    const double s = 0.067e3;
    fibre.alpha_per_m = fibre.alpha_bar_per_m = 0.2 / 4.343 * 1e-3;
    fibre.beta2_s2_per_m = -d * wavelength * wavelength / (2 * kPi * kC);
    fibre.beta3_s3_per_m = wavelength * wavelength / std::pow(2 * kPi * kC, 2) *
                           (wavelength * wavelength * s + 2 * wavelength * d);
    fibre.gamma_per_w_m = 1.2e-3;
    fibre.raman_slope_per_w_m_hz = 0.028e-15;
    fibre.span_length_m = 100e3;
    for (int k = -125; k <= 125; ++k) {
      offset.push_back(k * 40.005e9);
    }
  }

  void expect(const std::array<double, 5>& published_db) const {
    const auto eta = isrs_gn_efficiency(fibre, {offset, bandwidth, power});
    ASSERT_TRUE(eta);
    const std::array<std::size_t, 5> index{0, 62, 125, 188, 250};
    for (std::size_t k = 0; k < index.size(); ++k) {
      EXPECT_NEAR(10 * std::log10((*eta)[index[k]]), published_db[k], 5.1e-5) << index[k];
    }
  }
};

TEST(IsrsGnTest, OneSpanAtTwoPowersIsThePublishedTable) {
  Reference(0).expect({29.4714, 30.8431, 30.3393, 29.6115, 27.1894});
  Reference(2).expect({30.4226, 31.4091, 30.3791, 29.0545, 26.2086});
}

TEST(IsrsGnTest, WithoutScatteringItIsThePublishedTable) {
  Reference reference(0);
  reference.fibre.raman_slope_per_w_m_hz = 0;
  reference.expect({27.7112, 29.8596, 30.3241, 30.6243, 29.0871});
}

TEST(IsrsGnTest, SixSpansCoherentAndNotAreThePublishedTable) {
  Reference reference(0);
  reference.fibre.spans = 6;
  reference.expect({37.6154, 38.8484, 38.3231, 37.5768, 35.2013});
  reference.fibre.coherent = false;
  reference.expect({37.2529, 38.6246, 38.1208, 37.3930, 34.9710});
}

TEST(IsrsGnTest, WrongInputIsRefused) {
  Reference reference(0);
  reference.power[7] = 0;
  EXPECT_FALSE(isrs_gn_efficiency(reference.fibre,
                                  {reference.offset, reference.bandwidth, reference.power}));
  reference = Reference(0);
  reference.fibre.spans = 0;
  EXPECT_FALSE(isrs_gn_efficiency(reference.fibre,
                                  {reference.offset, reference.bandwidth, reference.power}));
  EXPECT_FALSE(isrs_gn_efficiency(Reference(0).fibre, {}));
}

}  // namespace
}  // namespace caspilink::physics
