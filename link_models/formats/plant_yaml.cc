#include "link_models/formats/plant_yaml.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "link_models/formats/plant_mode_yaml.h"
#include "link_models/formats/plant_names_yaml.h"
#include "link_models/formats/plant_position_yaml.h"
#include "link_models/formats/plant_pump_yaml.h"
#include "link_models/formats/plant_route_yaml.h"
#include "link_models/formats/yaml.h"

namespace caspilink::formats {
namespace {

using plant::Channel;
using plant::Plant;

constexpr NumberRange kPositive{.above = 0};
constexpr NumberRange kNotNegative{.at_least = 0};

Hertz rounded_hertz(double value) { return Hertz(std::round(value)); }

plant::Terminal read_terminal(YamlMap map, const std::string& station) {
  plant::Terminal terminal;
  if (auto amplifier = map.optional_map("booster")) {
    plant::Booster& booster = terminal.booster.emplace();
    booster.name = station + "-booster";
    booster.gain = Db(amplifier->number("gain_db", {.above = 0, .at_most = 60}));
    booster.noise_figure = Db(amplifier->number("noise_figure_db", {.at_least = 0, .at_most = 15}));
    if (const auto most = amplifier->optional_number("maximum_output_power_dbm",
                                                     {.at_least = -20, .at_most = 40})) {
      booster.maximum_output_power = Dbm(*most);
    }
  }
  read_terminal_pumps(map, station, terminal);
  if (auto amplifier = map.optional_map("preamplifier")) {
    plant::TerminalAmplifier& preamplifier = terminal.preamplifier.emplace();
    preamplifier.name = station + "-preamplifier";
    preamplifier.total_output_power =
        Dbm(amplifier->number("total_output_power_dbm", {.at_least = -20, .at_most = 40}));
    preamplifier.noise_figure =
        Db(amplifier->number("noise_figure_db", {.at_least = 0, .at_most = 15}));
    preamplifier.maximum_gain =
        Db(amplifier->number_or("maximum_gain_db", 35, {.above = 0, .at_most = 60}));
  }
  if (const auto loss = map.optional_number("demultiplexer_loss_db", kNotNegative)) {
    terminal.demultiplexer = plant::TerminalLoss{station + "-demultiplexer", Db(*loss)};
  }
  return terminal;
}

plant::Station read_station(YamlMap map) {
  plant::Station station;
  station.id = plain_name(map, "id");
  station.name = map.text("name");
  station.operator_name = map.text("operator");
  if (auto terminal = map.optional_map("terminal")) {
    station.terminal = read_terminal(*terminal, station.id);
  }
  return station;
}

void read_band(YamlMap band, std::vector<Channel>& channels) {
  constexpr double kHalfHertz = 0.5;
  const Hertz first =
      rounded_hertz(1e12 * band.number("first_channel_thz", {.at_least = 100, .at_most = 300}));
  const Hertz spacing =
      rounded_hertz(1e9 * band.number("spacing_ghz", {.at_least = 1, .at_most = 10000}));
  Channel channel;
  channel.slot_width =
      rounded_hertz(1e9 * band.number_or("slot_width_ghz", spacing.value() * 1e-9, {.above = 0}));
  channel.baud_rate = rounded_hertz(1e9 * band.number("baud_rate_gbd", kPositive));
  channel.roll_off = band.number_or("roll_off", 0, {.at_least = 0, .at_most = 1});
  channel.launch_power = Dbm(band.number("launch_power_dbm", {.at_least = -60, .at_most = 30}));
  const auto count = band.integer("channels", 1, 2000);
  if (channel.slot_width > spacing && count > 1) {
    band.problem("spacing_ghz",
                 fmt::format("channels overlap: expected at least the slot width of "
                             "{} GHz, got {} GHz",
                             channel.slot_width.value() * 1e-9, spacing.value() * 1e-9));
  }
  if (channel.baud_rate > channel.slot_width) {
    band.problem("baud_rate_gbd",
                 fmt::format("expected at most the slot width of {} GHz, got {}",
                             channel.slot_width.value() * 1e-9, channel.baud_rate.value() * 1e-9));
  }
  if (!channels.empty()) {
    const Channel& before = channels.back();
    const Hertz lowest = before.frequency + (before.slot_width + channel.slot_width) / 2;
    if (first < lowest - Hertz(kHalfHertz)) {
      band.problem("first_channel_thz",
                   fmt::format("channels overlap: expected at least {:.6f} THz after channel {}, "
                               "got {:.6f} THz",
                               lowest.value() * 1e-12, before.number, first.value() * 1e-12));
    }
  }
  for (std::int64_t i = 0; i < count; ++i) {
    channel.number = static_cast<int>(channels.size()) + 1;
    channel.frequency = first + static_cast<double>(i) * spacing;
    channels.push_back(channel);
  }
}

void read_fibre_pairs(YamlMap entry, Plant& plant) {
  plant::FibrePair pair;
  const plant::TransceiverMode* mode = refer(entry, "mode", "mode", plant.modes);
  if (mode != nullptr) pair.mode = mode->name;
  const auto last = static_cast<std::int64_t>(std::max<std::size_t>(plant.channels.size(), 1));
  for (const std::int64_t number : entry.integers("lit_channels", 1, last)) {
    if (!pair.lit_channels.empty() && number <= pair.lit_channels.back()) {
      entry.problem("lit_channels", fmt::format("expected ascending numbers, got {} after {}",
                                                number, pair.lit_channels.back()));
    }
    pair.lit_channels.push_back(static_cast<int>(number));
    if (plant.channels.empty() || mode == nullptr) continue;
    const Channel& channel = plant.channels[static_cast<std::size_t>(number - 1)];
    if (channel.baud_rate != mode->baud_rate) {
      entry.problem("mode",
                    fmt::format("expected a mode of channel {}'s {} GBd, got {} GBd", number,
                                channel.baud_rate.value() * 1e-9, mode->baud_rate.value() * 1e-9));
    }
  }
  for (std::string& id : entry.texts("ids")) {
    if (!is_plain_name(id)) {
      entry.problem("ids", fmt::format("expected letters, digits, '-', '_' and '.', got '{}'", id));
    }
    if (plant::find_fibre_pair(plant, id) != nullptr) {
      entry.problem("ids", fmt::format("expected each fibre pair once, got '{}' again", id));
    }
    pair.id = std::move(id);
    plant.fibre_pairs.push_back(pair);
  }
}

plant::Allowances read_allowances(YamlMap map) {
  plant::Allowances allowances;
  allowances.impairments = Db(map.number_or("impairments_db", 0, kNotNegative));
  allowances.time_variation = Db(map.number_or("time_variation_db", 0, kNotNegative));
  allowances.ageing = DbPerKm(map.number_or("ageing_db_per_km", 0, kNotNegative));
  allowances.repair_loss = Db(map.number_or("repair_loss_db", 0, kNotNegative));
  allowances.pump_failures = Db(map.number_or("pump_failures_db", 0, kNotNegative));
  return allowances;
}

plant::AlarmThresholds read_thresholds(YamlMap map) {
  plant::AlarmThresholds t;
  const auto db = [&](std::string_view key, Db& value, NumberRange range = kNotNegative) {
    value = Db(map.number_or(key, value.value(), range));
  };
  const auto seconds = [&](std::string_view key, Seconds& value, double scale,
                           NumberRange range = kNotNegative) {
    value = Seconds(map.number_or(key, value.value() * scale, range) / scale);
  };
  db("q_margin_minor_db", t.q_margin_minor, {});
  db("q_margin_major_db", t.q_margin_major, {.at_most = t.q_margin_minor.value()});
  db("q_margin_critical_db", t.q_margin_critical, {.at_most = t.q_margin_major.value()});
  db("q_hysteresis_db", t.q_hysteresis);
  db("receive_power_residual_minor_db", t.receive_power_residual_minor, kPositive);
  db("receive_power_residual_major_db", t.receive_power_residual_major,
     {.at_least = t.receive_power_residual_minor.value()});
  db("receive_power_hysteresis_db", t.receive_power_hysteresis);
  seconds("latency_tolerance_us", t.latency_tolerance, 1e6, kPositive);
  seconds("latency_hysteresis_us", t.latency_hysteresis, 1e6);
  seconds("staleness_s", t.staleness, 1, kPositive);
  seconds("raise_hold_off_s", t.raise_hold_off, 1);
  seconds("clear_hold_off_s", t.clear_hold_off, 1);
  return t;
}

void check_boosters(YamlMap& root, const Plant& plant) {
  constexpr Db kRounding(0.005);  // of launch powers in files
  if (plant.channels.empty()) return;
  Milliwatts launched;
  for (const Channel& channel : plant.channels) launched += to_milliwatts(channel.launch_power);
  for (const plant::Station& station : plant.stations) {
    const auto& booster = station.terminal.booster;
    if (!booster || !booster->maximum_output_power) continue;
    if (to_dbm(launched) > *booster->maximum_output_power + kRounding) {
      root.problem("spectrum",
                   fmt::format("expected launch powers of {} dBm in all, which is what the booster "
                               "of {} gives out at most, got {:.3f} dBm",
                               booster->maximum_output_power->value(), station.id,
                               to_dbm(launched).value()));
    }
  }
}

plant::PowerFeed read_power_feed(YamlMap map) {
  plant::PowerFeed feed;
  feed.current = Amperes(map.number("current_a", {.above = 0, .at_most = 5}));
  feed.resistance = OhmsPerKm(map.number("resistance_ohm_per_km", {.above = 0, .at_most = 10}));
  feed.repeater_voltage =
      Volts(map.number_or("repeater_voltage_v", 0, {.at_least = 0, .at_most = 500}));
  feed.earth_potential =
      Volts(map.number_or("earth_potential_v", 0, {.at_least = -5000, .at_most = 5000}));
  feed.earth_potential_uncertainty =
      Volts(map.number_or("earth_potential_uncertainty_v", 0, {.at_least = 0, .at_most = 5000}));
  const std::string feeding = map.choice("feeding", {"both_ends", "from_a", "from_b"});
  for (const auto kind :
       {plant::Feeding::kBothEnds, plant::Feeding::kFromA, plant::Feeding::kFromB}) {
    if (feeding == plant::to_string(kind)) feed.feeding = kind;
  }
  return feed;
}

plant::LightModel read_light_model(YamlMap& root) {
  plant::LightModel model;
  if (const auto name = root.optional_text("nonlinear_model")) {
    if (const auto kind = plant::nonlinear_model_from_string(*name)) {
      model.nonlinear = *kind;
    } else {
      root.problem("nonlinear_model", kind.error().detail);
    }
  }
  if (const auto gawbs =
          root.optional_number("gawbs_db_per_km", {.at_least = -90, .at_most = -30})) {
    model.gawbs_per_km = Db(*gawbs);
  }
  return model;
}

Plant read_plant(YamlMap root) {
  Plant plant;
  plant.name = plain_name(root, "plant");
  plant.description = root.text_or("description", "");
  plant.kind = root.choice("kind", {"repeatered", "unrepeatered"}) == "repeatered"
                   ? plant::PlantKind::kRepeatered
                   : plant::PlantKind::kUnrepeatered;
  YamlMap stations = root.map("stations");
  plant.stations = {read_station(stations.map("a")), read_station(stations.map("b"))};
  if (plant.a().id == plant.b().id) {
    stations.problem("b", fmt::format("expected an id of its own, got '{}' again", plant.b().id));
  }
  for (auto& [name, map] : root.named_maps("fibres")) {
    plant.fibres.push_back(read_fibre(name, map));
  }
  read_segments(root, plant);
  check_ropa_feeds(root, plant);
  plant.light_model = read_light_model(root);
  for (YamlMap& band : root.maps("spectrum")) read_band(band, plant.channels);
  check_boosters(root, plant);
  for (auto& [name, map] : root.named_maps("modes")) plant.modes.push_back(read_mode(name, map));
  for (YamlMap& entry : root.maps("fibre_pairs")) read_fibre_pairs(entry, plant);
  if (auto map = root.optional_map("allowances")) plant.allowances = read_allowances(*map);
  if (auto map = root.optional_map("alarm_thresholds")) plant.thresholds = read_thresholds(*map);
  if (auto map = root.optional_map("power_feed")) plant.power_feed = read_power_feed(*map);
  if (auto map = root.optional_map("position_list")) {
    plant.laid_route = read_position_list(*map, plant::length_of(plant));
  }
  return plant;
}

Result<Plant> read(Result<YamlFile> file) {
  if (!file) return tl::unexpected(file.error());
  Plant plant = read_plant(file->root());
  if (auto done = file->finish(); !done) return tl::unexpected(done.error());
  return plant;
}

}  // namespace

Result<Plant> load_plant(const std::string& path) { return read(YamlFile::load(path)); }

Result<Plant> parse_plant(std::string_view text, const std::string& file) {
  return read(YamlFile::parse(text, file));
}

}  // namespace caspilink::formats
