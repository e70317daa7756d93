#include "agent/sources/module_memory/module_source.h"

#include <atomic>
#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include "agent/sources/module_memory/decode.h"

namespace caspilink::module_memory {
namespace {

std::string_view error_kind(ReadFailure::Kind kind) {
  switch (kind) {
    case ReadFailure::Kind::kNotSupported:
      return "not_supported";
    case ReadFailure::Kind::kDenied:
      return "denied";
    case ReadFailure::Kind::kNoPort:
      return "no_port";
    case ReadFailure::Kind::kUnavailable:
      return "unavailable";
  }
  return "unavailable";
}

// Ends a read between two pages, so that stopping does not wait for the whole module.
class StoppableReader final : public ModuleReader {
 public:
  StoppableReader(ModuleReader& reader, const std::atomic<bool>& stopped)
      : reader_(reader), stopped_(stopped) {}

  ReadResult<std::vector<std::uint8_t>> read(const PageAddress& address, unsigned first,
                                             unsigned count) override {
    // Of a kind that is not tried again.
    if (stopped_) {
      return tl::unexpected(ReadFailure{ReadFailure::Kind::kNotSupported, "the agent is stopping"});
    }
    return reader_.read(address, first, count);
  }

 private:
  ModuleReader& reader_;
  const std::atomic<bool>& stopped_;
};

// What a poll brings back to the io_context.
struct Poll {
  tl::expected<ModuleReadings, std::pair<std::string, std::string>> readings;  // kind and detail
  std::vector<std::string> troubles;
};

Poll poll_module(ModuleReader& reader) {
  auto read = read_module(reader);
  if (!read) {
    return {tl::unexpected(std::pair(std::string(error_kind(read.error().kind)),
                                     std::move(read.error().detail))),
            {}};
  }
  auto readings = decode(read->image);
  if (!readings) {
    const bool silent = readings.error().code == ErrorCode::kUnavailable;
    return {tl::unexpected(std::pair(std::string(silent ? "no_module" : "unknown_module"),
                                     readings.error().message())),
            std::move(read->troubles)};
  }
  return {std::move(*readings), std::move(read->troubles)};
}

std::set<std::string> raised(const ModuleReadings& readings) {
  std::set<std::string> names;
  for (const Flag& flag : readings.flags) names.insert(flag_name(flag));
  const auto* cmis = std::get_if<CmisDetails>(&readings.details);
  if (cmis == nullptr) return names;
  for (const VdmObservable& observable : cmis->vdm) {
    if (!observable.flags) continue;
    for (const FlagLevel level : *observable.flags) {
      names.insert(fmt::format("{}{}{}", observable.name,
                               observable.lane() == 0 ? "" : fmt::format("{}", observable.lane()),
                               flag_level_suffix(level)));
    }
  }
  return names;
}

class ModuleSource final : public sources::Source {
 public:
  ModuleSource(SourceOptions options, std::unique_ptr<ModuleReader> reader,
               const sources::Context& context)
      : state_(std::make_shared<State>(std::move(options), std::move(reader), context)) {}

  ~ModuleSource() override {
    state_->stopped = true;
    worker_.join();
  }

  void start(sources::Sink sink) override {
    state_->sink = std::move(sink);
    poll(state_, worker_);
  }

  void stop() override {
    state_->stopped = true;
    state_->sink = nullptr;
    state_->timer.cancel();
  }

  [[nodiscard]] sources::Health health() const override { return state_->health; }

 private:
  struct State {
    State(SourceOptions chosen, std::unique_ptr<ModuleReader> from, const sources::Context& context)
        : options(std::move(chosen)),
          reader(std::move(from)),
          io(context.io),
          now_unix_ns(context.now_unix_ns),
          timer(context.io) {
      health.name = options.place.source;
      health.kind = "modules";
    }

    const SourceOptions options;
    const std::unique_ptr<ModuleReader> reader;  // used by the worker alone
    asio::io_context& io;
    const sources::Clock now_unix_ns;
    std::atomic<bool> stopped = false;

    // Of the io_context from here on.
    asio::steady_timer timer;
    sources::Sink sink;
    sources::Health health;
    std::set<std::string> flags;
    std::vector<std::string> warnings;
  };

  static void poll(const std::shared_ptr<State>& state, asio::thread_pool& worker) {
    if (state->stopped) return;
    // The next poll counts from the beginning of this one.
    state->timer.expires_after(std::chrono::nanoseconds(state->options.interval_ns));
    asio::post(worker, [state, &worker] {
      StoppableReader reader(*state->reader, state->stopped);
      Poll result = poll_module(reader);
      const std::int64_t time_unix_ns = state->now_unix_ns();
      // The source, and the worker with it, outlive what runs here: they are asked before used.
      asio::post(state->io, [state, &worker, result = std::move(result), time_unix_ns]() mutable {
        if (state->stopped) return;
        take(*state, std::move(result), time_unix_ns);
        state->timer.async_wait([state, &worker](const std::error_code& cancelled) {
          if (!cancelled) poll(state, worker);
        });
      });
    });
  }

  static void take(State& state, Poll result, std::int64_t time_unix_ns) {
    sources::Health& health = state.health;
    ++health.counters["polls"];
    health.counters["pages_not_read"] += result.troubles.size();
    if (!result.readings) {
      auto& [kind, detail] = result.readings.error();
      ++health.errors[kind];
      if (health.up || health.detail.empty()) {
        spdlog::warn("module does not answer source={} detail=\"{}\"", health.name, detail);
      }
      health.up = false;
      health.detail = std::move(detail);
      return;
    }
    if (!health.up) spdlog::info("module answers source={}", health.name);
    health.up = true;
    health.last_update_unix_ns = time_unix_ns;
    health.detail = result.troubles.empty() ? "" : result.troubles.front();
    tell_changes(state, *result.readings);
    const auto observations =
        to_observations(*result.readings, state.options.place, time_unix_ns, state.options.mapping);
    health.observations += observations.size();
    if (state.sink) state.sink(observations);
  }

  static void tell_changes(State& state, const ModuleReadings& readings) {
    if (auto flags = raised(readings); flags != state.flags) {
      spdlog::warn("module flags source={} raised=\"{}\"", state.health.name,
                   fmt::join(flags, " "));
      ++state.health.counters["flag_changes"];
      state.flags = std::move(flags);
    }
    if (readings.warnings != state.warnings) {
      for (const std::string& warning : readings.warnings) {
        spdlog::warn("module memory source={} detail=\"{}\"", state.health.name, warning);
      }
      state.warnings = readings.warnings;
    }
  }

  std::shared_ptr<State> state_;
  asio::thread_pool worker_{1};
};

}  // namespace

std::unique_ptr<sources::Source> make_module_source(SourceOptions options,
                                                    std::unique_ptr<ModuleReader> reader,
                                                    const sources::Context& context) {
  return std::make_unique<ModuleSource>(std::move(options), std::move(reader), context);
}

}  // namespace caspilink::module_memory
