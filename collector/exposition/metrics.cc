#include "collector/exposition/metrics.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "collector/fleet/place_labels.h"
#include "proto/endpoint/process_metrics.h"

namespace caspilink::exposition {
namespace {

constexpr std::string_view kPrefix = "caspilink_";

using codec::Quantity;

// What twin::Model says something about; a test holds the two together.
constexpr std::array kModelled = {
    Quantity::kChannelOutputPower,
    Quantity::kChannelInputPower,
    Quantity::kQValue,
    Quantity::kEsnr,
    Quantity::kOsnr,
    Quantity::kPreFecBer,
    Quantity::kChromaticDispersion,
    Quantity::kPolarizationModeDispersion,
    Quantity::kPolarizationDependentLoss,
    Quantity::kMonitoredChannelPower,
    Quantity::kMonitoredChannelLaunchPower,
    Quantity::kLineOutputPower,
    Quantity::kLineInputPower,
    Quantity::kLineInputTilt,
    Quantity::kAmplifierGain,
    Quantity::kAmplifierGainTilt,
    Quantity::kAmplifierInputPower,
    Quantity::kAmplifierOutputPower,
    Quantity::kRoundTripDelay,
    Quantity::kRoundTripDelayMinimum,
    Quantity::kOneWayDelayOutbound,
    Quantity::kOneWayDelayInbound,
    Quantity::kPowerFeedVoltage,
    Quantity::kPowerFeedCurrent,
    Quantity::kRepeaterGain,
    Quantity::kRepeaterInputPower,
    Quantity::kRepeaterOutputPower,
    Quantity::kSpanLoss,
    Quantity::kRepeaterGainTilt,
    Quantity::kPumpPower,
};

std::string_view rest_of(const codec::QuantityInfo& info) {
  return info.metric.substr(kPrefix.size());
}

std::string lower_first(std::string_view help) {
  std::string text(help);
  if (text.size() > 1 && text[1] >= 'a') text[0] = static_cast<char>(text[0] | 0x20);
  return text;
}

std::vector<Metric> build() {
  std::vector<Metric> all;
  const auto gauge = [&](std::string name, std::string help, std::vector<std::string> labels) {
    all.push_back({std::move(name), MetricType::kGauge, std::move(help), std::move(labels)});
  };
  const auto counter = [&](std::string name, std::string help, std::vector<std::string> labels) {
    all.push_back({std::move(name), MetricType::kCounter, std::move(help), std::move(labels)});
  };

  for (const auto& info : codec::quantities()) {
    gauge(std::string(info.metric), std::string(info.help), fleet::label_names(info.scope));
  }
  for (const auto& info : codec::quantities()) {
    const std::string expected = expected_metric(info);
    if (expected.empty()) continue;
    gauge(expected, "By the plant's budget: " + lower_first(info.help),
          fleet::label_names(info.scope));
    if (const std::string residual = residual_metric(info); !residual.empty()) {
      gauge(residual, fmt::format("Observed less expected {}.", info.name),
            fleet::label_names(info.scope));
      gauge(uncertainty_metric(info),
            fmt::format("Standard uncertainty of the {} residual, model and measurement together.",
                        info.name),
            fleet::label_names(info.scope));
    }
  }

  const std::vector<std::string> channel = {"station", "fibre_pair", "direction", "channel"};
  const std::vector<std::string> direction = {"fibre_pair", "direction"};
  gauge("caspilink_channel_no_light", "1 while a receiver reports that no light arrives.", channel);
  gauge("caspilink_line_no_light", "1 while a station's line port reports that no light arrives.",
        {"station", "fibre_pair", "direction"});
  gauge("caspilink_channel_margin_decibels", "Observed Q less the FEC limit of the mode.", channel);
  gauge("caspilink_channel_expected_margin_decibels",
        "Q by the plant's budget less the FEC limit of the mode.", channel);
  gauge("caspilink_direction_margin_decibels", "Margin of the worst lit channel that shows one.",
        direction);
  gauge("caspilink_channel_margin_from_commissioning_decibels",
        "A channel's margin over the last day less the one at commissioning.", channel);
  gauge("caspilink_channel_margin_from_month_ago_decibels",
        "A channel's margin over the last day less the one around thirty days ago.", channel);
  gauge("caspilink_line_input_power_from_commissioning_decibels",
        "Received line power over the last day less the one at commissioning.",
        {"station", "fibre_pair", "direction"});
  gauge("caspilink_line_input_power_from_month_ago_decibels",
        "Received line power over the last day less the one around thirty days ago.",
        {"station", "fibre_pair", "direction"});
  gauge("caspilink_direction_ageing_decibels_per_year",
        "Yearly change of the margin of the channel that has least at the end of life, season and "
        "repairs apart; bounds at 95 %.",
        {"fibre_pair", "direction", "bound"});
  gauge("caspilink_direction_margin_end_of_life_decibels",
        "Margin at the end of the design life by the fitted ageing, in the season's worst week; "
        "bounds at 95 %.",
        {"fibre_pair", "direction", "bound"});
  gauge(
      "caspilink_direction_margin_runs_out_timestamp_seconds",
      "When the margin runs out by the fitted ageing, and the earliest and latest the 95 % bounds "
      "allow; absent beyond a hundred years.",
      {"fibre_pair", "direction", "bound"});
  gauge("caspilink_channel_verdict", "1 for the verdict a lit channel has, 0 for the others.",
        {"station", "fibre_pair", "direction", "channel", "verdict"});
  gauge("caspilink_direction_verdict",
        "1 for the verdict a direction of a fibre pair has, 0 for the others.",
        {"fibre_pair", "direction", "verdict"});
  gauge(
      "caspilink_direction_quantity_verdict",
      "1 for the verdict of the worst reading of a quantity on a direction of a fibre pair, 0 for "
      "the others; only where it is read, expected and judged.",
      {"fibre_pair", "direction", "quantity", "verdict"});
  gauge("caspilink_latency_verdict",
        "1 for the verdict a latency path has, 0 for the others; below_budget means off its "
        "budget, either way.",
        {"station", "fibre_pair", "peer", "verdict"});

  gauge("caspilink_power_feed_verdict", "1 for the verdict a power feed has, 0 for the others.",
        {"station", "verdict"});

  const std::vector<std::string> alarm = {"alarm_type", "severity",  "fibre_pair",
                                          "direction",  "station",   "channel",
                                          "element",    "qualifier", "source"};
  gauge("caspilink_alarm_active",
        "1 for each alarm that stands, consequences of others included; labels that do not apply "
        "are left out.",
        alarm);
  gauge("caspilink_alarm_notifiable",
        "1 for each standing root alarm that people are to be told of, 0 while it is shelved or "
        "under maintenance; consequences have none.",
        alarm);
  gauge("caspilink_alarm_acknowledged",
        "1 where an operator has acknowledged a root alarm, else 0.", alarm);
  gauge("caspilink_alarm_shelved", "1 while a root alarm is shelved, else 0.", alarm);
  gauge("caspilink_alarm_suppressed", "1 while a maintenance window covers a root alarm, else 0.",
        alarm);
  gauge("caspilink_alarm_consequences", "Standing alarms that a root alarm explains.", alarm);
  gauge("caspilink_alarm_position_meters",
        "Where along the cable from station a a root alarm's cause probably is.", alarm);
  gauge("caspilink_alarm_position_uncertainty_meters",
        "Half the width within which that cause probably is.", alarm);
  gauge("caspilink_alarm_position_latitude_degrees",
        "Latitude of that place by the plant's route position list, which may be illustrative.",
        alarm);
  gauge("caspilink_alarm_position_longitude_degrees", "Longitude of that place likewise.", alarm);
  counter("caspilink_alarms_raised_total", "Alarms raised since the collector started.",
          {"alarm_type"});

  const std::vector<std::string> path = {"fibre_pair", "direction", "channel"};
  gauge("caspilink_performance_15min_seconds",
        "Seconds of the last closed 15-minute bin that were errored, severely errored or "
        "unavailable; without a direction, of the fibre pair as a whole.",
        {"fibre_pair", "direction", "channel", "class"});
  gauge("caspilink_performance_15min_background_block_errors",
        "Background block errors of the last closed 15-minute bin.", path);
  gauge("caspilink_performance_15min_suspect",
        "1 where the last closed 15-minute bin is incomplete, else 0.", path);
  gauge("caspilink_performance_intervals_to_correct",
        "Intervals that late readings touched and whose bins are to be made again.", {});
  gauge("caspilink_fibre_pair_availability_ratio",
        "Share of this UTC month's known seconds in which a fibre pair was available.",
        {"fibre_pair"});
  gauge("caspilink_fibre_pair_known_seconds",
        "Seconds of this UTC month of which is known whether a fibre pair was available.",
        {"fibre_pair"});

  gauge("caspilink_plant_info", "The plant that is watched.", {"plant", "kind"});
  gauge("caspilink_plant_position_list_info",
        "Whether the plant's latitudes and longitudes are surveyed or illustrative, a drawing; "
        "absent "
        "without them.",
        {"origin"});
  gauge("caspilink_station_info", "A landing station of the plant.",
        {"station", "end", "name", "operator"});

  gauge("caspilink_collector_agent_connected", "1 while an agent has a stream open.", {"station"});
  gauge("caspilink_collector_agent_last_sample_timestamp_seconds",
        "Time of an agent's newest good sample.", {"station"});
  gauge("caspilink_collector_source_last_sample_timestamp_seconds",
        "Time of the newest good sample of one of an agent's sources.", {"station", "source"});
  counter("caspilink_collector_batches_total", "Batches stored, each once.", {"station"});
  counter("caspilink_collector_samples_total", "Good samples stored, each once.", {"station"});
  counter("caspilink_collector_duplicate_batches_total",
          "Batches that had been stored before and were counted once.", {"station"});
  counter("caspilink_collector_refused_batches_total", "Batches that could not be read.",
          {"station"});
  counter("caspilink_collector_rejected_samples_total",
          "Samples set aside, stored and kept from every verdict.", {"station", "reason"});
  counter("caspilink_collector_refused_agents_total", "Streams that were not let in.", {"reason"});
  counter("caspilink_collector_limited_agents_total",
          "Streams that were ended because the agent passed a limit.", {"station", "reason"});
  gauge("caspilink_direction_model_remarks",
        "What a direction's equipment says it is set to and the model could not take as told; the "
        "query API has the words.",
        direction);
  counter("caspilink_collector_twin_evaluations_total",
          "Evaluations of a direction as its transmit side reports it.", {});
  counter("caspilink_collector_twin_failures_total",
          "Of these, such as could not be evaluated; the model before them stands.", {});
  gauge("caspilink_collector_twin_last_delay_seconds",
        "From a committed change to the expectation that follows it, the last time.", {});
  counter("caspilink_collector_refused_queries_total",
          "Calls of the query API that were not let in.", {"reason"});
  gauge("caspilink_collector_store_size_bytes", "Size of the store in use.", {});
  gauge("caspilink_collector_store_batches", "Batches kept in the store.", {});
  gauge("caspilink_collector_store_queued_batches", "Batches received and not yet durable.", {});
  counter("caspilink_collector_store_commits_total", "Transactions the store has made durable.",
          {});
  counter("caspilink_collector_store_failed_commits_total",
          "Transactions the store could not write; their batches were not acknowledged.", {});
  gauge("caspilink_collector_store_last_commit_duration_seconds",
        "Time the last transaction took, fsync included.", {});
  counter("caspilink_collector_remote_write_samples_total",
          "Samples a receiver of remote write has taken.", {"receiver"});
  counter("caspilink_collector_remote_write_dropped_samples_total",
          "Samples a receiver of remote write will not take.", {"receiver", "reason"});
  counter("caspilink_collector_remote_write_failed_requests_total",
          "Requests of remote write that were not taken.", {"receiver"});
  gauge("caspilink_collector_remote_write_last_success_timestamp_seconds",
        "When a receiver of remote write last took a request.", {"receiver"});
  gauge("caspilink_collector_remote_write_delay_seconds",
        "Time since the newest batch that a receiver has whole was received; 0 when none waits.",
        {"receiver"});
  gauge("caspilink_collector_snapshot_timestamp_seconds", "Time of the moment this scrape shows.",
        {});
  return all;
}

std::string row(std::string_view name, std::string_view type, std::string_view labels,
                std::string_view help) {
  return fmt::format("| `{}` | {} | {} | {} |\n", name, type, labels, help);
}

std::string code_list(const std::vector<std::string>& labels) {
  std::string text;
  for (const std::string& label : labels)
    text += fmt::format("{}`{}`", text.empty() ? "" : ", ", label);
  return text;
}

std::string_view name_of(prometheus::MetricType type) {
  return type == prometheus::MetricType::Counter ? "counter" : "gauge";
}

}  // namespace

std::string expected_metric(const codec::QuantityInfo& info) {
  if (std::ranges::find(kModelled, info.quantity) == kModelled.end()) return {};
  return fmt::format("caspilink_expected_{}", rest_of(info));
}

std::string residual_metric(const codec::QuantityInfo& info) {
  if (expected_metric(info).empty()) return {};
  std::string_view rest = rest_of(info);
  std::string_view unit;
  // The difference of two levels is a ratio.
  if (constexpr std::string_view kLevel = "_dbm"; rest.ends_with(kLevel)) {
    rest.remove_suffix(kLevel.size());
    unit = "_decibels";
  }
  return fmt::format("caspilink_residual_{}{}", rest, unit);
}

std::string uncertainty_metric(const codec::QuantityInfo& info) {
  const std::string residual = residual_metric(info);
  constexpr std::string_view kResidual = "caspilink_residual_";
  if (residual.empty()) return {};
  return fmt::format("{}uncertainty_{}", kResidual,
                     std::string_view(residual).substr(kResidual.size()));
}

const std::vector<Metric>& metrics() {
  static const std::vector<Metric> all = build();
  return all;
}

std::string reference_page() {
  std::string page =
      "# Metrics of caspilink-collector\n\n"
      "Made by `caspilink-collector metrics-reference` from the quantity table and the "
      "collector's\n"
      "own; a test holds it against a real scrape.\n\n"
      "Missing is absent: a reading that is stale or does not exist has no sample, and a dead\n"
      "source's series end. `direction` is `a-b` or `b-a`, `station` the one that reports.\n\n"
      "| Metric | Type | Labels | Meaning |\n|---|---|---|---|\n";
  for (const Metric& metric : metrics()) {
    page += row(metric.name, metric.type == MetricType::kCounter ? "counter" : "gauge",
                code_list(metric.labels), metric.help);
  }
  page +=
      "\nOf every CaspiLink program:\n\n| Metric | Type | Labels | Meaning |\n|---|---|---|---|\n";
  for (const auto& family : endpoint::process_metrics("caspilink-collector")) {
    std::vector<std::string> labels;
    if (!family.metric.empty()) {
      for (const auto& label : family.metric.front().label) labels.push_back(label.name);
    }
    page += row(family.name, name_of(family.type), code_list(labels), family.help);
  }
  return page;
}

}  // namespace caspilink::exposition
