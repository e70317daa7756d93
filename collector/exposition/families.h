// The text format of Prometheus, version 0.0.4, of the metrics in the table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "collector/exposition/metrics.h"

namespace caspilink::exposition {

// One sample's line, written as it becomes known; labels without a value are left out.
class Line {
 public:
  Line(std::string& out, std::string_view metric) : out_(out) { out_ += metric; }
  void label(std::string_view name, std::string_view value);
  void end(double value);

 private:
  std::string& out_;
  char before_ = '{';
};

// The text, family by family in the table's order; label names come from the table, values from the
// caller. Text from the start: samples as objects would cost several allocations each.
class Families {
 public:
  // `lines` is what will come at most; room that is not used costs nothing.
  explicit Families(std::size_t lines);

  // One value a label of the metric, in the table's order; empty ones are left out.
  void add(std::string_view name, std::initializer_list<std::string_view> values, double value);
  void add(std::string_view name, std::initializer_list<std::string_view> values,
           std::uint64_t value) {
    add(name, values, static_cast<double>(value));
  }

  // For the many that come first and in the table's order: begins a family in the text itself,
  // which its lines are to be added to before anything else is begun.
  std::string& begin(std::string_view name);

  // The whole text, once.
  [[nodiscard]] std::string take();

 private:
  [[nodiscard]] std::size_t index_of(std::string_view name) const;
  void append_head(const Metric& metric);

  std::string text_;
  std::optional<std::size_t> begun_;
  std::vector<std::string> lines_;  // of the families that were not begun in the text
  std::unordered_map<std::string_view, std::size_t> index_;
};

}  // namespace caspilink::exposition
