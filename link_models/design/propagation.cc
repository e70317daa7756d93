#include "link_models/design/propagation.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "link_models/design/bands.h"
#include "link_models/design/fibre_light.h"
#include "link_models/physics/amplifier.h"
#include "link_models/physics/amplifier_gain.h"
#include "link_models/physics/attenuation.h"
#include "link_models/physics/nonlinear.h"
#include "link_models/physics/spectral_state.h"

namespace caspilink::design {
namespace {

using physics::SpectralState;
using Indices = std::vector<std::size_t>;

double power_w(const SpectralState& light, std::size_t i) {
  return light.signal_w[i] + light.ase_w[i] + light.nli_w[i];
}

void scale(SpectralState& light, std::size_t i, double factor) {
  light.signal_w[i] *= factor;
  light.ase_w[i] *= factor;
  light.nli_w[i] *= factor;
}

void keep(std::vector<double>& values, const Indices& kept) {
  for (std::size_t i = 0; i < kept.size(); ++i) values[i] = values[kept[i]];
  values.resize(kept.size());
}

bool within(const LaunchedChannel& channel, const Band& band) {
  const Hertz half = channel.slot_width / 2;
  return channel.frequency - half >= band.f_min && channel.frequency + half <= band.f_max;
}

class Traveller {
 public:
  Traveller(const Network& network, const Equipment& equipment,
            const std::vector<LaunchedChannel>& channels, const Simulation& simulation)
      : network_(network), equipment_(equipment), channels_(channels), fibres_(simulation) {
    std::vector<double> frequency;
    std::vector<double> baud;
    for (const LaunchedChannel& channel : channels_) {
      frequency.push_back(channel.frequency.value());
      baud.push_back(channel.baud_rate.value());
      roll_off_.push_back(channel.roll_off);
      added_noise_.push_back(to_linear(-channel.transmitter_osnr));
    }
    light_ = physics::dark(std::move(frequency), std::move(baud));
    for (std::size_t i = 0; i < channels_.size(); ++i) {
      light_.signal_w[i] = to_milliwatts(channels_[i].power).value() * 1e-3;
    }
  }

  Result<PathResult> run(const std::vector<NodeIndex>& path) {
    PathResult result;
    for (at_ = 0; at_ < path.size(); ++at_) {
      path_ = &path;
      if (at_ + 2 == path.size() && network_.is<Roadm>(path[at_])) end_line();
      const Node& node = network_[path[at_]];
      if (auto done = std::visit([this](const auto& kind) { return pass(kind); }, node.kind);
          !done) {
        return fail(done.error().code, node.uid, done.error().detail);
      }
      result.steps.push_back({node.uid, kind_, to_dbm(physics::total_power(light_))});
    }
    if (line_signal_w_.empty()) end_line();
    result.length = Kilometers(length_m_ * 1e-3);
    for (std::size_t i = 0; i < channels_.size(); ++i) result.channels.push_back(figures(i));
    return result;
  }

 private:
  Result<void> pass(const Transceiver&) {
    kind_ = "transceiver";
    return {};
  }

  Result<void> pass(const Fused& fused) {
    kind_ = "fused";
    physics::attenuate(light_, fused.loss);
    return {};
  }

  Result<void> pass(const Fibre& fibre) {
    kind_ = "fibre";
    physics::attenuate(light_, fibre.input_connector.value_or(Db(0)) + fibre.input_attenuation);
    const auto effect = fibres_.through(fibre, light_, roll_off_);
    if (!effect) return tl::unexpected(effect.error());
    physics::deplete(light_, effect->nli_w);
    const double pmd = fibre.pmd_s_per_sqrt_m * 1e12;
    for (std::size_t i = 0; i < light_.size(); ++i) {
      light_.ase_w[i] += effect->ase_w[i];
      scale(light_, i, effect->transmission[i]);
      light_.chromatic_dispersion_ps_per_nm[i] += effect->dispersion_ps_per_nm[i];
      light_.pmd_squared_ps2[i] += pmd * pmd * fibre.length_m;
    }
    physics::attenuate(light_, fibre.output_connector.value_or(Db(0)));
    light_.latency_s += latency_s(fibre);
    length_m_ += fibre.length_m;
    return {};
  }

