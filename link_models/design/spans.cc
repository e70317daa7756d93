#include "link_models/design/spans.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace caspilink::design {
namespace {

tl::unexpected<Error> not_joined(const Network& network, NodeIndex node) {
  return fail(ErrorCode::kInvalidInput, network[node].uid,
              "leads nowhere: expected a connection on both sides");
}

bool spliceable(const Network& network, NodeIndex node) {
  return network.is<Fibre>(node) || network.is<Fused>(node);
}
bool ends_section(const Network& network, NodeIndex node) {
  return network.is<Roadm>(node) || network.is<Transceiver>(node);
}

// Follows neighbours as long as one of each two is a fused element and both can be spliced.
template <typename Neighbours>
Result<std::vector<NodeIndex>> spliced(const Network& network, NodeIndex node,
                                       Neighbours neighbours) {
  std::vector<NodeIndex> found;
  while (true) {
    const std::vector<NodeIndex>& beside = neighbours(node);
    if (beside.empty()) {
      if (network.is<Transceiver>(node)) return found;
      return not_joined(network, node);
    }
    const NodeIndex next = beside.front();
    const bool joined = (network.is<Fused>(next) && spliceable(network, node)) ||
                        (spliceable(network, next) && network.is<Fused>(node));
    if (!joined) return found;
    if (std::find(found.begin(), found.end(), next) != found.end()) {
      return fail(ErrorCode::kInvalidInput, network[next].uid, "is part of a loop");
    }
    found.push_back(next);
    node = next;
  }
}

template <typename Neighbours>
Result<std::vector<NodeIndex>> section(const Network& network, NodeIndex node,
                                       Neighbours neighbours) {
  std::vector<NodeIndex> found;
  while (!ends_section(network, node)) {
    if (std::find(found.begin(), found.end(), node) != found.end()) {
      return fail(ErrorCode::kInvalidInput, network[node].uid, "is part of a loop");
    }
    found.push_back(node);
    const std::vector<NodeIndex>& beside = neighbours(node);
    if (beside.empty()) return not_joined(network, node);
    node = beside.front();
  }
  return found;
}

Db own_loss(const Network& network, NodeIndex node) {
  if (const auto* fibre = network.as<Fibre>(node)) return fibre->loss();
  if (const auto* fused = network.as<Fused>(node)) return fused->loss;
  return Db(0);
}

Result<Db> own_raman_gain(Network& network, NodeIndex node, Dbm power,
                          const RamanGainEstimate& estimate) {
  auto* fibre = network.as<Fibre>(node);
  if (fibre == nullptr || !fibre->is_raman) return Db(0);
  if (!fibre->raman_gain_estimate) {
    auto gain = estimate(*fibre, power);
    if (!gain) {
      return fail(gain.error().code, network[node].uid, gain.error().detail);
    }
    fibre->raman_gain_estimate = *gain;
  }
  return *fibre->raman_gain_estimate;
}

// Number of equal spans to cut a fibre into.
std::size_t span_count(double length_m, double shortest_m, double longest_m, double target_m) {
  if (length_m < longest_m) return 1;
  const auto few = static_cast<std::size_t>(length_m / target_m);
  const std::size_t many = few + 1;
  const double long_m = length_m / static_cast<double>(few);
  const double short_m = length_m / static_cast<double>(many);
  const auto fits = [&](double span_m) { return shortest_m <= span_m && span_m <= longest_m; };
  if (fits(short_m) != fits(long_m)) return fits(short_m) ? many : few;
  const bool nearer = long_m - target_m <= target_m - short_m;
  return nearer && long_m <= longest_m ? few : many;
}

void cut(Network& network, NodeIndex node, std::size_t pieces) {
  const NodeIndex next = network.after(node).front();
  NodeIndex previous = network.before(node).front();
  const Node whole = network[node];
  const auto& fibre = std::get<Fibre>(whole.kind);
  network.remove(node);
  const double length = fibre.length_m / static_cast<double>(pieces);
  for (std::size_t i = 0; i < pieces; ++i) {
    Fibre piece = fibre;
    piece.length_m = length;
    piece.lumped.clear();
    const double begin = length * static_cast<double>(i);
    for (const Fibre::Lumped& place : fibre.lumped) {
      if (place.at_m >= begin && (place.at_m < begin + length || i + 1 == pieces)) {
        piece.lumped.push_back({place.at_m - begin, place.loss});
      }
    }
    const NodeIndex added =
        network.add({fmt::format("{}_({}/{})", whole.uid, i + 1, pieces), std::move(piece)});
    network.join(previous, added);
    previous = added;
  }
  network.join(previous, next);
}

bool takes_no_amplifier(const Network& network, NodeIndex node) {
  return network.is<Transceiver>(node) || network.is<Fused>(node) || network.is<Amplifier>(node) ||
         network.is<MultiBandAmplifier>(node);
}

// Puts an amplifier of no type yet between two neighbours.
Result<void> insert(Network& network, NodeIndex from, NodeIndex to, std::string uid,
                    bool multi_band) {
  if (network.find(uid)) {
    return fail(ErrorCode::kInvalidInput, uid, "is a name the design needs for an amplifier");
  }
  network.part(from, to);
  NodeKind kind = MultiBandAmplifier{};
  if (!multi_band) {
    Amplifier single;
    single.tilt = Db(0);
    kind = std::move(single);
  }
  const NodeIndex added = network.add({std::move(uid), std::move(kind)});
  network.join(from, added);
  network.join(added, to);
  return {};
}

Result<void> insert_preamplifiers(Network& network, NodeIndex roadm) {
  for (const NodeIndex previous : std::vector<NodeIndex>(network.before(roadm))) {
    if (takes_no_amplifier(network, previous)) continue;
    const auto section = section_back_from(network, previous);
    if (!section) return tl::unexpected(section.error());
    const auto kind = kind_of_section(network, *section);
    if (!kind) return tl::unexpected(kind.error());
    const std::string uid =
        fmt::format("Edfa_preamp_{}_from_{}", network[roadm].uid, network[previous].uid);
    auto done = insert(network, previous, roadm, uid, *kind == SectionKind::kMultiBand);
    if (!done) return done;
  }
  return {};
}

Result<void> insert_boosters(Network& network, NodeIndex roadm) {
  const bool many_bands = network.as<Roadm>(roadm)->design_bands.size() > 1;
  for (const NodeIndex next : std::vector<NodeIndex>(network.after(roadm))) {
    if (takes_no_amplifier(network, next)) continue;
    const auto section = section_from(network, next);
    if (!section) return tl::unexpected(section.error());
    const auto kind = kind_of_section(network, *section);
    if (!kind) return tl::unexpected(kind.error());
    const bool multi_band =
        *kind == SectionKind::kMultiBand || (*kind == SectionKind::kUnknown && many_bands);
    const std::string uid =
        fmt::format("Edfa_booster_{}_to_{}", network[roadm].uid, network[next].uid);
    auto done = insert(network, roadm, next, uid, multi_band);
    if (!done) return done;
  }
  return {};
}

}  // namespace

