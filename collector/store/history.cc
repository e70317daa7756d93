#include "collector/store/history.h"

#include <atomic>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "collector/store/pack.h"
#include "collector/store/record_tables.h"
#include "collector/store/schema.h"
#include "collector/store/sqlite_store.h"
#include "proto/sqlite/database.h"

namespace caspilink::store {
namespace {

using Catalogue = std::map<std::uint32_t, codec::MeasurementPoint>;

Catalogue read_catalogue(sqlite::Database& database, std::int64_t boot_id) {
  Catalogue found;
  sqlite::Statement series(
      database,
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

// What the series of one boot mean, read when it is first asked for: who follows a store knows most
// of it already.
class CatalogueOfBoot {
 public:
  CatalogueOfBoot(sqlite::Database& database, std::int64_t boot_id)
      : database_(database), boot_id_(boot_id) {}
  // Null for a number that was not declared.
  const codec::MeasurementPoint* point(std::uint32_t number) {
    if (!read_) read_ = read_catalogue(database_, boot_id_);
    const auto found = read_->find(number);
    return found == read_->end() ? nullptr : &found->second;
  }

 private:
  sqlite::Database& database_;
  std::int64_t boot_id_;
  std::optional<Catalogue> read_;
};

bool passes(const HistoryFilter& filter, const codec::MeasurementPoint& point, std::int64_t time) {
  return (!filter.quantity || point.quantity == *filter.quantity) &&
         (!filter.fibre_pair || point.fibre_pair == *filter.fibre_pair) &&
         (!filter.channel || point.channel == *filter.channel) &&
         (!filter.from_unix_ns || time >= *filter.from_unix_ns) &&
         (!filter.to_unix_ns || time < *filter.to_unix_ns);
}

// What is still to come of a page, block by block.
struct Reading {
  const HistoryFilter& filter;
  const HistoryPage& page;
  const std::function<void(const HistoryRow&)>& visit;
  std::size_t samples = 0;
  std::size_t batches = 0;
  std::optional<HistoryPlace> next{};

  // False: the page is full.
  bool block(std::int64_t position, const std::vector<JudgedBatch>& of,
             CatalogueOfBoot& catalogue) {
    if (batches >= page.most_batches) {
      next = HistoryPlace{.position = position};
      return false;
    }
    batches += of.size();
    const std::size_t first = position == page.from.position ? page.from.sample : 0;
    std::size_t before = 0;
    for (const JudgedBatch& judged : of) {
      for (std::size_t row = first > before ? first - before : 0; row < judged.batch.size();
           ++row) {
        if (!sample({.position = position, .sample = before + row}, judged, row, catalogue)) {
          return false;
        }
      }
      before += judged.batch.size();
    }
    return true;
  }

  bool sample(HistoryPlace place, const JudgedBatch& judged, std::size_t row,
              CatalogueOfBoot& catalogue) {
    const codec::Batch& batch = judged.batch;
    if (judged.reason(row) != SetAside::kNone) return true;
    const codec::MeasurementPoint* point = catalogue.point(batch.series[row]);
    if (point == nullptr || !passes(filter, *point, batch.times_unix_ns[row])) return true;
    if (samples == page.most_samples) {
      next = place;
      return false;
    }
    ++samples;
    visit({.station = judged.agent,
           .batch = batch.id,
           .row = row,
           .time_unix_ns = batch.times_unix_ns[row],
           .point = *point,
           .reading = batch.reading(row),
           .value = batch.values[row]});
    return true;
  }
};

}  // namespace

struct History::Impl {
  std::unique_ptr<sqlite::Database> database;
  Packer packer;
  std::atomic<bool> stopped = false;

  using Bind = std::function<void(sqlite::Statement&)>;
  // False: enough.
  using VisitBlock = std::function<bool(std::int64_t id, const std::vector<JudgedBatch>& batches,
                                        CatalogueOfBoot& catalogue)>;
  // The blocks `where` asks for, unpacked. The id of the last one visited.
  Result<std::int64_t> blocks(const std::string& where, const Bind& bind, const VisitBlock& visit);

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

void History::stop() { impl_->stopped = true; }

Result<std::unique_ptr<History>> History::open(const std::string& directory) {
  const std::string path = database_path(directory);
  auto database = sqlite::Database::open(path, sqlite::Database::Mode::kReadOnly);
  if (!database) return tl::unexpected(database.error());
  if (auto good = check_version(**database, path); !good) return tl::unexpected(good.error());
  auto impl = std::make_unique<Impl>();
  impl->database = std::move(*database);
  return std::unique_ptr<History>(new History(std::move(impl)));
}

Result<std::int64_t> History::Impl::blocks(const std::string& where, const Bind& bind,
                                           const VisitBlock& visit) {
  std::int64_t reached = 0;
  database->execute("BEGIN");
  std::map<std::int64_t, CatalogueOfBoot> catalogues;
  std::optional<Error> broken_off;
  {
    sqlite::Statement rows(*database,
                           "SELECT blocks.id, boot_id, agent, boot, first_sequence, batches,"
                           " received_unix_ns, members, block FROM blocks"
                           " JOIN boots ON boots.id = blocks.boot_id " +
                               where);
    bind(rows);
    while (rows.step()) {
      if (stopped) {
        broken_off = Error{ErrorCode::kUnavailable, "store", "its reader was told to stop"};
        break;
      }
      const std::int64_t boot_id = rows.integer(1);
      const auto batches = packer.unpack({.agent = std::string(rows.text(2)),
                                          .first = {rows.number(3), rows.number(4)},
                                          .batches = rows.number(5),
                                          .received_unix_ns = rows.integer(6),
                                          .members = rows.blob(7),
                                          .block = rows.blob(8)});
      if (!batches) {
        broken_off = batches.error();
        break;
      }
      auto& catalogue =
          catalogues.try_emplace(boot_id, CatalogueOfBoot(*database, boot_id)).first->second;
      reached = rows.integer(0);
      if (!visit(reached, *batches, catalogue)) break;
    }
  }
  auto read = outcome();
  if (broken_off) return tl::unexpected(std::move(*broken_off));
  if (!read) return tl::unexpected(read.error());
  return reached;
}

Result<void> History::samples(const HistoryFilter& filter,
                              const std::function<void(const HistoryRow&)>& visit) {
  const auto read = samples(filter, HistoryPage{}, visit);
  if (!read) return tl::unexpected(read.error());
  return {};
}

Result<std::optional<HistoryPlace>> History::samples(
    const HistoryFilter& filter, const HistoryPage& page,
    const std::function<void(const HistoryRow&)>& visit) {
  const std::string station = filter.station.value_or("");
  Reading reading{.filter = filter, .page = page, .visit = visit};
  const auto read = impl_->blocks(
      "WHERE (?1 = '' OR agent = ?1) AND newest_unix_ns >= ?2 AND oldest_unix_ns < ?3"
      " AND blocks.id >= ?4 ORDER BY blocks.id",
      [&](sqlite::Statement& rows) {
        rows.bind(1, std::string_view(station))
            .bind(2, filter.from_unix_ns.value_or(INT64_MIN))
            .bind(3, filter.to_unix_ns.value_or(INT64_MAX))
            .bind(4, page.from.position);
      },
      [&](std::int64_t at, const std::vector<JudgedBatch>& batches, CatalogueOfBoot& catalogue) {
        return reading.block(at, batches, catalogue);
      });
  if (!read) return tl::unexpected(read.error());
  return reading.next;
}

Result<std::int64_t> History::follow(std::int64_t position, std::size_t most,
                                     const std::function<void(const FollowedBatch&)>& visit) {
  std::size_t visited = 0;
  const auto reached = impl_->blocks(
      "WHERE blocks.id > ?1 ORDER BY blocks.id",
      [&](sqlite::Statement& rows) { rows.bind(1, position); },
      [&](std::int64_t at, const std::vector<JudgedBatch>& batches, CatalogueOfBoot& catalogue) {
        for (const JudgedBatch& judged : batches) {
          visit({.position = at, .batch = judged, .point = [&](std::uint32_t number) {
                   return catalogue.point(number);
                 }});
        }
        visited += batches.size();
        return visited < most;
      });
  if (!reached) return reached;
  return visited == 0 ? position : *reached;
}

Result<void> History::batches(const std::function<void(const BatchRow&)>& visit) {
  std::optional<Error> corrupt;
  {
    sqlite::Statement rows(*impl_->database,
                           "SELECT agent, boot, first_sequence, batches, samples, set_aside,"
                           " members FROM blocks JOIN boots ON boots.id = blocks.boot_id"
                           " ORDER BY agent, boot, first_sequence");
    while (rows.step() && !corrupt) {
      BatchRow row{.station = std::string(rows.text(0)),
                   .batch = {rows.number(1), rows.number(2)},
                   .samples = rows.number(4),
                   .set_aside = rows.number(5)};
      if (rows.blob(6).empty()) {  // of schema version 1: one batch
        visit(row);
        continue;
      }
      const auto members = members_of({.agent = row.station,
                                       .first = row.batch,
                                       .batches = rows.number(3),
                                       .members = rows.blob(6),
                                       .block = {}});
      if (!members) {
        corrupt = members.error();
        break;
      }
      for (const Member& member : *members) {
        row.batch = member.id;
        row.samples = member.rows;
        row.set_aside = member.set_aside;
        visit(row);
      }
    }
  }
  auto read = impl_->outcome();
  if (corrupt) return tl::unexpected(std::move(*corrupt));
  return read;
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
