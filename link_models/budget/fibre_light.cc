#include "link_models/budget/fibre_light.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "link_models/physics/attenuation.h"
#include "link_models/physics/dispersion.h"
#include "link_models/physics/raman.h"
#include "link_models/physics/srs.h"

namespace caspilink::budget {
namespace {

using physics::LumpedTransmission;
using physics::PowerEvolution;
using physics::SpectralState;
using plant::Element;
using plant::Span;

constexpr double kResolution = 1e3;     // m, of profiles kept
constexpr double kClosestToEnd = 1e-3;  // m, of lumped losses, which the solvers want inside
constexpr int kPerturbationOrder = 4;
constexpr double kNoLight = 1e-30;  // W; below it there is nothing to follow
constexpr double kNepersPerDbKm = 1e-4 * 2.302585092994046;  // to 1/m

bool is_terminal_pump(const Element& element) {
  return std::holds_alternative<plant::RamanPumps>(element) ||
         std::holds_alternative<plant::RamanAmplifier>(element);
}

// Pumps of a way among the terminal's elements next to a section, going outwards.
template <typename Iterator>
const plant::RamanPumps* find_pumps(Iterator from, Iterator end, plant::PumpWay way) {
  for (; from != end && is_terminal_pump(*from); ++from) {
    const auto* pumps = std::get_if<plant::RamanPumps>(&*from);
    if (pumps != nullptr && pumps->way == way && !pumps->pumps.empty()) return pumps;
  }
  return nullptr;
}

bool is_span(const Element& element) { return std::holds_alternative<Span>(element); }

// Channels and fibre as the solvers take them.
struct Waves {
  std::vector<double> power_w;
  std::vector<double> alpha_per_m;
  std::vector<LumpedTransmission> losses;
  double length_m = 0;
};

Waves waves_of(const LitRun& lit, const SpectralState& state) {
  const auto& fibre = lit.run.fibre;
  Waves waves;
  waves.length_m = lit.run.profile.length.value() * 1e3;
  for (std::size_t i = 0; i < state.size(); ++i) {
    waves.power_w.push_back(state.signal_w[i] + state.ase_w[i] + state.nli_w[i]);
    const DbPerKm attenuation = fibre.attenuation_points.empty()
                                    ? fibre.attenuation
                                    : physics::attenuation_at(fibre, Hertz(state.frequency_hz[i]));
    waves.alpha_per_m.push_back(physics::power_attenuation_per_m(attenuation));
  }
  for (const auto& [place, loss] : lit.run.profile.lumped) {
    if (!(loss > Db(0))) continue;
    const double at =
        std::clamp(place.value() * 1e3, kClosestToEnd, waves.length_m - kClosestToEnd);
    const double passes = to_linear(-loss);
    if (!waves.losses.empty() && waves.losses.back().position_m >= at) {
      waves.losses.back().transmission *= passes;
    } else {
      waves.losses.push_back({at, passes});
    }
  }
  return waves;
}

// Places to solve for: the profile's and the ends of spans, which do not shape the profile.
struct Places {
  std::vector<double> z_m;
  std::vector<std::size_t> kept;      // of the profile
  std::vector<std::size_t> span_end;  // behind any loss there

