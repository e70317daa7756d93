#include "link_models/formats/plant_route_yaml.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "link_models/formats/plant_names_yaml.h"
#include "link_models/formats/plant_pump_yaml.h"

namespace caspilink::formats {
namespace {

constexpr NumberRange kNotNegative{.at_least = 0};

// Kinds of amplifying bodies a route refers to by name.
struct BodyTypes {
  std::vector<plant::Repeater> repeaters;
  std::vector<plant::Ropa> ropas;
  std::vector<plant::InLineAmplifier> amplifiers;
  std::vector<plant::Roadm> roadms;
};

plant::Repeater read_repeater_type(const std::string& name, YamlMap map) {
  plant::Repeater type;
  type.name = name;
  type.total_output_power =
      Dbm(map.number("total_output_power_dbm", {.at_least = -10, .at_most = 40}));
  type.noise_figure = Db(map.number("noise_figure_db", {.at_least = 0, .at_most = 15}));
  type.maximum_gain = Db(map.number_or("maximum_gain_db", 30, {.above = 0, .at_most = 60}));
  type.pdl = Db(map.number_or("pdl_db", 0, kNotNegative));
  return type;
}

plant::InLineAmplifier read_amplifier_type(const std::string& name, YamlMap map) {
  plant::InLineAmplifier type;
  type.name = name;
  type.gain = Db(map.number("gain_db", {.above = 0, .at_most = 60}));
  type.noise_figure = Db(map.number("noise_figure_db", {.at_least = 0, .at_most = 20}));
  if (const auto most =
          map.optional_number("maximum_output_power_dbm", {.at_least = -20, .at_most = 40})) {
    type.maximum_output_power = Dbm(*most);
  }
  return type;
}

plant::Roadm read_roadm_type(const std::string& name, YamlMap map) {
  plant::Roadm type;
  type.name = name;
  using Equalisation = plant::Roadm::Equalisation;
  int given = 0;
  const auto target = [&](std::string_view key, Equalisation equalisation, NumberRange range) {
    const auto value = map.optional_number(key, range);
    if (!value) return;
    type.equalisation = equalisation;
    type.target = *value;
    ++given;
  };
  target("target_channel_power_dbm", Equalisation::kChannelPower, {.at_least = -60, .at_most = 30});
  target("target_mw_per_ghz", Equalisation::kPowerDensity, {.above = 0, .at_most = 10});
  target("target_mw_per_slot_ghz", Equalisation::kPowerPerSlot, {.above = 0, .at_most = 10});
  if (given != 1) {
    map.problem(
        "expected one of target_channel_power_dbm, target_mw_per_ghz, target_mw_per_slot_ghz");
  }
  type.loss = Db(map.number_or("loss_db", 0, kNotNegative));
  type.pmd = Picoseconds(map.number_or("pmd_ps", 0, kNotNegative));
  type.pdl = Db(map.number_or("pdl_db", 0, kNotNegative));
  if (const auto osnr = map.optional_number("osnr_01nm_db", {.at_least = 0, .at_most = 80})) {
    type.osnr_01nm = Db(*osnr);
  }
  return type;
}

BodyTypes read_body_types(YamlMap& root) {
  BodyTypes types;
  for (auto& [name, map] : root.optional_named_maps("repeater_types")) {
    types.repeaters.push_back(read_repeater_type(name, map));
  }
  for (auto& [name, map] : root.optional_named_maps("ropa_types")) {
    types.ropas.push_back(read_ropa_type(name, map));
  }
  for (auto& [name, map] : root.optional_named_maps("amplifier_types")) {
    types.amplifiers.push_back(read_amplifier_type(name, map));
  }
  for (auto& [name, map] : root.optional_named_maps("roadm_types")) {
    types.roadms.push_back(read_roadm_type(name, map));
  }
  return types;
}

plant::Span read_span(YamlMap map, const std::vector<plant::FibreType>& fibres) {
  plant::Span span;
  span.name = plain_name(map, "name");
  if (const auto* fibre = refer(map, "fibre", "fibre type", fibres)) span.fibre = *fibre;
  span.length = Kilometers(map.number("length_km", {.above = 0, .at_most = 20000}));
  span.input_loss = Db(map.number_or("input_loss_db", 0, kNotNegative));
  span.output_loss = Db(map.number_or("output_loss_db", 0, kNotNegative));
  span.pdl = Db(map.number_or("pdl_db", 0, kNotNegative));
  for (YamlMap& lumped : map.optional_maps("lumped_losses")) {
    plant::LumpedLoss loss;
    loss.at =
        Kilometers(lumped.number("from_a_km", {.at_least = 0, .at_most = span.length.value()}));
    loss.loss = Db(lumped.number("loss_db", kNotNegative));
    loss.cause = lumped.text_or("cause", "");
    if (!span.lumped_losses.empty() && loss.at < span.lumped_losses.back().at) {
      lumped.problem("from_a_km", "expected lumped losses in ascending order of place");
    }
    span.lumped_losses.push_back(std::move(loss));
  }
  return span;
}

template <typename Body>
Body read_body(YamlMap& map, std::string_view what, const std::vector<Body>& types) {
  Body body;
  if (const Body* type = refer(map, "type", what, types)) body = *type;
  body.name = plain_name(map, "name");
  return body;
}

// From which terminal's side a pumped ROPA takes its pump; the receiver's where nothing is said.
void read_ropa_side(YamlMap& map, plant::Ropa& ropa) {
  if (!ropa.pumping) return;
  const std::string side = map.text_or("pumped_from", "receiver");
  if (side == "sender") {
    ropa.pumping->way = plant::PumpWay::kWithSignal;
  } else if (side != "receiver") {
    map.problem("pumped_from", fmt::format("expected receiver or sender, got '{}'", side));
  }
}

// One item of a route: a mapping with the element's kind as its only key.
class RouteReader {
 public:
  RouteReader(const std::vector<plant::FibreType>& fibres, const BodyTypes& types)
      : fibres_(fibres), types_(types) {}