Result<NodeIndex> next_of(const Network& network, NodeIndex node) {
  if (network.after(node).empty()) return not_joined(network, node);
  return network.after(node).front();
}
Result<NodeIndex> previous_of(const Network& network, NodeIndex node) {
  if (network.before(node).empty()) return not_joined(network, node);
  return network.before(node).front();
}

Result<std::vector<NodeIndex>> spliced_before(const Network& network, NodeIndex node) {
  return spliced(
      network, node, [&](NodeIndex i) -> auto& { return network.before(i); });
}
Result<std::vector<NodeIndex>> spliced_after(const Network& network, NodeIndex node) {
  return spliced(
      network, node, [&](NodeIndex i) -> auto& { return network.after(i); });
}

Result<std::vector<NodeIndex>> section_from(const Network& network, NodeIndex first) {
  return section(
      network, first, [&](NodeIndex i) -> auto& { return network.after(i); });
}
Result<std::vector<NodeIndex>> section_back_from(const Network& network, NodeIndex last) {
  return section(
      network, last, [&](NodeIndex i) -> auto& { return network.before(i); });
}

Result<SectionKind> kind_of_section(const Network& network, const std::vector<NodeIndex>& nodes) {
  SectionKind kind = SectionKind::kUnknown;
  for (const NodeIndex node : nodes) {
    SectionKind own = SectionKind::kUnknown;
    if (network.is<Amplifier>(node)) own = SectionKind::kSingleBand;
    if (network.is<MultiBandAmplifier>(node)) own = SectionKind::kMultiBand;
    if (own == SectionKind::kUnknown) continue;
    if (kind != SectionKind::kUnknown && kind != own) {
      return fail(ErrorCode::kInvalidInput, network[node].uid,
                  "mixes single-band and multi-band amplifiers on one section");
    }
    kind = own;
  }
  return kind;
}

