#include "collector/store/record_tables.h"

#include <cstddef>
#include <cstring>
#include <limits>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

namespace caspilink::store {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

// Columns are bound and read in this order, one after the other.
constexpr const char* kUpsertAlarm =
    "INSERT OR REPLACE INTO alarms (id, type, severity, station, fibre_pair, direction, channel,"
    " text, raised_unix_ns, cleared_unix_ns, element, peer, source, parent, flaps, cause,"
    " cause_element, position_km, position_uncertainty_km, acknowledged_unix_ns, acknowledged_by,"
    " note, shelved_until_unix_ns, shelved_by, shelf_note, cause_by)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr const char* kSelectAlarms =
    "SELECT id, type, severity, station, fibre_pair, direction, channel, text, raised_unix_ns,"
    " cleared_unix_ns, element, peer, source, parent, flaps, cause, cause_element, position_km,"
    " position_uncertainty_km, acknowledged_unix_ns, acknowledged_by, note, shelved_until_unix_ns,"
    " shelved_by, shelf_note, cause_by FROM alarms";
constexpr std::string_view kPlaceColumns =
    "quantity, station, fibre_pair, direction, channel, element, peer, source";

std::int64_t as_signed(std::uint64_t value) { return static_cast<std::int64_t>(value); }
std::uint64_t as_unsigned(std::int64_t value) { return static_cast<std::uint64_t>(value); }

// Binds one parameter after the other.
class Binder {
 public:
  explicit Binder(sqlite::Statement& statement) : statement_(statement) {}
  Binder& operator<<(std::int64_t value) { return statement_.bind(++index_, value), *this; }
  Binder& operator<<(std::uint64_t value) { return *this << as_signed(value); }
  Binder& operator<<(std::uint32_t value) { return *this << std::int64_t{value}; }
  Binder& operator<<(bool value) { return *this << std::int64_t{value ? 1 : 0}; }
  Binder& operator<<(double value) { return statement_.bind(++index_, value), *this; }
  Binder& operator<<(const std::string& text) {
    return statement_.bind(++index_, std::string_view(text)), *this;
  }
  template <typename T>
  Binder& operator<<(const std::optional<T>& value) {
    if (value) return *this << *value;
    return statement_.bind_null(++index_), *this;
  }
  Binder& operator<<(const PlaceName& place) {
    return *this << place.quantity << place.station << place.fibre_pair << place.direction
                 << place.channel << place.element << place.peer << place.source;
  }

 private:
  sqlite::Statement& statement_;
  int index_ = 0;
};

// Reads one column after the other.
class Row {
 public:
  explicit Row(const sqlite::Statement& statement) : statement_(statement) {}
  Row& operator>>(std::int64_t& into) { return into = statement_.integer(column_++), *this; }
  Row& operator>>(std::uint64_t& into) {
    return into = as_unsigned(statement_.integer(column_++)), *this;
  }
  Row& operator>>(std::uint32_t& into) {
    return into = static_cast<std::uint32_t>(statement_.integer(column_++)), *this;
  }
  Row& operator>>(bool& into) { return into = statement_.integer(column_++) != 0, *this; }
  // NaN for null, as which SQLite keeps it.
  Row& operator>>(double& into) {
    into = statement_.is_null(column_) ? std::numeric_limits<double>::quiet_NaN()
                                       : statement_.real(column_);
    return ++column_, *this;
  }
  Row& operator>>(std::string& into) { return into = statement_.text(column_++), *this; }
  template <typename T>
  Row& operator>>(std::optional<T>& into) {
    if (!statement_.is_null(column_)) return *this >> into.emplace();
    return into.reset(), ++column_, *this;
  }
  Row& operator>>(PlaceName& into) {
    return *this >> into.quantity >> into.station >> into.fibre_pair >> into.direction >>
           into.channel >> into.element >> into.peer >> into.source;
  }
  Row& operator>>(std::vector<double>& into) {
    const std::span<const std::byte> bytes = statement_.blob(column_++);
    into.resize(bytes.size() / sizeof(double));
    if (!into.empty()) std::memcpy(into.data(), bytes.data(), into.size() * sizeof(double));
    return *this;
  }

 private:
  const sqlite::Statement& statement_;
  int column_ = 0;
};

}  // namespace

