#include "agent/latency/session.h"

#include <array>
#include <random>

#include <gtest/gtest.h>

namespace caspilink::latency {
namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kSecond = 1000 * kMs;
constexpr std::int64_t kStart = 1'700'000'000 * kSecond;

// A path with its own delays, and a reflector whose clock is off by so much.
class SessionTest : public testing::Test {
 protected:
  std::array<std::byte, kPacketSize> reply_to(const SenderPacket& probe, std::int64_t sent_at) {
    const std::int64_t received = sent_at + outbound_ + offset_;
    ReflectorPacket reply{.sequence = probe.sequence,
                          .sent = NtpTime::from_unix_ns(kStart + received + reflecting_),
                          .error = peer_error_,
                          .session = probe.session,
                          .received = NtpTime::from_unix_ns(kStart + received),
                          .sender = probe};
    std::array<std::byte, kPacketSize> bytes;
    encode(reply, bytes);
    return bytes;
  }

  SenderPacket send(std::int64_t at) { return session_.send(kStart + at, at, own_error_); }

  // Sends at `at` and receives the answer when it comes.
  void probe(std::int64_t at) {
    const SenderPacket sent = send(at);
    const std::int64_t back = at + outbound_ + reflecting_ + inbound_;
    session_.receive(reply_to(sent, at), kStart + back, back);
  }

  std::int64_t outbound_ = 2 * kMs;
  std::int64_t inbound_ = 3 * kMs;
  std::int64_t reflecting_ = 7 * kMs;
  std::int64_t offset_ = 0;
  ErrorEstimate own_error_ = ErrorEstimate::from_seconds(0.001, true);
  ErrorEstimate peer_error_ = ErrorEstimate::from_seconds(0.002, true);
  Session session_{kSecond, 5};
};

TEST_F(SessionTest, NumbersItsProbesFromZeroAndNamesItsSession) {
  EXPECT_EQ(send(0).sequence, 0U);
  const auto second = send(1);
  EXPECT_EQ(second.sequence, 1U);
  EXPECT_EQ(second.session, 5U);
  session_.expire(10 * kSecond);
  EXPECT_EQ(send(10 * kSecond).sequence, 2U);
}

TEST_F(SessionTest, TheReflectorsOwnTimeIsTakenOut) {
  probe(0);
  const auto report = session_.report();
  ASSERT_TRUE(report && report->delays);
  EXPECT_EQ(report->delays->round_trip_median_ns, 5 * kMs);
  EXPECT_EQ(report->delays->outbound_median_ns, 2 * kMs);
  EXPECT_EQ(report->delays->inbound_median_ns, 3 * kMs);
  EXPECT_TRUE(report->delays->synchronised);
  EXPECT_NEAR(report->delays->error_bound_s, 0.003, 1e-4);
}

TEST_F(SessionTest, AClockThatIsOffShowsInOneWayDelaysAloneWithItsSign) {
  offset_ = -40 * kMs;
  probe(0);
  const auto report = session_.report();
  EXPECT_EQ(report->delays->round_trip_median_ns, 5 * kMs);
  EXPECT_EQ(report->delays->outbound_median_ns, -38 * kMs);
  EXPECT_EQ(report->delays->inbound_median_ns, 43 * kMs);
}

TEST_F(SessionTest, AStepOfThisStationsClockDoesNotBendTheRoundTrip) {
  const SenderPacket sent = send(0);
  session_.receive(reply_to(sent, 0), kStart + 3600 * kSecond, 12 * kMs);
  EXPECT_EQ(session_.report()->delays->round_trip_median_ns, 5 * kMs);
}

TEST_F(SessionTest, MediansAndVariationAreOfTheWholeInterval) {
  for (int index = 0; index < 100; ++index) {
    outbound_ = (index + 1) * kMs;
    probe(index * 10 * kMs);
  }
  const auto report = session_.report();
  EXPECT_EQ(report->answered, 100U);
  EXPECT_EQ(report->delays->round_trip_minimum_ns, 4 * kMs);
  EXPECT_EQ(report->delays->round_trip_median_ns, 53 * kMs);
  EXPECT_EQ(report->delays->variation_ns, 94 * kMs);
}

TEST_F(SessionTest, ProbesWithoutAnAnswerAreLostWhenTheirTimeIsOver) {
  probe(0);
  (void)send(100 * kMs);
  session_.expire(kSecond);
  EXPECT_EQ(session_.report()->lost, 0U) << "it may still come";
  session_.expire(1100 * kMs);
  const auto report = session_.report();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->lost, 1U);
  EXPECT_EQ(report->loss(), 1.0);
  EXPECT_FALSE(report->delays) << "no answer, no delay";
}

