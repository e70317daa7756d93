#include "link_models/plant/settings.h"

#include <cmath>
#include <string_view>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace caspilink::plant {
namespace {

constexpr Db kAnyGain(60);    // enough to reach any output power an amplifier has
constexpr Dbm kAnyPower(60);  // more than any gives

enum class Target { kPower, kGain, kDesign };

// By which target an amplifier is run; `usual` is the one it was designed to hold.
Target target_of(const AmplifierSettings& settings, Target usual) {
  const bool power = settings.output_power.has_value();
  const bool gain = settings.gain.has_value();
  if (!settings.mode) {
    if (usual == Target::kPower) return power ? Target::kPower : gain ? Target::kGain : usual;
    return gain ? Target::kGain : power ? Target::kPower : usual;
  }
  switch (*settings.mode) {
    case AmplifierMode::kConstantPower:
      return power ? Target::kPower : usual == Target::kPower ? usual : Target::kDesign;
    case AmplifierMode::kConstantGain:
      return gain ? Target::kGain : usual == Target::kGain ? usual : Target::kDesign;
    case AmplifierMode::kDynamicGain:
      return power ? Target::kPower : gain ? Target::kGain : Target::kDesign;
  }
  return usual;
}

std::string_view word_of(AmplifierMode mode) {
  switch (mode) {
    case AmplifierMode::kConstantPower:
      return "constant output power";
    case AmplifierMode::kConstantGain:
      return "constant gain";
    case AmplifierMode::kDynamicGain:
      return "dynamic gain";
  }
  return "a mode";
}

// Sets one element; what is taken otherwise than told goes to `remarks`.
struct Setter {
  const AmplifierSettings& settings;
  std::vector<std::string>& remarks;

  void remark(std::string text) const {
    remarks.push_back(fmt::format("{}: {}", settings.name, text));
  }
  void without_target() const {
    remark(fmt::format("{} without its target, so as designed", word_of(*settings.mode)));
  }
  template <typename Unit>
  [[nodiscard]] Unit at_most(Unit value, Unit most, std::string_view what) const {
    if (value <= most) return value;
    remark(fmt::format("{} {} is out of range, so {}", what, value.value(), most.value()));
    return most;
  }

  // Kinds designed to hold an output power below a largest gain.
  template <typename Holding>
  void hold(Holding& amplifier) const {
    if (settings.tilt) amplifier.gain_tilt = *settings.tilt;
    switch (target_of(settings, Target::kPower)) {
      case Target::kPower:
        if (settings.output_power) amplifier.total_output_power = *settings.output_power;
        return;
      case Target::kGain:
        amplifier.maximum_gain = at_most(*settings.gain, amplifier.maximum_gain, "target gain");
        amplifier.total_output_power = kAnyPower;
        return;
      case Target::kDesign:
        return without_target();
    }
  }
  void operator()(Repeater& repeater) const { hold(repeater); }
  void operator()(TerminalAmplifier& amplifier) const { hold(amplifier); }
  void operator()(InLineAmplifier& amplifier) const {
    if (settings.tilt) amplifier.gain_tilt = *settings.tilt;
    switch (target_of(settings, Target::kGain)) {
      case Target::kGain:
        if (settings.gain) amplifier.gain = at_most(*settings.gain, kAnyGain, "target gain");
        return;
      case Target::kPower:
        amplifier.maximum_output_power =
            at_most(*settings.output_power, amplifier.maximum_output_power.value_or(kAnyPower),
                    "target output power");
        amplifier.gain = kAnyGain;
        return;
      case Target::kDesign:
        return without_target();
    }
  }
  void operator()(Ropa&) const { remark("a ROPA's gain follows from its pump, not from a target"); }
  template <typename Other>
  void operator()(Other&) const {
    remark("not an amplifier that can be set");
  }
};

bool all_finite(const AmplifierSettings& settings) {
  return (!settings.output_power || std::isfinite(settings.output_power->value())) &&
         (!settings.gain || (std::isfinite(settings.gain->value()) && *settings.gain >= Db(0))) &&
         (!settings.tilt || std::isfinite(settings.tilt->value()));
}

Milliwatts* find_pump(Line& line, const PumpSetting& setting) {
  for (Element& element : line.elements) {
    if (auto* pumps = std::get_if<RamanPumps>(&element); pumps != nullptr && setting.index) {
      if (pumps->way == setting.way && *setting.index < pumps->pumps.size()) {
        return &pumps->pumps[*setting.index].power;
      }
    }
    if (auto* ropa = std::get_if<Ropa>(&element); ropa != nullptr && !setting.index) {
      if (ropa->pumping && ropa->pumping->pump_fibre && ropa->pumping->way == setting.way) {
        return &ropa->pumping->pump_fibre->pump.power;
      }
    }
  }
  return nullptr;
}

}  // namespace

Result<std::vector<std::string>> apply_settings(Line& line,
                                                const std::vector<AmplifierSettings>& settings) {
  std::vector<std::string> remarks;
  for (const AmplifierSettings& one : settings) {
    if (!all_finite(one)) {
      return fail(ErrorCode::kInvalidInput, one.name,
                  "expected settings that are numbers, and a gain of 0 dB or more");
    }
    Element* found = nullptr;
    for (Element& element : line.elements) {
      if (name_of(element) == one.name) found = &element;
    }
    if (found == nullptr) {
      return fail(ErrorCode::kNotFound, line.fibre_pair,
                  fmt::format("no amplifier '{}'", one.name));
    }
    std::visit(Setter{one, remarks}, *found);
  }
  return remarks;
}

Result<void> apply_pumps(Line& line, const std::vector<PumpSetting>& pumps) {
  for (const PumpSetting& setting : pumps) {
    if (!(setting.power > Milliwatts(0)) || !std::isfinite(setting.power.value())) {
      return fail(ErrorCode::kInvalidInput, line.fibre_pair, "expected a pump power above 0 mW");
    }
    Milliwatts* power = find_pump(line, setting);
    if (power == nullptr) return fail(ErrorCode::kNotFound, line.fibre_pair, "no such pump");
    *power = setting.power;
  }
  return {};
}

}  // namespace caspilink::plant
