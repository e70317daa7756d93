// The kernels built three ways, for any processor, without vectors and for AVX2 with fused
// multiply-add, each as a program of its own.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/paths.h"

namespace caspilink::physics {
namespace {

using Figures = std::vector<std::pair<std::string, double>>;

Figures figures_of(const std::string& build) {
  const std::string program = caspilink::test::binary_dir() + "/bin/kernel_figures_" + build;
  std::FILE* const pipe = ::popen(program.c_str(), "r");
  Figures figures;
  char name[32];
  char figure[64];
  while (pipe != nullptr && std::fscanf(pipe, "%31s %63s", name, figure) == 2) {
    figures.emplace_back(name, std::strtod(figure, nullptr));
  }
  EXPECT_EQ(::pclose(pipe), 0) << program;
  EXPECT_GT(figures.size(), 1000U);
  return figures;
}

double largest_difference(const Figures& a, const Figures& b) {
  EXPECT_EQ(a.size(), b.size());
  double most = 0;
  for (std::size_t k = 0; k < std::min(a.size(), b.size()); ++k) {
    EXPECT_EQ(a[k].first, b[k].first);
    EXPECT_GT(a[k].second, 0) << a[k].first;
    most = std::max(most, std::abs(b[k].second / a[k].second - 1));
  }
  return most;
}

TEST(VectorBuildsTest, WithAndWithoutVectorsAgreeToTheLastBit) {
  EXPECT_EQ(largest_difference(figures_of("scalar"), figures_of("default")), 0);
}

TEST(VectorBuildsTest, FusedMultiplyAddAgreesTo1e12) {
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) {
    GTEST_SKIP() << "this processor has neither AVX2 nor FMA";
  }
  EXPECT_LT(largest_difference(figures_of("scalar"), figures_of("avx2_fma")), 1e-12);
#else
  GTEST_SKIP() << "built for x86-64 alone";
#endif
}

}  // namespace
}  // namespace caspilink::physics
