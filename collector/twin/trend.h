// A slow trend out of years of weekly figures: level, ageing a year, the season, and the steps that
// repairs leave, by a robust fit with honest bounds.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace caspilink::twin {

struct TrendPoint {
  double day = 0;  // days since any fixed beginning, growing
  double value = 0;
};

// A value with its 95 % confidence interval.
struct Bounded {
  double value = 0;
  double low = 0;
  double high = 0;

  friend bool operator==(const Bounded&, const Bounded&) = default;
};

struct TrendStep {
  double day = 0;
  double size = 0;

  friend bool operator==(const TrendStep&, const TrendStep&) = default;
};

inline constexpr std::size_t kMostSteps = 6;

class Trend {
 public:
  // Fits value = a + b t + c cos + d sin of the year + steps, by iteratively reweighted least
  // squares with Huber's weights; the covariance is widened by the residuals' correlation from one
  // figure to the next. A step is taken up where the median over six figures shifts by at least
  // `least_step` and by more than the scatter explains.
  // Nothing for less than 15 months or 40 figures: the season could not be told from ageing.
  [[nodiscard]] static std::optional<Trend> fit(std::span<const TrendPoint> points,
                                                double least_step);

  // Without the season, all steps taken so far included. After the last point: a forecast.
  [[nodiscard]] Bounded at(double day) const;
  [[nodiscard]] Bounded per_year() const;
  // Half of the seasonal swing.
  [[nodiscard]] double season() const { return season_; }
  [[nodiscard]] const std::vector<TrendStep>& steps() const { return steps_; }
  // Standard deviation of the figures around the fit.
  [[nodiscard]] double scatter() const { return scatter_; }
  [[nodiscard]] double last_day() const { return last_day_; }

  // When the trend less half the season's swing falls below `floor`, and the first and last day the
  // bounds allow; nothing where that is more than 100 years after the last point.
  struct Crossing {
    std::optional<double> day;
    std::optional<double> earliest;
    std::optional<double> latest;

    friend bool operator==(const Crossing&, const Crossing&) = default;
  };
  [[nodiscard]] Crossing falls_below(double floor) const;

 private:
  static constexpr std::size_t kColumns = 4 + kMostSteps;
  using Row = std::array<double, kColumns>;

  Trend() = default;
  [[nodiscard]] Row row(double day, bool with_season) const;
  bool solve(std::span<const TrendPoint> points);

  std::size_t columns_ = 4;
  double origin_ = 0;  // day the time is counted from
  double last_day_ = 0;
  double season_ = 0;
  double scatter_ = 0;
  Row coefficients_{};
  std::array<Row, kColumns> covariance_{};
  std::vector<TrendStep> steps_;
  std::vector<double> residuals_;
};

}  // namespace caspilink::twin
