#include "collector/store/history.h"

#include <map>
#include <utility>

#include <fmt/format.h>

#include "collector/store/columns.h"
#include "collector/store/schema.h"
#include "collector/store/sqlite.h"
#include "collector/store/sqlite_store.h"

namespace caspilink::store {
namespace {

using Catalogue = std::map<std::uint32_t, codec::MeasurementPoint>;

Catalogue read_catalogue(Database& database, std::int64_t boot_id) {
  Catalogue found;
  Statement series(database,
                   "SELECT number, quantity, statistic, source, component, fibre_pair, channel,"
                   " element, peer FROM series WHERE boot_id = ?1");
  series.bind(1, boot_id);
  while (series.step()) {
    const auto quantity =
        codec::quantity_from_number(static_cast<std::uint32_t>(series.integer(1)));
    if (!quantity) continue;
    found.emplace(
        static_cast<std::uint32_t>(series.integer(0)),
        codec::MeasurementPoint{.quantity = *quantity,
                                .statistic = static_cast<codec::Statistic>(series.integer(2)),
                                .source = std::string(series.text(3)),
                                .component = std::string(series.text(4)),
                                .fibre_pair = std::string(series.text(5)),
                                .channel = static_cast<std::uint32_t>(series.integer(6)),
                                .element = std::string(series.text(7)),
                                .peer = std::string(series.text(8))});
  }
  return found;
}

bool passes(const HistoryFilter& filter, const codec::MeasurementPoint& point, std::int64_t time) {
  return (!filter.quantity || point.quantity == *filter.quantity) &&
         (!filter.from_unix_ns || time >= *filter.from_unix_ns) &&
         (!filter.to_unix_ns || time < *filter.to_unix_ns);
}

}  // namespace

struct History::Impl {
  std::unique_ptr<Database> database;
  ColumnCodec codec;

  Result<void> outcome() {
    auto error = database->take_error();
    database->execute("ROLLBACK");
    (void)database->take_error();
    if (error) return tl::unexpected(std::move(*error));
    return {};
  }
};

History::History(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
History::~History() = default;

Result<std::unique_ptr<History>> History::open(const std::string& directory) {
  const std::string path = database_path(directory);
  auto database = Database::open(path, Database::Mode::kReadOnly);
  if (!database) return tl::unexpected(database.error());
  if (auto good = check_version(**database, path); !good) return tl::unexpected(good.error());
  auto impl = std::make_unique<Impl>();
  impl->database = std::move(*database);
  return std::unique_ptr<History>(new History(std::move(impl)));
}

Result<void> History::samples(const HistoryFilter& filter,
                              const std::function<void(const HistoryRow&)>& visit) {
  Database& database = *impl_->database;
  database.execute("BEGIN");
  std::map<std::int64_t, Catalogue> catalogues;
  std::optional<Error> corrupt;
  {
    Statement batches(database,
                      "SELECT boot_id, agent, boot, sequence, block FROM batches"
                      " JOIN boots ON boots.id = batches.boot_id"
                      " WHERE (?1 = '' OR agent = ?1) AND newest_unix_ns >= ?2"
                      " AND oldest_unix_ns < ?3 ORDER BY batches.id");
    const std::string station = filter.station.value_or("");
    batches.bind(1, std::string_view(station))
        .bind(2, filter.from_unix_ns.value_or(INT64_MIN))
        .bind(3, filter.to_unix_ns.value_or(INT64_MAX));
    while (batches.step()) {
      const std::int64_t boot_id = batches.integer(0);
      const std::string agent(batches.text(1));
      const codec::BatchId id{.boot = static_cast<std::uint64_t>(batches.integer(2)),
                              .sequence = static_cast<std::uint64_t>(batches.integer(3))};
      const auto judged = impl_->codec.decode(batches.blob(4), id);
      if (!judged) {
        corrupt = judged.error();
        corrupt->where = fmt::format("{} batch {:x}/{}", agent, id.boot, id.sequence);
        break;
      }
      auto catalogue = catalogues.find(boot_id);
      if (catalogue == catalogues.end()) {
        catalogue = catalogues.emplace(boot_id, read_catalogue(database, boot_id)).first;
      }
      const codec::Batch& batch = judged->batch;
      for (std::size_t row = 0; row < batch.size(); ++row) {
        if (judged->reason(row) != SetAside::kNone) continue;
        const auto point = catalogue->second.find(batch.series[row]);
        if (point == catalogue->second.end()) continue;
        if (!passes(filter, point->second, batch.times_unix_ns[row])) continue;
        visit({.station = agent,
               .batch = id,
               .row = row,
               .time_unix_ns = batch.times_unix_ns[row],
               .point = point->second,
               .reading = batch.reading(row),
               .value = batch.values[row]});
      }
    }
  }
  auto read = impl_->outcome();
  if (corrupt) return tl::unexpected(std::move(*corrupt));
  return read;
}

Result<void> History::batches(const std::function<void(const BatchRow&)>& visit) {
  {
    Statement batches(*impl_->database,
                      "SELECT agent, boot, sequence, samples, set_aside FROM batches"
                      " JOIN boots ON boots.id = batches.boot_id ORDER BY agent, boot, sequence");
    while (batches.step()) {
      visit({.station = std::string(batches.text(0)),
             .batch = {.boot = static_cast<std::uint64_t>(batches.integer(1)),
                       .sequence = static_cast<std::uint64_t>(batches.integer(2))},
             .samples = static_cast<std::uint64_t>(batches.integer(3)),
             .set_aside = static_cast<std::uint64_t>(batches.integer(4))});
    }
  }
  return impl_->outcome();
}

Result<void> History::alarms(const std::function<void(const AlarmRecord&)>& visit) {
  {
    Statement alarms(*impl_->database, "SELECT * FROM alarms ORDER BY id");
    while (alarms.step()) {
      visit(
          {.id = static_cast<std::uint64_t>(alarms.integer(0)),
           .type = std::string(alarms.text(1)),
           .severity = std::string(alarms.text(2)),
           .station = std::string(alarms.text(3)),
           .fibre_pair = std::string(alarms.text(4)),
           .direction = std::string(alarms.text(5)),
           .channel = static_cast<std::uint32_t>(alarms.integer(6)),
           .text = std::string(alarms.text(7)),
           .raised_unix_ns = alarms.integer(8),
           .cleared_unix_ns = alarms.is_null(9) ? std::nullopt : std::optional(alarms.integer(9))});
    }
  }
  return impl_->outcome();
}

}  // namespace caspilink::store
