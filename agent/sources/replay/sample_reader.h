// Recorded samples, read one after the other from a file of any length.
//
// CSV with a header, or a JSON object a line; which of them, the first character tells. Both as
// `caspilink-collector history` prints them, or less:
//
//   time_unix_ns or time      nanoseconds since 1970, or 2026-11-23T21:35:18.25Z
//   quantity                  a name of proto/codec/quantity.cc
//   value, reading            a number in the quantity's unit; reading (no_light, below_range,
//                             not_supported, withdrawn) where there is none
//   fibre_pair, channel, element, peer, source, component, statistic, station    may be left out
//   boot, sequence, row       are not read: batches are made anew
#pragma once

#include <array>
#include <cstdint>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "link_models/result.h"
#include "proto/codec/observation.h"

namespace caspilink::replay {

struct Sample {
  std::string station;  // empty where the file does not say
  codec::Observation observation;
};

class SampleReader {
 public:
  // kNotFound where the file does not read; kInvalidInput where it begins as nothing known.
  [[nodiscard]] static Result<std::unique_ptr<SampleReader>> open(const std::string& file);

  // The next sample; nothing at the end. Errors are kInvalidInput and tell file:line:column; after
  // one there is nothing more to read.
  [[nodiscard]] Result<std::optional<Sample>> next();

  static constexpr std::size_t kLongestRecord = 65'536;  // bytes

 private:
  struct Cell {
    std::string text;
    std::size_t line = 0;
    std::size_t column = 0;  // of bytes, from 1
  };
  static constexpr std::size_t kKeys = 16;
  using Row = std::array<std::optional<Cell>, kKeys>;

  explicit SampleReader(std::string file) : file_(std::move(file)) {}
  [[nodiscard]] Result<void> begin();
  [[nodiscard]] Result<bool> read_cells();  // of CSV; false at the end
  [[nodiscard]] Result<bool> read_csv_row();
  [[nodiscard]] Result<bool> read_json_row();
  [[nodiscard]] Result<Sample> sample() const;
  [[nodiscard]] tl::unexpected<Error> refuse(std::size_t line, std::size_t column,
                                             std::string detail) const;

  const std::string file_;
  std::ifstream in_;
  bool json_ = false;
  std::size_t line_ = 0;  // the last that was begun
  std::vector<Cell> cells_;
  std::vector<std::size_t> header_;  // what each column of the CSV is
  Row row_;
};

}  // namespace caspilink::replay
