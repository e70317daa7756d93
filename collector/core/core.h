// The collector's one owner of mutable state. Streams, the store and the clock send it messages; it
// de-duplicates, judges, waits for durability, acknowledges, assesses, raises alarms and publishes
// snapshots, all on the one thread that runs its io_context.
//
// The promise to agents: ACCEPTED and DUPLICATE are sent only for batches the store has reported
// durable. Live state moves as soon as a batch's fate is known, also where the store could not
// write it: a full disk stops acknowledgements, not supervision. Counters count durable batches
// only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/thread_pool.hpp>

#include "collector/access/access.h"
#include "collector/assess/assess.h"
#include "collector/core/alarm_office.h"
#include "collector/core/reload_desk.h"
#include "collector/exposition/snapshot.h"
#include "collector/fleet/fleet.h"
#include "collector/ingest/log_gate.h"
#include "collector/ingest/sink.h"
#include "collector/locate/line_map.h"
#include "collector/performance/recorder.h"
#include "collector/remote_write/writer.h"
#include "collector/store/store.h"
#include "collector/twin/baseline.h"
#include "collector/twin/twin.h"

namespace caspilink::core {

struct Settings {
  assess::Settings assess;
  fleet::Freshness freshness;
  twin::FollowSettings follow;
  // Evaluates lines on a thread of their own; off, on the owner's, for tests in simulated time.
  bool evaluate_aside = true;
  twin::BaselineSettings baselines;
  std::int64_t allowed_skew_ns = 0;  // a sample may be this much ahead of our clock
  int max_streams_per_agent = 4;
  std::size_t max_boots_per_stream = 1024;
  std::size_t max_series_per_stream = 320'000;  // of all boots together
  std::size_t max_sequence_gaps = 100'000;      // of all boots of one agent
  std::size_t max_boots_per_agent = 100'000;
  std::int64_t sweep_interval_ns = 60'000'000'000;
};

class Core final : public ingest::Sink {
 public:
  using Clock = std::function<std::int64_t()>;  // unix nanoseconds

  // `model` is of the line as designed.
  Core(asio::io_context& context, Clock clock, std::shared_ptr<const twin::Model> model,
       Settings settings, std::shared_ptr<exposition::SnapshotBoard> board);

  // Before the first message: the store to write to, which must outlive the core's use of it, and
  // what was found in it.
  void attach(store::Store& store, store::Recovered recovered);

  // From any thread: the store's listener.
  void committed(store::Commit commit);

  // ingest::Sink, from any thread.
  void opened(ingest::StreamPtr stream, std::string station) override;
  void declared(ingest::StreamPtr stream, codec::Catalogue catalogue) override;
  void received(ingest::StreamPtr stream, codec::Batch batch) override;
  void malformed(ingest::StreamPtr stream, codec::BatchId id, Error error) override;
  void reloaded(ingest::StreamPtr stream, codec::ReloadAnswer answer) override;
  void closed(ingest::StreamPtr stream) override;
  void refused(ingest::Refusal reason) override;
  void limited(std::string station, ingest::Limit limit, std::string detail) override;

  // From any thread: what performance monitoring shows now.
  void performed(std::shared_ptr<const performance::Snapshot> snapshot);

  // From any thread: how far a receiver of remote write has got.
  void written(remote_write::Status status);
  // From any thread: a call of the query API was not let in.
  void denied(access::Denial reason);

  // What operators do about alarms, and watching them.
  [[nodiscard]] AlarmOffice& alarms() { return alarms_; }
  // Never changes: safe from any thread.
  [[nodiscard]] const locate::LineMap& line_map() const { return map_; }

  // From any thread: an operator's word that the line, or a part of it, is as it should be; its
  // commissioning snapshots are taken anew, with a line in the audit. `reply` comes once, on the
  // context's thread, and must not throw: kInvalidInput for a fibre pair that is not on the plant,
  // or a note out of bounds; kUnavailable before there is a store, and where no place has readings
  // enough, nothing having changed.
  using CommissionReply = std::function<void(Result<twin::Commissioned>)>;
  void commission(twin::BaselineScope scope, alarms::Operator who, CommissionReply reply);

  // From any thread: has the agent of a station read its configuration again, with a line in the
  // audit. `reply` comes once, on the context's thread, with what the agent says, and must not
  // throw: kNotFound for a station that is not on the plant, kInvalidInput for a note out of
  // bounds; kUnavailable where the agent is not connected or does not answer in time.
  void reload(std::string station, alarms::Operator who, ReloadDesk::Reply reply);

