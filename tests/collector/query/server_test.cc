// The query API over real sockets and mutual TLS, with a real store beside it.
#include "collector/query/server.h"

#include <atomic>
#include <chrono>
#include <cmath>
#include <fstream>
#include <functional>
#include <future>
#include <iterator>
#include <map>
#include <thread>

#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include "collector/core/alarm_office.h"
#include "collector/store/sqlite_store.h"
#include "proto/query.grpc.pb.h"
#include "tests/collector/client.h"
#include "tests/collector/small_plant.h"
#include "tests/collector/store/batches.h"
#include "tests/support/certificates.h"

namespace caspilink::query {
namespace {

namespace wire = ::caspilink::query::v1;
using test::kSecond;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t kRunsOut = 2'200'000'000 * kSecond;

// Everything the server answers from, with the owner of the state on a thread of its own.
class QueryServerTest : public testing::Test {
 protected:
  void SetUp() override {
    store_ = std::move(store::SqliteStore::open(dir(), {.fsync = store::FsyncPolicy::kNever},
                                                [](const store::Commit&) {})
                           .value());
    auto recovered = store_->take_recovered();
    office_.attach(*store_, recovered);
    owner_ = std::thread([this] { context_.run(); });
    start({});
  }
  void TearDown() override {
    // The order of a collector's end: the owner of the state stops, then the server goes.
    context_.stop();
    if (owner_.joinable()) owner_.join();
    server_.reset();
  }
  void start(Limits limits) {
    server_.reset();
    auto server = Server::start({.listen = {.host = "127.0.0.1", .port = 0},
                                 .tls = endpoint::TlsWatch::open(tls_).value(),
                                 .store_dir = dir(),
                                 .limits = limits,
                                 .design = design_,
                                 .commission =
                                     [this](auto scope, auto who, auto reply) {
                                       commissioned_ = who.name + ' ' + scope.fibre_pair;
                                       reply(commission_answer_);
                                     },
                                 .reload =
                                     [this](auto station, auto who, auto reply) {
                                       reloaded_ = who.name + ' ' + station;
                                       reply(reload_answer_);
                                     },
                                 .clock = [this] { return now_.load(); },
                                 .denied = [this](access::Denial reason) { ++denied_[reason]; }},
                                office_, board_);
    ASSERT_TRUE(server) << server.error().message();
    server_ = std::move(*server);
  }

  std::string dir() const { return (folder_.path() / "store").string(); }

