// What may and may not be written with units: most of these tests are compilations.
#include "link_models/units.h"

#include <concepts>
#include <type_traits>

#include <gtest/gtest.h>

namespace caspilink {
namespace {

template <typename A, typename B>
concept Addable = requires(A a, B b) {
  a + b;
};
template <typename A, typename B>
concept Subtractable = requires(A a, B b) {
  a - b;
};
template <typename A, typename B>
concept Comparable = requires(A a, B b) {
  a < b;
};
template <typename A, typename B>
concept Multipliable = requires(A a, B b) {
  a* b;
};

// A level is a point.
static_assert(!Addable<Dbm, Dbm>);
static_assert(!Multipliable<Dbm, double>);
static_assert(!Multipliable<double, Dbm>);
static_assert(std::same_as<decltype(Dbm() + Db()), Dbm>);
static_assert(std::same_as<decltype(Db() + Dbm()), Dbm>);
static_assert(std::same_as<decltype(Dbm() - Db()), Dbm>);
static_assert(std::same_as<decltype(Dbm() - Dbm()), Db>);
static_assert(!Subtractable<Db, Dbm>);

// Powers add as powers, ratios as ratios, and neither as the other.
static_assert(std::same_as<decltype(Milliwatts() + Milliwatts()), Milliwatts>);
static_assert(!Addable<Milliwatts, Dbm>);
static_assert(!Addable<Milliwatts, Db>);
static_assert(!Addable<Db, Kilometers>);
static_assert(!Addable<Db, double>);
static_assert(!Comparable<Db, Dbm>);
static_assert(!Comparable<Kilometers, Hertz>);

// A coefficient becomes a loss only over a length.
static_assert(std::same_as<decltype(DbPerKm() * Kilometers()), Db>);
static_assert(!Multipliable<DbPerKm, Hertz>);
static_assert(!Addable<DbPerKm, Db>);
static_assert(!Multipliable<Db, Db>);

// No number turns into a quantity by itself, nor back.
static_assert(!std::convertible_to<double, Dbm>);
static_assert(!std::convertible_to<double, Kilometers>);
static_assert(!std::convertible_to<Dbm, double>);
static_assert(!std::convertible_to<Db, Dbm>);
static_assert(!std::convertible_to<Dbm, Milliwatts>);
static_assert(std::same_as<decltype(Hertz() / Hertz()), double>);
static_assert(std::is_trivially_copyable_v<Dbm> && sizeof(Dbm) == sizeof(double));

TEST(UnitsTest, LevelsAndPowersConvertBothWays) {
  EXPECT_DOUBLE_EQ(to_milliwatts(Dbm(0)).value(), 1.0);
  EXPECT_DOUBLE_EQ(to_milliwatts(Dbm(-30)).value(), 1e-3);
  EXPECT_NEAR(to_dbm(Milliwatts(2)).value(), 3.0103, 1e-4);
}

TEST(UnitsTest, TwoEqualPowersAreThreeDecibelsMore) {
  const Milliwatts sum = to_milliwatts(Dbm(5)) + to_milliwatts(Dbm(5));
  EXPECT_NEAR((to_dbm(sum) - Dbm(5)).value(), 3.0103, 1e-4);
}

TEST(UnitsTest, LossOverLengthIsPositive) {
  EXPECT_DOUBLE_EQ((DbPerKm(0.155) * Kilometers(76)).value(), 11.78);
}

}  // namespace
}  // namespace caspilink