  // On the context's thread: judges the line as of now, publishes a snapshot, and now and then has
  // the store apply its retention.
  void tick();

 private:
  // What the batches of one agent cost to remember: ranges durable or on their way, of all boots.
  struct Memory {
    std::size_t boots = 0;
    std::size_t ranges = 0;
  };
  // One (agent, boot): what is durable, and who waits for what is on its way.
  struct Boot {
    Memory* memory = nullptr;
    store::IntervalSet durable;
    std::unordered_map<std::uint64_t, std::vector<ingest::StreamPtr>> pending;
  };
  struct DeclaredBoot {
    std::shared_ptr<fleet::SeriesIndex> index;
    Boot* boot = nullptr;
  };
  struct Session {
    std::string station;
    ingest::StreamPtr stream;
    std::map<std::uint64_t, DeclaredBoot> boots;
    bool ended = false;  // passed a limit; what is still on its way from it is ignored
  };
  struct Pending {
    ingest::StreamPtr stream;
    std::shared_ptr<const store::JudgedBatch> batch;
    std::shared_ptr<fleet::SeriesIndex> index;
    Boot* boot = nullptr;
  };

  Result<twin::Commissioned> on_commission(const twin::BaselineScope& scope,
                                           const alarms::Operator& who);
  void on_opened(ingest::StreamPtr stream, std::string station);
  void on_declared(const ingest::StreamPtr& stream, codec::Catalogue catalogue);
  void on_received(const ingest::StreamPtr& stream, codec::Batch batch);
  void on_malformed(const ingest::StreamPtr& stream, codec::BatchId id, const Error& error);
  void on_closed(const ingest::StreamPtr& stream);
  void on_reload(const std::string& station, const alarms::Operator& who, ReloadDesk::Reply reply);
  void on_committed(const store::Commit& commit);

  // Ends a stream that passes a limit, and counts it.
  void end(Session& session, ingest::Limit limit, std::string detail);
  void note_limited(const std::string& station, ingest::Limit limit, const std::string& detail);
  // Null where the stream has ended or was never let in.
  Session* session_of(const ingest::StreamPtr& stream);
  // Null, with the stream closed, where a bound is reached.
  DeclaredBoot* boot_of(Session& session, std::uint64_t boot);
  // Lets the twin see what transmit-side equipment reported, and evaluates what that changed.
  void follow();
  void evaluate(std::vector<twin::Job> jobs);
  void evaluated(twin::Evaluated done);
  void judge_line(std::int64_t now);
  [[nodiscard]] alarms::MonitorHealth health(std::int64_t now) const;
  [[nodiscard]] std::vector<alarms::EquipmentReading> equipment(std::int64_t now) const;
  void publish(std::int64_t now, assess::Assessment assessment);

  asio::io_context& context_;
  const Clock clock_;
  const std::shared_ptr<const plant::Plant> plant_;
  const Settings settings_;
  const std::shared_ptr<exposition::SnapshotBoard> board_;
  const std::shared_ptr<const twin::Tolerances> tolerances_;

  store::Store* store_ = nullptr;
  fleet::Fleet fleet_;
  twin::Twin twin_;
  twin::BaselineBook baselines_;
  assess::Assessor assessor_;
  AlarmOffice alarms_;
  ReloadDesk reloads_;
  const locate::LineMap map_;
  std::map<std::pair<std::string, std::uint64_t>, Boot> boots_;
  std::map<std::string, Memory> memory_of_agent_;
  std::unordered_map<const ingest::Stream*, Session> sessions_;
  std::unordered_map<store::Ticket, Pending> pending_;
  // Answers that wait for the store's next commit: what they answer is not in its queue for longer
  // than one more, so that a flood of it is bounded by the streams' windows.
  std::vector<std::function<void()>> after_commit_;
  ingest::LogGate log_gate_;
  std::map<std::string, std::uint64_t> refused_agents_;
  std::map<std::string, std::uint64_t> refused_queries_;
  std::map<std::string, std::map<std::string, std::uint64_t>> limited_agents_;  // station, reason
  std::shared_ptr<const performance::Snapshot> performance_;  // null before the first
  std::map<std::string, remote_write::Status> written_;       // by receiver
  std::shared_ptr<const std::vector<twin::BaselineSummary>> baselines_shown_;
  std::uint64_t baseline_changes_shown_ = 0;
  std::int64_t swept_unix_ns_ = 0;
  // Evaluates lines, which may take longer than the owner of the state may be away. Ends first.
  asio::thread_pool evaluators_{1};
};

}  // namespace caspilink::core
