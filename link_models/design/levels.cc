#include "link_models/design/levels.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "link_models/design/amplifier_choice.h"
#include "link_models/design/bands.h"
#include "link_models/design/scattering_tilt.h"

namespace caspilink::design {
namespace {

// To the nearest multiple of a step and to 0.1; to 0.01 where there is no step.
double round_to_step(double value, double step) {
  step = std::nearbyint(step * 10) / 10;
  if (step < 0.01) return std::nearbyint(value * 100) / 100;
  return std::nearbyint(std::nearbyint(value / step) * step * 10) / 10;
}

// The light of one band along a section.
struct BandLight {
  std::string name;
  Band band;
  Db delta_p;  // level behind the last amplifier over the reference
  Db voa;      // attenuation after that amplifier
  Dbm total_reference;
};

// What one amplifier should do.
struct Target {
  Db gain;
  Dbm total_power;
  Db tilt;
  Db delta_p;
  Db voa;
  Db loss;
};

class SectionDesign {
 public:
  SectionDesign(Network& network, const Equipment& equipment, Dbm reference,
                const FibreEstimates& estimates, std::vector<std::string>& warnings)
      : network_(network),
        equipment_(equipment),
        rules_(equipment.span),
        reference_(reference),
        estimates_(estimates),
        warnings_(warnings) {}

  Result<void> run(NodeIndex from, NodeIndex first) {
    const auto section = section_from(network_, first);
    if (!section) return tl::unexpected(section.error());
    start(from, first);
    previous_ = from;
    for (const NodeIndex node : *section) {
      next_ = network_.after(node).front();
      if (auto done = set(node); !done) return done;
      previous_ = node;
    }
    return {};
  }

 private:
  void start(NodeIndex from, NodeIndex first) {
    Dbm level = reference_;
    if (network_.is<Transceiver>(from)) {
      level = equipment_.spectrum.transmitter_power.value_or(reference_);
    } else {
      const ReferenceSpectrum& light = equipment_.spectrum;
      level = network_.as<Roadm>(from)
                  ->target_towards(network_[first].uid)
                  .power(light.baud_rate, light.spacing);
    }
    bands_.clear();
    for (const Band& band : design_bands(network_, from, network_[first].uid)) {
      const ReferenceSpectrum& light = equipment_.spectrum;
      const std::size_t channels =
          light.counts_channels_over_its_band
              ? channels_in({light.f_min, light.f_max, std::nullopt}, light.spacing)
              : channels_in(band, band.spacing.value_or(light.spacing));
      bands_.push_back({band_name(band), band, level - reference_, Db(0),
                        reference_ + to_db(static_cast<double>(channels))});
    }
  }

  Result<void> set(NodeIndex node) {
    if (network_.is<Amplifier>(node)) return set_single(node);
    if (network_.is<MultiBandAmplifier>(node)) return set_multi(node);
    if (const auto* fibre = network_.as<Fibre>(node); fibre != nullptr && fibre->is_raman) {
      const auto loss =
          span_loss(network_, node, reference_ + bands_.front().delta_p, estimates_.raman_gain);
      if (!loss) return tl::unexpected(loss.error());
    }
    return {};
  }

  // Level over the reference that the span behind an amplifier wants.
  Result<Db> wanted_level(Db extra_loss) {
    if (network_.is<Roadm>(next_)) return Db(0);
    const auto loss = span_loss(network_, next_, reference_, estimates_.raman_gain);
    if (!loss) return loss;
    const auto [low, high, step] = rules_.power_range_db;
    const double level = round_to_step(
        (*loss + extra_loss - rules_.reference_loss).value() * rules_.power_slope, step);
    return Db(std::min(high, std::max(low, level)));
  }

