// The spool's file, whole: changes that happen altogether or not at all, and a file that mends
// itself.
//
// A file that SQLite calls damaged is renamed to <file>.damaged, every readable batch is taken over
// into a new one (salvage.h), and the change is tried once more.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/spool/schema.h"
#include "agent/spool/tables.h"
#include "proto/block/block.h"

namespace caspilink::spool {

class SpoolFile {
 public:
  // Errors as open_spool_file(); a damaged file is mended first.
  [[nodiscard]] static Result<std::unique_ptr<SpoolFile>> open(std::string path,
                                                               std::uint32_t max_pages);

  // Runs `change` in a transaction. It may change `boots`, which is written with it; when the
  // transaction fails, boots are as before. It may run twice.
  using Change = std::function<void(Tables&, Boots&)>;
  [[nodiscard]] Result<void> change(const Change& change);

  // What was changed is on the disk when this returns.
  [[nodiscard]] Result<void> sync();

  // Copies the batch out: `block` lasts until the next call. Nothing at the end.
  [[nodiscard]] Result<std::optional<Row>> next_after(Position position);
  [[nodiscard]] Result<std::optional<Row>> oldest();
  [[nodiscard]] Result<codec::Catalogue> catalogue(std::uint64_t boot, std::uint32_t first,
                                                   std::uint32_t last);

  [[nodiscard]] const Boots& boots() const { return boots_; }
  // Of the file, since opening.
  [[nodiscard]] std::uint64_t damaged_records() const { return damaged_records_; }
  [[nodiscard]] std::uint64_t damaged_files() const { return damaged_files_; }
  // Bytes of the file in use, less what is free in it; as of the last change.
  [[nodiscard]] std::uint64_t bytes_in_use();

 private:
  SpoolFile(std::string path, std::uint32_t max_pages)
      : path_(std::move(path)), max_pages_(max_pages) {}

  [[nodiscard]] Result<void> open();
  [[nodiscard]] Result<void> mend();
  [[nodiscard]] Result<void> try_change(const Change& change);
  template <typename T>
  [[nodiscard]] Result<T> read(const std::function<T(Tables&)>& reading);

  // Prepared once a database; gone with it.
  struct Connection {
    explicit Connection(std::unique_ptr<sqlite::Database> opened)
        : database(std::move(opened)), tables(*database) {}
    std::unique_ptr<sqlite::Database> database;
    Tables tables;
  };

  const std::string path_;
  const std::uint32_t max_pages_;
  std::optional<Connection> connection_;
  block::Codec codec_;
  Boots boots_;
  std::uint64_t damaged_records_ = 0;
  std::uint64_t damaged_files_ = 0;
};

}  // namespace caspilink::spool
