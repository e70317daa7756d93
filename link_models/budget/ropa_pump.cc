#include "link_models/budget/ropa_pump.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "link_models/physics/amplifier.h"
#include "link_models/physics/attenuation.h"
#include "link_models/physics/ropa.h"

namespace caspilink::budget {
namespace {

using plant::Element;
using plant::RopaPumping;
using plant::Span;

constexpr double kAgreement = 5e-4;  // dB of pump
constexpr int kMostRounds = 40;
constexpr Milliwatts kHardlyAny{1e-4};  // below it erbium absorbs whatever the pump

// Pumps of the erbium as they would arrive alone, to begin with.
Milliwatts alone(const LitRun& lit, const RopaPumping& pumping) {
  Milliwatts sum;
  if (lit.against_signal == nullptr) return sum;
  Db lumped;
  for (const auto& [place, loss] : lit.run.profile.lumped) lumped += loss;
  for (const plant::Pump& pump : lit.against_signal->pumps) {
    if (pump.frequency < pumping.band_from || pump.frequency > pumping.band_to) continue;
    const Db loss =
        physics::attenuation_at(lit.run.fibre, pump.frequency) * lit.run.profile.length + lumped +
        lit.output_loss + lit.input_loss;
    sum += pump.power * to_linear(-loss);
  }
  return sum;
}

}  // namespace

Milliwatts in_band(const std::vector<FibreLight::Leftover>& pumps, const RopaPumping& pumping) {
  Milliwatts sum;
  for (const auto& pump : pumps) {
    if (pump.frequency >= pumping.band_from && pump.frequency <= pumping.band_to) {
      sum += pump.power;
    }
  }
  return sum;
}

Milliwatts through_pump_fibre(const std::vector<Element>& elements, std::size_t at,
                              const RopaPumping& pumping) {
  const plant::RopaFeed& feed = *pumping.pump_fibre;
  Db loss = feed.pump_fibre_loss;
  const bool behind = pumping.way == plant::PumpWay::kAgainstSignal;
  const std::size_t begin = behind ? at : 0;
  const std::size_t end = behind ? elements.size() : at;
  for (std::size_t i = begin; i < end; ++i) {
    const auto* span = std::get_if<Span>(&elements[i]);
    if (span == nullptr) continue;
    loss += physics::attenuation_at(span->fibre, feed.pump.frequency) * span->length;
  }
  return feed.pump.power * to_linear(-loss);
}

Result<MatchedPump> match_pump_behind(const std::vector<Element>& elements, std::size_t at,
                                      const RopaPumping& pumping,
                                      const physics::SpectralState& arriving, bool scattering) {
  MatchedPump matched;
  const auto amplify = [&](Milliwatts pump) {
    matched.amplified = arriving;
    const auto given = physics::pumped_gain(pumping, pump, arriving);
    physics::amplify(matched.amplified, given.gain, given.noise_figure);
  };
  if (at + 1 >= elements.size() || !std::holds_alternative<Span>(elements[at + 1])) {
    amplify(Milliwatts(0));  // nothing brings it any pump
    return matched;
  }
  const auto lit = lit_run(elements, at + 1);
  if (!lit) return tl::unexpected(lit.error());
  // Pump left over, over pump assumed, in dB: falls as the assumption rises.
  const auto excess = [&](double pump_db) -> Result<double> {
    amplify(to_milliwatts(Dbm(pump_db)));
    physics::SpectralState entering = matched.amplified;
    physics::attenuate(entering, lit->input_loss);
    // The pumps are the same each time and the light nearly: what was found is where to begin.
    auto light =
        fibre_light(*lit, entering, scattering, matched.light ? &matched.light->start : nullptr);
    if (!light) return tl::unexpected(light.error());
    matched.light = std::move(*light);
    const Milliwatts left = matched.light ? in_band(matched.light->pumps_at_begin, pumping) *
                                                to_linear(-lit->input_loss)
                                          : Milliwatts(0);
    return to_dbm(std::max(left, kHardlyAny)).value() - pump_db;
  };
  double pump_db = to_dbm(std::max(alone(*lit, pumping), kHardlyAny)).value();
  double low = -HUGE_VAL;  // the answer lies above
  double high = HUGE_VAL;
  double before = 0;
  double excess_before = 0;
  for (int round = 0; round < kMostRounds; ++round) {
    const auto over = excess(pump_db);
    if (!over) return tl::unexpected(over.error());
    if (std::abs(*over) <= kAgreement) return matched;
    (*over > 0 ? low : high) = pump_db;
    // Along the secant, or to what was left the first time; halfway where that leads astray.
    double next = pump_db + *over;
    if (round > 0 && *over != excess_before) {
      next = pump_db - *over * (pump_db - before) / (*over - excess_before);
    }
    if (!(next > low && next < high)) {
      next = std::isfinite(low) && std::isfinite(high) ? (low + high) / 2 : pump_db + *over;
    }
    before = std::exchange(pump_db, next);
    excess_before = *over;
  }
  return fail(ErrorCode::kNotConverged, plant::name_of(elements[at]),
              "the pump that reaches this ROPA and the light it amplifies find no balance");
}

}  // namespace caspilink::budget
