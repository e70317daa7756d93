// The line's state as a file that station simulators read and `inject` changes.
//
// JSON, one object; every key is required unless it says otherwise, unknown and repeated keys are
// refused:
//   format "caspilink-line/1", seed, epoch_unix_ns, plant_file, next_id, faults: a list of
//     id, kind, fibre_pair (an id, or "all"), since_unix_ns, and by kind
//     cut    at_km
//     loss   at_km, loss_db
//     pump   amplifier, power_drop_db, noise_figure_rise_db, direction (optional: both)
//     fade   direction, channel, loss_db
//     delay  delay_ms, direction (optional: both)
//     setting  amplifier, direction, output_power_dbm and tilt_db (one of them, or both)
// A writer holds flock on "<file>.lock" from reading to renaming; a reader needs no lock, since the
// file is only ever replaced whole.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "agent/simulator/faults.h"
#include "link_models/result.h"

namespace caspilink::simulator {

// `file` names the text in errors: "line.json:3:14: ..." for bad JSON, "line.json: faults[2].at_km:
// ..." for bad content. What the plant must agree to is check_faults' to judge.
[[nodiscard]] Result<LineState> parse_line_state(std::string_view text, const std::string& file);
[[nodiscard]] std::string to_json(const LineState& state);

// kNotFound where there is no file.
[[nodiscard]] Result<LineState> read_line_file(const std::string& path);

// The file's state, after making it from `initial` where there was none.
[[nodiscard]] Result<LineState> ensure_line_file(const std::string& path, const LineState& initial);

// Reads, changes and replaces the file as one step among all processes. Where `change` fails the
// file stays as it was. Gives the state as written.
[[nodiscard]] Result<LineState> update_line_file(
    const std::string& path, const std::function<Result<void>(LineState&)>& change);

// Adds a fault, numbering it. kExhausted beyond kMostFaults.
[[nodiscard]] Result<void> add_fault(LineState& state, Fault fault);

}  // namespace caspilink::simulator
