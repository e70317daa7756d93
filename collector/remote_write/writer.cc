#include "collector/remote_write/writer.h"

#include <algorithm>
#include <tuple>

namespace caspilink::remote_write {
namespace {

constexpr std::int64_t kNanosPerMs = 1'000'000;
constexpr std::int64_t kAgeClass_ms = 10 * 60 * 1000;
constexpr std::size_t kBatchesAtOnce = 200;
constexpr int kReadsAStep = 50;
constexpr std::size_t kMostSeries = 1'000'000;
constexpr int kMostCuts = 12;
constexpr std::int64_t kShortestPause_ns = 1'000'000'000;
constexpr std::int64_t kLongestPause_ns = 60'000'000'000;

Labels sorted(Labels labels) {
  std::ranges::sort(labels);
  return labels;
}

}  // namespace

Writer::Writer(std::unique_ptr<store::History> history, store::Store& store,
               std::shared_ptr<const plant::Plant> plant, ReceiverSettings settings,
               std::unique_ptr<Receiver> receiver)
    : history_(std::move(history)),
      store_(store),
      plant_(std::move(plant)),
      settings_(std::move(settings)),
      receiver_(std::move(receiver)),
      more_(sorted(settings_.labels)) {
  status_.receiver = settings_.name;
}

Result<std::unique_ptr<Writer>> Writer::open(const std::string& store_directory,
                                             store::Store& store,
                                             std::shared_ptr<const plant::Plant> plant,
                                             ReceiverSettings settings,
                                             std::unique_ptr<Receiver> receiver) {
  auto history = store::History::open(store_directory);
  if (!history) return tl::unexpected(history.error());
  std::unique_ptr<Writer> writer(new Writer(std::move(*history), store, std::move(plant),
                                            std::move(settings), std::move(receiver)));
  const auto found = writer->history_->watermarks([&](const store::WatermarkRecord& mark) {
    if (mark.receiver != "remote_write" || mark.stream != writer->settings_.name) return;
    writer->position_ = mark.position;
  });
  if (!found) return tl::unexpected(found.error());
  writer->reached_ = writer->position_;
  return writer;
}

Result<void> Writer::step(std::int64_t now_unix_ns) {
  if (now_unix_ns < not_before_ns_) return {};
  for (int read = 0; read < kReadsAStep && !stopped_; ++read) {
    if (requests_.empty()) {
      const auto more = read_more(now_unix_ns);
      if (!more) return tl::unexpected(more.error());
      if (!*more) {
        note([](Status& status) { status.delay_ns = 0; });
        return {};
      }
      cut_into_requests();
    }
    if (!send_queued(now_unix_ns)) return {};
    position_ = reached_;
    store_.record(store::WatermarkRecord{.receiver = "remote_write",
                                         .stream = settings_.name,
                                         .position = position_,
                                         .at_unix_ns = now_unix_ns});
    note([&](Status& status) {
      status.delay_ns = std::max<std::int64_t>(0, now_unix_ns - newest_received_ns_);
    });
  }
  return {};
}

Status Writer::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void Writer::stop() {
  stopped_ = true;
  receiver_->stop();
}

template <typename Change>
void Writer::note(const Change& change) {
  const std::lock_guard lock(mutex_);
  change(status_);
}

Result<bool> Writer::read_more(std::int64_t now_unix_ns) {
  const auto reached =
      history_->follow(reached_, kBatchesAtOnce,
                       [&](const store::FollowedBatch& batch) { take(batch, now_unix_ns); });
  if (!reached) return tl::unexpected(reached.error());
  const bool more = *reached != reached_;
  reached_ = *reached;
  return more;
}

void Writer::take(const store::FollowedBatch& followed, std::int64_t now_unix_ns) {
  const store::JudgedBatch& judged = followed.batch;
  const codec::Batch& batch = judged.batch;
  newest_received_ns_ = judged.received_unix_ns;
  auto& known = known_.turn_to(judged.agent, batch.id.boot);
  std::uint64_t too_old = 0;
  for (std::size_t row = 0; row < batch.size(); ++row) {
    if (judged.reason(row) != store::SetAside::kNone) continue;
    if (batch.reading(row) != codec::Reading::kValue) continue;
    const std::uint32_t number = batch.series[row];
    const Series& series = known.get(number, [&] { return look_up(followed, number); });
    if (!series.number) continue;
    if (series.statistic != codec::Statistic::kInstant &&
        (series.statistic != codec::Statistic::kAverage || instant_[*series.number])) {
      continue;
    }
    const std::int64_t time = batch.times_unix_ns[row];
    if (settings_.window_ns && now_unix_ns - time > *settings_.window_ns) {
      ++too_old;
      continue;
    }
    waiting_.push_back({.series = *series.number,
                        .time_unix_ms = time / kNanosPerMs,
                        .value = batch.values[row] * series.scale});
  }
  if (too_old > 0) note([&](Status& status) { status.too_old += too_old; });
}

Writer::Series Writer::look_up(const store::FollowedBatch& followed, std::uint32_t number) {
  Series series;
  const codec::MeasurementPoint* point = followed.point(number);
  const auto place =
      point == nullptr ? std::nullopt : fleet::place_of(*plant_, followed.batch.agent, *point);
  if (!place) return series;
  series.statistic = point->statistic;
  series.scale = codec::info(place->quantity).metric_scale;
  const auto found = numbers_.find(*place);
  if (found != numbers_.end()) {
    series.number = found->second;
  } else if (series_.size() < kMostSeries) {
    series.number = static_cast<std::uint32_t>(series_.size());
    numbers_.emplace(*place, *series.number);
    series_.push_back(labels_of(*place, more_));
    instant_.push_back(false);
  }
  if (series.number && series.statistic == codec::Statistic::kInstant) {
    instant_[*series.number] = true;
  }
  return series;
}

void Writer::cut_into_requests() {
  // By age class, oldest first, and within one by series and time. Of two readings within a
  // millisecond a receiver takes one: the later.
  std::ranges::stable_sort(waiting_, [](const Outgoing& a, const Outgoing& b) {
    return std::tuple(a.time_unix_ms / kAgeClass_ms, a.series, a.time_unix_ms) <
           std::tuple(b.time_unix_ms / kAgeClass_ms, b.series, b.time_unix_ms);
  });
  Samples request;
  const auto finish = [&] {
    if (!request.empty()) requests_.push_back(std::exchange(request, {}));
  };
  for (const Outgoing& sample : waiting_) {
    if (!request.empty()) {
      Outgoing& last = request.back();
      if (last.series == sample.series && last.time_unix_ms == sample.time_unix_ms) {
        last.value = sample.value;
        continue;
      }
      if (last.time_unix_ms / kAgeClass_ms != sample.time_unix_ms / kAgeClass_ms ||
          request.size() == settings_.max_samples) {
        finish();
      }
    }
    request.push_back(sample);
  }
  finish();
  waiting_.clear();
  std::ranges::reverse(requests_);
}

bool Writer::send_queued(std::int64_t now_unix_ns) {
  while (!requests_.empty() && !stopped_) {
    if (!send(requests_.back(), 0, now_unix_ns)) return false;
    requests_.pop_back();
  }
  return requests_.empty();
}

bool Writer::send(Samples samples, int cuts, std::int64_t now_unix_ns) {
  const auto hopeless = std::erase_if(
      samples, [this](const Outgoing& sample) { return sample.time_unix_ms <= too_old_until_ms_; });
  note([&](Status& status) { status.too_old += hopeless; });
  if (samples.empty()) return true;
  const Answer answer =
      receiver_->write(encode(series_, samples.data(), samples.data() + samples.size()));
  using enum Answer::Kind;
  if (answer.kind == kTaken) {
    pause_ns_ = 0;
    note([&](Status& status) {
      status.samples += samples.size();
      status.last_success_unix_ns = now_unix_ns;
      status.trouble.clear();
    });
    return true;
  }
  if (answer.kind == kLater) {
    back_off(answer, now_unix_ns);
    return false;
  }
  const auto [oldest, newest] = std::ranges::minmax(samples, {}, &Outgoing::time_unix_ms);
  if (oldest.time_unix_ms == newest.time_unix_ms || cuts == kMostCuts) {
    if (answer.kind == kTooOld) too_old_until_ms_ = newest.time_unix_ms;
    note([&](Status& status) {
      (answer.kind == kTooOld ? status.too_old : status.refused) += samples.size();
      ++status.failed_requests;
      status.trouble = answer.detail;
    });
    return true;
  }
  // The newer half first: its newest sample that is too old settles all that are older.
  const std::int64_t middle = oldest.time_unix_ms + (newest.time_unix_ms - oldest.time_unix_ms) / 2;
  Samples older;
  Samples newer;
  for (const Outgoing& sample : samples) {
    (sample.time_unix_ms <= middle ? older : newer).push_back(sample);
  }
  return send(std::move(newer), cuts + 1, now_unix_ns) &&
         send(std::move(older), cuts + 1, now_unix_ns);
}

void Writer::back_off(const Answer& answer, std::int64_t now_unix_ns) {
  pause_ns_ = std::clamp(2 * pause_ns_, kShortestPause_ns, kLongestPause_ns);
  // Up to a quarter more, so that two collectors do not come back together.
  const std::int64_t jitter =
      std::uniform_int_distribution<std::int64_t>(0, pause_ns_ / 4)(random_);
  not_before_ns_ = now_unix_ns + std::max(pause_ns_ + jitter, answer.retry_after_ns.value_or(0));
  note([&](Status& status) {
    ++status.failed_requests;
    status.trouble = answer.detail;
    status.delay_ns = std::max<std::int64_t>(0, now_unix_ns - newest_received_ns_);
  });
}

}  // namespace caspilink::remote_write
