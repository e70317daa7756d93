// A network as a directed graph: what stands where, what has been set, and what joins what.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "link_models/design/equipment.h"
#include "link_models/physics/roadm.h"
#include "link_models/units.h"

namespace caspilink::design {

using NodeIndex = std::size_t;

struct Transceiver {
  std::string type;  // of the library; empty where the topology names none
  std::vector<Band> design_bands;
  std::vector<std::pair<std::string, std::vector<Band>>> degree_bands;  // by next element
};

struct RamanPump {
  double power_w = 0;  // at the connector
  Hertz frequency;
  bool counter = true;  // against the signal
};

// A fibre's properties in SI units, as they enter the propagation equations.
struct Fibre {
  std::string type;
  double length_m = 0;
  // Loss by frequency; one entry holds everywhere.
  std::vector<double> loss_db_per_m;
  std::vector<double>
      loss_frequency_hz;  // ascending, of the same size where there is more than one
  // Dispersion by frequency; one entry holds at the reference frequency.
  std::vector<double> dispersion_s_per_m2;
  std::vector<double> dispersion_frequency_hz;
  std::optional<double> dispersion_slope_s_per_m3;
  double reference_frequency_hz = 0;
  double effective_area_m2 = 0;  // at the reference frequency
  double pmd_s_per_sqrt_m = 0;
  // Raman gain of the fibre's own; empty: that of standard fibre, scaled by effective area.
  std::vector<std::pair<double, double>> raman_gain;  // (Hz from the pump, 1/(W m))
  double raman_reference_hz = 0;
  Db input_attenuation;  // of an attenuator at its input
  std::optional<Db> input_connector;
  std::optional<Db> output_connector;
  struct Lumped {
    double at_m = 0;
    Db loss;
  };
  std::vector<Lumped> lumped;  // ascending
  std::vector<RamanPump> pumps;
  double temperature_k = 283;
  bool is_raman = false;

  // Set by the design.
  std::optional<Db> design_loss;  // of the span it ends, with what is spliced before it
  std::optional<Db> raman_gain_estimate;

  // Between its ends, connectors and attenuator included, at the reference frequency. Requires a
  // loss table that covers it.
  [[nodiscard]] Db loss() const;
  // dB/m at a frequency; none outside the loss table.
  [[nodiscard]] std::optional<double> loss_db_per_m_at(double frequency_hz) const;
};

// One amplifier or one band of a multi-band amplifier.
struct Amplifier {
  std::string type;  // empty: the design chooses
  std::optional<Db> gain;
  std::optional<Db> delta_p;  // level at its output over the reference
  std::optional<Db> tilt;
  std::optional<Db> input_voa;
  std::optional<Db> output_voa;
  std::vector<std::string> choice;  // types the design may choose from; empty: any allowed

  // Set by the design, beside gain, tilt and attenuators above.
  Db designed_delta_p;
};

struct MultiBandAmplifier {
  std::string type;
  std::vector<std::string> choice;
  std::vector<std::pair<std::string, Amplifier>> bands;  // "CBAND", ...
  std::vector<Band> frequencies;                         // known bands, or none yet
};

struct DegreeTarget {
  std::string degree;  // uid of the next element
  physics::EqualisationTarget target;
};
struct DegreeProfile {
  std::string from;
  std::string to;
  int profile = 0;
};

struct Roadm {
  std::string type;
  physics::EqualisationTarget target;
  std::vector<DegreeTarget> degree_targets;
  Db add_drop_osnr{100};
  Picoseconds pmd;
  Db pdl;
  std::vector<std::string> booster_types;
  std::vector<std::string> preamplifier_types;
  std::vector<RoadmProfile> profiles;
  std::vector<DegreeProfile> degree_profiles;
  std::vector<Band> design_bands;
  std::vector<std::pair<std::string, std::vector<Band>>> degree_bands;

  [[nodiscard]] const physics::EqualisationTarget& target_towards(std::string_view degree) const;
};

struct Fused {
  Db loss{1};
};

using NodeKind = std::variant<Transceiver, Fibre, Amplifier, MultiBandAmplifier, Roadm, Fused>;

struct Node {
  std::string uid;
  NodeKind kind;
};

// Nodes keep their index for life; a removed node has no neighbours and is passed over. Neighbours
// are kept in the order they were joined, which decides where only the first counts.
class Network {
 public:
  // Requires a uid not used before.
  NodeIndex add(Node node);
  void join(NodeIndex from, NodeIndex to);  // once is enough; a second time changes nothing
  void part(NodeIndex from, NodeIndex to);
  void remove(NodeIndex node);

  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] bool alive(NodeIndex node) const { return alive_[node]; }
  [[nodiscard]] Node& operator[](NodeIndex node) { return nodes_[node]; }
  [[nodiscard]] const Node& operator[](NodeIndex node) const { return nodes_[node]; }
  [[nodiscard]] const std::vector<NodeIndex>& after(NodeIndex node) const { return after_[node]; }
  [[nodiscard]] const std::vector<NodeIndex>& before(NodeIndex node) const { return before_[node]; }
  [[nodiscard]] std::optional<NodeIndex> find(std::string_view uid) const;

  template <typename Kind>
  [[nodiscard]] Kind* as(NodeIndex node) {
    return std::get_if<Kind>(&nodes_[node].kind);
  }
  template <typename Kind>
  [[nodiscard]] const Kind* as(NodeIndex node) const {
    return std::get_if<Kind>(&nodes_[node].kind);
  }
  template <typename Kind>
  [[nodiscard]] bool is(NodeIndex node) const {
    return std::holds_alternative<Kind>(nodes_[node].kind);
  }
  // Living nodes of a kind, in the order they were added.
  template <typename Kind>
  [[nodiscard]] std::vector<NodeIndex> all() const {
    std::vector<NodeIndex> found;
    for (NodeIndex i = 0; i < nodes_.size(); ++i) {
      if (alive_[i] && is<Kind>(i)) found.push_back(i);
    }
    return found;
  }

 private:
  std::vector<Node> nodes_;
  std::vector<bool> alive_;
  std::vector<std::vector<NodeIndex>> after_;
  std::vector<std::vector<NodeIndex>> before_;
  std::unordered_map<std::string, NodeIndex> by_uid_;
};

// Linear interpolation; none outside [x.front(), x.back()], and y.front() where there is but one.
[[nodiscard]] std::optional<double> interpolate(const std::vector<double>& x,
                                                const std::vector<double>& y, double at);

// "CBAND", "LBAND" or "unknown_band", by where the band's centre lies.
[[nodiscard]] std::string band_name(const Band& band);

}  // namespace caspilink::design
