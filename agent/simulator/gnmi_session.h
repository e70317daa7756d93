// One Subscribe stream's obligations, without gRPC and without a clock: which leaves are due, what
// has been sent, what comes next.
//
// A slow reader costs no memory: what waits is one value per leaf, the newest, with a count of the
// values it replaced (Update.duplicates).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <grpcpp/support/status.h>

#include "agent/simulator/gnmi_tree.h"
#include "agent/simulator/line_model.h"
#include "proto/gnmi.pb.h"

namespace caspilink::simulator {

// Times of a session: `steady_ns` decides what is due, `unix_ns` stamps and decides the readings.
struct Instant {
  std::int64_t steady_ns = 0;
  std::int64_t unix_ns = 0;
};

class GnmiSession {
 public:
  // Fastest sampling, and what sample_interval 0 means: equipment measures no faster.
  static constexpr std::int64_t kFastestNs = kMeasurementPeriodNs;
  static constexpr std::int64_t kSlowestNs = 86'400'000'000'000;
  // ON_CHANGE looks for changes so often, and at once when the line's faults change. TARGET_DEFINED
  // is SAMPLE at this interval, since every leaf is an analogue value.
  static constexpr std::int64_t kTargetDefinedNs = 1'000'000'000;
  static constexpr int kMostSubscriptions = 8192;
  static constexpr std::size_t kMostLeaves = 32768;

  // INVALID_ARGUMENT, UNIMPLEMENTED (encoding, model) or RESOURCE_EXHAUSTED, with what was
  // expected. The tree must outlive the session.
  [[nodiscard]] static grpc::Status open(const GnmiTree& tree, const gnmi::SubscriptionList& list,
                                         std::optional<GnmiSession>& session);

  // Takes readings that are due at `now` and queues what they oblige to send; the first call takes
  // the initial values and queues sync_response behind them.
  void tick(const LineView& view, Instant now);
  // Time of the next reading by the steady clock; nothing after ONCE's and POLL's values are taken.
  [[nodiscard]] std::optional<std::int64_t> next_due() const;

  // The line has changed: ON_CHANGE subscriptions are due now.
  void line_changed();
  // POLL: every value is due again.
  void poll();

  // Fills in the next message; false when there is nothing to send.
  [[nodiscard]] bool next(gnmi::SubscribeResponse& out);
  // ONCE, and everything is sent.
  [[nodiscard]] bool finished() const;
  [[nodiscard]] gnmi::SubscriptionList::Mode mode() const { return mode_; }

 private:
  struct Leaf {
    std::size_t index = 0;          // in the tree
    std::optional<double> current;  // latest reading; nothing: the leaf does not exist
    std::optional<double> sent;     // what the client believes
    std::int64_t sent_steady_ns = 0;
    std::uint32_t duplicates = 0;
    bool waiting = false;
  };
  struct Group {  // of one feed and one node of the tree: one Notification
    std::size_t node = 0;
    std::vector<Leaf> leaves;
    Instant taken;
    bool queued = false;
  };
  // Subscriptions of equal terms.
  struct Feed {
    bool on_change = false;
    bool suppress_redundant = false;
    std::int64_t period_ns = 0;
    std::int64_t heartbeat_ns = 0;  // 0: none
    std::int64_t due_ns = 0;
    std::vector<std::size_t> groups;

    [[nodiscard]] bool same_terms(const Feed& other) const;
  };

  GnmiSession(const GnmiTree& tree, const gnmi::SubscriptionList& list);
  [[nodiscard]] grpc::Status add_feeds(const gnmi::SubscriptionList& list);
  void make_groups(Feed& feed, std::vector<bool>& selected);
  void take(Feed& feed, const LineView& view, Instant now, bool silent);
  void take(const Feed& feed, Group& group, Leaf& leaf, std::optional<double> value, bool silent);
  [[nodiscard]] bool fill(Group& group, gnmi::Notification& out);

  static constexpr std::size_t kSync = static_cast<std::size_t>(-1);

  const GnmiTree* tree_;
  gnmi::SubscriptionList::Mode mode_;
  gnmi::Encoding encoding_;
  bool updates_only_;
  std::string target_;
  std::string origin_;
  std::vector<Feed> feeds_;
  std::vector<Group> groups_;
  std::deque<std::size_t> queue_;  // groups, each at most once, and kSync
  bool begun_ = false;
  bool all_due_ = false;  // POLL
};

// Whether the target can serve what a request asks for; shared by Get and Subscribe.
[[nodiscard]] grpc::Status check_terms(
    gnmi::Encoding encoding, const google::protobuf::RepeatedPtrField<gnmi::ModelData>& models);

// Models the target's leaves come from.
[[nodiscard]] const std::vector<gnmi::ModelData>& supported_models();

// The RPC's status for an error of input.
[[nodiscard]] grpc::Status to_status(const Error& error);

}  // namespace caspilink::simulator
