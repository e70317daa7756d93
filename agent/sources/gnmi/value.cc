#include "agent/sources/gnmi/value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "proto/gnmi.pb.h"

namespace caspilink::gnmi {
namespace {

// gNMI's Decimal64 is YANG's decimal64: at most 18 fraction digits.
constexpr unsigned kMostFractionDigits = 18;
constexpr auto kPowersOfTen = [] {
  std::array<double, kMostFractionDigits + 1> powers{};
  double power = 1;
  for (double& each : powers) {
    each = power;
    power *= 10;
  }
  return powers;
}();

tl::unexpected<Error> refuse(std::string detail) {
  return fail(ErrorCode::kInvalidInput, "", std::move(detail));
}

double widened(float value) {
  if (!std::isfinite(value)) return value;
  std::array<char, 32> text;
  const auto [end, ignored] = std::to_chars(text.begin(), text.end(), value);
  double result = value;
  std::from_chars(text.begin(), end, result);
  return result;
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

}  // namespace

Result<Number> text_number(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  if (says_nothing(text)) return Number();
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

Result<Number> json_number(const nlohmann::json& value) {
  if (value.is_number()) return value.get<double>();
  if (value.is_null()) return Number();
  if (value.is_string()) return text_number(value.get_ref<const std::string&>());
  return refuse(fmt::format("JSON {} where a number is expected", value.type_name()));
}

Result<Number> to_number(const ::gnmi::TypedValue& value) {
  switch (value.value_case()) {
    case ::gnmi::TypedValue::kIntVal:
      return static_cast<double>(value.int_val());
    case ::gnmi::TypedValue::kUintVal:
      return static_cast<double>(value.uint_val());
    case ::gnmi::TypedValue::kFloatVal:
      if (std::isnan(value.float_val())) return Number();
      return widened(value.float_val());
    case ::gnmi::TypedValue::kDoubleVal:
      if (std::isnan(value.double_val())) return Number();
      return value.double_val();
    case ::gnmi::TypedValue::kDecimalVal:
      if (value.decimal_val().precision() > kMostFractionDigits) {
        return refuse(fmt::format("Decimal64 with {} fraction digits, at most {}",
                                  value.decimal_val().precision(), kMostFractionDigits));
      }
      return static_cast<double>(value.decimal_val().digits()) /
             kPowersOfTen[value.decimal_val().precision()];
    case ::gnmi::TypedValue::kStringVal:
      return text_number(value.string_val());
    case ::gnmi::TypedValue::kAsciiVal:
      return text_number(value.ascii_val());
    case ::gnmi::TypedValue::kJsonVal:
    case ::gnmi::TypedValue::kJsonIetfVal: {
      const auto json = nlohmann::json::parse(*json_of(value), nullptr, false);
      if (json.is_discarded()) return refuse("JSON that does not parse");
      return json_number(json);
    }
    case ::gnmi::TypedValue::VALUE_NOT_SET:
      return refuse("no value");
    default:
      return refuse(fmt::format(
          "value of kind {}, which holds no number",
          ::gnmi::TypedValue::descriptor()->FindFieldByNumber(value.value_case())->name()));
  }
}

std::optional<std::string_view> json_of(const ::gnmi::TypedValue& value) {
  if (value.has_json_ietf_val()) return value.json_ietf_val();
  if (value.has_json_val()) return value.json_val();
  return std::nullopt;
}

Result<Judged> judge(codec::Quantity quantity, Number number, double no_light_dbm) {
  using enum codec::Reading;
  if (!number || std::isnan(*number)) return Judged{kNotSupported, 0};
  const bool power = codec::info(quantity).unit == "dBm";
  if (power && *number <= no_light_dbm) return Judged{kNoLight, 0};
  if (std::isinf(*number)) {
    return refuse(fmt::format("an infinite {}", codec::info(quantity).name));
  }
  const bool error_ratio =
      quantity == codec::Quantity::kPreFecBer || quantity == codec::Quantity::kPostFecBer;
  if (error_ratio && *number == 0) return Judged{kBelowRange, 0};
  return Judged{kValue, *number};
}

}  // namespace caspilink::gnmi
