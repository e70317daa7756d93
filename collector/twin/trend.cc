#include "collector/twin/trend.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

namespace caspilink::twin {
namespace {

constexpr double kDaysPerYear = 365.2425;
constexpr double kLeastDays = 1.25 * kDaysPerYear;
constexpr std::size_t kLeastPoints = 40;
constexpr double kFurthestYears = 100;
// Huber's constant: 95 % efficiency where errors are normal.
constexpr double kHuber = 1.345;
constexpr double kMadToSigma = 1.4826;
constexpr int kReweightings = 8;
constexpr std::size_t kStepWindow = 6;
// A shift of medians that white scatter reaches about once in a million windows.
constexpr double kStepSigmas = 5;
// Student's t at 95 % for the 35 and more degrees of freedom there are.
constexpr double kStudent = 2.03;

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

double median(std::span<const double> values) {
  return median(std::vector<double>(values.begin(), values.end()));
}

// Scatter from one figure to the next, which neither trend, season nor step can blow up.
double step_free_scatter(std::span<const double> residuals) {
  std::vector<double> steps;
  for (std::size_t i = 1; i < residuals.size(); ++i) {
    steps.push_back(std::abs(residuals[i] - residuals[i - 1]));
  }
  return kMadToSigma * median(std::move(steps)) / std::numbers::sqrt2;
}

// Of lag one, from 0 to 0.95: what widens a mean's uncertainty where errors hang together.
double correlation(std::span<const double> residuals) {
  double both = 0;
  double own = 0;
  for (std::size_t i = 0; i < residuals.size(); ++i) {
    own += residuals[i] * residuals[i];
    if (i > 0) both += residuals[i] * residuals[i - 1];
  }
  return own > 0 ? std::clamp(both / own, 0.0, 0.95) : 0;
}

// Inverts a symmetric positive definite matrix of n columns in place; false where it is singular.
template <typename Matrix>
bool invert(Matrix& m, std::size_t n) {
  for (std::size_t k = 0; k < n; ++k) {
    const double pivot = m[k][k];
    if (!(pivot > 1e-12)) return false;
    m[k][k] = 1;
    for (std::size_t j = 0; j < n; ++j) m[k][j] /= pivot;
    for (std::size_t i = 0; i < n; ++i) {
      if (i == k) continue;
      const double factor = m[i][k];
      m[i][k] = 0;
      for (std::size_t j = 0; j < n; ++j) m[i][j] -= factor * m[k][j];
    }
  }
  return true;
}

// First day at or after `from` at which `below` holds, which once true stays so; to a day.
std::optional<double> first_day(double from, const std::function<bool(double)>& below) {
  if (below(from)) return from;
  double good = from;
  double bad = from + kFurthestYears * kDaysPerYear;
  if (!below(bad)) return std::nullopt;
  while (bad - good > 1) {
    const double middle = (good + bad) / 2;
    (below(middle) ? bad : good) = middle;
  }
  return bad;
}

}  // namespace

Trend::Row Trend::row(double day, bool with_season) const {
  Row row{};
  row[0] = 1;
  row[1] = (day - origin_) / kDaysPerYear;
  if (with_season) {
    const double phase = 2 * std::numbers::pi * day / kDaysPerYear;
    row[2] = std::cos(phase);
    row[3] = std::sin(phase);
  }
  for (std::size_t i = 0; i < steps_.size(); ++i) row[4 + i] = day >= steps_[i].day ? 1 : 0;
  return row;
}

bool Trend::solve(std::span<const TrendPoint> points) {
  columns_ = 4 + steps_.size();
  std::vector<Row> rows;
  rows.reserve(points.size());
  for (const TrendPoint& point : points) rows.push_back(row(point.day, true));
  std::vector<double> weights(points.size(), 1);
  residuals_.assign(points.size(), 0);
  double weight_sum = 0;
  for (int round = 0; round < kReweightings; ++round) {
    covariance_ = {};
    Row right{};
    weight_sum = 0;
    for (std::size_t p = 0; p < points.size(); ++p) {
      weight_sum += weights[p];
      for (std::size_t i = 0; i < columns_; ++i) {
        right[i] += weights[p] * rows[p][i] * points[p].value;
        for (std::size_t j = 0; j < columns_; ++j) {
          covariance_[i][j] += weights[p] * rows[p][i] * rows[p][j];
        }
      }
    }
    if (!invert(covariance_, columns_)) return false;
    coefficients_ = {};
    for (std::size_t i = 0; i < columns_; ++i) {
      for (std::size_t j = 0; j < columns_; ++j) coefficients_[i] += covariance_[i][j] * right[j];
    }
    std::vector<double> magnitudes(points.size());
    for (std::size_t p = 0; p < points.size(); ++p) {
      double fitted = 0;
      for (std::size_t i = 0; i < columns_; ++i) fitted += coefficients_[i] * rows[p][i];
      residuals_[p] = points[p].value - fitted;
      magnitudes[p] = std::abs(residuals_[p]);
    }
    const double limit = kHuber * kMadToSigma * median(magnitudes);
    for (std::size_t p = 0; p < points.size(); ++p) {
      weights[p] = magnitudes[p] <= limit || magnitudes[p] == 0 ? 1 : limit / magnitudes[p];
    }
  }
  std::vector<double> magnitudes;
  for (const double residual : residuals_) magnitudes.push_back(std::abs(residual));
  scatter_ = kMadToSigma * median(std::move(magnitudes));
  const double rho = correlation(residuals_);
  const double freedom =
      static_cast<double>(points.size() - columns_) / static_cast<double>(points.size());
  const double variance = scatter_ * scatter_ / freedom * (1 + rho) / (1 - rho);
  for (std::size_t i = 0; i < columns_; ++i) {
    for (std::size_t j = 0; j < columns_; ++j) covariance_[i][j] *= variance;
  }
  season_ = std::hypot(coefficients_[2], coefficients_[3]);
  for (std::size_t i = 0; i < steps_.size(); ++i) steps_[i].size = coefficients_[4 + i];
  return true;
}

std::optional<Trend> Trend::fit(std::span<const TrendPoint> points, double least_step) {
  if (points.size() < kLeastPoints || points.back().day - points.front().day < kLeastDays) {
    return std::nullopt;
  }
  Trend trend;
  trend.origin_ = points.front().day;
  trend.last_day_ = points.back().day;
  if (!trend.solve(points)) return std::nullopt;
  while (trend.steps_.size() < kMostSteps) {
    const std::span<const double> residuals = trend.residuals_;
    const double noise = step_free_scatter(residuals);
    const double limit =
        std::max(least_step, kStepSigmas * noise * std::sqrt(std::numbers::pi / kStepWindow));
    double largest = 0;
    std::size_t where = 0;
    for (std::size_t i = kStepWindow; i + kStepWindow <= residuals.size(); ++i) {
      const double shift = std::abs(median(residuals.subspan(i, kStepWindow)) -
                                    median(residuals.subspan(i - kStepWindow, kStepWindow)));
      if (shift > largest) {
        largest = shift;
        where = i;
      }
    }
    // The medians are alike for windows a little off: the largest jump between them is the step.
    if (largest < limit) break;
    const std::size_t from = where - kStepWindow / 2;
    const std::size_t until = std::min(where + kStepWindow / 2 + 1, residuals.size());
    std::size_t jump = where;
    for (std::size_t i = from; i < until; ++i) {
      if (std::abs(residuals[i] - residuals[i - 1]) >
          std::abs(residuals[jump] - residuals[jump - 1])) {
        jump = i;
      }
    }
    Trend stepped = trend;
    stepped.steps_.push_back({.day = points[jump].day, .size = 0});
    if (!stepped.solve(points) || std::abs(stepped.steps_.back().size) < least_step / 2) break;
    trend = std::move(stepped);
  }
  trend.residuals_.clear();
  trend.residuals_.shrink_to_fit();
  return trend;
}

Bounded Trend::at(double day) const {
  const Row at = row(std::max(day, origin_), false);
  double value = 0;
  double variance = 0;
  for (std::size_t i = 0; i < columns_; ++i) {
    value += coefficients_[i] * at[i];
    for (std::size_t j = 0; j < columns_; ++j) variance += at[i] * covariance_[i][j] * at[j];
  }
  const double half = kStudent * std::sqrt(std::max(variance, 0.0));
  return {.value = value, .low = value - half, .high = value + half};
}

Bounded Trend::per_year() const {
  const double half = kStudent * std::sqrt(std::max(covariance_[1][1], 0.0));
  return {
      .value = coefficients_[1], .low = coefficients_[1] - half, .high = coefficients_[1] + half};
}

Trend::Crossing Trend::falls_below(double floor) const {
  const double limit = floor + season_;
  return {.day = first_day(last_day_, [&](double day) { return at(day).value < limit; }),
          .earliest = first_day(last_day_, [&](double day) { return at(day).low < limit; }),
          .latest = first_day(last_day_, [&](double day) { return at(day).high < limit; })};
}

}  // namespace caspilink::twin
