// `linkbudget gnpy`: routes described in GNPy's own files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "link_models/design/network.h"
#include "link_models/design/propagation.h"
#include "link_models/design/reception.h"
#include "link_models/result.h"
#include "link_models/units.h"

namespace caspilink::cli {

struct GnpyRequest {
  std::string topology;
  std::string equipment;
  std::optional<std::string> spectrum;    // none: the library's own
  std::optional<std::string> simulation;  // none: closed-form interference, no scattering
  std::vector<std::string> extra_equipment;
  std::vector<std::string> extra_configs;
  std::optional<std::string> source;       // uid; none: the first transceiver
  std::optional<std::string> destination;  // uid; none: the first other transceiver
  std::vector<std::string> via;            // uids to cross, in order; none: the shortest path
  bool insert_amplifiers = true;
  std::optional<double> power_dbm;  // none: the library's
  design::ModeChoice receiver;      // transceiver none: the destination's own, where it names one
};

// A path's result and the network it was computed on, as designed.
struct GnpyReport {
  std::string topology;
  std::string source;
  std::string destination;
  design::Network network;
  design::PathResult path;
  // One a channel; none where no mode of the library, or more than one, can be the channel's.
  std::vector<std::optional<design::Reception>> receptions;
};

// Reads, designs and propagates. Errors name file, element and key; `warnings` says what a planner
// should know.
[[nodiscard]] Result<GnpyReport> run_gnpy(const GnpyRequest& request,
                                          std::vector<std::string>& warnings);

// Channels under the same names as `compute` prints them, with the figures that count in what
// transmitters and ROADM ports add named "..._with_transceiver...".
[[nodiscard]] std::string render_gnpy_table(const GnpyReport& report);
[[nodiscard]] std::string render_gnpy_json(const GnpyReport& report);
[[nodiscard]] std::string render_gnpy_csv(const GnpyReport& report);

}  // namespace caspilink::cli
