#include "link_models/design/bands.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "link_models/design/spans.h"

namespace caspilink::design {
namespace {

bool starts_lower(const Band& a, const Band& b) { return a.f_min < b.f_min; }

std::optional<Hertz> spacing_at(const std::vector<Band>& bands, Hertz middle) {
  for (const Band& band : bands) {
    if (band.f_min <= middle && middle <= band.f_max) return band.spacing;
  }
  return std::nullopt;
}

Hertz common_spacing(const Band& a, const Band& b, const std::vector<Band>& fallback, Hertz middle,
                     Hertz default_spacing) {
  if (a.spacing && b.spacing) return std::max(*a.spacing, *b.spacing);
  if (a.spacing) return *a.spacing;
  if (b.spacing) return *b.spacing;
  return spacing_at(fallback, middle).value_or(default_spacing);
}

using DegreeBands = std::vector<std::pair<std::string, std::vector<Band>>>;

struct NodeBands {
  std::vector<Band>& own;
  DegreeBands& degrees;
};

NodeBands bands_at(Network& network, NodeIndex node) {
  if (auto* roadm = network.as<Roadm>(node)) return {roadm->design_bands, roadm->degree_bands};
  auto& transceiver = *network.as<Transceiver>(node);
  return {transceiver.design_bands, transceiver.degree_bands};
}

void fill_spacing(std::vector<Band>& bands, const std::vector<Band>& fallback,
                  Hertz default_spacing) {
  for (Band& band : bands) {
    if (band.spacing) continue;
    const Hertz middle((band.f_min.value() + band.f_max.value()) / 2);
    band.spacing = spacing_at(fallback, middle).value_or(default_spacing);
  }
  std::sort(bands.begin(), bands.end(), starts_lower);
}

Result<void> set_degree(Network& network, const Equipment& equipment, NodeIndex node,
                        NodeIndex next) {
  auto [own, degrees] = bands_at(network, node);
  const std::string& uid = network[next].uid;
  const auto section = section_from(network, next);
  if (!section) return tl::unexpected(section.error());
  const auto kind = kind_of_section(network, *section);
  if (!kind) return tl::unexpected(kind.error());
  const auto stated = std::any_of(degrees.begin(), degrees.end(),
                                  [&](const auto& degree) { return degree.first == uid; });
  if (stated) return {};

  const bool node_is_single = own.size() == 1;
  const bool matches =
      *kind != SectionKind::kUnknown && (*kind == SectionKind::kSingleBand) == node_is_single;
  std::vector<std::vector<Band>> lists;
  for (const NodeIndex element : *section) {
    auto bands = bands_of_node(network, equipment, element);
    if (!bands.empty()) lists.push_back(std::move(bands));
  }
  if (matches) lists.push_back(own);
  std::vector<Band> common = common_bands(lists, own, equipment.spectrum.spacing);
  if (common.empty()) {
    if (*kind != SectionKind::kUnknown && !matches) {
      return fail(ErrorCode::kInvalidInput, network[node].uid,
                  "towards " + uid +
                      " its design bands and the amplifiers do not fit: one is of a "
                      "single band, the other of several");
    }
    common = own;
  }
  std::sort(common.begin(), common.end(), starts_lower);
  degrees.emplace_back(uid, std::move(common));
  return {};
}

}  // namespace

std::vector<Band> common_bands(const std::vector<std::vector<Band>>& lists,
                               const std::vector<Band>& fallback, Hertz default_spacing) {
  if (lists.empty()) return {};
  const auto sorted = [](std::vector<Band> bands) {
    std::sort(bands.begin(), bands.end(), starts_lower);
    return bands;
  };
  std::vector<Band> common = sorted(lists.front());
  for (const std::vector<Band>& list : lists) {
    std::vector<Band> narrowed;
    for (const Band& a : common) {
      for (const Band& b : sorted(list)) {
        const Hertz f_min = std::max(a.f_min, b.f_min);
        const Hertz f_max = std::min(a.f_max, b.f_max);
        if (f_min >= f_max) continue;
        const Hertz middle((f_min.value() + f_max.value()) / 2);
        narrowed.push_back({f_min, f_max, common_spacing(a, b, fallback, middle, default_spacing)});
      }
    }
    common = std::move(narrowed);
  }
  return sorted(std::move(common));
}

Result<void> set_design_bands(Network& network, const Equipment& equipment) {
  std::vector<NodeIndex> nodes = network.all<Roadm>();
  const std::vector<NodeIndex> transceivers = network.all<Transceiver>();
  nodes.insert(nodes.end(), transceivers.begin(), transceivers.end());
  for (const NodeIndex node : nodes) {
    auto [own, degrees] = bands_at(network, node);
    if (own.empty()) own = equipment.design_bands;
    for (Band& band : own) band.spacing = band.spacing.value_or(equipment.spectrum.spacing);
    const auto& next = network.after(node);
    for (auto& [uid, bands] : degrees) {
      const auto degree = network.find(uid);
      if (!degree || std::find(next.begin(), next.end(), *degree) == next.end()) {
        return fail(ErrorCode::kInvalidInput, network[node].uid,
                    "has design bands towards " + uid + ", which it does not lead to");
      }
      fill_spacing(bands, own, equipment.spectrum.spacing);
    }
    for (const NodeIndex neighbour : next) {
      if (auto done = set_degree(network, equipment, node, neighbour); !done) return done;
    }
  }
  return {};
}

const std::vector<Band>& design_bands(const Network& network, NodeIndex node,
                                      std::string_view towards) {
  static const std::vector<Band> kNone;
  const auto* roadm = network.as<Roadm>(node);
  const auto* transceiver = network.as<Transceiver>(node);
  if (roadm == nullptr && transceiver == nullptr) return kNone;
  const DegreeBands& degrees = roadm != nullptr ? roadm->degree_bands : transceiver->degree_bands;
  for (const auto& [uid, bands] : degrees) {
    if (uid == towards) return bands;
  }
  return kNone;
}

std::vector<Band> bands_of_node(const Network& network, const Equipment& equipment,
                                NodeIndex node) {
  if (const auto* amplifier = network.as<Amplifier>(node)) {
    const AmplifierType* type = equipment.amplifier(amplifier->type);
    return type == nullptr ? std::vector<Band>{} : equipment.bands_of(*type);
  }
  if (const auto* multi = network.as<MultiBandAmplifier>(node)) return multi->frequencies;
  return {};
}

}  // namespace caspilink::design
