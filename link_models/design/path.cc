#include "link_models/design/path.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <queue>
#include <utility>

namespace caspilink::design {
namespace {

double weight_behind(const Network& network, NodeIndex node) {
  const auto* fibre = network.as<Fibre>(node);
  return fibre == nullptr ? 0.01 : fibre->length_m;
}

// Dijkstra's algorithm; nodes in `barred` are not entered. Empty where there is no way.
std::vector<NodeIndex> leg(const Network& network, NodeIndex from, NodeIndex to,
                           const std::vector<bool>& barred) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  std::vector<double> distance(network.size(), kFar);
  std::vector<NodeIndex> came_from(network.size());
  using Entry = std::pair<double, NodeIndex>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> open;
  distance[from] = 0;
  open.emplace(0.0, from);
  while (!open.empty()) {
    const auto [travelled, node] = open.top();
    open.pop();
    if (travelled > distance[node]) continue;
    if (node == to) break;
    const double reached = travelled + weight_behind(network, node);
    for (const NodeIndex next : network.after(node)) {
      if (barred[next] || reached >= distance[next]) continue;
      distance[next] = reached;
      came_from[next] = node;
      open.emplace(reached, next);
    }
  }
  if (distance[to] == kFar) return {};
  std::vector<NodeIndex> path{to};
  while (path.back() != from) path.push_back(came_from[path.back()]);
  std::reverse(path.begin(), path.end());
  return path;
}

}  // namespace

Result<std::vector<NodeIndex>> shortest_path(const Network& network, NodeIndex from, NodeIndex to,
                                             const std::vector<NodeIndex>& via) {
  std::vector<NodeIndex> stops = via;
  stops.push_back(to);
  std::vector<bool> barred(network.size(), false);
  std::vector<NodeIndex> path{from};
  for (const NodeIndex stop : stops) {
    if (stop == path.back()) continue;
    const std::vector<NodeIndex> next = leg(network, path.back(), stop, barred);
    if (next.empty()) {
      return fail(ErrorCode::kNotFound, network[from].uid,
                  "no way leads on from " + network[path.back()].uid + " to " + network[stop].uid);
    }
    for (std::size_t i = 0; i + 1 < next.size(); ++i) barred[next[i]] = true;
    path.insert(path.end(), next.begin() + 1, next.end());
  }
  return path;
}

}  // namespace caspilink::design
