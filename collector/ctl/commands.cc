#include "collector/ctl/commands.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "collector/ctl/output.h"
#include "collector/ctl/views.h"
#include "collector/ctl/watch.h"
#include "proto/endpoint/time_text.h"

namespace caspilink::ctl {
namespace {

using Stub = wire::Query::Stub;

constexpr std::uint32_t kSamplesOfPage = 10'000;

bool wants_colours(const std::string& colour, const Environment& environment) {
  if (colour != "auto") return colour == "always";
  return ::isatty(STDOUT_FILENO) == 1 && !environment("NO_COLOR") &&
         environment("TERM").value_or("dumb") != "dumb";
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
  using Name = std::pair<std::string_view, wire::Severity>;
  static constexpr std::array kNames = {
      Name{"indeterminate", wire::SEVERITY_INDETERMINATE}, Name{"warning", wire::SEVERITY_WARNING},
      Name{"minor", wire::SEVERITY_MINOR}, Name{"major", wire::SEVERITY_MAJOR},
      Name{"critical", wire::SEVERITY_CRITICAL}};
  for (const auto& [name, severity] : kNames) {
    if (name == text) return severity;
  }
  return wire::SEVERITY_UNSPECIFIED;
}

wire::OtdrDistance otdr_of(const Arguments& given) {
  wire::OtdrDistance otdr;
  otdr.set_station(given.station);
  otdr.set_fibre_km(*given.otdr_km);
  otdr.set_uncertainty_km(given.uncertainty_km);
  otdr.set_excess_ratio(given.excess_ratio);
  return otdr;
}

}  // namespace

Commands::Commands(Client& client, const Arguments& arguments, const Environment& environment)
    : client_(client), given_(arguments), colours_(wants_colours(arguments.colour, environment)) {}

template <typename Request>
Result<void> Commands::of_time(Request& request) const {
  const auto from = time_of("--from", given_.from);
  if (!from) return tl::unexpected(from.error());
  const auto until = time_of("--to", given_.until);
  if (!until) return tl::unexpected(until.error());
  if constexpr (requires { request.set_raised_from_unix_ns(*from); }) {
    request.set_raised_from_unix_ns(*from);
    request.set_raised_until_unix_ns(*until);
  } else {
    request.set_from_unix_ns(*from);
    request.set_until_unix_ns(*until);
  }
  return {};
}

template <typename Request, typename Response>
Result<void> Commands::ask(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                        Response*),
                           const Request& request) {
  const auto response = client_.call(method, request);
  if (!response) return tl::unexpected(response.error());
  return put(json() ? ctl::json(*response) : view(*response, colours_));
}

Result<void> Commands::status() {
  wire::GetStateRequest request;
  request.set_fibre_pair(given_.fibre_pair);
  request.set_with_channels(given_.channels);
  return ask(&Stub::GetState, request);
}

Result<void> Commands::margins() {
  wire::GetMarginsRequest request;
  request.set_fibre_pair(given_.fibre_pair);
  request.set_with_channels(given_.channels);
  return ask(&Stub::GetMargins, request);
}

Result<void> Commands::baselines() {
  wire::ListBaselinesRequest request;
  request.set_quantity(given_.quantity);
  request.set_station(given_.station);
  request.set_fibre_pair(given_.fibre_pair);
  request.set_direction(given_.direction);
  request.set_channel(given_.channel);
  request.set_limit(given_.limit);
  return ask(&Stub::ListBaselines, request);
}

Result<void> Commands::commission() {
  wire::CommissionRequest request;
  request.set_fibre_pair(given_.fibre_pair);
  request.set_direction(given_.direction);
  request.set_note(given_.note);
  return ask(&Stub::Commission, request);
}

Result<void> Commands::agents() { return ask(&Stub::ListAgents, wire::ListAgentsRequest()); }

Result<void> Commands::reload_agent() {
  wire::ReloadAgentRequest request;
  request.set_station(given_.station);
  request.set_note(given_.note);
  return ask(&Stub::ReloadAgent, request);
}

