#include "link_models/physics/amplifier_gain.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace caspilink::physics {
namespace {

double linear(double db) { return std::pow(10.0, db / 10); }
double decibels(double ratio) { return 10 * std::log10(ratio); }

// Slope of the straight line through (x, y) by least squares.
double slope(const std::vector<double>& x, const std::vector<double>& y) {
  double x_mean = 0;
  double y_mean = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    x_mean += x[i];
    y_mean += y[i];
  }
  x_mean /= static_cast<double>(x.size());
  y_mean /= static_cast<double>(x.size());
  double xy = 0;
  double xx = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - x_mean) * (y[i] - y_mean);
    xx += (x[i] - x_mean) * (x[i] - x_mean);
  }
  return xy / xx;
}

std::vector<double> sample(const BandProfile& profile, const AmplifierModel& model,
                           const std::vector<double>& frequency_hz) {
  std::vector<double> values;
  values.reserve(frequency_hz.size());
  for (const double f : frequency_hz) values.push_back(profile.at(f, model.f_min, model.f_max));
  return values;
}

// A shape of gain and the direction it may move in.
class GainShape {
 public:
  GainShape(std::vector<double> shape, const std::vector<double>& tilt,
            const std::vector<double>& power_w)
      : shape_(std::move(shape)), tilt_(tilt), power_w_(power_w) {
    for (const double power : power_w_) total_w_ += power;
  }

  // Gain of the total power after moving by x along the tilt.
  [[nodiscard]] double total_gain(double x) const {
    double out = 0;
    for (std::size_t i = 0; i < shape_.size(); ++i) {
      out += power_w_[i] * linear(shape_[i] + tilt_[i] * x);
    }
    return decibels(out / total_w_);
  }
  [[nodiscard]] std::vector<double> moved(double x) const {
    std::vector<double> gain = shape_;
    for (std::size_t i = 0; i < gain.size(); ++i) gain[i] += tilt_[i] * x;
    return gain;
  }

 private:
  std::vector<double> shape_;
  const std::vector<double>& tilt_;
  const std::vector<double>& power_w_;
  double total_w_ = 0;
};

std::vector<double> gain_profile(const AmplifierModel& model, double gain, double tilt,
                                 const AmplifierChannels& channels) {
  const std::size_t n = channels.frequency_hz.size();
  if (n == 1) return {gain};

  const std::vector<double> dynamic = sample(model.dynamic_tilt, model, channels.frequency_hz);
  const double dynamic_slope = slope(channels.frequency_hz, dynamic);
  const double wanted_slope = -tilt / (model.f_max - model.f_min).value();
  const double scale = dynamic_slope != 0 ? wanted_slope / dynamic_slope : 0;

  // As at full gain with the wanted tilt, then brought down by a flat loss to the set point.
  std::vector<double> shape = sample(model.gain_ripple, model, channels.frequency_hz);
  double mean = 0;
  for (std::size_t i = 0; i < n; ++i) {
    shape[i] += model.gain_flatmax().value() + dynamic[i] * scale;
    mean += linear(shape[i]);
  }
  const auto [lowest, highest] = std::minmax_element(shape.begin(), shape.end());
  const double spread = *highest - *lowest;
  const double flat_loss = decibels(mean / static_cast<double>(n)) - gain;
  for (double& value : shape) value -= flat_loss;
  if (spread <= 0.05) return shape;

  // The channels' own powers weight the total: one secant step along the dynamic tilt.
  const GainShape light(std::move(shape), dynamic, channels.power_w);
  const double x = gain - light.total_gain(0);
  const double reached = light.total_gain(x);
  if (std::abs(gain - reached) <= 1e-11) return light.moved(x);
  const double beside = gain < reached ? x - spread : x + spread;
  const double rate = (light.total_gain(beside) - reached) / (beside - x);
  return light.moved(x + (gain - reached) / rate);
}

}  // namespace

double BandProfile::at(double frequency_hz, Hertz f_min, Hertz f_max) const {
  if (values.size() == 1 || frequency_hz <= f_min.value()) return values.front();
  if (frequency_hz >= f_max.value()) return values.back();
  const double step = (f_max - f_min).value() / static_cast<double>(values.size() - 1);
  const double place = (frequency_hz - f_min.value()) / step;
  const auto left = std::min(static_cast<std::size_t>(place), values.size() - 2);
  return values[left] + (values[left + 1] - values[left]) * (place - static_cast<double>(left));
}

Db AmplifierModel::gain_flatmax() const {
  Db sum;
  for (const AmplifierStage& stage : stages) sum += stage.gain_flatmax;
  return sum;
}

AmplifierResponse respond(const AmplifierModel& model, Db gain, Db tilt,
                          const AmplifierChannels& channels) {
  double total_w = 0;
  for (const double power : channels.power_w) total_w += power;
  const Dbm input = to_dbm(Milliwatts(total_w * 1e3));
  const auto& f = channels.frequency_hz;

  AmplifierResponse response;
  response.gain = std::min(gain, model.maximum_power - input);
  response.gain_db = gain_profile(model, response.gain.value(), tilt.value(), channels);
  const Hertz spacing = f.size() > 1 ? Hertz(f[1] - f[0]) : channels.slot_width;
  const Db flat = noise_figure(model.stages, response.gain, {input, f.size(), spacing});
  response.noise_figure_db = sample(model.noise_ripple, model, f);
  for (double& value : response.noise_figure_db) value += flat.value();
  return response;
}

}  // namespace caspilink::physics
