#include "agent/spool/sqlite_spool.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "agent/spool/memory_queue.h"
#include "agent/spool/position_set.h"
#include "agent/spool/spool_file.h"
#include "proto/block/block.h"

namespace caspilink::spool {
namespace {

// Batches taken out or moved in one transaction: a few milliseconds, so that what is new need not
// wait.
constexpr std::uint64_t kAtOnce = 256;
// Of boots that start without the file, whose ordinals are not known: above those it holds.
constexpr std::uint64_t kFirstOrdinalWithoutFile = std::uint64_t{1} << 20;

std::uint64_t sum(const Boots& boots, std::uint64_t Boot::*field) {
  std::uint64_t total = 0;
  for (const auto& [boot, row] : boots) total += row.*field;
  return total;
}

}  // namespace

struct SqliteSpool::Impl {
  // Of this process and of the file, whether its disk takes batches or not.
  struct Known {
    std::uint64_t ordinal = 0;
    std::uint64_t last_sequence = 0;
  };
  struct Losses {
    std::uint64_t batches = 0;
    std::uint64_t samples = 0;
    void add(Tables::Removed removed) {
      batches += removed.batches;
      samples += removed.samples;
    }
  };
  using Unwritten = std::map<std::uint32_t, codec::MeasurementPoint>;

  explicit Impl(Options given) : options(std::move(given)) {}

  Result<void> open_file();
  Known known_of(std::uint64_t boot) const;
  Result<Position> to_memory(const Row& row);
  // kExhausted: the bounds. Other errors: the disk.
  Result<void> to_file(std::uint64_t boot, const Row& row, std::int64_t now_unix_ns);
  Position remove_forgotten(Tables& tables, Boots& boots) const;
  void evict(Tables& tables, Boots& boots, std::uint64_t wanted_bytes, std::int64_t now_unix_ns,
             Losses& losses) const;
  void write_row(Tables& tables, Boots& boots, std::uint64_t boot, const Row& row) const;
  Result<void> flush_forgotten();
  Result<void> flush_memory();
  void count(const Losses& losses);
  void note_oldest();
  Result<void> note(Result<void> outcome);
  std::optional<Row> next_of_file(Position position, Result<void>& outcome);

