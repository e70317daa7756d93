// caspilink-collector: takes what agents send, judges it against the plant, shows it to Prometheus.
#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "collector/exposition/metrics.h"
#include "collector/program/allocator.h"
#include "collector/program/collector.h"
#include "collector/program/dump.h"
#include "collector/store/backup.h"
#include "proto/endpoint/program.h"
#include "proto/endpoint/time_text.h"

namespace caspilink::program {
namespace {

constexpr const char* kProgram = "caspilink-collector";
constexpr int kBadInput = 2;

struct Arguments {
  std::string config;
  bool check_config = false;
  std::string web_config;
  std::string store;
  std::string to_file;
  std::optional<std::string> station;
  std::optional<std::string> quantity;
  std::optional<std::string> from;
  std::optional<std::string> to;
  std::string format = "csv";
  std::string interval = "15min";
  std::string month;
  int step_s = 60;
};

std::int64_t unix_now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

int run(const Arguments& arguments) {
  if (arguments.config.empty()) {
    return endpoint::report(kProgram, {ErrorCode::kInvalidInput, "", "--config is required"});
  }
  auto config = load_config(arguments.config);
  if (!config) return endpoint::report(kProgram, config.error());
  if (auto logging = endpoint::start_logging(kProgram, config->log_level); !logging) {
    return endpoint::report(kProgram, logging.error());
  }
  if (!arguments.web_config.empty()) config->web_config_file = arguments.web_config;
  auto prepared = prepare(std::move(*config));
  if (!prepared) return endpoint::report(kProgram, prepared.error());
  if (arguments.check_config) return 0;
  auto collector = Collector::start(std::move(*prepared), unix_now);
  if (!collector) return endpoint::report(kProgram, collector.error());
  (*collector)->run(true);
  return 0;
}

int report(const Result<void>& result) {
  return result ? 0 : endpoint::report(kProgram, result.error());
}

int history(const Arguments& arguments) {
  store::HistoryFilter filter{.station = arguments.station};
  if (arguments.quantity) {
    filter.quantity = codec::quantity_from_name(*arguments.quantity);
    if (!filter.quantity) {
      return endpoint::report(kProgram, {ErrorCode::kInvalidInput, "--quantity",
                                         "'" + *arguments.quantity + "' is not in the table"});
    }
  }
  for (const auto& [text, into] : {std::pair{&arguments.from, &filter.from_unix_ns},
                                   std::pair{&arguments.to, &filter.to_unix_ns}}) {
    if (!*text) continue;
    const auto time = endpoint::parse_time(**text);
    if (!time) return endpoint::report(kProgram, time.error());
    *into = *time;
  }
  return report(dump_history(arguments.store, filter,
                             arguments.format == "json" ? Format::kJson : Format::kCsv, stdout));
}

int bins(const Arguments& arguments) {
  store::BinFilter filter{
      .length_s = arguments.interval == "24h" ? store::kDay_s : store::kQuarterHour_s,
      .quantity = arguments.quantity,
      .station = arguments.station};
  for (const auto& [text, into] : {std::pair{&arguments.from, &filter.from_unix_ns},
                                   std::pair{&arguments.to, &filter.until_unix_ns}}) {
    if (!*text) continue;
    const auto time = endpoint::parse_time(**text);
    if (!time) return endpoint::report(kProgram, time.error());
    *into = *time;
  }
  return report(dump_bins(arguments.store, filter, stdout));
}

int verdicts(const Arguments& arguments) {
  auto config = load_config(arguments.config);
  if (!config) return endpoint::report(kProgram, config.error());
  auto model = model_of(*config);
  if (!model) return endpoint::report(kProgram, model.error());
  const auto from = endpoint::parse_time(*arguments.from);
  if (!from) return endpoint::report(kProgram, from.error());
  const auto to = endpoint::parse_time(*arguments.to);
  if (!to) return endpoint::report(kProgram, to.error());
  const core::Settings judging = core_settings(*config, (*model)->plant(), *from);
  return report(dump_verdicts(config->store_dir, *model,
                              {.assess = judging.assess,
                               .freshness = judging.freshness,
                               .follow = judging.follow,
                               .from_unix_ns = *from,
                               .to_unix_ns = *to,
                               .step_ns = std::int64_t{arguments.step_s} * 1'000'000'000},
                              stdout));
}

int main_of(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Takes what agents send, judges it against the plant, shows it to Prometheus.",
               kProgram);
  app.set_version_flag("--version", std::string(kProgram) + " " CASPILINK_VERSION);
  app.add_option("--config", arguments.config, "Configuration file (YAML)");
  app.add_flag("--check-config", arguments.check_config,
               "Check the configuration, the plant and the TLS files, and exit");
  app.add_option("--web.config.file", arguments.web_config,
                 "TLS and passwords of HTTP (YAML, as Prometheus' exporters have it)");
  app.require_subcommand(0, 1);

  auto* history_command = app.add_subcommand("history", "Print stored samples");
  history_command->add_option("--store", arguments.store, "The store's folder")->required();
  history_command->add_option("--station", arguments.station, "Of this landing station only");
  history_command->add_option("--quantity", arguments.quantity, "Of this quantity only");
  history_command->add_option("--from", arguments.from,
                              "Not before this time (2026-11-23T21:35:18Z or unix nanoseconds)");
  history_command->add_option("--to", arguments.to, "Before this time");
  history_command->add_option("--format", arguments.format, "csv or json (one object a line)")
      ->check(CLI::IsMember({"csv", "json"}));
  auto* batches_command =
      app.add_subcommand("batches", "Print which batches are stored and how many samples each has");
  batches_command->add_option("--store", arguments.store, "The store's folder")->required();
  auto* alarms_command = app.add_subcommand("alarms", "Print every alarm that was raised");
  alarms_command->add_option("--store", arguments.store, "The store's folder")->required();
  auto* bins_command = app.add_subcommand(
      "bins", "Print 15-minute or 24-hour bins of quantities and performance counts");
  bins_command->add_option("--store", arguments.store, "The store's folder")->required();
  bins_command->add_option("--interval", arguments.interval, "15min or 24h")
      ->check(CLI::IsMember({"15min", "24h"}));
  bins_command->add_option("--quantity", arguments.quantity, "Of this quantity or count only");
  bins_command->add_option("--station", arguments.station, "Of this landing station only");
  bins_command->add_option("--from", arguments.from, "That begin at this time or later");
  bins_command->add_option("--to", arguments.to, "That begin before this time");
  auto* levels_command = app.add_subcommand(
      "service-levels", "Print availability and latency of each fibre pair over a month");
  levels_command->add_option("--store", arguments.store, "The store's folder")->required();
  levels_command->add_option("--month", arguments.month, "UTC, as in 2026-11")->required();
  auto* backup_command =
      app.add_subcommand("backup", "Copy a store into a new file, also beside a running collector");
  backup_command->add_option("--store", arguments.store, "The store's folder")->required();
  backup_command->add_option("--to", arguments.to_file, "The file to write")->required();
  auto* verdicts_command = app.add_subcommand(
      "verdicts", "Print each direction's verdicts of the past, late samples at their own time");
  verdicts_command->add_option("--config", arguments.config, "The collector's configuration file")
      ->required();
  verdicts_command->add_option("--from", arguments.from, "Beginning, as of history")->required();
  verdicts_command->add_option("--to", arguments.to, "End, exclusive")->required();
  verdicts_command->add_option("--step", arguments.step_s, "Seconds from verdict to verdict")
      ->check(CLI::Range(1, 86'400));
  auto* reference_command =
      app.add_subcommand("metrics-reference", "Print the reference page of the metrics");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kBadInput;
  }
  if (history_command->parsed()) return history(arguments);
  if (batches_command->parsed()) return report(dump_batches(arguments.store, stdout));
  if (alarms_command->parsed()) return report(dump_alarms(arguments.store, stdout));
  if (bins_command->parsed()) return bins(arguments);
  if (levels_command->parsed()) {
    return report(dump_service_levels(arguments.store, arguments.month, stdout));
  }
  if (backup_command->parsed()) {
    return report(store::back_up(arguments.store, arguments.to_file));
  }
  if (verdicts_command->parsed()) return verdicts(arguments);
  if (reference_command->parsed()) {
    std::fputs(exposition::reference_page().c_str(), stdout);
    return 0;
  }
  return run(arguments);
}

}  // namespace
}  // namespace caspilink::program

int main(int argc, char** argv) {
  caspilink::program::settle_allocator();
  try {
    return caspilink::program::main_of(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "caspilink-collector: %s\n", error.what());
    return 1;
  }
}
