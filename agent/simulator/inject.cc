#include "agent/simulator/inject.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "agent/simulator/line_file.h"
#include "link_models/formats/plant_yaml.h"

namespace caspilink::simulator {
namespace {

// Adds what to do about it to the commonest mistake.
Error explain(Error error) {
  if (error.code == ErrorCode::kNotFound) {
    error.detail += "; `caspilink-simulator init` or a running station makes one";
  }
  return error;
}

Result<plant::Plant> plant_of(const InjectOptions& options, const LineState& state) {
  return formats::load_plant(options.plant_file.value_or(state.plant_file));
}

}  // namespace

Result<std::string> inject(const InjectOptions& options, const Fault& fault) {
  const auto before = read_line_file(options.line_file);
  if (!before) return tl::unexpected(explain(before.error()));
  const auto plant = plant_of(options, *before);
  if (!plant) return tl::unexpected(plant.error());
  if (auto good = check_fault(*plant, fault); !good) return tl::unexpected(good.error());
  const auto after = update_line_file(options.line_file,
                                      [&](LineState& state) { return add_fault(state, fault); });
  if (!after) return tl::unexpected(after.error());
  return fmt::format("injected {}\n", describe(after->faults.back()));
}

Result<std::string> restore(const InjectOptions& options, const Restore& what) {
  std::string said;
  const auto after = update_line_file(options.line_file, [&](LineState& state) -> Result<void> {
    const auto chosen = [&](const Fault& fault) {
      return what.all || (what.id && fault.id == *what.id) ||
             (what.fibre_pair && fault.fibre_pair == what.fibre_pair);
    };
    for (const auto& fault : state.faults) {
      if (chosen(fault)) said += fmt::format("restored {}\n", describe(fault));
    }
    if (what.id && said.empty()) {
      return fail(ErrorCode::kInvalidInput, "--id", fmt::format("there is no fault {}", *what.id));
    }
    if (what.fibre_pair && said.empty()) {
      const auto plant = plant_of(options, state);
      if (plant && plant::find_fibre_pair(*plant, *what.fibre_pair) == nullptr) {
        return fail(ErrorCode::kInvalidInput, "--fibre-pair",
                    fmt::format("the plant has no fibre pair {}", *what.fibre_pair));
      }
    }
    std::erase_if(state.faults, chosen);
    for (const auto& fault : state.faults) {
      if (what.fibre_pair && !fault.fibre_pair)
        said += fmt::format("remains {}\n", describe(fault));
    }
    return {};
  });
  if (!after) return tl::unexpected(explain(after.error()));
  return said.empty() ? "nothing to restore\n" : said;
}

Result<std::string> show(const InjectOptions& options, bool as_json) {
  const auto state = read_line_file(options.line_file);
  if (!state) return tl::unexpected(explain(state.error()));
  if (as_json) return to_json(*state);
  std::string text = fmt::format("plant {}, seed {}\n", state->plant_file, state->seed);
  if (state->faults.empty()) text += "no faults\n";
  for (const auto& fault : state->faults) text += describe(fault) + "\n";
  return text;
}

}  // namespace caspilink::simulator
