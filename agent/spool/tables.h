// What is written into the spool's file and read from it, statement by statement. Errors stick to
// the database (proto/sqlite): a caller asks once, at the end of its transaction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "agent/spool/position.h"
#include "proto/codec/observation.h"
#include "proto/codec/wire.h"
#include "proto/sqlite/database.h"

namespace caspilink::spool {

// One boot's batches that wait, and how far its sequences have come.
struct Boot {
  std::uint64_t ordinal = 0;
  std::uint64_t last_sequence = 0;
  std::uint64_t batches = 0;
  std::uint64_t samples = 0;
  std::uint64_t bytes = 0;  // space_of() them

  friend bool operator==(const Boot&, const Boot&) = default;
};

// By boot number. What is in the file and what is said of it change together.
using Boots = std::map<std::uint64_t, Boot>;

struct Row {
  Position position = 0;
  std::int64_t appended_unix_ns = 0;
  std::uint64_t samples = 0;
  std::span<const std::byte> block;  // read: until the next statement
};

// What a block takes of the file, were all its neighbours alike: rows do not share a page they do
// not fit into together.
[[nodiscard]] std::uint64_t space_of(std::size_t block_bytes);

class Tables {
 public:
  explicit Tables(sqlite::Database& database);

  [[nodiscard]] Boots boots();
  void put_boot(std::uint64_t boot, const Boot& row);
  // Boots that have nothing left to send need no row and no catalogue any more.
  void remove_empty_boots();

  void put_series(std::uint64_t boot, const codec::Declaration& declaration);
  // Ordered by number; of quantities this version knows.
  [[nodiscard]] codec::Catalogue catalogue(std::uint64_t boot, std::uint32_t first,
                                           std::uint32_t last);

  void put(const Row& row);
  // put(), of what stands behind everything else. A file in which it is then not found there is
  // damaged: its keys are out of order.
  void put_last(const Row& row);
  [[nodiscard]] std::optional<Row> next_after(Position position);
  // Position and time of the oldest; its block is not read.
  [[nodiscard]] std::optional<Row> oldest();
  // Takes the batches out, and off what `boots` says of them. How many batches and samples.
  struct Removed {
    std::uint64_t batches = 0;
    std::uint64_t samples = 0;
  };
  Removed remove(Position first, Position last, Boots& boots);
  // Keeps a copy with the reason; the newest 64 are kept.
  void copy_aside(Position position, const std::string& reason);

 private:
  sqlite::Database& database_;
  sqlite::Statement all_boots_;
  sqlite::Statement put_boot_;
  sqlite::Statement remove_boots_;
  sqlite::Statement remove_series_;
  sqlite::Statement put_series_;
  sqlite::Statement series_;
  sqlite::Statement put_;
  sqlite::Statement from_;
  sqlite::Statement next_;
  sqlite::Statement oldest_;
  sqlite::Statement remove_;
  sqlite::Statement copy_aside_;
  sqlite::Statement prune_aside_;
};

}  // namespace caspilink::spool
