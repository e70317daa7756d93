#include "agent/simulator/gnmi_session.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace caspilink::simulator {
namespace {

using gnmi::SubscriptionList;

grpc::Status invalid(std::string message) {
  return {grpc::StatusCode::INVALID_ARGUMENT, std::move(message)};
}

grpc::Status check_interval(std::string_view name, std::uint64_t value_ns) {
  const auto fastest = static_cast<std::uint64_t>(GnmiSession::kFastestNs);
  const auto slowest = static_cast<std::uint64_t>(GnmiSession::kSlowestNs);
  if (value_ns == 0 || (value_ns >= fastest && value_ns <= slowest)) return grpc::Status::OK;
  return invalid(
      fmt::format("{} is {} ns: expected 0, or {} to {} ns", name, value_ns, fastest, slowest));
}

}  // namespace

grpc::Status to_status(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidInput:
      return invalid(error.message());
    case ErrorCode::kNotFound:
      return {grpc::StatusCode::NOT_FOUND, error.message()};
    case ErrorCode::kExhausted:
      return {grpc::StatusCode::RESOURCE_EXHAUSTED, error.message()};
    default:
      return {grpc::StatusCode::INTERNAL, error.message()};
  }
}

const std::vector<gnmi::ModelData>& supported_models() {
  static const auto models = [] {
    std::vector<gnmi::ModelData> list;
    for (const auto* name : {"openconfig-platform", "openconfig-terminal-device",
                             "openconfig-transport-line-common", "openconfig-optical-amplifier"}) {
      gnmi::ModelData& model = list.emplace_back();
      model.set_name(name);
      model.set_organization("OpenConfig working group");
    }
    return list;
  }();
  return models;
}

grpc::Status check_terms(gnmi::Encoding encoding,
                         const google::protobuf::RepeatedPtrField<gnmi::ModelData>& models) {
  if (!supports(encoding)) {
    return {grpc::StatusCode::UNIMPLEMENTED, "expected encoding PROTO, JSON or JSON_IETF"};
  }
  for (const auto& model : models) {
    if (std::ranges::none_of(supported_models(),
                             [&](const auto& known) { return known.name() == model.name(); })) {
      return {grpc::StatusCode::UNIMPLEMENTED, fmt::format("no model {}", model.name())};
    }
  }
  return grpc::Status::OK;
}

bool GnmiSession::Feed::same_terms(const Feed& other) const {
  return on_change == other.on_change && suppress_redundant == other.suppress_redundant &&
         period_ns == other.period_ns && heartbeat_ns == other.heartbeat_ns;
}

GnmiSession::GnmiSession(const GnmiTree& tree, const SubscriptionList& list)
    : tree_(&tree),
      mode_(list.mode()),
      encoding_(list.encoding()),
      updates_only_(list.updates_only()),
      target_(list.prefix().target()),
      origin_(list.prefix().origin()) {}

grpc::Status GnmiSession::open(const GnmiTree& tree, const SubscriptionList& list,
                               std::optional<GnmiSession>& session) {
  if (list.mode() != SubscriptionList::STREAM && list.mode() != SubscriptionList::ONCE &&
      list.mode() != SubscriptionList::POLL) {
    return invalid("expected mode STREAM, ONCE or POLL");
  }
  if (list.subscription_size() == 0 || list.subscription_size() > kMostSubscriptions) {
    return invalid(fmt::format("expected 1 to {} subscriptions, got {}", kMostSubscriptions,
                               list.subscription_size()));
  }
  if (auto good = check_terms(list.encoding(), list.use_models()); !good.ok()) return good;
  GnmiSession opened(tree, list);
  if (auto good = opened.add_feeds(list); !good.ok()) return good;
  session.emplace(std::move(opened));
  return grpc::Status::OK;
}

grpc::Status GnmiSession::add_feeds(const SubscriptionList& list) {
  std::vector<std::vector<bool>> selections;  // by feed, over the tree's leaves
  for (const auto& subscription : list.subscription()) {
    if (auto good = check_interval("sample_interval", subscription.sample_interval()); !good.ok()) {
      return good;
    }
    if (auto good = check_interval("heartbeat_interval", subscription.heartbeat_interval());
        !good.ok()) {
      return good;
    }
    Feed feed;
    if (mode_ == SubscriptionList::STREAM) {
      feed.heartbeat_ns = static_cast<std::int64_t>(subscription.heartbeat_interval());
      switch (subscription.mode()) {
        case gnmi::SAMPLE:
          feed.period_ns =
              std::max(static_cast<std::int64_t>(subscription.sample_interval()), kFastestNs);
          feed.suppress_redundant = subscription.suppress_redundant();
          break;
        case gnmi::TARGET_DEFINED:
          feed.period_ns = kTargetDefinedNs;
          feed.suppress_redundant = subscription.suppress_redundant();
          break;
        case gnmi::ON_CHANGE:
          feed.on_change = true;
          feed.period_ns = feed.heartbeat_ns == 0 ? kTargetDefinedNs
                                                  : std::min(kTargetDefinedNs, feed.heartbeat_ns);
          break;
        default:
          return invalid("expected subscription mode SAMPLE, ON_CHANGE or TARGET_DEFINED");
      }
    }
    const auto selected = tree_->select(list.prefix(), subscription.path());
    if (!selected) return to_status(selected.error());
    auto found = std::ranges::find_if(feeds_, [&](const Feed& f) { return f.same_terms(feed); });
    if (found == feeds_.end()) {
      if (feeds_.size() == 16) {
        return {grpc::StatusCode::RESOURCE_EXHAUSTED,
                "expected at most 16 different sets of mode and intervals"};
      }
      found = feeds_.insert(feeds_.end(), feed);
      selections.emplace_back(tree_->leaves().size(), false);
    }
    auto& selection = selections[static_cast<std::size_t>(found - feeds_.begin())];
    for (const auto& leaf : *selected) selection[leaf.leaf] = true;
  }
  for (std::size_t i = 0; i < feeds_.size(); ++i) make_groups(feeds_[i], selections[i]);
  return grpc::Status::OK;
}