  void read(YamlMap item, std::vector<plant::RouteElement>& route) {
    const std::size_t before = route.size();
    YamlMap body = item;
    if (auto span = item.optional_map("span")) {
      body = *span;
      route.emplace_back(read_span(*span, fibres_));
    }
    if (auto repeater = item.optional_map("repeater")) {
      body = *repeater;
      route.emplace_back(read_body(*repeater, "repeater type", types_.repeaters));
    }
    if (auto ropa = item.optional_map("ropa")) {
      body = *ropa;
      plant::PlacedRopa placed;
      placed.ropa = read_body(*ropa, "ROPA type", types_.ropas);
      placed.direction = ropa->choice("direction", {"a-b", "b-a"}) == "a-b"
                             ? plant::Direction::kAToB
                             : plant::Direction::kBToA;
      read_ropa_side(*ropa, placed.ropa);
      route.emplace_back(std::move(placed));
    }
    if (auto amplifier = item.optional_map("amplifier")) {
      body = *amplifier;
      route.emplace_back(read_body(*amplifier, "amplifier type", types_.amplifiers));
    }
    if (auto roadm = item.optional_map("roadm")) {
      body = *roadm;
      plant::PlacedRoadm placed;
      placed.towards_b = placed.towards_a = read_body(*roadm, "ROADM type", types_.roadms);
      if (roadm->has("type_towards_a")) {
        const auto* type = refer(*roadm, "type_towards_a", "ROADM type", types_.roadms);
        if (type != nullptr) placed.towards_a = *type;
        placed.towards_a.name = placed.towards_b.name;
      }
      route.emplace_back(std::move(placed));
    }
    if (route.size() != before + 1) {
      item.problem("expected one of span, repeater, ropa, amplifier, roadm");
      return;
    }
    const std::string name = body.text_or("name", "-");
    if (!names_.insert(name).second) {
      body.problem("name", fmt::format("expected a name of its own, got '{}' again", name));
    }
  }

 private:
  const std::vector<plant::FibreType>& fibres_;
  const BodyTypes& types_;
  std::set<std::string> names_;
};

template <typename T>
bool holds(const std::vector<plant::RouteElement>& route) {
  return std::any_of(route.begin(), route.end(),
                     [](const auto& element) { return std::holds_alternative<T>(element); });
}

}  // namespace

plant::FibreType read_fibre(const std::string& name, YamlMap map) {
  plant::FibreType fibre;
  fibre.name = name;
  fibre.attenuation = DbPerKm(map.number("attenuation_db_per_km", {.above = 0, .at_most = 5}));
  fibre.dispersion =
      PsPerNmKm(map.number("dispersion_ps_per_nm_km", {.at_least = -200, .at_most = 200}));
  if (fibre.dispersion == PsPerNmKm(0)) {
    // The closed forms divide by beta2, and no transmission fibre is without dispersion.
    map.problem("dispersion_ps_per_nm_km", "expected dispersion other than 0, got 0");
  }
  if (const auto slope =
          map.optional_number("dispersion_slope_ps_per_nm2_km", {.at_least = -10, .at_most = 10})) {
    fibre.dispersion_slope = PsPerNm2Km(*slope);
  }
  fibre.pmd = PsPerSqrtKm(map.number_or("pmd_ps_per_sqrt_km", 0.04, kNotNegative));
  fibre.effective_area =
      SquareMicrometers(map.number("effective_area_um2", {.at_least = 10, .at_most = 1000}));
  fibre.nonlinear_index = SquareMetersPerWatt(
      map.number("nonlinear_index_m2_per_w", {.at_least = 1e-21, .at_most = 1e-18}));
  fibre.attenuation_points = read_attenuation_points(map);
  fibre.group_index = map.number_or("group_index", 1.468, {.at_least = 1, .at_most = 2});
  return fibre;
}

void read_segments(YamlMap& root, plant::Plant& plant) {
  const BodyTypes types = read_body_types(root);
  RouteReader reader(plant.fibres, types);
  for (YamlMap& map : root.maps("segments")) {
    plant::Segment segment;
    segment.name = map.text("name");
    segment.kind = map.choice("kind", {"submarine", "terrestrial"}) == "submarine"
                       ? plant::Segment::Kind::kSubmarine
                       : plant::Segment::Kind::kTerrestrial;
    for (YamlMap& item : map.maps("route")) reader.read(item, segment.elements);
    if (!segment.elements.empty() && !holds<plant::Span>(segment.elements)) {
      map.problem("route", "expected at least one span, got none");
    }
    if (segment.kind == plant::Segment::Kind::kSubmarine &&
        holds<plant::PlacedRoadm>(segment.elements)) {
      map.problem("route", "expected ROADMs in terrestrial segments alone");
    }
    if (plant.kind == plant::PlantKind::kUnrepeatered && holds<plant::Repeater>(segment.elements)) {
      map.problem("route", "expected no repeater in an unrepeatered plant");
    }
    plant.segments.push_back(std::move(segment));
  }
}

}  // namespace caspilink::formats