Result<void> Commands::alarms() {
  wire::ListAlarmsRequest request;
  if (auto good = of_time(request); !good) return good;
  if (given_.history) request.set_scope(wire::ListAlarmsRequest::SCOPE_HISTORY);
  request.set_type(given_.type);
  request.set_at_least(severity_of(given_.severity));
  request.set_station(given_.station);
  request.set_fibre_pair(given_.fibre_pair);
  request.set_roots_only(given_.roots);
  request.set_parent(given_.parent);
  request.set_limit(given_.limit);
  return ask(&Stub::ListAlarms, request);
}

Result<void> Commands::acknowledge() {
  wire::AcknowledgeRequest request;
  request.set_alarm(given_.id);
  request.set_note(given_.note);
  return ask(&Stub::Acknowledge, request);
}

Result<void> Commands::shelve() {
  const auto duration = seconds_of("--for", given_.duration);
  if (!duration) return tl::unexpected(duration.error());
  wire::ShelveRequest request;
  request.set_alarm(given_.id);
  request.set_duration_s(*duration);
  request.set_note(given_.note);
  return ask(&Stub::Shelve, request);
}

Result<void> Commands::unshelve() {
  wire::UnshelveRequest request;
  request.set_alarm(given_.id);
  request.set_note(given_.note);
  return ask(&Stub::Unshelve, request);
}

Result<void> Commands::place() {
  wire::PlaceRequest request;
  request.set_alarm(given_.id);
  *request.mutable_otdr() = otdr_of(given_);
  request.set_note(given_.note);
  return ask(&Stub::Place, request);
}

Result<void> Commands::maintenance() {
  return ask(&Stub::ListMaintenance, wire::ListMaintenanceRequest());
}

Result<void> Commands::plan() {
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

Result<void> Commands::end() {
  wire::EndMaintenanceRequest request;
  request.set_window(given_.id);
  request.set_note(given_.note);
  return ask(&Stub::EndMaintenance, request);
}

Result<void> Commands::performance() {
  wire::GetBinsRequest request;
  if (auto good = of_time(request); !good) return good;
  request.set_length_s(given_.interval == "24h" ? 86'400 : 900);
  request.set_quantity(given_.quantity);
  request.set_station(given_.station);
  request.set_fibre_pair(given_.fibre_pair);
  request.set_direction(given_.direction);
  request.set_channel(given_.channel);
  request.set_limit(given_.limit);
  return ask(&Stub::GetBins, request);
}

Result<void> Commands::service_levels() {
  wire::GetServiceLevelsRequest request;
  request.set_month(given_.month);
  return ask(&Stub::GetServiceLevels, request);
}

Result<void> Commands::audit() {
  wire::GetAuditRequest request;
  if (auto good = of_time(request); !good) return good;
  request.set_limit(given_.limit);
  return ask(&Stub::GetAudit, request);
}

Result<void> Commands::locate() {
  wire::LocateRequest request;
  const bool from_station = !given_.station.empty();
  if (given_.id != 0 && !from_station && !given_.km && !given_.otdr_km) {
    request.set_alarm(given_.id);
  } else if (given_.id == 0 && from_station && given_.km && !given_.otdr_km) {
    request.mutable_distance()->set_station(given_.station);
    request.mutable_distance()->set_km(*given_.km);
  } else if (given_.id == 0 && from_station && given_.otdr_km && !given_.km) {
    *request.mutable_otdr() = otdr_of(given_);
  } else {
    return fail(ErrorCode::kInvalidInput, "",
                "give an alarm's id, or --station and one of --km and --otdr-km");
  }
  return ask(&Stub::Locate, request);
}

Result<void> Commands::watch() {
  const WatchOptions options{
      .roots_only = given_.roots, .json = json(), .colours = colours_, .events = given_.events};
  return !json() && ::isatty(STDOUT_FILENO) == 1 ? watch_screen(client_, options)
                                                 : watch_lines(client_, options);
}

// Page after page, until there are as many as asked for.
Result<void> Commands::history() {
  wire::GetHistoryRequest request;
  if (auto good = of_time(request); !good) return good;
  request.set_quantity(given_.quantity);
  request.set_station(given_.station);
  request.set_fibre_pair(given_.fibre_pair);
  request.set_channel(given_.channel);
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

}  // namespace caspilink::ctl
