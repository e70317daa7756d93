// Raman gain between waves of different frequency in one fibre.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "link_models/result.h"

namespace caspilink::physics {

// Effective area in m2 at `frequency_hz` of a fibre with `area_m2` at `reference_hz`: pi w^2 with
// w = r / sqrt(ln V), a step-index core of radius r = 4.2 um whose V at the reference follows
// from the stated area. D'Amico et al., J. Lightwave Technol. 40, 3499 (2022), section III.D.
// Requires area_m2 above about 20 um2, which every transmission fibre has.
[[nodiscard]] double effective_area_m2(double area_m2, double reference_hz, double frequency_hz);

// Gain over frequency offset of a pump at `reference_hz`. Between the points gain is linear in the
// offset, beyond the last it stays at the last's value.
struct RamanGainProfile {
  double reference_hz = 0;
  std::vector<double> offset_hz;  // pump less wave, ascending from 0
  // Gain times effective area, in m/W: what does not depend on the fibre's area.
  std::vector<double> intensity_gain_m_per_w;

  friend bool operator==(const RamanGainProfile&, const RamanGainProfile&) = default;
};

// Standard single-mode silica fibre pumped at 1454 nm, as GNPy 2.9 and later take it (paper above).
[[nodiscard]] const RamanGainProfile& silica_raman_gain();

// A measured profile: `gain_per_w_m` in 1/(W m) of a fibre of `area_m2` at `area_reference_hz`.
// kInvalidInput where the two are not of one size, an offset does not ascend from 0 or a figure is
// negative or not finite.
[[nodiscard]] Result<RamanGainProfile> measured_raman_gain(double reference_hz,
                                                           std::span<const double> offset_hz,
                                                           std::span<const double> gain_per_w_m,
                                                           double area_m2,
                                                           double area_reference_hz);

// What the wave of higher frequency loses for each watt the lower one wins.
enum class PhotonEnergy {
  // f_high / f_low watts: photons are conserved, the difference warms the fibre.
  kHeatsFibre,
  // One watt: GNPy's coupling matrix up to 2.14, whose terms for it cancel.
  kIgnored,
};

// Coefficients C of dP_i/dz = ... + P_i sum_j C_ij P_j in 1/(W m): positive where j has the higher
// frequency. Scaled with the pump's frequency and the mean of the two waves' effective areas.
class RamanCoupling {
 public:
  RamanCoupling() = default;
  RamanCoupling(const RamanGainProfile& profile, std::span<const double> frequency_hz,
                double area_m2, double area_reference_hz, PhotonEnergy photon_energy);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] double operator()(std::size_t i, std::size_t j) const {
    return by_source_[j * size_ + i];
  }
  // Of waves in groups, each wave i an unchanging share of its group's power: sum of share_i C_ij
  // share_j over a pair of groups.
  [[nodiscard]] RamanCoupling grouped(std::span<const std::size_t> group_of,
                                      std::span<const double> share, std::size_t groups) const;
  // out_i = sum_j C_ij power_j; both of size(). The order of summation is fixed.
  void apply(std::span<const double> power, std::span<double> out) const;

 private:
  std::size_t size_ = 0;
  std::vector<double> by_source_;  // column j of C holds what wave j does to every wave
};

}  // namespace caspilink::physics
