#include "link_models/budget/ropa_pump.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
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
constexpr std::size_t kFewChannels = 8;
constexpr std::size_t kManyChannels = 3 * kFewChannels;
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

physics::SpectralState amplified(const physics::SpectralState& arriving, const RopaPumping& pumping,
                                 Milliwatts pump) {
  physics::SpectralState state = arriving;
  const auto given = physics::pumped_gain(pumping, pump, arriving);
  physics::amplify(state, given.gain, given.noise_figure);
  return state;
}

// The same total power and noise bandwidth in groups of neighbouring channels.
physics::SpectralState in_few_channels(const physics::SpectralState& state) {
  std::vector<std::size_t> order(state.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return state.frequency_hz[a] < state.frequency_hz[b];
  });
  const std::vector<double> zeros(kFewChannels, 0.0);
  physics::SpectralState few = physics::dark(zeros, zeros);
  for (std::size_t g = 0; g < kFewChannels; ++g) {
    const std::size_t begin = g * state.size() / kFewChannels;
    const std::size_t end = (g + 1) * state.size() / kFewChannels;
    for (std::size_t k = begin; k < end; ++k) {
      const std::size_t i = order[k];
      few.frequency_hz[g] += state.frequency_hz[i] / static_cast<double>(end - begin);
      few.baud_rate_hz[g] += state.baud_rate_hz[i];
      few.signal_w[g] += state.signal_w[i];
      few.ase_w[g] += state.ase_w[i];
      few.nli_w[g] += state.nli_w[i];
    }
  }
  return few;
}

// The run behind a ROPA and the pump that has to agree on both its ends.
struct Balance {
  const LitRun& lit;
  const RopaPumping& pumping;
  bool scattering;

  // The pump in dBm that is left at the ROPA when it amplifies `arriving` by it, with the light of
  // both sides; nothing where none is found. Begins at pump_db and with matched.light.
  Result<std::optional<double>> find(const physics::SpectralState& arriving, double pump_db,
                                     MatchedPump& matched) const {
    double low = -HUGE_VAL;  // the answer lies above
    double high = HUGE_VAL;
    double before = 0;
    double excess_before = 0;
    for (int round = 0; round < kMostRounds; ++round) {
      const auto over = excess(arriving, pump_db, matched);
      if (!over) return tl::unexpected(over.error());
      if (std::abs(*over) <= kAgreement) return pump_db;
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
    return std::nullopt;
  }

 private:
  // Pump left over, over pump assumed, in dB: falls as the assumption rises.
  Result<double> excess(const physics::SpectralState& arriving, double pump_db,
                        MatchedPump& matched) const {
    matched.amplified = amplified(arriving, pumping, to_milliwatts(Dbm(pump_db)));
    physics::SpectralState entering = matched.amplified;
    physics::attenuate(entering, lit.input_loss);
    // The pumps are the same each time and the light nearly: what was found is where to begin.
    auto light =
        fibre_light(lit, entering, scattering, matched.light ? &matched.light->start : nullptr);
    if (!light) return tl::unexpected(light.error());
    matched.light = std::move(*light);
    const Milliwatts left =
        matched.light ? in_band(matched.light->pumps_at_begin, pumping) * to_linear(-lit.input_loss)
                      : Milliwatts(0);
    return to_dbm(std::max(left, kHardlyAny)).value() - pump_db;
  }
};

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
  if (at + 1 >= elements.size() || !std::holds_alternative<Span>(elements[at + 1])) {
    matched.amplified = amplified(arriving, pumping, Milliwatts(0));  // nothing brings it any pump
    return matched;
  }
  const auto lit = lit_run(elements, at + 1);
  if (!lit) return tl::unexpected(lit.error());
  const Balance balance{*lit, pumping, scattering};
  double pump_db = to_dbm(std::max(alone(*lit, pumping), kHardlyAny)).value();
  if (arriving.size() >= kManyChannels) {
    // With few channels first, at a fraction of the time, for where to begin.
    MatchedPump few;
    if (auto found = balance.find(in_few_channels(arriving), pump_db, few); found && *found) {
      pump_db = **found;
      matched.light = std::move(few.light);
    }
  }
  const auto found = balance.find(arriving, pump_db, matched);
  if (!found) return tl::unexpected(found.error());
  if (*found) return matched;
  return fail(ErrorCode::kNotConverged, plant::name_of(elements[at]),
              "the pump that reaches this ROPA and the light it amplifies find no balance");
}

}  // namespace caspilink::budget
