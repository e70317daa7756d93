// Strong unit types. A dBm level is a point and a dB figure a difference, so that
// Dbm + Db -> Dbm and Dbm - Dbm -> Db compile and Dbm + Dbm does not. Powers add in milliwatts.
#pragma once

#include <cmath>
#include <compare>

namespace caspilink {

// A quantity that adds to its own kind and scales by a plain number; Tag tells the unit.
template <typename Tag>
class Amount {
 public:
  constexpr Amount() = default;
  constexpr explicit Amount(double value) : value_(value) {}
  [[nodiscard]] constexpr double value() const { return value_; }

  constexpr Amount& operator+=(Amount other) {
    value_ += other.value_;
    return *this;
  }
  constexpr Amount& operator-=(Amount other) {
    value_ -= other.value_;
    return *this;
  }
  constexpr Amount& operator*=(double factor) {
    value_ *= factor;
    return *this;
  }

  friend constexpr Amount operator+(Amount a, Amount b) { return Amount(a.value_ + b.value_); }
  friend constexpr Amount operator-(Amount a, Amount b) { return Amount(a.value_ - b.value_); }
  friend constexpr Amount operator-(Amount a) { return Amount(-a.value_); }
  friend constexpr Amount operator*(Amount a, double k) { return Amount(a.value_ * k); }
  friend constexpr Amount operator*(double k, Amount a) { return Amount(a.value_ * k); }
  friend constexpr Amount operator/(Amount a, double k) { return Amount(a.value_ / k); }
  friend constexpr double operator/(Amount a, Amount b) { return a.value_ / b.value_; }
  friend constexpr auto operator<=>(Amount, Amount) = default;

 private:
  double value_ = 0;
};

using Db = Amount<struct DbTag>;  // a ratio, 10 log10
using Milliwatts = Amount<struct MilliwattsTag>;
using Kilometers = Amount<struct KilometersTag>;
using Hertz = Amount<struct HertzTag>;
using Seconds = Amount<struct SecondsTag>;
using DbPerKm = Amount<struct DbPerKmTag>;
using PsPerNm = Amount<struct PsPerNmTag>;        // accumulated chromatic dispersion
using PsPerNmKm = Amount<struct PsPerNmKmTag>;    // dispersion coefficient
using PsPerNm2Km = Amount<struct PsPerNm2KmTag>;  // dispersion slope
using Picoseconds = Amount<struct PicosecondsTag>;
using PsPerSqrtKm = Amount<struct PsPerSqrtKmTag>;  // PMD coefficient
using SquareMicrometers = Amount<struct SquareMicrometersTag>;
using SquareMetersPerWatt = Amount<struct SquareMetersPerWattTag>;  // nonlinear refractive index
using BitsPerSecond = Amount<struct BitsPerSecondTag>;

// A power level, 10 log10 of milliwatts: a point, not a difference.
class Dbm {
 public:
  constexpr Dbm() = default;
  constexpr explicit Dbm(double value) : value_(value) {}
  [[nodiscard]] constexpr double value() const { return value_; }

  friend constexpr Dbm operator+(Dbm level, Db gain) { return Dbm(level.value_ + gain.value()); }
  friend constexpr Dbm operator+(Db gain, Dbm level) { return level + gain; }
  friend constexpr Dbm operator-(Dbm level, Db loss) { return Dbm(level.value_ - loss.value()); }
  friend constexpr Db operator-(Dbm a, Dbm b) { return Db(a.value_ - b.value_); }
  friend constexpr auto operator<=>(Dbm, Dbm) = default;

 private:
  double value_ = 0;
};

constexpr Db operator*(DbPerKm coefficient, Kilometers length) {
  return Db(coefficient.value() * length.value());
}
constexpr Db operator*(Kilometers length, DbPerKm coefficient) { return coefficient * length; }

[[nodiscard]] inline Milliwatts to_milliwatts(Dbm level) {
  return Milliwatts(std::pow(10.0, level.value() / 10.0));
}
// Requires power > 0; no light has no level in dBm.
[[nodiscard]] inline Dbm to_dbm(Milliwatts power) { return Dbm(10.0 * std::log10(power.value())); }
[[nodiscard]] inline double to_linear(Db ratio) { return std::pow(10.0, ratio.value() / 10.0); }
// Requires ratio > 0.
[[nodiscard]] inline Db to_db(double ratio) { return Db(10.0 * std::log10(ratio)); }

namespace constants {
inline constexpr double kSpeedOfLight = 299'792'458.0;   // m/s, exact (SI)
inline constexpr double kPlanck = 6.62607015e-34;        // J s, exact (SI)
inline constexpr Hertz kOsnrReferenceBandwidth{12.5e9};  // "0.1 nm", as the field rounds it
}  // namespace constants

}  // namespace caspilink
