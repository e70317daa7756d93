// caspictl: what a collector knows, and what operators do about it, from a terminal or a script.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "collector/ctl/arguments.h"
#include "collector/ctl/client.h"
#include "collector/ctl/commands.h"
#include "collector/ctl/connection.h"
#include "proto/endpoint/program.h"

namespace caspilink::ctl {
namespace {

constexpr int kBadUsage = 2;

std::optional<std::string> variable(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

using Command = Result<void> (Commands::*)();

// The command line: options common to all, then a command with its own.
class CommandLine {
 public:
  CommandLine() {
    app_.set_version_flag("--version", std::string(kProgram) + " " CASPILINK_VERSION);
    app_.fallthrough();
    app_.require_subcommand(1);
    app_.add_option("--config", given_.flags.config,
                    "Connection settings (YAML); default ~/.config/caspilink/caspictl.yaml");
    app_.add_option("--address", given_.flags.address,
                    "The collector's query address; default 127.0.0.1:9402");
    app_.add_option("--server-name", given_.flags.server_name,
                    "Name the collector's certificate must have, where it is not the host's");
    app_.add_option("--ca-file", given_.flags.ca_file, "PEM of the private CA");
    app_.add_option("--certificate-file", given_.flags.certificate_file,
                    "PEM of your operator's or viewer's certificate");
    app_.add_option("--key-file", given_.flags.key_file, "PEM of its key");
    app_.add_option("--format", given_.format, "table, or json: one object a line")
        ->check(CLI::IsMember({"table", "json"}));
    app_.add_option("--colour", given_.colour, "auto (a terminal, NO_COLOR not set), always, never")
        ->check(CLI::IsMember({"auto", "always", "never"}));
    app_.add_option("--timeout-s", given_.timeout_s, "Patience with one answer; default 10")
        ->check(CLI::Range(0.1, 3600.0));

    auto* status = add(app_, "status", "The line at a glance", &Commands::status);
    of_fibre_pair(status);
    status->add_flag("--channels", given_.channels, "Every channel too (json)");
    auto* margins =
        add(app_, "margins", "Margins: now, expected, against before, at the end of life",
            &Commands::margins);
    of_fibre_pair(margins);
    margins->add_flag("--channels", given_.channels, "Channel by channel");
    add_baselines();
    add_alarms();
    add_maintenance();
    auto* bins = add(app_, "performance", "15-minute and 24-hour bins", &Commands::performance);
    bins->add_option("--interval", given_.interval, "15min or 24h")
        ->check(CLI::IsMember({"15min", "24h"}));
    bins->add_option("--quantity", given_.quantity, "A quantity, or a count: errored_seconds");
    bins->add_option("--direction", given_.direction, "a-b or b-a");
    of_place(bins);
    of_time(bins);
    auto* levels = add(app_, "service-levels", "Availability and latency of a month",
                       &Commands::service_levels);
    levels->add_option("--month", given_.month, "UTC, as in 2026-11; default: this month");
    auto* history = add(app_, "history", "Stored samples", &Commands::history);
    history->add_option("--quantity", given_.quantity, "As in channel_input_power")->required();
    of_place(history);
    of_time(history, true);
    auto* locate = add(app_, "locate", "Where an alarm's cause is, or a distance from a station",
                       &Commands::locate);
    locate->add_option("ID", given_.id, "The alarm");
    locate->add_option("--station", given_.station, "Instead: from this station");
    locate->add_option("--km", given_.km, "this many kilometres of cable");
    of_otdr(locate);
    auto* agents = add(app_, "agents", "The stations' agents; reload", &Commands::agents);
    agents->require_subcommand(0, 1);
    add(*agents, "list", "What each has said", &Commands::agents);
    auto* reload =
        add(*agents, "reload", "Have one read its configuration again", &Commands::reload_agent);
    reload->add_option("STATION", given_.station, "Its landing station")->required();
    reload->add_option("--note", given_.note, "Why; kept in the audit")->required();
    auto* audit = add(app_, "audit", "What operators have done", &Commands::audit);
    of_time(audit);
    auto* watch =
        add(app_, "watch", "Live: redraws on a terminal, else a line an event", &Commands::watch);
    watch->add_flag("--roots", given_.roots, "Without what other alarms explain");
    watch->add_option("--events", given_.events, "End after so many events");
  }

  int run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::Success& help) {
      return app_.exit(help);
    } catch (const CLI::ParseError& error) {
      fmt::print(stderr, "{}: {}; {} --help says more\n", kProgram, error.what(), kProgram);
      return kBadUsage;
    }
    const auto done = execute();
    return done ? 0 : endpoint::report(kProgram, done.error());
  }