TEST_F(SessionTest, LossIsTheShareOfWhatWasSettled) {
  for (int index = 0; index < 3; ++index) probe(index);
  (void)send(3);
  session_.expire(5 * kSecond);
  EXPECT_EQ(session_.report()->loss(), 0.25);
}

TEST_F(SessionTest, NothingSettledIsNoReport) {
  EXPECT_FALSE(session_.report());
  (void)send(0);
  EXPECT_FALSE(session_.report());
  probe(1);
  EXPECT_TRUE(session_.report());
  EXPECT_FALSE(session_.report()) << "a report is of its interval";
}

TEST_F(SessionTest, ASecondAnswerIsADuplicate) {
  const SenderPacket sent = send(0);
  session_.receive(reply_to(sent, 0), kStart, 12 * kMs);
  session_.receive(reply_to(sent, 0), kStart, 13 * kMs);
  EXPECT_EQ(session_.counts().answered, 1U);
  EXPECT_EQ(session_.counts().duplicates, 1U);
}

TEST_F(SessionTest, AnAnswerAfterItsTimeoutIsUnexpected) {
  const SenderPacket sent = send(0);
  session_.expire(2 * kSecond);
  session_.receive(reply_to(sent, 0), kStart, 2 * kSecond);
  EXPECT_EQ(session_.counts().unexpected, 1U);
  EXPECT_EQ(session_.counts().lost, 1U);
}

TEST_F(SessionTest, AnAnswerThatDoesNotKnowTheProbesTimeIsNotOurs) {
  SenderPacket sent = send(0);
  sent.sent.bits ^= 1;
  session_.receive(reply_to(sent, 0), kStart, 12 * kMs);
  sent = send(1);
  sent.sequence += 1000;
  session_.receive(reply_to(sent, 0), kStart, 12 * kMs);
  EXPECT_EQ(session_.counts().unexpected, 2U);
  EXPECT_EQ(session_.counts().answered, 0U);
}

TEST_F(SessionTest, TimesThatCannotBeAreCountedAndNotReported) {
  const SenderPacket sent = send(0);
  reflecting_ = -kMs;
  session_.receive(reply_to(sent, 0), kStart, 12 * kMs);
  reflecting_ = 500 * kMs;  // longer than the whole round trip took
  session_.receive(reply_to(sent, 0), kStart, 12 * kMs);
  EXPECT_EQ(session_.counts().implausible, 2U);
  EXPECT_FALSE(session_.report());
}

TEST_F(SessionTest, APeerWithPtpTimesGivesARoundTripAndNoOneWayDelay) {
  peer_error_.ptp_format = true;
  probe(0);
  EXPECT_FALSE(session_.report()->delays->one_way);
  peer_error_.ptp_format = false;
  probe(kMs);
  EXPECT_TRUE(session_.report()->delays->one_way);
}

TEST_F(SessionTest, AnUnsynchronisedClockIsSaid) {
  peer_error_.synchronised = false;
  probe(0);
  EXPECT_FALSE(session_.report()->delays->synchronised);
}

TEST_F(SessionTest, ReorderedAnswersAreMatchedToTheirProbes) {
  const SenderPacket first = send(0);
  const SenderPacket second = send(10 * kMs);
  session_.receive(reply_to(second, 10 * kMs), kStart, 22 * kMs);
  session_.receive(reply_to(first, 0), kStart, 30 * kMs);
  const auto report = session_.report();
  EXPECT_EQ(report->answered, 2U);
  EXPECT_EQ(report->delays->round_trip_minimum_ns, 5 * kMs);
}

TEST_F(SessionTest, NoiseIsNoAnswer) {
  std::mt19937 random(9);
  (void)send(0);
  for (int round = 0; round < 5000; ++round) {
    std::vector<std::byte> noise(random() % 100);
    for (std::byte& byte : noise) byte = static_cast<std::byte>(random());
    session_.receive(noise, kStart, round);
  }
  EXPECT_EQ(session_.counts().answered, 0U);
  EXPECT_EQ(session_.counts().unexpected, 5000U);
}

}  // namespace
}  // namespace caspilink::latency
