// Which readings of a fleet are judged, and what each is held against: found once, and again only
// where places have come or the twin expects something else. Judging then reads through pointers.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "collector/assess/ageing.h"
#include "collector/assess/verdict.h"
#include "collector/fleet/fleet.h"
#include "collector/twin/baseline.h"
#include "collector/twin/model.h"

namespace caspilink::assess {

struct Reading {
  const fleet::Place* place = nullptr;
  const fleet::Point* point = nullptr;
};

// A reading of a direction that the twin may expect something of.
struct BoundFigure {
  static constexpr std::size_t kOfTheLine = std::numeric_limits<std::size_t>::max();
  Reading reading;
  std::size_t channel = kOfTheLine;      // of BoundDirection::channels
  std::optional<Yardstick> yardstick{};  // nothing: nothing is expected now
};

struct BoundChannel {
  std::uint32_t number = 0;
  Db expected_q;  // as reported, else as designed
  const fleet::Point* sent = nullptr;
  const fleet::Point* received = nullptr;
  const fleet::Point* q = nullptr;
  const twin::BaselineTrack* q_track = nullptr;
  double ageing_known_until = 0;  // day of the trend the ageing was taken from
  std::optional<Ageing> ageing{};
};

struct BoundDirection {
  twin::Model::BudgetPtr budget;
  bool light = true;
  double sent_power = 0;  // expected of the sender's line port
  std::vector<BoundChannel>
      channels;                      // that the plan lights or that are lit as reported, ascending
  std::vector<BoundFigure> figures;  // by quantity
  const fleet::Point* sent = nullptr;  // the line ports'
  const fleet::Point* received = nullptr;
  const twin::BaselineTrack* received_track = nullptr;
};

// Of a fibre pair as one station measures it.
struct BoundPath {
  const fleet::Point* smallest = nullptr;  // round trips
  const fleet::Point* median = nullptr;
  const fleet::Point* probe_loss = nullptr;
  const fleet::Point* outbound = nullptr;  // one way, by both clocks
  const fleet::Point* inbound = nullptr;
  const fleet::Point* clocks_bound = nullptr;
};

struct BoundFeed {
  std::vector<const fleet::Point*> voltages;  // a unit each
  std::vector<const fleet::Point*> currents;
};

class Bindings {
 public:
  // All must outlive it; `baselines` may be null.
  Bindings(const fleet::Fleet& fleet, const twin::Tolerances& tolerances,
           const twin::BaselineBook* baselines)
      : fleet_(fleet), tolerances_(tolerances), baselines_(baselines) {}

  // Requires models of one plant, the fleet's.
  void follow(const twin::Model& model);

  std::vector<BoundDirection> directions;  // by the model's slots
  std::vector<BoundPath> paths;            // by fibre pair, a's and b's
  std::array<BoundFeed, 2> feeds;          // by station

 private:
  [[nodiscard]] const fleet::Point* point(const fleet::Place& place) const;
  [[nodiscard]] const twin::BaselineTrack* track(const fleet::Place& place) const;
  void sort_by_direction(const twin::Model& model);
  void bind_direction(const twin::Model& model, std::size_t slot);
  void bind_channels(const twin::Model& model, std::size_t slot);
  void bind_paths(const plant::Plant& plant);
  void bind_feeds(const plant::Plant& plant);

  const fleet::Fleet& fleet_;
  const twin::Tolerances& tolerances_;
  const twin::BaselineBook* baselines_;
  std::size_t known_points_ = 0;
  std::size_t known_tracks_ = 0;
};

// A place of a direction, or of one of its channels.
[[nodiscard]] fleet::Place place_at(codec::Quantity quantity, const std::string& station,
                                    const std::string& fibre_pair, plant::Direction direction,
                                    std::uint32_t channel = 0);

inline constexpr std::array kDirections = {plant::Direction::kAToB, plant::Direction::kBToA};

}  // namespace caspilink::assess
