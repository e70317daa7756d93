// A library of equipment: what a network may be built from and the rules it is designed by.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "link_models/physics/amplifier_gain.h"
#include "link_models/physics/roadm.h"
#include "link_models/units.h"

namespace caspilink::design {

// A range of frequencies and the channel spacing counted in it.
struct Band {
  Hertz f_min;
  Hertz f_max;
  std::optional<Hertz> spacing;

  friend bool operator==(const Band&, const Band&) = default;
};

// A type of amplifier that designs may choose.
struct AmplifierType {
  std::string name;
  physics::AmplifierModel model;  // of no meaning where there are bands
  Db gain_min;                    // of the amplifier as a whole
  Db gain_flatmax;
  bool allowed_for_design = false;
  bool raman = false;  // a lumped model of distributed gain: wants low-loss fibre before it
  bool sets_output_voa = false;  // designs may hold gain back in a variable attenuator after it
  // Types, one for a band, that make up a multi-band amplifier; empty for one of a single band.
  std::vector<std::string> bands;

  [[nodiscard]] bool is_multi_band() const { return !bands.empty(); }
};

// The light a network is designed for, and its default load.
struct ReferenceSpectrum {
  Hertz f_min{191.35e12};
  Hertz f_max{196.1e12};
  Hertz baud_rate{32e9};
  Hertz spacing{50e9};
  Dbm power{0};  // per channel into spans
  double roll_off = 0.15;
  Db transmitter_osnr{45};                     // in 12.5 GHz
  Db margin;                                   // kept for the system
  std::optional<Dbm> transmitter_power;        // none: `power`
  bool counts_channels_over_its_band = false;  // design for the channels of f_min..f_max everywhere
};

// How spans are designed.
struct SpanRules {
  bool power_mode = true;                         // aim at levels; false: take stated gains
  std::array<double, 3> power_range_db{0, 0, 0};  // lowest, highest and step of level offsets
  DbPerKm raman_loss_limit{0.25};  // fibre of less loss than this suits amplifiers of type raman
  Db extended_gain{2.5};           // above gain_flatmax that a design may still use
  double max_length_m = 150e3;     // longer fibre is cut into spans
  Db padding{10};                  // spans of less loss are attenuated up to it
  Db end_of_life;                  // added to every span
  Db input_connector;
  Db output_connector;
  Db reference_loss{20};  // of the span whose level offset is zero
  double power_slope = 0.3;
  Db voa_margin{1};
  double voa_step_db = 0.5;
};

enum class RoadmWay { kExpress, kAdd, kDrop };

// What a way through a ROADM costs, by frequency.
struct RoadmProfile {
  int id = 0;
  RoadmWay way = RoadmWay::kExpress;
  std::vector<physics::RoadmImpairment> impairments;
};

struct RoadmType {
  std::string name;
  physics::EqualisationTarget target;
  Db add_drop_osnr{100};  // of add and drop together, in 12.5 GHz
  Picoseconds pmd;
  Db pdl;
  std::vector<std::string> booster_types;  // designs choose from these; empty: from all allowed
  std::vector<std::string> preamplifier_types;
  std::vector<RoadmProfile> profiles;
};

// A type of fibre: what topologies leave out is taken from here.
struct FibreKind {
  std::string name;
  double pmd_s_per_sqrt_m = 0;
  std::optional<double> dispersion_s_per_m2;
  std::optional<double> dispersion_slope_s_per_m3;
  std::optional<double> effective_area_m2;
  std::optional<double> gamma_per_w_m;
  std::optional<double> reference_frequency_hz;
  // Raman gain by frequency offset from a pump, where the fibre's own is known.
  std::vector<std::pair<double, double>> raman_gain;  // (Hz, 1/(W m)), ascending
};

struct PenaltyPoint {
  double up_to = 0;
  double penalty_db = 0;
};

struct TransceiverModeData {
  std::string format;
  Hertz baud_rate;
  std::optional<Db> required_osnr;  // in 12.5 GHz
  std::optional<BitsPerSecond> bit_rate;
  double roll_off = 0;
  std::optional<Db> transmitter_osnr;
  Hertz min_spacing;
  Db equalisation_offset;
  // Piecewise linear, ascending, by ps/nm, ps and dB.
  std::vector<PenaltyPoint> chromatic_dispersion;
  std::vector<PenaltyPoint> pmd;
  std::vector<PenaltyPoint> pdl;
};

struct TransceiverType {
  std::string name;
  Hertz f_min;
  Hertz f_max;
  std::vector<TransceiverModeData> modes;
};

struct Equipment {
  // In the file's order, which decides between amplifiers of equal merit.
  std::vector<AmplifierType> amplifiers;
  std::vector<FibreKind> fibres;
  std::vector<FibreKind> raman_fibres;
  std::vector<RoadmType> roadms;
  std::vector<TransceiverType> transceivers;
  SpanRules span;
  ReferenceSpectrum spectrum;
  // Bands of all spectra given, the default first: a network's nodes are designed for these.
  std::vector<Band> design_bands;

  // nullptr where there is none of that name.
  [[nodiscard]] const AmplifierType* amplifier(std::string_view name) const;
  [[nodiscard]] const RoadmType* roadm(std::string_view name) const;

  // Bands of a type, one for an ordinary amplifier.
  [[nodiscard]] std::vector<Band> bands_of(const AmplifierType& type) const;
};

// Channels of a spacing that a band holds: the whole number of them.
[[nodiscard]] std::size_t channels_in(const Band& band, Hertz spacing);

}  // namespace caspilink::design