  Result<Target> target_of(const Amplifier& amplifier, const BandLight& light, Db extra_loss,
                           Db tilt) {
    const auto loss = span_loss(network_, previous_, reference_, estimates_.raman_gain);
    if (!loss) return tl::unexpected(loss.error());
    Target target;
    target.loss = *loss;
    target.voa = amplifier.output_voa.value_or(Db(0));
    const Db input_voa = amplifier.input_voa.value_or(Db(0));
    if (amplifier.delta_p) {
      target.delta_p = *amplifier.delta_p;
    } else {
      const auto level = wanted_level(extra_loss);
      if (!level) return tl::unexpected(level.error());
      target.delta_p = *level + target.voa;
    }
    if (!amplifier.gain || rules_.power_mode) {
      target.gain = *loss + extra_loss + target.delta_p - light.delta_p + light.voa + input_voa;
    } else {
      target.gain = *amplifier.gain;
      target.delta_p = light.delta_p - (*loss + extra_loss) - light.voa + target.gain - input_voa;
    }
    target.tilt = amplifier.tilt.value_or(-tilt);
    target.total_power = light.total_reference + target.delta_p;
    return target;
  }

  // Whether fibre before an amplifier is good enough for lumped Raman models.
  bool raman_suits() const {
    const auto* fibre = network_.as<Fibre>(previous_);
    if (fibre == nullptr) return false;
    const double limit = rules_.raman_loss_limit.value() * 1e-3;
    return std::all_of(fibre->loss_db_per_m.begin(), fibre->loss_db_per_m.end(),
                       [&](double loss) { return loss < limit; });
  }

  // Sets one amplifier and moves the band's light behind it.
  Result<void> set_one(const std::string& uid, Amplifier& amplifier, BandLight& light,
                       const std::vector<const AmplifierType*>& choice, Db extra_loss, Db tilt) {
    auto target = target_of(amplifier, light, extra_loss, tilt);
    if (!target) return tl::unexpected(target.error());
    Db change;
    const AmplifierType* type = equipment_.amplifier(amplifier.type);
    if (amplifier.type.empty()) {
      const auto chosen = choose_amplifier(
          choice, {target->gain, target->total_power, rules_.extended_gain, raman_suits()});
      if (!chosen) return fail(chosen.error().code, uid, chosen.error().detail);
      type = chosen->type;
      amplifier.type = type->name;
      change = chosen->power_change;
      if (change < Db(-0.5)) {
        warn(uid, fmt::format("no amplifier gives the gain and power wanted: {:.2f} dB less",
                              -change.value()));
      }
    } else {
      const Dbm output = rules_.power_mode ? light.total_reference + target->delta_p
                                           : light.total_reference + light.delta_p - target->loss -
                                                 light.voa + target->gain;
      change = std::min(Db(0), type->model.maximum_power - output);
    }
    target->delta_p += change;
    target->gain += change;
    check_range(uid, *type, target->gain);

    amplifier.gain = target->gain;
    amplifier.tilt = target->tilt;
    amplifier.input_voa = amplifier.input_voa.value_or(Db(0));
    amplifier.designed_delta_p = target->delta_p;
    if (!amplifier.output_voa) {
      const Db voa = spare_gain(*type, *target);
      amplifier.output_voa = voa;
      *amplifier.gain += voa;
      if (rules_.power_mode) amplifier.designed_delta_p += voa;
    }
    light.delta_p = target->delta_p;
    light.voa = target->voa;
    return {};
  }

  // Gain and power to spare, which a type may hold back in its output attenuator: at full gain its
  // noise figure is best.
  Db spare_gain(const AmplifierType& type, const Target& target) const {
    if (!rules_.power_mode || !type.sets_output_voa) return Db(0);
    const Db spare =
        std::min(type.model.maximum_power - target.total_power, type.gain_flatmax - target.gain);
    return std::max(Db(round_to_step(spare.value(), rules_.voa_step_db)) - rules_.voa_margin,
                    Db(0));
  }

  void check_range(const std::string& uid, const AmplifierType& type, Db gain) {
    if (gain - type.gain_flatmax - rules_.extended_gain > Db(0.01)) {
      warn(uid, fmt::format("needs {:.2f} dB of gain, more than {} is flat to ({} dB)",
                            gain.value(), type.name, type.gain_flatmax.value()));
    }
    if (gain < type.gain_min) {
      warn(uid, fmt::format("needs {:.2f} dB of gain, less than {} gives ({} dB)", gain.value(),
                            type.name, type.gain_min.value()));
    }
  }

