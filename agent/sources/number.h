// What equipment says of a value, as a reading: a number, or which of the ways of having none.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "link_models/result.h"
#include "proto/codec/observation.h"

namespace caspilink::sources {

// A number as sent, infinities included; nothing where the equipment says that it has none: null,
// NaN, "N/A".
using Number = std::optional<double>;

// What besides numbers a quantity's values may be sent as.
enum class Form : std::uint8_t {
  kNumber,
  kFlag,  // true and false: 1 and 0
  kPath,  // PRIMARY and SECONDARY of a protection switch: 1 and 2
  kMode,  // CONSTANT_POWER, CONSTANT_GAIN and DYNAMIC_GAIN of an amplifier: 1, 2 and 3
};
[[nodiscard]] Form form_of(codec::Quantity quantity);

// Decimal text with white space around it, infinities, and the words for having none.
// kInvalidInput: text that is no number.
[[nodiscard]] Result<Number> text_number(std::string_view text, Form form = Form::kNumber);

// A single-precision number as the decimal it was made from: -8.53f is -8.53.
[[nodiscard]] double widened(float value);

struct Judged {
  codec::Reading reading = codec::Reading::kValue;
  double value = 0;

  friend bool operator==(const Judged&, const Judged&) = default;
};

// Powers at or under `no_light_dbm`, and minus infinity, are no light, limits and targets set to
// powers aside;
// a bit error ratio of 0 is below what the equipment counts; no number is not supported. A value
// out of its quantity's range stays what it is: the collector sets it aside and counts it.
// kInvalidInput: an infinity that means nothing.
[[nodiscard]] Result<Judged> judge(codec::Quantity quantity, Number number, double no_light_dbm);

}  // namespace caspilink::sources
