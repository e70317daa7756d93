#include "link_models/budget/propagation.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <variant>

#include "link_models/budget/fibre_light.h"
#include "link_models/budget/ropa_pump.h"
#include "link_models/physics/amplifier.h"
#include "link_models/physics/attenuation.h"
#include "link_models/physics/dispersion.h"
#include "link_models/physics/gawbs.h"
#include "link_models/physics/latency.h"
#include "link_models/physics/roadm.h"
#include "link_models/physics/ropa.h"

namespace caspilink::budget {
namespace {

using physics::SpectralState;
using plant::Element;
using plant::Span;

using Elements = std::vector<Element>;

class Propagation {
 public:
  Propagation(const Elements& elements, const std::vector<plant::Channel>& channels,
              const plant::LightModel& light_model, physics::NonlinearModel& model, bool states)
      : elements_(elements),
        channels_(channels),
        state_(physics::launch(channels)),
        light_model_(light_model),
        scattering_(light_model.nonlinear != plant::NonlinearModelKind::kGn),
        model_(model),
        keep_states_(states),
        nli_w_(state_.size()) {}

  Result<Propagated> run() {
    Propagated result;
    model_.begin_line();
    const auto* booster = std::get_if<plant::Booster>(&elements_.front());
    if (booster != nullptr) physics::attenuate(state_, booster->gain);
    result.total_power.push_back(physics::total_power(state_));
    if (keep_states_) result.states.push_back(state_);
    // The terminal takes over after the last element of the line itself.
    const auto last = std::find_if_not(elements_.rbegin(), elements_.rend(), plant::is_terminal);
    const auto line_end = static_cast<std::size_t>(elements_.rend() - last);
    for (at_ = 0; at_ < elements_.size(); ++at_) {
      if (auto passed = std::visit(*this, elements_[at_]); !passed) {
        return tl::unexpected(passed.error());
      }
      result.total_power.push_back(physics::total_power(state_));
      result.distance.push_back(length_);
      if (keep_states_) result.states.push_back(state_);
      if (at_ + 1 == line_end) result.line_input = state_;
    }
    result.line_output_power = result.total_power[booster != nullptr ? 1 : 0];
    result.length = length_;
    result.transceiver = std::move(state_);
    return result;
  }

  Result<void> operator()(const Span& span) {
    physics::attenuate(state_, span.input_loss);
    if (begins_run(span)) {
      if (auto entered = enter_run(); !entered) return entered;
    }
    if (light_) {
      const std::size_t index = at_ - lit_.first;
      physics::transmit(state_, light_->span_transmission[index]);
      if (index + 1 == lit_.spans) physics::add_ase(state_, light_->raman_ase_w);
      physics::attenuate(state_, span.output_loss);
    } else {
      Db loss = span.fibre.attenuation * span.length + span.output_loss;
      for (const plant::LumpedLoss& lumped : span.lumped_losses) loss += lumped.loss;
      physics::attenuate(state_, loss);
    }
    physics::disperse(state_, span.fibre, span.length);
    if (light_model_.gawbs_per_km) {
      state_.gawbs_noise_to_signal += physics::gawbs_noise_to_signal(
          *light_model_.gawbs_per_km, span.fibre.effective_area, span.length);
    }
    state_.latency_s += physics::latency(span.fibre.group_index, span.length).value();
    physics::add_pdl(state_, span.pdl);
    length_ += span.length;
    return {};
  }
  Result<void> operator()(const plant::Repeater& repeater) {
    hold(repeater.total_output_power, repeater.noise_figure, repeater.maximum_gain);
    physics::tilt_holding_total(state_, repeater.gain_tilt);
    physics::add_pdl(state_, repeater.pdl);
    return {};
  }
  Result<void> operator()(const plant::TerminalAmplifier& amplifier) {
    hold(amplifier.total_output_power, amplifier.noise_figure, amplifier.maximum_gain);
    physics::tilt_holding_total(state_, amplifier.gain_tilt);
    return {};
  }
  Result<void> operator()(const plant::InLineAmplifier& amplifier) {
    amplify(amplifier.gain, amplifier.noise_figure, amplifier.maximum_output_power);
    physics::tilt(state_, amplifier.gain_tilt);
    return {};
  }
  Result<void> operator()(const plant::Ropa& ropa) {
    if (ropa.pumping) return pass_pumped(*ropa.pumping);
    amplify(ropa.gain, ropa.noise_figure, ropa.maximum_output_power);
    return {};
  }
  Result<void> operator()(const plant::RamanAmplifier& raman) {
    physics::amplify(state_, raman.gain, raman.effective_noise_figure);
    return {};
  }
  Result<void> operator()(const plant::Booster& booster) {
    amplify(booster.gain, booster.noise_figure, booster.maximum_output_power);
    return {};
  }
  Result<void> operator()(const plant::Roadm& roadm) {
    const physics::EqualisationTarget target = target_of(roadm);
    for (std::size_t i = 0; i < state_.size(); ++i) {
      const double in_w = state_.signal_w[i] + state_.ase_w[i] + state_.nli_w[i];
      const plant::Channel& channel = channels_[i];
      if (in_w > 0) {
        const Dbm in = to_dbm(Milliwatts(in_w * 1e3));
        const Dbm level = target.power(channel.baud_rate, channel.slot_width);
        const double passes = to_linear(physics::equalise(in, roadm.loss, level) - in);
        state_.signal_w[i] *= passes;
        state_.ase_w[i] *= passes;
        state_.nli_w[i] *= passes;
      }
      if (roadm.osnr_01nm) {
        const double bands = channel.baud_rate / constants::kOsnrReferenceBandwidth;
        state_.ase_w[i] += state_.signal_w[i] * bands * to_linear(-*roadm.osnr_01nm);
      }
      state_.pmd_squared_ps2[i] += roadm.pmd.value() * roadm.pmd.value();
    }
    physics::add_pdl(state_, roadm.pdl);
    return {};
  }
  // Pumps act where their light runs: in the spans.
  Result<void> operator()(const plant::RamanPumps&) { return {}; }
  Result<void> operator()(const plant::TerminalLoss& loss) {
    physics::attenuate(state_, loss.loss);
    return {};
  }

