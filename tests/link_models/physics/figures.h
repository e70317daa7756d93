// GNPy's figures for single fibres, see make_gnpy_figures.py.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace caspilink::physics {

// The whole file; throws where it cannot be read, which fails the test.
[[nodiscard]] const nlohmann::json& gnpy_figures();

// Channels at 191.35 THz and every 50 GHz, and the like.
[[nodiscard]] std::vector<double> comb(std::size_t count, double first_hz, double spacing_hz);

// Attenuation in 1/m from dB/km.
[[nodiscard]] double alpha_per_m(double db_per_km);
// That of the fibre the figures call PER_FREQUENCY.
[[nodiscard]] std::vector<double> alpha_per_m_at(const std::vector<double>& frequency_hz);

[[nodiscard]] double loss_db(double transmission);

// A file of the reference cases beside the source tree (../shared or CASPILINK_SHARED), or "".
[[nodiscard]] std::string shared_reference(const std::string& path);

inline constexpr double kReferenceHz = 299'792'458.0 / 1550e-9;

}  // namespace caspilink::physics
