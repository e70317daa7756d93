// The asking side of STAMP: one session's packets, what came back, and what that says. Knows no
// socket and reads no clock.
//
// Round-trip delay is (T4-T1)-(T3-T2), with T4-T1 taken on the steady clock, so that a step of this
// station's wall clock cannot bend it; T1 and T4 are the kernel's stamps where it gave them, T3 the
// kernel's where the reflector follows up. One-way delays are T2-T1 and T4-T3, signed: they mean
// something only within both clocks' errors, which are reported with them. A delay that neither
// clock's error allows proves one of them wrong and is not reported.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "agent/latency/clock.h"
#include "agent/latency/packet.h"
#include "agent/latency/path_ledger.h"
#include "agent/latency/statistics.h"
#include "agent/latency/tlv.h"

namespace caspilink::latency {

// Stamps of one packet that are not this program's: nanoseconds.
struct KernelStamps {
  std::optional<std::int64_t> software_unix_ns;
  std::optional<std::int64_t> hardware_ns;  // of the interface's own clock

  friend bool operator==(const KernelStamps&, const KernelStamps&) = default;
};

// An answer as it was taken from the socket.
struct Arrival {
  Moment read;
  bool waited = false;  // in the kernel, nobody knows how long: `read` is no time of arrival
  KernelStamps stamps;
  std::uint8_t ttl = 0;  // 0: not known
  std::uint8_t dscp = 0;
};

// What the probes that were settled (answered or given up) since the last report say.
struct Report {
  std::uint64_t answered = 0;
  std::uint64_t lost = 0;
  // Nothing where they cannot be told apart: the reflector keeps no state, or the answer that will
  // tell has not come. Losses are reported with the answer that told, so they may be more than
  // `lost`.
  std::optional<std::uint64_t> lost_outbound;
  std::optional<std::uint64_t> lost_inbound;
  std::uint64_t duplicates = 0;
  std::uint64_t reordered = 0;
  std::optional<std::uint8_t> outbound_ttl;  // the newest probe's, at the reflector
  std::optional<std::uint8_t> inbound_ttl;   // the newest answer's, here

  // Nanoseconds, of the answered; nothing where none was.
  std::optional<Quantiles> round_trip;
  std::optional<Quantiles> outbound;
  std::optional<Quantiles> inbound;
  // RFC 3393: mean size of the difference between neighbouring probes' round trips.
  std::optional<std::int64_t> mean_variation;
  double error_bound_s = 0;  // both clocks' estimates added, the largest of the interval
  bool synchronised = true;  // both clocks, all the time, and nothing disproved it

  [[nodiscard]] double loss() const {
    return static_cast<double>(lost) / static_cast<double>(answered + lost);
  }
  // Of all that went that way, as far as it is decided.
  [[nodiscard]] std::optional<double> outbound_loss() const;
  [[nodiscard]] std::optional<double> inbound_loss() const;
};

// Routers passed, from the TTL a packet came with: senders start at 255, 128 or 64, and ours at
// 255.
[[nodiscard]] std::uint8_t hops_of(std::uint8_t ttl);

class Session {
 public:
  struct Options {
    std::uint16_t id = 0;  // SSID
    std::int64_t interval_ns = 200'000'000;
    std::int64_t timeout_ns = 2'000'000'000;
    PeerReflector peer = PeerReflector::kUnknown;
    std::uint8_t dscp = 0;  // of the probes, and of answers where class of service is asked for
    RequestedTlvs tlvs;
    std::optional<Key> key;  // authenticated mode
  };
  struct Counts {
    std::uint64_t sent = 0;
    std::uint64_t answered = 0;
    std::uint64_t lost = 0;
    std::uint64_t duplicates = 0;   // a second answer to one probe
    std::uint64_t unexpected = 0;   // no answer to a probe of ours, or one after its timeout
    std::uint64_t implausible = 0;  // times that give a negative round trip
    std::uint64_t unauthentic = 0;  // without the key's HMAC
    std::uint64_t suspended = 0;    // under way while this program did not run, or waited and no
                                    // stamp tells since when: neither answered nor lost
    std::uint64_t clock_steps = 0;  // the wall clock was set while a probe was under way
    std::uint64_t clock_conflicts = 0;  // one-way delays that the clocks' errors do not allow
    std::uint64_t ttl_changes = 0;      // of either way: the path was routed anew
    std::uint64_t tlvs_unrecognised = 0;
    std::uint64_t tlvs_bad = 0;             // malformed, or failed their integrity check
    std::uint64_t stamped_by_hardware = 0;  // answers by what stamped T1 and T4
    std::uint64_t stamped_by_kernel = 0;
    std::uint64_t stamped_by_user = 0;
    std::uint64_t followed_up = 0;  // T3 was the kernel's
    // T2 by the reflector's word (timestamp information).
    std::uint64_t peer_stamped_by_hardware = 0;
    std::uint64_t peer_stamped_by_kernel = 0;
    std::uint64_t peer_stamped_by_user = 0;
    // DSCP changed on the way (class of service).
    std::uint64_t remarked_outbound = 0;
    std::uint64_t remarked_inbound = 0;
  };
  struct Histograms {
    Histogram round_trip{kDelayBounds};
    Histogram outbound{kDelayBounds};
    Histogram inbound{kDelayBounds};
    Histogram outbound_variation{kVariationBounds};
    Histogram inbound_variation{kVariationBounds};
  };

