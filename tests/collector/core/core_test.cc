// The owner of the state against a store in memory and streams that take notes, in simulated time:
// no gRPC, no threads.
#include "collector/core/core.h"

#include <algorithm>
#include <chrono>

#include <gmock/gmock.h>

#include "collector/core/alarm_record.h"
#include "collector/store/fake_store.h"
#include "tests/collector/small_plant.h"

namespace caspilink::core {
namespace {

using codec::Quantity;
using ingest::Outcome;
using test::kSecond;
using test::kStart;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FakeStream final : public ingest::Stream {
 public:
  void acknowledge(codec::BatchId id, Outcome outcome, std::string) override {
    answers.emplace_back(id.sequence, outcome);
  }
  void keep_declarations() override { ++kept; }
  void ask_to_reload(std::uint64_t request) override { asked.push_back(request); }
  void close(Error error) override { closed = std::move(error); }

  int kept = 0;
  std::vector<std::uint64_t> asked;

  std::vector<std::pair<std::uint64_t, Outcome>> answers;
  std::optional<Error> closed;
};

class CoreTest : public testing::Test {
 protected:
  CoreTest() { restart({}); }

  void restart(store::Recovered recovered, bool at_once = false) {
    core_ = std::make_unique<Core>(
        context_, [this] { return now_; }, model_,
        Settings{.assess = {.staleness_ns = 30 * kSecond,
                            .silence_ns = 30 * kSecond,
                            .started_unix_ns = now_},
                 .allowed_skew_ns = 5 * kSecond},
        board_);
    store_ = std::make_unique<store::FakeStore>(
        [this](store::Commit commit) { core_->committed(std::move(commit)); }, at_once);
    core_->attach(*store_, std::move(recovered));
  }
  void settle() {
    context_.restart();
    context_.poll();
  }
  std::shared_ptr<FakeStream> connect(const std::string& station) {
    auto stream = std::make_shared<FakeStream>();
    core_->opened(stream, station);
    codec::Catalogue catalogue{.boot = 1, .series = {}};
    std::uint32_t number = 0;
    for (const std::uint32_t channel : {1U, 32U, 64U, 96U}) {
      catalogue.series.push_back(
          {++number, test::channel_point(Quantity::kChannelInputPower, "FP01", channel)});
      catalogue.series.push_back(
          {++number, test::channel_point(Quantity::kQValue, "FP01", channel)});
    }
    core_->declared(stream, catalogue);
    settle();
    return stream;
  }
  // One batch with all eight series of `connect`.
  codec::Batch batch(std::uint64_t sequence, double power, double q,
                     codec::Reading reading = codec::Reading::kValue) {
    codec::Batch made{.id = {1, sequence}};
    for (std::uint32_t number = 1; number <= 8; ++number) {
      made.series.push_back(number);
      made.times_unix_ns.push_back(now_);
      made.values.push_back(number % 2 == 1 ? power : q);
      made.readings.push_back(reading);
    }
    return made;
  }
  void send(const std::shared_ptr<FakeStream>& stream, codec::Batch made) {
    core_->received(stream, std::move(made));
    settle();
  }
  std::shared_ptr<const exposition::Snapshot> snapshot() {
    core_->tick();
    return board_->latest();
  }

