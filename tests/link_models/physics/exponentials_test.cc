#include "link_models/physics/exponentials.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace caspilink::physics {
namespace {

TEST(ExponentialsTest, AreTheLibrarysToTwoRoundings) {
  std::vector<double> x{0.0, -0.0, 700, -700, 1e-300, -1e-9, 0.5 * std::log(2), -0.5 * std::log(2)};
  for (double at = -699.9; at < 700; at += 0.0371) x.push_back(at);
  std::vector<double> found(x.size());
  exponentials(x, found);
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(found[i] / std::exp(x[i]), 1, 4.5e-16) << x[i];
  }
}

TEST(ExponentialsTest, EndAtTheRangesEnds) {
  std::vector<double> x{-1e6, -HUGE_VAL, 1e6, HUGE_VAL};
  exponentials(x, x);
  for (const double low : {x[0], x[1]}) EXPECT_NEAR(low / std::exp(-700), 1, 1e-15);
  for (const double high : {x[2], x[3]}) EXPECT_NEAR(high / std::exp(700), 1, 1e-15);
}

}  // namespace
}  // namespace caspilink::physics