  Result<void> pass(const Amplifier& amplifier) {
    kind_ = "amplifier";
    const AmplifierType* type = equipment_.amplifier(amplifier.type);
    if (type == nullptr) return not_designed();
    return amplify({{&amplifier, type}});
  }

  Result<void> pass(const MultiBandAmplifier& multi) {
    kind_ = "multi-band amplifier";
    std::vector<std::pair<const Amplifier*, const AmplifierType*>> bands;
    for (const auto& [name, amplifier] : multi.bands) {
      const AmplifierType* type = equipment_.amplifier(amplifier.type);
      if (type == nullptr) return not_designed();
      bands.emplace_back(&amplifier, type);
    }
    return amplify(bands);
  }

  Result<void> not_designed() const {
    return fail(ErrorCode::kInvalidInput, "", "has no type of amplifier: it was not designed");
  }

  // Each amplifier takes the channels of its band; channels of none are lost.
  Result<void> amplify(
      const std::vector<std::pair<const Amplifier*, const AmplifierType*>>& amplifiers) {
    std::vector<bool> amplified(light_.size(), false);
    for (const auto& [amplifier, type] : amplifiers) {
      const Band band{type->model.f_min, type->model.f_max, std::nullopt};
      Indices mine;
      for (std::size_t i = 0; i < light_.size(); ++i) {
        if (amplified[i] || !within(channels_[i], band)) continue;
        amplified[i] = true;
        mine.push_back(i);
      }
      if (!mine.empty()) amplify(*amplifier, *type, mine);
    }
    Indices kept;
    for (std::size_t i = 0; i < amplified.size(); ++i) {
      if (amplified[i]) kept.push_back(i);
    }
    if (kept.empty()) {
      return fail(ErrorCode::kInvalidInput, "", "amplifies none of the channels that reach it");
    }
    if (kept.size() < light_.size()) drop_others(kept);
    return {};
  }

  void amplify(const Amplifier& amplifier, const AmplifierType& type, const Indices& mine) {
    const double input_loss = to_linear(-amplifier.input_voa.value_or(Db(0)));
    std::vector<double> frequency;
    std::vector<double> power;
    for (const std::size_t i : mine) {
      scale(light_, i, input_loss);
      frequency.push_back(light_.frequency_hz[i]);
      power.push_back(power_w(light_, i));
    }
    const physics::AmplifierResponse response =
        physics::respond(type.model, amplifier.gain.value_or(Db(0)), amplifier.tilt.value_or(Db(0)),
                         {frequency, power, spacing_of(frequency, mine)});
    const double output_voa = amplifier.output_voa.value_or(Db(0)).value();
    for (std::size_t k = 0; k < mine.size(); ++k) {
      const std::size_t i = mine[k];
      const Db noise_figure(response.noise_figure_db[k]);
      light_.ase_w[i] +=
          1e-3 * physics::input_referred_ase(noise_figure, Hertz(light_.frequency_hz[i]),
                                             Hertz(light_.baud_rate_hz[i]))
                     .value();
      scale(light_, i, to_linear(Db(response.gain_db[k] - output_voa)));
      light_.pmd_squared_ps2[i] += type.model.pmd.value() * type.model.pmd.value();
      light_.pdl_squared_db2[i] += type.model.pdl.value() * type.model.pdl.value();
    }
  }

  // What OpenROADM's noise figures count powers in: GNPy takes the distance of the first two
  // channels for their slot width, so that slots only count where there is but one.
  Hertz spacing_of(const std::vector<double>& frequency, const Indices& mine) const {
    if (frequency.size() < 2) return channels_[mine.front()].slot_width;
    return Hertz(frequency[1] - frequency[0]);
  }

  void drop_others(const Indices& kept) {
    for (auto* values :
         {&light_.frequency_hz, &light_.baud_rate_hz, &light_.signal_w, &light_.ase_w,
          &light_.nli_w, &light_.chromatic_dispersion_ps_per_nm, &light_.pmd_squared_ps2,
          &light_.pdl_squared_db2, &roll_off_, &added_noise_}) {
      keep(*values, kept);
    }
    for (std::size_t i = 0; i < kept.size(); ++i) channels_[i] = channels_[kept[i]];
    channels_.resize(kept.size());
  }

