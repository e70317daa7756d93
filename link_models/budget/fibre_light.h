// Light along fibre between two bodies, where more than attenuation shapes it: Raman pumps,
// scattering between channels, attenuation over frequency.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "link_models/physics/nonlinear.h"
#include "link_models/physics/power_evolution.h"
#include "link_models/physics/raman.h"
#include "link_models/physics/spectral_state.h"
#include "link_models/plant/elements.h"
#include "link_models/result.h"

namespace caspilink::budget {

// Spliced spans of one type of fibre, and the pumps that enter them.
struct LitRun {
  physics::FibreRun run;
  std::size_t first = 0;  // of its spans among the line's elements
  std::size_t spans = 0;
  std::vector<double> span_end_m;     // from the run's input
  std::vector<double> joint_loss_db;  // behind each span, within the run; the last entry is 0
  const plant::RamanPumps* with_signal = nullptr;
  const plant::RamanPumps* against_signal = nullptr;

  [[nodiscard]] bool pumped() const { return with_signal != nullptr || against_signal != nullptr; }
  // Of the last span, which pumps against the signal pass as they enter.
  Db output_loss;
  // Of the first span, which pumps with the signal pass as they enter.
  Db input_loss;
};

// The run that begins with the span elements[first]. kInvalidInput where pumps meet fibre of
// another type before the first body.
[[nodiscard]] Result<LitRun> lit_run(const std::vector<plant::Element>& elements,
                                     std::size_t first);

struct FibreLight {
  physics::PowerEvolution evolution;  // of the channels, every kilometre or finer
  // Linear, span by span: from behind a span's input loss to before its output loss.
  std::vector<std::vector<double>> span_transmission;
  std::vector<double> raman_ase_w;  // at the run's end, before its last span's output loss
  // Power of pumps at the run's other end: those with the signal at its end, those against it at
  // its beginning; inside the fibre.
  struct Leftover {
    Hertz frequency;
    Milliwatts power;
  };
  std::vector<Leftover> pumps_at_end;
  std::vector<Leftover> pumps_at_begin;
  physics::RamanStart start;  // of a pumped run
};

// What shapes the light of a run besides scalar attenuation; nothing where nothing does.
// Pumped runs: the coupled power equations of signals and pumps to 0.001 dB, photon energy counted,
// with Raman noise. `scattering`: between channels, in runs without pumps by perturbation of order
// 4, in pumped ones always. `state` is the light behind the run's input loss.
// `start`: of a solution for the same pumps, to be quicker.
// kNotConverged, naming the pump, where the pumps have no solution.
[[nodiscard]] Result<std::optional<FibreLight>> fibre_light(
    const LitRun& lit, const physics::SpectralState& state, bool scattering,
    const physics::RamanStart* start = nullptr);

}  // namespace caspilink::budget
