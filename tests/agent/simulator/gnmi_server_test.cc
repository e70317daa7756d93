// A real gNMI client meets the station over loopback.
#include "agent/simulator/gnmi_server.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "proto/gnmi.grpc.pb.h"
#include "tests/agent/simulator/gnmi_path.h"
#include "tests/agent/simulator/test_plant.h"
#include "tests/agent/simulator/test_view.h"

namespace caspilink::simulator {
namespace {

using namespace std::chrono_literals;
using gnmi::SubscriptionList;
using testing::kStart;
using testing::path_of;
using testing::view_of;

constexpr const char* kChannel = "/components/component[name=och-FP01-4]";

using ClientStream = grpc::ClientReaderWriter<gnmi::SubscribeRequest, gnmi::SubscribeResponse>;

std::shared_ptr<const LineView> shared_view(bool dark) {
  return std::make_shared<const LineView>(view_of(1, dark));
}

// A stream and its context, cancelled at the end; every wait ends by the context's deadline.
struct Client {
  explicit Client(gnmi::gNMI::Stub& stub) {
    context.set_deadline(std::chrono::system_clock::now() + 30s);
    stream = stub.Subscribe(&context);
  }
  ~Client() {
    if (finished) return;
    context.TryCancel();
    gnmi::SubscribeResponse left;
    while (stream->Read(&left)) {
    }
    (void)stream->Finish();
  }
  // Reads until the predicate holds of a response.
  bool read_until(const std::function<bool(const gnmi::SubscribeResponse&)>& wanted) {
    gnmi::SubscribeResponse response;
    while (stream->Read(&response)) {
      if (wanted(response)) return true;
    }
    return false;
  }

  grpc::Status finish() {
    finished = true;
    return stream->Finish();
  }

  grpc::ClientContext context;
  std::unique_ptr<ClientStream> stream;
  bool finished = false;
};

gnmi::SubscribeRequest subscribe(std::string_view path, SubscriptionList::Mode mode,
                                 gnmi::SubscriptionMode how = gnmi::SAMPLE,
                                 std::uint64_t interval_ns = 100'000'000) {
  gnmi::SubscribeRequest request;
  auto* list = request.mutable_subscribe();
  list->set_mode(mode);
  list->set_encoding(gnmi::PROTO);
  auto* subscription = list->add_subscription();
  *subscription->mutable_path() = path_of(path);
  subscription->set_mode(how);
  subscription->set_sample_interval(how == gnmi::SAMPLE ? interval_ns : 0);
  return request;
}

gnmi::SubscribeRequest poll() {
  gnmi::SubscribeRequest request;
  request.mutable_poll();
  return request;
}

bool is_sync(const gnmi::SubscribeResponse& response) { return response.sync_response(); }
bool has_deletes(const gnmi::SubscribeResponse& response) {
  return response.update().delete__size() > 0;
}
bool has_updates(const gnmi::SubscribeResponse& response) {
  return response.update().update_size() > 0;
}

class GnmiServerTest : public ::testing::Test {
 protected:
  void SetUp() override { start(64); }

  void start(std::size_t most_streams) {
    server_.reset();
    GnmiServer::Options options;
    options.most_streams = most_streams;
    // Every look at the clock is a measurement period later, so that values move.
    options.unix_now_ns = [this] { return kStart + kMeasurementPeriodNs * ticks_++; };
    auto started =
        GnmiServer::start(options, GnmiTree(points_of(testing::test_plant(), "aktau", view_of(1))),
                          shared_view(false));
    ASSERT_TRUE(started) << started.error().message();
    server_ = std::move(*started);
    stub_ = gnmi::gNMI::NewStub(grpc::CreateChannel(fmt::format("127.0.0.1:{}", server_->port()),
                                                    grpc::InsecureChannelCredentials()));
  }

