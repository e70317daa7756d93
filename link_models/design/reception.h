// What a library's transceivers make of the channels that arrive.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "link_models/design/equipment.h"
#include "link_models/design/propagation.h"
#include "link_models/plant/spectrum.h"
#include "link_models/result.h"
#include "link_models/units.h"

namespace caspilink::design {

// Which modes to receive with; what is not given does not bind.
struct ModeChoice {
  std::optional<std::string> transceiver;  // a type of the library
  std::optional<std::string> mode;         // one of its formats
};

// Figures that cannot be told are absent, never zero.
struct Reception {
  std::string transceiver;
  std::string mode;
  std::optional<plant::ModulationFormat> format;
  std::optional<Db> required_osnr;  // in 12.5 GHz
  std::optional<Db> penalty;        // of dispersion, PMD and PDL together
  // SNR in 12.5 GHz, transmitter, add and drop counted in, less penalty, required OSNR and the
  // library's system margin: above 0 GNPy calls a path feasible.
  std::optional<Db> margin;
  std::optional<Db> q_line;  // of the line alone: the ideal format
  std::optional<Db> q;       // with transceiver and penalty
  std::optional<double> pre_fec_ber;
  std::string infeasible;  // empty, or what the mode does not allow for
};

// kNotFound for a transceiver or mode the library has not.
[[nodiscard]] Result<void> check_choice(const Equipment& equipment, const ModeChoice& choice);

// The mode a channel is sent with: the one its label names, else the only one of its symbol rate
// that fits its slot. Several that ask the same of the light count as one; nullopt where they
// differ, or there is none. Penalties are straight between a table's points and refused outside
// it. `choice` has been checked.
[[nodiscard]] std::optional<Reception> receive(const Equipment& equipment, const ModeChoice& choice,
                                               const ChannelResult& channel);

// The format a mode can be told to be: by its name, else by the bits of a symbol, where forward
// error correction of 5 % or more leaves but one of the formats there are models for.
[[nodiscard]] std::optional<plant::ModulationFormat> format_of(const TransceiverModeData& mode);

}  // namespace caspilink::design
