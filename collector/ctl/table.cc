#include "collector/ctl/table.h"

#include <algorithm>

namespace caspilink::ctl {
namespace {

std::string_view sequence(Colour colour) {
  switch (colour) {
    case Colour::kGood:
      return "\033[32m";
    case Colour::kWarning:
      return "\033[33m";
    case Colour::kBad:
      return "\033[1;31m";
    case Colour::kFaint:
      return "\033[2m";
    case Colour::kNone:
      break;
  }
  return "";
}

// Characters of UTF-8, not bytes.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

std::string painted(std::string_view text, Colour colour, bool colours) {
  std::string plain(text);
  std::ranges::replace_if(
      plain, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
  if (!colours || colour == Colour::kNone || plain.empty()) return plain;
  return std::string(sequence(colour)) + plain + "\033[0m";
}

std::string Table::text(bool colours) const {
  std::vector<std::size_t> widths;
  for (const Column& column : columns_) widths.push_back(width(column.heading));
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], width(row[i].text));
    }
  }
  std::string out;
  const auto line = [&](const auto& cell_of) {
    std::string one;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const Cell cell = cell_of(i);
      const std::string gap(widths[i] - width(cell.text), ' ');
      const std::string shown = painted(cell.text, cell.colour, colours);
      one += columns_[i].right ? gap + shown : shown + gap;
      if (i + 1 < columns_.size()) one += "  ";
    }
    one.erase(one.find_last_not_of(' ') + 1);
    out += one + '\n';
  };
  line([&](std::size_t i) { return Cell(columns_[i].heading, Colour::kFaint); });
  for (const auto& row : rows_) line([&](std::size_t i) { return row[i]; });
  return out;
}

}  // namespace caspilink::ctl
