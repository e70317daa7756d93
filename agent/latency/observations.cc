#include "agent/latency/observations.h"

#include <algorithm>

namespace caspilink::latency {

void observe(const Report& report, const SessionConfiguration& session, std::int64_t time_unix_ns,
             std::vector<codec::Observation>& out) {
  constexpr double kNs = 1e-9;
  const auto add = [&](codec::Quantity quantity, double value) {
    out.push_back({.point = {.quantity = quantity,
                             .source = "stamp",
                             .fibre_pair = session.fibre_pair,
                             .peer = session.peer},
                   .time_unix_ns = time_unix_ns,
                   .value = value});
  };
  const auto add_ns = [&](codec::Quantity quantity, std::int64_t ns) {
    add(quantity, static_cast<double>(ns) * kNs);
  };
  using enum codec::Quantity;
  add(kProbeLoss, report.loss());
  if (const auto loss = report.outbound_loss()) add(kProbeLossOutbound, *loss);
  if (const auto loss = report.inbound_loss()) add(kProbeLossInbound, *loss);
  if (!report.round_trip) return;

  const Quantiles& round_trip = *report.round_trip;
  add_ns(kRoundTripDelay, round_trip.median);
  add_ns(kRoundTripDelayMinimum, round_trip.minimum);
  add_ns(kRoundTripDelayP95, round_trip.p95);
  add_ns(kRoundTripDelayP99, round_trip.p99);
  add_ns(kRoundTripDelayMaximum, round_trip.maximum);
  add_ns(kDelayVariation, round_trip.p95 - round_trip.minimum);
  if (report.mean_variation) add_ns(kInterPacketDelayVariation, *report.mean_variation);
  // Shares of the answers; an answer more than once in an interval can pass all of them.
  const auto share = [&](std::uint64_t part) {
    return std::min(1.0, static_cast<double>(part) / static_cast<double>(report.answered));
  };
  add(kProbesReordered, share(report.reordered));
  add(kProbesDuplicated, share(report.duplicates));
  if (report.outbound_ttl) add(kPathHopsOutbound, hops_of(*report.outbound_ttl));
  if (report.inbound_ttl) add(kPathHopsInbound, hops_of(*report.inbound_ttl));
  add(kClockSynchronised, report.synchronised ? 1 : 0);
  if (!report.outbound || !report.inbound) return;
  add_ns(kOneWayDelayOutbound, report.outbound->median);
  add_ns(kOneWayDelayInbound, report.inbound->median);
  add(kOneWayDelayErrorBound, report.error_bound_s);
}

void describe(const Session& session, const SessionConfiguration& configuration,
              std::vector<sources::Distribution>& out) {
  const auto add = [&](const char* name, const char* help, const Histogram& histogram) {
    out.push_back(
        {.name = name,
         .help = help,
         .labels = {{"fibre_pair", configuration.fibre_pair}, {"peer", configuration.peer}},
         .bounds = {histogram.bounds().begin(), histogram.bounds().end()},
         .counts = histogram.counts(),
         .sum = histogram.sum()});
  };
  const Session::Histograms& all = session.histograms();
  add("round_trip_delay_seconds", "Round-trip delay of every probe.", all.round_trip);
  add("one_way_delay_outbound_seconds",
      "Delay of every probe towards the peer; true only within both clocks' error.", all.outbound);
  add("one_way_delay_inbound_seconds",
      "Delay of every answer from the peer; true only within both clocks' error.", all.inbound);
  add("delay_variation_outbound_seconds",
      "Size of the difference between neighbouring probes' delays towards the peer, RFC 3393.",
      all.outbound_variation);
  add("delay_variation_inbound_seconds",
      "Size of the difference between neighbouring answers' delays from the peer, RFC 3393.",
      all.inbound_variation);
}

void count(const Session& session, Counters& out) {
  const Session::Counts& counts = session.counts();
  out["packets_sent"] += counts.sent;
  out["packets_answered"] += counts.answered;
  out["packets_lost"] += counts.lost;
  out["packets_duplicate"] += counts.duplicates;
  out["packets_unexpected"] += counts.unexpected;
  out["packets_implausible"] += counts.implausible;
  out["packets_unauthentic"] += counts.unauthentic;
  out["packets_suspended"] += counts.suspended;
  out["clock_steps"] += counts.clock_steps;
  out["clock_conflicts"] += counts.clock_conflicts;
  out["ttl_changes"] += counts.ttl_changes;
  out["tlvs_unrecognised"] += counts.tlvs_unrecognised;
  out["tlvs_bad"] += counts.tlvs_bad;
  out["stamped_by_hardware"] += counts.stamped_by_hardware;
  out["stamped_by_kernel"] += counts.stamped_by_kernel;
  out["stamped_by_user"] += counts.stamped_by_user;
  out["followed_up"] += counts.followed_up;
  out["peer_stamped_by_hardware"] += counts.peer_stamped_by_hardware;
  out["peer_stamped_by_kernel"] += counts.peer_stamped_by_kernel;
  out["peer_stamped_by_user"] += counts.peer_stamped_by_user;
  out["remarked_outbound"] += counts.remarked_outbound;
  out["remarked_inbound"] += counts.remarked_inbound;
  const PathLedger::Counts& path = session.ledger().counts();
  out["packets_lost_outbound"] += path.lost_outbound;
  out["packets_lost_inbound"] += path.lost_inbound;
  out["packets_reordered"] += path.reordered;
  out["packets_reordered_outbound"] += path.reordered_outbound;
  out["packets_reordered_inbound"] += path.reordered_inbound;
  out["peer_restarts"] += path.restarts;
}

void count(const Reflector& reflector, Counters& out) {
  const Reflector::Counts& counts = reflector.counts();
  out["reflector_received"] = counts.received;
  out["reflector_reflected"] = counts.reflected;
  out["reflector_malformed"] = counts.malformed;
  out["reflector_limited"] = counts.limited;
  out["reflector_refused"] = counts.refused;
  out["reflector_unauthentic"] = counts.unauthentic;
  out["reflector_tlvs_unrecognised"] = counts.tlvs_unrecognised;
  out["reflector_tlvs_malformed"] = counts.tlvs_malformed;
  out["reflector_tlvs_integrity_failed"] = counts.tlvs_integrity_failed;
}

}  // namespace caspilink::latency
