// GNPy's files, all in one: a library under "equipment", a network under "topology", and where they
// are given "spectrum" and "sim-params". Whatever they hold is read or refused; small networks are
// designed and carry light.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "link_models/design/design.h"
#include "link_models/design/path.h"
#include "link_models/design/propagation.h"
#include "link_models/formats/gnpy/equipment_json.h"
#include "link_models/formats/gnpy/json_value.h"
#include "link_models/formats/gnpy/light_json.h"
#include "link_models/formats/gnpy/topology_json.h"

namespace caspilink {
namespace {

using formats::gnpy::JsonMembers;
using formats::gnpy::JsonValue;

// What would take minutes is not computed: libFuzzer wants thousands of inputs a second.
constexpr std::size_t kMostElements = 24;
constexpr std::size_t kMostChannels = 24;
constexpr double kLongestFibre = 500e3;  // m

bool small(const design::Network& network) {
  if (network.size() > kMostElements) return false;
  for (const design::NodeIndex node : network.all<design::Fibre>()) {
    const auto& fibre = *network.as<design::Fibre>(node);
    if (fibre.length_m > kLongestFibre || !fibre.pumps.empty()) return false;
  }
  return true;
}

void carry(design::Network& network, const design::Equipment& equipment,
           const std::vector<design::LaunchedChannel>& channels,
           const design::Simulation& simulation) {
  if (!small(network) || channels.size() > kMostChannels) return;
  if (simulation.result_step_m < 1e3 || equipment.span.max_length_m < 10e3) return;
  const design::Band band{equipment.spectrum.f_min, equipment.spectrum.f_max, {}};
  if (design::channels_in(band, equipment.spectrum.spacing) > kMostChannels) return;
  std::vector<std::string> warnings;
  if (!design::design(network, equipment, simulation, {true, Dbm(0)}, warnings)) return;
  const auto ends = network.all<design::Transceiver>();
  if (ends.size() < 2) return;
  const auto path = design::shortest_path(network, ends[0], ends[1], {});
  if (path) static_cast<void>(design::propagate(network, equipment, *path, channels, simulation));
}

void read(const JsonValue& json) {
  using namespace formats::gnpy;
  std::vector<std::string> warnings;
  const auto equipment = read_equipment(json, {.library = "/nowhere/library.json"}, warnings);
  design::Simulation simulation;
  if (const JsonValue* given = json.find("sim-params")) {
    const auto known = read_simulation(*given, "simulation.json");
    if (known) simulation = *known;
  }
  std::vector<design::LaunchedChannel> channels;
  if (const JsonValue* given = json.find("spectrum")) {
    const auto known = read_spectrum({JsonMembers{{"spectrum", *given}}}, "spectrum.json");
    if (known) channels = *known;
  }
  auto network = read_topology(json, "topology.json", equipment.value_or(design::Equipment{}));
  if (equipment && network && !channels.empty()) carry(*network, *equipment, channels, simulation);
}

}  // namespace
}  // namespace caspilink

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto json = caspilink::formats::gnpy::parse_json(text, "fuzz.json");
  if (json) caspilink::read(*json);
  return 0;
}
