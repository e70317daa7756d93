#include "collector/assess/replay.h"

#include <algorithm>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "collector/twin/twin.h"

namespace caspilink::assess {
namespace {

// Samples are read so much at once, and of them each series' last before each step is kept: both
// bound the memory, whatever agents have sent.
constexpr std::int64_t kChunk = 600'000'000'000;

constexpr std::size_t kMostSeries = 500'000;  // of one station

constexpr std::int64_t kNone = INT64_MIN;

struct Row {
  std::int64_t time_unix_ns = kNone;
  codec::Reading reading = codec::Reading::kValue;
  double value = 0;
};

// One station's series, numbered anew: numbers of different boots mean different things.
struct Series {
  std::uint32_t number = 0;
  bool on_plant = false;
};
struct Station {
  fleet::SeriesIndex index;
  std::map<codec::MeasurementPoint, Series> series;
  std::map<std::int64_t, std::vector<Row>> last_before;  // a step's time, by number of the series
};

class Replay {
 public:
  Replay(const std::shared_ptr<const twin::Model>& designed, const ReplaySettings& settings)
      : from_(settings.from_unix_ns),
        step_(settings.step_ns),
        fleet_(designed->shared_plant(), 0, settings.freshness),
        twin_(designed, settings.follow),
        assessor_(fleet_, settings.assess) {
    fleet_.watch(twin::Follower::follows);
  }

  Result<void> read(store::History& history, std::int64_t from, std::int64_t to) {
    found_.clear();
    return history.samples({.from_unix_ns = from, .to_unix_ns = to},
                           [this](const store::HistoryRow& row) { keep(row); });
  }

  // Lets the fleet hear what was measured between the step before and this one.
  Result<void> advance(std::int64_t step) {
    for (auto& [name, station] : stations_) {
      const auto last = station.last_before.extract(step);
      if (last.empty()) continue;
      store::JudgedBatch judged{.agent = name, .received_unix_ns = step};
      for (std::uint32_t series = 0; series < last.mapped().size(); ++series) {
        const Row& row = last.mapped()[series];
        if (row.time_unix_ns == kNone) continue;
        judged.batch.series.push_back(series);
        judged.batch.times_unix_ns.push_back(row.time_unix_ns);
        judged.batch.values.push_back(row.value);
        judged.batch.readings.push_back(row.reading);
      }
      fleet_.apply(station.index, judged);
    }
    for (const auto& [place, latest] : fleet_.take_moved()) twin_.observe(*place, latest);
    for (const twin::Job& job : twin_.take_jobs(step)) {
      if (auto moved = twin_.accept(twin::evaluate(job), step); !moved) return moved;
    }
    return {};
  }

  Assessment assess(std::int64_t time) { return assessor_.assess(*twin_.model(), time); }

 private:
  // A series as it came up in the reading that goes on: quicker to find than by its point.
  struct Found {
    Station* station = nullptr;
    Series series;
  };

  void keep(const store::HistoryRow& row) {
    auto known = found_.find(&row.point);
    if (known == found_.end()) {
      Station& station = stations_[row.station];
      known = found_.emplace(&row.point, Found{&station, series_of(station, row)}).first;
    }
    const auto& [station, series] = known->second;
    if (!series.on_plant) return;
    auto& rows = station->last_before[step_after(row.time_unix_ns)];
    if (rows.size() <= series.number) rows.resize(station->series.size());
    Row& last = rows[series.number];
    if (row.time_unix_ns <= last.time_unix_ns) return;
    last = {.time_unix_ns = row.time_unix_ns, .reading = row.reading, .value = row.value};
  }

  Series series_of(Station& station, const store::HistoryRow& row) {
    if (const auto known = station.series.find(row.point); known != station.series.end()) {
      return known->second;
    }
    if (station.series.size() == kMostSeries) return {};
    const Series made{
        .number = static_cast<std::uint32_t>(station.series.size()),
        .on_plant = fleet::place_of(fleet_.plant(), row.station, row.point).has_value()};
    fleet_.declare(row.station, {.boot = 1, .series = {{made.number, row.point}}}, station.index);
    return station.series.emplace(row.point, made).first->second;
  }

  // The first at which a sample of this time counts.
  [[nodiscard]] std::int64_t step_after(std::int64_t time) const {
    if (time <= from_) return from_;
    return from_ + (time - from_ + step_ - 1) / step_ * step_;
  }

  const std::int64_t from_;
  const std::int64_t step_;
  fleet::Fleet fleet_;
  twin::Twin twin_;
  Assessor assessor_;
  std::map<std::string, Station> stations_;
  std::unordered_map<const codec::MeasurementPoint*, Found> found_;
};

}  // namespace

Result<void> replay(store::History& history, const std::shared_ptr<const twin::Model>& designed,
                    const ReplaySettings& settings,
                    const std::function<void(const Assessment&)>& visit) {
  std::int64_t warm_up = settings.assess.staleness_ns;
  for (const auto& [quantity, ns] : settings.freshness.of_quantity_ns) {
    warm_up = std::max(warm_up, ns);
  }
  for (const auto& [source, ns] : settings.freshness.of_source_ns) warm_up = std::max(warm_up, ns);
  Replay past(designed, settings);
  std::int64_t read_until = settings.from_unix_ns - warm_up;
  for (std::int64_t time = settings.from_unix_ns; time < settings.to_unix_ns;
       time += settings.step_ns) {
    if (read_until <= time) {
      // All that this step and some more ask for.
      const std::int64_t until = std::min(time + kChunk, settings.to_unix_ns);
      if (auto read = past.read(history, read_until, until); !read) return read;
      read_until = until;
    }
    if (auto moved = past.advance(time); !moved) return moved;
    visit(past.assess(time));
  }
  return {};
}

}  // namespace caspilink::assess
