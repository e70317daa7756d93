// The budget of one line: what every channel should look like at the receiving station.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "link_models/plant/line.h"
#include "link_models/result.h"
#include "link_models/units.h"

namespace caspilink::budget {

// Line figures leave the transceivers out; q, pre_fec_ber and the margins are what the receiving
// transceiver shows, its own noise and the impairment allowance included.
struct ChannelBudget {
  int number = 0;
  bool lit = false;
  Hertz frequency;
  Hertz baud_rate;
  Dbm launch_power;          // at the sending terminal's line output port
  Dbm signal_power_line;     // at the receiving terminal's line input port, signal alone
  Dbm signal_power;          // at the transceiver, after preamplifier and demultiplexer
  Dbm total_power_line;      // signal, ASE and NLI of the slot, as a channel monitor sees them
  Dbm total_power;           // likewise at the transceiver
  Db osnr_01nm;              // signal to ASE in 12.5 GHz
  Db snr_ase;                // signal to ASE in the symbol-rate bandwidth
  Db snr_nli;                // signal to NLI in the symbol-rate bandwidth
  Db snr_gawbs;              // signal to Brillouin noise likewise; infinite where not counted
  Db gsnr;                   // signal to all of these in the symbol-rate bandwidth
  Db gsnr_01nm;              // the same scaled to 12.5 GHz
  Db gsnr_with_transceiver;  // gsnr and the transceiver's own noise
  Db q_line;                 // Q of the line alone
  Db penalty;                // of dispersion, PMD and PDL at the transceiver, in SNR
  Db q;                      // Q the transceiver shows
  double pre_fec_ber = 0;    // BER the transceiver shows
  Db margin_bol;             // q less the FEC limit and the time-variation allowance
  Db margin_eol;             // the same on the aged and repaired line
  PsPerNm chromatic_dispersion;
  Picoseconds pmd;  // mean DGD
  Db pdl;
  Seconds latency;  // one way
  // Empty, or what the transceiver cannot bear today; q and margins are then minus infinity and the
  // BER 0.5.
  std::string infeasible;

  // The margin to plan by: what is left at the end of life.
  [[nodiscard]] Db margin() const { return margin_eol; }

  friend bool operator==(const ChannelBudget&, const ChannelBudget&) = default;
};

// The line's state at one element.
struct TraceEntry {
  std::string name;
  std::string kind;    // "span", "repeater", ...
  Kilometers from_a;   // of the element's end that the light leaves by
  Dbm total_power_in;  // all channels, noise included
  Dbm total_power_out;
  Db gain;  // total power out over in; negative for a loss

  friend bool operator==(const TraceEntry&, const TraceEntry&) = default;
};

// What one element does to the light, channel by channel in the line's order.
struct ElementLight {
  std::vector<Dbm> power_in;  // of each channel, noise included
  std::vector<Dbm> power_out;
  // How much more gain the highest frequency has than the lowest, by the straight line of least
  // squares through the channels' gains over frequency.
  Db tilt;
  // Of the light that leaves the element, added up from the sending terminal: the channels' mean.
  PsPerNm chromatic_dispersion;
  Picoseconds pmd;
  Db pdl;
  Seconds latency;

  friend bool operator==(const ElementLight&, const ElementLight&) = default;
};

struct LinkBudget {
  std::string plant;
  std::string fibre_pair;
  plant::Direction direction = plant::Direction::kAToB;
  std::string nonlinear_model;  // name of the model behind snr_nli
  Db fec_q_limit;               // of the mode
  Kilometers length;
  Seconds latency;                      // one way, fibre only
  Dbm line_output_power;                // total, where the sending terminal hands over to the line
  Dbm line_input_power;                 // total, where the receiving terminal takes over
  std::vector<ChannelBudget> channels;  // in the line's order, lit or not
  std::vector<TraceEntry> trace;        // one a line element, in order
  std::vector<ElementLight> light;      // likewise where asked for, else empty

  friend bool operator==(const LinkBudget&, const LinkBudget&) = default;
};

struct EvaluateOptions {
  // Off saves the second propagation; margin_eol then equals margin_bol.
  bool end_of_life = true;
  bool element_light = false;  // fills LinkBudget::light
};

// kInvalidInput for a line without channels or spans. Deterministic: equal lines give equal
// budgets.
[[nodiscard]] Result<LinkBudget> evaluate(const plant::Line& line,
                                          const EvaluateOptions& options = {});

// Lit channel of the smallest end-of-life margin; nullptr where none is lit.
[[nodiscard]] const ChannelBudget* worst_channel(const LinkBudget& budget);

// By channel number; nullptr where there is none.
[[nodiscard]] const ChannelBudget* find_channel(const LinkBudget& budget, int number);

}  // namespace caspilink::budget
