// What a place's time series are told apart by, wherever they are shown or sent: the names, the
// order and the text of labels, once.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "collector/fleet/place.h"

namespace caspilink::fleet {

struct Label {
  std::string_view name;
  std::string_view value;
};

// Names of the labels that a scope's places may have, in their order.
[[nodiscard]] std::vector<std::string> label_names(codec::Scope scope);

// A place's labels, in that order; what does not apply is not among them. Views into the place,
// which must outlive it. No allocation: a scrape makes one for every sample.
class PlaceLabels {
 public:
  explicit PlaceLabels(const Place& place);
  PlaceLabels(const PlaceLabels&) = delete;
  PlaceLabels& operator=(const PlaceLabels&) = delete;

  [[nodiscard]] const Label* begin() const { return labels_.data(); }
  [[nodiscard]] const Label* end() const { return labels_.data() + count_; }

 private:
  void add(std::string_view name, std::string_view value) {
    if (!value.empty()) labels_[count_++] = {name, value};
  }

  std::array<Label, 7> labels_;
  std::size_t count_ = 0;
  std::array<char, 10> channel_{};  // the largest 32-bit number's digits
};

}  // namespace caspilink::fleet