void GnmiSession::make_groups(Feed& feed, std::vector<bool>& selected) {
  for (std::size_t node = 0; node < tree_->nodes().size(); ++node) {
    Group group;
    group.node = node;
    for (const auto leaf : tree_->nodes()[node].leaves) {
      if (selected[leaf]) group.leaves.push_back({.index = leaf, .current = {}, .sent = {}});
    }
    if (group.leaves.empty()) continue;
    feed.groups.push_back(groups_.size());
    groups_.push_back(std::move(group));
  }
}

void GnmiSession::tick(const LineView& view, Instant now) {
  const bool initial = !begun_;
  const bool silent = initial && updates_only_;
  for (auto& feed : feeds_) {
    const bool due =
        initial || all_due_ || (mode_ == SubscriptionList::STREAM && feed.due_ns <= now.steady_ns);
    if (!due) continue;
    take(feed, view, now, silent);
    if (initial) {
      feed.due_ns = now.steady_ns + feed.period_ns;
    } else if (mode_ == SubscriptionList::STREAM) {
      // Late by whole periods: those readings are lost, the beat stays.
      const auto missed = std::max<std::int64_t>((now.steady_ns - feed.due_ns) / feed.period_ns, 0);
      feed.due_ns += (missed + 1) * feed.period_ns;
    }
  }
  if (initial || all_due_) queue_.push_back(kSync);
  begun_ = true;
  all_due_ = false;
}

std::optional<std::int64_t> GnmiSession::next_due() const {
  if (mode_ != SubscriptionList::STREAM || feeds_.empty()) return std::nullopt;
  return std::ranges::min(feeds_, {}, &Feed::due_ns).due_ns;
}

void GnmiSession::line_changed() {
  for (auto& feed : feeds_) {
    // Never later than it was; the beat then goes on from the change.
    if (feed.on_change) feed.due_ns = std::min<std::int64_t>(feed.due_ns, 0);
  }
}

void GnmiSession::poll() { all_due_ = true; }

void GnmiSession::take(Feed& feed, const LineView& view, Instant now, bool silent) {
  for (const auto index : feed.groups) {
    Group& group = groups_[index];
    group.taken = now;
    for (auto& leaf : group.leaves) {
      const auto value = read(view, tree_->leaves()[leaf.index].point, now.unix_ns);
      take(feed, group, leaf, value, silent);
    }
    const bool any = std::ranges::any_of(group.leaves, &Leaf::waiting);
    if (any && !group.queued) {
      group.queued = true;
      queue_.push_back(index);
    }
  }
}

void GnmiSession::take(const Feed& feed, Group& group, Leaf& leaf, std::optional<double> value,
                       bool silent) {
  leaf.current = value;
  if (silent) {
    leaf.sent = value;
    leaf.sent_steady_ns = group.taken.steady_ns;
    return;
  }
  if (leaf.waiting) {
    ++leaf.duplicates;
    return;
  }
  if (!value) {
    leaf.waiting = leaf.sent.has_value();
    return;
  }
  const bool only_changes =
      mode_ == SubscriptionList::STREAM && (feed.on_change || feed.suppress_redundant);
  const bool heartbeat =
      feed.heartbeat_ns > 0 && group.taken.steady_ns - leaf.sent_steady_ns >= feed.heartbeat_ns;
  leaf.waiting = !only_changes || heartbeat || value != leaf.sent;
}

bool GnmiSession::fill(Group& group, gnmi::Notification& out) {
  const auto& node = tree_->nodes()[group.node];
  for (auto& leaf : group.leaves) {
    if (!std::exchange(leaf.waiting, false)) continue;
    const auto duplicates = std::exchange(leaf.duplicates, 0U);
    const auto& served = tree_->leaves()[leaf.index];
    if (leaf.current) {
      auto* update = out.add_update();
      *update->mutable_path() = served.below_prefix;
      set_value(served.point.quantity, *leaf.current, encoding_, *update->mutable_val());
      update->set_duplicates(duplicates);
    } else if (leaf.sent) {
      *out.add_delete_() = served.below_prefix;
    }
    leaf.sent = leaf.current;
    leaf.sent_steady_ns = group.taken.steady_ns;
  }
  if (out.update_size() == 0 && out.delete__size() == 0) return false;
  out.set_timestamp(group.taken.unix_ns);
  *out.mutable_prefix() = node.prefix;
  out.mutable_prefix()->set_target(target_);
  out.mutable_prefix()->set_origin(origin_);
  return true;
}

bool GnmiSession::next(gnmi::SubscribeResponse& out) {
  while (!queue_.empty()) {
    const auto front = queue_.front();
    queue_.pop_front();
    if (front == kSync) {
      out.set_sync_response(true);
      return true;
    }
    groups_[front].queued = false;
    if (fill(groups_[front], *out.mutable_update())) return true;
    out.clear_update();
  }
  return false;
}

bool GnmiSession::finished() const {
  return mode_ == SubscriptionList::ONCE && begun_ && queue_.empty();
}

}  // namespace caspilink::simulator
