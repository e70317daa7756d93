#include "agent/latency/session.h"

#include <algorithm>
#include <cmath>

namespace caspilink::latency {
namespace {

// The value under which at least `share` of the sorted values lie (nearest rank).
std::int64_t quantile(const std::vector<std::int64_t>& sorted, double share) {
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

std::int64_t median(std::vector<std::int64_t>& values) {
  std::ranges::sort(values);
  return quantile(values, 0.5);
}

}  // namespace

SenderPacket Session::send(std::int64_t unix_ns, std::int64_t steady_ns, ErrorEstimate error) {
  const Probe probe{
      .sent = NtpTime::from_unix_ns(unix_ns), .sent_steady_ns = steady_ns, .error = error};
  const auto sequence = static_cast<std::uint32_t>(first_ + probes_.size());
  probes_.push_back(probe);
  ++counts_.sent;
  return {.sequence = sequence, .sent = probe.sent, .error = error, .session = id_};
}

void Session::receive(std::span<const std::byte> datagram, std::int64_t unix_ns,
                      std::int64_t steady_ns) {
  const auto reply = decode_reflector(datagram);
  // T1 comes back as it went: what does not know it is no answer to this probe.
  const std::uint32_t index = reply ? reply->sender.sequence - first_ : 0;
  if (!reply || index >= probes_.size() || reply->sender.sent != probes_[index].sent) {
    ++counts_.unexpected;
    return;
  }
  Probe& probe = probes_[index];
  if (probe.answered) {
    ++counts_.duplicates;
    return;
  }
  const std::int64_t reflecting = NtpTime::difference_ns(reply->sent, reply->received);
  const std::int64_t round_trip = steady_ns - probe.sent_steady_ns - reflecting;
  if (reflecting < 0 || round_trip < 0) {
    ++counts_.implausible;
    return;
  }
  probe.answered = true;
  ++counts_.answered;
  round_trips_ns_.push_back(round_trip);
  outbound_ns_.push_back(NtpTime::difference_ns(reply->received, probe.sent));
  inbound_ns_.push_back(NtpTime::difference_ns(NtpTime::from_unix_ns(unix_ns), reply->sent));
  error_bound_s_ = std::max(error_bound_s_, probe.error.seconds() + reply->error.seconds());
  synchronised_ = synchronised_ && probe.error.synchronised && reply->error.synchronised;
  one_way_ = one_way_ && !reply->error.ptp_format;
}

void Session::expire(std::int64_t steady_ns) {
  while (!probes_.empty() && steady_ns - probes_.front().sent_steady_ns >= timeout_ns_) {
    if (!probes_.front().answered) {
      ++lost_;
      ++counts_.lost;
    }
    probes_.pop_front();
    ++first_;
  }
}

std::optional<Report> Session::report() {
  Report report{.answered = round_trips_ns_.size(), .lost = lost_};
  if (report.answered > 0) {
    const std::int64_t middle = median(round_trips_ns_);
    report.delays = {.round_trip_median_ns = middle,
                     .round_trip_minimum_ns = round_trips_ns_.front(),
                     .variation_ns = quantile(round_trips_ns_, 0.95) - round_trips_ns_.front(),
                     .outbound_median_ns = median(outbound_ns_),
                     .inbound_median_ns = median(inbound_ns_),
                     .error_bound_s = error_bound_s_,
                     .synchronised = synchronised_,
                     .one_way = one_way_};
  }
  round_trips_ns_.clear();
  outbound_ns_.clear();
  inbound_ns_.clear();
  lost_ = 0;
  error_bound_s_ = 0;
  synchronised_ = true;
  one_way_ = true;
  if (report.answered + report.lost == 0) return std::nullopt;
  return report;
}

}  // namespace caspilink::latency
