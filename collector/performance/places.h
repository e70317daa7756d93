// Numbers for the places readings come from, so that an interval is an array. Grows with what the
// plant and the agents' limits allow, and never shrinks.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "collector/fleet/place.h"
#include "collector/store/records.h"

namespace caspilink::performance {

// One channel in one direction, or one fibre pair as a whole.
struct PathName {
  std::string fibre_pair;
  std::string direction;
  std::uint32_t channel = 0;

  friend bool operator==(const PathName&, const PathName&) = default;
  friend auto operator<=>(const PathName&, const PathName&) = default;
};

// What is asked of a place with every reading: small, apart from its name.
struct PlaceKind {
  codec::Quantity quantity{};
  std::optional<std::uint32_t> path;  // of what a channel's receiver says
};

class Places {
 public:
  // At most `most` places are given numbers.
  Places(std::shared_ptr<const plant::Plant> plant, std::size_t most);

  // Nothing where the point is not on the plant, or there are too many.
  [[nodiscard]] std::optional<std::uint32_t> number(const std::string& station,
                                                    const codec::MeasurementPoint& point);
  [[nodiscard]] const PlaceKind& kind(std::uint32_t number) const { return kinds_[number]; }
  [[nodiscard]] const store::PlaceName& name(std::uint32_t number) const { return names_[number]; }
  [[nodiscard]] std::size_t size() const { return names_.size(); }
  [[nodiscard]] const std::vector<PathName>& paths() const { return paths_; }

 private:
  std::shared_ptr<const plant::Plant> plant_;
  std::size_t most_;
  std::map<store::PlaceName, std::uint32_t> numbers_;
  std::vector<store::PlaceName> names_;
  std::vector<PlaceKind> kinds_;
  std::map<PathName, std::uint32_t> path_numbers_;
  std::vector<PathName> paths_;
};

[[nodiscard]] store::PlaceName name_of(const fleet::Place& place);

}  // namespace caspilink::performance
