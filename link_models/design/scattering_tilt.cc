#include "link_models/design/scattering_tilt.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace caspilink::design {
namespace {

constexpr double kReferenceShare = 0.86;

std::size_t nearest(const std::vector<double>& frequency_hz, double f) {
  const auto closer = [&](double a, double b) { return std::abs(a - f) < std::abs(b - f); };
  return static_cast<std::size_t>(
      std::min_element(frequency_hz.begin(), frequency_hz.end(), closer) - frequency_hz.begin());
}

double decibels(double ratio) { return 10 * std::log10(ratio); }

struct FilledBands {
  std::vector<double> frequency_hz;  // ascending
  std::vector<double> power_w;
};

FilledBands fill(const std::vector<Band>& bands, const std::vector<double>& power_w,
                 Hertz spacing) {
  std::vector<std::pair<double, double>> channels;
  for (std::size_t b = 0; b < bands.size(); ++b) {
    for (const double f : fill_band(bands[b], spacing)) channels.emplace_back(f, power_w[b]);
  }
  std::sort(channels.begin(), channels.end());
  FilledBands filled;
  for (const auto& [f, power] : channels) {
    filled.frequency_hz.push_back(f);
    filled.power_w.push_back(power);
  }
  return filled;
}

}  // namespace

std::vector<double> fill_band(const Band& band, Hertz spacing) {
  std::vector<double> frequencies;
  const std::size_t n = channels_in(band, spacing);
  for (std::size_t i = 1; i <= n; ++i) {
    frequencies.push_back(band.f_min.value() + spacing.value() * static_cast<double>(i));
  }
  return frequencies;
}

Result<BandCorrections> corrections_behind(const Network& network, const Equipment& equipment,
                                           NodeIndex last, const std::vector<Band>& bands,
                                           const std::vector<double>& power_w,
                                           const TransmissionEstimate& transmission) {
  BandCorrections corrections;
  corrections.loss.assign(bands.size(), Db(0));
  corrections.tilt.assign(bands.size(), Db(0));
  FilledBands light = fill(bands, power_w, equipment.spectrum.spacing);
  auto spliced = spliced_before(network, last);
  if (!spliced) return tl::unexpected(spliced.error());
  spliced->push_back(last);

  std::vector<double> centre(bands.size(), 1.0);  // power at the band's centre over the launched
  for (const NodeIndex node : *spliced) {
    if (const auto* fused = network.as<Fused>(node)) {
      for (double& power : light.power_w) power *= to_linear(-fused->loss);
      continue;
    }
    const auto* fibre = network.as<Fibre>(node);
    if (fibre == nullptr) continue;
    const auto ratio = transmission(*fibre, light.frequency_hz, light.power_w);
    if (!ratio) return fail(ratio.error().code, network[node].uid, ratio.error().detail);
    for (std::size_t i = 0; i < light.power_w.size(); ++i) light.power_w[i] *= (*ratio)[i];
    for (std::size_t b = 0; b < bands.size(); ++b) {
      const double low = bands[b].f_min.value();
      const double high = bands[b].f_max.value();
      const auto& f = light.frequency_hz;
      centre[b] = light.power_w[nearest(f, (low + high) / 2)] / power_w[b];
      corrections.tilt[b] =
          Db(decibels(light.power_w[nearest(f, low)] / light.power_w[nearest(f, high)]));
    }
  }
  const bool level = std::all_of(corrections.tilt.begin(), corrections.tilt.end(),
                                 [](Db tilt) { return std::abs(tilt.value()) <= 1e-9; });
  const double best = *std::max_element(centre.begin(), centre.end());
  for (std::size_t b = 0; b < bands.size(); ++b) {
    corrections.loss[b] = level ? Db(0) : Db(decibels(kReferenceShare * best / centre[b]));
    if (level) corrections.tilt[b] = Db(0);
  }
  return corrections;
}

}  // namespace caspilink::design
