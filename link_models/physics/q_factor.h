// From signal to noise to bit errors and Q.
#pragma once

#include "link_models/plant/spectrum.h"
#include "link_models/units.h"

namespace caspilink::physics {

// Inverse of erfc on (0, 2), to about 1e-14 relative.
[[nodiscard]] double inverse_erfc(double y);

// Bit-error ratio of ideal Gray-coded dual-polarisation formats; snr is linear, per symbol, in the
// symbol-rate bandwidth, >= 0. QPSK 1/2 erfc sqrt(snr/2), 16QAM 3/8 erfc sqrt(snr/10).
[[nodiscard]] double bit_error_ratio(plant::ModulationFormat format, double snr);

// The snr at which the format shows a BER; inverse of the above. BER in (0, its largest).
[[nodiscard]] double required_snr(plant::ModulationFormat format, double ber);

// Q^2 in dB, 20 log10(sqrt 2 erfcinv(2 BER)), for BER in (0, 0.5).
[[nodiscard]] Db q_from_ber(double ber);
[[nodiscard]] double ber_from_q(Db q);

// Q of a format at an snr; keeps its meaning where the BER itself underflows.
[[nodiscard]] Db q_from_snr(plant::ModulationFormat format, double snr);

// An SNR in the symbol-rate bandwidth as the field compares it, in 12.5 GHz.
[[nodiscard]] Db to_reference_bandwidth(Db snr, Hertz baud_rate);

// Segment Q of line and terminal: 1/q^2 = 1/q_line^2 + 1/q_terminal^2 with q = 10^(Q/20).
[[nodiscard]] Db combine_q(Db line, Db terminal);

}  // namespace caspilink::physics
