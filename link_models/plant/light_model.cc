#include "link_models/plant/light_model.h"

#include <fmt/format.h>

namespace caspilink::plant {

Result<NonlinearModelKind> nonlinear_model_from_string(std::string_view text) {
  for (const NonlinearModelKind kind : kNonlinearModelKinds) {
    if (text == to_string(kind)) return kind;
  }
  return fail(ErrorCode::kInvalidInput, "",
              fmt::format("expected gn, gn_srs, isrs_gn or ggn, got '{}'", text));
}

}  // namespace caspilink::plant