  explicit Session(Options options);

  // The next probe, stamped `now`: the datagram to send.
  [[nodiscard]] std::vector<std::byte> send(const Moment& now, ErrorEstimate error);
  // Number of the probe that send() made last.
  [[nodiscard]] std::uint32_t last_sequence() const { return next_ - 1; }
  // When the kernel really sent a probe, as known at `read`.
  void sent(std::uint32_t sequence, const KernelStamps& stamps, const Moment& read);
  void receive(std::span<const std::byte> datagram, const Arrival& arrival);
  // Called whenever the program gets to run. Probes of which nothing more is expected count as
  // lost; where the program did not run for longer than it should, those under way get their time
  // anew.
  void wake(std::int64_t steady_ns);

  // And starts the next interval. Nothing where no probe was settled.
  [[nodiscard]] std::optional<Report> report();

  // Whether the kernel stamped both ends of what was settled last: then answers may wait.
  [[nodiscard]] bool stamped_by_kernel() const { return by_kernel_; }
  [[nodiscard]] const Counts& counts() const { return counts_; }
  [[nodiscard]] const Histograms& histograms() const { return histograms_; }
  [[nodiscard]] const PathLedger& ledger() const { return ledger_; }

 private:
  struct Probe {
    Moment sent;  // as in the packet
    ErrorEstimate error;
    KernelStamps stamps;
    std::optional<Moment> left;  // the kernel's
    std::int64_t expires_ns = 0;
    bool answered = false;
    bool disturbed = false;
  };
  // An answer whose T3 a follow-up may still better.
  struct Answer {
    std::uint32_t sequence = 0;
    ReflectorPacket reply;
    Arrival arrival;
  };
  // One settled answer.
  struct Sample {
    std::uint32_t sequence = 0;
    std::int64_t round_trip = 0;
    std::optional<std::int64_t> outbound;
    std::optional<std::int64_t> inbound;
  };
  struct Interval {
    std::vector<std::int64_t> round_trips;
    std::vector<std::int64_t> outbound;
    std::vector<std::int64_t> inbound;
    std::vector<std::int64_t> variations;
    double error_bound_s = 0;
    bool synchronised = true;
    std::uint64_t lost = 0;
    std::uint64_t duplicates_before = 0;
    std::uint64_t reordered_before = 0;
  };

  [[nodiscard]] Probe* probe(std::uint32_t sequence);
  [[nodiscard]] std::optional<ReflectorPacket> decode(std::span<const std::byte> datagram);
  [[nodiscard]] ReplyTlvs read_reply_tlvs(std::span<const std::byte> datagram,
                                          std::uint32_t sequence);
  void notice_gap(std::int64_t steady_ns);
  void note_services(const ReplyTlvs& tlvs, std::uint8_t received_dscp);
  void note_ttl(const ReflectorPacket& reply, std::uint8_t own);
  void settle_awaiting(const FollowUp* follow_up);
  void settle(const Answer& answer, const FollowUp* follow_up);
  void add_one_way(const Answer& answer, const Moment& left, const Moment& arrived, NtpTime t3,
                   bool stepped, Sample& sample);
  void add_variation(const Sample& sample);

  Options options_;
  Counts counts_;
  Histograms histograms_;
  PathLedger ledger_;
  std::uint32_t next_ = 0;   // number of the next probe
  std::uint32_t first_ = 0;  // of the oldest probe below
  std::deque<Probe> probes_;
  std::deque<Answer> awaiting_;
  std::optional<Sample> previous_;
  bool by_kernel_ = false;
  std::optional<std::uint8_t> outbound_ttl_;
  std::optional<std::uint8_t> inbound_ttl_;
  std::optional<std::int64_t> woken_ns_;
  PathLedger::Counts told_;  // losses as last reported
  Interval interval_;
};

}  // namespace caspilink::latency
