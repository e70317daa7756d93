#include "collector/ctl/watch.h"

#include <deque>
#include <string>

#include "collector/ctl/output.h"
#include "collector/ctl/views.h"

namespace caspilink::ctl {
namespace {

constexpr std::size_t kLinesBelow = 8;
constexpr const char* kClear = "\033[H\033[2J";

// The line, what stands, and what happened last.
Result<void> draw(Client& client, const WatchOptions& options,
                  const std::deque<std::string>& lines) {
  const auto state = client.call(&wire::Query::Stub::GetState, wire::GetStateRequest());
  if (!state) return tl::unexpected(state.error());
  wire::ListAlarmsRequest request;
  request.set_roots_only(true);
  request.set_limit(20);
  const auto alarms = client.call(&wire::Query::Stub::ListAlarms, request);
  if (!alarms) return tl::unexpected(alarms.error());
  std::string screen = kClear + view(*state, options.colours);
  screen += '\n' + view(*alarms, options.colours) + '\n';
  for (const std::string& line : lines) screen += line;
  return put(screen);
}

}  // namespace

Result<void> watch(Client& client, const WatchOptions& options) {
  wire::WatchAlarmsRequest request;
  request.set_roots_only(options.roots_only);
  std::deque<std::string> lines;
  std::uint64_t events = 0;
  bool listed = false;
  Result<void> shown;
  const auto take = [&](const wire::WatchAlarmsResponse& message) {
    events += message.has_event() ? 1 : 0;
    listed = listed || message.has_listed();
    if (options.json) {
      shown = put(json(message));
    } else if (!options.redraw) {
      shown = put(line(message, options.colours));
    } else if (listed) {
      if (message.has_event()) lines.push_back(line(message, options.colours));
      if (lines.size() > kLinesBelow) lines.pop_front();
      shown = draw(client, options, lines);
    }
    return shown.has_value() && (options.events == 0 || events < options.events);
  };
  while (true) {
    listed = false;
    const auto watched = client.watch(request, take);
    if (!shown) return shown;
    if (watched || watched.error().code != ErrorCode::kExhausted || !listed) return watched;
  }
}

}  // namespace caspilink::ctl
