#include "agent/latency/session.h"

#include <optional>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace caspilink::latency {
namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kSecond = 1000 * kMs;
constexpr std::int64_t kStart = 1'700'000'000 * kSecond;

// A path with its own delays, and a reflector whose clock is off by so much.
class SessionTest : public testing::Test {
 protected:
  // In the format the peer stamps with.
  NtpTime peer_time(std::int64_t unix_ns) const {
    if (!peer_error_.ptp_format) return NtpTime::from_unix_ns(unix_ns);
    return {static_cast<std::uint64_t>(unix_ns / kSecond) << 32 |
            static_cast<std::uint64_t>(unix_ns % kSecond)};
  }

  // The answer to a probe that left at `sent_at`.
  std::vector<std::byte> reply_to(std::span<const std::byte> datagram, std::int64_t sent_at) {
    const SenderPacket probe = *decode_sender(datagram);
    const std::int64_t received = sent_at + outbound_ + offset_;
    ReflectorPacket reply{.sequence = number_.value_or(probe.sequence),
                          .sent = peer_time(kStart + received + reflecting_),
                          .error = peer_error_,
                          .session = probe.session,
                          .received = peer_time(kStart + received),
                          .sender = probe,
                          .sender_ttl = outbound_ttl_};
    std::vector<std::byte> bytes(kPacketSize);
    encode(reply, bytes);
    bytes.insert(bytes.end(), tlvs_.begin(), tlvs_.end());
    return bytes;
  }

  // This station's clocks at steady time `at`.
  Moment moment(std::int64_t at) const { return {.unix_ns = kStart + wall_ + at, .steady_ns = at}; }

  std::vector<std::byte> send(std::int64_t at) { return session_.send(moment(at), own_error_); }
  void receive(std::span<const std::byte> bytes, std::int64_t at) {
    session_.receive(bytes, {.read = moment(at), .ttl = inbound_ttl_});
  }

  // Sends at `at` and receives the answer when it comes.
  void probe(std::int64_t at) {
    const auto sent = send(at);
    receive(reply_to(sent, at), at + outbound_ + reflecting_ + inbound_);
  }

  std::int64_t outbound_ = 2 * kMs;
  std::int64_t inbound_ = 3 * kMs;
  std::int64_t reflecting_ = 7 * kMs;
  std::int64_t offset_ = 0;
  ErrorEstimate own_error_ = ErrorEstimate::from_seconds(0.001, true);
  ErrorEstimate peer_error_ = ErrorEstimate::from_seconds(0.002, true);
  std::int64_t wall_ = 0;                // by which this station's wall clock was set
  std::optional<std::uint32_t> number_;  // the reflector's; without: the probe's
  std::uint8_t outbound_ttl_ = 0;
  std::uint8_t inbound_ttl_ = 0;
  std::vector<std::byte> tlvs_;
  Session session_{{.id = 5, .timeout_ns = kSecond}};
};

TEST_F(SessionTest, NumbersItsProbesFromZeroAndNamesItsSession) {
  EXPECT_EQ(decode_sender(send(0))->sequence, 0U);
  const auto second = *decode_sender(send(1));
  EXPECT_EQ(second.sequence, 1U);
  EXPECT_EQ(second.session, 5U);
  session_.wake(10 * kSecond);
  EXPECT_EQ(decode_sender(send(10 * kSecond))->sequence, 2U);
}

TEST_F(SessionTest, TheReflectorsOwnTimeIsTakenOut) {
  probe(0);
  const auto report = session_.report();
  ASSERT_TRUE(report && report->round_trip && report->outbound);
  EXPECT_EQ(report->round_trip->median, 5 * kMs);
  EXPECT_EQ(report->outbound->median, 2 * kMs);
  EXPECT_EQ(report->inbound->median, 3 * kMs);
  EXPECT_TRUE(report->synchronised);
  EXPECT_NEAR(report->error_bound_s, 0.003, 1e-4);
}

TEST_F(SessionTest, AClockThatIsOffShowsInOneWayDelaysAloneWithItsSign) {
  peer_error_ = ErrorEstimate::from_seconds(0.1, true);
  offset_ = -40 * kMs;
  probe(0);
  const auto report = session_.report();
  EXPECT_EQ(report->round_trip->median, 5 * kMs);
  EXPECT_EQ(report->outbound->median, -38 * kMs);
  EXPECT_EQ(report->inbound->median, 43 * kMs);
  EXPECT_TRUE(report->synchronised);
}

