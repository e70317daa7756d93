#include "agent/spool/salvage.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>

#include "agent/spool/position_set.h"

namespace caspilink::spool {
namespace {

constexpr Position kLastPosition = std::numeric_limits<std::int64_t>::max();
constexpr Position kProbedOneByOne = 256;
constexpr std::size_t kMostProbes = 50'000;
constexpr std::size_t kMostRepeats = 100'000;
constexpr std::size_t kRowsPerTransaction = 1000;

class Salvage {
 public:
  Salvage(sqlite::Database& from, sqlite::Database& into, Tables& tables, block::Codec& codec,
          Boots& boots)
      : from_(from), into_(into), tables_(tables), codec_(codec), boots_(boots) {}

  Salvaged run() {
    into_.execute("BEGIN IMMEDIATE");
    take_series();
    take_boots();
    take_batches();
    for (const auto& [boot, row] : boots_) tables_.put_boot(boot, row);
    into_.execute("COMMIT");
    return salvaged_;
  }

 private:
  // What is unreadable ends a statement, and only that.
  bool step(sqlite::Statement& statement) {
    const bool row = statement.step();
    failed_ = from_.take_error().has_value();
    return row;
  }

  void take_series() {
    sqlite::Statement series(from_, "SELECT * FROM series");
    while (step(series)) {
      const auto quantity =
          codec::quantity_from_number(static_cast<std::uint32_t>(series.integer(2)));
      if (!quantity) continue;
      tables_.put_series(series.number(0),
                         {static_cast<std::uint32_t>(series.integer(1)),
                          {.quantity = *quantity,
                           .statistic = static_cast<codec::Statistic>(series.integer(3)),
                           .source = std::string(series.text(4)),
                           .component = std::string(series.text(5)),
                           .fibre_pair = std::string(series.text(6)),
                           .channel = static_cast<std::uint32_t>(series.integer(7)),
                           .element = std::string(series.text(8)),
                           .peer = std::string(series.text(9))}});
    }
  }

  // Boots keep their ordinals, and so the batches their positions. A boot whose row is lost is
  // known again from its batches.
  void take_boots() {
    sqlite::Statement rows(from_, "SELECT boot, ordinal, last_sequence FROM boots");
    while (step(rows)) {
      Boot& boot = boots_[rows.number(0)];
      boot.ordinal = rows.number(1);
      boot.last_sequence = std::max(boot.last_sequence, rows.number(2));
    }
  }

  // A damaged page ends a reading. It goes on behind that page, and what lies between is read from
  // there backwards. The order is the file's word: only a sound batch says where a reading is.
  void take_batches() {
    const std::string columns("SELECT position, appended_unix_ns, samples, block FROM batches");
    sqlite::Statement forward(from_, columns + " WHERE position > ? ORDER BY position");
    sqlite::Statement backward(
        from_, columns + " WHERE position > ? AND position < ? ORDER BY position DESC");
    sqlite::Statement probe(from_, columns + " WHERE position > ? ORDER BY position LIMIT 1");
    Position last = 0;
    while (true) {
      forward.bind(1, last);
      last = take_all(forward, last);
      if (!failed_) return;
      const auto found = probe_behind(last, probe);
      backward.bind(1, last).bind(2, found.value_or(kLastPosition));
      (void)take_all(backward, last);
      if (!found) return;
      last = *found;
    }
  }

  // The last position of what was sound, `last` where that is more.
  Position take_all(sqlite::Statement& rows, Position last) {
    while (repeats_ > 0 && step(rows)) {
      last = std::max(last, take(rows).value_or(0));
    }
    rows.reset();
    return last;
  }

  // Where reading is possible again, and taken: one position at a time at first, then in strides,
  // since the next boot's batches are far off.
  std::optional<Position> probe_behind(Position last, sqlite::Statement& probe) {
    Position stride = 1;
    for (Position at = last; probes_ > 0 && at < kLastPosition - stride; at += stride) {
      --probes_;
      probe.bind(1, at + stride - 1);
      const bool row = step(probe);
      const auto found = row ? take(probe) : std::nullopt;
      probe.reset();
      if ((found && *found > last) || (!row && !failed_)) return found;
      if (at - last > kProbedOneByOne) stride *= 2;
    }
    return std::nullopt;
  }

  // Its position, unless it is damaged or was taken before.
  std::optional<Position> take(const sqlite::Statement& statement) {
    const Row row{statement.number(0), statement.integer(1), statement.number(2),
                  statement.blob(3)};
    const auto decoded = codec_.decode(row.block, content_);
    const codec::BatchId id = content_.batch.id;
    const auto known = decoded ? boots_.find(id.boot) : boots_.end();
    const std::uint64_t ordinal = known == boots_.end() ? 0 : known->second.ordinal;
    if (!decoded || id.sequence != sequence_of(row.position) ||
        (ordinal != 0 && ordinal != ordinal_of(row.position))) {
      if (is_new(row.position, damaged_)) ++salvaged_.damaged_records;
      return std::nullopt;
    }
    if (!is_new(row.position, taken_)) return std::nullopt;
    Boot& boot = boots_[id.boot];
    boot.ordinal = ordinal_of(row.position);
    boot.last_sequence = std::max(boot.last_sequence, id.sequence);
    tables_.put(row);
    if (into_.failed()) return row.position;
    ++boot.batches;
    boot.samples += row.samples;
    boot.bytes += space_of(row.block.size());
    if (++salvaged_.batches % kRowsPerTransaction == 0) into_.execute("COMMIT; BEGIN IMMEDIATE");
    return row.position;
  }

  // A tree in knots gives the same rows for ever.
  bool is_new(Position position, PositionSet& seen) {
    if (seen.contains(position)) {
      if (repeats_ > 0) --repeats_;
      return false;
    }
    seen.insert(position);
    return true;
  }

  sqlite::Database& from_;
  sqlite::Database& into_;
  Tables& tables_;
  block::Codec& codec_;
  Boots& boots_;
  block::Content content_;
  Salvaged salvaged_;
  PositionSet taken_;
  PositionSet damaged_;
  std::size_t probes_ = kMostProbes;
  std::size_t repeats_ = kMostRepeats;
  bool failed_ = false;
};

}  // namespace

Salvaged salvage(const std::string& damaged, sqlite::Database& into, Tables& tables,
                 block::Codec& codec, Boots& boots) {
  auto from = sqlite::Database::open(damaged, sqlite::Database::Mode::kReadWrite, 0);
  if (!from) return {};
  // writable_schema: a file cut short is refused whole without it.
  (*from)->execute(
      "PRAGMA locking_mode = EXCLUSIVE; PRAGMA cell_size_check = ON; PRAGMA writable_schema = ON");
  (void)(*from)->take_error();
  return Salvage(**from, into, tables, codec, boots).run();
}

}  // namespace caspilink::spool