  // The way light takes through the ROADM: from what, to what, and so whether it is added, dropped
  // or passes.
  struct Way {
    std::string from;
    std::string to;
    RoadmWay kind = RoadmWay::kExpress;
  };

  Result<Way> way() const {
    if (at_ == 0 || at_ + 1 == path_->size()) {
      return fail(ErrorCode::kInvalidInput, "", "ends a path, which transceivers should");
    }
    const NodeIndex from = (*path_)[at_ - 1];
    const NodeIndex to = (*path_)[at_ + 1];
    const bool added = network_.is<Transceiver>(from);
    const bool dropped = network_.is<Transceiver>(to);
    if (added && dropped) {
      return fail(ErrorCode::kInvalidInput, "", "adds and drops the same light");
    }
    return Way{network_[from].uid, network_[to].uid,
               added     ? RoadmWay::kAdd
               : dropped ? RoadmWay::kDrop
                         : RoadmWay::kExpress};
  }

  // The profile stated for the way, else the first of its kind, else the ROADM's own figures.
  static std::vector<physics::RoadmImpairment> impairments(const Roadm& roadm, const Way& way) {
    const RoadmProfile* chosen = nullptr;
    for (const DegreeProfile& degree : roadm.degree_profiles) {
      if (degree.from != way.from || degree.to != way.to) continue;
      for (const RoadmProfile& profile : roadm.profiles) {
        if (profile.id == degree.profile) chosen = &profile;
      }
    }
    for (const RoadmProfile& profile : roadm.profiles) {
      if (chosen == nullptr && profile.way == way.kind) chosen = &profile;
    }
    if (chosen != nullptr) return chosen->impairments;
    physics::RoadmImpairment own;
    own.pmd = roadm.pmd;
    own.pdl = roadm.pdl;
    // Adding and dropping each take half of the noise that both make.
    if (way.kind != RoadmWay::kExpress) own.osnr = roadm.add_drop_osnr + to_db(2);
    return {own};
  }

  Result<void> pass(const Roadm& roadm) {
    kind_ = "roadm";
    const auto taken = way();
    if (!taken) return tl::unexpected(taken.error());
    const auto bands = impairments(roadm, *taken);
    const physics::EqualisationTarget& target = roadm.target_towards(taken->to);
    for (std::size_t i = 0; i < light_.size(); ++i) {
      const LaunchedChannel& channel = channels_[i];
      const auto* impairment = physics::impairment_at(bands, light_.frequency_hz[i]);
      if (impairment == nullptr) {
        return fail(ErrorCode::kInvalidInput, "",
                    fmt::format("says nothing about light at {:.3f} THz between {} and {}",
                                light_.frequency_hz[i] * 1e-12, taken->from, taken->to));
      }
      const Dbm level =
          target.power(channel.baud_rate, channel.slot_width) + channel.equalisation_offset;
      const Dbm in = to_dbm(Milliwatts(power_w(light_, i) * 1e3));
      const Dbm out = physics::equalise(in, impairment->maximum_loss, level);
      scale(light_, i, to_linear(out - in));
      light_.pmd_squared_ps2[i] += impairment->pmd.value() * impairment->pmd.value();
      light_.pdl_squared_db2[i] += impairment->pdl.value() * impairment->pdl.value();
      if (impairment->osnr) added_noise_[i] += to_linear(-*impairment->osnr);
    }
    return {};
  }

  void end_line() {
    line_signal_w_ = light_.signal_w;
    line_total_w_.clear();
    for (std::size_t i = 0; i < light_.size(); ++i) line_total_w_.push_back(power_w(light_, i));
  }

