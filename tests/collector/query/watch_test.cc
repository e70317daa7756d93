// WatchAlarms: what a watcher sees, and what one may cost.
#include <memory>
#include <thread>

#include <gmock/gmock.h>

#include "tests/collector/query/server_fixture.h"

namespace caspilink::query {
namespace {

using test::kSecond;
using testing::HasSubstr;

using Stream = grpc::ClientReader<wire::WatchAlarmsResponse>;

// Read to where the list of what stands ends, which `message` is then.
std::unique_ptr<Stream> listed(std::unique_ptr<Stream> stream, wire::WatchAlarmsResponse& message) {
  while (stream->Read(&message) && !message.has_listed()) {
  }
  return stream;
}

TEST_F(QueryServerTest, AWatcherSeesWhatStandsWhatIsRaisedAndWhatIsAcknowledged) {
  cut({"FP01"});
  const auto leyla = as(kOperator);
  grpc::ClientContext context;
  patient(context);
  wire::WatchAlarmsRequest request;
  request.set_roots_only(true);
  const auto stream = leyla->WatchAlarms(&context, request);
  wire::WatchAlarmsResponse message;
  ASSERT_TRUE(stream->Read(&message));
  EXPECT_EQ(message.standing().fibre_pair(), "FP01");
  ASSERT_TRUE(stream->Read(&message));
  EXPECT_EQ(message.listed().standing(), 1U);
  cut({"FP01", "FP02"});
  ASSERT_TRUE(stream->Read(&message));
  EXPECT_EQ(message.event().kind(), "raised");
  EXPECT_EQ(message.event().alarm().fibre_pair(), "FP02");
  wire::AcknowledgeRequest acknowledge;
  acknowledge.set_alarm(message.event().alarm().id());
  acknowledge.set_note("seen");
  wire::AlarmResponse alarm;
  ASSERT_TRUE(call(*leyla, &wire::Query::Stub::Acknowledge, acknowledge, alarm).ok());
  ASSERT_TRUE(stream->Read(&message));
  EXPECT_EQ(message.event().kind(), "acknowledged");
  EXPECT_EQ(message.event().alarm().acknowledged_by(), "leyla");
  context.TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(QueryServerTest, AWatcherThatDoesNotReadIsEndedAndCostsABoundedQueue) {
  start({.watch_capacity = 16});
  cut({"FP01"});
  const auto viewer = as(kViewer);
  grpc::ClientContext context;
  patient(context);
  wire::WatchAlarmsResponse message;
  const auto stream = listed(viewer->WatchAlarms(&context, wire::WatchAlarmsRequest()), message);
  ASSERT_TRUE(message.has_listed());
  // More than the windows of HTTP/2 on both sides hold.
  for (int i = 0; i < 4000; ++i) {
    office_.acknowledge(1, {.name = "leyla", .note = std::string(1000, 'x')}, [](const auto&) {});
  }
  on_owner([] {});
  int events = 0;
  while (stream->Read(&message)) ++events;
  const auto status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
  EXPECT_LT(events, 4000);
}

TEST_F(QueryServerTest, ARevokedOperatorMayDoNothingMoreAndWatchesNoLonger) {
  const auto lost = authority_.issue("lost", {std::string("URI:") + kOperator});
  tls_.crl_file = authority_.revoke({});
  start({});
  cut({"FP01"});
  const auto operator_ = wire::Query::NewStub(channel(endpoint::client_credentials(lost).value()));
  const auto viewer = as(kViewer);
  grpc::ClientContext context;
  patient(context);
  const auto stream = operator_->WatchAlarms(&context, wire::WatchAlarmsRequest());
  grpc::ClientContext other_context;
  patient(other_context);
  const auto other = viewer->WatchAlarms(&other_context, wire::WatchAlarmsRequest());
  wire::WatchAlarmsResponse message;
  ASSERT_TRUE(stream->Read(&message));
  ASSERT_TRUE(other->Read(&message));

  (void)authority_.revoke({lost});
  server_->sweep(now_);
  while (stream->Read(&message)) {
  }
  const auto ended = stream->Finish();
  EXPECT_EQ(ended.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_THAT(ended.error_message(), HasSubstr("revoked"));
  wire::AcknowledgeRequest acknowledge;
  acknowledge.set_alarm(1);
  wire::AlarmResponse alarm;
  EXPECT_EQ(call(*operator_, &wire::Query::Stub::Acknowledge, acknowledge, alarm).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(denied_[access::Denial::kRevokedCertificate], 2);
  // Whoever is not on the list goes on.
  cut({"FP01", "FP02"});
  do {
    ASSERT_TRUE(other->Read(&message));
  } while (!message.has_event());
  other_context.TryCancel();
}

TEST_F(QueryServerTest, AWriteThatStandsStillIsCancelledAndCostsABoundedQueue) {
  constexpr std::size_t kCapacity = 64;
  start({.max_watchers = 1, .watch_capacity = kCapacity});
  // Long events, so that one queue of them is more than the windows of HTTP/2 take.
  on_owner([&] {
    for (int i = 0; i < 20; ++i) {
      now_ += kSecond;
      office_.judge(now_, {{.key = {.type = alarms::Type::kFibrePairCut, .fibre_pair = "FP01"},
                            .state = alarms::State::kPresent,
                            .severity = alarms::Severity::kCritical,
                            .text = std::string(65'536, 'x')}});
    }
    publish();
  });
  const auto viewer = as(kViewer);
  grpc::ClientContext context;
  patient(context);
  wire::WatchAlarmsResponse message;
  const auto stuck = listed(viewer->WatchAlarms(&context, wire::WatchAlarmsRequest()), message);
  ASSERT_TRUE(message.has_listed());
  std::vector<std::weak_ptr<const alarms::Alarm>> events;
  const auto happen = [&](std::size_t times) {
    for (std::size_t i = 0; i < times; ++i) {
      office_.acknowledge(1, {.name = "leyla", .note = "again"},
                          [&](const Result<alarms::AlarmPtr>& done) { events.push_back(*done); });
    }
    on_owner([] {});
  };
  const auto turned_away = [&] {
    grpc::ClientContext other_context;
    patient(other_context);
    const auto other = viewer->WatchAlarms(&other_context, wire::WatchAlarmsRequest());
    const bool read = other->Read(&message);
    other_context.TryCancel();
    return !read;
  };
  // It reads no more: one queue full fills the windows, and the write behind them stands still.
  happen(kCapacity);
  server_->sweep(now_);
  now_ += 29 * kSecond;
  server_->sweep(now_);
  EXPECT_TRUE(turned_away()) << "its place is taken until it has been long enough";

  happen(500);
  on_owner([this] { publish(); });
  std::size_t alive = 0;
  for (const auto& event : events) alive += event.expired() ? 0 : 1;
  EXPECT_EQ(events.size(), 500 + kCapacity);
  // What waits for the watcher, the one that stands and the one in the snapshot.
  EXPECT_LE(alive, kCapacity + 2);

  // A write that still moved at the first look gets its time anew.
  for (int look = 0; look < 40 && turned_away(); ++look) {
    now_ += 31 * kSecond;
    server_->sweep(now_);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  // What was on its way comes, and then that it is over.
  std::size_t read = 0;
  while (stuck->Read(&message)) ++read;
  EXPECT_LT(read, events.size());
  EXPECT_EQ(stuck->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(QueryServerTest, AWatcherToWhomNothingHappensIsNotStuck) {
  cut({"FP01"});
  const auto viewer = as(kViewer);
  grpc::ClientContext context;
  patient(context);
  wire::WatchAlarmsResponse message;
  const auto stream = listed(viewer->WatchAlarms(&context, wire::WatchAlarmsRequest()), message);
  ASSERT_TRUE(message.has_listed());
  for (int minute = 0; minute < 5; ++minute) {
    // A question there and back, so that the collector, too, has seen its last write end.
    wire::ListMaintenanceResponse answer;
    ASSERT_TRUE(
        call(*viewer, &wire::Query::Stub::ListMaintenance, wire::ListMaintenanceRequest(), answer)
            .ok());
    now_ += 60 * kSecond;
    server_->sweep(now_);
  }
  cut({"FP01", "FP02"});
  ASSERT_TRUE(stream->Read(&message));
  EXPECT_TRUE(message.has_event());
  context.TryCancel();
}

TEST_F(QueryServerTest, TooManyWatchersAreTurnedAway) {
  start({.max_watchers = 1});
  cut({"FP01"});
  const auto viewer = as(kViewer);
  grpc::ClientContext first_context;
  patient(first_context);
  const auto first = viewer->WatchAlarms(&first_context, wire::WatchAlarmsRequest());
  wire::WatchAlarmsResponse message;
  ASSERT_TRUE(first->Read(&message));
  grpc::ClientContext second_context;
  patient(second_context);
  const auto second = viewer->WatchAlarms(&second_context, wire::WatchAlarmsRequest());
  EXPECT_FALSE(second->Read(&message));
  EXPECT_EQ(second->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  first_context.TryCancel();
  while (first->Read(&message)) {
  }
  EXPECT_EQ(first->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(QueryServerTest, ItEndsWithWatchersAndUnansweredActionsOpen) {
  cut({"FP01"});
  const auto leyla = as(kOperator);
  grpc::ClientContext context;
  patient(context);
  const auto stream = leyla->WatchAlarms(&context, wire::WatchAlarmsRequest());
  wire::WatchAlarmsResponse message;
  ASSERT_TRUE(stream->Read(&message));
  context_.stop();
  owner_.join();  // from now on nobody answers actions
  grpc::Status status;
  std::thread asking([&] {
    wire::AcknowledgeRequest request;
    request.set_alarm(1);
    wire::AlarmResponse response;
    grpc::ClientContext asked;
    status = leyla->Acknowledge(&asked, request, &response);
  });
  server_.reset();
  asking.join();
  EXPECT_FALSE(status.ok());
  while (stream->Read(&message)) {
  }
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace caspilink::query
