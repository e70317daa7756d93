#include "collector/store/records.h"

#include <algorithm>

namespace caspilink::store {

std::string_view to_string(SetAside reason) {
  switch (reason) {
    case SetAside::kNone:
      return "none";
    case SetAside::kOutOfRange:
      return "out_of_range";
    case SetAside::kNotFinite:
      return "not_finite";
    case SetAside::kUnknownSeries:
      return "unknown_series";
    case SetAside::kFromFuture:
      return "from_future";
    case SetAside::kNotOnPlant:
      return "not_on_plant";
    case SetAside::kInvalidTime:
      return "invalid_time";
  }
  return "unknown";
}

std::size_t JudgedBatch::set_aside_rows() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(set_aside, [](SetAside reason) { return reason != SetAside::kNone; }));
}

}  // namespace caspilink::store
