#include "link_models/plant/direction.h"

#include <fmt/format.h>

namespace caspilink::plant {

Result<Direction> direction_from_string(std::string_view text) {
  for (const Direction direction : {Direction::kAToB, Direction::kBToA}) {
    if (text == to_string(direction)) return direction;
  }
  return fail(ErrorCode::kInvalidInput, "",
              fmt::format("expected direction a-b or b-a, got '{}'", text));
}

}  // namespace caspilink::plant
