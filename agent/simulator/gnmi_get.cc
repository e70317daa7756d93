#include "agent/simulator/gnmi_get.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "agent/simulator/gnmi_session.h"

namespace caspilink::simulator {
namespace {

constexpr int kMostPaths = 1024;

bool has_wildcard(const gnmi::Path& path) {
  return std::ranges::any_of(path.elem(), [](const auto& elem) {
    return elem.name() == "*" || elem.name() == "..." ||
           std::ranges::any_of(elem.key(), [](const auto& key) { return key.second == "*"; });
  });
}

void append(const PathStep& step, gnmi::Path& path) {
  auto* elem = path.add_elem();
  elem->set_name(step.name);
  if (!step.key_name.empty()) (*elem->mutable_key())[step.key_name] = step.key_value;
}

struct Found {
  const GnmiTree::Leaf* leaf;
  std::size_t depth;
  double value;
};

bool same_node(const Found& a, const Found& b) {
  return a.depth == b.depth &&
         std::equal(a.leaf->steps.begin(),
                    a.leaf->steps.begin() + static_cast<std::ptrdiff_t>(a.depth),
                    b.leaf->steps.begin());
}

void add_values(const std::vector<Found>& found, gnmi::Notification& out) {
  for (const auto& one : found) {
    auto* update = out.add_update();
    for (const auto& step : one.leaf->steps) append(step, *update->mutable_path());
    set_value(one.leaf->point.quantity, one.value, gnmi::PROTO, *update->mutable_val());
  }
}

void add_subtrees(const std::vector<Found>& found, gnmi::Encoding encoding,
                  gnmi::Notification& out) {
  for (std::size_t first = 0; first < found.size();) {
    std::vector<SubtreeLeaf> subtree;
    std::size_t next = first;
    for (; next < found.size() && same_node(found[first], found[next]); ++next) {
      const Found& one = found[next];
      subtree.push_back({&one.leaf->steps, one.depth, one.leaf->point.quantity, one.value});
    }
    auto* update = out.add_update();
    for (std::size_t i = 0; i < found[first].depth; ++i) {
      append(found[first].leaf->steps[i], *update->mutable_path());
    }
    set_subtree(subtree, encoding, *update->mutable_val());
    first = next;
  }
}

}  // namespace

grpc::Status get(const GnmiTree& tree, const LineView& view, std::int64_t time_unix_ns,
                 const gnmi::GetRequest& request, gnmi::GetResponse& response) {
  if (auto good = check_terms(request.encoding(), request.use_models()); !good.ok()) return good;
  if (request.path_size() > kMostPaths) {
    return {grpc::StatusCode::INVALID_ARGUMENT,
            fmt::format("expected at most {} paths", kMostPaths)};
  }
  std::size_t work = 0;
  for (const auto& path : request.path()) {
    auto selected = tree.select(request.prefix(), path);
    if (!selected) return to_status(selected.error());
    if (selected->empty() && !has_wildcard(path) && !has_wildcard(request.prefix())) {
      return {grpc::StatusCode::NOT_FOUND, fmt::format("nothing at {}", to_string(path))};
    }
    work += selected->size();
    if (work > GnmiSession::kMostLeaves) {
      return {grpc::StatusCode::RESOURCE_EXHAUSTED,
              fmt::format("expected at most {} leaves at a time", GnmiSession::kMostLeaves)};
    }
    gnmi::Notification* out = response.add_notification();
    out->set_timestamp(time_unix_ns);
    if (!request.prefix().target().empty()) {
      out->mutable_prefix()->set_target(request.prefix().target());
    }
    if (request.type() == gnmi::GetRequest::CONFIG) continue;
    std::vector<Found> found;
    for (const auto& one : *selected) {
      const auto& leaf = tree.leaves()[one.leaf];
      if (const auto value = read(view, leaf.point, time_unix_ns)) {
        found.push_back({&leaf, one.depth, *value});
      }
    }
    if (request.encoding() == gnmi::PROTO) {
      add_values(found, *out);
    } else {
      add_subtrees(found, request.encoding(), *out);
    }
  }
  return grpc::Status::OK;
}

}  // namespace caspilink::simulator
