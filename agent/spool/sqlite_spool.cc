#include "agent/spool/sqlite_spool.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "agent/spool/record.h"
#include "agent/spool/sqlite.h"

namespace caspilink::spool {
namespace {

// A position is the boot's ordinal above the batch's sequence: ordered by age, and found without
// an index.
constexpr unsigned kSequenceBits = 40;
constexpr Position kSequenceMask = (Position{1} << kSequenceBits) - 1;

constexpr std::uint64_t kRowCost = 64;       // about what SQLite adds to a record
constexpr std::size_t kForgetAtOnce = 1024;  // forgotten batches gathered before a transaction
constexpr int kLayout = 1;                   // PRAGMA user_version
constexpr Position kLongestGapProbed = 100'000;
constexpr std::size_t kRowsPerTransaction = 1000;

constexpr const char* kSchema =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS boots (ordinal INTEGER PRIMARY KEY, boot INTEGER NOT NULL UNIQUE,"
    "  last_sequence INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS series (boot INTEGER NOT NULL, number INTEGER NOT NULL,"
    "  quantity INTEGER NOT NULL, statistic INTEGER NOT NULL, source TEXT NOT NULL,"
    "  component TEXT NOT NULL, fibre_pair TEXT NOT NULL, channel INTEGER NOT NULL,"
    "  element TEXT NOT NULL, peer TEXT NOT NULL, PRIMARY KEY (boot, number)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS batches (position INTEGER PRIMARY KEY,"
    "  appended_unix_ns INTEGER NOT NULL, samples INTEGER NOT NULL, bytes INTEGER NOT NULL,"
    "  record BLOB NOT NULL);"
    "CREATE TABLE IF NOT EXISTS set_aside (id INTEGER PRIMARY KEY, position INTEGER NOT NULL,"
    "  reason TEXT NOT NULL, record BLOB NOT NULL);"
    "PRAGMA user_version = 1;"
    "COMMIT;";

bool is_damage(const Error& error) { return error.code == ErrorCode::kInternal; }

struct Row {
  Position position = 0;
  std::int64_t appended_unix_ns = 0;
  std::span<const std::byte> record;
};

}  // namespace

struct SqliteSpool::Impl {
  struct Boot {
    Position ordinal = 0;
    std::uint64_t last_sequence = 0;
  };

  // Prepared once a database; gone with it.
  struct Connection {
    explicit Connection(Database opened) : database(std::move(opened)) {}
    Database database;
    Statement put_boot = database.prepare("INSERT OR REPLACE INTO boots VALUES (?, ?, ?)");
    Statement put_series =
        database.prepare("INSERT OR REPLACE INTO series VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    Statement put_batch = database.prepare("INSERT INTO batches VALUES (?, ?, ?, ?, ?)");
    Statement next = database.prepare(
        "SELECT position, record FROM batches WHERE position > ? ORDER BY position LIMIT 1");
    Statement oldest = database.prepare(
        "SELECT position, appended_unix_ns FROM batches ORDER BY position LIMIT 1");
    Statement remove =
        database.prepare("DELETE FROM batches WHERE position = ? RETURNING bytes, samples");
    Statement series = database.prepare(
        "SELECT number, quantity, statistic, source, component, fibre_pair, channel, element, peer"
        " FROM series WHERE boot = ? AND number BETWEEN ? AND ? ORDER BY number");
    Statement copy_aside = database.prepare(
        "INSERT INTO set_aside (position, reason, record)"
        " SELECT position, ?, record FROM batches WHERE position = ?");
    Statement prune_aside =
        database.prepare("DELETE FROM set_aside WHERE id <= (SELECT max(id) - 64 FROM set_aside)");
  };

  explicit Impl(Options given) : options(std::move(given)) {}

  Result<void> open();
  Result<Database> open_file(const std::string& file);
  Result<void> load();
  Result<void> recover();
  void take_over(Database& from);
  bool take_over_row(const Row& row, Stats& draft);

