#include "agent/sources/number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace caspilink::sources {
namespace {

tl::unexpected<Error> refuse(std::string detail) {
  return fail(ErrorCode::kInvalidInput, "", std::move(detail));
}

bool says_nothing(std::string_view text) {
  constexpr auto kWords = std::to_array<std::string_view>(
      {"", "nan", "n/a", "na", "-", "--", "none", "null", "unknown", "unsupported", "not supported",
       "not-supported", "not_supported", "unavailable"});
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return std::ranges::find(kWords, lower) != kWords.end();
}

std::optional<double> number_of_word(std::string_view word, Form form) {
  const auto is = [&](std::string_view other) {
    return std::ranges::equal(word, other, {}, [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
  };
  if (form == Form::kFlag && is("true")) return 1;
  if (form == Form::kFlag && is("false")) return 0;
  if (const std::size_t colon = word.find(':'); colon != std::string_view::npos) {
    word.remove_prefix(colon + 1);
  }
  if (form == Form::kPath && is("primary")) return 1;
  if (form == Form::kPath && is("secondary")) return 2;
  if (form == Form::kMode && is("constant_power")) return 1;
  if (form == Form::kMode && is("constant_gain")) return 2;
  if (form == Form::kMode && is("dynamic_gain")) return 3;
  return std::nullopt;
}

}  // namespace

Form form_of(codec::Quantity quantity) {
  const std::string_view unit = codec::info(quantity).unit;
  if (unit == "flag") return Form::kFlag;
  if (unit == "path") return Form::kPath;
  return unit == "mode" ? Form::kMode : Form::kNumber;
}

Result<Number> text_number(std::string_view text, Form form) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  if (says_nothing(text)) return Number();
  if (const auto number = number_of_word(text, form)) return number;
  std::string_view digits = text;
  if (digits.front() == '+') digits.remove_prefix(1);
  double value = 0;
  // Takes "inf", "-Infinity" too.
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (end != digits.data() + digits.size() ||
      (error != std::errc() && error != std::errc::result_out_of_range)) {
    return refuse(fmt::format("'{}' is no number", text.substr(0, 40)));
  }
  if (error == std::errc::result_out_of_range) return refuse("a number beyond a 64-bit float");
  if (std::isnan(value)) return Number();
  return value;
}

double widened(float value) {
  if (!std::isfinite(value)) return value;
  std::array<char, 32> text;
  const auto [end, ignored] = std::to_chars(text.begin(), text.end(), value);
  double result = value;
  std::from_chars(text.begin(), end, result);
  return result;
}

Result<Judged> judge(codec::Quantity quantity, Number number, double no_light_dbm) {
  using enum codec::Reading;
  if (!number || std::isnan(*number)) return Judged{kNotSupported, 0};
  const codec::QuantityInfo& row = codec::info(quantity);
  const bool measured_power = row.unit == "dBm" && !row.name.ends_with("_threshold") &&
                              row.name.find("_target_") == std::string_view::npos;
  if (measured_power && *number <= no_light_dbm) return Judged{kNoLight, 0};
  if (std::isinf(*number)) return refuse(fmt::format("an infinite {}", row.name));
  if (row.name.ends_with("fec_ber") && *number == 0) return Judged{kBelowRange, 0};
  return Judged{kValue, *number};
}

}  // namespace caspilink::sources
