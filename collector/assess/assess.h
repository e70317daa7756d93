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
#include "collector/assess/verdict.h"
#include "collector/fleet/fleet.h"
#include "collector/twin/baseline.h"
#include "collector/twin/model.h"
#include "link_models/units.h"

namespace caspilink::assess {

using twin::Model;

// What of a channel is compared, causes before effects.
inline constexpr std::array kChannelFigures = {codec::Quantity::kChannelOutputPower,
                                               codec::Quantity::kMonitoredChannelLaunchPower,
                                               codec::Quantity::kMonitoredChannelPower,
                                               codec::Quantity::kChannelInputPower,
                                               codec::Quantity::kChromaticDispersion,
                                               codec::Quantity::kPolarizationModeDispersion,
                                               codec::Quantity::kPolarizationDependentLoss,
                                               codec::Quantity::kOsnr,
                                               codec::Quantity::kEsnr,
                                               codec::Quantity::kQValue,
                                               codec::Quantity::kPreFecBer};

// Its place in that list; nothing for a quantity that is not of a channel.
[[nodiscard]] constexpr std::optional<std::size_t> channel_figure(codec::Quantity quantity) {
  for (std::size_t i = 0; i < kChannelFigures.size(); ++i) {
    if (kChannelFigures[i] == quantity) return i;
  }
  return std::nullopt;
}

// One lit channel as its receiver sees it.
struct ChannelAssessment {
  std::uint32_t number = 0;
  std::optional<bool> no_light;       // nothing: not known
  std::optional<bool> sent_no_light;  // the transmitter's own word
  std::optional<Db> margin;           // observed Q less the mode's FEC limit
  Db expected_margin;                 // modelled Q less the same limit
  // Of the margin and all figures; only the margin's absence makes it unknown.
  Verdict verdict = Verdict::kUnknown;
  std::array<std::optional<Deviation>, kChannelFigures.size()> figures{};
  // The last day's median margin against the commissioning snapshot and a month ago; below zero is
  // worse. Nothing: no baseline yet.
  std::optional<Db> margin_from_commissioning{};
  std::optional<Db> margin_from_month_ago{};
  std::optional<Ageing> ageing{};  // nothing: the history is too short

  // Nothing where it is not read or not expected. Requires one of kChannelFigures.
  [[nodiscard]] const std::optional<Deviation>& of(codec::Quantity quantity) const {
    return figures[*channel_figure(quantity)];
  }
  [[nodiscard]] std::optional<Deviation>& of(codec::Quantity quantity) {
    return figures[*channel_figure(quantity)];
  }
};

// A figure of a direction that is no channel's: of a body of the line, a terminal amplifier or a
// pump ("S3", "R2", "preamplifier", "receive-1"), or of a line port, whose element is empty.
struct LineFigure {
  codec::Quantity quantity{};
  std::string element;
  Deviation deviation;
};

// All that is read of one quantity on a direction.
struct QuantityAssessment {
  codec::Quantity quantity{};
  Verdict verdict = Verdict::kUnknown;  // of the worst
  std::size_t figures = 0;
  // The one that is nearest to its limit or furthest beyond.
  std::uint32_t channel = 0;
  std::string element;
  Deviation worst;
};

// One fibre pair in one direction.
struct DirectionAssessment {
  std::string fibre_pair;
  plant::Direction direction = plant::Direction::kAToB;
  std::string sender;  // station ids
  std::string receiver;
  std::optional<bool> no_light;                  // at the receiver's line port
  std::optional<bool> sent_no_light;             // at the sender's line port
  std::vector<ChannelAssessment> channels;       // lit ones, ascending
  std::optional<Db> margin;                      // of the worst channel that shows one
  Verdict verdict = Verdict::kUnknown;           // of the worst channel, line port and element
  std::vector<LineFigure> figures{};             // by quantity, then element
  std::vector<QuantityAssessment> quantities{};  // by quantity; of channels and of the line
  std::optional<Db> receive_power_from_commissioning{};
  std::optional<Db> receive_power_from_month_ago{};
  // Of the channel whose margin at the end of life is least by its lower bound.
  std::optional<Ageing> ageing{};
  std::uint32_t ageing_channel = 0;
  // What of the reported settings the model took otherwise than told, in words.
  std::vector<std::string> remarks{};

  // Null where it is not read or not expected.
  [[nodiscard]] const Deviation* of(codec::Quantity quantity, std::string_view element = {}) const;
};

// Of the channel that lost most; nothing where none has a month of history.
[[nodiscard]] std::optional<Db> margin_from_month_ago(const DirectionAssessment& line);

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
  plant::Direction outbound = plant::Direction::kAToB;  // the way probes leave
  // Signed one-way delays less their budget. Either is known within `bound`: what both clocks may
  // be off, and twice the uncertainty of model and stamps. Nothing: a delay or the clocks' bound is
  // not known.
  struct Ways {
    Seconds outbound;
    Seconds inbound;
    Seconds bound;
  };
  std::optional<Ways> ways{};
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

}  // namespace caspilink::assess
