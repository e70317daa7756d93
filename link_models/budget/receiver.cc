#include "link_models/budget/receiver.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "link_models/physics/q_factor.h"

namespace caspilink::budget {
namespace {

constexpr Db kNone(-std::numeric_limits<double>::infinity());

// Straight between the points; nothing outside them, but 0 from 0 to the first.
std::optional<Db> penalty_at(const std::vector<plant::PenaltyPoint>& points, double at) {
  if (points.empty()) return Db(0);
  double from = points.front().at > 0 ? 0 : points.front().at;
  Db below = points.front().at > 0 ? Db(0) : points.front().penalty;
  if (at < from) return std::nullopt;
  for (const plant::PenaltyPoint& point : points) {
    if (at <= point.at) {
      const double part = point.at > from ? (at - from) / (point.at - from) : 1;
      return below + part * (point.penalty - below);
    }
    from = point.at;
    below = point.penalty;
  }
  return std::nullopt;
}

// Q over OSNR, both in dB.
std::optional<Db> q_of_table(const std::vector<plant::BackToBackPoint>& points, Db osnr) {
  if (osnr < points.front().osnr_01nm) return std::nullopt;
  for (std::size_t i = 1; i < points.size(); ++i) {
    if (osnr > points[i].osnr_01nm) continue;
    const auto& from = points[i - 1];
    const Db low = physics::q_from_ber(from.pre_fec_ber);
    const Db high = physics::q_from_ber(points[i].pre_fec_ber);
    return low + (osnr - from.osnr_01nm) / (points[i].osnr_01nm - from.osnr_01nm) * (high - low);
  }
  return physics::q_from_ber(points.back().pre_fec_ber);
}

}  // namespace

Result<Receiver> Receiver::of(const plant::TransceiverMode& mode,
                              const plant::Allowances& allowances) {
  Receiver receiver(mode, allowances.impairments);
  if (mode.transceiver_snr) {
    receiver.receiver_noise_to_signal_ = 1 / to_linear(*mode.transceiver_snr);
  }
  if (mode.required_osnr_01nm) {
    const double ideal = physics::required_snr(mode.format, mode.fec_ber_threshold);
    const Db scale = physics::to_reference_bandwidth(Db(0), mode.baud_rate);
    const double noise = 1 / ideal - 1 / to_linear(*mode.required_osnr_01nm - scale);
    if (noise < 0) {
      return fail(
          ErrorCode::kInvalidInput, "mode " + mode.name,
          fmt::format("expected a required OSNR of at least {:.3f} dB, what the ideal format "
                      "needs for a BER of {:g}, got {} dB",
                      (to_db(ideal) + scale).value(), mode.fec_ber_threshold,
                      mode.required_osnr_01nm->value()));
    }
    receiver.receiver_noise_to_signal_ = noise;
  }
  return receiver;
}

Db Receiver::q_line(double gsnr) const { return physics::q_from_snr(mode_.format, gsnr); }

Reception Receiver::receive(const Arriving& arriving) const {
  double noise = 1 / arriving.gsnr + receiver_noise_to_signal_;
  if (mode_.transmitter_osnr_01nm) {
    noise += to_linear(physics::to_reference_bandwidth(Db(0), arriving.baud_rate) -
                       *mode_.transmitter_osnr_01nm);
  }
  Reception reception;
  reception.gsnr_with_transceiver = to_db(1 / noise);
  const auto refuse = [&](std::string why) {
    reception.q = kNone;
    reception.infeasible = std::move(why);
    return reception;
  };
  const auto& penalties = mode_.penalties;
  struct Kind {
    const char* what;
    const char* unit;
    const std::vector<plant::PenaltyPoint>& points;
    double at;
  };
  for (const Kind& kind : {Kind{"chromatic dispersion", "ps/nm", penalties.chromatic_dispersion,
                                arriving.chromatic_dispersion.value()},
                           Kind{"PMD", "ps", penalties.pmd, arriving.pmd.value()},
                           Kind{"PDL", "dB", penalties.pdl, arriving.pdl.value()}}) {
    const auto penalty = penalty_at(kind.points, kind.at);
    if (!penalty) {
      return refuse(fmt::format("{} of {:.4g} {} is outside the penalty table of mode {}",
                                kind.what, kind.at, kind.unit, mode_.name));
    }
    reception.penalty += *penalty;
  }
  const Db left = reception.gsnr_with_transceiver - reception.penalty;
  if (mode_.back_to_back.empty()) {
    reception.q = q_line(to_linear(left)) - impairments_;
    return reception;
  }
  const Db osnr = physics::to_reference_bandwidth(left, arriving.baud_rate);
  const auto q = q_of_table(mode_.back_to_back, osnr);
  if (!q) {
    return refuse(fmt::format("OSNR of {:.2f} dB is below the back-to-back table of mode {}",
                              osnr.value(), mode_.name));
  }
  reception.q = *q - impairments_;
  return reception;
}

}  // namespace caspilink::budget
