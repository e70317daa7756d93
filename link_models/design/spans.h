// Spans: their loss, their length, and the amplifiers between them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "link_models/design/equipment.h"
#include "link_models/design/network.h"
#include "link_models/result.h"

namespace caspilink::design {

// Gain a fibre's own Raman pumps give, for light of a level per channel.
using RamanGainEstimate = std::function<Result<Db>(const Fibre& fibre, Dbm channel_power)>;

// Power out over power in of each channel along a fibre, connectors left out.
using TransmissionEstimate = std::function<Result<std::vector<double>>(
    const Fibre& fibre, const std::vector<double>& frequency_hz,
    const std::vector<double>& power_w)>;

// The only neighbour that counts for anything but ROADMs and transceivers. kInvalidInput where the
// node ends in nothing.
[[nodiscard]] Result<NodeIndex> next_of(const Network& network, NodeIndex node);
[[nodiscard]] Result<NodeIndex> previous_of(const Network& network, NodeIndex node);

// Fibres spliced through fused elements before (nearest first) and after a node.
[[nodiscard]] Result<std::vector<NodeIndex>> spliced_before(const Network& network, NodeIndex node);
[[nodiscard]] Result<std::vector<NodeIndex>> spliced_after(const Network& network, NodeIndex node);

// Elements from a node to the next ROADM or transceiver, which is left out: an optical multiplex
// section. kInvalidInput for a loop or a dead end.
[[nodiscard]] Result<std::vector<NodeIndex>> section_from(const Network& network, NodeIndex first);
[[nodiscard]] Result<std::vector<NodeIndex>> section_back_from(const Network& network,
                                                               NodeIndex last);

// What amplifies a section so far. kInvalidInput where single- and multi-band are mixed.
enum class SectionKind { kUnknown, kSingleBand, kMultiBand };
[[nodiscard]] Result<SectionKind> kind_of_section(const Network& network,
                                                  const std::vector<NodeIndex>& nodes);

// Loss of what is spliced together at a node, less the gain its Raman pumps give; zero for what
// does not attenuate. Once a fibre's design loss is set, that.
[[nodiscard]] Result<Db> span_loss(Network& network, NodeIndex node, Dbm channel_power,
                                   const RamanGainEstimate& estimate);

// Cuts fibre longer than the rules allow into equal spans, puts a preamplifier and a booster at
// ROADM degrees without one, and amplifiers between adjacent fibres. Names follow GNPy's:
// "fibre_(1/2)", "Edfa_booster_<roadm>_to_<next>", "Edfa_preamp_<roadm>_from_<previous>",
// "Edfa_<fibre>". Fibre with Raman pumps is never cut.
[[nodiscard]] Result<void> insert_missing(Network& network, const Equipment& equipment);

// Connector losses where none are stated, the end-of-life allowance, and an attenuator before
// spans of less loss than the padding.
[[nodiscard]] Result<void> complete_spans(Network& network, const Equipment& equipment,
                                          Dbm channel_power, const RamanGainEstimate& estimate);

}  // namespace caspilink::design
