// Light along a path of a designed network, element by element, to the receiving transceiver.
#pragma once

#include <string>
#include <vector>

#include "link_models/design/equipment.h"
#include "link_models/design/light.h"
#include "link_models/design/network.h"
#include "link_models/result.h"
#include "link_models/units.h"

namespace caspilink::design {

// What a channel is at the receiving transceiver. Figures "with transceiver" also count the noise
// of the transmitter and of what ROADMs add and drop with; the others are the line's alone.
struct ChannelResult {
  int number = 0;  // from 1, by frequency
  std::string label;
  Hertz frequency;
  Hertz baud_rate;
  Hertz slot_width;
  Dbm launch_power;
  Dbm signal_power;
  Dbm total_power;  // signal, ASE and NLI
  // The same where the line ends: at the ROADM that drops the channel, else at the transceiver.
  Dbm signal_power_line;
  Dbm total_power_line;
  Db osnr_01nm;  // signal to ASE in 12.5 GHz
  Db snr_ase;    // signal to ASE in the symbol-rate bandwidth
  Db snr_nli;    // signal to NLI in the symbol-rate bandwidth
  Db gsnr;       // signal to both
  Db gsnr_01nm;
  Db osnr_with_transceiver_01nm;
  Db gsnr_with_transceiver;
  Db gsnr_with_transceiver_01nm;
  PsPerNm chromatic_dispersion;
  Picoseconds pmd;
  Db pdl;
  Seconds latency;  // one way
};

// Total power behind an element of the path, all channels and noise.
struct PathStep {
  std::string uid;
  std::string kind;  // "fibre", "amplifier", ...
  Dbm total_power;
};

struct PathResult {
  std::vector<ChannelResult> channels;
  std::vector<PathStep> steps;
  Kilometers length;
  std::string interference;  // name of the model
};

// Sends `channels` along `path`, from transceiver to transceiver of a network that has been
// designed. Channels outside the bands its amplifiers have in common are not sent; where those
// leave none, and for elements or channels that cannot be propagated, kInvalidInput with the
// element's uid.
[[nodiscard]] Result<PathResult> propagate(const Network& network, const Equipment& equipment,
                                           const std::vector<NodeIndex>& path,
                                           const std::vector<LaunchedChannel>& channels,
                                           const Simulation& simulation);

}  // namespace caspilink::design