  ChannelResult figures(std::size_t i) const {
    const LaunchedChannel& launched = channels_[i];
    const double signal = light_.signal_w[i];
    const double bands = launched.baud_rate / constants::kOsnrReferenceBandwidth;
    const double ase = light_.ase_w[i] / signal;
    const double nli = light_.nli_w[i] / signal;
    const double transceiver = added_noise_[i] * bands;  // in the symbol-rate bandwidth
    const auto snr = [](double noise_to_signal) { return to_db(1 / noise_to_signal); };
    const Db narrow = to_db(bands);
    ChannelResult channel;
    channel.number = static_cast<int>(i + 1);
    channel.label = launched.label;
    channel.frequency = launched.frequency;
    channel.baud_rate = launched.baud_rate;
    channel.slot_width = launched.slot_width;
    channel.launch_power = launched.power;
    channel.signal_power = to_dbm(Milliwatts(signal * 1e3));
    channel.total_power = to_dbm(Milliwatts(power_w(light_, i) * 1e3));
    channel.signal_power_line = to_dbm(Milliwatts(line_signal_w_[i] * 1e3));
    channel.total_power_line = to_dbm(Milliwatts(line_total_w_[i] * 1e3));
    channel.snr_ase = snr(ase);
    channel.osnr_01nm = channel.snr_ase + narrow;
    channel.snr_nli = snr(nli);
    channel.gsnr = snr(ase + nli);
    channel.gsnr_01nm = channel.gsnr + narrow;
    channel.osnr_with_transceiver_01nm = snr(ase + transceiver) + narrow;
    channel.gsnr_with_transceiver = snr(ase + nli + transceiver);
    channel.gsnr_with_transceiver_01nm = channel.gsnr_with_transceiver + narrow;
    channel.chromatic_dispersion = PsPerNm(light_.chromatic_dispersion_ps_per_nm[i]);
    channel.pmd = Picoseconds(std::sqrt(light_.pmd_squared_ps2[i]));
    channel.pdl = Db(std::sqrt(light_.pdl_squared_db2[i]));
    channel.latency = Seconds(light_.latency_s);
    return channel;
  }

  const Network& network_;
  const Equipment& equipment_;
  std::vector<LaunchedChannel> channels_;
  FibreModels fibres_;
  SpectralState light_;
  std::vector<double> roll_off_;
  std::vector<double> added_noise_;  // over the signal in 12.5 GHz, of transmitter and ROADMs
  std::vector<double> line_signal_w_;
  std::vector<double> line_total_w_;
  const std::vector<NodeIndex>* path_ = nullptr;
  std::size_t at_ = 0;
  const char* kind_ = "";
  double length_m_ = 0;
};

// The channels that every amplifier on the path can take.
std::vector<LaunchedChannel> amplified_channels(const Network& network, const Equipment& equipment,
                                                const std::vector<NodeIndex>& path,
                                                const std::vector<LaunchedChannel>& channels) {
  std::vector<std::vector<Band>> lists;
  for (const NodeIndex node : path) {
    auto bands = bands_of_node(network, equipment, node);
    if (!bands.empty()) lists.push_back(std::move(bands));
  }
  const ReferenceSpectrum& own = equipment.spectrum;
  std::vector<Band> common = common_bands(lists, {}, own.spacing);
  if (lists.empty()) common = {{own.f_min, own.f_max, own.spacing}};
  std::vector<LaunchedChannel> kept;
  for (const LaunchedChannel& channel : channels) {
    const bool fits = std::any_of(common.begin(), common.end(),
                                  [&](const Band& band) { return within(channel, band); });
    if (fits) kept.push_back(channel);
  }
  return kept;
}

std::string_view name_of(InterferenceMethod method) {
  switch (method) {
    case InterferenceMethod::kGnAnalytic:
      return "gn_model_analytic";
    case InterferenceMethod::kGgnSpectrallySeparated:
      return "ggn_spectrally_separated";
    case InterferenceMethod::kGgnApproximate:
      return "ggn_approx";
  }
  return "";
}

}  // namespace

Result<PathResult> propagate(const Network& network, const Equipment& equipment,
                             const std::vector<NodeIndex>& path,
                             const std::vector<LaunchedChannel>& channels,
                             const Simulation& simulation) {
  if (path.empty()) return fail(ErrorCode::kInvalidInput, "", "expected a path of elements");
  const auto sent = amplified_channels(network, equipment, path, channels);
  if (sent.empty()) {
    return fail(ErrorCode::kInvalidInput, network[path.front()].uid,
                "no channel lies in the bands that the amplifiers of the path have in common");
  }
  auto result = Traveller(network, equipment, sent, simulation).run(path);
  if (result) result->interference = name_of(simulation.interference);
  return result;
}

}  // namespace caspilink::design
