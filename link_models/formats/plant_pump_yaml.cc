#include "link_models/formats/plant_pump_yaml.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace caspilink::formats {
namespace {

constexpr NumberRange kNotNegative{.at_least = 0};
constexpr NumberRange kOpticalThz{.at_least = 100, .at_most = 300};
constexpr NumberRange kOpticalNm{.at_least = 1000, .at_most = 2998};

Hertz frequency_of_nm(double wavelength_nm) {
  return Hertz(constants::kSpeedOfLight / (wavelength_nm * 1e-9));
}

plant::Pump read_pump(YamlMap& map) {
  return {read_optical_frequency(map),
          Milliwatts(map.number("power_mw", {.above = 0, .at_most = 10000}))};
}

// Lumped gain into `lumped`, or pumps into `pumps`.
void read_raman(YamlMap map, const std::string& name, plant::PumpWay way,
                std::optional<plant::RamanAmplifier>& lumped,
                std::optional<plant::RamanPumps>& pumps) {
  auto list = map.optional_maps("pumps");
  if (!list.empty()) {
    pumps = plant::RamanPumps{name, way, {}};
    for (YamlMap& pump : list) pumps->pumps.push_back(read_pump(pump));
    return;
  }
  lumped = plant::RamanAmplifier{
      name, Db(map.number("gain_db", {.at_least = 0, .at_most = 40})),
      Db(map.number("effective_noise_figure_db", {.at_least = -10, .at_most = 15}))};
}

plant::RopaPumping read_pumping(YamlMap& map) {
  plant::RopaPumping pumping;
  for (YamlMap& item : map.maps("response")) {
    plant::RopaPumping::Point point;
    point.pump = Milliwatts(item.number("pump_mw", {.at_least = 0, .at_most = 10000}));
    point.gain = Db(item.number("gain_db", {.at_least = -60, .at_most = 40}));
    point.noise_figure = Db(item.number("noise_figure_db", {.at_least = 0, .at_most = 60}));
    if (pumping.response.empty()) {
      if (point.pump != Milliwatts(0)) {
        item.problem("pump_mw", fmt::format("expected the response to begin at 0 mW, got {} mW",
                                            point.pump.value()));
      }
    } else {
      const auto& before = pumping.response.back();
      if (point.pump <= before.pump) {
        item.problem("pump_mw", fmt::format("expected ascending pump power, got {} mW after {} mW",
                                            point.pump.value(), before.pump.value()));
      }
      if (point.gain < before.gain) {
        item.problem("gain_db", fmt::format("expected gain not to fall as pump power rises, got "
                                            "{} dB after {} dB",
                                            point.gain.value(), before.gain.value()));
      }
    }
    pumping.response.push_back(point);
  }
  pumping.conversion_efficiency = map.number("conversion_efficiency", {.above = 0, .below = 1});
  pumping.pump_loss = Db(map.number_or("pump_loss_db", 0, kNotNegative));
  constexpr double kBandFromNm = 1465;
  constexpr double kBandToNm = 1495;
  const auto band = map.optional_numbers("pump_band_nm", kOpticalNm);
  if (!band.empty() && (band.size() != 2 || band[0] >= band[1])) {
    map.problem("pump_band_nm", "expected two wavelengths, the shorter first");
  }
  const bool given = band.size() == 2;
  pumping.band_from = frequency_of_nm(given ? band[1] : kBandToNm);
  pumping.band_to = frequency_of_nm(given ? band[0] : kBandFromNm);
  return pumping;
}

// Whether the terminal sends light that reaches a ROPA's erbium.
bool feeds(const plant::Terminal& terminal, const plant::RopaPumping& pumping) {
  const auto in_band = [&](const plant::Pump& pump) {
    return pump.frequency >= pumping.band_from && pump.frequency <= pumping.band_to;
  };
  if (terminal.ropa_feed && in_band(terminal.ropa_feed->pump)) return true;
  const auto& pumps = pumping.way == plant::PumpWay::kWithSignal ? terminal.raman_transmit_pumps
                                                                 : terminal.raman_receive_pumps;
  return pumps && std::any_of(pumps->pumps.begin(), pumps->pumps.end(), in_band);
}

}  // namespace