  void warn(const std::string& uid, const std::string& what) {
    warnings_.push_back(uid + ": " + what);
  }

  static bool covers(const AmplifierType& type, const Band& band) {
    return type.model.f_min <= band.f_min && type.model.f_max >= band.f_max;
  }

  // Names the design may choose from here; empty: any allowed one.
  const std::vector<std::string>& restriction(const std::vector<std::string>& own) const {
    static const std::vector<std::string> kAny;
    if (!own.empty()) return own;
    const auto* before = network_.as<Roadm>(previous_);
    if (before != nullptr && !before->booster_types.empty()) return before->booster_types;
    const auto* after = network_.as<Roadm>(next_);
    if (after != nullptr && !after->preamplifier_types.empty()) return after->preamplifier_types;
    return kAny;
  }
  static bool allowed(const AmplifierType& type, const std::vector<std::string>& names) {
    if (names.empty()) return type.allowed_for_design;
    return std::find(names.begin(), names.end(), type.name) != names.end();
  }

  tl::unexpected<Error> nothing_allowed(const std::string& uid) const {
    return fail(ErrorCode::kInvalidInput, uid,
                "no amplifier of the equipment library covers its design band and is allowed here");
  }

  Result<void> set_single(NodeIndex node) {
    const std::string& uid = network_[node].uid;
    auto& amplifier = *network_.as<Amplifier>(node);
    BandLight& light = bands_.front();
    std::vector<const AmplifierType*> choice;
    if (amplifier.type.empty()) {
      const std::vector<std::string>& names = restriction(amplifier.choice);
      for (const AmplifierType& type : equipment_.amplifiers) {
        if (!type.is_multi_band() && covers(type, light.band) && allowed(type, names)) {
          choice.push_back(&type);
        }
      }
      if (choice.empty()) return nothing_allowed(uid);
    }
    return set_one(uid, amplifier, light, choice, Db(0), Db(0));
  }

  // Multi-band types of which every single type covers one of the design bands.
  std::vector<const AmplifierType*> multi_band_choice(const MultiBandAmplifier& node) const {
    const std::vector<std::string>& names = restriction(node.choice);
    std::vector<const AmplifierType*> choice;
    for (const AmplifierType& type : equipment_.amplifiers) {
      if (!type.is_multi_band() || !allowed(type, names)) continue;
      const bool fits = std::all_of(type.bands.begin(), type.bands.end(), [&](const auto& name) {
        const AmplifierType* one = equipment_.amplifier(name);
        return std::any_of(bands_.begin(), bands_.end(),
                           [&](const BandLight& light) { return covers(*one, light.band); });
      });
      if (fits) choice.push_back(&type);
    }
    return choice;
  }

  std::vector<const AmplifierType*> singles_of(const std::vector<const AmplifierType*>& multi,
                                               const Band& band) const {
    std::vector<const AmplifierType*> singles;
    for (const AmplifierType& type : equipment_.amplifiers) {
      const bool listed = std::any_of(multi.begin(), multi.end(), [&](const AmplifierType* m) {
        return std::find(m->bands.begin(), m->bands.end(), type.name) != m->bands.end();
      });
      if (listed && covers(type, band)) singles.push_back(&type);
    }
    return singles;
  }

  // Narrows the choice band by band to types whose amplifiers suit all of them.
  Result<std::vector<const AmplifierType*>> suitable_multi(MultiBandAmplifier& node,
                                                           const BandCorrections& corrections) {
    std::vector<const AmplifierType*> choice = multi_band_choice(node);
    for (auto& [name, amplifier] : node.bands) {
      const auto b = band_index(name);
      if (!b) continue;
      const auto target =
          target_of(amplifier, bands_[*b], corrections.loss[*b], corrections.tilt[*b]);
      if (!target) return tl::unexpected(target.error());
      const auto suitable =
          suitable_amplifiers(singles_of(choice, bands_[*b].band),
                              {target->gain, target->total_power, rules_.extended_gain, true});
      if (!suitable) return tl::unexpected(suitable.error());
      std::vector<const AmplifierType*> narrowed;
      for (const AmplifierType* single : *suitable) {
        for (const AmplifierType* multi : multi_band_types_with(equipment_, single->name)) {
          if (std::find(narrowed.begin(), narrowed.end(), multi) == narrowed.end()) {
            narrowed.push_back(multi);
          }
        }
      }
      choice = std::move(narrowed);
    }
    return choice;
  }

