#include "link_models/budget/propagation.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <variant>

#include "link_models/physics/amplifier.h"
#include "link_models/physics/attenuation.h"
#include "link_models/physics/dispersion.h"
#include "link_models/physics/latency.h"

namespace caspilink::budget {
namespace {

using physics::FibreRun;
using physics::SpectralState;
using plant::Element;
using plant::Span;

using Elements = std::vector<Element>;

// The run of spliced spans of one fibre that begins at elements[first].
FibreRun run_from(const Elements& elements, std::size_t first) {
  const auto& head = std::get<Span>(elements[first]);
  FibreRun run{head.fibre, {head.fibre.attenuation, Kilometers(0), {}}};
  Db joint;  // loss between the last span of the run and the next
  for (std::size_t i = first; i < elements.size(); ++i) {
    const auto* span = std::get_if<Span>(&elements[i]);
    if (span == nullptr || span->fibre != head.fibre) break;
    if (i > first) joint += span->input_loss;
    if (joint > Db(0)) run.profile.lumped.emplace_back(run.profile.length, joint);
    for (const plant::LumpedLoss& lumped : span->lumped_losses) {
      run.profile.lumped.emplace_back(run.profile.length + lumped.at, lumped.loss);
    }
    run.profile.length += span->length;
    joint = span->output_loss;
  }
  return run;
}

class Propagation {
 public:
  Propagation(const Elements& elements, SpectralState launched, physics::NonlinearModel& model)
      : elements_(elements), state_(std::move(launched)), model_(model), nli_w_(state_.size()) {}

  Propagated run() {
    Propagated result;
    result.line_output_power = physics::total_power(state_);
    result.total_power.push_back(result.line_output_power);
    // The terminal takes over after the last element of the line itself.
    const auto last = std::find_if_not(elements_.rbegin(), elements_.rend(), plant::is_terminal);
    const auto line_end = static_cast<std::size_t>(elements_.rend() - last);
    for (at_ = 0; at_ < elements_.size(); ++at_) {
      std::visit(*this, elements_[at_]);
      result.total_power.push_back(physics::total_power(state_));
      result.distance.push_back(length_);
      if (at_ + 1 == line_end) result.line_input = state_;
    }
    result.length = length_;
    result.transceiver = std::move(state_);
    return result;
  }

  void operator()(const Span& span) {
    physics::attenuate(state_, span.input_loss);
    if (begins_run(span)) {
      model_.interference(run_from(elements_, at_), state_, nli_w_);
      physics::deplete(state_, nli_w_);
    }
    Db loss = span.fibre.attenuation * span.length + span.output_loss;
    for (const plant::LumpedLoss& lumped : span.lumped_losses) loss += lumped.loss;
    physics::attenuate(state_, loss);
    physics::disperse(state_, span.fibre, span.length);
    state_.latency_s += physics::latency(span.fibre.group_index, span.length).value();
    physics::add_pdl(state_, span.pdl);
    length_ += span.length;
  }
  void operator()(const plant::Repeater& repeater) {
    hold(repeater.total_output_power, repeater.noise_figure, repeater.maximum_gain);
    physics::add_pdl(state_, repeater.pdl);
  }
  void operator()(const plant::TerminalAmplifier& amplifier) {
    hold(amplifier.total_output_power, amplifier.noise_figure, amplifier.maximum_gain);
  }
  void operator()(const plant::InLineAmplifier& amplifier) {
    physics::amplify(state_, amplifier.gain, amplifier.noise_figure);
  }
  void operator()(const plant::Ropa& ropa) {
    if (ropa.maximum_output_power) {
      hold(*ropa.maximum_output_power, ropa.noise_figure, ropa.gain);
    } else {
      physics::amplify(state_, ropa.gain, ropa.noise_figure);
    }
  }
  void operator()(const plant::RamanAmplifier& raman) {
    physics::amplify(state_, raman.gain, raman.effective_noise_figure);
  }
  void operator()(const plant::TerminalLoss& loss) { physics::attenuate(state_, loss.loss); }

 private:
  [[nodiscard]] bool begins_run(const Span& span) const {
    const auto* before = at_ == 0 ? nullptr : std::get_if<Span>(&elements_[at_ - 1]);
    return before == nullptr || before->fibre != span.fibre;
  }
  void hold(Dbm total, Db noise_figure, Db maximum_gain) {
    const Db gain = physics::gain_holding_total(state_, total, noise_figure, maximum_gain);
    physics::amplify(state_, gain, noise_figure);
  }

  const Elements& elements_;
  SpectralState state_;
  physics::NonlinearModel& model_;
  std::vector<double> nli_w_;
  std::size_t at_ = 0;
  Kilometers length_;
};

}  // namespace

Propagated propagate(const Elements& elements, SpectralState launched,
                     physics::NonlinearModel& model) {
  return Propagation(elements, std::move(launched), model).run();
}

}  // namespace caspilink::budget
