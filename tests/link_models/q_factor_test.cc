#include "link_models/physics/q_factor.h"

#include <cmath>

#include <gtest/gtest.h>

namespace caspilink::physics {
namespace {

using plant::ModulationFormat;

struct QOfBer {
  double ber;
  double q_db;
};

class QFactorTest : public testing::TestWithParam<QOfBer> {};

TEST_P(QFactorTest, QAndBerAreOneFigure) {
  EXPECT_NEAR(q_from_ber(GetParam().ber).value(), GetParam().q_db, 5e-5);
  EXPECT_NEAR(ber_from_q(q_from_ber(GetParam().ber)) / GetParam().ber, 1.0, 1e-12);
}

INSTANTIATE_TEST_SUITE_P(Reference, QFactorTest,
                         testing::Values(QOfBer{1e-3, 9.7998}, QOfBer{3.8e-3, 8.5281},
                                         QOfBer{2e-2, 6.2509}, QOfBer{3.4e-2, 5.2253},
                                         QOfBer{1e-12, 16.9446}));

TEST(RequiredOsnrTest, AtThirtyTwoGigabaudAndTwoPercent) {
  const auto required = [](ModulationFormat format, double ber, double baud) {
    return to_reference_bandwidth(to_db(required_snr(format, ber)), Hertz(baud)).value();
  };
  EXPECT_NEAR(required(ModulationFormat::kDpQpsk, 2e-2, 32e9), 10.333, 5e-4);
  EXPECT_NEAR(required(ModulationFormat::kDp16Qam, 2e-2, 32e9), 16.793, 5e-4);
  EXPECT_NEAR(required(ModulationFormat::kDp16Qam, 1e-3, 28e9), 20.045, 5e-4);
}

TEST(QFactorOfSnrTest, QpskQIsItsSnr) {
  EXPECT_NEAR(q_from_snr(ModulationFormat::kDpQpsk, to_linear(Db(11))).value(), 11.0, 1e-12);
}

TEST(QFactorOfSnrTest, SixteenQamAgreesWithItsErrorRatio) {
  for (const double snr_db : {0.0, 8.0, 15.0, 22.0, 30.0}) {
    const double snr = to_linear(Db(snr_db));
    const double ber = bit_error_ratio(ModulationFormat::kDp16Qam, snr);
    EXPECT_NEAR(q_from_snr(ModulationFormat::kDp16Qam, snr).value(), q_from_ber(ber).value(), 1e-9)
        << snr_db;
  }
}

TEST(QFactorOfSnrTest, QRisesOnWhereErrorsUnderflow) {
  double before = -100;
  for (double snr_db = -10; snr_db <= 60; snr_db += 0.25) {
    const Db q = q_from_snr(ModulationFormat::kDp16Qam, to_linear(Db(snr_db)));
    ASSERT_TRUE(std::isfinite(q.value())) << snr_db;
    ASSERT_GT(q.value(), before) << snr_db;
    before = q.value();
  }
}

TEST(InverseErfcTest, UndoesErfcOverItsWholeRange) {
  for (const double x : {-3.0, -1.0, -0.1, 1e-3, 0.5, 2.0, 5.0, 15.0, 25.0}) {
    EXPECT_NEAR(inverse_erfc(std::erfc(x)), x, 1e-12 + 1e-9 * std::abs(x)) << x;
  }
}

TEST(CombineQTest, LineAndTerminalAddInQuadrature) {
  EXPECT_NEAR(combine_q(Db(14), Db(16)).value(), 11.8756, 5e-5);
}

}  // namespace
}  // namespace caspilink::physics