RecordWriter::RecordWriter(sqlite::Database& database)
    : database_(database),
      find_place_(database,
                  "SELECT id FROM places WHERE quantity = ? AND station = ? AND fibre_pair = ?"
                  " AND direction = ? AND channel = ? AND element = ? AND peer = ?"
                  " AND source = ?"),
      insert_place_(database, fmt::format("INSERT INTO places ({}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                                          kPlaceColumns)),
      upsert_alarm_(database, kUpsertAlarm),
      upsert_bin_(database,
                  "INSERT OR REPLACE INTO bins (length_s, start_unix_s, place_id, minimum,"
                  " average, maximum, last, last_unix_ns, samples, suspect)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      upsert_baseline_(database,
                       "INSERT OR REPLACE INTO baselines (place_id, kind, from_unix_ns,"
                       " until_unix_ns, samples, doubles) VALUES (?, ?, ?, ?, ?, ?)"),
      upsert_watermark_(database,
                        "INSERT OR REPLACE INTO watermarks (receiver, stream, position,"
                        " at_unix_ns) VALUES (?, ?, ?, ?)"),
      insert_audit_(database,
                    "INSERT INTO audit (at_unix_ns, operator, action, target, detail)"
                    " VALUES (?, ?, ?, ?, ?)"),
      upsert_maintenance_(database,
                          "INSERT OR REPLACE INTO maintenance (id, from_unix_ns, until_unix_ns,"
                          " station, fibre_pair, direction, element, operator, note)"
                          " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)") {}

void RecordWriter::write(const Record& record) {
  std::visit([this](const auto& one) { write(one); }, record);
}

std::int64_t RecordWriter::place_id(const PlaceName& place) {
  const auto known = place_ids_.find(place);
  if (known != place_ids_.end()) return known->second;
  Binder(find_place_) << place;
  std::int64_t id = 0;
  if (find_place_.step()) {
    id = find_place_.integer(0);
    find_place_.reset();
  } else {
    Binder(insert_place_) << place;
    insert_place_.run();
    id = database_.last_insert_id();
  }
  if (!database_.failed()) place_ids_.emplace(place, id);
  return id;
}

void RecordWriter::write(const AlarmRecord& a) {
  Binder(upsert_alarm_) << a.id << a.type << a.severity << a.station << a.fibre_pair << a.direction
                        << a.channel << a.text << a.raised_unix_ns << a.cleared_unix_ns << a.element
                        << a.peer << a.source << a.parent << a.flaps << a.cause << a.cause_element
                        << a.position_km << a.position_uncertainty_km << a.acknowledged_unix_ns
                        << a.acknowledged_by << a.note << a.shelved_until_unix_ns << a.shelved_by
                        << a.shelf_note << a.cause_by;
  upsert_alarm_.run();
}

void RecordWriter::write(const BinRecord& bin) {
  const std::int64_t place = place_id(bin.place);
  Binder(upsert_bin_) << bin.length_s << bin.start_unix_ns / kNanosPerSecond << place << bin.minimum
                      << bin.average << bin.maximum << bin.last << bin.last_unix_ns << bin.samples
                      << bin.suspect;
  upsert_bin_.run();
}

void RecordWriter::write(const BaselineRecord& baseline) {
  const std::int64_t place = place_id(baseline.place);
  Binder(upsert_baseline_) << place << baseline.kind << baseline.from_unix_ns
                           << baseline.until_unix_ns << baseline.samples;
  upsert_baseline_.bind_blob(6, std::as_bytes(std::span(baseline.values)));
  upsert_baseline_.run();
}

void RecordWriter::write(const WatermarkRecord& watermark) {
  Binder(upsert_watermark_) << watermark.receiver << watermark.stream << watermark.position
                            << watermark.at_unix_ns;
  upsert_watermark_.run();
}

void RecordWriter::write(const AuditRecord& audit) {
  Binder(insert_audit_) << audit.at_unix_ns << audit.operator_name << audit.action << audit.target
                        << audit.detail;
  insert_audit_.run();
}

void RecordWriter::write(const MaintenanceRecord& window) {
  Binder(upsert_maintenance_) << window.id << window.from_unix_ns << window.until_unix_ns
                              << window.station << window.fibre_pair << window.direction
                              << window.element << window.operator_name << window.note;
  upsert_maintenance_.run();
}

void read_alarms(sqlite::Database& database, bool only_standing,
                 const std::function<void(const AlarmRecord&)>& visit) {
  // A shelf belongs to a resource: the last alarm there says whether it is in use.
  constexpr std::string_view kStanding =
      " WHERE cleared_unix_ns IS NULL OR (shelved_until_unix_ns IS NOT NULL AND NOT EXISTS ("
      "SELECT 1 FROM alarms later WHERE later.id > alarms.id AND later.type = alarms.type AND "
      "later.station = alarms.station AND later.fibre_pair = alarms.fibre_pair AND "
      "later.direction = alarms.direction AND later.channel = alarms.channel AND "
      "later.element = alarms.element AND later.source = alarms.source))";
  sqlite::Statement alarms(
      database, std::string(kSelectAlarms) +
                    std::string(only_standing ? kStanding : std::string_view()) + " ORDER BY id");
  while (alarms.step()) {
    AlarmRecord a;
    Row(alarms) >> a.id >> a.type >> a.severity >> a.station >> a.fibre_pair >> a.direction >>
        a.channel >> a.text >> a.raised_unix_ns >> a.cleared_unix_ns >> a.element >> a.peer >>
        a.source >> a.parent >> a.flaps >> a.cause >> a.cause_element >> a.position_km >>
        a.position_uncertainty_km >> a.acknowledged_unix_ns >> a.acknowledged_by >> a.note >>
        a.shelved_until_unix_ns >> a.shelved_by >> a.shelf_note >> a.cause_by;
    visit(a);
  }
}

void read_bins(sqlite::Database& database, const BinFilter& filter,
               const std::function<void(const BinRecord&)>& visit) {
  // Interval by interval, and in each only the places that are asked for.
  const std::string sql = fmt::format(
      "WITH RECURSIVE"
      " wanted AS MATERIALIZED (SELECT * FROM places WHERE (?4 IS NULL OR quantity = ?4)"
      "  AND (?5 IS NULL OR station = ?5) AND (?6 IS NULL OR fibre_pair = ?6)"
      "  AND (?7 IS NULL OR direction = ?7) AND (?8 IS NULL OR channel = ?8)),"
      " starts (s) AS ("
      "  SELECT min(start_unix_s) FROM bins WHERE length_s = ?1 AND start_unix_s >= ?2"
      "  UNION ALL SELECT (SELECT min(start_unix_s) FROM bins"
      "   WHERE length_s = ?1 AND start_unix_s > s) FROM starts WHERE s < ?3)"
      " SELECT {}, length_s, start_unix_s, minimum, average, maximum, last, last_unix_ns,"
      " samples, suspect FROM starts CROSS JOIN wanted CROSS JOIN bins"
      " ON length_s = ?1 AND start_unix_s = s AND place_id = wanted.id WHERE s < ?3",
      kPlaceColumns);
  sqlite::Statement bins(database, sql);
  const auto whole_seconds = [](std::int64_t unix_ns) {
    // Bins start at whole seconds: the first that is not before the time.
    return unix_ns / kNanosPerSecond + (unix_ns % kNanosPerSecond > 0 ? 1 : 0);
  };
  Binder(bins) << filter.length_s << whole_seconds(filter.from_unix_ns.value_or(INT64_MIN))
               << whole_seconds(filter.until_unix_ns.value_or(INT64_MAX)) << filter.quantity
               << filter.station << filter.fibre_pair << filter.direction << filter.channel;
  while (bins.step()) {
    BinRecord bin;
    Row(bins) >> bin.place >> bin.length_s >> bin.start_unix_ns >> bin.minimum >> bin.average >>
        bin.maximum >> bin.last >> bin.last_unix_ns >> bin.samples >> bin.suspect;
    bin.start_unix_ns *= kNanosPerSecond;
    visit(bin);
  }
}

void read_baselines(sqlite::Database& database,
                    const std::function<void(const BaselineRecord&)>& visit) {
  sqlite::Statement baselines(
      database, fmt::format("SELECT {}, kind, from_unix_ns, until_unix_ns, samples, doubles"
                            " FROM baselines JOIN places ON places.id = place_id"
                            " ORDER BY place_id, kind",
                            kPlaceColumns));
  while (baselines.step()) {
    BaselineRecord baseline;
    Row(baselines) >> baseline.place >> baseline.kind >> baseline.from_unix_ns >>
        baseline.until_unix_ns >> baseline.samples >> baseline.values;
    visit(baseline);
  }
}

void read_watermarks(sqlite::Database& database,
                     const std::function<void(const WatermarkRecord&)>& visit) {
  sqlite::Statement watermarks(database,
                               "SELECT receiver, stream, position, at_unix_ns FROM watermarks"
                               " ORDER BY receiver, stream");
  while (watermarks.step()) {
    WatermarkRecord watermark;
    Row(watermarks) >> watermark.receiver >> watermark.stream >> watermark.position >>
        watermark.at_unix_ns;
    visit(watermark);
  }
}

void read_audit(sqlite::Database& database, const std::function<void(const AuditRecord&)>& visit) {
  sqlite::Statement actions(
      database, "SELECT at_unix_ns, operator, action, target, detail FROM audit ORDER BY id");
  while (actions.step()) {
    AuditRecord audit;
    Row(actions) >> audit.at_unix_ns >> audit.operator_name >> audit.action >> audit.target >>
        audit.detail;
    visit(audit);
  }
}

void read_maintenance(sqlite::Database& database,
                      const std::function<void(const MaintenanceRecord&)>& visit) {
  sqlite::Statement windows(
      database,
      "SELECT id, from_unix_ns, until_unix_ns, station, fibre_pair, direction,"
      " element, operator, note FROM maintenance ORDER BY id");
  while (windows.step()) {
    MaintenanceRecord window;
    Row(windows) >> window.id >> window.from_unix_ns >> window.until_unix_ns >> window.station >>
        window.fibre_pair >> window.direction >> window.element >> window.operator_name >>
        window.note;
    visit(window);
  }
}

}  // namespace caspilink::store
