#include "agent/runtime/snapshot.h"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <prometheus/metric_family.h>

namespace caspilink::runtime {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

// Families in the order they are first added to.
class Families {
 public:
  void gauge(const char* name, const char* help, double value, Labels labels = {}) {
    ClientMetric metric;
    metric.gauge.value = value;
    add(name, help, MetricType::Gauge, std::move(metric), std::move(labels));
  }
  void counter(const char* name, const char* help, std::uint64_t value, Labels labels = {}) {
    ClientMetric metric;
    metric.counter.value = static_cast<double>(value);
    add(name, help, MetricType::Counter, std::move(metric), std::move(labels));
  }
  void histogram(const sources::Distribution& from, Labels labels) {
    ClientMetric metric;
    std::uint64_t below = 0;
    for (std::size_t bucket = 0; bucket < from.counts.size(); ++bucket) {
      below += from.counts[bucket];
      metric.histogram.bucket.push_back(
          {.cumulative_count = below,
           .upper_bound = bucket < from.bounds.size() ? from.bounds[bucket]
                                                      : std::numeric_limits<double>::infinity()});
    }
    metric.histogram.sample_count = below;
    metric.histogram.sample_sum = from.sum;
    const std::string name = "caspilink_agent_" + from.name;
    add(name.c_str(), from.help.c_str(), MetricType::Histogram, std::move(metric),
        std::move(labels));
  }
  std::vector<MetricFamily> take() { return std::move(families_); }

 private:
  void add(const char* name, const char* help, MetricType type, ClientMetric metric,
           Labels labels) {
    metric.label = std::move(labels);
    auto found = std::ranges::find(families_, name, &MetricFamily::name);
    if (found == families_.end()) {
      families_.push_back({name, help, type, {}});
      found = families_.end() - 1;
    }
    found->metric.push_back(std::move(metric));
  }
  std::vector<MetricFamily> families_;
};

double seconds(std::int64_t unix_ns) { return static_cast<double>(unix_ns) * 1e-9; }

void add_spool(const Snapshot& snapshot, Families& out) {
  const spool::Stats& spool = snapshot.spool;
  out.gauge("caspilink_agent_spool_writable", "1 while the spool takes batches.",
            snapshot.spool_trouble ? 0 : 1);
  out.gauge("caspilink_agent_spool_memory_batches",
            "Waiting batches that are in memory alone, because the disk refuses.",
            static_cast<double>(spool.memory_batches));
  out.gauge("caspilink_agent_spool_memory_bytes", "Bytes of the batches in memory alone.",
            static_cast<double>(spool.memory_bytes));
  out.gauge("caspilink_agent_spool_file_bytes", "Bytes in use of the spool's file.",
            static_cast<double>(spool.file_bytes));
  out.gauge("caspilink_agent_spool_batches", "Batches waiting for every collector to have them.",
            static_cast<double>(spool.batches));
  out.gauge("caspilink_agent_spool_samples", "Samples in the waiting batches.",
            static_cast<double>(spool.samples));
  out.gauge("caspilink_agent_spool_bytes", "Bytes the waiting batches take on disk.",
            static_cast<double>(spool.bytes));
  if (spool.oldest_unix_ns) {
    out.gauge("caspilink_agent_spool_oldest_batch_timestamp_seconds",
              "When the oldest waiting batch was cut.", seconds(*spool.oldest_unix_ns));
  }
  out.counter("caspilink_agent_spool_appended_batches_total", "Batches written to the spool.",
              spool.appended_batches);
  out.counter("caspilink_agent_spool_appended_samples_total", "Samples written to the spool.",
              spool.appended_samples);
  out.counter("caspilink_agent_spool_appended_bytes_total", "Bytes written to the spool.",
              spool.appended_bytes);
  out.counter("caspilink_agent_spool_append_errors_total",
              "Batches the spool could not take when they were cut.",
              snapshot.batcher.append_errors);
  out.counter("caspilink_agent_spool_evicted_batches_total",
              "Batches lost because the spool's bounds were reached.", spool.evicted_batches);
  out.counter("caspilink_agent_spool_evicted_samples_total",
              "Samples lost because the spool's bounds were reached.", spool.evicted_samples);
  out.counter("caspilink_agent_spool_damaged_records_total",
              "Records that could not be read or delivered and were set aside.",
              spool.damaged_records);
  out.counter("caspilink_agent_spool_damaged_files_total",
              "Spool files found damaged and replaced, their readable records kept.",
              spool.damaged_files);
}

void add_uplink(const uplink::Status& status, Families& out) {
  const ClientMetric::Label collector{"collector", status.collector};
  out.gauge("caspilink_agent_uplink_connected", "1 while the collector has accepted this agent.",
            status.connected ? 1 : 0, {collector});
  out.gauge("caspilink_agent_uplink_unacknowledged_batches",
            "Batches sent and not yet acknowledged.", static_cast<double>(status.unacknowledged),
            {collector});
  if (status.last_acknowledgement_unix_ns) {
    out.gauge("caspilink_agent_uplink_last_acknowledgement_timestamp_seconds",
              "When the collector last acknowledged a batch.",
              seconds(*status.last_acknowledgement_unix_ns), {collector});
  }
  constexpr const char* kSent = "caspilink_agent_uplink_batches_sent_total";
  constexpr const char* kSentHelp = "Batches sent, as they were cut or from the spool behind them.";
  out.counter(kSent, kSentHelp, status.live_batches_sent, {collector, {"lane", "live"}});
  out.counter(kSent, kSentHelp, status.backlog_batches_sent, {collector, {"lane", "backlog"}});
  constexpr const char* kAcknowledged = "caspilink_agent_uplink_batches_acknowledged_total";
  constexpr const char* kAcknowledgedHelp = "Batches the collector acknowledged, by outcome.";
  out.counter(kAcknowledged, kAcknowledgedHelp, status.accepted,
              {collector, {"outcome", "accepted"}});
  out.counter(kAcknowledged, kAcknowledgedHelp, status.duplicates,
              {collector, {"outcome", "duplicate"}});
  out.counter(kAcknowledged, kAcknowledgedHelp, status.refused,
              {collector, {"outcome", "refused"}});
  out.counter("caspilink_agent_uplink_held_back_batches_total",
              "Batches larger than the collector takes.", status.held_back, {collector});
  for (const auto& [kind, count] : status.errors) {
    out.counter("caspilink_agent_uplink_errors_total", "Troubles with the collector, by kind.",
                count, {collector, {"kind", kind}});
  }
}

void add_source(const sources::Health& health, Families& out) {
  const ClientMetric::Label source{"source", health.name};
  const ClientMetric::Label type{"type", health.kind};
  out.gauge("caspilink_agent_source_up", "1 while data arrives from the source.", health.up ? 1 : 0,
            {source, type});
  if (health.last_update_unix_ns) {
    out.gauge("caspilink_agent_source_last_update_timestamp_seconds",
              "When data last arrived from the source.", seconds(*health.last_update_unix_ns),
              {source, type});
  }
  out.counter("caspilink_agent_source_observations_total", "Observations made by the source.",
              health.observations, {source, type});
  for (const auto& [kind, count] : health.errors) {
    out.counter("caspilink_agent_source_errors_total", "Troubles with the source, by kind.", count,
                {source, type, {"kind", kind}});
  }
  for (const auto& [event, count] : health.counters) {
    out.counter("caspilink_agent_source_events_total",
                "What the source counts of its own working, by event.", count,
                {source, type, {"event", event}});
  }
  for (const auto& [status, count] : health.parts) {
    out.gauge("caspilink_agent_source_parts", "Parts of the equipment, by the status they report.",
              static_cast<double>(count), {source, type, {"status", status}});
  }
  for (const sources::Distribution& each : health.distributions) {
    Labels labels{source, type};
    for (const auto& [name, value] : each.labels) labels.push_back({name, value});
    out.histogram(each, std::move(labels));
  }
}

}  // namespace