TEST_F(SessionTest, AClockOffByMoreThanItsErrorIsNotSynchronisedWhateverItSays) {
  for (const std::int64_t off : {3600 * kSecond, -3600 * kSecond, 1 * kSecond, -40 * kMs}) {
    offset_ = off;
    probe(session_.counts().sent * 10 * kMs);
    const auto report = session_.report();
    EXPECT_EQ(report->round_trip->median, 5 * kMs);
    EXPECT_FALSE(report->synchronised);
    EXPECT_FALSE(report->outbound || report->inbound) << "no delay that cannot be";
  }
  EXPECT_EQ(session_.counts().clock_conflicts, 4U);
}

TEST_F(SessionTest, AnErrorEstimateOfNothingMakesNoOneWayDelay) {
  peer_error_.multiplier = 0;
  probe(0);
  const auto report = session_.report();
  EXPECT_TRUE(report->round_trip);
  EXPECT_FALSE(report->outbound);
  EXPECT_FALSE(report->synchronised);
}

TEST_F(SessionTest, AnErrorEstimateOfYearsMakesNoOneWayDelay) {
  peer_error_ = {.synchronised = true, .scale = 63, .multiplier = 255};
  probe(0);
  const auto report = session_.report();
  EXPECT_EQ(report->round_trip->median, 5 * kMs);
  EXPECT_FALSE(report->outbound || report->inbound);
  EXPECT_FALSE(report->synchronised);
}

// An hour either way, and a leap second's repeated or left out second.
TEST_F(SessionTest, AStepOfThisStationsClockDoesNotBendTheRoundTrip) {
  for (const std::int64_t step : {3600 * kSecond, -3600 * kSecond, kSecond, -kSecond}) {
    wall_ = 0;
    const std::int64_t at = static_cast<std::int64_t>(session_.counts().sent) * 100 * kMs;
    const auto sent = send(at);
    const auto bytes = reply_to(sent, at);
    wall_ = step;
    session_.receive(bytes, {.read = moment(at + 12 * kMs),
                             .stamps = {.software_unix_ns = kStart + at + 12 * kMs}});
    const auto report = session_.report();
    ASSERT_TRUE(report && report->round_trip);
    EXPECT_EQ(report->round_trip->median, 5 * kMs);
    EXPECT_FALSE(report->synchronised);
    EXPECT_FALSE(report->outbound || report->inbound);
  }
  EXPECT_EQ(session_.counts().clock_steps, 4U);
}

TEST_F(SessionTest, AStepOfThePeersClockWhileItHoldsAProbeIsImplausible) {
  for (const std::int64_t step : {3600 * kSecond, -3600 * kSecond, kSecond, -kSecond}) {
    reflecting_ = step;
    const auto sent = send(0);
    receive(reply_to(sent, 0), 12 * kMs);
  }
  EXPECT_EQ(session_.counts().implausible, 4U);
  EXPECT_FALSE(session_.report());
}

