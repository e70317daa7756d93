// What is sent: channels, transceiver modes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "link_models/result.h"
#include "link_models/units.h"

namespace caspilink::plant {

// One slot of the band. The whole band is loaded; slots without a transceiver carry shaped noise
// of the same power (channelised ASE), which interferes but is not supervised.
struct Channel {
  int number = 0;  // from 1, by frequency
  Hertz frequency;
  Hertz baud_rate;
  Hertz slot_width;  // >= baud_rate
  double roll_off = 0;
  Dbm launch_power;  // at the terminal's line output port
  bool lit = false;  // carries a transceiver

  friend bool operator==(const Channel&, const Channel&) = default;
};

enum class ModulationFormat { kDpQpsk, kDp16Qam };  // dual-polarisation

[[nodiscard]] constexpr std::string_view to_string(ModulationFormat format) {
  return format == ModulationFormat::kDpQpsk ? "dp-qpsk" : "dp-16qam";
}
[[nodiscard]] Result<ModulationFormat> modulation_format_from_string(std::string_view text);

// A penalty at an impairment's size, in the unit of its table.
struct PenaltyPoint {
  double at = 0;
  Db penalty;  // >= 0, of SNR

  friend bool operator==(const PenaltyPoint&, const PenaltyPoint&) = default;
};

// What a transceiver bears, by tables of ascending points; an empty one bears anything for nothing.
struct Penalties {
  std::vector<PenaltyPoint> chromatic_dispersion;  // ps/nm
  std::vector<PenaltyPoint> pmd;                   // ps
  std::vector<PenaltyPoint> pdl;                   // dB

  friend bool operator==(const Penalties&, const Penalties&) = default;
};

// A point of a measured curve without fibre between transmitter and receiver.
struct BackToBackPoint {
  Db osnr_01nm;
  double pre_fec_ber = 0;

  friend bool operator==(const BackToBackPoint&, const BackToBackPoint&) = default;
};

struct TransceiverMode {
  std::string name;
  ModulationFormat format = ModulationFormat::kDpQpsk;
  BitsPerSecond bit_rate;  // net, after FEC and framing
  Hertz baud_rate;
  double roll_off = 0;
  // Implementation noise of transmitter and receiver back to back, as an SNR in the symbol-rate
  // bandwidth; none: ideal.
  std::optional<Db> transceiver_snr;
  // Instead of the former: the OSNR that just gives the FEC's BER, or the whole curve, ascending.
  std::optional<Db> required_osnr_01nm;
  std::vector<BackToBackPoint> back_to_back;
  std::optional<Db> transmitter_osnr_01nm;  // of the light as launched
  Penalties penalties;
  double fec_ber_threshold = 2e-2;  // pre-FEC BER up to which the FEC gives clean data; (0, 0.5)
  Dbm receive_power_min{-18.0};     // at the transceiver's input
  Dbm receive_power_max{5.0};

  friend bool operator==(const TransceiverMode&, const TransceiverMode&) = default;
};

}  // namespace caspilink::plant
