// Plant files: whatever they hold is a plant or an error, and what every plant bears follows.
#include <cstdint>
#include <string_view>

#include "link_models/formats/plant_yaml.h"
#include "link_models/plant/line.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace caspilink;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto plant = formats::parse_plant(text, "plant.yaml");
  if (!plant) return 0;
  for (const auto& pair : plant->fibre_pairs) {
    for (const auto direction : {plant::Direction::kAToB, plant::Direction::kBToA}) {
      static_cast<void>(plant::line_of(*plant, pair.id, direction));
    }
  }
  return 0;
}