  // On the owner's thread, waited for.
  void on_owner(const std::function<void()>& work) {
    std::promise<void> done;
    asio::post(context_, [&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }
  // A line cut on every fibre pair given, judged long enough to stand; published.
  void cut(const std::vector<std::string>& pairs) {
    on_owner([&] {
      std::vector<alarms::Condition> conditions;
      for (const std::string& pair : pairs) {
        const alarms::Key key{.type = alarms::Type::kFibrePairCut, .fibre_pair = pair};
        conditions.push_back(
            {.key = key,
             .state = alarms::State::kPresent,
             .severity = alarms::Severity::kCritical,
             .text = "no light either way",
             .cause = {.element = "S3",
                       .text = "R2 receives light, R3 does not",
                       .position = alarms::Position{.km = 190.0, .uncertainty_km = 38.0}}});
        conditions.push_back({.key = {.type = alarms::Type::kChannelLossOfLight,
                                      .fibre_pair = pair,
                                      .direction = plant::Direction::kAToB,
                                      .channel = 32},
                              .state = alarms::State::kPresent,
                              .severity = alarms::Severity::kMajor,
                              .text = "no light",
                              .explained_by = {key}});
      }
      for (int i = 0; i < 20; ++i) {
        now_ += kSecond;
        office_.judge(now_, conditions);
      }
      publish();
    });
  }
  void publish() {
    auto snapshot = std::make_shared<exposition::Snapshot>();
    snapshot->time_unix_ns = now_;
    snapshot->model = model_;
    assess::DirectionAssessment direction{.fibre_pair = "FP01",
                                          .sender = "sumgait",
                                          .receiver = "aktau",
                                          .margin = Db(2.5),
                                          .verdict = assess::Verdict::kWithinBudget};
    direction.channels.push_back({.number = 32,
                                  .margin = Db(2.5),
                                  .expected_margin = Db(2.8),
                                  .verdict = assess::Verdict::kWithinBudget});
    direction.channels.push_back({.number = 33, .expected_margin = Db(2.7)});
    const assess::Ageing ageing{.margin_now = {2.6, 2.5, 2.7},
                                .per_year = {-0.05, -0.07, -0.03},
                                .season = 0.1,
                                .margin_end_of_life = twin::Bounded{1.4, 1.1, 1.7},
                                .runs_out_unix_ns = kRunsOut,
                                .runs_out_earliest_unix_ns = kRunsOut - 10 * kSecond,
                                .runs_out_latest_unix_ns = std::nullopt};
    direction.channels[0].margin_from_month_ago = Db(0.1);
    direction.channels[1].margin_from_month_ago = Db(-0.4);
    direction.channels[1].ageing = ageing;
    direction.ageing = ageing;
    direction.ageing_channel = 33;
    snapshot->assessment.directions.push_back(direction);
    const auto q = [](std::uint32_t channel) {
      return fleet::Place{.quantity = codec::Quantity::kQValue,
                          .station = "aktau",
                          .fibre_pair = "FP01",
                          .direction = plant::Direction::kAToB,
                          .channel = channel};
    };
    snapshot->baselines = std::make_shared<const std::vector<twin::BaselineSummary>>(
        std::vector<twin::BaselineSummary>{{.place = q(32),
                                            .recent = 9.0,
                                            .commissioning = 9.4,
                                            .commissioned_unix_ns = now_ - 1000 * kSecond,
                                            .from_commissioning = -0.4,
                                            .per_year = twin::Bounded{-0.05, -0.07, -0.03},
                                            .season = 0.1},
                                           {.place = q(33), .recent = 8.8}});
    snapshot->assessment.stations = {{.station = "sumgait", .newest_sample_unix_ns = now_},
                                     {.station = "aktau", .silent = true}};
    snapshot->agents["sumgait"].streams = 1;
    snapshot->agents["sumgait"].newest_of_source_unix_ns["slte-1"] = now_;
    snapshot->alarms = office_.standing();
    snapshot->maintenance = office_.windows();
    board_->publish(std::move(snapshot));
  }

  std::shared_ptr<grpc::Channel> channel(std::shared_ptr<grpc::ChannelCredentials> credentials) {
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride("collector");
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(server_->address().text(), std::move(credentials), arguments);
  }
  std::shared_ptr<grpc::Channel> channel(const std::string& uri) {
    return channel(
        endpoint::client_credentials(authority_.issue("client", {"URI:" + uri})).value());
  }
  std::unique_ptr<wire::Query::Stub> as(const std::string& uri) {
    return wire::Query::NewStub(channel(uri));
  }

  static void patient(grpc::ClientContext& context) {
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    context.set_wait_for_ready(true);
  }
  template <typename Request, typename Response>
  grpc::Status call(wire::Query::Stub& stub,
                    grpc::Status (wire::Query::Stub::*method)(grpc::ClientContext*, const Request&,
                                                              Response*),
                    const Request& request, Response& response) {
    grpc::ClientContext context;
    patient(context);
    return (stub.*method)(&context, request, &response);
  }
  // The bytes that a service whose messages we do not have answers.
  std::string raw(const std::string& method, const std::string& request) {
    grpc::GenericStub stub(channel("caspilink://viewer/probe"));
    grpc::CompletionQueue queue;
    grpc::ClientContext context;
    patient(context);
    const auto stream = stub.PrepareCall(&context, method, &queue);
    void* tag = nullptr;
    bool ok = false;
    const auto wait = [&] { return queue.Next(&tag, &ok) && ok; };
    stream->StartCall(nullptr);
    EXPECT_TRUE(wait());
    const grpc::Slice slice(request);
    stream->WriteLast(grpc::ByteBuffer(&slice, 1), {}, nullptr);
    EXPECT_TRUE(wait());
    grpc::ByteBuffer answer;
    stream->Read(&answer, nullptr);
    EXPECT_TRUE(wait());
    grpc::Status status;
    stream->Finish(&status, nullptr);
    EXPECT_TRUE(wait());
    EXPECT_TRUE(status.ok()) << status.error_message();
    std::vector<grpc::Slice> slices;
    EXPECT_TRUE(answer.Dump(&slices).ok());
    std::string bytes;
    for (const grpc::Slice& part : slices) {
      bytes.append(reinterpret_cast<const char*>(part.begin()), part.size());
    }
    return bytes;
  }

  test::TemporaryFolder folder_;
  test::CertificateAuthority authority_{folder_.path(), "CaspiLink test CA"};
  endpoint::TlsFiles tls_ = authority_.issue_collector();
  std::shared_ptr<const assess::Model> model_ =
      std::make_shared<const assess::Model>(assess::Model::build(test::small_plant()).value());
  std::shared_ptr<const twin::Design> design_ =
      std::make_shared<const twin::Design>(twin::Design::of(model_->plant()).value());
  std::string commissioned_;  // who, and what
  std::string reloaded_;      // who, and whose
  Result<codec::ReloadAnswer> reload_answer_ =
      codec::ReloadAnswer{.outcome = codec::ReloadAnswer::Outcome::kApplied, .differences = {"x"}};
  Result<twin::Commissioned> commission_answer_ = twin::Commissioned{.taken = 3, .left = 1};
  // Certificates are checked against this clock too.
  std::atomic<std::int64_t> now_ =
      std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_ =
      asio::make_work_guard(context_);
  std::unique_ptr<store::SqliteStore> store_;
  core::AlarmOffice office_{context_, [this] { return now_.load(); }, model_->plant().thresholds};
  std::shared_ptr<exposition::SnapshotBoard> board_ = std::make_shared<exposition::SnapshotBoard>();
  std::map<access::Denial, std::atomic<int>> denied_ = [] {
    std::map<access::Denial, std::atomic<int>> all;
    for (const auto reason : access::kDenials) all[reason] = 0;
    return all;
  }();
  std::unique_ptr<Server> server_;
  std::thread owner_;
};

constexpr const char* kOperator = "caspilink://operator/leyla";
constexpr const char* kViewer = "caspilink://viewer/wall";

TEST_F(QueryServerTest, AViewerReadsAndMayNotActAndOthersAreNotLetIn) {
  cut({"FP01"});
  const auto viewer = as(kViewer);
  wire::GetStateResponse state;
  ASSERT_TRUE(call(*viewer, &wire::Query::Stub::GetState, wire::GetStateRequest(), state).ok());
  EXPECT_EQ(state.directions_size(), 1);
  wire::AcknowledgeRequest acknowledge;
  acknowledge.set_alarm(1);
  acknowledge.set_note("seen");
  wire::AlarmResponse alarm;
  auto status = call(*viewer, &wire::Query::Stub::Acknowledge, acknowledge, alarm);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(status.error_message(), HasSubstr("wall"));
  EXPECT_EQ(denied_[access::Denial::kNotAnOperator], 1);

  const auto agent = as("caspilink://agent/aktau");
  status = call(*agent, &wire::Query::Stub::GetState, wire::GetStateRequest(), state);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(denied_[access::Denial::kNoRole], 1);

  std::ifstream ca(authority_.issue_collector().ca_file);
  const std::string pem(std::istreambuf_iterator<char>(ca), {});
  const auto nobody = wire::Query::NewStub(channel(test::without_certificate(pem)));
  status = call(*nobody, &wire::Query::Stub::GetState, wire::GetStateRequest(), state);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(denied_[access::Denial::kNoCertificate], 1);
}

TEST_F(QueryServerTest, AnOperatorActsAndIsAuditedByTheCertificatesName) {
  cut({"FP01"});
  const auto leyla = as(kOperator);
  wire::AcknowledgeRequest acknowledge;
  acknowledge.set_alarm(1);
  acknowledge.set_note("ship is called");
  wire::AlarmResponse alarm;
  auto status = call(*leyla, &wire::Query::Stub::Acknowledge, acknowledge, alarm);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(alarm.alarm().acknowledged_by(), "leyla");
  EXPECT_EQ(alarm.alarm().note(), "ship is called");
  acknowledge.set_alarm(999);
  status = call(*leyla, &wire::Query::Stub::Acknowledge, acknowledge, alarm);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);

  wire::ShelveRequest shelve;
  shelve.set_alarm(1);
  shelve.set_duration_s(7200);
  shelve.set_note("known");
  ASSERT_TRUE(call(*leyla, &wire::Query::Stub::Shelve, shelve, alarm).ok());
  EXPECT_EQ(alarm.alarm().shelved_until_unix_ns(), now_ + 7200 * kSecond);
  EXPECT_EQ(alarm.alarm().shelf_note(), "known");
  EXPECT_EQ(alarm.alarm().note(), "ship is called") << "the acknowledgement's note stays";
  shelve.set_duration_s(-1);
  EXPECT_EQ(call(*leyla, &wire::Query::Stub::Shelve, shelve, alarm).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  wire::UnshelveRequest unshelve;
  unshelve.set_alarm(1);
  ASSERT_TRUE(call(*leyla, &wire::Query::Stub::Unshelve, unshelve, alarm).ok());
  EXPECT_FALSE(alarm.alarm().has_shelved_until_unix_ns());

  wire::PlanMaintenanceRequest plan;
  plan.set_duration_s(3600);
  plan.set_fibre_pair("FP02");
  plan.set_note("new pump");
  wire::MaintenanceResponse window;
  status = call(*leyla, &wire::Query::Stub::PlanMaintenance, plan, window);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(window.window().until_unix_ns() - window.window().from_unix_ns(), 3600 * kSecond);
  // A name that is on no plant would cover nothing, and nobody would notice.
  plan.set_fibre_pair("FP20");
  EXPECT_EQ(call(*leyla, &wire::Query::Stub::PlanMaintenance, plan, window).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  wire::EndMaintenanceRequest end;
  end.set_window(window.window().id());
  ASSERT_TRUE(call(*leyla, &wire::Query::Stub::EndMaintenance, end, window).ok());

  // With its writer gone everything is on disk; the owner, who writes to it, goes first.
  context_.stop();
  owner_.join();
  store_.reset();
  wire::GetAuditResponse audit;
  ASSERT_TRUE(call(*leyla, &wire::Query::Stub::GetAudit, wire::GetAuditRequest(), audit).ok());
  std::vector<std::string> actions;
  for (const auto& entry : audit.entries()) {
    EXPECT_EQ(entry.operator_name(), "leyla");
    actions.push_back(entry.action());
  }
  EXPECT_THAT(actions, ElementsAre("end_maintenance", "plan_maintenance", "unshelve", "shelve",
                                   "acknowledge"));
}

TEST_F(QueryServerTest, AnOperatorPlacesACutByOtdr) {
  cut({"FP01"});
  const auto leyla = as(kOperator);
  wire::LocateRequest locate;
  auto& asked = *locate.mutable_otdr();
  asked.set_station("aktau");
  asked.set_fibre_km(80.4);
  asked.set_uncertainty_km(0.2);
  asked.set_excess_ratio(0.005);
  wire::LocateResponse where;
  ASSERT_TRUE(call(*leyla, &wire::Query::Stub::Locate, locate, where).ok());
  EXPECT_DOUBLE_EQ(where.position_km(), 300.0);
  EXPECT_NEAR(where.uncertainty_km(), 0.2, 1e-9);
  EXPECT_NE(where.element(), "");

  wire::PlaceRequest place;
  place.set_alarm(1);
  *place.mutable_otdr() = asked;
  place.set_note("COTDR of Tuesday");
  wire::AlarmResponse alarm;
  EXPECT_EQ(call(*as(kViewer), &wire::Query::Stub::Place, place, alarm).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  auto status = call(*leyla, &wire::Query::Stub::Place, place, alarm);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(alarm.alarm().placed_by(), "leyla");
  EXPECT_DOUBLE_EQ(alarm.alarm().position_km(), 300.0);
  // The line's own evidence does not move it.
  cut({"FP01"});
  wire::LocateRequest again;
  again.set_alarm(1);
  ASSERT_TRUE(call(*leyla, &wire::Query::Stub::Locate, again, where).ok());
  EXPECT_DOUBLE_EQ(where.position_km(), 300.0);
  place.set_alarm(2);  // a channel that is dark because of the cut
  status = call(*leyla, &wire::Query::Stub::Place, place, alarm);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("follows from alarm 1"));
  place.set_alarm(1);
  for (const double km : {-1.0, 400.0, std::nan("")}) {
    place.mutable_otdr()->set_fibre_km(km);
    status = call(*leyla, &wire::Query::Stub::Place, place, alarm);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << km;
    EXPECT_THAT(status.error_message(), HasSubstr("expected 0 to 380.000 km"));
  }
  place.mutable_otdr()->set_station("baku");
  EXPECT_EQ(call(*leyla, &wire::Query::Stub::Place, place, alarm).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(QueryServerTest, BaselinesAreListedAndCommissionedByAnOperator) {
  on_owner([this] { publish(); });
  const auto leyla = as(kOperator);
  wire::ListBaselinesRequest list;
  wire::ListBaselinesResponse baselines;
  ASSERT_TRUE(call(*leyla, &wire::Query::Stub::ListBaselines, list, baselines).ok());
  ASSERT_EQ(baselines.baselines_size(), 2);
  EXPECT_EQ(baselines.baselines(0).quantity(), "q_value");
  EXPECT_EQ(baselines.baselines(0).unit(), "dB");
  EXPECT_DOUBLE_EQ(baselines.baselines(0).from_commissioning(), -0.4);
  EXPECT_DOUBLE_EQ(baselines.baselines(0).per_year().low(), -0.07);
  EXPECT_FALSE(baselines.baselines(1).has_commissioning());
  list.set_limit(1);
  ASSERT_TRUE(call(*leyla, &wire::Query::Stub::ListBaselines, list, baselines).ok());
  EXPECT_EQ(baselines.baselines_size(), 1);
  EXPECT_TRUE(baselines.truncated());
  list.set_channel(33);
  ASSERT_TRUE(call(*leyla, &wire::Query::Stub::ListBaselines, list, baselines).ok());
  ASSERT_EQ(baselines.baselines_size(), 1);
  EXPECT_EQ(baselines.baselines(0).channel(), 33U);
  list.set_quantity("happiness");
  EXPECT_EQ(call(*leyla, &wire::Query::Stub::ListBaselines, list, baselines).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);

  wire::CommissionRequest commission;
  commission.set_fibre_pair("FP01");
  commission.set_note("repaired");
  wire::CommissionResponse done;
  EXPECT_EQ(call(*as(kViewer), &wire::Query::Stub::Commission, commission, done).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(commissioned_, "");
  ASSERT_TRUE(call(*leyla, &wire::Query::Stub::Commission, commission, done).ok());
  EXPECT_EQ(commissioned_, "leyla FP01");
  EXPECT_EQ(done.taken(), 3U);
  EXPECT_EQ(done.left(), 1U);
  commission_answer_ = fail(ErrorCode::kUnavailable, "", "no snapshot was taken");
  EXPECT_EQ(call(*leyla, &wire::Query::Stub::Commission, commission, done).error_code(),
            grpc::StatusCode::UNAVAILABLE);
  commission.set_direction("up");
  EXPECT_EQ(call(*leyla, &wire::Query::Stub::Commission, commission, done).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(QueryServerTest, AnAgentsConfigurationIsReadAgainForAnOperatorOnly) {
  wire::ReloadAgentRequest request;
  request.set_station("sumgait");
  wire::ReloadAgentResponse response;
  EXPECT_EQ(call(*as(kViewer), &wire::Query::Stub::ReloadAgent, request, response).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(reloaded_, "");
  const auto leyla = as(kOperator);
  ASSERT_TRUE(call(*leyla, &wire::Query::Stub::ReloadAgent, request, response).ok());
  EXPECT_EQ(reloaded_, "leyla sumgait");
  EXPECT_EQ(response.outcome(), "applied");
  EXPECT_THAT(response.differences(), ElementsAre("x"));
  reload_answer_ = fail(ErrorCode::kUnavailable, "", "is not connected");
  EXPECT_EQ(call(*leyla, &wire::Query::Stub::ReloadAgent, request, response).error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_F(QueryServerTest, AlarmsMarginsAgentsAndPlaces) {
  cut({"FP01", "FP02"});
  const auto viewer = as(kViewer);
  wire::ListAlarmsRequest request;
  wire::ListAlarmsResponse alarms;
  ASSERT_TRUE(call(*viewer, &wire::Query::Stub::ListAlarms, request, alarms).ok());
  ASSERT_EQ(alarms.alarms_size(), 4);
  EXPECT_EQ(alarms.alarms(0).severity(), wire::SEVERITY_CRITICAL);
  EXPECT_EQ(alarms.alarms(0).consequences(), 1U);
  request.set_parent(alarms.alarms(0).id());
  ASSERT_TRUE(call(*viewer, &wire::Query::Stub::ListAlarms, request, alarms).ok());
  ASSERT_EQ(alarms.alarms_size(), 1);
  const wire::Alarm child = alarms.alarms(0);
  EXPECT_EQ(child.type(), "channel_loss_of_light");
  EXPECT_EQ(child.channel(), 32U);
  wire::ListAlarmsRequest roots;
  roots.set_roots_only(true);
  roots.set_fibre_pair("FP02");
  roots.set_limit(1);
  ASSERT_TRUE(call(*viewer, &wire::Query::Stub::ListAlarms, roots, alarms).ok());
  EXPECT_EQ(alarms.alarms_size(), 1);
  EXPECT_FALSE(alarms.truncated());
  roots.set_station("baku");
  EXPECT_EQ(call(*viewer, &wire::Query::Stub::ListAlarms, roots, alarms).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  roots.clear_station();
  roots.set_type("no_such_type");
  EXPECT_EQ(call(*viewer, &wire::Query::Stub::ListAlarms, roots, alarms).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);

  // A consequence is where its root's cause is.
  wire::LocateRequest locate;
  locate.set_alarm(child.id());
  wire::LocateResponse place;
  ASSERT_TRUE(call(*viewer, &wire::Query::Stub::Locate, locate, place).ok());
  EXPECT_EQ(place.alarm(), child.parent());
  EXPECT_EQ(place.element(), "S3");
  EXPECT_DOUBLE_EQ(place.position_km(), 190.0);
  EXPECT_DOUBLE_EQ(place.uncertainty_km(), 38.0);
  // Of the reference plant's list: 8 of the 60 km from 42.00 N to 42.50 N.
  EXPECT_NEAR(place.coordinates().latitude_deg(), 42.0 + 0.5 * 8 / 60, 1e-9);
  EXPECT_DOUBLE_EQ(place.coordinates().cable_km(), 190.0);
  EXPECT_TRUE(place.coordinates().illustrative());
  locate.mutable_distance()->set_station("aktau");
  locate.mutable_distance()->set_km(80);
  ASSERT_TRUE(call(*viewer, &wire::Query::Stub::Locate, locate, place).ok());
  EXPECT_DOUBLE_EQ(place.position_km(), 300.0);
  ASSERT_EQ(place.distances_size(), 2);
  EXPECT_DOUBLE_EQ(place.distances(1).km(), 80.0);
  EXPECT_NEAR(place.coordinates().latitude_deg(), 42.5 + 0.5 * 58 / 60, 1e-9);
  locate.mutable_distance()->set_km(381);
  EXPECT_EQ(call(*viewer, &wire::Query::Stub::Locate, locate, place).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);

  wire::GetMarginsRequest margins_of;
  margins_of.set_with_channels(true);
  wire::GetMarginsResponse margins;
  ASSERT_TRUE(call(*viewer, &wire::Query::Stub::GetMargins, margins_of, margins).ok());
  ASSERT_EQ(margins.margins_size(), 3);
  EXPECT_DOUBLE_EQ(margins.margins(0).margin_db(), 2.5);
  EXPECT_DOUBLE_EQ(margins.margins(0).expected_margin_db(), 2.7);
  EXPECT_FALSE(margins.margins(2).has_margin_db());
  // Of a direction: the worst comparison, the ageing that ends lowest, what the design promised.
  const wire::Margin& worst = margins.margins(0);
  EXPECT_DOUBLE_EQ(worst.from_month_ago_db(), -0.4);
  EXPECT_FALSE(worst.has_from_commissioning_db());
  EXPECT_EQ(worst.ageing().channel(), 33U);
  EXPECT_DOUBLE_EQ(worst.ageing().margin_end_of_life_db().low(), 1.1);
  EXPECT_EQ(worst.ageing().runs_out_unix_ns(), kRunsOut);
  EXPECT_FALSE(worst.ageing().has_runs_out_latest_unix_ns());
  EXPECT_GT(worst.designed_end_of_life_margin_db(), 0);
  EXPECT_FALSE(margins.margins(1).has_ageing());
  margins_of.set_fibre_pair("FP77");
  EXPECT_EQ(call(*viewer, &wire::Query::Stub::GetMargins, margins_of, margins).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);

  wire::ListAgentsResponse agents;
  ASSERT_TRUE(
      call(*viewer, &wire::Query::Stub::ListAgents, wire::ListAgentsRequest(), agents).ok());
  ASSERT_EQ(agents.agents_size(), 2);
  EXPECT_EQ(agents.agents(0).sources(0).name(), "slte-1");
  EXPECT_TRUE(agents.agents(1).silent());
  EXPECT_FALSE(agents.agents(1).has_newest_sample_unix_ns());
}

TEST_F(QueryServerTest, TheServiceIsReflectedAndHealthy) {
  // ServerReflectionRequest{list_services: ""} and HealthCheckRequest{service: ...}.
  const std::string services = raw("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                                   std::string("\x3a\x00", 2));
  EXPECT_THAT(services, HasSubstr("caspilink.query.v1.Query"));
  EXPECT_THAT(services, HasSubstr("grpc.health.v1.Health"));
  const std::string service = "caspilink.query.v1.Query";
  std::string asked = "\x0a";
  asked += static_cast<char>(service.size());
  asked += service;
  EXPECT_EQ(raw("/grpc.health.v1.Health/Check", asked), "\x08\x01");  // SERVING
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
  const auto stream = viewer->WatchAlarms(&context, wire::WatchAlarmsRequest());
  wire::WatchAlarmsResponse message;
  do {
    ASSERT_TRUE(stream->Read(&message));
  } while (!message.has_listed());
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
  const auto stuck = viewer->WatchAlarms(&context, wire::WatchAlarmsRequest());
  wire::WatchAlarmsResponse message;
  do {
    ASSERT_TRUE(stuck->Read(&message));
  } while (!message.has_listed());
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
  const auto stream = viewer->WatchAlarms(&context, wire::WatchAlarmsRequest());
  wire::WatchAlarmsResponse message;
  do {
    ASSERT_TRUE(stream->Read(&message));
  } while (!message.has_listed());
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

TEST_F(QueryServerTest, HistoryComesInPagesWithoutGapOrDouble) {
  store_->declare("aktau", store::make_catalogue(5), store::kNow);
  for (std::uint64_t sequence = 1; sequence <= 10; ++sequence) {
    store_->append(store::make_batch("aktau", 5, sequence));
  }
  store_.reset();  // everything is on disk now
  on_owner([this] { publish(); });
  const auto viewer = as(kViewer);
  const auto page_of = [&](wire::GetHistoryRequest& request) {
    grpc::ClientContext context;
    patient(context);
    const auto stream = viewer->GetHistory(&context, request);
    std::vector<double> values;
    wire::GetHistoryResponse message;
    request.clear_page();
    while (stream->Read(&message)) {
      for (const auto& sample : message.samples()) values.push_back(sample.value());
      request.set_page(message.next_page());
    }
    const auto status = stream->Finish();
    EXPECT_TRUE(status.ok()) << status.error_message();
    return values;
  };
  wire::GetHistoryRequest all;
  all.set_quantity("q_value");
  const auto whole = page_of(all);
  EXPECT_EQ(whole.size(), 30U);
  EXPECT_EQ(all.page(), "");
  wire::GetHistoryRequest paged;
  paged.set_quantity("q_value");
  paged.set_limit(7);
  std::vector<double> joined;
  int pages = 0;
  do {
    const auto page = page_of(paged);
    EXPECT_LE(page.size(), 7U);
    joined.insert(joined.end(), page.begin(), page.end());
    ASSERT_LE(++pages, 5);
  } while (!paged.page().empty());
  EXPECT_EQ(joined, whole);
  wire::GetHistoryRequest one;
  one.set_channel(2);
  one.set_from_unix_ns(store::kNow + 4 * kSecond);
  EXPECT_EQ(page_of(one).size(), 6U);
  for (const char* page : {"x", "1", "1:", "1:2:3"}) {
    wire::GetHistoryRequest wrong;
    wrong.set_page(page);
    grpc::ClientContext context;
    patient(context);
    const auto stream = viewer->GetHistory(&context, wrong);
    wire::GetHistoryResponse message;
    EXPECT_FALSE(stream->Read(&message));
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT) << page;
  }
}

TEST_F(QueryServerTest, BinsAndServiceLevelsComeFromTheStore) {
  constexpr std::int64_t kStart = 1'798'761'600 * kSecond;  // 2027-01-01T00:00:00Z
  for (int quarter = 0; quarter < 4; ++quarter) {
    store_->record(
        store::BinRecord{.place = {.quantity = "unavailable_seconds", .fibre_pair = "FP01"},
                         .start_unix_ns = kStart + quarter * 900 * kSecond,
                         .minimum = std::nan(""),
                         .average = std::nan(""),
                         .maximum = std::nan(""),
                         .last = quarter == 0 ? 90.0 : 0.0,
                         .samples = 900});
  }
  store_.reset();
  on_owner([this] { publish(); });
  const auto viewer = as(kViewer);
  wire::GetBinsRequest request;
  request.set_quantity("unavailable_seconds");
  wire::GetBinsResponse bins;
  ASSERT_TRUE(call(*viewer, &wire::Query::Stub::GetBins, request, bins).ok());
  ASSERT_EQ(bins.bins_size(), 4);
  EXPECT_DOUBLE_EQ(bins.bins(0).last(), 90.0);
  EXPECT_FALSE(bins.bins(0).has_average());
  EXPECT_EQ(bins.bins(0).unit(), "s");
  request.set_limit(2);
  ASSERT_TRUE(call(*viewer, &wire::Query::Stub::GetBins, request, bins).ok());
  ASSERT_EQ(bins.bins_size(), 2);
  EXPECT_TRUE(bins.truncated());
  EXPECT_EQ(bins.bins(1).start_unix_ns(), kStart + 3 * 900 * kSecond);
  request.set_length_s(60);
  EXPECT_EQ(call(*viewer, &wire::Query::Stub::GetBins, request, bins).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);

  wire::GetServiceLevelsRequest month;
  month.set_month("2027-01");
  wire::GetServiceLevelsResponse levels;
  ASSERT_TRUE(call(*viewer, &wire::Query::Stub::GetServiceLevels, month, levels).ok());
  ASSERT_EQ(levels.levels_size(), 1);
  EXPECT_EQ(levels.month(), "2027-01");
  EXPECT_EQ(levels.levels(0).unavailable_s(), 90U);
  EXPECT_EQ(levels.levels(0).known_s() + levels.levels(0).unknown_s(), 31U * 86'400U);
  month.set_month("January");
  EXPECT_EQ(call(*viewer, &wire::Query::Stub::GetServiceLevels, month, levels).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
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
