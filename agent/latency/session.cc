#include "agent/latency/session.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <utility>

namespace caspilink::latency {
namespace {

constexpr std::int64_t kStall = 1'000'000'000;  // beyond an interval, of a program not running
constexpr std::size_t kMostAwaiting = 64;
constexpr double kLargestBound = 86'400;  // seconds

std::optional<Quantiles> quantiles(std::vector<std::int64_t>& values) {
  if (values.empty()) return std::nullopt;
  return quantiles_of(values);
}

std::optional<std::int64_t> mean(const std::vector<std::int64_t>& values) {
  if (values.empty()) return std::nullopt;
  return std::accumulate(values.begin(), values.end(), std::int64_t{0}) /
         static_cast<std::int64_t>(values.size());
}

double share(std::uint64_t part, const Report& report) {
  const std::uint64_t decided = *report.lost_outbound + *report.lost_inbound;
  const std::uint64_t all = report.answered + std::max(report.lost, decided);
  return all == 0 ? 0 : static_cast<double>(part) / static_cast<double>(all);
}

std::int64_t held_by_reflector(const ReflectorPacket& reply, NtpTime t3) {
  return reply.error.ptp_format ? ptp_difference_ns(t3.bits, reply.received.bits)
                                : NtpTime::difference_ns(t3, reply.received);
}

}  // namespace

std::optional<double> Report::outbound_loss() const {
  if (!lost_outbound || !lost_inbound) return std::nullopt;
  return share(*lost_outbound, *this);
}

std::optional<double> Report::inbound_loss() const {
  if (!lost_outbound || !lost_inbound) return std::nullopt;
  return share(*lost_inbound, *this);
}

std::uint8_t hops_of(std::uint8_t ttl) {
  const int start = ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255;
  return static_cast<std::uint8_t>(start - ttl);
}

Session::Session(Options options)
    : options_(std::move(options)), ledger_(options_.peer, options_.timeout_ns) {}

std::vector<std::byte> Session::send(const Moment& now, ErrorEstimate error) {
  probes_.push_back(
      {.sent = now, .error = error, .expires_ns = now.steady_ns + options_.timeout_ns});
  ++counts_.sent;
  const SenderPacket packet{.sequence = next_++,
                            .sent = NtpTime::from_unix_ns(now.unix_ns),
                            .error = error,
                            .session = options_.id};
  const Key* key = options_.key ? &*options_.key : nullptr;
  const std::size_t base = key != nullptr ? kAuthenticatedSize : kPacketSize;
  const std::vector<std::byte> tlvs = make_tlvs(options_.tlvs, key, packet.sequence);
  std::vector<std::byte> datagram(base + tlvs.size());
  key != nullptr ? encode(packet, *key, datagram) : encode(packet, datagram);
  std::ranges::copy(tlvs, datagram.begin() + static_cast<std::ptrdiff_t>(base));
  return datagram;
}

Session::Probe* Session::probe(std::uint32_t sequence) {
  const std::uint32_t index = sequence - first_;
  return index < probes_.size() ? &probes_[index] : nullptr;
}

void Session::sent(std::uint32_t sequence, const KernelStamps& stamps, const Moment& read) {
  Probe* const found = probe(sequence);
  if (found == nullptr) return;
  if (stamps.hardware_ns) found->stamps.hardware_ns = stamps.hardware_ns;
  if (!stamps.software_unix_ns || stepped_between(found->sent, read)) return;
  const auto left = moment_of(*stamps.software_unix_ns, read);
  // A probe cannot have left before it was made: then the stamp is another packet's.
  if (left && left->unix_ns >= found->sent.unix_ns) found->left = left;
}

std::optional<ReflectorPacket> Session::decode(std::span<const std::byte> datagram) {
  if (!options_.key) return decode_reflector(datagram);
  if (!is_authentic(datagram, *options_.key)) {
    ++counts_.unauthentic;
    return std::nullopt;
  }
  return decode_authenticated_reflector(datagram);
}

ReplyTlvs Session::read_reply_tlvs(std::span<const std::byte> datagram, std::uint32_t sequence) {
  const std::size_t base = options_.key ? kAuthenticatedSize : kPacketSize;
  if (datagram.size() <= base) return {};
  const ReplyTlvs tlvs =
      read_tlvs(datagram.subspan(base), options_.key ? &*options_.key : nullptr, sequence);
  counts_.tlvs_unrecognised += tlvs.unrecognised;
  if (tlvs.malformed || tlvs.integrity_failed) ++counts_.tlvs_bad;
  return tlvs;
}

void Session::receive(std::span<const std::byte> datagram, const Arrival& arrival) {
  notice_gap(arrival.read.steady_ns);
  const std::uint64_t unauthentic = counts_.unauthentic;
  const auto reply = decode(datagram);
  if (counts_.unauthentic != unauthentic) return;
  // T1 comes back as it went: what does not know it is no answer to this probe.
  Probe* const found = reply ? probe(reply->sender.sequence) : nullptr;
  if (found == nullptr || reply->sender.sent != NtpTime::from_unix_ns(found->sent.unix_ns)) {
    ++counts_.unexpected;
    return;
  }
  const std::uint32_t sequence = reply->sender.sequence;
  ledger_.answered(sequence, reply->sequence, counts_.sent, found->answered,
                   arrival.read.steady_ns);
  if (found->answered) {
    ++counts_.duplicates;
    return;
  }
  const std::int64_t held = held_by_reflector(*reply, reply->sent);
  if (held < 0 || held > arrival.read.steady_ns - found->sent.steady_ns) {
    ++counts_.implausible;
    return;
  }
  found->answered = true;
  note_ttl(*reply, arrival.ttl);
  const ReplyTlvs tlvs = read_reply_tlvs(datagram, reply->sequence);
  note_services(tlvs, arrival.dscp);
  if (!tlvs.follow_up) {
    settle({.sequence = sequence, .reply = *reply, .arrival = arrival}, nullptr);
    return;
  }
  settle_awaiting(&*tlvs.follow_up);
  awaiting_.push_back({.sequence = sequence, .reply = *reply, .arrival = arrival});
  if (awaiting_.size() > kMostAwaiting) settle_awaiting(nullptr);
}

void Session::note_services(const ReplyTlvs& tlvs, std::uint8_t received_dscp) {
  if (tlvs.timestamp_information) {
    switch (static_cast<StampMethod>(tlvs.timestamp_information->method_in)) {
      case StampMethod::kHardware:
        ++counts_.peer_stamped_by_hardware;
        break;
      case StampMethod::kSoftware:
        ++counts_.peer_stamped_by_kernel;
        break;
      case StampMethod::kControlPlane:
        ++counts_.peer_stamped_by_user;
        break;
      case StampMethod::kUnknown:
        break;
    }
  }
  if (const auto& service = tlvs.class_of_service) {
    if (service->received_dscp != options_.dscp) ++counts_.remarked_outbound;
    if (service->policy == 0 && received_dscp != service->wanted_dscp) ++counts_.remarked_inbound;
  }
}

void Session::note_ttl(const ReflectorPacket& reply, std::uint8_t own) {
  const auto note = [&](std::optional<std::uint8_t>& known, std::uint8_t now) {
    if (now == 0) return;  // not known
    if (known && *known != now) ++counts_.ttl_changes;
    known = now;
  };
  note(outbound_ttl_, reply.sender_ttl);
  note(inbound_ttl_, own);
}

void Session::settle_awaiting(const FollowUp* follow_up) {
  for (const Answer& answer : std::exchange(awaiting_, {})) {
    const bool meant = follow_up != nullptr && follow_up->method != StampMethod::kUnknown &&
                       follow_up->sequence == answer.reply.sequence;
    settle(answer, meant ? follow_up : nullptr);
  }
}

void Session::settle(const Answer& answer, const FollowUp* follow_up) {
  Probe* const found = probe(answer.sequence);
  if (found == nullptr) return;  // its time was over first: counted then
  const Moment& read = answer.arrival.read;
  const bool stepped = stepped_between(found->sent, read);
  if (stepped) ++counts_.clock_steps;

  std::optional<Moment> arrived;
  if (!stepped && answer.arrival.stamps.software_unix_ns) {
    arrived = moment_of(*answer.arrival.stamps.software_unix_ns, read);
  }
  const bool by_kernel = found->left && arrived && !stepped;
  by_kernel_ = by_kernel;
  if ((found->disturbed || answer.arrival.waited) && !by_kernel) {
    // Read when the program ran again, or came by: nobody knows when it came.
    ++counts_.suspended;
    return;
  }
  const Moment left = by_kernel ? *found->left : found->sent;
  if (!by_kernel) arrived = read;

  NtpTime t3 = answer.reply.sent;
  if (follow_up != nullptr &&
      held_by_reflector(answer.reply, follow_up->sent) >= held_by_reflector(answer.reply, t3)) {
    t3 = follow_up->sent;
  }
  std::int64_t there_and_back = arrived->steady_ns - left.steady_ns;
  const bool by_hardware =
      found->stamps.hardware_ns.has_value() && answer.arrival.stamps.hardware_ns.has_value();
  if (by_hardware) there_and_back = *answer.arrival.stamps.hardware_ns - *found->stamps.hardware_ns;
  if (there_and_back < held_by_reflector(answer.reply, t3)) t3 = answer.reply.sent;
  const std::int64_t round_trip = there_and_back - held_by_reflector(answer.reply, t3);
  if (round_trip < 0) {
    ++counts_.implausible;
    return;
  }
  ++counts_.answered;
  ++(by_hardware ? counts_.stamped_by_hardware
     : by_kernel ? counts_.stamped_by_kernel
                 : counts_.stamped_by_user);
  if (!(t3 == answer.reply.sent)) ++counts_.followed_up;
  interval_.round_trips.push_back(round_trip);
  histograms_.round_trip.add(round_trip);
  Sample sample{.sequence = answer.sequence, .round_trip = round_trip};
  add_one_way(answer, left, *arrived, t3, stepped, sample);
  add_variation(sample);
}

void Session::add_one_way(const Answer& answer, const Moment& left, const Moment& arrived,
                          NtpTime t3, bool stepped, Sample& sample) {
  const ErrorEstimate own = probe(answer.sequence)->error;
  const ErrorEstimate& peer = answer.reply.error;
  const double bound_s = own.seconds() + peer.seconds();
  // Beyond a day an estimate says nothing, and 2^31 seconds are more than nanoseconds hold.
  const bool bounded = peer.multiplier != 0 && bound_s <= kLargestBound;
  const auto bound = bounded ? static_cast<std::int64_t>(bound_s * 1e9) : 0;
  if (bounded) interval_.error_bound_s = std::max(interval_.error_bound_s, bound_s);
  interval_.synchronised =
      interval_.synchronised && own.synchronised && peer.synchronised && !stepped;
  // A time in PTP's format, or without an estimate of its error, cannot be compared with ours.
  if (stepped || peer.ptp_format || !bounded) {
    interval_.synchronised = false;
    return;
  }
  const std::int64_t outbound =
      NtpTime::difference_ns(answer.reply.received, NtpTime::from_unix_ns(left.unix_ns));
  const std::int64_t inbound = NtpTime::difference_ns(NtpTime::from_unix_ns(arrived.unix_ns), t3);
  if (outbound < -bound || inbound < -bound) {
    ++counts_.clock_conflicts;
    interval_.synchronised = false;
    return;
  }
  interval_.outbound.push_back(outbound);
  interval_.inbound.push_back(inbound);
  histograms_.outbound.add(outbound);
  histograms_.inbound.add(inbound);
  sample.outbound = outbound;
  sample.inbound = inbound;
}

void Session::add_variation(const Sample& sample) {
  const auto vary = [](std::optional<std::int64_t> now, std::optional<std::int64_t> before,
                       Histogram& histogram) {
    if (now && before) histogram.add(std::abs(*now - *before));
  };
  if (previous_ && previous_->sequence + 1 == sample.sequence) {
    interval_.variations.push_back(std::abs(sample.round_trip - previous_->round_trip));
    vary(sample.outbound, previous_->outbound, histograms_.outbound_variation);
    vary(sample.inbound, previous_->inbound, histograms_.inbound_variation);
  }
  previous_ = sample;
}

void Session::notice_gap(std::int64_t steady_ns) {
  if (woken_ns_ && steady_ns - *woken_ns_ > options_.interval_ns + kStall) {
    for (Probe& each : probes_) {
      if (each.answered) continue;
      each.disturbed = true;
      each.expires_ns = steady_ns + options_.timeout_ns;
    }
  }
  woken_ns_ = steady_ns;
}

void Session::wake(std::int64_t steady_ns) {
  notice_gap(steady_ns);
  const auto over = [&] { return !probes_.empty() && steady_ns >= probes_.front().expires_ns; };
  if (!over()) return;
  settle_awaiting(nullptr);
  for (; over(); probes_.pop_front(), ++first_) {
    const Probe& oldest = probes_.front();
    if (oldest.answered) continue;
    if (oldest.disturbed) {
      ++counts_.suspended;
      continue;
    }
    ++counts_.lost;
    ++interval_.lost;
    ledger_.lost(first_, steady_ns);
  }
}

std::optional<Report> Session::report() {
  Interval interval = std::exchange(interval_, {.duplicates_before = counts_.duplicates,
                                                .reordered_before = ledger_.counts().reordered});
  Report report{.answered = interval.round_trips.size(),
                .lost = interval.lost,
                .duplicates = counts_.duplicates - interval.duplicates_before,
                .reordered = ledger_.counts().reordered - interval.reordered_before,
                .round_trip = quantiles(interval.round_trips),
                .outbound = quantiles(interval.outbound),
                .inbound = quantiles(interval.inbound),
                .mean_variation = mean(interval.variations),
                .error_bound_s = interval.error_bound_s,
                .synchronised = interval.synchronised};
  if (report.answered > 0) {
    report.outbound_ttl = outbound_ttl_;
    report.inbound_ttl = inbound_ttl_;
  }
  if (ledger_.tells_directions() && ledger_.undecided() == 0) {
    report.lost_outbound = ledger_.counts().lost_outbound - told_.lost_outbound;
    report.lost_inbound = ledger_.counts().lost_inbound - told_.lost_inbound;
    told_ = ledger_.counts();
  }
  if (report.answered + report.lost == 0) return std::nullopt;
  return report;
}

}  // namespace caspilink::latency
