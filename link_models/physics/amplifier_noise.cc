#include "link_models/physics/amplifier_noise.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include <fmt/format.h>

namespace caspilink::physics {
namespace {

constexpr Db kNothing(-std::numeric_limits<double>::infinity());

double polynomial(const std::vector<double>& coefficients, double x) {
  double value = 0;
  for (const double coefficient : coefficients) value = value * x + coefficient;
  return value;
}

// The masks are stated per channel of 50 GHz and with the field's rounded constant of 58 dBm.
double power_in_50_ghz(const AmplifierInput& input) {
  return input.total_power.value() - to_db(static_cast<double>(input.channels)).value() +
         to_db(50e9 / input.spacing.value()).value();
}
Db from_osnr(double power_dbm, double osnr_db) { return Db(power_dbm - osnr_db + 58); }

// Figure within the stage's range: `below` is how far the gain is under its flat maximum.
struct InRange {
  Db gain;
  Db below;
  const AmplifierInput& input;

  Db operator()(const FixedNoiseFigure& model) const { return model.noise_figure; }
  Db operator()(const TwoCoilNoiseFigure& model) const {
    const Db first_gain = gain - model.power_step - below;
    return to_db(to_linear(model.first_coil) +
                 to_linear(model.second_coil) / to_linear(first_gain));
  }
  Db operator()(const PolynomialNoiseFigure& model) const {
    return Db(polynomial(model.coefficients, -below.value()));
  }
  Db operator()(const OpenRoadmInLineNoise& model) const {
    const double power = power_in_50_ghz(input);
    return from_osnr(power, polynomial(model.osnr_coefficients, power));
  }
  Db operator()(OpenRoadmPreamplifierNoise) const {
    const double power = power_in_50_ghz(input);
    return from_osnr(power, std::min((4 * power + 275) / 7, 33.0));
  }
  Db operator()(NoNoise) const { return kNothing; }
};

tl::unexpected<Error> unfit(std::string why) {
  return fail(ErrorCode::kInvalidInput, "", std::move(why));
}

}  // namespace

Db noise_figure(const AmplifierStage& stage, Db gain, const AmplifierInput& input) {
  const Db padding = std::max(stage.gain_min - gain, Db(0));
  const Db padded = gain + padding;
  const Db below = std::max(stage.gain_flatmax - padded, Db(0));
  return std::visit(InRange{padded, below, input}, stage.noise) + padding;
}

Db noise_figure(const std::vector<AmplifierStage>& stages, Db gain, const AmplifierInput& input) {
  if (stages.size() == 1) return noise_figure(stages.front(), gain, input);
  const Db first_gain = stages.front().gain_flatmax;
  const Db first = noise_figure(stages.front(), first_gain, input);
  const Db second = noise_figure(stages.back(), gain - first_gain, input);
  return to_db(to_linear(first) + to_linear(second - first_gain));
}

Result<TwoCoilNoiseFigure> fit_two_coils(Db nf_min, Db nf_max, Db gain_min, Db gain_flatmax) {
  if (nf_min < Db(-10)) return unfit(fmt::format("nf_min {} dB is below -10 dB", nf_min.value()));
  if (nf_max < Db(-10)) return unfit(fmt::format("nf_max {} dB is below -10 dB", nf_max.value()));

  // At gain_min the first coil gives the range less than at gain_flatmax, twice over.
  const Db range = gain_flatmax - gain_min;
  TwoCoilNoiseFigure coils;
  coils.power_step = Db(5);
  Db first_gain_high = gain_flatmax - coils.power_step;
  Db first_gain_low = gain_min - range - coils.power_step;
  coils.second_coil = to_db((to_linear(nf_min) - to_linear(nf_max)) /
                            (1 / to_linear(first_gain_high) - 1 / to_linear(first_gain_low)));
  coils.first_coil =
      to_db(to_linear(nf_min) - to_linear(coils.second_coil) / to_linear(first_gain_high));
  if (!(coils.first_coil >= Db(4))) {
    return unfit(fmt::format("the first coil's noise figure comes out at {:.2f} dB, below 4 dB",
                             coils.first_coil.value()));
  }
  const Db low = coils.first_coil + Db(0.3);
  const Db high = coils.first_coil + Db(2);
  if (!(low < coils.second_coil && coils.second_coil < high)) {
    coils.second_coil = std::clamp(coils.second_coil, low, high);
    first_gain_high =
        to_db(to_linear(coils.second_coil) / (to_linear(nf_min) - to_linear(coils.first_coil)));
    coils.power_step = gain_flatmax - first_gain_high;
    first_gain_low = gain_min - range - coils.power_step;
    if (!(Db(1) < coils.power_step && coils.power_step < Db(11))) {
      return unfit(
          fmt::format("the power step between the coils comes out at {:.2f} dB, outside 1 "
                      "to 11 dB",
                      coils.power_step.value()));
    }
  }
  const auto misses = [&](Db first_gain, Db wanted) {
    const Db got =
        to_db(to_linear(coils.first_coil) + to_linear(coils.second_coil) / to_linear(first_gain));
    return !(std::abs((got - wanted).value()) <= 0.01);
  };
  if (misses(first_gain_high, nf_min)) return unfit("nf_min is not met by any pair of coils");
  if (misses(first_gain_low, nf_max)) return unfit("nf_max is not met by any pair of coils");
  return coils;
}

}  // namespace caspilink::physics
