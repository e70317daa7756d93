#include "collector/assess/replay.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "collector/twin/twin.h"

namespace caspilink::assess {
namespace {

// Samples are read and put in order of time so much at once: what bounds the memory.
constexpr std::int64_t kChunk = 600'000'000'000;

struct Row {
  std::int64_t time_unix_ns = 0;
  std::uint32_t series = 0;
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
  std::vector<Row> rows;
  std::size_t applied = 0;
};

class Replay {
 public:
  Replay(const std::shared_ptr<const twin::Model>& designed, const ReplaySettings& settings)
      : fleet_(designed->shared_plant(), 0, settings.freshness),
        twin_(designed, settings.follow),
        assessor_(fleet_, settings.assess) {
    fleet_.watch(twin::Follower::follows);
  }

  Result<void> read(store::History& history, std::int64_t from, std::int64_t to) {
    for (auto& [name, station] : stations_) {
      station.rows.clear();
      station.applied = 0;
    }
    auto read = history.samples({.from_unix_ns = from, .to_unix_ns = to},
                                [this](const store::HistoryRow& row) { keep(row); });
    for (auto& [name, station] : stations_) {
      std::ranges::stable_sort(station.rows, {}, &Row::time_unix_ns);
    }
    return read;
  }

  // Lets the fleet hear all that was measured up to `time`.
  Result<void> advance(std::int64_t time) {
    for (auto& [name, station] : stations_) {
      store::JudgedBatch judged{.agent = name, .received_unix_ns = time};
      for (; station.applied < station.rows.size() &&
             station.rows[station.applied].time_unix_ns <= time;
           ++station.applied) {
        const Row& row = station.rows[station.applied];
        judged.batch.series.push_back(row.series);
        judged.batch.times_unix_ns.push_back(row.time_unix_ns);
        judged.batch.values.push_back(row.value);
        judged.batch.readings.push_back(row.reading);
      }
      if (judged.batch.size() > 0) fleet_.apply(station.index, judged);
    }
    for (const auto& [place, latest] : fleet_.take_moved()) twin_.observe(*place, latest);
    for (const twin::Job& job : twin_.take_jobs(time)) {
      if (auto moved = twin_.accept(twin::evaluate(job), time); !moved) return moved;
    }
    return {};
  }

  Assessment assess(std::int64_t time) { return assessor_.assess(*twin_.model(), time); }

 private:
  void keep(const store::HistoryRow& row) {
    Station& station = stations_[row.station];
    auto known = station.series.find(row.point);
    if (known == station.series.end()) {
      const Series made{
          .number = static_cast<std::uint32_t>(station.series.size()),
          .on_plant = fleet::place_of(fleet_.plant(), row.station, row.point).has_value()};
      known = station.series.emplace(row.point, made).first;
      fleet_.declare(row.station, {.boot = 1, .series = {{made.number, row.point}}}, station.index);
    }
    if (!known->second.on_plant) return;
    station.rows.push_back({.time_unix_ns = row.time_unix_ns,
                            .series = known->second.number,
                            .reading = row.reading,
                            .value = row.value});
  }

  fleet::Fleet fleet_;
  twin::Twin twin_;
  Assessor assessor_;
  std::map<std::string, Station> stations_;
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
    while (read_until <= time) {
      const std::int64_t until = read_until + kChunk;
      if (auto read = past.read(history, read_until, until); !read) return read;
      read_until = until;
      if (read_until > time) break;
      if (auto moved = past.advance(read_until - 1); !moved) return moved;
    }
    if (auto moved = past.advance(time); !moved) return moved;
    visit(past.assess(time));
  }
  return {};
}

}  // namespace caspilink::assess