TEST_F(SessionTest, TheKernelsStampsStandInForThisPrograms) {
  const auto sent = send(0);
  session_.sent(0, {.software_unix_ns = kStart + 30'000}, moment(40'000));
  // Read 100 us after it came.
  session_.receive(reply_to(sent, 30'000),
                   {.read = moment(12 * kMs + 130'000),
                    .stamps = {.software_unix_ns = kStart + 12 * kMs + 30'000}});
  const auto report = session_.report();
  EXPECT_EQ(report->round_trip->median, 5 * kMs);
  EXPECT_EQ(report->outbound->median, 2 * kMs);
  EXPECT_EQ(report->inbound->median, 3 * kMs);
  EXPECT_EQ(session_.counts().stamped_by_kernel, 1U);
}

TEST_F(SessionTest, AStampOfOneSideAloneIsNotUsed) {
  const auto sent = send(0);
  session_.receive(reply_to(sent, 0),
                   {.read = moment(12 * kMs), .stamps = {.software_unix_ns = kStart + 11 * kMs}});
  EXPECT_EQ(session_.report()->round_trip->median, 5 * kMs);
  EXPECT_EQ(session_.counts().stamped_by_user, 1U);
}

TEST_F(SessionTest, ASendTimeBeforeTheProbeWasMadeIsAnotherPackets) {
  const auto sent = send(kMs);
  session_.sent(0, {.software_unix_ns = kStart}, moment(2 * kMs));
  session_.receive(reply_to(sent, kMs),
                   {.read = moment(13 * kMs), .stamps = {.software_unix_ns = kStart + 13 * kMs}});
  EXPECT_EQ(session_.counts().stamped_by_user, 1U);
}

TEST_F(SessionTest, TheInterfacesOwnStampsMakeTheRoundTrip) {
  const auto sent = send(0);
  session_.sent(0, {.software_unix_ns = kStart + 5'000, .hardware_ns = 500}, moment(40'000));
  session_.receive(reply_to(sent, 0), {.read = moment(12 * kMs + 9'000),
                                       .stamps = {.software_unix_ns = kStart + 12 * kMs + 1'000,
                                                  .hardware_ns = 500 + 12 * kMs}});
  EXPECT_EQ(session_.report()->round_trip->median, 5 * kMs);
  EXPECT_EQ(session_.counts().stamped_by_hardware, 1U);
}

std::vector<std::byte> follow_up(std::uint32_t sequence, std::int64_t unix_ns) {
  auto tlvs = make_tlvs({.follow_up = true}, nullptr, 0);
  (void)answer_tlvs(tlvs,
                    {.follow_up = {.sequence = sequence,
                                   .sent = NtpTime::from_unix_ns(unix_ns),
                                   .method = StampMethod::kSoftware}},
                    false);
  return tlvs;
}

TEST_F(SessionTest, AFollowUpSaysWhenTheAnswerBeforeReallyLeft) {
  tlvs_ = follow_up(99, 0);
  probe(0);
  EXPECT_FALSE(session_.report()) << "its answer's leaving is still to be told";
  // It left 40 us after the time it bears, which was way back that looked longer.
  tlvs_ = follow_up(0, kStart + outbound_ + reflecting_ + 40'000);
  probe(100 * kMs);
  auto report = session_.report();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->answered, 1U);
  EXPECT_EQ(report->round_trip->median, 5 * kMs - 40'000);
  EXPECT_EQ(report->inbound->median, 3 * kMs - 40'000);
  EXPECT_EQ(session_.counts().followed_up, 1U);
  // The second is never followed up: it counts as it is when its time is over.
  session_.wake(2 * kSecond);
  report = session_.report();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->round_trip->median, 5 * kMs);
  EXPECT_EQ(report->lost, 0U);
}

TEST_F(SessionTest, AFollowUpThatCannotBeIsNotBelieved) {
  for (const std::int64_t off : {-3600 * kSecond, -kMs, 5 * kSecond}) {
    Session session{{.timeout_ns = kSecond}};
    for (std::uint32_t index = 0; index < 2; ++index) {
      tlvs_ = follow_up(0, kStart + outbound_ + reflecting_ + off);
      const std::int64_t at = index * 100 * kMs;
      const auto sent = session.send(moment(at), own_error_);
      session.receive(reply_to(sent, at), {.read = moment(at + 12 * kMs)});
    }
    EXPECT_EQ(session.report()->round_trip->median, 5 * kMs) << off;
    EXPECT_EQ(session.counts().followed_up, 0U);
  }
}

// What waited in the kernel until somebody came by has a time of arrival only by its stamp.
TEST_F(SessionTest, AnAnswerThatWaitedIsMeasuredByTheKernelsStampsOrNotAtAll) {
  const auto exchange = [&](std::int64_t at, bool stamped) {
    const auto sent = send(at);
    const std::int64_t arrived = at + outbound_ + reflecting_ + inbound_;
    const Moment read = moment(at + 200 * kMs);
    Arrival arrival{.read = read, .waited = true};
    session_.sent(session_.last_sequence(), {.software_unix_ns = kStart + at}, read);
    if (stamped) arrival.stamps.software_unix_ns = kStart + arrived;
    session_.receive(reply_to(sent, at), arrival);
  };
  exchange(0, true);
  EXPECT_TRUE(session_.stamped_by_kernel());
  EXPECT_EQ(session_.report()->round_trip->median, 5 * kMs);

  exchange(kSecond, false);
  EXPECT_FALSE(session_.stamped_by_kernel());
  EXPECT_FALSE(session_.report());
  EXPECT_EQ(session_.counts().suspended, 1U);
}

// The wall clock is set while an answer waits: its stamp is of the clock before.
TEST_F(SessionTest, AStepWhileAnAnswerWaitedLeavesItUnmeasured) {
  const auto sent = send(0);
  session_.sent(0, {.software_unix_ns = kStart}, moment(kMs));
  wall_ = -3600 * kSecond;
  session_.receive(reply_to(sent, 0), {.read = moment(200 * kMs),
                                       .waited = true,
                                       .stamps = {.software_unix_ns = kStart + 12 * kMs}});
  EXPECT_FALSE(session_.report());
  EXPECT_EQ(session_.counts().suspended, 1U);
  EXPECT_EQ(session_.counts().clock_steps, 1U);
}

// A process that was stopped (SIGSTOP, a virtual machine moved) reads late what came in time.
TEST_F(SessionTest, WhatWasUnderWayDuringASuspensionIsNeitherLostNorSlow) {
  session_.wake(0);
  const auto first = send(0);
  (void)send(kMs);
  // Ten seconds nothing ran. The socket holds the first's answer, without a kernel's stamp.
  session_.receive(reply_to(first, 0), {.read = moment(10 * kSecond)});
  session_.wake(10 * kSecond);
  session_.wake(11 * kSecond);
  EXPECT_FALSE(session_.report());
  EXPECT_EQ(session_.counts().suspended, 2U);
  EXPECT_EQ(session_.counts().lost, 0U);
  EXPECT_EQ(session_.counts().answered, 0U);
}

TEST_F(SessionTest, AKernelsStampIsTrueHoweverLateItIsRead) {
  session_.wake(0);
  const auto sent = send(0);
  session_.sent(0, {.software_unix_ns = kStart}, moment(1'000));
  session_.receive(reply_to(sent, 0), {.read = moment(10 * kSecond),
                                       .stamps = {.software_unix_ns = kStart + 12 * kMs}});
  session_.wake(10 * kSecond);
  const auto report = session_.report();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->round_trip->maximum, 5 * kMs);
  EXPECT_EQ(report->lost, 0U);
}

TEST_F(SessionTest, TtlsTellHopsAndChanges) {
  outbound_ttl_ = 250;
  inbound_ttl_ = 60;
  probe(0);
  const auto report = session_.report();
  EXPECT_EQ(hops_of(report->outbound_ttl.value()), 5);
  EXPECT_EQ(hops_of(report->inbound_ttl.value()), 4);
  EXPECT_EQ(session_.counts().ttl_changes, 0U);
  outbound_ttl_ = 249;
  probe(100 * kMs);
  probe(200 * kMs);
  EXPECT_EQ(session_.counts().ttl_changes, 1U);
  EXPECT_EQ(hops_of(128), 0);
  EXPECT_EQ(hops_of(100), 28);
  EXPECT_EQ(hops_of(255), 0);
}

TEST_F(SessionTest, LossesAreToldApartByTheReflectorsNumbers) {
  number_ = 0;
  probe(0);
  (void)send(100 * kMs);  // never reaches the reflector
  number_ = 1;
  probe(200 * kMs);
  (void)send(300 * kMs);  // answered as 2, which is lost
  number_ = 3;
  probe(400 * kMs);
  session_.wake(1390 * kMs);
  const auto report = session_.report();
  EXPECT_EQ(report->lost, 2U);
  EXPECT_EQ(report->lost_outbound, 1U);
  EXPECT_EQ(report->lost_inbound, 1U);
  EXPECT_DOUBLE_EQ(*report->outbound_loss(), 0.2);
  EXPECT_DOUBLE_EQ(*report->inbound_loss(), 0.2);
}

TEST_F(SessionTest, WithAKeyProbesAreSignedAndOnlySignedAnswersCount) {
  const Key key(std::vector<std::byte>(32, std::byte{7}));
  Session session{{.timeout_ns = kSecond, .tlvs = {.follow_up = true}, .key = key}};
  const auto sent = session.send(moment(0), own_error_);
  EXPECT_TRUE(is_authentic(sent, key));
  ASSERT_EQ(sent.size(), kAuthenticatedSize + 20 + 20);
  const ReflectorPacket reply{.sent = NtpTime::from_unix_ns(kStart + 9 * kMs),
                              .received = NtpTime::from_unix_ns(kStart + 2 * kMs),
                              .sender = *decode_authenticated_sender(sent)};
  std::vector<std::byte> bytes(kAuthenticatedSize);
  encode(reply, Key(std::vector<std::byte>(32, std::byte{8})), bytes);
  session.receive(bytes, {.read = moment(12 * kMs)});
  EXPECT_EQ(session.counts().unauthentic, 1U);
  encode(reply, key, bytes);
  session.receive(bytes, {.read = moment(12 * kMs)});
  EXPECT_EQ(session.counts().answered, 1U);
}

TEST_F(SessionTest, MediansAndVariationAreOfTheWholeInterval) {
  for (int index = 0; index < 100; ++index) {
    outbound_ = (index + 1) * kMs;
    probe(index * 10 * kMs);
  }
  const auto report = session_.report();
  EXPECT_EQ(report->answered, 100U);
  EXPECT_EQ(report->round_trip->minimum, 4 * kMs);
  EXPECT_EQ(report->round_trip->median, 53 * kMs);
  EXPECT_EQ(report->round_trip->p95, 98 * kMs);
  EXPECT_EQ(report->round_trip->p99, 102 * kMs);
  EXPECT_EQ(report->round_trip->maximum, 103 * kMs);
  EXPECT_EQ(report->mean_variation, kMs);
}

TEST_F(SessionTest, ProbesWithoutAnAnswerAreLostWhenTheirTimeIsOver) {
  probe(0);
  (void)send(100 * kMs);
  session_.wake(kSecond);
  EXPECT_EQ(session_.report()->lost, 0U) << "it may still come";
  session_.wake(1100 * kMs);
  const auto report = session_.report();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->lost, 1U);
  EXPECT_EQ(report->loss(), 1.0);
  EXPECT_FALSE(report->round_trip || report->outbound) << "no answer, no delay";
}

TEST_F(SessionTest, LossIsTheShareOfWhatWasSettled) {
  for (int index = 0; index < 3; ++index) probe(index);
  (void)send(3);
  session_.wake(kSecond + 3);
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
  const auto sent = send(0);
  receive(reply_to(sent, 0), 12 * kMs);
  receive(reply_to(sent, 0), 13 * kMs);
  EXPECT_EQ(session_.counts().answered, 1U);
  EXPECT_EQ(session_.counts().duplicates, 1U);
}

TEST_F(SessionTest, AnAnswerAfterItsTimeoutIsUnexpected) {
  const auto sent = send(0);
  session_.wake(2 * kSecond);
  receive(reply_to(sent, 0), 2 * kSecond);
  EXPECT_EQ(session_.counts().unexpected, 1U);
  EXPECT_EQ(session_.counts().lost, 1U);
}

TEST_F(SessionTest, AnAnswerThatDoesNotKnowTheProbesTimeIsNotOurs) {
  auto sent = send(0);
  sent[11] ^= std::byte{1};
  receive(reply_to(sent, 0), 12 * kMs);
  sent = send(1);
  sent[2] ^= std::byte{0x10};
  receive(reply_to(sent, 0), 12 * kMs);
  EXPECT_EQ(session_.counts().unexpected, 2U);
  EXPECT_EQ(session_.counts().answered, 0U);
}

TEST_F(SessionTest, TimesThatCannotBeAreCountedAndNotReported) {
  const auto sent = send(0);
  reflecting_ = -kMs;
  receive(reply_to(sent, 0), 12 * kMs);
  reflecting_ = 500 * kMs;  // longer than the whole round trip took
  receive(reply_to(sent, 0), 12 * kMs);
  EXPECT_EQ(session_.counts().implausible, 2U);
  EXPECT_FALSE(session_.report());
}

TEST_F(SessionTest, APeerWithPtpTimesGivesARoundTripAndNoOneWayDelay) {
  peer_error_.ptp_format = true;
  probe(0);
  auto report = session_.report();
  EXPECT_TRUE(report->round_trip);
  EXPECT_FALSE(report->outbound || report->inbound);
  peer_error_.ptp_format = false;
  probe(kMs);
  report = session_.report();
  EXPECT_TRUE(report->outbound && report->inbound);
}

TEST_F(SessionTest, AnUnsynchronisedClockIsSaid) {
  peer_error_.synchronised = false;
  probe(0);
  EXPECT_FALSE(session_.report()->synchronised);
}

TEST_F(SessionTest, ReorderedAnswersAreMatchedToTheirProbes) {
  const auto first = send(0);
  const auto second = send(10 * kMs);
  receive(reply_to(second, 10 * kMs), 22 * kMs);
  receive(reply_to(first, 0), 30 * kMs);
  const auto report = session_.report();
  EXPECT_EQ(report->answered, 2U);
  EXPECT_EQ(report->round_trip->minimum, 5 * kMs);
}

TEST_F(SessionTest, NoiseIsNoAnswer) {
  std::mt19937 random(9);
  (void)send(0);
  for (int round = 0; round < 5000; ++round) {
    std::vector<std::byte> noise(random() % 100);
    for (std::byte& byte : noise) byte = static_cast<std::byte>(random());
    receive(noise, round);
  }
  EXPECT_EQ(session_.counts().answered, 0U);
  EXPECT_EQ(session_.counts().unexpected, 5000U);
}

}  // namespace
}  // namespace caspilink::latency
