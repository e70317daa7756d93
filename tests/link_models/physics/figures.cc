#include "tests/link_models/physics/figures.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <numbers>

#include "tests/support/paths.h"

namespace caspilink::physics {

const nlohmann::json& gnpy_figures() {
  static const nlohmann::json figures = [] {
    std::ifstream file(caspilink::test::source_dir() +
                       "/tests/link_models/physics/gnpy_figures.json");
    return nlohmann::json::parse(file);
  }();
  return figures;
}

std::vector<double> comb(std::size_t count, double first_hz, double spacing_hz) {
  std::vector<double> frequency;
  for (std::size_t k = 0; k < count; ++k) {
    frequency.push_back(first_hz + static_cast<double>(k) * spacing_hz);
  }
  return frequency;
}

double alpha_per_m(double db_per_km) { return db_per_km * 1e-3 * std::numbers::ln10 / 10; }

std::vector<double> alpha_per_m_at(const std::vector<double>& frequency_hz) {
  const std::vector<double> at{184e12, 188e12, 193.4e12, 197e12, 201e12, 205e12, 209e12, 213e12};
  const std::vector<double> loss{0.162, 0.158, 0.155, 0.157, 0.165, 0.178, 0.195, 0.215};
  std::vector<double> alpha;
  for (const double f : frequency_hz) {
    const auto k = static_cast<std::size_t>(
        std::clamp<std::ptrdiff_t>(std::upper_bound(at.begin(), at.end(), f) - at.begin(), 1, 7));
    alpha.push_back(
        alpha_per_m(loss[k - 1] + (loss[k] - loss[k - 1]) * (f - at[k - 1]) / (at[k] - at[k - 1])));
  }
  return alpha;
}

double loss_db(double transmission) { return -10 * std::log10(transmission); }

std::string shared_reference(const std::string& path) {
  const char* const shared = std::getenv("CASPILINK_SHARED");
  const std::string whole =
      (shared != nullptr ? std::string(shared) : (caspilink::test::source_dir() + "/../shared")) +
      "/" + path;
  return std::ifstream(whole).good() ? whole : "";
}

}  // namespace caspilink::physics