Result<Db> span_loss(Network& network, NodeIndex node, Dbm channel_power,
                     const RamanGainEstimate& estimate) {
  if (const auto* fibre = network.as<Fibre>(node); fibre != nullptr && fibre->design_loss) {
    return *fibre->design_loss;
  }
  const auto before = spliced_before(network, node);
  if (!before) return tl::unexpected(before.error());
  const auto after = spliced_after(network, node);
  if (!after) return tl::unexpected(after.error());
  Db loss = own_loss(network, node);
  for (const NodeIndex other : *before) loss += own_loss(network, other);
  for (const NodeIndex other : *after) loss += own_loss(network, other);
  std::vector<NodeIndex> all{node};
  all.insert(all.end(), before->begin(), before->end());
  all.insert(all.end(), after->begin(), after->end());
  Db gain;
  for (const NodeIndex one : all) {
    const auto own = own_raman_gain(network, one, channel_power, estimate);
    if (!own) return own;
    gain += *own;
  }
  return loss - gain;
}

Result<void> insert_missing(Network& network, const Equipment& equipment) {
  const double longest = std::floor(equipment.span.max_length_m);
  const double shortest = std::max(std::floor(equipment.span.padding.value() / 0.2 * 1e3), 50e3);
  const double target = std::max(shortest, std::min(longest, 90e3));
  for (const NodeIndex node : network.all<Fibre>()) {
    const auto& fibre = *network.as<Fibre>(node);
    if (network.before(node).empty() || network.after(node).empty()) {
      return not_joined(network, node);
    }
    if (fibre.is_raman) continue;
    const std::size_t pieces = span_count(fibre.length_m, shortest, longest, target);
    if (pieces > 1) cut(network, node, pieces);
  }
  for (const NodeIndex roadm : network.all<Roadm>()) {
    if (auto done = insert_preamplifiers(network, roadm); !done) return done;
    if (auto done = insert_boosters(network, roadm); !done) return done;
  }
  for (const NodeIndex node : network.all<Fibre>()) {
    const NodeIndex next = network.after(node).front();
    if (!network.is<Fibre>(next)) continue;
    const auto section = section_from(network, next);
    if (!section) return tl::unexpected(section.error());
    const auto kind = kind_of_section(network, *section);
    if (!kind) return tl::unexpected(kind.error());
    auto done =
        insert(network, node, next, "Edfa_" + network[node].uid, *kind == SectionKind::kMultiBand);
    if (!done) return done;
  }
  return {};
}

Result<void> complete_spans(Network& network, const Equipment& equipment, Dbm channel_power,
                            const RamanGainEstimate& estimate) {
  const SpanRules& rules = equipment.span;
  const std::vector<NodeIndex> fibres = network.all<Fibre>();
  for (const NodeIndex node : fibres) {
    const auto next = next_of(network, node);
    if (!next) return tl::unexpected(next.error());
    Fibre& fibre = *network.as<Fibre>(node);
    fibre.input_connector = fibre.input_connector.value_or(rules.input_connector);
    fibre.output_connector = fibre.output_connector.value_or(rules.output_connector);
    if (!network.is<Fused>(*next)) *fibre.output_connector += rules.end_of_life;
  }
  for (const NodeIndex node : fibres) {
    Fibre& fibre = *network.as<Fibre>(node);
    if (network.is<Fused>(network.after(node).front()) || fibre.is_raman) continue;
    const auto loss = span_loss(network, node, channel_power, estimate);
    if (!loss) return tl::unexpected(loss.error());
    fibre.design_loss = *loss;
    if (*loss >= rules.padding) continue;
    const auto before = spliced_before(network, node);
    if (!before) return tl::unexpected(before.error());
    auto* first = network.as<Fibre>(before->empty() ? node : before->back());
    if (first == nullptr) continue;  // a fused element right behind a ROADM
    first->input_attenuation += rules.padding - *loss;
    *fibre.design_loss += first->input_attenuation;
  }
  return {};
}

}  // namespace caspilink::design
