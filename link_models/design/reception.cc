#include "link_models/design/reception.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "link_models/physics/q_factor.h"

namespace caspilink::design {
namespace {

using plant::ModulationFormat;

struct Candidate {
  const TransceiverType* type = nullptr;
  const TransceiverModeData* mode = nullptr;
};

bool same(const std::vector<PenaltyPoint>& a, const std::vector<PenaltyPoint>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.up_to == y.up_to && x.penalty_db == y.penalty_db;
  });
}

bool asks_the_same(const TransceiverModeData& a, const TransceiverModeData& b) {
  return a.required_osnr == b.required_osnr && format_of(a) == format_of(b) &&
         same(a.chromatic_dispersion, b.chromatic_dispersion) && same(a.pmd, b.pmd) &&
         same(a.pdl, b.pdl);
}

std::optional<Candidate> mode_of(const Equipment& equipment, const ModeChoice& choice,
                                 const ChannelResult& channel) {
  std::vector<Candidate> named;
  std::vector<Candidate> fitting;
  for (const TransceiverType& type : equipment.transceivers) {
    if (choice.transceiver && type.name != *choice.transceiver) continue;
    for (const TransceiverModeData& mode : type.modes) {
      if (choice.mode && mode.format != *choice.mode) continue;
      if (mode.baud_rate != channel.baud_rate) continue;
      if (mode.format == channel.label) named.push_back({&type, &mode});
      if (mode.min_spacing <= channel.slot_width) fitting.push_back({&type, &mode});
    }
  }
  const std::vector<Candidate>& found = named.empty() ? fitting : named;
  if (found.empty()) return std::nullopt;
  const bool alike = std::all_of(found.begin(), found.end(), [&](const Candidate& other) {
    return asks_the_same(*other.mode, *found.front().mode);
  });
  return alike ? std::optional(found.front()) : std::nullopt;
}

std::optional<double> penalty_at(const std::vector<PenaltyPoint>& points, double at) {
  if (points.empty()) return 0;
  if (at < points.front().up_to || at > points.back().up_to) return std::nullopt;
  for (std::size_t i = 1; i < points.size(); ++i) {
    if (at > points[i].up_to) continue;
    const PenaltyPoint& from = points[i - 1];
    const double width = points[i].up_to - from.up_to;
    const double part = width > 0 ? (at - from.up_to) / width : 1;
    return from.penalty_db + part * (points[i].penalty_db - from.penalty_db);
  }
  return points.back().penalty_db;
}

}  // namespace

std::optional<ModulationFormat> format_of(const TransceiverModeData& mode) {
  std::string name;
  for (const char c : mode.format) {
    if (c != '-' && c != '_' && c != ' ') {
      name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
  }
  const auto says = [&](std::string_view word) { return name.find(word) != std::string::npos; };
  if (says("16QAM")) return ModulationFormat::kDp16Qam;
  if (says("QPSK")) return ModulationFormat::kDpQpsk;
  // Other constellations and shaped ones have no model here.
  if (says("QAM") || says("BPSK") || says("PCS") || name.rfind("PS", 0) == 0) return std::nullopt;
  if (!mode.bit_rate || mode.baud_rate <= Hertz(0)) return std::nullopt;
  constexpr double kLeastOverhead = 1.05;
  const double bits = mode.bit_rate->value() / mode.baud_rate.value();
  if (bits > 2 && bits <= 4 / kLeastOverhead) return ModulationFormat::kDpQpsk;
  if (bits > 6 && bits <= 8 / kLeastOverhead) return ModulationFormat::kDp16Qam;
  return std::nullopt;
}

Result<void> check_choice(const Equipment& equipment, const ModeChoice& choice) {
  bool type_known = !choice.transceiver;
  bool mode_known = !choice.mode;
  for (const TransceiverType& type : equipment.transceivers) {
    if (choice.transceiver && type.name != *choice.transceiver) continue;
    type_known = true;
    mode_known = mode_known || std::any_of(type.modes.begin(), type.modes.end(),
                                           [&](const auto& m) { return m.format == *choice.mode; });
  }
  if (!type_known) {
    return fail(ErrorCode::kNotFound, "--transceiver",
                "the equipment library has no transceiver " + *choice.transceiver);
  }
  if (!mode_known) {
    return fail(ErrorCode::kNotFound, "--mode",
                "the equipment library has no such mode: " + *choice.mode);
  }
  return {};
}

std::optional<Reception> receive(const Equipment& equipment, const ModeChoice& choice,
                                 const ChannelResult& channel) {
  const auto found = mode_of(equipment, choice, channel);
  if (!found) return std::nullopt;
  const TransceiverModeData& mode = *found->mode;
  Reception reception;
  reception.transceiver = found->type->name;
  reception.mode = mode.format;
  reception.format = format_of(mode);
  reception.required_osnr = mode.required_osnr;
  if (reception.format) {
    reception.q_line = physics::q_from_snr(*reception.format, to_linear(channel.gsnr));
  }
  struct Kind {
    const char* what;
    const char* unit;
    const std::vector<PenaltyPoint>& points;
    double at;
  };
  double penalty = 0;
  for (const Kind& kind : {Kind{"chromatic dispersion", "ps/nm", mode.chromatic_dispersion,
                                channel.chromatic_dispersion.value()},
                           Kind{"PMD", "ps", mode.pmd, channel.pmd.value()},
                           Kind{"PDL", "dB", mode.pdl, channel.pdl.value()}}) {
    const auto one = penalty_at(kind.points, kind.at);
    if (!one) {
      reception.infeasible = fmt::format("{} of {:.4g} {} is outside the penalty table of mode {}",
                                         kind.what, kind.at, kind.unit, mode.format);
      return reception;
    }
    penalty += *one;
  }
  reception.penalty = Db(penalty);
  if (mode.required_osnr) {
    reception.margin = channel.gsnr_with_transceiver_01nm - Db(penalty) - *mode.required_osnr -
                       equipment.spectrum.margin;
  }
  if (reception.format) {
    const Db left = channel.gsnr_with_transceiver - Db(penalty);
    reception.q = physics::q_from_snr(*reception.format, to_linear(left));
    reception.pre_fec_ber = physics::bit_error_ratio(*reception.format, to_linear(left));
  }
  return reception;
}

}  // namespace caspilink::design
