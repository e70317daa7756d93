#include "agent/sources/replay/sample_reader.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <ctime>
#include <ios>
#include <span>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "proto/codec/reading_names.h"
#include "proto/codec/text.h"
#include "proto/codec/wire.h"

namespace caspilink::replay {
namespace {

enum Key : std::size_t {
  kTimeUnixNs,
  kTime,
  kQuantity,
  kFibrePair,
  kChannel,
  kElement,
  kSource,
  kComponent,
  kReading,
  kValue,
  kStatistic,
  kPeer,
  kStation,
  kBoot,
  kSequence,
  kRow,
};
constexpr auto kNames = std::to_array<std::string_view>(
    {"time_unix_ns", "time", "quantity", "fibre_pair", "channel", "element", "source", "component",
     "reading", "value", "statistic", "peer", "station", "boot", "sequence", "row"});

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

std::optional<std::size_t> place_in(std::span<const std::string_view> names,
                                    std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

template <typename T>
std::optional<T> number_of(std::string_view text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "2026-11-23T21:35:18Z", with a fraction or not.
std::optional<std::int64_t> utc_of(const std::string& text) {
  std::tm parts{};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return std::nullopt;
  std::int64_t nanos = 0;
  if (*rest == '.') {
    std::int64_t weight = kNanosPerSecond / 10;
    for (++rest; *rest >= '0' && *rest <= '9'; ++rest, weight /= 10) {
      nanos += (*rest - '0') * weight;
    }
  }
  if (*rest != 'Z' || rest[1] != '\0') return std::nullopt;
  std::int64_t time = 0;
  if (__builtin_mul_overflow(std::int64_t{::timegm(&parts)}, kNanosPerSecond, &time) ||
      __builtin_add_overflow(time, nanos, &time)) {
    return std::nullopt;  // 1677 to 2262 are what nanoseconds reach
  }
  return time;
}

}  // namespace

tl::unexpected<Error> SampleReader::refuse(std::size_t line, std::size_t column,
                                           std::string detail) const {
  return fail(ErrorCode::kInvalidInput, fmt::format("{}:{}:{}", file_, line, column),
              std::move(detail));
}

Result<std::unique_ptr<SampleReader>> SampleReader::open(const std::string& file) {
  std::unique_ptr<SampleReader> reader(new SampleReader(file));
  if (auto begun = reader->begin(); !begun) return tl::unexpected(begun.error());
  return reader;
}

Result<void> SampleReader::begin() {
  in_.open(file_, std::ios::binary);
  // A folder opens, and reads as nothing.
  if (!in_ || (in_.peek() == std::ifstream::traits_type::eof() && in_.bad())) {
    return fail(ErrorCode::kNotFound, file_,
                fmt::format("cannot be read: {}", std::generic_category().message(errno)));
  }
  json_ = in_.peek() == '{';
  if (json_) return {};
  in_.clear();
  auto there = read_cells();
  if (!there) return tl::unexpected(there.error());
  if (!*there) return refuse(1, 1, "expected a header or a JSON object, got an empty file");
  for (const Cell& cell : cells_) {
    const auto key = place_in(kNames, cell.text);
    if (!key) {
      return refuse(cell.line, cell.column,
                    fmt::format("expected one of {}, got '{}'", fmt::join(kNames, ", "),
                                cell.text.substr(0, 40)));
    }
    if (std::ranges::find(header_, *key) != header_.end()) {
      return refuse(cell.line, cell.column, fmt::format("a second column {}", cell.text));
    }
    header_.push_back(*key);
  }
  return {};
}

// RFC 4180: what is quoted may have commas, quotes (doubled) and line ends inside.
Result<bool> SampleReader::read_cells() {
  cells_.clear();
  auto& bytes = *in_.rdbuf();
  constexpr int kEnd = std::ifstream::traits_type::eof();
  int next = bytes.sgetc();
  if (next == kEnd) return false;
  ++line_;
  std::size_t column = 1;
  std::size_t size = 0;
  const auto advance = [&] {
    if (next == '\n') {
      ++line_;
      column = 1;
    } else {
      ++column;
    }
    ++size;
    next = bytes.snextc();
  };
  cells_.push_back({.text = "", .line = line_, .column = column});
  bool quoted = false;    // inside quotes
  bool complete = false;  // after them
  while (true) {
    Cell& cell = cells_.back();
    if (size > kLongestRecord) {
      return refuse(cell.line, cell.column,
                    fmt::format("a record of more than {} bytes", kLongestRecord));
    }
    if (quoted) {
      if (next == kEnd) return refuse(cell.line, cell.column, "a quote that is not closed");
      if (next != '"') {
        cell.text += static_cast<char>(next);
        advance();
        continue;
      }
      advance();
      if (next == '"') {
        cell.text += '"';
        advance();
        continue;
      }
      quoted = false;
      complete = true;
      continue;
    }
    if (next == '\r') {
      advance();
      if (next != '\n') return refuse(line_, column, "expected the line to end");
      continue;
    }
    if (next == kEnd || next == '\n') {
      bytes.sbumpc();
      return true;
    }
    if (next == ',') {
      advance();
      cells_.push_back({.text = "", .line = line_, .column = column});
      complete = false;
      continue;
    }
    if (complete) return refuse(line_, column, "expected a comma after the quote");
    if (next == '"' && cell.text.empty()) {
      quoted = true;
    } else {
      cell.text += static_cast<char>(next);
    }
    advance();
  }
}

Result<bool> SampleReader::read_csv_row() {
  auto there = read_cells();
  if (!there || !*there) return there;
  if (cells_.size() != header_.size()) {
    return refuse(
        cells_.back().line, cells_.back().column,
        fmt::format("expected {} columns as in the header, got {}", header_.size(), cells_.size()));
  }
  for (std::size_t index = 0; index < cells_.size(); ++index) {
    if (!cells_[index].text.empty()) row_[header_[index]] = std::move(cells_[index]);
  }
  return true;
}

Result<bool> SampleReader::read_json_row() {
  std::string line;
  auto& bytes = *in_.rdbuf();
  constexpr int kEnd = std::ifstream::traits_type::eof();
  int next = bytes.sbumpc();
  if (next == kEnd) return false;
  ++line_;
  for (; next != kEnd && next != '\n'; next = bytes.sbumpc()) {
    if (line.size() == kLongestRecord) {
      return refuse(line_, 1, fmt::format("a line of more than {} bytes", kLongestRecord));
    }
    line += static_cast<char>(next);
  }
  nlohmann::json object;
  try {
    object = nlohmann::json::parse(line);
  } catch (const nlohmann::json::parse_error& error) {
    return refuse(line_, std::max<std::size_t>(error.byte, 1), "expected a JSON object");
  } catch (const nlohmann::json::out_of_range&) {  // tells no place
    return refuse(line_, 1, "expected numbers that a double holds");
  }
  if (!object.is_object()) return refuse(line_, 1, "expected a JSON object");
  for (const auto& [name, value] : object.items()) {
    const auto at = line.find(nlohmann::json(name).dump());
    const std::size_t column = at == std::string::npos ? 1 : at + 1;
    const auto key = place_in(kNames, name);
    if (!key) {
      return refuse(
          line_, column,
          fmt::format("expected one of {}, got '{}'", fmt::join(kNames, ", "), name.substr(0, 40)));
    }
    std::string text;
    if (value.is_string()) {
      text = value.get<std::string>();
    } else if (value.is_number()) {
      text = value.dump();
    } else {
      return refuse(
          line_, column,
          fmt::format("expected {} to be text or a number, got {}", name, value.type_name()));
    }
    if (!text.empty()) row_[*key] = Cell{.text = std::move(text), .line = line_, .column = column};
  }
  return true;
}

Result<std::optional<Sample>> SampleReader::next() {
  row_.fill(std::nullopt);
  Result<bool> there = false;
  try {
    there = json_ ? read_json_row() : read_csv_row();
  } catch (const std::ios_base::failure& failure) {  // the stream's buffer knows no other way
    return fail(ErrorCode::kUnavailable, file_, failure.what());
  }
  if (!there) return tl::unexpected(there.error());
  if (!*there) return std::optional<Sample>();
  auto made = sample();
  if (!made) return tl::unexpected(made.error());
  return std::optional(std::move(*made));
}

Result<Sample> SampleReader::sample() const {
  const auto wrong = [&](Key key, std::string_view expected) {
    const Cell& cell = *row_[key];
    return refuse(cell.line, cell.column,
                  fmt::format("expected {}, got '{}'", expected, cell.text.substr(0, 40)));
  };
  Sample sample;
  codec::Observation& observation = sample.observation;
  codec::MeasurementPoint& point = observation.point;

  const Key time_key = row_[kTimeUnixNs] ? kTimeUnixNs : kTime;
  if (!row_[time_key]) return refuse(line_, 1, "expected time_unix_ns or time");
  auto time = number_of<std::int64_t>(row_[time_key]->text);
  if (!time && time_key == kTime) time = utc_of(row_[kTime]->text);
  if (!time) {
    return wrong(time_key,
                 time_key == kTime ? "a time like 2026-11-23T21:35:18Z" : "nanoseconds since 1970");
  }
  observation.time_unix_ns = *time;

  if (!row_[kQuantity]) return refuse(line_, 1, "expected a quantity");
  const auto quantity = codec::quantity_from_name(row_[kQuantity]->text);
  if (!quantity) return wrong(kQuantity, "the name of a quantity");
  point.quantity = *quantity;

  if (row_[kReading]) {
    const auto reading = place_in(codec::reading_names(), row_[kReading]->text);
    if (!reading)
      return wrong(kReading, fmt::format("one of {}", fmt::join(codec::reading_names(), ", ")));
    observation.reading = static_cast<codec::Reading>(*reading);
  }
  const bool valued = observation.reading == codec::Reading::kValue;
  if (valued && !row_[kValue]) return refuse(line_, 1, "expected a value, or why there is none");
  if (!valued && row_[kValue]) return wrong(kValue, "no value beside such a reading");
  if (valued) {
    const auto value = number_of<double>(row_[kValue]->text);
    if (!value || !std::isfinite(*value)) return wrong(kValue, "a number");
    observation.value = *value;
  }
  if (row_[kStatistic]) {
    const auto statistic = place_in(codec::statistic_names(), row_[kStatistic]->text);
    if (!statistic) {
      return wrong(kStatistic, fmt::format("one of {}", fmt::join(codec::statistic_names(), ", ")));
    }
    point.statistic = static_cast<codec::Statistic>(*statistic);
  }
  if (row_[kChannel]) {
    const auto channel = number_of<std::uint32_t>(row_[kChannel]->text);
    if (!channel || *channel == 0) return wrong(kChannel, "a channel from 1");
    point.channel = *channel;
  }
  for (const auto& [key, into] :
       {std::pair{kFibrePair, &point.fibre_pair}, std::pair{kElement, &point.element},
        std::pair{kSource, &point.source}, std::pair{kComponent, &point.component},
        std::pair{kPeer, &point.peer}, std::pair{kStation, &sample.station}}) {
    if (!row_[key]) continue;
    const std::string& text = row_[key]->text;
    if (text.size() > codec::kLongestName || codec::utf8(text) != text) {
      return wrong(key, fmt::format("at most {} bytes of UTF-8", codec::kLongestName));
    }
    *into = text;
  }
  return sample;
}

}  // namespace caspilink::replay