 private:
  static physics::EqualisationTarget target_of(const plant::Roadm& roadm) {
    using Kind = physics::EqualisationTarget::Kind;
    switch (roadm.equalisation) {
      case plant::Roadm::Equalisation::kChannelPower:
        return {Kind::kChannelPower, roadm.target};
      case plant::Roadm::Equalisation::kPowerDensity:
        return {Kind::kPowerDensity, roadm.target};
      case plant::Roadm::Equalisation::kPowerPerSlot:
        return {Kind::kPowerPerSlot, roadm.target};
    }
    return {};
  }

  [[nodiscard]] bool begins_run(const Span& span) const {
    const auto* before = at_ == 0 ? nullptr : std::get_if<Span>(&elements_[at_ - 1]);
    return before == nullptr || before->fibre != span.fibre;
  }

  // Finds the light of the run that begins here, unless a ROPA had to ahead, and its NLI.
  Result<void> enter_run() {
    auto lit = lit_run(elements_, at_);
    if (!lit) return tl::unexpected(lit.error());
    lit_ = std::move(*lit);
    if (found_ahead_) {
      light_ = std::exchange(found_ahead_, std::nullopt);
    } else {
      auto light = fibre_light(lit_, state_, scattering_);
      if (!light) return tl::unexpected(light.error());
      light_ = std::move(*light);
    }
    const auto* evolution = light_ ? &light_->evolution : nullptr;
    if (auto found = model_.interference(lit_.run, state_, evolution, nli_w_); !found) {
      return found;
    }
    physics::deplete(state_, nli_w_);
    return {};
  }

  Result<void> pass_pumped(const plant::RopaPumping& pumping) {
    if (pumping.pump_fibre || pumping.way == plant::PumpWay::kWithSignal) {
      const Milliwatts pump = pumping.pump_fibre ? through_pump_fibre(elements_, at_, pumping)
                                                 : leftover_before(pumping);
      const auto given = physics::pumped_gain(pumping, pump, state_);
      physics::amplify(state_, given.gain, given.noise_figure);
      return {};
    }
    auto matched = match_pump_behind(elements_, at_, pumping, state_, scattering_);
    if (!matched) return tl::unexpected(matched.error());
    state_ = std::move(matched->amplified);
    found_ahead_ = std::move(matched->light);
    return {};
  }

  // Of pumps that came along with the signals through the run that ends here.
  [[nodiscard]] Milliwatts leftover_before(const plant::RopaPumping& pumping) const {
    const bool adjacent = light_ && lit_.first + lit_.spans == at_;
    return adjacent ? in_band(light_->pumps_at_end, pumping) * to_linear(-lit_.output_loss)
                    : Milliwatts(0);
  }

  void amplify(Db gain, Db noise_figure, std::optional<Dbm> most) {
    if (most) {
      hold(*most, noise_figure, gain);
    } else {
      physics::amplify(state_, gain, noise_figure);
    }
  }

  void hold(Dbm total, Db noise_figure, Db maximum_gain) {
    const Db gain = physics::gain_holding_total(state_, total, noise_figure, maximum_gain);
    physics::amplify(state_, gain, noise_figure);
  }

  const Elements& elements_;
  const std::vector<plant::Channel>& channels_;
  SpectralState state_;
  const plant::LightModel& light_model_;
  bool scattering_;
  physics::NonlinearModel& model_;
  bool keep_states_;
  std::vector<double> nli_w_;
  LitRun lit_;  // the run being passed
  std::optional<FibreLight> light_;
  std::optional<FibreLight> found_ahead_;  // of the run behind the ROPA just passed
  std::size_t at_ = 0;
  Kilometers length_;
};

}  // namespace

Result<Propagated> propagate(const Elements& elements, const std::vector<plant::Channel>& channels,
                             const plant::LightModel& light_model, physics::NonlinearModel& model,
                             bool states) {
  return Propagation(elements, channels, light_model, model, states).run();
}

}  // namespace caspilink::budget