  std::atomic<std::int64_t> ticks_ = 0;
  std::unique_ptr<GnmiServer> server_;
  std::unique_ptr<gnmi::gNMI::Stub> stub_;
};

TEST_F(GnmiServerTest, CapabilitiesNameModelsEncodingsAndVersion) {
  grpc::ClientContext context;
  gnmi::CapabilityResponse response;
  ASSERT_TRUE(stub_->Capabilities(&context, {}, &response).ok());
  EXPECT_EQ(response.gnmi_version(), "0.10.0");
  EXPECT_EQ(response.supported_encodings_size(), 3);
  EXPECT_EQ(response.supported_models_size(), 4);
}

TEST_F(GnmiServerTest, SetIsUnimplemented) {
  grpc::ClientContext context;
  gnmi::SetResponse response;
  EXPECT_EQ(stub_->Set(&context, {}, &response).error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(GnmiServerTest, GetGivesValuesAndNotFound) {
  gnmi::GetRequest request;
  *request.add_path() = path_of(kChannel);
  request.set_encoding(gnmi::PROTO);
  gnmi::GetResponse response;
  {
    grpc::ClientContext context;
    ASSERT_TRUE(stub_->Get(&context, request, &response).ok());
    EXPECT_EQ(response.notification(0).update_size(), 14);
  }
  *request.mutable_path(0) = path_of("/components/component[name=none]");
  grpc::ClientContext context;
  EXPECT_EQ(stub_->Get(&context, request, &response).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(GnmiServerTest, SampleStreamsAfterSync) {
  Client client(*stub_);
  ASSERT_TRUE(client.stream->Write(subscribe("/components", SubscriptionList::STREAM)));
  ASSERT_TRUE(client.read_until(is_sync));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(client.read_until(has_updates));
}

TEST_F(GnmiServerTest, CutReachesOnChangeSubscribersAtOnceAndRestorationToo) {
  Client client(*stub_);
  ASSERT_TRUE(client.stream->Write(subscribe(kChannel, SubscriptionList::STREAM, gnmi::ON_CHANGE)));
  ASSERT_TRUE(client.read_until(is_sync));
  server_->set_view(shared_view(true));
  EXPECT_TRUE(client.read_until(has_deletes));
  server_->set_view(shared_view(false));
  EXPECT_TRUE(client.read_until([](const gnmi::SubscribeResponse& response) {
    for (const auto& update : response.update().update()) {
      if (update.path().elem(0).name() == "q-value") return true;
    }
    return false;
  }));
}

TEST_F(GnmiServerTest, OnceEndsByItself) {
  Client client(*stub_);
  ASSERT_TRUE(client.stream->Write(subscribe("/components", SubscriptionList::ONCE)));
  ASSERT_TRUE(client.read_until(is_sync));
  gnmi::SubscribeResponse after;
  EXPECT_FALSE(client.stream->Read(&after));
  EXPECT_TRUE(client.finish().ok());
}

TEST_F(GnmiServerTest, PollAnswersEachPollAndEndsWhenTheClientIsDone) {
  Client client(*stub_);
  ASSERT_TRUE(client.stream->Write(subscribe(kChannel, SubscriptionList::POLL)));
  ASSERT_TRUE(client.read_until(is_sync));
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.stream->Write(poll()));
    ASSERT_TRUE(client.read_until(has_updates));
    ASSERT_TRUE(client.read_until(is_sync));
  }
  client.stream->WritesDone();
  EXPECT_FALSE(client.read_until(is_sync));
  EXPECT_TRUE(client.finish().ok());
}

TEST_F(GnmiServerTest, ProtocolMistakesEndTheStreamWithInvalidArgument) {
  const auto status_after = [&](const std::vector<gnmi::SubscribeRequest>& requests) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + 30s);
    auto stream = stub_->Subscribe(&context);
    for (const auto& request : requests) stream->Write(request);
    stream->WritesDone();
    gnmi::SubscribeResponse response;
    while (stream->Read(&response)) {
    }
    return stream->Finish().error_code();
  };
  const auto good = subscribe(kChannel, SubscriptionList::STREAM);
  EXPECT_EQ(status_after({}), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status_after({poll()}), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status_after({good, good}), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status_after({good, poll()}), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status_after({subscribe(kChannel, SubscriptionList::STREAM, gnmi::SAMPLE, 7)}),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(GnmiServerTest, ManySubscribersAreServedSideBySide) {
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 12; ++i) {
    clients.push_back(std::make_unique<Client>(*stub_));
    ASSERT_TRUE(clients.back()->stream->Write(subscribe("/", SubscriptionList::STREAM)));
  }
  for (auto& client : clients) {
    EXPECT_TRUE(client->read_until(is_sync));
    EXPECT_TRUE(client->read_until(has_updates));
  }
}

TEST_F(GnmiServerTest, SubscribersBeyondTheBoundAreRefused) {
  start(1);
  Client first(*stub_);
  ASSERT_TRUE(first.stream->Write(subscribe(kChannel, SubscriptionList::STREAM)));
  ASSERT_TRUE(first.read_until(is_sync));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + 30s);
  auto second = stub_->Subscribe(&context);
  gnmi::SubscribeResponse response;
  EXPECT_FALSE(second->Read(&response));
  EXPECT_EQ(second->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(GnmiServerTest, SlowReaderIsToldHowManyValuesItMissed) {
  // A connection of its own with a window of a few kilobytes, which stays so.
  grpc::ChannelArguments narrow;
  narrow.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  narrow.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 4096);
  const auto stub = gnmi::gNMI::NewStub(grpc::CreateCustomChannel(
      fmt::format("127.0.0.1:{}", server_->port()), grpc::InsecureChannelCredentials(), narrow));
  Client slow(*stub);
  ASSERT_TRUE(slow.stream->Write(subscribe("/", SubscriptionList::STREAM)));
  // Nothing of it is read while another subscriber sees samples go by.
  Client healthy(*stub_);
  ASSERT_TRUE(healthy.stream->Write(subscribe(kChannel, SubscriptionList::STREAM)));
  for (int i = 0; i < 15; ++i) ASSERT_TRUE(healthy.read_until(has_updates));
  EXPECT_TRUE(slow.read_until([](const gnmi::SubscribeResponse& response) {
    for (const auto& update : response.update().update()) {
      if (update.duplicates() > 0) return true;
    }
    return false;
  }));
}

TEST_F(GnmiServerTest, StoppingEndsOpenStreams) {
  Client client(*stub_);
  ASSERT_TRUE(client.stream->Write(subscribe("/", SubscriptionList::STREAM)));
  ASSERT_TRUE(client.read_until(is_sync));
  server_.reset();
  EXPECT_FALSE(client.read_until(is_sync));
}

TEST_F(GnmiServerTest, TakenPortIsUnavailable) {
  GnmiServer::Options options;
  options.listen = fmt::format("127.0.0.1:{}", server_->port());
  options.unix_now_ns = [] { return kStart; };
  const auto second = GnmiServer::start(options, GnmiTree({}), shared_view(false));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace caspilink::simulator
