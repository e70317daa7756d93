// The part of collector.yaml that says how readings are judged: `assess` and `baselines`.
#pragma once

#include <map>
#include <optional>

#include "collector/fleet/fleet.h"
#include "collector/twin/baseline.h"
#include "collector/twin/tolerance.h"
#include "link_models/formats/yaml.h"
#include "link_models/units.h"

namespace caspilink::program {

struct JudgingConfig {
  Seconds interval{0.5};
  std::optional<Seconds> staleness;                       // else the plant's
  fleet::Freshness freshness;                             // where it is not the same for all
  std::map<codec::Quantity, twin::Tolerance> tolerances;  // instead of the defaults'
  twin::BaselineSettings baselines;

  // The defaults for a plant, with what the file says in their place.
  [[nodiscard]] twin::Tolerances tolerances_for(const plant::AlarmThresholds& thresholds) const;
};

// Problems are the file's.
[[nodiscard]] JudgingConfig read_judging(formats::YamlMap& root);

}  // namespace caspilink::program
