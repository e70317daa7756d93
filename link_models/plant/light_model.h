// Which physics a plant's budgets count with.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "link_models/result.h"
#include "link_models/units.h"

namespace caspilink::plant {

enum class NonlinearModelKind {
  kGn,              // GN closed form over attenuation alone; no scattering between channels
  kGnSrs,           // GN closed form over the real power profile
  kIsrsGn,          // closed form of the GN model with scattering
  kIsrsGnCoherent,  // likewise, a channel's interference with itself adding in phase
  kGgn,             // GN integral over the real power profile
};

inline constexpr std::array kNonlinearModelKinds = {
    NonlinearModelKind::kGn, NonlinearModelKind::kGnSrs, NonlinearModelKind::kIsrsGn,
    NonlinearModelKind::kIsrsGnCoherent, NonlinearModelKind::kGgn};

// As files and command lines spell it: gn, gn_srs, isrs_gn, isrs_gn_coherent, ggn.
[[nodiscard]] constexpr std::string_view to_string(NonlinearModelKind kind) {
  switch (kind) {
    case NonlinearModelKind::kGn:
      return "gn";
    case NonlinearModelKind::kGnSrs:
      return "gn_srs";
    case NonlinearModelKind::kIsrsGn:
      return "isrs_gn";
    case NonlinearModelKind::kIsrsGnCoherent:
      return "isrs_gn_coherent";
    case NonlinearModelKind::kGgn:
      return "ggn";
  }
  return "gn";
}
[[nodiscard]] Result<NonlinearModelKind> nonlinear_model_from_string(std::string_view text);

struct LightModel {
  NonlinearModelKind nonlinear = NonlinearModelKind::kGn;
  // Guided acoustic-wave Brillouin scattering: noise to signal a kilometre of fibre of 80 um2, in
  // inverse proportion to the effective area. Nothing: left out.
  std::optional<Db> gawbs_per_km;

  friend bool operator==(const LightModel&, const LightModel&) = default;
};

}  // namespace caspilink::plant
