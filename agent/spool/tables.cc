#include "agent/spool/tables.h"

#include <algorithm>

namespace caspilink::spool {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kPageHeader = 8;
constexpr std::uint64_t kRowCost = 32;         // cell pointer, varints, position, time, samples
constexpr std::uint64_t kLargestLocal = 4061;  // more goes to pages of its own

}  // namespace

std::uint64_t space_of(std::size_t block_bytes) {
  const std::uint64_t row = block_bytes + kRowCost;
  if (row > kLargestLocal) return (row + kPage - 5) / (kPage - 4) * kPage;
  return kPage / ((kPage - kPageHeader) / row);
}

Tables::Tables(sqlite::Database& database)
    : database_(database),
      all_boots_(database,
                 "SELECT boot, ordinal, last_sequence, batches, samples, bytes FROM boots"),
      put_boot_(database, "INSERT OR REPLACE INTO boots VALUES (?, ?, ?, ?, ?, ?)"),
      remove_boots_(database, "DELETE FROM boots WHERE batches = 0"),
      remove_series_(database, "DELETE FROM series WHERE boot NOT IN (SELECT boot FROM boots)"),
      put_series_(database, "INSERT OR REPLACE INTO series VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      series_(database,
              "SELECT number, quantity, statistic, source, component, fibre_pair, channel, element,"
              "  peer FROM series WHERE boot = ? AND number BETWEEN ? AND ? ORDER BY number"),
      put_(database, "INSERT INTO batches VALUES (?, ?, ?, ?)"),
      from_(database, "SELECT position FROM batches WHERE position >= ? ORDER BY position LIMIT 2"),
      next_(database,
            "SELECT position, appended_unix_ns, samples, block FROM batches WHERE position > ?"
            "  ORDER BY position LIMIT 1"),
      oldest_(database,
              "SELECT position, appended_unix_ns, samples FROM batches ORDER BY position LIMIT 1"),
      remove_(database,
              "DELETE FROM batches WHERE position BETWEEN ? AND ?"
              "  RETURNING position, samples, length(block)"),
      copy_aside_(database,
                  "INSERT INTO set_aside (position, reason, block)"
                  "  SELECT position, ?, block FROM batches WHERE position = ?"),
      prune_aside_(database,
                   "DELETE FROM set_aside WHERE id <= (SELECT max(id) - 64 FROM set_aside)") {}

Boots Tables::boots() {
  Boots found;
  while (all_boots_.step()) {
    found[all_boots_.number(0)] = {.ordinal = all_boots_.number(1),
                                   .last_sequence = all_boots_.number(2),
                                   .batches = all_boots_.number(3),
                                   .samples = all_boots_.number(4),
                                   .bytes = all_boots_.number(5)};
  }
  return found;
}

void Tables::put_boot(std::uint64_t boot, const Boot& row) {
  put_boot_.bind(1, row.ordinal)
      .bind(2, boot)
      .bind(3, row.last_sequence)
      .bind(4, row.batches)
      .bind(5, row.samples)
      .bind(6, row.bytes)
      .run();
}

void Tables::remove_empty_boots() {
  remove_boots_.run();
  remove_series_.run();
}

void Tables::put_series(std::uint64_t boot, const codec::Declaration& declaration) {
  const auto& [number, point] = declaration;
  put_series_.bind(1, boot)
      .bind(2, std::int64_t{number})
      .bind(3, static_cast<std::int64_t>(point.quantity))
      .bind(4, static_cast<std::int64_t>(point.statistic))
      .bind(5, point.source)
      .bind(6, point.component)
      .bind(7, point.fibre_pair)
      .bind(8, std::int64_t{point.channel})
      .bind(9, point.element)
      .bind(10, point.peer)
      .run();
}

codec::Catalogue Tables::catalogue(std::uint64_t boot, std::uint32_t first, std::uint32_t last) {
  codec::Catalogue found{.boot = boot, .series = {}};
  series_.bind(1, boot).bind(2, std::int64_t{first}).bind(3, std::int64_t{last});
  while (series_.step()) {
    const auto quantity =
        codec::quantity_from_number(static_cast<std::uint32_t>(series_.integer(1)));
    if (!quantity) continue;  // of another version; its samples will be refused with a reason
    found.series.push_back({static_cast<std::uint32_t>(series_.integer(0)),
                            {.quantity = *quantity,
                             .statistic = static_cast<codec::Statistic>(series_.integer(2)),
                             .source = std::string(series_.text(3)),
                             .component = std::string(series_.text(4)),
                             .fibre_pair = std::string(series_.text(5)),
                             .channel = static_cast<std::uint32_t>(series_.integer(6)),
                             .element = std::string(series_.text(7)),
                             .peer = std::string(series_.text(8))}});
  }
  return found;
}

void Tables::put(const Row& row) {
  put_.bind(1, row.position)
      .bind(2, row.appended_unix_ns)
      .bind(3, row.samples)
      .bind_blob(4, row.block)
      .run();
}

void Tables::put_last(const Row& row) {
  put(row);
  from_.bind(1, row.position);
  const bool found = from_.step() && from_.number(0) == row.position;
  if (!found || from_.step()) {
    database_.fail_with({ErrorCode::kInvalidInput, "batches", "out of their order"});
  }
  from_.reset();
}

std::optional<Row> Tables::next_after(Position position) {
  next_.reset();
  next_.bind(1, position);
  if (!next_.step()) return std::nullopt;
  if (next_.number(0) <= position) {  // who reads on from it would never come to an end
    next_.reset();
    database_.fail_with({ErrorCode::kInvalidInput, "batches", "out of their order"});
    return std::nullopt;
  }
  return Row{next_.number(0), next_.integer(1), next_.number(2), next_.blob(3)};
}

std::optional<Row> Tables::oldest() {
  next_.reset();  // no reader may stand between a writer and its commit
  std::optional<Row> found;
  if (oldest_.step()) found = {oldest_.number(0), oldest_.integer(1), oldest_.number(2), {}};
  oldest_.reset();
  return found;
}

Tables::Removed Tables::remove(Position first, Position last, Boots& boots) {
  next_.reset();
  Removed removed;
  // A range may reach over boots; they stand in the order of their ordinals.
  remove_.bind(1, first).bind(2, last);
  while (remove_.step()) {
    const std::uint64_t ordinal = ordinal_of(remove_.number(0));
    const auto of_ordinal = [&](const auto& entry) { return entry.second.ordinal == ordinal; };
    if (const auto boot = std::ranges::find_if(boots, of_ordinal); boot != boots.end()) {
      --boot->second.batches;
      boot->second.samples -= remove_.number(1);
      boot->second.bytes -= space_of(static_cast<std::size_t>(remove_.integer(2)));
    }
    ++removed.batches;
    removed.samples += remove_.number(1);
  }
  return removed;
}

void Tables::copy_aside(Position position, const std::string& reason) {
  next_.reset();
  copy_aside_.bind(1, reason).bind(2, position).run();
  prune_aside_.run();
}

}  // namespace caspilink::spool
