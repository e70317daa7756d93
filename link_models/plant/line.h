// One fibre pair in one direction: all that light meets from transmitter to receiver. A value of
// its own, so that it can be changed to ask "what if": a loss, a weak repeater, a faded channel.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "link_models/plant/plant.h"

namespace caspilink::plant {

struct Line {
  std::string plant;
  std::string fibre_pair;
  Direction direction = Direction::kAToB;
  std::string from_station;  // ids
  std::string to_station;
  std::vector<Channel> channels;  // ascending in frequency, `lit` set
  std::vector<Element> elements;  // in the order light meets them; lumped losses likewise
  TransceiverMode mode;
  LightModel light_model;
  Allowances allowances;

  friend bool operator==(const Line&, const Line&) = default;
};

// kNotFound where the plant has no such fibre pair.
[[nodiscard]] Result<Line> line_of(const Plant& plant, std::string_view fibre_pair,
                                   Direction direction);

[[nodiscard]] Kilometers length_of(const Line& line);

// Adds a lumped loss at a distance from station A, whichever way the line runs. At a place where
// two spans meet it falls on the one towards A. kInvalidInput outside [0, length] or for a loss
// below zero. Any number of losses may be added; each call is a new one.
[[nodiscard]] Result<void> add_loss(Line& line, Kilometers from_a, Db loss,
                                    std::string cause = "added loss");

// Lowers the power a repeater can hold and worsens its noise figure, as a failed pump does.
// kNotFound where the line has no repeater of that name; kInvalidInput for figures below zero.
[[nodiscard]] Result<void> weaken_repeater(Line& line, std::string_view repeater, Db power_drop,
                                           Db noise_figure_rise);

// Takes pump power from a ROPA, as a failed pump or a bad coupler does: one with lumped figures
// loses as much gain and output power. kNotFound where the line has no ROPA of that name;
// kInvalidInput for figures below zero.
[[nodiscard]] Result<void> weaken_ropa(Line& line, std::string_view ropa, Db power_drop,
                                       Db noise_figure_rise);

// Lowers one channel's launch power. kNotFound where there is no such channel.
[[nodiscard]] Result<void> fade_channel(Line& line, int channel, Db loss);

}  // namespace caspilink::plant
