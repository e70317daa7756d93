// Observed against modelled: residual, margin, verdict. Pure: what is known, what is expected and
// the time to judge by go in, an assessment comes out.
//
// A reading that is stale or missing gives "unknown", never a number. Readings that say "no light"
// are knowledge: such a channel is below its budget, and has no margin.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/assess/ageing.h"
#include "collector/fleet/fleet.h"
#include "collector/twin/baseline.h"
#include "collector/twin/model.h"
#include "collector/twin/tolerance.h"
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

using twin::Model;

// One figure against what the twin expects of it, in the quantity's wire unit.
struct Deviation {
  double observed = 0;
  double expected = 0;
  double residual = 0;  // observed less expected
  double uncertainty =
      0;  // of the residual: model and measurement together, one standard deviation
  // By the quantity's limits, and only where the residual passes twice its uncertainty; unknown for
  // one that is shown and not judged.
  Verdict verdict = Verdict::kUnknown;
};

// One lit channel as its receiver sees it.
struct ChannelAssessment {
  std::uint32_t number = 0;
  std::optional<bool> no_light;       // nothing: not known
  std::optional<bool> sent_no_light;  // the transmitter's own word
  std::optional<Db> margin;           // observed Q less the mode's FEC limit
  Db expected_margin;                 // modelled Q less the same limit
  std::optional<Db> power_residual;   // receive power, observed less modelled
  // Of the margin, the receive power and the dispersion; only the margin's absence makes it
  // unknown.
  Verdict verdict = Verdict::kUnknown;
  std::optional<Deviation> q{};
  std::optional<Deviation> receive_power{};
  std::optional<Deviation> chromatic_dispersion{};
  // The last day's median margin against the commissioning snapshot and a month ago; below zero is
  // worse. Nothing: no baseline yet.
  std::optional<Db> margin_from_commissioning{};
  std::optional<Db> margin_from_month_ago{};
  std::optional<Ageing> ageing{};  // nothing: the history is too short
};

// A body of the line or a terminal amplifier: "S3", "R2", "preamplifier".
struct ElementAssessment {
  std::string element;
  codec::Quantity quantity{};  // span loss, gain or gain tilt of a repeater or amplifier
  Deviation deviation;
};

// One fibre pair in one direction.
struct DirectionAssessment {
  std::string fibre_pair;
  plant::Direction direction = plant::Direction::kAToB;
  std::string sender;  // station ids
  std::string receiver;
  std::optional<bool> no_light;               // at the receiver's line port
  std::optional<bool> sent_no_light;          // at the sender's line port
  std::vector<ChannelAssessment> channels;    // lit ones, ascending
  std::optional<Db> margin;                   // of the worst channel that shows one
  Verdict verdict = Verdict::kUnknown;        // of the worst channel, line port and element
  std::optional<Deviation> receive_power{};   // total, at the receiver's line port
  std::vector<ElementAssessment> elements{};  // what is reported of them
  std::optional<Db> receive_power_from_commissioning{};
  std::optional<Db> receive_power_from_month_ago{};
  // Of the channel whose margin at the end of life is least by its lower bound.
  std::optional<Ageing> ageing{};
  std::uint32_t ageing_channel = 0;
  std::optional<Deviation> tilt{};  // of what arrives at the receiver's line port
  // What of the reported settings the model took otherwise than told, in words.
  std::vector<std::string> remarks{};
};

// Latency of one fibre pair as one station measures it.
struct PathAssessment {
  std::string station;
  std::string fibre_pair;
  std::string peer;
  Seconds expected;                  // round trip
  std::optional<Seconds> residual;   // round trip, observed less expected
  std::optional<double> probe_loss;  // ratio of probes without an answer
  // Fibre each way that would make the residual, if both ways changed alike; twice that if one did.
  // Where it lies, a round trip cannot tell. The uncertainty is of it, one standard deviation.
  struct FibreChange {
    Kilometers each_way;
    Kilometers uncertainty;
  };
  Verdict verdict = Verdict::kUnknown;
  std::optional<FibreChange> fibre_change{};
};

// A station's power feed: of several units the one that feeds.
struct PowerFeedAssessment {
  std::string station;
  std::optional<Deviation> voltage;  // signed against the station's earth
  std::optional<Deviation> current;
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
  std::vector<PowerFeedAssessment> power_feeds{};  // of stations that should feed
};

struct Settings {
  // A reading older than this is missing, unless its quantity or source has a time of its own.
  std::int64_t staleness_ns = 0;
  std::int64_t silence_ns = 0;       // an agent whose newest sample is older than this is silent
  std::int64_t started_unix_ns = 0;  // no agent is silent before it had time to speak
  std::optional<twin::Tolerances> tolerances{};  // else the defaults
};

// The verdict on a margin alone, by the plant's thresholds.
[[nodiscard]] Verdict verdict_of(Db margin, const plant::AlarmThresholds& thresholds);

// Off budget where half the round-trip residual passes the tolerance, either way.
[[nodiscard]] Verdict verdict_of(Seconds round_trip_residual,
                                 const plant::AlarmThresholds& thresholds);

// The verdict on a residual by its quantity's limits.
[[nodiscard]] Verdict verdict_of(double residual, double uncertainty, double expected,
                                 const twin::Tolerance& tolerance);

// The worse of two verdicts on parts of one thing; unknown is worse than good, better than bad.
[[nodiscard]] Verdict worse(Verdict a, Verdict b);

// Assesses one fleet again and again: finds each place once, and again only where places or lit
// channels have come. The fleet and the book must outlive it.
class Assessor {
 public:
  Assessor(const fleet::Fleet& fleet, Settings settings,
           const twin::BaselineBook* baselines = nullptr);
  ~Assessor();
  Assessor(Assessor&&) noexcept;

  // Requires models of one plant, the fleet's.
  [[nodiscard]] Assessment assess(const Model& model, std::int64_t now_unix_ns);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Once, without a history.
[[nodiscard]] Assessment assess(const Model& model, const fleet::Fleet& fleet,
                                const Settings& settings, std::int64_t now_unix_ns);

// Enters what an assessment saw into the book of baselines, of one quarter of an hour.
void look(const Assessment& assessment, twin::BaselineBook& baselines);

}  // namespace caspilink::assess
