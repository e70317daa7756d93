#include "tests/collector/query/server_fixture.h"

#include <future>

#include <asio/post.hpp>
#include <grpcpp/generic/generic_stub.h>

namespace caspilink::query {

using test::kSecond;

void QueryServerTest::SetUp() {
  store_ = std::move(store::SqliteStore::open(dir(), {.fsync = store::FsyncPolicy::kNever},
                                              [](const store::Commit&) {})
                         .value());
  auto recovered = store_->take_recovered();
  office_.attach(*store_, recovered);
  owner_ = std::thread([this] { context_.run(); });
  start({});
}

void QueryServerTest::TearDown() {
  // The order of a collector's end: the owner of the state stops, then the server goes.
  context_.stop();
  if (owner_.joinable()) owner_.join();
  server_.reset();
}

void QueryServerTest::start(Limits limits) {
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

void QueryServerTest::on_owner(const std::function<void()>& work) {
  std::promise<void> done;
  asio::post(context_, [&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

void QueryServerTest::cut(const std::vector<std::string>& pairs) {
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

void QueryServerTest::publish() {
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

std::shared_ptr<grpc::Channel> QueryServerTest::channel(
    std::shared_ptr<grpc::ChannelCredentials> credentials) {
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride("collector");
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(server_->address().text(), std::move(credentials), arguments);
}

std::shared_ptr<grpc::Channel> QueryServerTest::channel(const std::string& uri) {
  return channel(endpoint::client_credentials(authority_.issue("client", {"URI:" + uri})).value());
}

void QueryServerTest::patient(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  context.set_wait_for_ready(true);
}

std::string QueryServerTest::raw(const std::string& method, const std::string& request) {
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

}  // namespace caspilink::query
