// What a transceiver makes of the light that arrives: Q, or why there is none.
#pragma once

#include <string>

#include "link_models/plant/plant.h"
#include "link_models/plant/spectrum.h"
#include "link_models/result.h"
#include "link_models/units.h"

namespace caspilink::budget {

// A channel as it arrives.
struct Arriving {
  double gsnr = 0;  // of the line alone, linear, in the symbol-rate bandwidth
  Hertz baud_rate;
  PsPerNm chromatic_dispersion;
  Picoseconds pmd;
  Db pdl;
};

struct Reception {
  Db gsnr_with_transceiver;  // transmitter and receiver noise included, as far as the mode says it
  Db penalty;                // by dispersion, PMD and PDL together
  Db q;                      // minus infinity where infeasible
  std::string infeasible;    // empty, or what the mode does not allow for
};

class Receiver {
 public:
  // kInvalidInput for a required OSNR below what the ideal format needs for the FEC's BER.
  [[nodiscard]] static Result<Receiver> of(const plant::TransceiverMode& mode,
                                           const plant::Allowances& allowances);

  // Q of the line alone: the ideal format without penalties and allowances.
  [[nodiscard]] Db q_line(double gsnr) const;
  // Penalties stand in dB of SNR, straight between their points and 0 at 0 where the first point
  // lies above it. Outside the table the channel is infeasible, never extrapolated; so it is below
  // a back-to-back table's least OSNR, and above its greatest it keeps that one's Q.
  [[nodiscard]] Reception receive(const Arriving& arriving) const;

 private:
  Receiver(const plant::TransceiverMode& mode, Db impairments)
      : mode_(mode), impairments_(impairments) {}

  plant::TransceiverMode mode_;
  Db impairments_;
  double receiver_noise_to_signal_ = 0;
};

}  // namespace caspilink::budget
