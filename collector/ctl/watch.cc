#include "collector/ctl/watch.h"

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "collector/ctl/arguments.h"
#include "collector/ctl/output.h"
#include "collector/ctl/screen.h"
#include "collector/ctl/table.h"
#include "collector/ctl/views.h"

namespace caspilink::ctl {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kLinesBelow = 8;
constexpr std::uint32_t kAlarmsShown = 100;
constexpr std::chrono::seconds kBetweenTries{1};
constexpr std::chrono::seconds kBetweenDraws{1};

// Whether asking again may help, of a watch that has been let in once.
bool passes(const Error& error) {
  return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kExhausted;
}

// What a screen shows, gathered by two threads: one asks how the line is, one hears what happens.
class Gathering {
 public:
  Gathering(Client& client, const WatchOptions& options, const Screen& screen)
      : client_(client),
        options_(options),
        screen_(screen),
        asking_([this] { ask(); }),
        hearing_([this] { hear(); }) {}
  ~Gathering() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
    client_.cancel();
    asking_.join();
    hearing_.join();
  }
  Gathering(const Gathering&) = delete;
  Gathering& operator=(const Gathering&) = delete;

  // What to show; an error once it is over, nothing where enough was seen.
  Result<std::optional<std::string>> text() {
    const std::lock_guard lock(mutex_);
    if (end_) {
      if (!*end_) return tl::unexpected(end_->error());
      return std::optional<std::string>();
    }
    std::string all;
    if (trouble_) all += painted(*trouble_, Colour::kBad, options_.colours) + "\n\n";
    if (line_.headline.empty()) {
      all += fmt::format("asking {} ...\n", client_.address().text());
      return std::optional(std::move(all));
    }
    // What asks for attention first: a terminal may have no room for the rest.
    all += line_.headline + '\n' + line_.alarms + '\n';
    for (const std::string& one : happened_) all += one;
    if (!happened_.empty()) all += '\n';
    return std::optional(all + line_.tables);
  }

 private:
  // True where it is over before `how_long` has passed.
  bool over_within(steady_clock::duration how_long) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, how_long, [this] { return over_; });
  }

  // How the line is, in the order in which it is shown.
  struct Line {
    std::string headline;
    std::string alarms;
    std::string tables;
  };

  Result<Line> line() {
    const auto state = client_.call(&wire::Query::Stub::GetState, wire::GetStateRequest());
    if (!state) return tl::unexpected(state.error());
    wire::ListAlarmsRequest request;
    request.set_roots_only(true);
    request.set_limit(kAlarmsShown);
    const auto alarms = client_.call(&wire::Query::Stub::ListAlarms, request);
    if (!alarms) return tl::unexpected(alarms.error());
    std::string all = view(*state, options_.colours);
    const std::size_t tables = all.find("\n\n");
    Line shown{.headline = all.substr(0, tables) + '\n',
               .alarms = view(*alarms, options_.colours),
               .tables = tables == std::string::npos ? "" : all.substr(tables + 2)};
    return shown;
  }

  void ask() {
    do {
      auto shown = line();
      {
        const std::lock_guard lock(mutex_);
        if (shown) {
          line_ = std::move(*shown);
          trouble_.reset();
        } else if (line_.headline.empty() || !passes(shown.error())) {
          end(tl::unexpected(shown.error()));
        } else {
          // First what a narrow screen must not cut off.
          trouble_ = "What follows is old; asking again: " + shown.error().message();
        }
      }
      screen_.wake();
    } while (!over_within(kBetweenDraws));
  }

  void hear() {
    wire::WatchAlarmsRequest request;
    request.set_roots_only(options_.roots_only);
    do {
      const auto heard = client_.watch(request, [this](const wire::WatchAlarmsResponse& message) {
        const std::lock_guard lock(mutex_);
        if (message.has_event()) {
          happened_.push_back(ctl::line(message, options_.colours));
          if (happened_.size() > kLinesBelow) happened_.pop_front();
          if (options_.events != 0 && ++events_ >= options_.events) end({});
        }
        return !over_ && !end_;
      });
      // Whatever is wrong with the collector, asking finds it and says so; but a watcher may be
      // refused where askers are not.
      if (!heard && !passes(heard.error())) {
        const std::lock_guard lock(mutex_);
        end(tl::unexpected(heard.error()));
      }
      screen_.wake();
    } while (!over_within(kBetweenTries));
  }

  // The first one counts. Under the lock.
  void end(Result<void> how) {
    if (!end_ && !over_) end_ = std::move(how);
  }

  Client& client_;
  const WatchOptions options_;
  const Screen& screen_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  std::optional<Result<void>> end_;
  Line line_;
  std::optional<std::string> trouble_;
  std::deque<std::string> happened_;
  std::uint64_t events_ = 0;
  // Last: they begin when all else is there.
  std::thread asking_;
  std::thread hearing_;
};

}  // namespace

Result<void> watch_lines(Client& client, const WatchOptions& options) {
  wire::WatchAlarmsRequest request;
  request.set_roots_only(options.roots_only);
  std::uint64_t events = 0;
  bool ever = false;     // let in
  bool trouble = false;  // and said so
  Result<void> shown;
  const auto take = [&](const wire::WatchAlarmsResponse& message) {
    ever = true;
    trouble = false;
    events += message.has_event() ? 1 : 0;
    shown = put(options.json ? json(message) : line(message, options.colours));
    return shown.has_value() && (options.events == 0 || events < options.events);
  };
  while (true) {
    const auto watched = client.watch(request, take);
    if (!shown || watched) return shown;
    if (!ever || !passes(watched.error())) return watched;
    if (!std::exchange(trouble, true)) {
      fmt::print(stderr, "{}: {}; watching again\n", kProgram, watched.error().message());
    }
    std::this_thread::sleep_for(kBetweenTries);
  }
}

Result<void> watch_screen(Client& client, const WatchOptions& options) {
  auto screen = Screen::open();
  if (!screen) return tl::unexpected(screen.error());
  Gathering gathering(client, options, **screen);
  while (true) {
    auto text = gathering.text();
    if (!text) return tl::unexpected(text.error());
    if (!*text) return {};
    if (auto drawn = (*screen)->draw(**text); !drawn) return drawn;
    if ((*screen)->wait(kBetweenDraws) == Screen::Event::kLeave) return {};
  }
}

}  // namespace caspilink::ctl
