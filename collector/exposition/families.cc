#include "collector/exposition/families.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <iterator>

namespace caspilink::exposition {
namespace {

constexpr std::size_t kUsualLine = 128;  // bytes

void append_number(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.append(digits.data(), end);
  }
}

// Names come from agents and plant files: whatever they are, a line stays a line.
void append_label(std::string& out, std::string_view value) {
  const auto special = [](char c) { return c == '\\' || c == '"' || c == '\n'; };
  for (auto from = value.begin(); from != value.end();) {
    const auto end = std::find_if(from, value.end(), special);
    out.append(from, end);
    if (end == value.end()) break;
    out += *end == '\n' ? "\\n" : *end == '"' ? "\\\"" : "\\\\";
    from = std::next(end);
  }
}

}  // namespace

void Line::label(std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out_ += std::exchange(before_, ',');
  out_ += name;
  out_ += "=\"";
  append_label(out_, value);
  out_ += '"';
}

void Line::end(double value) {
  out_ += before_ == '{' ? " " : "} ";
  append_number(out_, value);
  out_ += '\n';
}

Families::Families(std::size_t lines) : lines_(metrics().size()) {
  for (const Metric& metric : metrics()) index_.emplace(metric.name, index_.size());
  text_.reserve(lines * kUsualLine);
}

void Families::add(std::string_view name, std::initializer_list<std::string_view> values,
                   double value) {
  const std::size_t family = index_of(name);
  const Metric& metric = metrics()[family];
  assert(values.size() == metric.labels.size());
  Line line(lines_[family], metric.name);
  std::size_t i = 0;
  for (const std::string_view label : values) line.label(metric.labels[i++], label);
  line.end(value);
}

std::string& Families::begin(std::string_view name) {
  const std::size_t family = index_of(name);
  assert(!begun_ || family > *begun_);
  begun_ = family;
  append_head(metrics()[family]);
  return text_;
}

std::string Families::take() {
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    if (lines_[i].empty()) continue;
    assert(!begun_ || i > *begun_);
    append_head(metrics()[i]);
    text_ += std::exchange(lines_[i], {});
  }
  return std::move(text_);
}

std::size_t Families::index_of(std::string_view name) const {
  const auto found = index_.find(name);
  assert(found != index_.end());
  return found->second;
}

void Families::append_head(const Metric& metric) {
  text_ += "# HELP " + metric.name + ' ' + metric.help + "\n# TYPE " + metric.name;
  text_ += metric.type == MetricType::kCounter ? " counter\n" : " gauge\n";
}

}  // namespace caspilink::exposition
