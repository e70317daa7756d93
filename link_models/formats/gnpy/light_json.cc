#include "link_models/formats/gnpy/light_json.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "link_models/formats/gnpy/json_object.h"

namespace caspilink::formats::gnpy {
namespace {

using design::LaunchedChannel;
using design::Simulation;

constexpr double kMostChannels = 10'000;

// A run of equal channels.
struct Part {
  JsonObject entry;
  double f_min = 0;
  double f_max = 0;
  LaunchedChannel channel;
};

Part read_part(JsonObject entry) {
  Part part{entry, 0, 0, {}};
  JsonObject& object = part.entry;
  LaunchedChannel& channel = part.channel;
  part.f_min = object.number("f_min");
  part.f_max = object.number("f_max");
  channel.baud_rate = Hertz(object.number("baud_rate"));
  channel.slot_width = Hertz(object.number("slot_width"));
  channel.roll_off = object.number("roll_off");
  channel.equalisation_offset = Db(object.number_or("delta_pdb", 0));
  channel.transmitter_osnr = Db(object.number_or("tx_osnr", 40));
  channel.power = Dbm(object.number_or("tx_power_dbm", 0));
  channel.label = object.maybe_text("label").value_or("");
  if (channel.baud_rate <= Hertz(0)) object.refuse("baud_rate", "a number above 0");
  if (channel.slot_width < channel.baud_rate) {
    object.refuse("slot_width", "not less than the baud rate");
    channel.slot_width = Hertz(1e15);
  }
  if (part.f_max < part.f_min) {
    object.refuse("f_max", "a frequency not below f_min");
    part.f_max = part.f_min;
  }
  if ((part.f_max - part.f_min) / channel.slot_width.value() > kMostChannels) {
    object.refuse("f_max", "at most 10000 channels");
    part.f_max = part.f_min;
  }
  object.finish();
  return part;
}

}  // namespace

Result<std::vector<LaunchedChannel>> read_spectrum(const JsonValue& json, const std::string& name) {
  Problems problems;
  JsonObject root(json, name, problems);
  std::vector<Part> parts;
  for (JsonObject& entry : root.objects("spectrum")) parts.push_back(read_part(entry));
  if (parts.empty()) root.refuse("spectrum", "a list of parts");
  root.finish();

  std::stable_sort(parts.begin(), parts.end(),
                   [](const Part& a, const Part& b) { return a.f_min < b.f_min; });
  std::vector<LaunchedChannel> channels;
  double occupied = 0;
  for (std::size_t p = 0; p < parts.size() && !problems.any(); ++p) {
    Part& part = parts[p];
    LaunchedChannel& channel = part.channel;
    if (channel.label.empty()) {
      channel.label = fmt::format("{}-{:.2f}G", p, channel.baud_rate.value() * 1e-9);
    }
    const double slot = channel.slot_width.value();
    if (part.f_min - slot / 2 < occupied) {
      part.entry.refuse("f_min", "a frequency clear of the part below it");
    }
    const double width = part.f_max - part.f_min;
    const auto count = static_cast<std::size_t>((width - std::fmod(width, slot)) / slot + 0.5) + 1;
    for (std::size_t i = 0; i < count; ++i) {
      channel.frequency = Hertz(part.f_min + slot * static_cast<double>(i));
      channels.push_back(channel);
    }
    occupied = channel.frequency.value() + slot / 2;
  }
  if (auto good = problems.result(); !good) return tl::unexpected(good.error());
  return channels;
}

Result<std::vector<LaunchedChannel>> load_spectrum(const std::string& path) {
  const auto json = load_json(path);
  if (!json) return tl::unexpected(json.error());
  return read_spectrum(*json, path);
}

Result<Simulation> read_simulation(const JsonValue& json, const std::string& name) {
  const JsonValue* inner = json.find("sim-params");
  Problems problems;
  JsonObject root(inner == nullptr ? json : *inner, name, problems);
  Simulation read;
  if (auto raman = root.maybe_object("raman_params")) {
    read.scattering = raman->flag_or("flag", false);
    const std::string method = raman->maybe_text("method").value_or("perturbative");
    if (method == "numerical") {
      read.method = design::ScatteringMethod::kNumerical;
    } else if (method != "perturbative") {
      raman->refuse("method", "perturbative or numerical");
    }
    read.order = raman->maybe_integer("order").value_or(2);
    if (read.order < 1 || read.order > 4) raman->refuse("order", "1 to 4");
    read.result_step_m = raman->number_or("result_spatial_resolution", read.result_step_m);
    read.solver_step_m = raman->number_or("solver_spatial_resolution", read.solver_step_m);
    // A finer grid would tell nothing more, and take memory without bound.
    if (read.result_step_m < 1) raman->refuse("result_spatial_resolution", "at least 1 m");
    if (read.solver_step_m <= 0) raman->refuse("solver_spatial_resolution", "metres above 0");
    raman->finish();
  }
  if (auto nli = root.maybe_object("nli_params")) {
    const std::string method = nli->maybe_text("method").value_or("gn_model_analytic");
    if (method == "ggn_spectrally_separated") {
      read.interference = design::InterferenceMethod::kGgnSpectrallySeparated;
    } else if (method == "ggn_approx") {
      read.interference = design::InterferenceMethod::kGgnApproximate;
    } else if (method != "gn_model_analytic") {
      nli->refuse("method", "gn_model_analytic, ggn_spectrally_separated or ggn_approx");
    }
    read.dispersion_tolerance = nli->number_or("dispersion_tolerance", read.dispersion_tolerance);
    read.phase_shift_tolerance =
        nli->number_or("phase_shift_tolerance", read.phase_shift_tolerance);
    for (const double channel : nli->numbers("computed_channels")) {
      if (channel < 1 || channel > kMostChannels || channel != std::floor(channel)) {
        nli->refuse("computed_channels", "channel numbers from 1");
        break;
      }
      read.computed_channels.push_back(static_cast<int>(channel));
    }
    read.computed_channel_count = nli->maybe_integer("computed_number_of_channels");
    if (read.computed_channel_count && *read.computed_channel_count < 2) {
      nli->refuse("computed_number_of_channels", "at least 2");
    }
    nli->finish();
  }
  root.finish();
  if (auto good = problems.result(); !good) return tl::unexpected(good.error());
  return read;
}

Result<Simulation> load_simulation(const std::string& path) {
  const auto json = load_json(path);
  if (!json) return tl::unexpected(json.error());
  return read_simulation(*json, path);
}

}  // namespace caspilink::formats::gnpy