  std::optional<std::size_t> band_index(const std::string& name) const {
    for (std::size_t b = 0; b < bands_.size(); ++b) {
      if (bands_[b].name == name) return b;
    }
    return std::nullopt;
  }

  Result<BandCorrections> corrections() {
    std::vector<Band> bands;
    std::vector<double> power_w;
    for (const BandLight& light : bands_) {
      bands.push_back(light.band);
      power_w.push_back(to_milliwatts(reference_ + light.delta_p - light.voa).value() * 1e-3);
    }
    if (!network_.is<Fibre>(previous_)) {
      return BandCorrections{std::vector<Db>(bands.size()), std::vector<Db>(bands.size())};
    }
    return corrections_behind(network_, equipment_, previous_, bands, power_w,
                              estimates_.transmission);
  }

  Result<void> set_multi(NodeIndex node) {
    const std::string& uid = network_[node].uid;
    auto& multi = *network_.as<MultiBandAmplifier>(node);
    const auto correction = corrections();
    if (!correction) return tl::unexpected(correction.error());
    if (multi.bands.empty()) {
      for (const BandLight& light : bands_) multi.bands.emplace_back(light.name, Amplifier{});
    }
    std::vector<const AmplifierType*> choice;
    if (!multi.type.empty()) {
      choice.push_back(equipment_.amplifier(multi.type));
    } else {
      auto suitable = suitable_multi(multi, *correction);
      if (!suitable) return fail(suitable.error().code, uid, suitable.error().detail);
      choice = std::move(*suitable);
    }
    std::vector<std::string> names;
    multi.frequencies.clear();
    for (auto& [name, amplifier] : multi.bands) {
      const auto b = band_index(name);
      if (!b) {
        return fail(ErrorCode::kInvalidInput, uid,
                    "amplifies " + name + ", which its section is not designed for");
      }
      auto done = set_one(uid, amplifier, bands_[*b], singles_of(choice, bands_[*b].band),
                          correction->loss[*b], correction->tilt[*b]);
      if (!done) return done;
      names.push_back(amplifier.type);
      multi.frequencies.push_back(equipment_.bands_of(*equipment_.amplifier(amplifier.type))[0]);
    }
    const AmplifierType* type = multi_band_type_of(equipment_, names);
    if (type == nullptr) {
      return fail(ErrorCode::kInvalidInput, uid,
                  fmt::format("no multi-band amplifier of the equipment library is made of {}",
                              fmt::join(names, " and ")));
    }
    multi.type = type->name;
    return {};
  }

  Network& network_;
  const Equipment& equipment_;
  const SpanRules& rules_;
  Dbm reference_;
  const FibreEstimates& estimates_;
  std::vector<std::string>& warnings_;
  std::vector<BandLight> bands_;
  NodeIndex previous_ = 0;
  NodeIndex next_ = 0;
};

}  // namespace

Result<void> set_levels(Network& network, const Equipment& equipment, Dbm reference,
                        const FibreEstimates& estimates, std::vector<std::string>& warnings) {
  std::vector<NodeIndex> nodes = network.all<Roadm>();
  const std::vector<NodeIndex> transceivers = network.all<Transceiver>();
  nodes.insert(nodes.end(), transceivers.begin(), transceivers.end());
  SectionDesign design(network, equipment, reference, estimates, warnings);
  for (const NodeIndex node : nodes) {
    for (const NodeIndex next : network.after(node)) {
      if (network.is<Transceiver>(next)) continue;
      if (auto done = design.run(node, next); !done) return done;
    }
  }
  return {};
}

}  // namespace caspilink::design