 private:
  CLI::App* add(CLI::App& under, const char* name, const char* help, Command command) {
    auto* sub = under.add_subcommand(name, help);
    sub->fallthrough();
    sub->callback([this, command] {
      if (command_ == nullptr) command_ = command;
    });
    return sub;
  }
  void of_fibre_pair(CLI::App* sub) {
    sub->add_option("--fibre-pair", given_.fibre_pair, "Of this fibre pair only");
  }
  void of_place(CLI::App* sub) {
    of_fibre_pair(sub);
    sub->add_option("--station", given_.station, "Of this landing station only");
    sub->add_option("--channel", given_.channel, "Of this channel only");
  }
  void of_time(CLI::App* sub, bool from_required = false) {
    sub->add_option("--from", given_.from,
                    "Not before this time (2026-11-23T21:35:18Z or Unix nanoseconds)")
        ->required(from_required);
    sub->add_option("--to", given_.until, "Before this time");
    sub->add_option("--limit", given_.limit, "At most so many");
  }
  void of_alarm(CLI::App* sub, bool note) {
    sub->add_option("ID", given_.id, "The alarm")->required();
    sub->add_option("--note", given_.note, "Why; kept in the audit")->required(note);
  }
  CLI::Option* of_otdr(CLI::App* sub) {
    auto* km =
        sub->add_option("--otdr-km", given_.otdr_km,
                        "this many kilometres of fibre, as an OTDR or COTDR shows the event");
    sub->add_option("--uncertainty-km", given_.uncertainty_km, "Of that, to either side")
        ->needs(km);
    sub->add_option("--excess", given_.excess_ratio,
                    "How much longer the fibre is than its cable, as in 0.004; default 0")
        ->needs(km);
    return km;
  }
  void add_baselines() {
    auto* baselines = add(app_, "baselines", "Commissioning snapshots and slow drift; commission",
                          &Commands::baselines);
    baselines->require_subcommand(0, 1);
    auto* list = add(*baselines, "list", "What places are compared with", &Commands::baselines);
    for (auto* sub : {baselines, list}) {
      sub->add_option("--quantity", given_.quantity, "Of this quantity only, as in q_value");
      sub->add_option("--direction", given_.direction, "a-b or b-a");
      of_place(sub);
      sub->add_option("--limit", given_.limit, "At most so many");
    }
    auto* commission =
        add(*baselines, "commission", "The line is as it should be: take its snapshots anew",
            &Commands::commission);
    of_fibre_pair(commission);
    commission->add_option("--direction", given_.direction, "a-b or b-a");
    commission->add_option("--note", given_.note, "Why; kept in the audit")->required();
  }
  void add_alarms() {
    auto* alarms =
        add(app_, "alarms", "What stands; ack, shelve, unshelve, place", &Commands::alarms);
    alarms->require_subcommand(0, 1);
    auto* list = add(*alarms, "list", "Standing alarms, or all with --history", &Commands::alarms);
    for (auto* sub : {alarms, list}) {
      sub->add_flag("--history", given_.history, "Cleared ones too");
      sub->add_flag("--roots", given_.roots, "Without what other alarms explain");
      sub->add_option("--type", given_.type, "Of this type only, as in fibre_pair_cut");
      sub->add_option("--severity", given_.severity, "At least this")
          ->check(CLI::IsMember({"indeterminate", "warning", "minor", "major", "critical"}));
      sub->add_option("--station", given_.station, "Of this landing station only");
      of_fibre_pair(sub);
      sub->add_option("--parent", given_.parent, "Consequences of this alarm");
      of_time(sub);
    }
    of_alarm(add(*alarms, "ack", "Acknowledge", &Commands::acknowledge), true);
    auto* shelve = add(*alarms, "shelve", "Shelve for a time", &Commands::shelve);
    of_alarm(shelve, true);
    shelve->add_option("--for", given_.duration, "As in 90s, 15min, 2h, 3d")->required();
    of_alarm(add(*alarms, "unshelve", "Take off the shelf", &Commands::unshelve), false);
    auto* place =
        add(*alarms, "place", "Say where its cause is, as an OTDR shows it", &Commands::place);
    of_alarm(place, true);
    place->add_option("--station", given_.station, "Where it was measured")->required();
    of_otdr(place)->required();
  }
  void add_maintenance() {
    auto* maintenance =
        add(app_, "maintenance", "Planned maintenance; plan, end", &Commands::maintenance);
    maintenance->require_subcommand(0, 1);
    add(*maintenance, "list", "What is planned", &Commands::maintenance);
    auto* plan = add(*maintenance, "plan", "Alarms it covers are nobody's alarm", &Commands::plan);
    plan->add_option("--from", given_.from, "Default: now");
    plan->add_option("--until", given_.until, "End, as a time");
    plan->add_option("--for", given_.duration, "or how long: 15min, 2h, 3d");
    plan->add_option("--station", given_.station, "Covers alarms of this station only");
    of_fibre_pair(plan);
    plan->add_option("--direction", given_.direction, "a-b or b-a");
    plan->add_option("--element", given_.element, "Of this element only");
    plan->add_option("--note", given_.note, "Why; kept in the audit")->required();
    auto* end = add(*maintenance, "end", "End it now", &Commands::end);
    end->add_option("ID", given_.id, "The window")->required();
    end->add_option("--note", given_.note, "Why; kept in the audit");
  }

  Result<void> execute() {
    auto connection = find_connection(given_.flags, variable);
    if (!connection) return tl::unexpected(connection.error());
    auto client = Client::create(std::move(*connection), Seconds(given_.timeout_s));
    if (!client) return tl::unexpected(client.error());
    Commands commands(*client, given_, variable);
    return (commands.*command_)();
  }

  CLI::App app_{"Asks a CaspiLink collector, and does what operators do about alarms.", kProgram};
  Arguments given_;
  Command command_ = nullptr;  // the innermost that was given
};

}  // namespace
}  // namespace caspilink::ctl

int main(int argc, char** argv) {
  // What goes wrong is said once, by us.
  ::setenv("GRPC_VERBOSITY", "NONE", 0);
  // While no call waits, gRPC looks after a connection that is being made only this often; with its
  // own five seconds a handshake takes fifteen after a collector's restart.
  ::setenv("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", "200", 0);
  try {
    return caspilink::ctl::CommandLine().run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "caspictl: %s\n", error.what());
    return 1;
  }
}
