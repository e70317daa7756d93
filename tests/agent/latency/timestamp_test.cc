#include "agent/latency/timestamp.h"

#include <random>

#include <gtest/gtest.h>

namespace caspilink::latency {
namespace {

TEST(NtpTimeTest, CountsFrom1900) {
  EXPECT_EQ(NtpTime::from_unix_ns(0).bits, 2'208'988'800ULL << 32);
  EXPECT_EQ(NtpTime::from_unix_ns(500'000'000).bits, (2'208'988'800ULL << 32) + (1ULL << 31));
}

TEST(NtpTimeTest, DifferencesAreTrueToTheNanosecond) {
  std::mt19937_64 random(11);
  std::uniform_int_distribution<std::int64_t> time(0, 3'000'000'000'000'000'000);
  for (int round = 0; round < 10'000; ++round) {
    const std::int64_t a = time(random);
    const std::int64_t b =
        a + static_cast<std::int64_t>(random() % 200'000'000'000) - 100'000'000'000;
    ASSERT_EQ(NtpTime::difference_ns(NtpTime::from_unix_ns(a), NtpTime::from_unix_ns(b)), a - b);
  }
}

TEST(NtpTimeTest, DifferencesStayTrueOverTheWrapOf2036) {
  const std::int64_t wrap = (4'294'967'296 - 2'208'988'800) * 1'000'000'000;
  const auto before = NtpTime::from_unix_ns(wrap - 5'000'000);
  const auto after = NtpTime::from_unix_ns(wrap + 5'000'000);
  EXPECT_LT(after.bits, before.bits);
  EXPECT_EQ(NtpTime::difference_ns(after, before), 10'000'000);
  EXPECT_EQ(NtpTime::difference_ns(before, after), -10'000'000);
}

TEST(PtpTimeTest, DifferencesAreOfSecondsAndNanoseconds) {
  EXPECT_EQ(ptp_difference_ns(5ULL << 32 | 100, 4ULL << 32 | 999'999'900), 200);
  EXPECT_EQ(ptp_difference_ns(4ULL << 32 | 999'999'900, 5ULL << 32 | 100), -200);
  EXPECT_EQ(ptp_difference_ns(0, 0xffff'ffffULL << 32), 1'000'000'000) << "over the wrap";
}

TEST(ErrorEstimateTest, BitsAreSZScaleAndMultiplier) {
  const ErrorEstimate estimate{.synchronised = true, .scale = 5, .multiplier = 7};
  EXPECT_EQ(estimate.bits(), 0x8507);
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    ASSERT_EQ(ErrorEstimate::from_bits(static_cast<std::uint16_t>(bits)).bits(), bits);
  }
}

TEST(ErrorEstimateTest, IsNeverUnderTheErrorAndNeverOverItByMuch) {
  for (const double seconds : {1e-9, 1e-6, 20e-6, 0.001, 0.5, 1.0, 16.0, 3600.0}) {
    const auto estimate = ErrorEstimate::from_seconds(seconds, true);
    EXPECT_GE(estimate.seconds(), seconds);
    EXPECT_LE(estimate.seconds(), seconds * 1.02 + 0x1p-32) << seconds;
    EXPECT_NE(estimate.multiplier, 0);
  }
}

TEST(ErrorEstimateTest, TheMultiplierIsNeverZero) {
  EXPECT_EQ(ErrorEstimate::from_seconds(0, true).multiplier, 1);
  EXPECT_EQ(ErrorEstimate::from_seconds(-1, false).multiplier, 1);
  EXPECT_EQ(ErrorEstimate::from_seconds(1e30, false).multiplier, 255);
}

}  // namespace
}  // namespace caspilink::latency
