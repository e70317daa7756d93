// Transceivers: back-to-back curves, penalties, and what they do not allow for.
#include "link_models/budget/receiver.h"

#include <cmath>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "link_models/physics/q_factor.h"

namespace caspilink::budget {
namespace {

using testing::HasSubstr;

plant::TransceiverMode mode() {
  plant::TransceiverMode result;
  result.name = std::string("m");  // gcc 12 sees an overlap in assigning the literal
  result.format = plant::ModulationFormat::kDpQpsk;
  result.baud_rate = Hertz(32e9);
  result.fec_ber_threshold = 2e-2;
  return result;
}

Arriving at_osnr(double db) {
  Arriving arriving;
  arriving.baud_rate = Hertz(32e9);
  arriving.gsnr = to_linear(Db(db) - physics::to_reference_bandwidth(Db(0), arriving.baud_rate));
  return arriving;
}

Reception receive(const plant::TransceiverMode& m, const Arriving& arriving) {
  const auto receiver = Receiver::of(m, {});
  EXPECT_TRUE(receiver);
  return receiver->receive(arriving);
}

TEST(ReceiverTest, AnIdealFormatNeedsItsOsnr) {
  const Reception reception = receive(mode(), at_osnr(10.333));
  EXPECT_NEAR(physics::ber_from_q(reception.q), 2e-2, 1e-5);
  EXPECT_EQ(reception.infeasible, "");
}

TEST(ReceiverTest, RequiredOsnrJustGivesTheFecsBer) {
  plant::TransceiverMode m = mode();
  m.required_osnr_01nm = Db(12.5);
  EXPECT_NEAR(physics::ber_from_q(receive(m, at_osnr(12.5)).q), 2e-2, 1e-9);
  EXPECT_LT(receive(m, at_osnr(12)).q, receive(m, at_osnr(12.5)).q);
}

TEST(ReceiverTest, RequiredOsnrBelowTheIdealIsRefused) {
  plant::TransceiverMode m = mode();
  m.required_osnr_01nm = Db(10);
  const auto receiver = Receiver::of(m, {});
  ASSERT_FALSE(receiver);
  EXPECT_THAT(receiver.error().message(),
              HasSubstr("mode m: expected a required OSNR of at least 10.333 dB"));
}

TEST(ReceiverTest, TransmitterOsnrAddsItsNoise) {
  plant::TransceiverMode m = mode();
  m.transmitter_osnr_01nm = Db(20);
  EXPECT_NEAR(receive(m, at_osnr(20)).q.value(), receive(mode(), at_osnr(20)).q.value() - 3.0103,
              1e-4);
}

TEST(ReceiverTest, BackToBackCurveIsStraightInQAndEndsBelow) {
  plant::TransceiverMode m = mode();
  m.back_to_back = {{Db(11), 3e-2}, {Db(13), 1e-2}, {Db(20), 1e-6}};
  const Db middle = (physics::q_from_ber(3e-2) + physics::q_from_ber(1e-2)) / 2;
  EXPECT_NEAR(receive(m, at_osnr(12)).q.value(), middle.value(), 1e-9);
  EXPECT_NEAR(physics::ber_from_q(receive(m, at_osnr(13)).q), 1e-2, 1e-9);
  EXPECT_NEAR(physics::ber_from_q(receive(m, at_osnr(35)).q), 1e-6, 1e-12);
  const Reception below = receive(m, at_osnr(10.5));
  EXPECT_TRUE(std::isinf(below.q.value()));
  EXPECT_EQ(below.infeasible, "OSNR of 10.50 dB is below the back-to-back table of mode m");
}

TEST(ReceiverTest, PenaltiesAddUpAndEndWithTheirTables) {
  plant::TransceiverMode m = mode();
  m.penalties.chromatic_dispersion = {{4000, Db(0)}, {20000, Db(1)}};
  m.penalties.pmd = {{10, Db(0.5)}};
  Arriving arriving = at_osnr(15);
  arriving.chromatic_dispersion = PsPerNm(12000);
  arriving.pmd = Picoseconds(5);
  const Reception reception = receive(m, arriving);
  EXPECT_NEAR(reception.penalty.value(), 0.5 + 0.25, 1e-12);
  EXPECT_NEAR(reception.q.value(), receive(mode(), at_osnr(14.25)).q.value(), 1e-9);
  arriving.pmd = Picoseconds(10.5);
  EXPECT_EQ(receive(m, arriving).infeasible,
            "PMD of 10.5 ps is outside the penalty table of mode m");
  arriving.pmd = Picoseconds(0);
  arriving.chromatic_dispersion = PsPerNm(-1);  // no table says what compensation too far costs
  EXPECT_THAT(receive(m, arriving).infeasible, HasSubstr("chromatic dispersion of -1 ps/nm"));
}

TEST(ReceiverTest, TablesMayReachBelowZero) {
  plant::TransceiverMode m = mode();
  m.penalties.chromatic_dispersion = {{-1000, Db(1)}, {1000, Db(1)}};
  Arriving arriving = at_osnr(15);
  arriving.chromatic_dispersion = PsPerNm(-1000);
  EXPECT_EQ(receive(m, arriving).penalty, Db(1));
  arriving.chromatic_dispersion = PsPerNm(-1001);
  EXPECT_NE(receive(m, arriving).infeasible, "");
}

}  // namespace
}  // namespace caspilink::budget
