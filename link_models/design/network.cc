#include "link_models/design/network.h"

#include <algorithm>
#include <utility>

namespace caspilink::design {
namespace {

void erase(std::vector<NodeIndex>& nodes, NodeIndex node) {
  nodes.erase(std::remove(nodes.begin(), nodes.end(), node), nodes.end());
}

}  // namespace

NodeIndex Network::add(Node node) {
  const NodeIndex index = nodes_.size();
  by_uid_.emplace(node.uid, index);
  nodes_.push_back(std::move(node));
  alive_.push_back(true);
  after_.emplace_back();
  before_.emplace_back();
  return index;
}

void Network::join(NodeIndex from, NodeIndex to) {
  std::vector<NodeIndex>& next = after_[from];
  if (std::find(next.begin(), next.end(), to) != next.end()) return;
  next.push_back(to);
  before_[to].push_back(from);
}

void Network::part(NodeIndex from, NodeIndex to) {
  erase(after_[from], to);
  erase(before_[to], from);
}

void Network::remove(NodeIndex node) {
  for (const NodeIndex next : after_[node]) erase(before_[next], node);
  for (const NodeIndex previous : before_[node]) erase(after_[previous], node);
  after_[node].clear();
  before_[node].clear();
  alive_[node] = false;
  by_uid_.erase(nodes_[node].uid);
}

std::optional<NodeIndex> Network::find(std::string_view uid) const {
  const auto found = by_uid_.find(std::string(uid));
  if (found == by_uid_.end()) return std::nullopt;
  return found->second;
}

const physics::EqualisationTarget& Roadm::target_towards(std::string_view degree) const {
  for (const DegreeTarget& own : degree_targets) {
    if (own.degree == degree) return own.target;
  }
  return target;
}

std::optional<double> interpolate(const std::vector<double>& x, const std::vector<double>& y,
                                  double at) {
  if (y.size() == 1) return y.front();
  if (at < x.front() || at > x.back()) return std::nullopt;
  const auto upper = std::upper_bound(x.begin(), x.end() - 1, at);
  const auto i = static_cast<std::size_t>(upper - x.begin());
  return y[i - 1] + (y[i] - y[i - 1]) * (at - x[i - 1]) / (x[i] - x[i - 1]);
}

std::optional<double> Fibre::loss_db_per_m_at(double frequency_hz) const {
  return interpolate(loss_frequency_hz, loss_db_per_m, frequency_hz);
}

Db Fibre::loss() const {
  Db sum(loss_db_per_m_at(reference_frequency_hz).value() * length_m);
  sum += input_connector.value_or(Db(0)) + output_connector.value_or(Db(0)) + input_attenuation;
  for (const Lumped& place : lumped) sum += place.loss;
  return sum;
}

std::string band_name(const Band& band) {
  const double centre = (band.f_min.value() + band.f_max.value()) / 2;
  if (centre >= 187e12 && centre <= 189e12) return "LBAND";
  if (centre >= 191.3e12 && centre <= 196e12) return "CBAND";
  return "unknown_band";
}

}  // namespace caspilink::design
