// Observed against modelled: residual, margin, verdict. Pure: what is known, what is expected and
// the time to judge by go in, an assessment comes out.
//
// A reading that is stale or missing gives "unknown", never a number. Readings that say "no light"
// are knowledge: such a channel is below its budget, and has no margin.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/assess/model.h"
#include "collector/fleet/fleet.h"
#include "link_models/units.h"

namespace caspilink::assess {

enum class Verdict : std::uint8_t { kWithinBudget, kMarginLow, kBelowBudget, kUnknown };

inline constexpr std::array kVerdicts = {Verdict::kWithinBudget, Verdict::kMarginLow,
                                         Verdict::kBelowBudget, Verdict::kUnknown};

[[nodiscard]] constexpr std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kWithinBudget:
      return "within_budget";
    case Verdict::kMarginLow:
      return "margin_low";
    case Verdict::kBelowBudget:
      return "below_budget";
    case Verdict::kUnknown:
      break;
  }
  return "unknown";
}

// One lit channel as its receiver sees it.
struct ChannelAssessment {
  std::uint32_t number = 0;
  std::optional<bool> no_light;       // nothing: not known
  std::optional<bool> sent_no_light;  // the transmitter's own word
  std::optional<Db> margin;           // observed Q less the mode's FEC limit
  Db expected_margin;                 // modelled Q less the same limit
  std::optional<Db> power_residual;   // receive power, observed less modelled
  Verdict verdict = Verdict::kUnknown;
};

// One fibre pair in one direction.
struct DirectionAssessment {
  std::string fibre_pair;
  plant::Direction direction = plant::Direction::kAToB;
  std::string sender;  // station ids
  std::string receiver;
  std::optional<bool> no_light;             // at the receiver's line port
  std::optional<bool> sent_no_light;        // at the sender's line port
  std::vector<ChannelAssessment> channels;  // lit ones, ascending
  std::optional<Db> margin;                 // of the worst channel that shows one
  Verdict verdict = Verdict::kUnknown;
};

// Latency of one fibre pair as one station measures it.
struct PathAssessment {
  std::string station;
  std::string fibre_pair;
  std::string peer;
  Seconds expected;                 // round trip
  std::optional<Seconds> residual;  // round trip, observed less expected
  std::optional<double> probe_loss;  // ratio of probes without an answer
  Verdict verdict = Verdict::kUnknown;
};

struct StationAssessment {
  std::string station;
  std::optional<std::int64_t> newest_sample_unix_ns;
  bool silent = false;
};

struct Assessment {
  std::int64_t time_unix_ns = 0;
  std::vector<DirectionAssessment> directions;  // in the plant's order, a-b before b-a
  std::vector<PathAssessment> paths;
  std::vector<StationAssessment> stations;
};

struct Settings {
  std::int64_t staleness_ns = 0;     // a reading older than this is missing
  std::int64_t silence_ns = 0;       // an agent whose newest sample is older than this is silent
  std::int64_t started_unix_ns = 0;  // no agent is silent before it had time to speak
};

// The verdict on a margin alone, by the plant's thresholds.
[[nodiscard]] Verdict verdict_of(Db margin, const plant::AlarmThresholds& thresholds);

// Off budget where half the round-trip residual passes the tolerance, either way.
[[nodiscard]] Verdict verdict_of(Seconds round_trip_residual,
                                 const plant::AlarmThresholds& thresholds);

// The worse of two verdicts on parts of one thing; unknown is worse than good, better than bad.
[[nodiscard]] Verdict worse(Verdict a, Verdict b);

[[nodiscard]] Assessment assess(const Model& model, const fleet::Fleet& fleet,
                                const Settings& settings, std::int64_t now_unix_ns);

}  // namespace caspilink::assess