Result<void> readiness(const Snapshot& snapshot) {
  if (snapshot.spool_trouble) {
    return fail(ErrorCode::kUnavailable, "spool", snapshot.spool_trouble->message());
  }
  if (std::ranges::none_of(snapshot.uplinks, &uplink::Status::connected)) {
    return fail(ErrorCode::kUnavailable, "uplink",
                snapshot.uplinks.empty() ? "no collector" : snapshot.uplinks.front().detail);
  }
  if (std::ranges::none_of(snapshot.sources, &sources::Health::up)) {
    return fail(ErrorCode::kUnavailable, "sources",
                snapshot.sources.empty() ? "none" : snapshot.sources.front().detail);
  }
  return {};
}

void SnapshotBoard::put(std::shared_ptr<const Snapshot> snapshot) {
  const std::lock_guard lock(mutex_);
  snapshot_ = std::move(snapshot);
}

std::shared_ptr<const Snapshot> SnapshotBoard::get() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

std::vector<prometheus::MetricFamily> SnapshotBoard::Collect() const {
  const auto snapshot = get();
  if (!snapshot) return {};
  Families out;
  out.gauge("caspilink_agent_info", "Station and present boot of this agent; always 1.", 1,
            {{"station", snapshot->station}, {"boot", fmt::format("{:016x}", snapshot->boot)}});
  out.counter("caspilink_agent_observations_total", "Observations of all sources.",
              snapshot->batcher.observations);
  constexpr const char* kDropped = "caspilink_agent_dropped_samples_total";
  constexpr const char* kDroppedHelp = "Samples that never reached the spool, by reason.";
  const Batcher::Counts& counts = snapshot->batcher;
  out.counter(kDropped, kDroppedHelp, counts.dropped_spool_full, {{"reason", "spool_full"}});
  out.counter(kDropped, kDroppedHelp, counts.dropped_memory_full, {{"reason", "memory_full"}});
  out.counter(kDropped, kDroppedHelp, counts.dropped_too_many_series,
              {{"reason", "too_many_series"}});
  out.gauge("caspilink_agent_series", "Series declared since the agent started.",
            static_cast<double>(snapshot->series));
  out.gauge("caspilink_agent_pending_samples", "Samples in memory, before the next batch.",
            static_cast<double>(snapshot->pending_samples));
  for (const auto& [outcome, count] : snapshot->reloads) {
    out.counter("caspilink_agent_configuration_reloads_total",
                "Times the configuration was read again, by outcome.", count,
                {{"outcome", outcome}});
  }
  out.gauge("caspilink_agent_configuration_valid",
            "0 while the configuration file was refused when last read again.",
            snapshot->configuration_stale ? 0 : 1);
  add_spool(*snapshot, out);
  for (const uplink::Status& status : snapshot->uplinks) add_uplink(status, out);
  for (const sources::Health& health : snapshot->sources) add_source(health, out);
  return out.take();
}

}  // namespace caspilink::runtime
