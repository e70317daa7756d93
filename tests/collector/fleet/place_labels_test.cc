#include "collector/fleet/place_labels.h"

#include <algorithm>

#include <gmock/gmock.h>

namespace caspilink::fleet {
namespace {

using testing::ElementsAre;

std::vector<std::string> texts(const Place& place) {
  std::vector<std::string> all;
  for (const auto& [name, value] : PlaceLabels(place)) {
    all.push_back(std::string(name) + '=' + std::string(value));
  }
  return all;
}

TEST(PlaceLabelsTest, WhatDoesNotApplyIsNotThere) {
  EXPECT_THAT(
      texts({.quantity = codec::Quantity::kQValue,
             .station = "aktau",
             .fibre_pair = "FP01",
             .direction = plant::Direction::kAToB,
             .channel = 4'294'967'295}),
      ElementsAre("station=aktau", "fibre_pair=FP01", "direction=a-b", "channel=4294967295"));
  EXPECT_THAT(texts({.station = "aktau", .element = "lane 1", .source = "module-3"}),
              ElementsAre("station=aktau", "source=module-3", "element=lane 1"));
  EXPECT_THAT(texts({.station = "aktau", .fibre_pair = "FP01", .peer = "sumgait"}),
              ElementsAre("station=aktau", "fibre_pair=FP01", "peer=sumgait"));
}

// What the reference of the metrics lists is what places of that scope show, in the same order.
TEST(PlaceLabelsTest, NamesOfEveryScopeAreInTheOrderOfAPlacesLabels) {
  const Place everything{.station = "a",
                         .fibre_pair = "b",
                         .direction = plant::Direction::kAToB,
                         .channel = 1,
                         .element = "c",
                         .peer = "d",
                         .source = "e"};
  std::vector<std::string> order;
  for (const auto& label : PlaceLabels(everything)) order.emplace_back(label.name);
  for (const auto& info : codec::quantities()) {
    const auto names = label_names(info.scope);
    auto at = order.begin();
    for (const std::string& name : names) {
      at = std::find(at, order.end(), name);
      ASSERT_NE(at, order.end()) << info.name << ": " << name;
      ++at;
    }
  }
}

}  // namespace
}  // namespace caspilink::fleet
