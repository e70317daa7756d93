#include "link_models/formats/plant_yaml.h"

namespace caspilink::formats {

Result<plant::Plant> load_plant(const std::string& path) {
  return fail(ErrorCode::kInternal, path, "not built yet");
}

Result<plant::Plant> parse_plant(std::string_view, const std::string& file) {
  return fail(ErrorCode::kInternal, file, "not built yet");
}

}  // namespace caspilink::formats