Hertz read_optical_frequency(YamlMap& map) {
  const auto thz = map.optional_number("frequency_thz", kOpticalThz);
  const auto nm = map.optional_number("wavelength_nm", kOpticalNm);
  if (thz.has_value() == nm.has_value()) {
    map.problem("expected one of frequency_thz and wavelength_nm");
    return frequency_of_nm(1550);
  }
  return thz ? Hertz(*thz * 1e12) : frequency_of_nm(*nm);
}

void read_terminal_pumps(YamlMap& map, const std::string& station, plant::Terminal& terminal) {
  if (auto raman = map.optional_map("raman_transmit")) {
    read_raman(*raman, station + "-raman-transmit", plant::PumpWay::kWithSignal,
               terminal.raman_transmit, terminal.raman_transmit_pumps);
  }
  if (auto raman = map.optional_map("raman_receive")) {
    read_raman(*raman, station + "-raman-receive", plant::PumpWay::kAgainstSignal,
               terminal.raman_receive, terminal.raman_receive_pumps);
  }
  if (auto feed = map.optional_map("ropa_pump")) {
    plant::RopaFeed& read = terminal.ropa_feed.emplace();
    read.pump = read_pump(*feed);
    if (feed->choice("delivery", {"line_fibre", "pump_fibre"}) == "pump_fibre") {
      read.delivery = plant::RopaFeed::Delivery::kPumpFibre;
      read.pump_fibre_loss = Db(feed->number_or("pump_fibre_loss_db", 0, kNotNegative));
    }
  }
}

plant::Ropa read_ropa_type(const std::string& name, YamlMap map) {
  plant::Ropa type;
  type.name = name;
  if (map.has("response")) {
    type.pumping = read_pumping(map);
    return type;
  }
  type.gain = Db(map.number("gain_db", {.above = 0, .at_most = 40}));
  type.noise_figure = Db(map.number("noise_figure_db", {.at_least = 0, .at_most = 15}));
  if (const auto most =
          map.optional_number("maximum_output_power_dbm", {.at_least = -20, .at_most = 40})) {
    type.maximum_output_power = Dbm(*most);
  }
  return type;
}

std::vector<plant::AttenuationPoint> read_attenuation_points(YamlMap& fibre) {
  std::vector<plant::AttenuationPoint> points;
  for (YamlMap& item : fibre.optional_maps("attenuation_points")) {
    const Hertz frequency = read_optical_frequency(item);
    points.push_back(
        {frequency, DbPerKm(item.number("attenuation_db_per_km", {.above = 0, .at_most = 5}))});
  }
  std::sort(points.begin(), points.end(),
            [](const auto& a, const auto& b) { return a.frequency < b.frequency; });
  const auto twice =
      std::adjacent_find(points.begin(), points.end(),
                         [](const auto& a, const auto& b) { return a.frequency == b.frequency; });
  if (twice != points.end()) {
    fibre.problem("attenuation_points", "expected each wavelength once");
  }
  return points;
}

void check_ropa_feeds(YamlMap& root, const plant::Plant& plant) {
  for (const plant::Segment& segment : plant.segments) {
    for (const auto& element : segment.elements) {
      const auto* placed = std::get_if<plant::PlacedRopa>(&element);
      if (placed == nullptr || !placed->ropa.pumping) continue;
      const bool from_sender = placed->ropa.pumping->way == plant::PumpWay::kWithSignal;
      const plant::Station& station = from_sender ? plant::sender(plant, placed->direction)
                                                  : plant::receiver(plant, placed->direction);
      if (!feeds(station.terminal, *placed->ropa.pumping)) {
        root.problem("segments", fmt::format("expected a pump for ROPA {}: terminal {} sends none "
                                             "in its pump band",
                                             placed->ropa.name, station.id));
      }
    }
  }
}

}  // namespace caspilink::formats
