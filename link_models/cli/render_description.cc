#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "link_models/cli/report.h"

namespace caspilink::cli {

std::string render_description_json(const plant::Plant& plant) {
  nlohmann::ordered_json out;
  out["plant"] = plant.name;
  out["description"] = plant.description;
  out["kind"] = plant::to_string(plant.kind);
  out["length_km"] = plant::length_of(plant).value();
  for (const plant::Station& station : plant.stations) {
    out["stations"].push_back(
        {{"id", station.id}, {"name", station.name}, {"operator", station.operator_name}});
  }
  for (const plant::FibrePair& pair : plant.fibre_pairs) {
    out["fibre_pairs"].push_back(
        {{"id", pair.id}, {"mode", pair.mode}, {"lit_channels", pair.lit_channels}});
  }
  return out.dump(2) + "\n";
}

std::string render_description_table(const plant::Plant& plant) {
  std::string out =
      fmt::format("{} ({}, {:.1f} km): {}\n", plant.name, plant::to_string(plant.kind),
                  plant::length_of(plant).value(), plant.description);
  for (const plant::Station& station : plant.stations) {
    out += fmt::format("station {}: {}, {}\n", station.id, station.name, station.operator_name);
  }
  for (const plant::FibrePair& pair : plant.fibre_pairs) {
    out += fmt::format("fibre pair {}: {} lit channels, mode {}\n", pair.id,
                       pair.lit_channels.size(), pair.mode);
  }
  return out;
}

}  // namespace caspilink::cli
