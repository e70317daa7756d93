// The forms in which gNMI sends a number.
#pragma once

#include <optional>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "agent/sources/number.h"
#include "link_models/result.h"

namespace gnmi {
class TypedValue;
}

namespace caspilink::gnmi {

using sources::Form;
using sources::Number;

// float, Decimal64, double, int, uint, decimal strings, and a list of one of these. Single
// precision becomes the decimal it was made from (-8.53f is -8.53). kInvalidInput: text that is no
// number, or a kind of value that cannot hold one.
[[nodiscard]] Result<Number> to_number(const ::gnmi::TypedValue& value, Form form = Form::kNumber);
[[nodiscard]] Result<Number> json_number(const nlohmann::json& value, Form form = Form::kNumber);

// The JSON text a value carries; nothing where it is no JSON.
[[nodiscard]] std::optional<std::string_view> json_of(const ::gnmi::TypedValue& value);

}  // namespace caspilink::gnmi
