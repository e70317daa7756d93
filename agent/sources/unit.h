// Units that equipment sends, turned into those of quantities.
#pragma once

#include <string>
#include <string_view>

#include "link_models/result.h"
#include "proto/codec/quantity.h"

namespace caspilink::sources {

// sent -> (sent x factor + offset), and then 10 log10 of it where that is a power in milliwatts
// and the quantity is in dBm.
struct Scale {
  double factor = 1;
  double offset = 0;
  bool milliwatts = false;

  // No power, or less than none, is minus infinity in dBm: no light.
  [[nodiscard]] double apply(double sent) const;

  friend bool operator==(const Scale&, const Scale&) = default;
};

// From `unit` as equipment sends it ("mW", "uA", "kV", "%") to the quantity's own, after the
// number is multiplied by `factor` and `offset` is added. kInvalidInput tells the units it takes.
[[nodiscard]] Result<Scale> scale_from(std::string_view unit, double factor, double offset,
                                       codec::Quantity quantity);

}  // namespace caspilink::sources
