// A stream against a real server on loopback.
#include "agent/rpc/stream.h"

#include <string>
#include <vector>

#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include "proto/gnmi.grpc.pb.h"
#include "tests/support/asio_loop.h"
#include "tests/support/gnmi_target.h"

namespace caspilink::rpc {
namespace {

using Stream = ClientStream<::gnmi::SubscribeRequest>;

class StreamTest : public testing::Test {
 protected:
  std::shared_ptr<Stream> subscribe(asio::io_context& io) {
    auto stream = Stream::start(
        io,
        {.on_message =
             [this](std::string_view bytes) {
               ::gnmi::SubscribeResponse response;
               ASSERT_TRUE(response.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
               times_.push_back(response.update().timestamp());
             },
         .on_written = [this] { ++written_; },
         .on_done = [this](const grpc::Status& status) { done_.push_back(status.error_code()); }},
        {.channel = grpc::CreateChannel(address(), grpc::InsecureChannelCredentials()),
         .method = "/gnmi.gNMI/Subscribe",
         .prepare = nullptr,
         .gather = true},
        {});
    return stream;
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(target_.port()); }
  void say(int messages) {
    for (int number = 0; number < messages; ++number) {
      target_.send(test::GnmiTarget::notification(number, "/a/" + std::string(1000, 'x')));
    }
  }

  test::GnmiTarget target_;
  std::vector<std::int64_t> times_;
  int written_ = 0;
  std::vector<grpc::StatusCode> done_;
};

TEST_F(StreamTest, HandsOnEveryMessageInOrderAndThenTheEnd) {
  asio::io_context io(1);
  const auto stream = subscribe(io);
  ASSERT_TRUE(test::run_until(io, [&] { return target_.next_subscriber().has_value(); }));
  constexpr int kMessages = 3000;
  say(kMessages);
  ASSERT_TRUE(test::run_until(io, [&] { return times_.size() == kMessages; }));
  for (int number = 0; number < kMessages; ++number) EXPECT_EQ(times_[number], number);
  EXPECT_EQ(written_, 1);
  target_.end({grpc::StatusCode::ABORTED, "enough"});
  ASSERT_TRUE(test::run_dry(io));
  EXPECT_EQ(done_, std::vector{grpc::StatusCode::ABORTED});
}

TEST_F(StreamTest, NothingIsSaidOfAStreamThatWasCancelled) {
  asio::io_context io(1);
  const auto stream = subscribe(io);
  ASSERT_TRUE(test::run_until(io, [&] { return target_.next_subscriber().has_value(); }));
  say(1000);
  stream->cancel();
  ASSERT_TRUE(test::run_dry(io));
  EXPECT_TRUE(times_.empty());
  EXPECT_TRUE(done_.empty());
}

TEST_F(StreamTest, AServerThatIsNotThereIsSaidOnce) {
  asio::io_context io(1);
  const auto stream = Stream::start(
      io,
      {.on_message = nullptr,
       .on_written = [this] { ++written_; },
       .on_done = [this](const grpc::Status& status) { done_.push_back(status.error_code()); }},
      {.channel = grpc::CreateChannel("127.0.0.1:1", grpc::InsecureChannelCredentials()),
       .method = "/gnmi.gNMI/Subscribe",
       .prepare = nullptr},
      {});
  ASSERT_TRUE(test::run_dry(io));
  EXPECT_EQ(written_, 0);
  EXPECT_EQ(done_, std::vector{grpc::StatusCode::UNAVAILABLE});
}

// With messages that nobody will take.
TEST_F(StreamTest, AnIoContextThatGoesTakesItsStreamsWithIt) {
  auto io = std::make_unique<asio::io_context>(1);
  auto stream = subscribe(*io);
  ASSERT_TRUE(test::run_until(*io, [&] { return target_.next_subscriber().has_value(); }));
  say(2000);
  const auto unary = [&](auto...) { FAIL() << "nobody runs handlers"; };
  UnaryCall<::gnmi::CapabilityRequest, ::gnmi::CapabilityResponse>::start(
      *io, {}, unary,
      {.channel = grpc::CreateChannel(address(), grpc::InsecureChannelCredentials()),
       .method = "/gnmi.gNMI/Capabilities",
       .prepare = nullptr,
       .deadline = std::chrono::system_clock::now() + std::chrono::hours(1)});
  const std::weak_ptr<Stream> gone = stream;
  stream.reset();
  EXPECT_FALSE(gone.expired());
  io.reset();
  EXPECT_TRUE(gone.expired());
}

}  // namespace
}  // namespace caspilink::rpc