  std::int64_t now_ = kStart;
  asio::io_context context_;
  std::shared_ptr<const twin::Model> model_ =
      std::make_shared<const twin::Model>(twin::Model::build(test::small_plant()).value());
  std::shared_ptr<exposition::SnapshotBoard> board_ = std::make_shared<exposition::SnapshotBoard>();
  std::unique_ptr<Core> core_;
  std::unique_ptr<store::FakeStore> store_;
};

TEST_F(CoreTest, NothingIsAcknowledgedBeforeItIsDurable) {
  const auto stream = connect("aktau");
  send(stream, batch(1, -8.8, 9));
  EXPECT_THAT(stream->answers, IsEmpty());
  store_->commit();
  settle();
  EXPECT_THAT(stream->answers, ElementsAre(std::pair(1U, Outcome::kAccepted)));
}

TEST_F(CoreTest, ADuplicateIsAcknowledgedAndNeitherStoredNorJudgedAgain) {
  const auto stream = connect("aktau");
  send(stream, batch(1, -8.8, 9));
  store_->commit();
  settle();
  send(stream, batch(1, -8.8, 99));
  EXPECT_THAT(stream->answers,
              ElementsAre(std::pair(1U, Outcome::kAccepted), std::pair(1U, Outcome::kDuplicate)));
  EXPECT_EQ(store_->durable().size(), 1U);
  const auto& agent = snapshot()->agents.at("aktau");
  EXPECT_EQ(agent.batches, 1U);
  EXPECT_EQ(agent.samples, 8U);
  EXPECT_EQ(agent.duplicate_batches, 1U);
  EXPECT_EQ(agent.set_aside[static_cast<std::size_t>(store::SetAside::kOutOfRange)], 0U);
}

TEST_F(CoreTest, ADuplicateOfABatchOnItsWayWaitsForIt) {
  const auto one = connect("aktau");
  const auto two = connect("aktau");
  send(one, batch(1, -8.8, 9));
  send(two, batch(1, -8.8, 9));
  EXPECT_THAT(two->answers, IsEmpty());
  store_->commit();
  settle();
  EXPECT_THAT(one->answers, ElementsAre(std::pair(1U, Outcome::kAccepted)));
  EXPECT_THAT(two->answers, ElementsAre(std::pair(1U, Outcome::kDuplicate)));
  EXPECT_EQ(store_->durable().size(), 1U);
}

TEST_F(CoreTest, OrderDoesNotMatter) {
  const auto stream = connect("aktau");
  for (const std::uint64_t sequence : {3U, 1U, 2U, 3U}) send(stream, batch(sequence, -8.8, 9));
  store_->commit();
  settle();
  EXPECT_EQ(store_->durable().size(), 3U);
  EXPECT_EQ(stream->answers.size(), 4U);
}

TEST_F(CoreTest, TheLedgerOfTheStoreIsRemembered) {
  store::Recovered recovered;
  recovered.ledger[{"aktau", 1}].insert(1, 10);
  restart(std::move(recovered));
  const auto stream = connect("aktau");
  send(stream, batch(10, -8.8, 9));
  EXPECT_THAT(stream->answers, ElementsAre(std::pair(10U, Outcome::kDuplicate)));
  const auto other = connect("sumgait");
  send(other, batch(10, -8.8, 9));
  EXPECT_THAT(other->answers, IsEmpty()) << "another agent's sequence is its own";
}

TEST_F(CoreTest, AStoreThatCannotWriteEndsStreamsAndStillShowsTheLine) {
  const auto stream = connect("aktau");
  send(stream, batch(1, -8.8, 9));
  store_->fail({ErrorCode::kExhausted, "", "disk full"});
  settle();
  EXPECT_THAT(stream->answers, IsEmpty());
  ASSERT_TRUE(stream->closed);
  EXPECT_EQ(stream->closed->code, ErrorCode::kUnavailable);
  EXPECT_EQ(snapshot()->agents.at("aktau").batches, 0U);
  EXPECT_FALSE(snapshot()->observed.empty());
  const auto again = connect("aktau");
  send(again, batch(1, -8.8, 9));
  store_->commit();
  settle();
  EXPECT_THAT(again->answers, ElementsAre(std::pair(1U, Outcome::kAccepted)));
}

TEST_F(CoreTest, WhatIsSetAsideNeverReachesAVerdict) {
  const auto stream = connect("aktau");
  send(stream, batch(1, -8.8, 41));
  store_->commit();
  settle();
  const auto shown = snapshot();
  EXPECT_EQ(shown->assessment.directions[0].verdict, assess::Verdict::kUnknown);
  EXPECT_EQ(shown->agents.at("aktau").set_aside[1], 4U);
  EXPECT_EQ(shown->agents.at("aktau").samples, 4U);
}

TEST_F(CoreTest, AMalformedBatchIsRefusedNotedAndCounted) {
  const auto stream = connect("aktau");
  core_->malformed(stream, {1, 7}, {ErrorCode::kInvalidInput, "batch 1/7", "columns"});
  settle();
  EXPECT_THAT(stream->answers, IsEmpty());  // its note is still in the store's queue
  store_->commit();
  settle();
  EXPECT_THAT(stream->answers, ElementsAre(std::pair(7U, Outcome::kRefused)));
  EXPECT_EQ(store_->refused().size(), 1U);
  EXPECT_EQ(snapshot()->agents.at("aktau").refused_batches, 1U);
}

TEST_F(CoreTest, StreamsOfOneAgentAreBounded) {
  std::vector<std::shared_ptr<FakeStream>> streams;
  for (int i = 0; i < 5; ++i) streams.push_back(connect("aktau"));
  EXPECT_FALSE(streams[3]->closed);
  ASSERT_TRUE(streams[4]->closed);
  EXPECT_EQ(streams[4]->closed->code, ErrorCode::kExhausted);
  EXPECT_EQ(snapshot()->limited_agents.at("aktau").at("streams"), 1U);
  EXPECT_EQ(snapshot()->limited_agents.at("sumgait").at("streams"), 0U);
  core_->closed(streams[4]);  // was never counted
  core_->closed(streams[0]);
  settle();
  EXPECT_EQ(snapshot()->agents.at("aktau").streams, 3);
  EXPECT_FALSE(connect("aktau")->closed);
}

TEST_F(CoreTest, GapsInTheSequenceAreBounded) {
  store::Recovered recovered;
  // Of all boots together: the first gap of each is behind its first range.
  for (std::uint64_t sequence = 2; sequence <= 100'002; sequence += 2) {
    recovered.ledger[{"aktau", 1}].insert(sequence);
    recovered.ledger[{"aktau", 2}].insert(sequence);
  }
  restart(std::move(recovered));
  const auto stream = connect("aktau");
  send(stream, batch(300'000, -8.8, 9));
  ASSERT_TRUE(stream->closed);
  EXPECT_EQ(stream->closed->code, ErrorCode::kExhausted);
  EXPECT_EQ(snapshot()->limited_agents.at("aktau").at("sequence_gaps"), 1U);
  // What was on its way from the stream that is being ended is not counted again.
  send(stream, batch(300'002, -8.8, 9));
  EXPECT_EQ(snapshot()->limited_agents.at("aktau").at("sequence_gaps"), 1U);
}

TEST_F(CoreTest, BatchesWithoutGapsLeaveRoomForMore) {
  const auto stream = connect("aktau");
  for (std::uint64_t sequence = 1; sequence <= 5000; ++sequence) {
    core_->received(stream, batch(sequence, -8.8, 9));
  }
  settle();
  store_->commit();
  settle();
  EXPECT_EQ(stream->answers.size(), 5000U);
  EXPECT_FALSE(stream->closed);
}

TEST_F(CoreTest, DeclarationsMakeRoomOnceTheStoreHasCommitted) {
  const auto stream = connect("aktau");
  EXPECT_EQ(stream->kept, 0);
  store_->commit();
  settle();
  EXPECT_EQ(stream->kept, 1);
}

TEST_F(CoreTest, BootsAndSeriesAreBoundedAndCounted) {
  const auto many_boots = connect("aktau");
  for (std::uint64_t boot = 2; boot <= 1100; ++boot) {
    core_->declared(many_boots, {.boot = boot, .series = {}});
  }
  settle();
  ASSERT_TRUE(many_boots->closed);
  EXPECT_EQ(many_boots->closed->code, ErrorCode::kExhausted);
  const auto many_series = connect("aktau");
  const auto point = test::channel_point(Quantity::kQValue, "FP01", 1);
  for (std::uint64_t boot = 2; boot <= 20; ++boot) {
    core_->declared(many_series, {.boot = boot, .series = {{20'000, point}}});
  }
  settle();
  ASSERT_TRUE(many_series->closed);
  EXPECT_EQ(many_series->closed->code, ErrorCode::kExhausted);
  const auto limited = snapshot()->limited_agents.at("aktau");
  EXPECT_EQ(limited.at("boots"), 1U);
  EXPECT_EQ(limited.at("series"), 1U);
}

TEST_F(CoreTest, LimitsThatAStreamPassesAreCountedByStation) {
  core_->limited("aktau", ingest::Limit::kMessageSize, "a message of 2 bytes, at most 1");
  settle();
  EXPECT_EQ(snapshot()->limited_agents.at("aktau").at("message_size"), 1U);
}

TEST_F(CoreTest, ACutIsRaisedAfterItsHoldOffRecordedAndCleared) {
  const auto stream = connect("aktau");
  std::uint64_t sequence = 0;
  const auto second = [&](codec::Reading reading) {
    now_ += kSecond;
    const bool light = reading == codec::Reading::kValue;
    send(stream, batch(++sequence, light ? -8.8 : 0, light ? 9 : 0, reading));
    store_->commit();
    settle();
    core_->tick();
    return std::ranges::count(board_->latest()->alarms, 0U,
                              [](const auto& alarm) { return alarm->parent; });
  };
  const auto seconds_until = [&](codec::Reading reading, std::int64_t alarms) {
    int passed = 0;
    do ++passed;
    while (second(reading) != alarms && passed < 60);
    return passed;
  };
  EXPECT_EQ(second(codec::Reading::kValue), 0);
  // The condition shows in the first second and has to last three more.
  EXPECT_EQ(seconds_until(codec::Reading::kNoLight, 1), 4);
  ASSERT_EQ(store_->alarms().size(), 5U) << "the cut, and its four channels under it";
  EXPECT_EQ(store_->alarms()[0].type, "line_cut");
  EXPECT_EQ(store_->alarms()[0].fibre_pair, "FP01");
  EXPECT_EQ(store_->alarms()[0].direction, "a-b");
  EXPECT_EQ(seconds_until(codec::Reading::kValue, 0), 11);
  EXPECT_EQ(store_->alarms()[0].cleared_unix_ns, now_);
  EXPECT_EQ(board_->latest()->raised_total[static_cast<std::size_t>(alarms::Type::kLineCut)], 1U);
}

TEST_F(CoreTest, SilenceIsTheAgentsAlarmAndNoneOfTheLine) {
  const auto stream = connect("aktau");
  send(stream, batch(1, -8.8, 9));
  store_->commit();
  settle();
  for (int i = 0; i < 120; ++i) {
    now_ += kSecond;
    core_->tick();
  }
  std::vector<std::string> standing;
  for (const auto& alarm : board_->latest()->alarms) {
    standing.push_back(std::string(alarms::to_string(alarm->key.type)) + " " + alarm->key.station);
  }
  EXPECT_THAT(standing, ElementsAre("agent_silent aktau", "agent_silent sumgait"));
  EXPECT_THAT(board_->latest()->observed, IsEmpty()) << "series of dead things end";
}

TEST_F(CoreTest, StandingAlarmsSurviveARestartWithoutBeingRaisedAgain) {
  store::Recovered recovered;
  recovered.next_alarm_id = 8;
  recovered.standing_alarms.push_back({.id = 7,
                                       .type = "line_cut",
                                       .severity = "critical",
                                       .fibre_pair = "FP01",
                                       .direction = "a-b",
                                       .raised_unix_ns = kStart - kSecond});
  restart(std::move(recovered));
  ASSERT_EQ(snapshot()->alarms.size(), 1U);
  EXPECT_EQ(snapshot()->alarms[0]->id, 7U);
  EXPECT_EQ(snapshot()->raised_total[static_cast<std::size_t>(alarms::Type::kLineCut)], 0U);
}

TEST_F(CoreTest, WhatAnOperatorDoesIsDoneAuditedAndAnswered) {
  store::Recovered recovered;
  recovered.next_alarm_id = 8;
  recovered.standing_alarms.push_back({.id = 7,
                                       .type = "fibre_pair_cut",
                                       .severity = "critical",
                                       .fibre_pair = "FP01",
                                       .raised_unix_ns = kStart - kSecond});
  restart(std::move(recovered));
  const auto watcher = core_->alarms().watch(10, {});
  std::vector<std::string> answers;
  const auto answer = [&](const Result<alarms::AlarmPtr>& result) {
    answers.push_back(result ? std::string("done") : result.error().detail);
  };
  const alarms::Operator who{.name = "leyla", .note = "ship is on its way"};
  core_->alarms().acknowledge(7, who, answer);
  core_->alarms().shelve(7, who, now_ + 60 * kSecond, answer);
  core_->alarms().unshelve(7, who, answer);
  core_->alarms().acknowledge(9, who, answer);
  EXPECT_THAT(answers, IsEmpty()) << "the owner's thread does it";
  settle();
  EXPECT_THAT(answers, ElementsAre("done", "done", "done", "no alarm of this number stands"));
  std::vector<std::string> audited;
  for (const auto& record : store_->recorded<store::AuditRecord>()) {
    audited.push_back(record.operator_name + " " + record.action + " " + record.target);
  }
  EXPECT_THAT(audited, ElementsAre("leyla acknowledge alarm 7 fibre_pair_cut FP01",
                                   "leyla shelve alarm 7 fibre_pair_cut FP01",
                                   "leyla unshelve alarm 7 fibre_pair_cut FP01"));
  EXPECT_EQ(store_->alarms()[0].acknowledged_by, "leyla");
  EXPECT_EQ(store_->alarms()[0].note, "ship is on its way");
  EXPECT_EQ(watcher->take().events.size(), 3U);
  EXPECT_TRUE(snapshot()->alarms.at(0)->acknowledged);
}

TEST_F(CoreTest, MaintenanceIsPlannedKeptAndEnded) {
  std::optional<alarms::MaintenanceWindow> planned;
  const alarms::Operator who{.name = "leyla", .note = "splicing"};
  core_->alarms().plan_maintenance(
      {.from_unix_ns = now_, .until_unix_ns = now_ + 60 * kSecond, .fibre_pair = "FP01"}, who,
      [&](Result<alarms::MaintenanceWindow> result) { planned = result.value(); });
  settle();
  ASSERT_TRUE(planned);
  EXPECT_EQ(planned->id, 1U);
  EXPECT_EQ(snapshot()->maintenance.size(), 1U);
  now_ += kSecond;
  core_->alarms().end_maintenance(1, who, [](const auto& result) { EXPECT_TRUE(result); });
  settle();
  EXPECT_THAT(snapshot()->maintenance, IsEmpty());
  const auto kept = store_->recorded<store::MaintenanceRecord>();
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[1].until_unix_ns, now_);
  EXPECT_EQ(store_->recorded<store::AuditRecord>().size(), 2U);
}

TEST_F(CoreTest, AnAlarmIsTheSameAfterTheStore) {
  alarms::Alarm alarm{
      .id = 3,
      .key = {.type = alarms::Type::kThresholdCrossed,
              .qualifier = "es_15min",
              .fibre_pair = "FP01",
              .direction = plant::Direction::kBToA,
              .channel = 4},
      .severity = alarms::Severity::kWarning,
      .text = "text",
      .raised_unix_ns = 5,
      .parent = 2,
      .flaps = 6,
      .cause = {.element = "S3", .text = "why", .position = alarms::Position{1, 2}, .by = "aysel"},
      .acknowledged = alarms::Acknowledgement{"leyla", "ship called", 7},
      .shelved = alarms::Shelf{"nurlan", "new pump", 8}};
  EXPECT_EQ(alarm_of(record_of(alarm)), alarm);
  const alarms::MaintenanceWindow window{.id = 1,
                                         .from_unix_ns = 2,
                                         .until_unix_ns = 3,
                                         .station = "aktau",
                                         .fibre_pair = "FP01",
                                         .direction = plant::Direction::kAToB,
                                         .element = "R1",
                                         .by = "leyla",
                                         .note = "note"};
  EXPECT_EQ(window_of(record_of(window)), window);
}

TEST_F(CoreTest, RefusedAgentsAreCountedByReason) {
  core_->refused(ingest::Refusal::kWrongStation);
  settle();
  EXPECT_EQ(snapshot()->refused_agents.at("wrong_station"), 1U);
  EXPECT_EQ(snapshot()->refused_agents.at("no_certificate"), 0U);
}

TEST_F(CoreTest, DeclarationsGoToTheStoreBeforeTheBatchesThatUseThem) {
  const auto stream = connect("aktau");
  ASSERT_EQ(store_->catalogues().size(), 1U);
  EXPECT_EQ(store_->catalogues()[0].first, "aktau");
}

TEST_F(CoreTest, MessagesOfAnEndedStreamAreIgnored) {
  const auto stream = connect("aktau");
  core_->closed(stream);
  settle();
  send(stream, batch(1, -8.8, 9));
  store_->commit();
  settle();
  EXPECT_THAT(store_->durable(), IsEmpty());
}

// ---- the twin ----

TEST_F(CoreTest, WhatATransmitterReportsMovesWhatItsReceiverShouldSee) {
  const auto stream = std::make_shared<FakeStream>();
  core_->opened(stream, "sumgait");
  core_->declared(
      stream,
      {.boot = 1, .series = {{1, test::channel_point(Quantity::kChannelOutputPower, "FP01", 32)}}});
  settle();
  const double planned = model_->plant().channels[31].launch_power.value();
  send(stream, {.id = {1, 1}, .series = {1}, .times_unix_ns = {now_}, .values = {planned - 4}});
  store_->commit();
  const auto received = *fleet::place_of(
      model_->plant(), "aktau", test::channel_point(Quantity::kChannelInputPower, "FP01", 32));
  const double designed = *model_->expected(received);
  settle();
  // The evaluation comes back from its own thread.
  while (snapshot()->twin.evaluations == 0) {
    context_.restart();
    context_.run_one_for(std::chrono::seconds(10));
  }
  EXPECT_NEAR(*snapshot()->model->expected(received), designed - 4, 0.3);
  EXPECT_EQ(snapshot()->twin.failures, 0U);
}

TEST_F(CoreTest, WhatAReceiverReadsMovesNothing) {
  const auto stream = connect("aktau");
  send(stream, batch(1, -20, 5));
  store_->commit();
  settle();
  EXPECT_EQ(snapshot()->model, model_);
}

TEST_F(CoreTest, AnAgentIsAskedToReadItsConfigurationAgainAndItsAnswerIsPassedOn) {
  using codec::ReloadAnswer;
  std::vector<std::string> answers;
  const auto answer = [&](const Result<ReloadAnswer>& said) {
    answers.push_back(said ? std::string(codec::to_string(said->outcome)) + ' ' + said->detail
                           : said.error().message());
  };
  const alarms::Operator who{.name = "leyla", .note = "new SLTE"};
  core_->reload("baku", who, answer);
  core_->reload("aktau", who, answer);
  core_->reload("aktau", {.name = "leyla", .note = std::string(2000, 'x')}, answer);
  settle();
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_THAT(answers[0], HasSubstr("'baku' is not on the plant"));
  EXPECT_THAT(answers[1], HasSubstr("the agent of aktau is not connected"));
  EXPECT_THAT(answers[2], HasSubstr("note: expected at most"));

  const auto aktau = connect("aktau");
  const auto sumgait = connect("sumgait");
  core_->reload("aktau", who, answer);
  settle();
  EXPECT_EQ(answers.size(), 3U) << "it has not answered";
  ASSERT_EQ(aktau->asked.size(), 1U);
  EXPECT_THAT(sumgait->asked, IsEmpty());
  const std::uint64_t request = aktau->asked.front();
  core_->reloaded(sumgait, {.request = request, .detail = "not mine"});
  core_->reloaded(aktau, {.request = request + 1, .detail = "not asked"});
  core_->reloaded(aktau, {.request = request, .detail = "agent.yaml:3:1"});
  core_->reloaded(aktau, {.request = request, .detail = "again"});
  settle();
  ASSERT_EQ(answers.size(), 4U);
  EXPECT_EQ(answers[3], "refused agent.yaml:3:1");

  core_->reload("aktau", who, answer);
  settle();
  ASSERT_EQ(aktau->asked.size(), 2U);
  EXPECT_GT(aktau->asked[1], request);
  now_ += 7 * kSecond;
  core_->tick();
  EXPECT_EQ(answers.size(), 4U);
  now_ += kSecond;
  core_->tick();
  ASSERT_EQ(answers.size(), 5U);
  EXPECT_THAT(answers[4], HasSubstr("has not answered in time"));
  const auto audited = store_->recorded<store::AuditRecord>();
  ASSERT_EQ(audited.size(), 3U) << "what was asked, answered or not";
  EXPECT_EQ(audited.back().operator_name + ' ' + audited.back().action + ' ' +
                audited.back().target + ' ' + audited.back().detail,
            "leyla reload_agent aktau new SLTE");
}

TEST_F(CoreTest, ACommissioningSnapshotIsKeptAndFoundAgain) {
  constexpr std::int64_t kQuarter = 900 * kSecond;
  const auto stream = connect("aktau");
  for (std::uint64_t look = 1; look <= 4; ++look) {
    now_ += kQuarter;
    send(stream, batch(look, -10, 9));
    store_->commit();
    settle();
    core_->tick();
  }
  std::vector<std::string> answers;
  const auto answer = [&](const Result<twin::Commissioned>& done) {
    answers.push_back(done ? std::to_string(done->taken) : done.error().message());
  };
  const alarms::Operator who{.name = "leyla", .note = "repaired"};
  core_->commission({.fibre_pair = "FP77"}, who, answer);
  core_->commission({.fibre_pair = "FP02"}, who, answer);
  core_->commission({}, {.name = "leyla", .note = std::string(2000, 'x')}, answer);
  EXPECT_THAT(store_->recorded<store::AuditRecord>(), IsEmpty());
  core_->commission({.fibre_pair = "FP01", .direction = plant::Direction::kAToB}, who, answer);
  EXPECT_THAT(answers, IsEmpty()) << "the owner's thread does it";
  settle();
  ASSERT_EQ(answers.size(), 4U);
  EXPECT_THAT(answers[0], HasSubstr("'FP77' is not on the plant"));
  EXPECT_THAT(answers[1], HasSubstr("none of"));
  EXPECT_THAT(answers[2], HasSubstr("note: expected at most"));
  EXPECT_EQ(answers[3], "8") << "receive power and Q of four channels";
  const auto audited = store_->recorded<store::AuditRecord>();
  ASSERT_EQ(audited.size(), 1U);
  EXPECT_EQ(audited[0].operator_name + ' ' + audited[0].action + ' ' + audited[0].target,
            "leyla commission FP01 a-b");
  EXPECT_THAT(audited[0].detail, HasSubstr("repaired"));
  now_ += kSecond;
  core_->tick();
  const auto kept = store_->recorded<store::BaselineRecord>();
  ASSERT_FALSE(kept.empty());
  EXPECT_EQ(kept.front().kind, "commissioning");
  restart({.baselines = kept}, true);
  const auto again = connect("aktau");
  for (std::uint64_t look = 1; look <= 4; ++look) {
    now_ += kQuarter;
    send(again, batch(look, -10, 8.5));
    settle();
    core_->tick();
  }
  // What is shown of it is made anew only where something has changed.
  const auto shown = snapshot()->baselines;
  ASSERT_TRUE(shown);
  const auto kept_place = std::ranges::find_if(
      *shown, [](const auto& each) { return each.place.quantity == Quantity::kQValue; });
  ASSERT_NE(kept_place, shown->end());
  EXPECT_NEAR(kept_place->from_commissioning.value_or(0), -0.5, 1e-6);
  core_->tick();
  EXPECT_EQ(snapshot()->baselines, shown);
  const auto& channels = snapshot()->assessment.directions.at(0).channels;
  ASSERT_TRUE(channels.at(0).margin_from_commissioning);
  EXPECT_NEAR(channels.at(0).margin_from_commissioning->value(), -0.5, 1e-6);
}

}  // namespace
}  // namespace caspilink::core
