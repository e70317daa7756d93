// The asking side of STAMP: one session's packets, what came back, and what that says. Knows no
// socket and reads no clock.
//
// Round-trip delay is (T4-T1)-(T3-T2), with T4-T1 taken on the steady clock, so that a step of this
// station's wall clock cannot bend it. One-way delays are T2-T1 and T4-T3, signed: they mean
// something only within both clocks' errors, which are reported with them.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "agent/latency/packet.h"

namespace caspilink::latency {

// What the probes that were answered or given up since the last report say.
struct Report {
  std::uint64_t answered = 0;
  std::uint64_t lost = 0;

  // Nanoseconds, of the answered; nothing where none was.
  struct Delays {
    std::int64_t round_trip_median_ns = 0;
    std::int64_t round_trip_minimum_ns = 0;
    std::int64_t variation_ns = 0;  // 95th percentile less the minimum
    std::int64_t outbound_median_ns = 0;
    std::int64_t inbound_median_ns = 0;
    double error_bound_s = 0;  // both clocks' estimates added, the largest of the interval
    bool synchronised = true;  // both clocks, all the time
    bool one_way = true;       // false: the peer stamps in a format that cannot be compared
  };
  std::optional<Delays> delays;

  [[nodiscard]] double loss() const {
    return static_cast<double>(lost) / static_cast<double>(answered + lost);
  }
};

class Session {
 public:
  struct Counts {
    std::uint64_t sent = 0;
    std::uint64_t answered = 0;
    std::uint64_t lost = 0;
    std::uint64_t duplicates = 0;   // a second answer to one probe
    std::uint64_t unexpected = 0;   // no answer to a probe of ours, or one after its timeout
    std::uint64_t implausible = 0;  // times that give a negative round trip
  };

  explicit Session(std::int64_t timeout_ns, std::uint16_t id) : timeout_ns_(timeout_ns), id_(id) {}

  // The next probe, sent now.
  [[nodiscard]] SenderPacket send(std::int64_t unix_ns, std::int64_t steady_ns,
                                  ErrorEstimate error);
  void receive(std::span<const std::byte> datagram, std::int64_t unix_ns, std::int64_t steady_ns);
  // Probes of which nothing more is expected at `steady_ns` count as lost.
  void expire(std::int64_t steady_ns);

  // And starts the next interval. Nothing where no probe was answered or given up.
  [[nodiscard]] std::optional<Report> report();

  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  struct Probe {
    NtpTime sent;
    std::int64_t sent_steady_ns = 0;
    ErrorEstimate error;
    bool answered = false;
  };

  std::int64_t timeout_ns_;
  std::uint16_t id_;
  Counts counts_;
  std::uint32_t first_ = 0;  // sequence of the oldest probe below
  std::deque<Probe> probes_;

  std::vector<std::int64_t> round_trips_ns_;
  std::vector<std::int64_t> outbound_ns_;
  std::vector<std::int64_t> inbound_ns_;
  std::uint64_t lost_ = 0;
  double error_bound_s_ = 0;
  bool synchronised_ = true;
  bool one_way_ = true;
};

}  // namespace caspilink::latency
