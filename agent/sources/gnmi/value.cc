#include "agent/sources/gnmi/value.h"

#include <array>
#include <cmath>
#include <string>
#include <utility>

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

}  // namespace

Result<Number> json_number(const nlohmann::json& value, Form form) {
  if (value.is_number()) return value.get<double>();
  if (value.is_null()) return Number();
  if (value.is_string()) return sources::text_number(value.get_ref<const std::string&>(), form);
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
      return sources::widened(value.float_val());
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
      return sources::text_number(value.string_val(), form);
    case ::gnmi::TypedValue::kAsciiVal:
      return sources::text_number(value.ascii_val(), form);
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

}  // namespace caspilink::gnmi
