#include "link_models/formats/plant_mode_yaml.h"

#include <cmath>
#include <optional>
#include <vector>

#include <fmt/format.h>

namespace caspilink::formats {
namespace {

constexpr NumberRange kPositive{.above = 0};
constexpr NumberRange kOsnr{.at_least = 0, .at_most = 80};

std::vector<plant::PenaltyPoint> read_penalty(YamlMap& map, std::string_view key,
                                              std::string_view unit, NumberRange range) {
  std::vector<plant::PenaltyPoint> points;
  for (YamlMap& item : map.optional_maps(key)) {
    const double at = item.number(unit, range);
    const Db penalty(item.number("penalty_db", {.at_least = 0, .at_most = 40}));
    if (!points.empty() && at <= points.back().at) {
      item.problem(unit,
                   fmt::format("expected ascending points, got {} after {}", at, points.back().at));
    }
    points.push_back({at, penalty});
  }
  return points;
}

std::vector<plant::BackToBackPoint> read_back_to_back(YamlMap& map) {
  std::vector<plant::BackToBackPoint> points;
  for (YamlMap& item : map.optional_maps("back_to_back")) {
    const Db osnr(item.number("osnr_01nm_db", kOsnr));
    const double ber = item.number("pre_fec_ber", {.below = 0.5, .at_least = 1e-30});
    if (!points.empty() && osnr <= points.back().osnr_01nm) {
      item.problem("osnr_01nm_db", fmt::format("expected ascending OSNR, got {} dB after {} dB",
                                               osnr.value(), points.back().osnr_01nm.value()));
    }
    if (!points.empty() && ber >= points.back().pre_fec_ber) {
      item.problem("pre_fec_ber", fmt::format("expected BER to fall as OSNR rises, got {} after {}",
                                              ber, points.back().pre_fec_ber));
    }
    points.push_back({osnr, ber});
  }
  if (points.size() == 1) map.problem("back_to_back", "expected at least two points, got one");
  return points;
}

}  // namespace

plant::TransceiverMode read_mode(const std::string& name, YamlMap map) {
  plant::TransceiverMode mode;
  mode.name = name;
  mode.format = map.choice("format", {"dp-qpsk", "dp-16qam"}) == "dp-qpsk"
                    ? plant::ModulationFormat::kDpQpsk
                    : plant::ModulationFormat::kDp16Qam;
  mode.bit_rate = BitsPerSecond(1e9 * map.number("bit_rate_gbps", kPositive));
  mode.baud_rate = Hertz(std::round(1e9 * map.number("baud_rate_gbd", kPositive)));
  mode.roll_off = map.number_or("roll_off", 0, {.at_least = 0, .at_most = 1});
  int described = 0;
  if (const auto snr = map.optional_number("transceiver_snr_db", {.at_least = 0, .at_most = 60})) {
    mode.transceiver_snr = Db(*snr);
    ++described;
  }
  if (const auto osnr = map.optional_number("required_osnr_01nm_db", kOsnr)) {
    mode.required_osnr_01nm = Db(*osnr);
    ++described;
  }
  mode.back_to_back = read_back_to_back(map);
  if (!mode.back_to_back.empty()) ++described;
  if (described > 1) {
    map.problem("expected at most one of transceiver_snr_db, required_osnr_01nm_db, back_to_back");
  }
  if (const auto osnr = map.optional_number("transmitter_osnr_01nm_db", kOsnr)) {
    mode.transmitter_osnr_01nm = Db(*osnr);
  }
  if (auto penalties = map.optional_map("penalties")) {
    const NumberRange not_negative{.at_least = 0};
    mode.penalties.chromatic_dispersion =
        read_penalty(*penalties, "chromatic_dispersion", "ps_per_nm", {});
    mode.penalties.pmd = read_penalty(*penalties, "pmd", "ps", not_negative);
    mode.penalties.pdl = read_penalty(*penalties, "pdl", "db", not_negative);
  }
  mode.fec_ber_threshold = map.number("fec_ber_threshold", {.above = 0, .below = 0.2});
  mode.receive_power_min =
      Dbm(map.number_or("receive_power_min_dbm", -18, {.at_least = -60, .at_most = 30}));
  mode.receive_power_max = Dbm(map.number_or(
      "receive_power_max_dbm", 5, {.at_least = mode.receive_power_min.value(), .at_most = 30}));
  return mode;
}

}  // namespace caspilink::formats
