// caspictl: what a collector knows, and what operators do about it, from a terminal or a script.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "collector/ctl/client.h"
#include "collector/ctl/connection.h"
#include "collector/ctl/views.h"
#include "collector/ctl/watch.h"
#include "proto/endpoint/program.h"
#include "proto/endpoint/time_text.h"

namespace caspilink::ctl {
namespace {

using Stub = wire::Query::Stub;

constexpr const char* kProgram = "caspictl";
constexpr int kBadUsage = 2;
constexpr std::uint32_t kSamplesOfPage = 10'000;

// Everything the command line may say; empty and 0: nothing.
struct Arguments {
  Flags flags;
  std::string format = "table";
  std::string colour = "auto";
  double timeout_s = 10;
  std::string fibre_pair, station, direction, element, quantity, type, severity, note, month;
  std::string from, until, duration, interval = "15min";
  std::uint32_t channel = 0;
  std::uint32_t limit = 0;
  std::uint64_t id = 0;
  std::uint64_t parent = 0;
  std::uint64_t events = 0;
  std::optional<double> km;
  bool channels = false;
  bool history = false;
  bool roots = false;
};

std::optional<std::string> variable(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

bool wants_colours(const std::string& colour) {
  if (colour != "auto") return colour == "always";
  return ::isatty(STDOUT_FILENO) == 1 && !variable("NO_COLOR") &&
         variable("TERM").value_or("dumb") != "dumb";
}

Result<std::int64_t> time_of(const char* flag, const std::string& text) {
  if (text.empty()) return 0;
  auto time = endpoint::parse_time(text);
  if (!time) return fail(ErrorCode::kInvalidInput, flag, time.error().message());
  return time;
}

Result<double> seconds_of(const char* flag, const std::string& text) {
  if (text.empty()) return 0;
  const auto duration = endpoint::parse_duration(text);
  if (!duration) return fail(ErrorCode::kInvalidInput, flag, duration.error().message());
  return duration->value();
}

wire::Severity severity_of(const std::string& text) {
  static const std::vector<std::pair<std::string, wire::Severity>> kNames = {
      {"indeterminate", wire::SEVERITY_INDETERMINATE},
      {"warning", wire::SEVERITY_WARNING},
      {"minor", wire::SEVERITY_MINOR},
      {"major", wire::SEVERITY_MAJOR},
      {"critical", wire::SEVERITY_CRITICAL}};
  for (const auto& [name, severity] : kNames) {
    if (name == text) return severity;
  }
  return wire::SEVERITY_UNSPECIFIED;
}

// The commands, each against a client that is ready.
class Commands {
 public:
  Commands(Client& client, const Arguments& arguments)
      : client_(client), given_(arguments), colours_(wants_colours(arguments.colour)) {}

  Result<void> status() {
    wire::GetStateRequest request;
    request.set_fibre_pair(given_.fibre_pair);
    request.set_with_channels(given_.channels);
    return ask(&Stub::GetState, request);
  }
  Result<void> margins() {
    wire::GetMarginsRequest request;
    request.set_fibre_pair(given_.fibre_pair);
    request.set_with_channels(given_.channels);
    return ask(&Stub::GetMargins, request);
  }
  Result<void> agents() { return ask(&Stub::ListAgents, wire::ListAgentsRequest()); }
  Result<void> alarms() {
    const auto from = time_of("--from", given_.from);
    if (!from) return tl::unexpected(from.error());
    const auto until = time_of("--to", given_.until);
    if (!until) return tl::unexpected(until.error());
    wire::ListAlarmsRequest request;
    if (given_.history) request.set_scope(wire::ListAlarmsRequest::SCOPE_HISTORY);
    request.set_type(given_.type);
    request.set_at_least(severity_of(given_.severity));
    request.set_station(given_.station);
    request.set_fibre_pair(given_.fibre_pair);
    request.set_roots_only(given_.roots);
    request.set_parent(given_.parent);
    request.set_raised_from_unix_ns(*from);
    request.set_raised_until_unix_ns(*until);
    request.set_limit(given_.limit);
    return ask(&Stub::ListAlarms, request);
  }
  Result<void> acknowledge() {
    wire::AcknowledgeRequest request;
    request.set_alarm(given_.id);
    request.set_note(given_.note);
    return ask(&Stub::Acknowledge, request);
  }
  Result<void> shelve() {
    const auto duration = seconds_of("--for", given_.duration);
    if (!duration) return tl::unexpected(duration.error());
    wire::ShelveRequest request;
    request.set_alarm(given_.id);
    request.set_duration_s(*duration);
    request.set_note(given_.note);
    return ask(&Stub::Shelve, request);
  }
  Result<void> unshelve() {
    wire::UnshelveRequest request;
    request.set_alarm(given_.id);
    request.set_note(given_.note);
    return ask(&Stub::Unshelve, request);
  }
  Result<void> maintenance() { return ask(&Stub::ListMaintenance, wire::ListMaintenanceRequest()); }
  Result<void> plan() {
    const auto from = time_of("--from", given_.from);
    if (!from) return tl::unexpected(from.error());
    const auto until = time_of("--until", given_.until);
    if (!until) return tl::unexpected(until.error());
    const auto duration = seconds_of("--for", given_.duration);
    if (!duration) return tl::unexpected(duration.error());
    if ((*until == 0) == (*duration == 0)) {
      return fail(ErrorCode::kInvalidInput, "", "give one of --until and --for");
    }
    wire::PlanMaintenanceRequest request;
    request.set_from_unix_ns(*from);
    request.set_until_unix_ns(*until);
    request.set_duration_s(*duration);
    request.set_station(given_.station);
    request.set_fibre_pair(given_.fibre_pair);
    request.set_direction(given_.direction);
    request.set_element(given_.element);
    request.set_note(given_.note);
    return ask(&Stub::PlanMaintenance, request);
  }
  Result<void> end() {
    wire::EndMaintenanceRequest request;
    request.set_window(given_.id);
    request.set_note(given_.note);
    return ask(&Stub::EndMaintenance, request);
  }
  Result<void> performance() {
    const auto from = time_of("--from", given_.from);
    if (!from) return tl::unexpected(from.error());
    const auto until = time_of("--to", given_.until);
    if (!until) return tl::unexpected(until.error());
    wire::GetBinsRequest request;
    request.set_length_s(given_.interval == "24h" ? 86'400 : 900);
    request.set_quantity(given_.quantity);
    request.set_station(given_.station);
    request.set_fibre_pair(given_.fibre_pair);
    request.set_direction(given_.direction);
    request.set_channel(given_.channel);
    request.set_from_unix_ns(*from);
    request.set_until_unix_ns(*until);
    request.set_limit(given_.limit);
    return ask(&Stub::GetBins, request);
  }
  Result<void> service_levels() {
    wire::GetServiceLevelsRequest request;
    request.set_month(given_.month);
    return ask(&Stub::GetServiceLevels, request);
  }
  Result<void> audit() {
    const auto from = time_of("--from", given_.from);
    if (!from) return tl::unexpected(from.error());
    const auto until = time_of("--to", given_.until);
    if (!until) return tl::unexpected(until.error());
    wire::GetAuditRequest request;
    request.set_from_unix_ns(*from);
    request.set_until_unix_ns(*until);
    request.set_limit(given_.limit);
    return ask(&Stub::GetAudit, request);
  }
  Result<void> locate() {
    wire::LocateRequest request;
    if (given_.km && !given_.station.empty() && given_.id == 0) {
      request.mutable_distance()->set_station(given_.station);
      request.mutable_distance()->set_km(*given_.km);
    } else if (given_.id != 0 && !given_.km && given_.station.empty()) {
      request.set_alarm(given_.id);
    } else {
      return fail(ErrorCode::kInvalidInput, "", "give an alarm's id, or --station and --km");
    }
    return ask(&Stub::Locate, request);
  }
  Result<void> watch() {
    return ctl::watch(client_, {.roots_only = given_.roots,
                                .redraw = !json() && ::isatty(STDOUT_FILENO) == 1,
                                .json = json(),
                                .colours = colours_,
                                .events = given_.events});
  }

  // Page after page, until there are as many as asked for.
  Result<void> history() {
    const auto from = time_of("--from", given_.from);
    if (!from) return tl::unexpected(from.error());
    const auto until = time_of("--to", given_.until);
    if (!until) return tl::unexpected(until.error());
    wire::GetHistoryRequest request;
    request.set_quantity(given_.quantity);
    request.set_station(given_.station);
    request.set_fibre_pair(given_.fibre_pair);
    request.set_channel(given_.channel);
    request.set_from_unix_ns(*from);
    request.set_until_unix_ns(*until);
    std::uint32_t left = given_.limit == 0 ? kSamplesOfPage : given_.limit;
    std::vector<wire::Sample> samples;
    std::string page;
    Result<void> written;
    do {
      request.set_limit(std::min(left, kSamplesOfPage));
      request.set_page(page);
      auto next = client_.history(request, [&](const wire::GetHistoryResponse& message) {
        left -= static_cast<std::uint32_t>(message.samples_size());
        for (const wire::Sample& sample : message.samples()) {
          if (!json()) {
            samples.push_back(sample);
          } else if (written) {
            written = put(ctl::json(sample));
          }
        }
      });
      if (!next) return tl::unexpected(next.error());
      page = std::move(*next);
    } while (!page.empty() && left > 0 && written);
    if (!json()) written = put(view(std::move(samples), colours_));
    if (!page.empty()) fmt::print(stderr, "{}: there are more; raise --limit\n", kProgram);
    return written;
  }

 private:
  [[nodiscard]] bool json() const { return given_.format == "json"; }

  static Result<void> put(const std::string& text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
        std::fflush(stdout) == 0) {
      return {};
    }
    return fail(ErrorCode::kUnavailable, "", "the output cannot be written");
  }

  template <typename Request, typename Response>
  Result<void> ask(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                   const Request& request) {
    const auto response = client_.call(method, request);
    if (!response) return tl::unexpected(response.error());
    return put(json() ? ctl::json(*response) : view(*response, colours_));
  }

  Client& client_;
  const Arguments& given_;
  const bool colours_;
};

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
    auto* margins = add(app_, "margins", "Margins, observed and expected", &Commands::margins);
    of_fibre_pair(margins);
    margins->add_flag("--channels", given_.channels, "Channel by channel");
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
    add(app_, "agents", "The stations' agents", &Commands::agents);
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
  void add_alarms() {
    auto* alarms = add(app_, "alarms", "What stands; ack, shelve, unshelve", &Commands::alarms);
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
    Commands commands(*client, given_);
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
  try {
    return caspilink::ctl::CommandLine().run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "caspictl: %s\n", error.what());
    return 1;
  }
}
