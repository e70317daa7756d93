#include "collector/page/route.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

namespace caspilink::page {
namespace {

// In the order of plant::RouteElement.
constexpr std::array kKinds = {"span", "repeater", "in-line amplifier", "ropa", "roadm"};
static_assert(kKinds.size() == std::variant_size_v<plant::RouteElement>);

}  // namespace

Route::Route(const plant::Plant& plant) {
  for (const plant::Segment& segment : plant.segments) {
    for (const plant::RouteElement& element : segment.elements) {
      RouteStop stop{.name = plant::name_of(element),
                     .kind = kKinds[element.index()],
                     .from_km = length_km_,
                     .to_km = length_km_};
      if (const auto* span = std::get_if<plant::Span>(&element)) {
        length_km_ += span->length.value();
        stop.to_km = length_km_;
      } else if (const auto* ropa = std::get_if<plant::PlacedRopa>(&element)) {
        stop.direction = ropa->direction;
      }
      stops_.push_back(std::move(stop));
    }
  }
}

const RouteStop* Route::find(std::string_view name) const {
  if (name.empty()) return nullptr;
  const auto found = std::find_if(stops_.begin(), stops_.end(),
                                  [&](const RouteStop& stop) { return stop.name == name; });
  return found == stops_.end() ? nullptr : &*found;
}

}  // namespace caspilink::page
