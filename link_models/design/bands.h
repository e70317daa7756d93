// Which frequencies each part of a network is designed for.
#pragma once

#include <string_view>
#include <vector>

#include "link_models/design/equipment.h"
#include "link_models/design/network.h"
#include "link_models/result.h"

namespace caspilink::design {

// What all lists of bands have in common, ascending; a list of several bands is a multi-band
// amplifier's. Empty for no lists. Spacing: the wider of two, one's own, or `fallback`'s there.
[[nodiscard]] std::vector<Band> common_bands(const std::vector<std::vector<Band>>& lists,
                                             const std::vector<Band>& fallback,
                                             Hertz default_spacing);

// Sets the design bands of every ROADM and transceiver towards each neighbour: those stated, else
// what its amplifiers there have in common with the node's own, else the node's own.
// kInvalidInput where a degree is named that does not exist, or a single-band section meets a
// multi-band node.
[[nodiscard]] Result<void> set_design_bands(Network& network, const Equipment& equipment);

// The bands of a node towards a neighbour, as set.
[[nodiscard]] const std::vector<Band>& design_bands(const Network& network, NodeIndex node,
                                                    std::string_view towards);

// Bands an amplifier's type is made for; empty where it has none yet.
[[nodiscard]] std::vector<Band> bands_of_node(const Network& network, const Equipment& equipment,
                                              NodeIndex node);

}  // namespace caspilink::design
