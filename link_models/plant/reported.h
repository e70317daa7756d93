// A line as its equipment reports it: what is measured takes the place of what was planned, so that
// the budget of the line as it stands can be computed beside that of the line as designed.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "link_models/plant/line.h"
#include "link_models/plant/settings.h"
#include "link_models/result.h"
#include "link_models/units.h"

namespace caspilink::plant {

// One setting of an amplifier; where both are given the output power counts.
struct ReportedAmplifier {
  std::string name;
  std::optional<Dbm> total_output_power;  // noise included
  std::optional<Db> gain;                 // > 0

  friend bool operator==(const ReportedAmplifier&, const ReportedAmplifier&) = default;
};

struct ReportedLoss {
  Kilometers from_a;
  Db loss;  // >= 0
  std::string cause;

  friend bool operator==(const ReportedLoss&, const ReportedLoss&) = default;
};

// Nothing given, nothing changed.
struct ReportedLine {
  std::vector<std::pair<int, Dbm>> launch_power;  // by channel number, at the line output port
  std::vector<int> dark_channels;                 // slots without any light, shaped noise neither
  std::optional<std::vector<int>> lit_channels;   // instead of the plant's: those with transceivers
  std::vector<ReportedAmplifier> amplifiers;      // by element name
  std::vector<ReportedLoss> losses;
  std::vector<AmplifierSettings> settings;  // what amplifiers are set to; before `amplifiers`
  std::vector<PumpSetting> pumps;

  friend bool operator==(const ReportedLine&, const ReportedLine&) = default;
};

// The line with all of that. Dark channels are gone from it, so that its budget has no figures for
// them. An amplifier told its output power holds it from then on, within 60 dB of gain; one told
// its gain keeps that, whatever comes in.
// A booster's output power is the most it gives: raise it by launch powers.
// kNotFound for a channel or amplifier the line does not have; kInvalidInput where no channel is
// left, for a setting that is not finite or that the element cannot take (the gain of a ROPA that
// follows its pump, the output power of lumped Raman gain) and for losses off the line.
// Settings: as of apply_settings and apply_pumps; what was taken otherwise than told is added to
// `remarks`, if there is one.
[[nodiscard]] Result<Line> as_reported(Line line, const ReportedLine& reported,
                                       std::vector<std::string>* remarks = nullptr);

}  // namespace caspilink::plant