  Options options;
  std::unique_ptr<SpoolFile> file;  // null while it cannot be opened
  MemoryQueue memory;
  std::map<std::uint64_t, Known> known;          // by boot
  std::map<std::uint64_t, Unwritten> unwritten;  // series that are not in the file, by boot
  PositionSet forgotten;                         // to be removed from the file
  bool unsynchronised = false;                   // the file has what may not be on the disk
  std::uint64_t forgotten_since_flush = 0;
  std::uint64_t set_aside_records = 0;
  block::Codec codec;
  block::Content content;
  std::optional<std::int64_t> oldest_in_file_unix_ns;
  mutable Stats stats;
};

Result<void> SqliteSpool::Impl::open_file() {
  auto opened = SpoolFile::open(options.file, options.max_pages);
  if (!opened) return tl::unexpected(opened.error());
  for (const auto& [boot, row] : (*opened)->boots()) {
    for (const auto& [other, mine] : known) {
      if (mine.ordinal == row.ordinal && other != boot) {
        return fail(
            ErrorCode::kInternal, options.file,
            fmt::format("boots {:x} and {:x} have one place; waits for a restart", boot, other));
      }
    }
  }
  for (const auto& [boot, row] : (*opened)->boots()) {
    known.emplace(boot, Known{row.ordinal, row.last_sequence});
  }
  file = std::move(*opened);
  note_oldest();
  return {};
}

SqliteSpool::Impl::Known SqliteSpool::Impl::known_of(std::uint64_t boot) const {
  if (const auto found = known.find(boot); found != known.end()) return found->second;
  if (!file) return {.ordinal = kFirstOrdinalWithoutFile + boot % (std::uint64_t{1} << 22)};
  std::uint64_t highest = 0;
  for (const auto& [other, row] : known) highest = std::max(highest, row.ordinal);
  return {.ordinal = highest + 1};
}

Result<void> SqliteSpool::Impl::note(Result<void> outcome) {
  if (outcome) {
    if (memory.batches() == 0) stats.trouble.reset();
  } else {
    stats.trouble = outcome.error();
  }
  return outcome;
}

void SqliteSpool::Impl::count(const Losses& losses) {
  stats.evicted_batches += losses.batches;
  stats.evicted_samples += losses.samples;
}

void SqliteSpool::Impl::note_oldest() {
  oldest_in_file_unix_ns.reset();
  if (const auto oldest = file->oldest(); oldest && *oldest) {
    oldest_in_file_unix_ns = (*oldest)->appended_unix_ns;
  }
}

// Up to which position they are gone; the set itself changes when the transaction is over.
Position SqliteSpool::Impl::remove_forgotten(Tables& tables, Boots& boots) const {
  Position through = 0;
  std::uint64_t left = kAtOnce;
  for (const auto& [first, last] : forgotten.intervals()) {
    if (left == 0) break;
    through = std::min(last, first + left - 1);
    left -= through - first + 1;
    (void)tables.remove(first, through, boots);
  }
  return through;
}

void SqliteSpool::Impl::evict(Tables& tables, Boots& boots, std::uint64_t wanted_bytes,
                              std::int64_t now_unix_ns, Losses& losses) const {
  const std::int64_t limit = now_unix_ns - options.bounds.max_age_ns;
  const bool may_be_aged = oldest_in_file_unix_ns && *oldest_in_file_unix_ns < limit;
  const bool makes_room = options.bounds.keep == Keep::kNewest;
  std::uint64_t bytes = sum(boots, &Boot::bytes);
  if (!may_be_aged && bytes + wanted_bytes <= options.bounds.max_bytes) return;
  while (const auto oldest = tables.oldest()) {
    const bool aged = oldest->appended_unix_ns < limit;
    const bool in_the_way = makes_room && bytes + wanted_bytes > options.bounds.max_bytes;
    if (!aged && !in_the_way) return;
    losses.add(tables.remove(oldest->position, oldest->position, boots));
    bytes = sum(boots, &Boot::bytes);
  }
}

void SqliteSpool::Impl::write_row(Tables& tables, Boots& boots, std::uint64_t boot,
                                  const Row& row) const {
  if (const auto series = unwritten.find(boot); series != unwritten.end()) {
    for (const auto& [number, point] : series->second) tables.put_series(boot, {number, point});
  }
  tables.put_last(row);
  Boot& entry = boots[boot];
  entry.ordinal = ordinal_of(row.position);
  entry.last_sequence = sequence_of(row.position);
  ++entry.batches;
  entry.samples += row.samples;
  entry.bytes += space_of(row.block.size());
}

Result<void> SqliteSpool::Impl::to_file(std::uint64_t boot, const Row& row,
                                        std::int64_t now_unix_ns) {
  const std::uint64_t bytes = space_of(row.block.size());
  bool full = false;
  Losses losses;
  Position gone = 0;
  const auto done = note(file->change([&](Tables& tables, Boots& boots) {
    losses = {};
    gone = remove_forgotten(tables, boots);
    evict(tables, boots, bytes, now_unix_ns, losses);
    full = sum(boots, &Boot::bytes) + bytes > options.bounds.max_bytes;
    if (!full) write_row(tables, boots, boot, row);
  }));
  if (!done) return done;
  forgotten.erase_through(gone);
  count(losses);
  if (gone != 0 || losses.batches != 0 || !oldest_in_file_unix_ns) note_oldest();
  if (full) {
    return fail(
        ErrorCode::kExhausted, options.file,
        fmt::format("the spool holds its {} bytes and keeps the oldest", options.bounds.max_bytes));
  }
  unwritten.erase(boot);
  unsynchronised = true;
  return {};
}

Result<Position> SqliteSpool::Impl::to_memory(const Row& row) {
  const std::uint64_t cost = MemoryQueue::cost(row.block.size());
  while (memory.batches() > 0 && memory.bytes() + cost > options.bounds.max_memory_bytes &&
         options.bounds.keep == Keep::kNewest) {
    count({1, memory.remove(memory.oldest()->position)->samples});
  }
  if (memory.bytes() + cost > options.bounds.max_memory_bytes) {
    return fail(ErrorCode::kExhausted, options.file,
                fmt::format("the disk refuses, and {} bytes of memory are full",
                            options.bounds.max_memory_bytes));
  }
  memory.put(row);
  return row.position;
}

Result<void> SqliteSpool::Impl::flush_forgotten() {
  forgotten_since_flush = 0;
  while (file && forgotten.runs() > 0) {
    Position gone = 0;
    auto done = note(file->change(
        [&](Tables& tables, Boots& boots) { gone = remove_forgotten(tables, boots); }));
    if (!done) return done;
    forgotten.erase_through(gone);
    note_oldest();
  }
  return {};
}

Result<void> SqliteSpool::Impl::flush_memory() {
  while (file && memory.batches() > 0) {
    Losses losses;
    std::vector<Position> moved;
    auto done = file->change([&](Tables& tables, Boots& boots) {
      losses = {};
      moved.clear();
      for (auto next = memory.oldest(); next && moved.size() < kAtOnce;
           next = memory.next_after(next->position)) {
        moved.push_back(next->position);
        const std::uint64_t bytes = space_of(next->block.size());
        evict(tables, boots, bytes, next->appended_unix_ns, losses);
        const auto boot = std::ranges::find(known, ordinal_of(next->position),
                                            [](const auto& entry) { return entry.second.ordinal; });
        if (sum(boots, &Boot::bytes) + bytes > options.bounds.max_bytes) {
          losses.add({1, next->samples});
        } else {
          write_row(tables, boots, boot->first, *next);
        }
      }
    });
    if (!done) return note(std::move(done));
    for (const Position position : moved) (void)memory.remove(position);
    count(losses);
    unsynchronised = true;
    unwritten.clear();
    note_oldest();
    (void)note({});
  }
  return {};
}

SqliteSpool::SqliteSpool(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

SqliteSpool::~SqliteSpool() { (void)flush(); }

Result<std::unique_ptr<SqliteSpool>> SqliteSpool::open(Options options) {
  const auto folder = std::filesystem::path(options.file).parent_path();
  std::error_code failed;
  if (!std::filesystem::is_directory(folder, failed)) {
    return fail(ErrorCode::kUnavailable, folder.string(), "is not a folder");
  }
  auto impl = std::make_unique<Impl>(std::move(options));
  if (auto opened = impl->note(impl->open_file()); !opened) {
    const ErrorCode code = opened.error().code;
    if (code == ErrorCode::kDenied || code == ErrorCode::kNotFound) {
      return tl::unexpected(opened.error());
    }
  }
  return std::unique_ptr<SqliteSpool>(new SqliteSpool(std::move(impl)));
}

const std::optional<Error>& SqliteSpool::trouble() const { return impl_->stats.trouble; }

void SqliteSpool::bound(const Bounds& bounds) { impl_->options.bounds = bounds; }

Result<Position> SqliteSpool::append(const codec::Batch& batch,
                                     std::span<const codec::Declaration> first_used,
                                     std::int64_t now_unix_ns) {
  Impl& impl = *impl_;
  Impl::Known boot = impl.known_of(batch.id.boot);
  if (batch.id.boot == 0 || batch.id.sequence != boot.last_sequence + 1 ||
      batch.id.sequence > kMostSequences) {
    return fail(ErrorCode::kInvalidInput, "spool",
                fmt::format("batch {:x}/{} is out of sequence, expected {}", batch.id.boot,
                            batch.id.sequence, boot.last_sequence + 1));
  }
  const auto block = impl.codec.encode(batch);
  if (!block) return tl::unexpected(block.error());
  const Row row{.position = position_at(boot.ordinal, batch.id.sequence),
                .appended_unix_ns = now_unix_ns,
                .samples = batch.size(),
                .block = *block};

  if (!first_used.empty()) {
    auto& series = impl.unwritten[batch.id.boot];
    for (const auto& [number, point] : first_used) series.insert_or_assign(number, point);
  }
  bool stored = false;
  if (impl.file && impl.memory.batches() == 0) {
    const auto written = impl.to_file(batch.id.boot, row, now_unix_ns);
    if (!written && written.error().code == ErrorCode::kExhausted && !impl.stats.trouble) {
      return tl::unexpected(written.error());
    }
    stored = written.has_value();
  }
  if (!stored) {
    if (auto kept = impl.to_memory(row); !kept) return kept;
  }
  boot.last_sequence = batch.id.sequence;
  impl.known[batch.id.boot] = boot;
  ++impl.stats.appended_batches;
  impl.stats.appended_samples += batch.size();
  impl.stats.appended_bytes += block->size();
  return row.position;
}

Result<void> SqliteSpool::sync() {
  Impl& impl = *impl_;
  if (!impl.file || !std::exchange(impl.unsynchronised, false)) return {};
  auto done = impl.file->sync();
  if (!done) impl.unsynchronised = true;
  return done ? done : impl.note(std::move(done));
}

// The next row of the file that is not forgotten, whole or not.
std::optional<Row> SqliteSpool::Impl::next_of_file(Position position, Result<void>& outcome) {
  while (file) {
    if (forgotten.contains(position + 1)) position = forgotten.end_of_run(position + 1);
    auto next = file->next_after(position);
    if (!next) {
      outcome = note(tl::unexpected(next.error()));
      return std::nullopt;
    }
    if (!*next || !forgotten.contains((*next)->position)) return *next;
    position = (*next)->position;
  }
  return std::nullopt;
}

Result<std::optional<Stored>> SqliteSpool::next_after(Position position) {
  Impl& impl = *impl_;
  while (true) {
    Result<void> outcome;
    auto next = impl.next_of_file(position, outcome);
    const auto in_memory = impl.memory.next_after(position);
    if (in_memory && (!next || in_memory->position < next->position)) next = in_memory;
    if (!next) {
      if (!outcome) return tl::unexpected(outcome.error());
      return std::optional<Stored>();
    }
    position = next->position;
    const auto decoded = impl.codec.decode(next->block, impl.content);
    if (decoded && position_of(impl.content.batch.id) == position) {
      return Stored{position, std::move(impl.content.batch)};
    }
    set_aside(position, decoded ? "holds a batch of another place" : decoded.error().message());
  }
}

std::optional<Position> SqliteSpool::position_of(codec::BatchId id) const {
  const auto found = impl_->known.find(id.boot);
  if (found == impl_->known.end() || id.sequence > kMostSequences) return std::nullopt;
  return position_at(found->second.ordinal, id.sequence);
}

Result<codec::Catalogue> SqliteSpool::catalogue(std::uint64_t boot, std::uint32_t first,
                                                std::uint32_t last) {
  Impl& impl = *impl_;
  codec::Catalogue catalogue{.boot = boot, .series = {}};
  const auto unwritten = impl.unwritten.find(boot);
  if (impl.file) {
    auto written = impl.file->catalogue(boot, first, last);
    if (written) {
      catalogue = std::move(*written);
    } else if (unwritten == impl.unwritten.end()) {
      return written;
    }
  }
  if (unwritten == impl.unwritten.end()) return catalogue;
  Impl::Unwritten merged;
  for (auto& [number, point] : catalogue.series) merged.emplace(number, std::move(point));
  for (const auto& [number, point] : unwritten->second) {
    if (number >= first && number <= last) merged.insert_or_assign(number, point);
  }
  catalogue.series.clear();
  for (const auto& [number, point] : merged) catalogue.series.push_back({number, point});
  return catalogue;
}

void SqliteSpool::forget(Position position) {
  Impl& impl = *impl_;
  if (impl.memory.remove(position)) return;
  impl.forgotten.insert(position);
  if (++impl.forgotten_since_flush >= kAtOnce) (void)impl.flush_forgotten();
}

Result<void> SqliteSpool::flush() {
  Impl& impl = *impl_;
  if (!impl.file) {
    if (auto opened = impl.note(impl.open_file()); !opened) return opened;
  }
  if (auto flushed = impl.flush_forgotten(); !flushed) return flushed;
  if (auto flushed = impl.flush_memory(); !flushed) return flushed;
  return sync();
}

void SqliteSpool::set_aside(Position position, const std::string& reason) {
  Impl& impl = *impl_;
  ++impl.set_aside_records;
  if (impl.memory.remove(position) || !impl.file) return;
  const auto done = impl.note(impl.file->change([&](Tables& tables, Boots& boots) {
    tables.copy_aside(position, reason);
    (void)tables.remove(position, position, boots);
  }));
  if (done) {
    impl.note_oldest();
  } else {
    impl.forgotten.insert(position);  // no room to keep it: at least it is not met again
  }
}

const Stats& SqliteSpool::stats() const {
  const Impl& impl = *impl_;
  Stats& stats = impl.stats;
  const Boots none;
  const Boots& boots = impl.file ? impl.file->boots() : none;
  stats.batches = sum(boots, &Boot::batches) + impl.memory.batches();
  stats.samples = sum(boots, &Boot::samples) + impl.memory.samples();
  stats.memory_batches = impl.memory.batches();
  stats.memory_bytes = impl.memory.bytes();
  stats.bytes = sum(boots, &Boot::bytes);
  stats.file_bytes = impl.file ? impl.file->bytes_in_use() : 0;
  stats.damaged_records = impl.set_aside_records + (impl.file ? impl.file->damaged_records() : 0);
  stats.damaged_files = impl.file ? impl.file->damaged_files() : 0;
  stats.oldest_unix_ns = impl.oldest_in_file_unix_ns;
  if (const auto oldest = impl.memory.oldest(); oldest && !stats.oldest_unix_ns) {
    stats.oldest_unix_ns = oldest->appended_unix_ns;
  }
  return stats;
}

}  // namespace caspilink::spool
