#include "collector/store/history.h"

#include <map>
#include <utility>

#include <fmt/format.h>

#include "collector/store/columns.h"
#include "collector/store/record_tables.h"
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

const Catalogue& catalogue_of(Database& database, std::int64_t boot_id,
                              std::map<std::int64_t, Catalogue>& catalogues) {
  auto catalogue = catalogues.find(boot_id);
  if (catalogue == catalogues.end()) {
    catalogue = catalogues.emplace(boot_id, read_catalogue(database, boot_id)).first;
  }
  return catalogue->second;
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
      const Catalogue& catalogue = catalogue_of(database, boot_id, catalogues);
      const codec::Batch& batch = judged->batch;
      for (std::size_t row = 0; row < batch.size(); ++row) {
        if (judged->reason(row) != SetAside::kNone) continue;
        const auto point = catalogue.find(batch.series[row]);
        if (point == catalogue.end()) continue;
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

Result<std::int64_t> History::follow(std::int64_t position, std::size_t most,
                                     const std::function<void(const FollowedBatch&)>& visit) {
  std::int64_t reached = position;
  Database& database = *impl_->database;
  database.execute("BEGIN");
  std::map<std::int64_t, Catalogue> catalogues;
  std::optional<Error> corrupt;
  {
    Statement batches(database,
                      "SELECT batches.id, boot_id, agent, boot, sequence, received_unix_ns, block"
                      " FROM batches JOIN boots ON boots.id = batches.boot_id"
                      " WHERE batches.id > ?1 ORDER BY batches.id LIMIT ?2");
    batches.bind(1, position).bind(2, static_cast<std::int64_t>(most));
    while (batches.step()) {
      const std::int64_t boot_id = batches.integer(1);
      const codec::BatchId id{.boot = static_cast<std::uint64_t>(batches.integer(3)),
                              .sequence = static_cast<std::uint64_t>(batches.integer(4))};
      auto judged = impl_->codec.decode(batches.blob(6), id);
      if (!judged) {
        corrupt = judged.error();
        corrupt->where = fmt::format("{} batch {:x}/{}", batches.text(2), id.boot, id.sequence);
        break;
      }
      judged->agent = batches.text(2);
      judged->received_unix_ns = batches.integer(5);
      const Catalogue& catalogue = catalogue_of(database, boot_id, catalogues);
      reached = batches.integer(0);
      visit({.position = reached, .batch = *judged, .point = [&](std::uint32_t number) {
               const auto found = catalogue.find(number);
               return found == catalogue.end() ? nullptr : &found->second;
             }});
    }
  }
  auto read = impl_->outcome();
  if (corrupt) return tl::unexpected(std::move(*corrupt));
  if (!read) return tl::unexpected(read.error());
  return reached;
}

Result<void> History::alarms(const std::function<void(const AlarmRecord&)>& visit) {
  read_alarms(*impl_->database, false, visit);
  return impl_->outcome();
}

Result<void> History::bins(const BinFilter& filter,
                           const std::function<void(const BinRecord&)>& visit) {
  read_bins(*impl_->database, filter, visit);
  return impl_->outcome();
}

Result<void> History::baselines(const std::function<void(const BaselineRecord&)>& visit) {
  read_baselines(*impl_->database, visit);
  return impl_->outcome();
}

Result<void> History::watermarks(const std::function<void(const WatermarkRecord&)>& visit) {
  read_watermarks(*impl_->database, visit);
  return impl_->outcome();
}

Result<void> History::audit(const std::function<void(const AuditRecord&)>& visit) {
  read_audit(*impl_->database, visit);
  return impl_->outcome();
}

Result<void> History::maintenance(const std::function<void(const MaintenanceRecord&)>& visit) {
  read_maintenance(*impl_->database, visit);
  return impl_->outcome();
}

}  // namespace caspilink::store
