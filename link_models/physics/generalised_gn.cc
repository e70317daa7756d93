#include "link_models/physics/generalised_gn.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>

namespace caspilink::physics {
namespace {

constexpr double kSelf = 16.0 / 27;   // two polarisations, the channel with itself
constexpr double kCross = 32.0 / 27;  // with another

Result<void> check(const GeneralisedGnInput& input) {
  const auto invalid = [](std::string detail) {
    return fail(ErrorCode::kInvalidInput, "generalised GN", std::move(detail));
  };
  const std::size_t n = input.frequency_hz.size();
  if (n == 0 || input.baud_rate_hz.size() != n || input.roll_off.size() != n ||
      input.beta2_s2_per_m.size() != n || input.beta3_s3_per_m.size() != n ||
      input.gamma_per_w_m.size() != n) {
    return invalid("expected symbol rate, roll-off, beta2, beta3 and gamma of every channel");
  }
  if (input.profile == nullptr || input.profile->channels != n || input.profile->z_m.size() < 2) {
    return invalid("expected the power profile of every channel");
  }
  for (std::size_t i = 0; i < n; ++i) {
    const std::string channel = " of channel " + std::to_string(i + 1);
    if (!(input.baud_rate_hz[i] > 0) || !(input.roll_off[i] >= 0) || input.roll_off[i] > 1) {
      return invalid("expected a symbol rate above 0 and a roll-off within [0, 1]" + channel);
    }
    if (!(std::abs(input.beta2_s2_per_m[i]) > 0)) {
      return invalid("expected a beta2 other than 0" + channel +
                     ": the model does not hold at zero dispersion");
    }
    const auto power = input.profile->of(i);
    const bool lit = power[0] > 0;
    if (!std::all_of(power.begin(), power.end(), [&](double p) { return lit ? p > 0 : p == 0; })) {
      return invalid("expected power above 0 all along, or none at all," + channel);
    }
  }
  return {};
}

double build_up(std::span<const double> z, std::span<const double> power) {
  double sum = 0;
  for (std::size_t s = 0; s + 1 < z.size(); ++s) {
    const double slope = std::log(power[s + 1] / power[s]) / (z[s + 1] - z[s]);
    if (z[s + 1] > z[s] && slope != 0) {
      const double lost = (power[s] - power[s + 1]) / power[0];
      sum += lost / std::sqrt(std::abs(slope));
    }
  }
  return sum * sum;
}

}  // namespace

Result<GeneralisedGn> GeneralisedGn::prepare(const GeneralisedGnInput& input,
                                             GeneralisedGnForm form) {
  if (auto checked = check(input); !checked) {
    return tl::unexpected(checked.error());
  }
  GeneralisedGn model;
  model.form_ = form;
  const FwmGrid grid(*input.profile);
  for (std::size_t i = 0; i < input.frequency_hz.size(); ++i) {
    const auto power = input.profile->of(i);
    const bool lit = power[0] > 0;
    const bool approximate = form == GeneralisedGnForm::kApproximate;
    model.channels_.push_back(
        {.frequency_hz = input.frequency_hz[i],
         .shape = {input.baud_rate_hz[i], input.roll_off[i]},
         .beta2 = input.beta2_s2_per_m[i],
         .beta3 = input.beta3_s3_per_m[i],
         .gamma = input.gamma_per_w_m[i],
         .power_w = power[0],
         .build_up_m = lit && approximate ? build_up(input.profile->z_m, power) : 0.0});
    model.efficiency_.push_back(lit ? FwmEfficiency(grid, i) : FwmEfficiency());
  }
  return model;
}

double GeneralisedGn::psi(std::size_t cut, std::size_t pump) const {
  const auto& c = channels_[cut];
  const auto& p = channels_[pump];
  MixingPair pair{.cut = c.shape,
                  .pump = p.shape,
                  .offset_hz = p.frequency_hz - c.frequency_hz,
                  .beta2_s2_per_m = c.beta2,
                  .beta3_s3_per_m = c.beta3};
  const double distance = std::abs(pair.offset_hz);
  if (form_ == GeneralisedGnForm::kApproximate) {
    if (cut != pump) {
      return p.build_up_m * p.shape.baud_hz /
             (4 * std::numbers::pi * std::abs((c.beta2 + p.beta2) / 2) * distance);
    }
    pair.beta3_s3_per_m = 0;
  } else if (form_ == GeneralisedGnForm::kSpectrallySeparated && cut != pump &&
             distance > distant_pump_hz(c.beta2, p.shape.baud_hz)) {
    return two_line_psi(efficiency_[pump], pair);
  }
  return whole_band_psi(efficiency_[pump], pair);
}

double GeneralisedGn::nli_w(std::size_t channel) const {
  const auto& cut = channels_[channel];
  if (!(cut.power_w > 0)) {
    return 0;
  }
  double sum = 0;
  for (std::size_t k = 0; k < channels_.size(); ++k) {
    const double density = channels_[k].power_w / channels_[k].shape.baud_hz;
    if (density > 0) {
      sum += (k == channel ? kSelf : kCross) * density * density * psi(channel, k);
    }
  }
  return cut.gamma * cut.gamma * cut.power_w * sum;
}

Result<std::vector<double>> generalised_gn(const GeneralisedGnInput& input,
                                           GeneralisedGnForm form) {
  const auto model = GeneralisedGn::prepare(input, form);
  if (!model) {
    return tl::unexpected(model.error());
  }
  std::vector<double> nli(model->size());
  for (std::size_t i = 0; i < nli.size(); ++i) {
    nli[i] = model->nli_w(i);
  }
  return nli;
}

Result<std::vector<double>> generalised_gn_at(const GeneralisedGnInput& input,
                                              GeneralisedGnForm form,
                                              std::span<const std::size_t> computed) {
  const auto& frequency = input.frequency_hz;
  for (std::size_t k = 0; k < computed.size(); ++k) {
    if (computed[k] >= frequency.size() ||
        (k > 0 && !(frequency[computed[k]] > frequency[computed[k - 1]]))) {
      return fail(ErrorCode::kInvalidInput, "generalised GN",
                  "expected computed channels to exist and to ascend in frequency; number " +
                      std::to_string(k + 1) + " does not");
    }
  }
  if (computed.empty()) {
    return fail(ErrorCode::kInvalidInput, "generalised GN", "expected a channel to compute");
  }
  const auto model = GeneralisedGn::prepare(input, form);
  if (!model) {
    return tl::unexpected(model.error());
  }
  std::vector<double> density;
  for (const std::size_t c : computed) {
    density.push_back(model->nli_w(c) / input.baud_rate_hz[c]);
  }
  std::vector<double> nli(frequency.size());
  for (std::size_t i = 0; i < nli.size(); ++i) {
    std::size_t above = 0;
    while (above < computed.size() && frequency[computed[above]] < frequency[i]) {
      ++above;
    }
    double at = density[std::min(above, computed.size() - 1)];
    if (above > 0 && above < computed.size()) {
      const double from = frequency[computed[above - 1]];
      const double share = (frequency[i] - from) / (frequency[computed[above]] - from);
      at = density[above - 1] + share * (density[above] - density[above - 1]);
    }
    nli[i] = input.baud_rate_hz[i] * at;
  }
  return nli;
}

std::vector<double> fitted_beta3(std::span<const double> frequency_hz,
                                 std::span<const double> beta2_s2_per_m) {
  const std::size_t n = frequency_hz.size();
  std::vector<double> beta3(n, 0.0);
  if (n < 2) {
    return beta3;
  }
  double middle = 0;
  double level = 0;
  for (std::size_t i = 0; i < n; ++i) {
    middle += frequency_hz[i] / static_cast<double>(n);
    level += beta2_s2_per_m[i] / static_cast<double>(n);
  }
  double scale = 0;
  for (const double f : frequency_hz) {
    scale = std::max(scale, std::abs(f - middle));
  }
  // Least squares on t = (f - middle) / scale for beta2 - level = b t + c (t^2 - mean t^2).
  double t2 = 0;
  double t3 = 0;
  double t4 = 0;
  double y1 = 0;
  double y2 = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double t = (frequency_hz[i] - middle) / scale;
    const double y = beta2_s2_per_m[i] - level;
    t2 += t * t;
    t3 += t * t * t;
    t4 += t * t * t * t;
    y1 += t * y;
    y2 += t * t * y;
  }
  const double q = t4 - t2 * t2 / static_cast<double>(n);
  const double determinant = t2 * q - t3 * t3;
  double slope = y1 / t2;
  double bend = 0;
  if (n > 2 && determinant > 1e-9 * t2 * t2) {
    slope = (y1 * q - y2 * t3) / determinant;
    bend = (y2 * t2 - y1 * t3) / determinant;
  }
  for (std::size_t i = 0; i < n; ++i) {
    const double t = (frequency_hz[i] - middle) / scale;
    beta3[i] = (slope + 2 * bend * t) / scale / (2 * std::numbers::pi);
  }
  return beta3;
}

}  // namespace caspilink::physics
