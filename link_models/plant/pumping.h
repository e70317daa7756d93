// Pump light that terminals send into the cable, and what a remote amplifier makes of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "link_models/units.h"

namespace caspilink::plant {

// The light of one pump wavelength.
struct Pump {
  Hertz frequency;
  Milliwatts power;  // > 0, at the terminal's port

  friend bool operator==(const Pump&, const Pump&) = default;
};

// Pumps travel with the signals from the sending terminal, or against them from the receiving one.
enum class PumpWay { kWithSignal, kAgainstSignal };

// Pumps a terminal launches into a line's fibre, at the line port: the loss at which signals enter
// (or, at the receiving end, leave) the first span is theirs too. They end at the first body.
struct RamanPumps {
  std::string name;
  PumpWay way = PumpWay::kAgainstSignal;
  std::vector<Pump> pumps;

  friend bool operator==(const RamanPumps&, const RamanPumps&) = default;
};

// What a terminal feeds the ROPAs with that are pumped from it; one such pump for each of them.
struct RopaFeed {
  enum class Delivery {
    kLineFibre,  // through the fibre that carries the signals, where it also gives Raman gain
    kPumpFibre,  // through a fibre of its own
  };

  Pump pump;
  Delivery delivery = Delivery::kLineFibre;
  Db pump_fibre_loss;  // of connectors and splices on the pump's own fibre

  friend bool operator==(const RopaFeed&, const RopaFeed&) = default;
};

// How pump light makes a remote amplifier's gain; physics/ropa.h says by what model.
struct RopaPumping {
  // Gain of small signals and noise figure at a pump power in the erbium fibre.
  struct Point {
    Milliwatts pump;
    Db gain;  // below zero where the erbium absorbs
    Db noise_figure;

    friend bool operator==(const Point&, const Point&) = default;
  };

  std::vector<Point> response;       // ascending from no pump at all; gain never falls
  double conversion_efficiency = 0;  // of pump into signal power at most, (0, 1)
  Db pump_loss;                      // from the line's or the pump's fibre into the erbium
  Hertz band_from;                   // light between these pumps the erbium
  Hertz band_to;
  PumpWay way = PumpWay::kAgainstSignal;  // of the pump in the line: from which terminal it comes
  std::optional<RopaFeed> pump_fibre;     // feed by a fibre of its own; set in lines, not in types

  friend bool operator==(const RopaPumping&, const RopaPumping&) = default;
};

}  // namespace caspilink::plant
