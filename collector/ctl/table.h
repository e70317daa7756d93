// Aligned tables for people. What comes from outside cannot write to the terminal: control
// characters are shown as '?'.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace caspilink::ctl {

enum class Colour : std::uint8_t { kNone, kGood, kWarning, kBad, kFaint };

struct Cell {
  Cell(std::string value, Colour with = Colour::kNone) : text(std::move(value)), colour(with) {}
  Cell(const char* value) : text(value) {}

  std::string text;
  Colour colour = Colour::kNone;
};

struct Column {
  std::string heading;
  bool right = false;  // numbers
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  // A heading, then the rows; columns as wide as their widest cell, two spaces between.
  [[nodiscard]] std::string text(bool colours) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

// Without control characters, and with the terminal's colour around it where there are colours.
[[nodiscard]] std::string painted(std::string_view text, Colour colour, bool colours);

}  // namespace caspilink::ctl
