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

// Of a number written out, with room.
constexpr std::size_t kLongestScalar = 128;

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
  return std::nullopt;
}

}  // namespace

Form form_of(codec::Quantity quantity) {
  const std::string_view unit = codec::info(quantity).unit;
  return unit == "flag" ? Form::kFlag : unit == "path" ? Form::kPath : Form::kNumber;
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

Result<Number> json_number(const nlohmann::json& value, Form form) {
  if (value.is_number()) return value.get<double>();
  if (value.is_null()) return Number();
  if (value.is_string()) return text_number(value.get_ref<const std::string&>(), form);
  if (value.is_boolean() && form == Form::kFlag) return value.get<bool>() ? 1 : 0;
  return refuse(fmt::format("JSON {} where a number is expected", value.type_name()));
}

Result<Number> to_number(const ::gnmi::TypedValue& value, Form form) {
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
      return text_number(value.string_val(), form);
    case ::gnmi::TypedValue::kAsciiVal:
      return text_number(value.ascii_val(), form);
    case ::gnmi::TypedValue::kBoolVal:
      if (form != Form::kFlag) return refuse("true or false where a number is expected");
      return value.bool_val() ? 1 : 0;
    case ::gnmi::TypedValue::kLeaflistVal:
      if (value.leaflist_val().element_size() != 1 ||
          value.leaflist_val().element(0).has_leaflist_val()) {
        return refuse("a list where one number is expected");
      }
      return to_number(value.leaflist_val().element(0), form);
    case ::gnmi::TypedValue::kJsonVal:
    case ::gnmi::TypedValue::kJsonIetfVal: {
      const std::string_view text = *json_of(value);
      if (text.size() > kLongestScalar) return refuse("a JSON value too long for a number");
      const auto json = nlohmann::json::parse(text, nullptr, false);
      if (json.is_discarded()) return refuse("JSON that does not parse");
      return json_number(json, form);
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
  const codec::QuantityInfo& row = codec::info(quantity);
  const bool measured_power = row.unit == "dBm" && !row.name.ends_with("_threshold");
  if (measured_power && *number <= no_light_dbm) return Judged{kNoLight, 0};
  if (std::isinf(*number)) return refuse(fmt::format("an infinite {}", row.name));
  if (row.name.ends_with("fec_ber") && *number == 0) return Judged{kBelowRange, 0};
  return Judged{kValue, *number};
}

}  // namespace caspilink::gnmi
