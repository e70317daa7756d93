#include "agent/sources/replay/replay_source.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <spdlog/spdlog.h>

#include "agent/sources/replay/sample_reader.h"

namespace caspilink::replay {
namespace {

// A turn's work: a millisecond or so, and no more than a batch.
constexpr std::size_t kSamplesATurn = 500;
// Until there is room again; and at most, so that a clock that was set is followed.
constexpr auto kNoRoom = std::chrono::milliseconds(20);
constexpr auto kLongestWait = std::chrono::seconds(1);
// So that a recording of no length is not a flood.
constexpr auto kBetweenRounds = std::chrono::seconds(1);

class ReplaySource final : public sources::Source {
 public:
  ReplaySource(Configuration configuration, const sources::Context& context,
               std::unique_ptr<SampleReader> reader)
      : configuration_(std::move(configuration)),
        now_unix_ns_(context.now_unix_ns),
        room_(context.room),
        timer_(context.io),
        reader_(std::move(reader)) {
    health_.name = configuration_.name;
    health_.kind = "replay";
  }

  void start(sources::Sink sink) override {
    sink_ = std::move(sink);
    enter("checking");
    turn(&ReplaySource::check);
  }

  void stop() override {
    sink_ = nullptr;
    timer_.cancel();
  }

  [[nodiscard]] sources::Health health() const override { return health_; }

 private:
  using Step = void (ReplaySource::*)();

  // Behind what else waits for the io_context.
  void turn(Step step) {
    timer_.expires_after(std::chrono::nanoseconds(0));
    wait(step);
  }
  void wait(Step step) {
    timer_.async_wait([this, step](const asio::error_code& cancelled) {
      if (!cancelled && sink_) (this->*step)();
    });
  }

  void enter(const char* state) {
    health_.parts.clear();
    health_.parts[state] = 1;
  }

  void fail(const Error& error) {
    enter("failed");
    ++health_.errors["malformed"];
    health_.up = false;
    health_.detail = error.message();
    spdlog::error("replay source={} {}", health_.name, health_.detail);
  }

  [[nodiscard]] bool is_ours(const Sample& sample) const {
    return configuration_.station.empty() || sample.station.empty() ||
           sample.station == configuration_.station;
  }

  void check() {
    for (std::size_t count = 0; count < kSamplesATurn; ++count) {
      const auto sample = reader_->next();
      if (!sample) return fail(sample.error());
      if (!*sample) return begin();
    }
    turn(&ReplaySource::check);
  }

  void begin() {
    auto opened = SampleReader::open(configuration_.file);
    if (!opened) return fail(opened.error());
    reader_ = std::move(*opened);
    first_recorded_ns_.reset();
    next_.reset();
    enter("replaying");
    health_.up = true;
    turn(&ReplaySource::replay);
  }

  // Whether there is a next sample; false at the end. The file may have changed since it was
  // checked.
  Result<bool> load() {
    while (!next_) {
      auto sample = reader_->next();
      if (!sample) return tl::unexpected(sample.error());
      if (!*sample) return false;
      if (!is_ours(**sample)) {
        ++health_.counters["samples_of_other_stations"];
        continue;
      }
      next_ = std::move((*sample)->observation);
      if (next_->point.source.empty()) next_->point.source = configuration_.name;
    }
    if (!first_recorded_ns_) {
      first_recorded_ns_ = next_->time_unix_ns;
      began_unix_ns_ = now_unix_ns_();
    }
    return true;
  }

  // When the sample that is next is to be observed.
  [[nodiscard]] std::int64_t due_unix_ns() const {
    const auto after = static_cast<double>(next_->time_unix_ns - *first_recorded_ns_);
    return began_unix_ns_ + std::llround(after / *configuration_.speed);
  }

  void replay() {
    const std::int64_t now = now_unix_ns_();
    const std::size_t room = room_ ? room_() : kSamplesATurn;
    std::vector<codec::Observation> observations;
    std::optional<std::chrono::nanoseconds> pause;
    Result<bool> more = true;
    while (observations.size() < std::min(room, kSamplesATurn)) {
      more = load();
      if (!more || !*more) break;
      if (configuration_.speed && due_unix_ns() > now) {
        pause = std::chrono::nanoseconds(due_unix_ns() - now);
        break;
      }
      if (configuration_.shift) next_->time_unix_ns = due_unix_ns();
      observations.push_back(std::move(*next_));
      next_.reset();
    }
    if (room == 0) {
      ++health_.counters["waits_for_room"];
      pause = kNoRoom;
    }
    observe(observations, now);
    if (!sink_) return;  // whoever took them may have stopped us
    if (!more) return fail(more.error());
    if (!*more) return end();
    timer_.expires_after(std::min<std::chrono::nanoseconds>(
        pause.value_or(std::chrono::nanoseconds(0)), kLongestWait));
    wait(&ReplaySource::replay);
  }

  void observe(const std::vector<codec::Observation>& observations, std::int64_t now) {
    if (observations.empty()) return;
    health_.observations += observations.size();
    health_.last_update_unix_ns = now;
    sink_(observations);
  }

  void end() {
    ++health_.counters["times_to_the_end"];
    spdlog::info("replay source={} state=finished samples={}", health_.name, health_.observations);
    enter("finished");
    if (!configuration_.loop) return;
    timer_.expires_after(kBetweenRounds);
    wait(&ReplaySource::begin);
  }

  const Configuration configuration_;
  const sources::Clock now_unix_ns_;
  const std::function<std::size_t()> room_;
  sources::Sink sink_;
  sources::Health health_;
  asio::steady_timer timer_;
  std::unique_ptr<SampleReader> reader_;
  std::optional<codec::Observation> next_;
  std::optional<std::int64_t> first_recorded_ns_;
  std::int64_t began_unix_ns_ = 0;
};

}  // namespace

Result<std::unique_ptr<sources::Source>> make_replay_source(const Configuration& configuration,
                                                            const sources::Context& context) {
  auto reader = SampleReader::open(configuration.file);
  if (!reader) return tl::unexpected(reader.error());
  return std::make_unique<ReplaySource>(configuration, context, std::move(*reader));
}

}  // namespace caspilink::replay