  Places(const LitRun& lit, const Waves& waves)
      : z_m(physics::profile_positions(waves.length_m, kResolution, waves.losses)) {
    const std::vector<double> profile = z_m;
    std::vector<double> ends = lit.span_end_m;
    ends.back() = waves.length_m;  // the sum of lengths may round otherwise
    for (const double end : ends) {
      const auto at = std::lower_bound(z_m.begin(), z_m.end(), end);
      if (at == z_m.end() || *at != end) z_m.insert(at, end);
    }
    std::size_t from = 0;
    for (std::size_t k = 0; k < z_m.size(); ++k) {
      if (from < profile.size() && z_m[k] == profile[from]) {
        kept.push_back(k);
        ++from;
      }
    }
    for (const double end : ends) {
      const auto behind = std::upper_bound(z_m.begin(), z_m.end(), end);
      span_end.push_back(static_cast<std::size_t>(behind - z_m.begin()) - 1);
    }
  }
};

// Attenuation alone, at places that hold each loss twice.
PowerEvolution attenuated_at(const Waves& waves, const std::vector<double>& z_m) {
  PowerEvolution evolution;
  evolution.channels = waves.power_w.size();
  evolution.z_m = z_m;
  evolution.power_w.resize(evolution.channels * z_m.size());
  for (std::size_t i = 0; i < evolution.channels; ++i) {
    const auto power = evolution.of(i);
    double passed = waves.power_w[i];
    auto loss = waves.losses.begin();
    for (std::size_t k = 0; k < z_m.size(); ++k) {
      if (k > 0 && z_m[k] == z_m[k - 1]) passed *= (loss++)->transmission;
      power[k] = passed * std::exp(-waves.alpha_per_m[i] * z_m[k]);
    }
  }
  return evolution;
}

void add_pumps(const plant::RamanPumps* pumps, Db entry_loss, const plant::FibreType& fibre,
               std::vector<physics::RamanPump>& out) {
  if (pumps == nullptr) return;
  for (const plant::Pump& pump : pumps->pumps) {
    out.push_back({pump.frequency.value(), pump.power.value() * 1e-3 * to_linear(-entry_loss),
                   physics::attenuation_at(fibre, pump.frequency).value() * kNepersPerDbKm,
                   pumps->way == plant::PumpWay::kWithSignal
                       ? physics::PumpDirection::kCoPropagating
                       : physics::PumpDirection::kCounterPropagating});
  }
}

physics::RamanCoupling coupling_of(const plant::FibreType& fibre, const SpectralState& state,
                                   const std::vector<physics::RamanPump>& pumps) {
  std::vector<double> frequency = state.frequency_hz;
  for (const auto& pump : pumps) frequency.push_back(pump.frequency_hz);
  return {physics::silica_raman_gain(), frequency, fibre.effective_area.value() * 1e-12,
          physics::reference_frequency().value(), physics::PhotonEnergy::kHeatsFibre};
}

// Keeps the profile's places and finds each span's transmission.
void keep(const PowerEvolution& all, const LitRun& lit, const Places& places, FibreLight& light) {
  light.evolution.channels = all.channels;
  for (const std::size_t k : places.kept) light.evolution.z_m.push_back(all.z_m[k]);
  light.evolution.power_w.reserve(all.channels * places.kept.size());
  light.span_transmission.assign(lit.spans, std::vector<double>(all.channels, 0.0));
  for (std::size_t i = 0; i < all.channels; ++i) {
    const auto power = all.of(i);
    for (const std::size_t k : places.kept) light.evolution.power_w.push_back(power[k]);
    double before = power.front();
    for (std::size_t s = 0; s < lit.spans; ++s) {
      const double behind = power[places.span_end[s]];
      light.span_transmission[s][i] =
          before > 0 ? behind / before * to_linear(Db(lit.joint_loss_db[s])) : 0;
      before = behind;
    }
  }
}

Result<FibreLight> pumped_light(const LitRun& lit, const SpectralState& state, const Waves& waves,
                                const Places& places, const physics::RamanStart* start) {
  std::vector<physics::RamanPump> pumps;
  add_pumps(lit.with_signal, lit.input_loss, lit.run.fibre, pumps);
  add_pumps(lit.against_signal, lit.output_loss, lit.run.fibre, pumps);
  const physics::RamanCoupling coupling = coupling_of(lit.run.fibre, state, pumps);
  physics::RamanInput input;
  input.frequency_hz = state.frequency_hz;
  input.power_w = waves.power_w;
  input.alpha_per_m = waves.alpha_per_m;
  input.bandwidth_hz = state.baud_rate_hz;
  input.pumps = pumps;
  input.coupling = &coupling;
  input.length_m = waves.length_m;
  input.losses = waves.losses;
  input.start = start;
  auto solved = physics::solve_raman(input, places.z_m);
  if (!solved) {
    const auto& named = lit.against_signal != nullptr ? lit.against_signal : lit.with_signal;
    return fail(solved.error().code, named->name, solved.error().message());
  }
  FibreLight light;
  keep(solved->channels, lit, places, light);
  light.raman_ase_w = std::move(solved->ase_at_end_w);
  light.start = std::move(solved->start);
  for (std::size_t p = 0; p < pumps.size(); ++p) {
    const auto power = solved->pumps.of(p);
    const Hertz frequency(pumps[p].frequency_hz);
    if (pumps[p].direction == physics::PumpDirection::kCoPropagating) {
      light.pumps_at_end.push_back({frequency, Milliwatts(power.back() * 1e3)});
    } else {
      light.pumps_at_begin.push_back({frequency, Milliwatts(power.front() * 1e3)});
    }
  }
  return light;
}

}  // namespace

Result<LitRun> lit_run(const std::vector<Element>& elements, std::size_t first) {
  const auto& head = std::get<Span>(elements[first]);
  LitRun lit;
  lit.first = first;
  lit.input_loss = head.input_loss;
  physics::FibreRun& run = lit.run;
  run = {head.fibre, {head.fibre.attenuation, Kilometers(0), {}}};
  std::size_t at = first;
  for (; at < elements.size(); ++at) {
    const auto* span = std::get_if<Span>(&elements[at]);
    if (span == nullptr || span->fibre != head.fibre) break;
    if (at > first) {
      const Db joint = lit.output_loss + span->input_loss;
      lit.joint_loss_db.back() = joint.value();
      if (joint > Db(0)) run.profile.lumped.emplace_back(run.profile.length, joint);
    }
    for (const plant::LumpedLoss& lumped : span->lumped_losses) {
      run.profile.lumped.emplace_back(run.profile.length + lumped.at, lumped.loss);
    }
    run.profile.length += span->length;
    lit.span_end_m.push_back(run.profile.length.value() * 1e3);
    lit.joint_loss_db.push_back(0);
    lit.output_loss = span->output_loss;
  }
  lit.spans = at - first;
  auto begin = first;
  while (begin > 0 && is_span(elements[begin - 1])) --begin;
  auto end = at;
  while (end < elements.size() && is_span(elements[end])) ++end;
  lit.with_signal =
      find_pumps(elements.rbegin() + static_cast<std::ptrdiff_t>(elements.size() - begin),
                 elements.rend(), plant::PumpWay::kWithSignal);
  lit.against_signal = find_pumps(elements.begin() + static_cast<std::ptrdiff_t>(end),
                                  elements.end(), plant::PumpWay::kAgainstSignal);
  if (lit.pumped() && (begin != first || end != at)) {
    const auto& other = std::get<Span>(elements[begin != first ? begin : at]);
    const auto& pumps = lit.against_signal != nullptr ? *lit.against_signal : *lit.with_signal;
    return fail(ErrorCode::kInvalidInput, pumps.name,
                fmt::format("expected one type of fibre from the terminal to the first body, got "
                            "{} in {} and {} in {}",
                            head.fibre.name, head.name, other.fibre.name, other.name));
  }
  return lit;
}

Result<std::optional<FibreLight>> fibre_light(const LitRun& lit, const SpectralState& state,
                                              bool scattering, const physics::RamanStart* start) {
  if (!lit.pumped() && !scattering && lit.run.fibre.attenuation_points.empty()) return std::nullopt;
  const Waves waves = waves_of(lit, state);
  const Places places(lit, waves);
  if (lit.pumped()) {
    auto light = pumped_light(lit, state, waves, places, start);
    if (!light) return tl::unexpected(light.error());
    return std::move(*light);
  }
  FibreLight light;
  const double most = *std::max_element(waves.power_w.begin(), waves.power_w.end());
  if (scattering && most > kNoLight) {
    const physics::RamanCoupling coupling = coupling_of(lit.run.fibre, state, {});
    physics::SrsInput input;
    input.power_w = waves.power_w;
    input.alpha_per_m = waves.alpha_per_m;
    input.coupling = &coupling;
    input.length_m = waves.length_m;
    input.losses = waves.losses;
    const auto solved = physics::perturbative_srs(input, kPerturbationOrder, places.z_m);
    if (!solved) return tl::unexpected(solved.error());
    keep(*solved, lit, places, light);
  } else {
    keep(attenuated_at(waves, places.z_m), lit, places, light);
  }
  light.raman_ase_w.assign(state.size(), 0.0);
  return light;
}

}  // namespace caspilink::budget