  Error error(const char* doing) const { return connection->database.error(doing); }
  bool begin() { return connection->database.execute("BEGIN IMMEDIATE"); }
  bool commit() { return connection->database.execute("COMMIT"); }
  void rollback() { (void)connection->database.execute("ROLLBACK"); }

  bool remove(Position position, Stats& draft, bool evicted);
  bool remove_forgotten(Stats& draft);
  bool evict_by_age(std::int64_t now_unix_ns, Stats& draft);
  bool make_room(std::uint64_t bytes, Stats& draft);
  bool note_oldest(Stats& draft);
  bool put(const codec::Batch& batch, std::span<const codec::Declaration> first_used,
           std::span<const std::byte> record, std::int64_t now_unix_ns, Position position,
           Stats& draft);
  bool try_set_aside(Position position, const std::string& reason, Stats& draft);

  Options options;
  std::optional<Connection> connection;
  RecordCodec records;
  std::unordered_map<std::uint64_t, Boot> boots;
  std::set<Position> forgotten;
  Stats stats;
};

Result<Database> SqliteSpool::Impl::open_file(const std::string& file) {
  auto database = Database::open(file, Database::Mode::kReadWrite);
  if (!database) return database;
  const std::string pages =
      options.max_pages == 0 ? "" : fmt::format("PRAGMA max_page_count = {};", options.max_pages);
  // Exclusive locking keeps a second agent out and needs no shared-memory file.
  const std::string settings =
      "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
      "PRAGMA cell_size_check = ON; PRAGMA cache_size = -1024; PRAGMA temp_store = MEMORY;"
      "PRAGMA journal_size_limit = 8388608; PRAGMA wal_autocheckpoint = 500;" +
      pages;
  if (!database->execute(settings.c_str())) {
    Error error = database->error("open the spool");
    if (!is_damage(error)) error.detail += " (is another agent running with this state_dir?)";
    return tl::unexpected(std::move(error));
  }
  return database;
}

Result<void> SqliteSpool::Impl::open() {
  auto database = open_file(options.file);
  if (!database) {
    if (is_damage(database.error())) return recover();
    return tl::unexpected(database.error());
  }
  {
    Statement version = database->prepare("PRAGMA user_version");
    if (version.step() == Step::kRow && version.integer(0) > kLayout) {
      return fail(ErrorCode::kInvalidInput, options.file,
                  fmt::format("layout {} was written by a newer version; expected at most {}",
                              version.integer(0), kLayout));
    }
  }
  if (!database->execute(kSchema)) {
    Error error = database->error("prepare the spool");
    if (!is_damage(error)) return tl::unexpected(std::move(error));
    database = tl::unexpected(std::move(error));  // closes the file
    return recover();
  }
  connection.emplace(std::move(*database));
  if (auto loaded = load(); !loaded) {
    return is_damage(loaded.error()) ? recover() : loaded;
  }
  return {};
}

Result<void> SqliteSpool::Impl::load() {
  auto& database = connection->database;
  // Boots that have nothing left to send need no catalogue any more.
  if (!database.execute("BEGIN IMMEDIATE;"
                        "DELETE FROM boots WHERE NOT EXISTS (SELECT 1 FROM batches WHERE position"
                        "  BETWEEN boots.ordinal << 40 AND ((boots.ordinal + 1) << 40) - 1);"
                        "DELETE FROM series WHERE boot NOT IN (SELECT boot FROM boots);"
                        "COMMIT;")) {
    Error failed = error("tidy the spool");
    rollback();
    return tl::unexpected(std::move(failed));
  }
  boots.clear();
  Statement all = database.prepare("SELECT boot, ordinal, last_sequence FROM boots");
  Step step = all.step();
  for (; step == Step::kRow; step = all.step()) {
    boots[all.number(0)] = {.ordinal = all.number(1), .last_sequence = all.number(2)};
  }
  if (step == Step::kFailed) return tl::unexpected(error("read the spool's boots"));

  Statement sums = database.prepare("SELECT count(*), sum(bytes), sum(samples) FROM batches");
  if (sums.step() != Step::kRow) return tl::unexpected(error("read the spool"));
  stats.batches = sums.number(0);
  stats.bytes = sums.number(1);
  stats.samples = sums.number(2);
  if (!note_oldest(stats)) return tl::unexpected(error("read the spool"));
  return {};
}

// The damaged file steps aside whole; what can be read of it moves into a new one.
Result<void> SqliteSpool::Impl::recover() {
  connection.reset();
  const std::string aside = options.file + ".damaged";
  std::error_code failed;
  for (const char* suffix : {"", "-wal"}) {
    std::filesystem::remove(aside + suffix, failed);
    if (std::filesystem::exists(options.file + suffix, failed)) {
      std::filesystem::rename(options.file + suffix, aside + suffix, failed);
      if (failed) return fail(ErrorCode::kUnavailable, options.file, failed.message());
    }
  }
  auto fresh = open_file(options.file);
  if (!fresh) return tl::unexpected(fresh.error());
  if (!fresh->execute(kSchema)) return tl::unexpected(fresh->error("prepare the spool"));
  connection.emplace(std::move(*fresh));

  ++stats.damaged_files;
  stats.batches = stats.bytes = stats.samples = 0;
  stats.oldest_unix_ns.reset();
  if (auto from = Database::open(aside, Database::Mode::kReadWrite)) {
    (void)from->execute(
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA cell_size_check = ON;"
        // A file cut short is refused whole without it.
        "PRAGMA writable_schema = ON;");
    take_over(*from);
  }
  return {};
}

void SqliteSpool::Impl::take_over(Database& from) {
  if (!begin()) return;
  Statement series = from.prepare("SELECT * FROM series");
  while (series.step() == Step::kRow) {
    auto& put = connection->put_series;
    std::vector<std::string> texts;
    texts.reserve(5);
    for (const int column : {0, 1, 2, 3, 7}) put.bind(column, series.integer(column));
    for (const int column : {4, 5, 6, 8, 9}) {
      put.bind(column, texts.emplace_back(series.text(column)));
    }
    (void)put.run();
  }
  // Boots keep their ordinals, and so the batches their positions. A boot whose row is lost is
  // known again from its records.
  Statement rows = from.prepare("SELECT boot, ordinal, last_sequence FROM boots");
  while (rows.step() == Step::kRow) {
    Boot& boot = boots[rows.number(0)];
    boot.ordinal = rows.number(1);
    boot.last_sequence = std::max(boot.last_sequence, rows.number(2));
  }

  std::size_t taken = 0;
  Position last = 0;
  const auto take = [&](Statement& statement) {
    const Row row{statement.number(0), statement.integer(1), statement.blob(2)};
    (void)take_over_row(row, stats);
    if (++taken % kRowsPerTransaction == 0) {
      (void)commit();
      (void)begin();
    }
    return row.position;
  };
  // Forward to the damage, backward to it, then row by row through what lies between.
  Statement forward =
      from.prepare("SELECT position, appended_unix_ns, record FROM batches ORDER BY position");
  Step step = forward.step();
  for (; step == Step::kRow; step = forward.step()) last = take(forward);
  if (step == Step::kFailed) {
    Position upper = last;
    Statement backward = from.prepare(
        "SELECT position, appended_unix_ns, record FROM batches ORDER BY position DESC");
    while (backward.step() == Step::kRow && backward.number(0) > last) upper = take(backward);
    Statement single =
        from.prepare("SELECT position, appended_unix_ns, record FROM batches WHERE position = ?");
    const Position probed = last + kLongestGapProbed;
    for (Position position = last + 1; position < std::min(upper, probed); ++position) {
      if (single.bind(0, position).step() == Step::kRow) take(single);
      single.reset();
    }
  }
  for (const auto& [boot, known] : boots) {
    (void)connection->put_boot.bind(0, known.ordinal)
        .bind(1, boot)
        .bind(2, known.last_sequence)
        .run();
  }
  (void)note_oldest(stats);
  if (!commit()) rollback();
}

bool SqliteSpool::Impl::take_over_row(const Row& row, Stats& draft) {
  const auto batch = records.decode(row.record);
  if (!batch || batch->id.sequence != (row.position & kSequenceMask)) {
    ++draft.damaged_records;
    return false;
  }
  Boot& boot = boots[batch->id.boot];
  if (boot.ordinal == 0) boot.ordinal = row.position >> kSequenceBits;
  boot.last_sequence = std::max(boot.last_sequence, batch->id.sequence);
  const std::uint64_t bytes = row.record.size() + kRowCost;
  if (!connection->put_batch.bind(0, row.position)
           .bind(1, row.appended_unix_ns)
           .bind(2, std::uint64_t{batch->size()})
           .bind(3, bytes)
           .bind(4, row.record)
           .run()) {
    return false;  // there already, or no room: the file aside still has it
  }
  ++draft.batches;
  draft.bytes += bytes;
  draft.samples += batch->size();
  return true;
}

bool SqliteSpool::Impl::remove(Position position, Stats& draft, bool evicted) {
  auto& statement = connection->remove;
  Step step = statement.bind(0, position).step();
  if (step == Step::kRow) {
    const std::uint64_t samples = statement.number(1);
    --draft.batches;
    draft.bytes -= statement.number(0);
    draft.samples -= samples;
    if (evicted) {
      ++draft.evicted_batches;
      draft.evicted_samples += samples;
    }
    step = statement.step();
  }
  statement.reset();
  return step == Step::kDone;
}

bool SqliteSpool::Impl::remove_forgotten(Stats& draft) {
  return std::ranges::all_of(forgotten,
                             [&](Position position) { return remove(position, draft, false); });
}

bool SqliteSpool::Impl::evict_by_age(std::int64_t now_unix_ns, Stats& draft) {
  auto& oldest = connection->oldest;
  while (true) {
    const Step step = oldest.step();
    const Position position = step == Step::kRow ? oldest.number(0) : 0;
    const bool aged =
        step == Step::kRow && oldest.integer(1) < now_unix_ns - options.bounds.max_age_ns;
    oldest.reset();
    if (step == Step::kFailed) return false;
    if (!aged) return true;
    if (!remove(position, draft, true)) return false;
  }
}

bool SqliteSpool::Impl::make_room(std::uint64_t bytes, Stats& draft) {
  auto& oldest = connection->oldest;
  while (draft.batches > 0 && draft.bytes + bytes > options.bounds.max_bytes) {
    const Step step = oldest.step();
    const Position position = step == Step::kRow ? oldest.number(0) : 0;
    oldest.reset();
    if (step != Step::kRow || !remove(position, draft, true)) return false;
  }
  return true;
}

bool SqliteSpool::Impl::note_oldest(Stats& draft) {
  auto& oldest = connection->oldest;
  const Step step = oldest.step();
  draft.oldest_unix_ns =
      step == Step::kRow ? std::optional(oldest.integer(1)) : std::optional<std::int64_t>();
  oldest.reset();
  return step != Step::kFailed;
}

bool SqliteSpool::Impl::put(const codec::Batch& batch,
                            std::span<const codec::Declaration> first_used,
                            std::span<const std::byte> record, std::int64_t now_unix_ns,
                            Position position, Stats& draft) {
  for (const auto& [number, point] : first_used) {
    if (!connection->put_series.bind(0, batch.id.boot)
             .bind(1, std::int64_t{number})
             .bind(2, static_cast<std::int64_t>(point.quantity))
             .bind(3, static_cast<std::int64_t>(point.statistic))
             .bind(4, point.source)
             .bind(5, point.component)
             .bind(6, point.fibre_pair)
             .bind(7, std::int64_t{point.channel})
             .bind(8, point.element)
             .bind(9, point.peer)
             .run()) {
      return false;
    }
  }
  const std::uint64_t bytes = record.size() + kRowCost;
  if (!connection->put_boot.bind(0, position >> kSequenceBits)
           .bind(1, batch.id.boot)
           .bind(2, batch.id.sequence)
           .run() ||
      !connection->put_batch.bind(0, position)
           .bind(1, now_unix_ns)
           .bind(2, std::uint64_t{batch.size()})
           .bind(3, bytes)
           .bind(4, record)
           .run()) {
    return false;
  }
  ++draft.batches;
  ++draft.appended_batches;
  draft.bytes += bytes;
  draft.appended_bytes += bytes;
  draft.samples += batch.size();
  draft.appended_samples += batch.size();
  return note_oldest(draft);
}

bool SqliteSpool::Impl::try_set_aside(Position position, const std::string& reason, Stats& draft) {
  auto& copy = connection->copy_aside;
  return copy.bind(0, reason).bind(1, position).run() && remove(position, draft, false) &&
         connection->prune_aside.run() && note_oldest(draft) && commit();
}

SqliteSpool::SqliteSpool(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

SqliteSpool::~SqliteSpool() { (void)flush(); }

Result<std::unique_ptr<SqliteSpool>> SqliteSpool::open(Options options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  if (auto opened = impl->open(); !opened) return tl::unexpected(opened.error());
  return std::unique_ptr<SqliteSpool>(new SqliteSpool(std::move(impl)));
}

Result<Position> SqliteSpool::append(const codec::Batch& batch,
                                     std::span<const codec::Declaration> first_used,
                                     std::int64_t now_unix_ns) {
  Impl& impl = *impl_;
  const std::vector<std::byte> record = impl.records.encode(batch);
  for (bool recovered = false;; recovered = true) {
    const auto known = impl.boots.find(batch.id.boot);
    Impl::Boot boot = known == impl.boots.end() ? Impl::Boot{} : known->second;
    if (batch.id.boot == 0 || batch.id.sequence != boot.last_sequence + 1 ||
        batch.id.sequence > kSequenceMask) {
      return fail(ErrorCode::kInvalidInput, "spool",
                  fmt::format("batch {:x}/{} is out of sequence, expected {}", batch.id.boot,
                              batch.id.sequence, boot.last_sequence + 1));
    }
    if (boot.ordinal == 0) {
      for (const auto& [id, other] : impl.boots) {
        boot.ordinal = std::max(boot.ordinal, other.ordinal);
      }
      ++boot.ordinal;
    }
    const Position position = (boot.ordinal << kSequenceBits) | batch.id.sequence;
    const std::uint64_t bytes = record.size() + kRowCost;

    Stats draft = impl.stats;
    bool full = false;
    const bool done = impl.begin() && impl.remove_forgotten(draft) &&
                      impl.evict_by_age(now_unix_ns, draft) && [&] {
                        full = impl.options.bounds.keep == Keep::kOldest &&
                               draft.bytes + bytes > impl.options.bounds.max_bytes;
                        if (full) return impl.note_oldest(draft) && impl.commit();
                        return impl.make_room(bytes, draft) &&
                               impl.put(batch, first_used, record, now_unix_ns, position, draft) &&
                               impl.commit();
                      }();
    if (done) {
      impl.forgotten.clear();
      if (full) {
        impl.stats = draft;
        return fail(ErrorCode::kExhausted, impl.options.file,
                    fmt::format("the spool holds its {} bytes and keeps the oldest",
                                impl.options.bounds.max_bytes));
      }
      boot.last_sequence = batch.id.sequence;
      impl.boots[batch.id.boot] = boot;
      impl.stats = draft;
      return position;
    }
    Error error = impl.error("append to the spool");
    impl.rollback();
    if (!is_damage(error) || recovered) return tl::unexpected(std::move(error));
    if (auto mended = impl.recover(); !mended) return tl::unexpected(mended.error());
  }
}

Result<std::optional<Stored>> SqliteSpool::next_after(Position position) {
  Impl& impl = *impl_;
  bool recovered = false;
  while (true) {
    auto& next = impl.connection->next;
    const Step step = next.bind(0, position).step();
    if (step == Step::kFailed) {
      const Error error = impl.error("read the spool");
      next.reset();
      if (!is_damage(error) || recovered) return tl::unexpected(error);
      recovered = true;
      if (auto mended = impl.recover(); !mended) return tl::unexpected(mended.error());
      continue;
    }
    if (step == Step::kDone) {
      next.reset();
      return std::optional<Stored>();
    }
    position = next.number(0);
    if (impl.forgotten.contains(position)) {
      next.reset();
      continue;
    }
    auto batch = impl.records.decode(next.blob(1));
    next.reset();
    std::string why;
    if (!batch) {
      why = batch.error().message();
    } else if (position_of(batch->id) != position) {
      why = "holds a batch of another place";
    } else {
      return Stored{position, std::move(*batch)};
    }
    set_aside(position, why);
  }
}

std::optional<Position> SqliteSpool::position_of(codec::BatchId id) const {
  const auto found = impl_->boots.find(id.boot);
  if (found == impl_->boots.end() || id.sequence > kSequenceMask) return std::nullopt;
  return (found->second.ordinal << kSequenceBits) | id.sequence;
}

Result<codec::Catalogue> SqliteSpool::catalogue(std::uint64_t boot, std::uint32_t first,
                                                std::uint32_t last) {
  codec::Catalogue catalogue{.boot = boot, .series = {}};
  auto& rows = impl_->connection->series;
  rows.bind(0, boot).bind(1, std::int64_t{first}).bind(2, std::int64_t{last});
  Step step = rows.step();
  for (; step == Step::kRow; step = rows.step()) {
    const auto quantity = codec::quantity_from_number(static_cast<std::uint32_t>(rows.integer(1)));
    if (!quantity) continue;  // of another version; its samples will be refused with a reason
    catalogue.series.push_back({static_cast<std::uint32_t>(rows.integer(0)),
                                {.quantity = *quantity,
                                 .statistic = static_cast<codec::Statistic>(rows.integer(2)),
                                 .source = rows.text(3),
                                 .component = rows.text(4),
                                 .fibre_pair = rows.text(5),
                                 .channel = static_cast<std::uint32_t>(rows.integer(6)),
                                 .element = rows.text(7),
                                 .peer = rows.text(8)}});
  }
  std::optional<Error> failed;
  if (step == Step::kFailed) failed = impl_->error("read the spool's catalogue");
  rows.reset();
  if (failed) return tl::unexpected(std::move(*failed));
  return catalogue;
}

void SqliteSpool::forget(Position position) {
  impl_->forgotten.insert(position);
  if (impl_->forgotten.size() >= kForgetAtOnce) (void)flush();
}

Result<void> SqliteSpool::flush() {
  Impl& impl = *impl_;
  if (impl.forgotten.empty()) return {};
  Stats draft = impl.stats;
  if (impl.begin() && impl.remove_forgotten(draft) && impl.note_oldest(draft) && impl.commit()) {
    impl.stats = draft;
    impl.forgotten.clear();
    return {};
  }
  Error error = impl.error("trim the spool");
  impl.rollback();
  return tl::unexpected(std::move(error));
}

void SqliteSpool::set_aside(Position position, const std::string& reason) {
  Impl& impl = *impl_;
  Stats draft = impl.stats;
  if (impl.begin() && impl.try_set_aside(position, reason, draft)) {
    impl.stats = draft;
  } else {
    impl.rollback();
    impl.forgotten.insert(position);  // no room to keep it: at least it is not met again
  }
  ++impl.stats.damaged_records;
}

const Stats& SqliteSpool::stats() const { return impl_->stats; }

}  // namespace caspilink::spool
