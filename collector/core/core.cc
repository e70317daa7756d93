#include "collector/core/core.h"

#include <asio/post.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "collector/alarms/performance_rules.h"
#include "collector/alarms/rules.h"
#include "collector/assess/look.h"
#include "collector/locate/locate.h"

namespace caspilink::core {
namespace {

// Live batches are under a second old; what is this late has a clock that is wrong.
constexpr std::int64_t kAllowedLag_ns = 10'000'000'000;

}  // namespace

Core::Core(asio::io_context& context, Clock clock, std::shared_ptr<const twin::Model> model,
           Settings settings, std::shared_ptr<exposition::SnapshotBoard> board)
    : context_(context),
      clock_(std::move(clock)),
      plant_(model->shared_plant()),
      settings_(std::move(settings)),
      board_(std::move(board)),
      tolerances_(std::make_shared<const twin::Tolerances>(
          settings_.assess.tolerances.value_or(twin::Tolerances::defaults(plant_->thresholds)))),
      fleet_(plant_, settings_.allowed_skew_ns, settings_.freshness),
      twin_(std::move(model), settings_.follow),
      baselines_(settings_.baselines),
      assessor_(fleet_, settings_.assess, &baselines_),
      alarms_(context, clock_, plant_->thresholds),
      map_(*plant_) {
  fleet_.watch(twin::Follower::follows);
  for (const auto reason : ingest::kRefusals) {
    refused_agents_.emplace(ingest::to_string(reason), 0);
  }
  for (const auto reason : access::kDenials) {
    refused_queries_.emplace(access::to_string(reason), 0);
  }
  for (const plant::Station& station : fleet_.plant().stations) {
    for (const auto limit : ingest::kLimits) {
      limited_agents_[station.id].emplace(ingest::to_string(limit), 0);
    }
  }
}

void Core::attach(store::Store& store, store::Recovered recovered) {
  store_ = &store;
  alarms_.attach(store, recovered);
  for (auto& [key, durable] : recovered.ledger) {
    Memory& memory = memory_of_agent_[key.first];
    ++memory.boots;
    memory.ranges += durable.intervals();
    boots_.insert_or_assign(key,
                            Boot{.memory = &memory, .durable = std::move(durable), .pending = {}});
  }
  baselines_.restore(recovered.baselines);
}

void Core::committed(store::Commit commit) {
  asio::post(context_, [this, commit = std::move(commit)] { on_committed(commit); });
}

void Core::opened(ingest::StreamPtr stream, std::string station) {
  asio::post(context_, [this, stream = std::move(stream), station = std::move(station)]() mutable {
    on_opened(std::move(stream), std::move(station));
  });
}

void Core::declared(ingest::StreamPtr stream, codec::Catalogue catalogue) {
  asio::post(context_,
             [this, stream = std::move(stream), catalogue = std::move(catalogue)]() mutable {
               on_declared(stream, std::move(catalogue));
             });
}

void Core::received(ingest::StreamPtr stream, codec::Batch batch) {
  asio::post(context_, [this, stream = std::move(stream), batch = std::move(batch)]() mutable {
    on_received(stream, std::move(batch));
  });
}

void Core::malformed(ingest::StreamPtr stream, codec::BatchId id, Error error) {
  asio::post(context_, [this, stream = std::move(stream), id, error = std::move(error)] {
    on_malformed(stream, id, error);
  });
}

void Core::reloaded(ingest::StreamPtr stream, codec::ReloadAnswer answer) {
  asio::post(context_, [this, stream = std::move(stream), answer = std::move(answer)]() mutable {
    const Session* session = session_of(stream);
    if (session == nullptr) return;
    spdlog::info("agent {} has read its configuration again: {} {}", session->station,
                 codec::to_string(answer.outcome), answer.detail);
    reloads_.answered(session->station, std::move(answer));
  });
}

void Core::closed(ingest::StreamPtr stream) {
  asio::post(context_, [this, stream = std::move(stream)] { on_closed(stream); });
}

void Core::refused(ingest::Refusal reason) {
  asio::post(context_,
             [this, reason] { ++refused_agents_[std::string(ingest::to_string(reason))]; });
}

void Core::denied(access::Denial reason) {
  asio::post(context_,
             [this, reason] { ++refused_queries_[std::string(access::to_string(reason))]; });
}

void Core::limited(std::string station, ingest::Limit limit, std::string detail) {
  asio::post(context_, [this, station = std::move(station), limit, detail = std::move(detail)] {
    note_limited(station, limit, detail);
  });
}

void Core::note_limited(const std::string& station, ingest::Limit limit,
                        const std::string& detail) {
  const std::string reason(ingest::to_string(limit));
  ++limited_agents_[station][reason];
  if (const auto held_back = log_gate_.admit(station + reason, clock_())) {
    spdlog::warn("agent {}: a stream was ended: {}: {}{}", station, reason, detail,
                 ingest::LogGate::suffix(*held_back));
  }
}

void Core::end(Session& session, ingest::Limit limit, std::string detail) {
  note_limited(session.station, limit, detail);
  session.stream->close({ErrorCode::kExhausted, "", std::move(detail)});
  session.ended = true;
}

Core::Session* Core::session_of(const ingest::StreamPtr& stream) {
  const auto found = sessions_.find(stream.get());
  return found == sessions_.end() || found->second.ended ? nullptr : &found->second;
}

void Core::on_opened(ingest::StreamPtr stream, std::string station) {
  fleet::AgentState& agent = fleet_.agent(station);
  if (agent.streams >= settings_.max_streams_per_agent) {
    const std::string detail =
        fmt::format("station {} has {} streams open already", station, agent.streams);
    note_limited(station, ingest::Limit::kStreams, detail);
    stream->close({ErrorCode::kExhausted, "", detail});
    return;
  }
  ++agent.streams;
  spdlog::info("agent {} connected, {} stream(s)", station, agent.streams);
  const ingest::Stream* key = stream.get();
  sessions_.emplace(
      key,
      Session{
          .station = std::move(station), .stream = std::move(stream), .boots = {}, .ended = false});
}

void Core::on_closed(const ingest::StreamPtr& stream) {
  const auto found = sessions_.find(stream.get());
  if (found == sessions_.end()) return;
  fleet::AgentState& agent = fleet_.agent(found->second.station);
  --agent.streams;
  spdlog::info("agent {} disconnected, {} stream(s)", found->second.station, agent.streams);
  sessions_.erase(found);
}

Core::DeclaredBoot* Core::boot_of(Session& session, std::uint64_t boot) {
  const auto known = session.boots.find(boot);
  if (known != session.boots.end()) return &known->second;
  const auto key = std::pair(session.station, boot);
  const bool is_new = !boots_.contains(key);
  Memory& memory = memory_of_agent_[session.station];
  if (session.boots.size() >= settings_.max_boots_per_stream ||
      (is_new && memory.boots >= settings_.max_boots_per_agent)) {
    end(session, ingest::Limit::kBoots, "too many boots");
    return nullptr;
  }
  if (is_new) ++memory.boots;
  Boot& known_to_all = boots_[key];
  known_to_all.memory = &memory;
  DeclaredBoot made{.index = std::make_shared<fleet::SeriesIndex>(), .boot = &known_to_all};
  return &session.boots.emplace(boot, std::move(made)).first->second;
}

void Core::on_declared(const ingest::StreamPtr& stream, codec::Catalogue catalogue) {
  Session* session = session_of(stream);
  if (session == nullptr) return;
  DeclaredBoot* boot = boot_of(*session, catalogue.boot);
  if (boot == nullptr) return;
  std::size_t series = catalogue.series.size();
  for (const auto& [id, other] : session->boots) series += other.index->size();
  if (series > settings_.max_series_per_stream) {
    end(*session, ingest::Limit::kSeries, "too many series in all boots together");
    return;
  }
  fleet_.declare(session->station, catalogue, *boot->index);
  store_->declare(session->station, std::move(catalogue), clock_());
  after_commit_.push_back([stream] { stream->keep_declarations(); });
}

void Core::on_received(const ingest::StreamPtr& stream, codec::Batch batch) {
  Session* session = session_of(stream);
  if (session == nullptr) return;
  DeclaredBoot* declared = boot_of(*session, batch.id.boot);
  if (declared == nullptr) return;
  Boot& boot = *declared->boot;
  const std::uint64_t sequence = batch.id.sequence;
  if (boot.durable.contains(sequence)) {
    ++fleet_.agent(session->station).duplicate_batches;
    stream->acknowledge(batch.id, ingest::Outcome::kDuplicate, {});
    return;
  }
  const auto waiting = boot.pending.find(sequence);
  if (waiting != boot.pending.end()) {
    waiting->second.push_back(stream);
    return;
  }
  // A boot without a gap is one range.
  if (boot.memory->ranges >= settings_.max_sequence_gaps + boot.memory->boots) {
    end(*session, ingest::Limit::kSequenceGaps, "too many gaps in the sequence of batches");
    return;
  }
  const std::int64_t now = clock_();
  auto judged = std::make_shared<store::JudgedBatch>();
  judged->agent = session->station;
  judged->received_unix_ns = now;
  judged->set_aside = fleet_.judge(*declared->index, batch, now);
  judged->batch = std::move(batch);
  boot.pending.try_emplace(sequence);
  ++boot.memory->ranges;
  const store::Ticket ticket = store_->append(judged);
  pending_.emplace(
      ticket,
      Pending{
          .stream = stream, .batch = std::move(judged), .index = declared->index, .boot = &boot});
}

void Core::on_malformed(const ingest::StreamPtr& stream, codec::BatchId id, const Error& error) {
  Session* session = session_of(stream);
  if (session == nullptr) return;
  ++fleet_.agent(session->station).refused_batches;
  if (const auto held_back = log_gate_.admit(session->station + "malformed", clock_())) {
    spdlog::warn("agent {}: a batch was refused: {}{}", session->station, error.message(),
                 ingest::LogGate::suffix(*held_back));
  }
  store_->refuse({.agent = session->station,
                  .id = id,
                  .received_unix_ns = clock_(),
                  .reason = error.message()});
  after_commit_.push_back([stream, id, reason = error.message()] {
    stream->acknowledge(id, ingest::Outcome::kRefused, reason);
  });
}

void Core::on_committed(const store::Commit& commit) {
  for (const store::Ticket ticket : commit.tickets) {
    auto found = pending_.extract(ticket);
    if (found.empty()) continue;
    Pending& pending = found.mapped();
    const codec::BatchId id = pending.batch->batch.id;
    fleet_.apply(*pending.index, *pending.batch);
    Boot& boot = *pending.boot;
    auto waiting = boot.pending.extract(id.sequence);
    --boot.memory->ranges;
    if (commit.error) continue;
    boot.memory->ranges -= boot.durable.intervals();
    boot.durable.insert(id.sequence);
    boot.memory->ranges += boot.durable.intervals();
    fleet_.count(*pending.batch);
    pending.stream->acknowledge(id, ingest::Outcome::kAccepted, {});
    for (const auto& other : waiting.mapped()) {
      ++fleet_.agent(pending.batch->agent).duplicate_batches;
      other->acknowledge(id, ingest::Outcome::kDuplicate, {});
    }
  }
  follow();
  const auto answers = std::exchange(after_commit_, {});
  if (!commit.error) {
    for (const auto& answer : answers) answer();
    return;
  }
  // Declarations of the same transaction are lost with it, so every agent starts over.
  for (auto& [key, session] : sessions_) {
    session.stream->close({ErrorCode::kUnavailable, "", "the store cannot write"});
  }
}

void Core::performed(std::shared_ptr<const performance::Snapshot> snapshot) {
  asio::post(context_,
             [this, snapshot = std::move(snapshot)] { performance_ = std::move(snapshot); });
}

void Core::written(remote_write::Status status) {
  asio::post(context_, [this, status = std::move(status)]() mutable {
    const std::string receiver = status.receiver;
    written_[receiver] = std::move(status);
  });
}

void Core::follow() {
  for (const auto& [place, latest] : fleet_.take_moved()) twin_.observe(*place, latest);
  evaluate(twin_.take_jobs(clock_()));
}

void Core::evaluate(std::vector<twin::Job> jobs) {
  for (twin::Job& job : jobs) {
    if (!settings_.evaluate_aside) {
      evaluated(twin::evaluate(job));
      continue;
    }
    asio::post(evaluators_, [this, job = std::move(job)] {
      asio::post(context_,
                 [this, done = twin::evaluate(job)]() mutable { evaluated(std::move(done)); });
    });
  }
}

void Core::evaluated(twin::Evaluated done) {
  const std::int64_t now = clock_();
  if (const auto moved = twin_.accept(std::move(done), now); !moved) {
    spdlog::warn("the line as reported cannot be evaluated: {}", moved.error().message());
  }
  evaluate(twin_.take_jobs(now));
}

void Core::commission(twin::BaselineScope scope, alarms::Operator who, CommissionReply reply) {
  asio::post(context_, [this, scope = std::move(scope), who = std::move(who),
                        reply = std::move(reply)] { reply(on_commission(scope, who)); });
}

Result<twin::Commissioned> Core::on_commission(const twin::BaselineScope& scope,
                                               const alarms::Operator& who) {
  if (store_ == nullptr) return fail(ErrorCode::kUnavailable, "", "the collector is starting");
  if (auto good = alarms::check(who); !good) return tl::unexpected(good.error());
  if (!scope.fibre_pair.empty() && plant::find_fibre_pair(*plant_, scope.fibre_pair) == nullptr) {
    return fail(ErrorCode::kInvalidInput, "fibre_pair",
                fmt::format("'{}' is not on the plant", scope.fibre_pair));
  }
  const std::int64_t now = clock_();
  const twin::Commissioned done = baselines_.commission(now, scope);
  if (done.taken == 0) {
    return fail(ErrorCode::kUnavailable, "",
                fmt::format("no snapshot was taken: none of {} places has an hour of readings "
                            "within the last day",
                            done.left));
  }
  std::string target = scope.fibre_pair.empty() ? "line" : scope.fibre_pair;
  if (scope.direction) target += fmt::format(" {}", plant::to_string(*scope.direction));
  alarms_.audit(now, "commission", who, std::move(target),
                fmt::format("{} snapshots, {} places left: {}", done.taken, done.left, who.note));
  return done;
}

void Core::reload(std::string station, alarms::Operator who, ReloadDesk::Reply reply) {
  asio::post(context_,
             [this, station = std::move(station), who = std::move(who),
              reply = std::move(reply)]() mutable { on_reload(station, who, std::move(reply)); });
}

void Core::on_reload(const std::string& station, const alarms::Operator& who,
                     ReloadDesk::Reply reply) {
  if (store_ == nullptr) {
    return reply(fail(ErrorCode::kUnavailable, "", "the collector is starting"));
  }
  if (auto good = alarms::check(who); !good) return reply(tl::unexpected(good.error()));
  if (!limited_agents_.contains(station)) {
    return reply(
        fail(ErrorCode::kNotFound, "station", fmt::format("'{}' is not on the plant", station)));
  }
  std::vector<ingest::StreamPtr> streams;
  for (const auto& [key, session] : sessions_) {
    if (session.station == station && !session.ended) streams.push_back(session.stream);
  }
  const std::int64_t now = clock_();
  alarms_.audit(now, "reload_agent", who, station, who.note);
  reloads_.ask(station, streams, now, std::move(reply));
}

void Core::tick() {
  const std::int64_t now = clock_();
  reloads_.give_up(now);
  judge_line(now);
  // A few places a tick: a new trend each is up to milliseconds of work.
  constexpr std::size_t kPlacesATick = 16;
  for (store::BaselineRecord& record : baselines_.work(kPlacesATick)) {
    store_->record(std::move(record));
  }
  if (now - swept_unix_ns_ >= settings_.sweep_interval_ns || now < swept_unix_ns_) {
    swept_unix_ns_ = now;
    store_->sweep(now);
  }
}

void Core::judge_line(std::int64_t now) {
  assess::Assessment assessment = assessor_.assess(*twin_.model(), now);
  if (baselines_.due(now)) {
    assess::look(assessment, baselines_);
    baselines_.looked(now);
  }
  const auto readings = equipment(now);
  auto conditions = alarms::conditions_of(assessment, plant_->thresholds, health(now), readings,
                                          alarms_.standing());
  if (performance_ != nullptr) {
    alarms::threshold_conditions(performance_->crossings, conditions);
  } else {
    alarms::hold_thresholds(alarms_.standing(), conditions);
  }
  locate::add_causes({.map = map_, .readings = readings, .feed = map_.feed()}, conditions);
  alarms_.judge(now, conditions);
  publish(now, std::move(assessment));
}

std::vector<alarms::EquipmentReading> Core::equipment(std::int64_t now) const {
  std::vector<alarms::EquipmentReading> readings;
  for (const auto& [place, point] : fleet_.points()) {
    if (!alarms::is_equipment(place.quantity)) continue;
    const auto latest = fleet::fresh(point, now, settings_.assess.staleness_ns);
    const bool dark = latest && latest->reading == codec::Reading::kNoLight;
    if (!latest || (!dark && latest->reading != codec::Reading::kValue)) continue;
    readings.push_back({.place = place,
                        .observed = dark ? 0 : latest->value,
                        .expected = twin_.model()->expected(place),
                        .no_light = dark});
  }
  return readings;
}

alarms::MonitorHealth Core::health(std::int64_t now) const {
  alarms::MonitorHealth health{.store_failing = store_->status().failing,
                               .allowed_lead_ns = settings_.allowed_skew_ns,
                               .allowed_lag_ns = kAllowedLag_ns,
                               .silence_ns = settings_.assess.silence_ns};
  for (const auto& [station, agent] : fleet_.agents()) {
    health.agents[station] = {.live_lag_ns = agent.live_lag.smallest_ns(now),
                              .newest_of_source_unix_ns = agent.newest_of_source_unix_ns};
  }
  return health;
}

void Core::publish(std::int64_t now, assess::Assessment assessment) {
  auto snapshot = std::make_shared<exposition::Snapshot>();
  snapshot->time_unix_ns = now;
  snapshot->model = twin_.model();
  snapshot->tolerances = tolerances_;
  snapshot->twin = twin_.status();
  for (const auto& [place, point] : fleet_.points()) {
    const auto latest = fleet::fresh(point, now, settings_.assess.staleness_ns);
    if (latest && latest->reading == codec::Reading::kValue) {
      snapshot->observed.push_back({place, latest->value});
    }
  }
  snapshot->assessment = std::move(assessment);
  snapshot->alarms = alarms_.standing();
  snapshot->maintenance = alarms_.windows();
  snapshot->raised_total = alarms_.raised_total();
  snapshot->agents = fleet_.agents();
  snapshot->refused_agents = refused_agents_;
  snapshot->refused_queries = refused_queries_;
  snapshot->limited_agents = limited_agents_;
  snapshot->store = store_->status();
  snapshot->performance = performance_;
  if (baselines_.changes() != baseline_changes_shown_) {
    baseline_changes_shown_ = baselines_.changes();
    baselines_shown_ =
        std::make_shared<const std::vector<twin::BaselineSummary>>(baselines_.summaries());
  }
  snapshot->baselines = baselines_shown_;
  for (const auto& [receiver, status] : written_) snapshot->written.push_back(status);
  board_->publish(std::move(snapshot));
}

}  // namespace caspilink::core
