// The service over real mutual TLS, against a sink that only takes notes.
#include "collector/ingest/server.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <iterator>
#include <mutex>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/collector/client.h"
#include "tests/support/certificates.h"

namespace caspilink::ingest {
namespace {

using grpc::StatusCode;

class Notes final : public Sink {
 public:
  void opened(StreamPtr stream, std::string station) override {
    note([&] { stream_ = std::move(stream), stations_.push_back(std::move(station)); });
  }
  void declared(StreamPtr stream, codec::Catalogue catalogue) override {
    note([&] { series_ += catalogue.series.size(), ++declarations_; });
    if (answer_) stream->keep_declarations();
  }
  void received(StreamPtr stream, codec::Batch batch) override {
    note([&] { ++batches_; });
    if (answer_) stream->acknowledge(batch.id, Outcome::kAccepted, answer_detail_);
  }
  void malformed(StreamPtr stream, codec::BatchId id, Error error) override {
    note([&] { ++malformed_; });
    stream->acknowledge(id, Outcome::kRefused, error.message());
  }
  void reloaded(StreamPtr, codec::ReloadAnswer answer) override {
    note([&] { reloads_.push_back(std::move(answer)); });
  }
  void closed(StreamPtr) override {
    note([&] { ++closed_; });
  }
  void refused(Refusal reason) override {
    note([&] { refusals_.push_back(reason); });
  }
  void limited(std::string station, Limit limit, std::string) override {
    EXPECT_EQ(station, "aktau");
    note([&] { limits_.push_back(limit); });
  }

  bool wait(const std::function<bool(const Notes&)>& condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return condition(*this); });
  }
  StreamPtr stream() {
    const std::lock_guard lock(mutex_);
    return stream_;
  }

  std::atomic<bool> answer_ = true;
  std::string answer_detail_;  // set before anything arrives
  std::vector<codec::ReloadAnswer> reloads_;
  std::vector<std::string> stations_;
  std::vector<Refusal> refusals_;
  std::vector<Limit> limits_;
  int declarations_ = 0;
  std::size_t series_ = 0;
  int batches_ = 0;
  int malformed_ = 0;
  int closed_ = 0;

 private:
  template <typename Note>
  void note(Note&& write) {
    const std::lock_guard lock(mutex_);
    write();
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  StreamPtr stream_;
};

class IngestServerTest : public testing::Test {
 protected:
  void start(Limits limits = {}) {
    auto server = Server::start({.listen = {.host = "127.0.0.1", .port = 0},
                                 .tls = endpoint::TlsWatch::open(tls_).value(),
                                 .stations = {"sumgait", "aktau"},
                                 .limits = limits,
                                 .clock = [this] { return now_.load(); }},
                                notes_);
    ASSERT_TRUE(server) << server.error().message();
    server_ = std::move(*server);
  }
  std::string address() const { return server_->address().text(); }
  static codec::Batch batch(std::uint64_t sequence, std::size_t rows = 1) {
    codec::Batch made{.id = {1, sequence}};
    made.series.assign(rows, 1);
    made.times_unix_ns.assign(rows, 1'800'000'000'000'000'000);
    made.values.assign(rows, 1.5);
    return made;
  }
  grpc::Status refused_with(const endpoint::TlsFiles& files, Refusal reason,
                            const std::string& station = "sumgait") {
    test::Client client(address(), files);
    client.hello(station);
    const auto status = client.ended();
    EXPECT_TRUE(notes_.wait([](const Notes& notes) { return !notes.refusals_.empty(); }));
    EXPECT_EQ(notes_.refusals_.back(), reason);
    EXPECT_TRUE(notes_.stations_.empty());
    return status;
  }

  test::TemporaryFolder folder_;
  test::CertificateAuthority authority_{folder_.path(), "CaspiLink test CA"};
  endpoint::TlsFiles tls_ = authority_.issue_collector();
  std::atomic<std::int64_t> now_ =
      std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
  Notes notes_;
  std::unique_ptr<Server> server_;
};

TEST_F(IngestServerTest, AnAgentIsGreetedWithItsConfigurationAndAnswered) {
  start({.max_batch_samples = 7});
  test::Client client(address(), authority_.issue_agent("aktau"));
  ASSERT_TRUE(client.hello("aktau"));
  const auto first = client.read();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->configuration().max_batch_samples(), 7U);
  ASSERT_TRUE(client.send(batch(1)));
  const auto answer = client.acknowledgement();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->sequence(), 1U);
  EXPECT_EQ(answer->outcome(), test::wire::Acknowledgement::OUTCOME_ACCEPTED);
  EXPECT_TRUE(client.finish().ok());
  EXPECT_TRUE(notes_.wait([](const Notes& notes) { return notes.closed_ == 1; }));
  EXPECT_EQ(notes_.stations_, std::vector<std::string>{"aktau"});
}

TEST_F(IngestServerTest, ARevokedAgentsStreamIsEndedAndItDoesNotComeBack) {
  const auto lost = authority_.issue_agent("aktau");
  tls_.crl_file = authority_.revoke({});
  start();
  test::Client client(address(), lost);
  client.hello("aktau");
  ASSERT_TRUE(client.read());
  server_->sweep(now_);
  ASSERT_TRUE(client.send(batch(1)));
  ASSERT_TRUE(client.acknowledgement());
  (void)authority_.revoke({lost});
  server_->sweep(now_);
  EXPECT_EQ(client.ended().error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_TRUE(notes_.wait([](const Notes& notes) { return notes.closed_ == 1; }));
  test::Client again(address(), lost);
  again.hello("aktau");
  EXPECT_EQ(again.ended().error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_TRUE(notes_.wait([](const Notes& notes) { return notes.refusals_.size() == 2; }));
  EXPECT_EQ(notes_.refusals_, std::vector(2, Refusal::kRevokedCertificate));
  test::Client successor(address(), authority_.issue_agent("aktau"));
  successor.hello("aktau");
  EXPECT_TRUE(successor.read());
}

TEST_F(IngestServerTest, AnAgentIsAskedToReloadOnItsOpenStreamAndItsAnswerComesBack) {
  start();
  test::Client client(address(), authority_.issue_agent("aktau"));
  ASSERT_TRUE(client.hello("aktau"));
  const auto first = client.read();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->configuration().reload_request(), 0U) << "the first asks for nothing";
  ASSERT_TRUE(notes_.wait([](const Notes& notes) { return !notes.stations_.empty(); }));
  notes_.stream()->ask_to_reload(5);
  const auto asked = client.read();
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->configuration().reload_request(), 5U);
  EXPECT_GT(asked->configuration().revision(), first->configuration().revision());
  EXPECT_EQ(asked->configuration().max_series(), first->configuration().max_series());

  const codec::ReloadAnswer answer{.request = 5, .detail = "agent.yaml:3:1: unknown key"};
  test::wire::AgentMessage message;
  codec::encode(answer, *message.mutable_reloaded());
  ASSERT_TRUE(client.send(message));
  ASSERT_TRUE(notes_.wait([](const Notes& notes) { return !notes.reloads_.empty(); }));
  EXPECT_EQ(notes_.reloads_.front(), answer);
  // One more may be of a stream before this one; then nobody asked.
  ASSERT_TRUE(client.send(message));
  ASSERT_TRUE(client.send(message));
  EXPECT_EQ(client.ended().error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(notes_.reloads_.size(), 2U);
}

TEST_F(IngestServerTest, AClientWithoutACertificateIsRefusedAndCounted) {
  start();
  std::ifstream ca(authority_.issue_collector().ca_file);
  test::Client client(address(),
                      test::without_certificate({std::istreambuf_iterator<char>(ca), {}}));
  client.hello("sumgait");
  EXPECT_EQ(client.ended().error_code(), StatusCode::UNAUTHENTICATED);
  ASSERT_TRUE(notes_.wait([](const Notes& notes) { return notes.refusals_.size() == 1; }));
  EXPECT_EQ(notes_.refusals_[0], Refusal::kNoCertificate);
  EXPECT_TRUE(notes_.stations_.empty());
}

TEST_F(IngestServerTest, ACertificateOfAnotherCaIsRefusedAndCounted) {
  start();
  test::TemporaryFolder elsewhere;
  test::CertificateAuthority other(elsewhere.path(), "CaspiLink test CA");
  auto files = other.issue_agent("sumgait");
  files.ca_file = authority_.issue_collector().ca_file;  // it does trust the collector
  EXPECT_EQ(refused_with(files, Refusal::kUnknownCertificate).error_code(),
            StatusCode::UNAUTHENTICATED);
}

TEST_F(IngestServerTest, AnExpiredCertificateIsRefusedAndCounted) {
  start();
  const auto files =
      authority_.issue("agent", {"URI:caspilink://agent/sumgait"}, std::chrono::hours(-1));
  EXPECT_EQ(refused_with(files, Refusal::kExpiredCertificate).error_code(),
            StatusCode::UNAUTHENTICATED);
}

TEST_F(IngestServerTest, AnAgentThatSaysItIsAnotherStationIsRefusedAndCounted) {
  start();
  const auto status =
      refused_with(authority_.issue_agent("aktau"), Refusal::kWrongStation, "sumgait");
  EXPECT_EQ(status.error_code(), StatusCode::PERMISSION_DENIED);
}

TEST_F(IngestServerTest, AStationThatIsNotOnThePlantIsRefusedAndCounted) {
  start();
  EXPECT_EQ(
      refused_with(authority_.issue_agent("baku"), Refusal::kUnknownStation, "baku").error_code(),
      StatusCode::PERMISSION_DENIED);
}

TEST_F(IngestServerTest, HelloComesFirstAndOnce) {
  start();
  test::Client early(address(), authority_.issue_agent("aktau"));
  early.send(batch(1));
  EXPECT_EQ(early.ended().error_code(), StatusCode::INVALID_ARGUMENT);
  test::Client twice(address(), authority_.issue_agent("aktau"));
  twice.hello("aktau");
  twice.hello("aktau");
  EXPECT_EQ(twice.ended().error_code(), StatusCode::INVALID_ARGUMENT);
}

TEST_F(IngestServerTest, AStreamThatNeverSaysHelloIsEnded) {
  start();
  test::Client client(address(), authority_.issue_agent("aktau"));
  std::atomic<bool> stop = false;
  // The call reaches the server when it will: sweep until it does.
  std::thread sweeper([&] {
    while (!stop) {
      server_->sweep(now_ + 11'000'000'000);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  EXPECT_EQ(client.ended().error_code(), StatusCode::DEADLINE_EXCEEDED);
  stop = true;
  sweeper.join();
}

TEST_F(IngestServerTest, AMalformedBatchIsRefusedAndTheStreamGoesOn) {
  start();
  test::Client client(address(), authority_.issue_agent("aktau"));
  client.hello("aktau");
  test::wire::AgentMessage message;
  codec::encode(batch(4), *message.mutable_batch());
  message.mutable_batch()->add_value(2);
  ASSERT_TRUE(client.send(message));
  const auto answer = client.acknowledgement();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->outcome(), test::wire::Acknowledgement::OUTCOME_REFUSED);
  EXPECT_EQ(answer->sequence(), 4U);
  EXPECT_NE(answer->detail().find("unequal length"), std::string::npos);
  ASSERT_TRUE(client.send(batch(5)));
  EXPECT_EQ(client.acknowledgement()->outcome(), test::wire::Acknowledgement::OUTCOME_ACCEPTED);
}

TEST_F(IngestServerTest, PassedLimitsEndTheStream) {
  start({.max_batch_samples = 10, .max_series = 100, .max_message_bytes = 4096});
  const auto agent = authority_.issue_agent("aktau");
  const auto status_of = [&](const auto& offend) {
    test::Client client(address(), agent);
    client.hello("aktau");
    offend(client);
    return client.ended().error_code();
  };
  EXPECT_EQ(status_of([&](test::Client& client) { client.send(batch(1, 11)); }),
            StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(
      status_of([&](test::Client& client) {
        client.declare({.boot = 1, .series = {{101, {.quantity = codec::Quantity::kQValue}}}});
      }),
      StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(status_of([&](test::Client& client) {
              client.declare({.boot = 1, .series = {{1, {.quantity = codec::Quantity{77}}}}});
            }),
            StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status_of([&](test::Client& client) { client.send(batch(1, 1000)); }),
            StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(notes_.limits_,
            (std::vector{Limit::kBatchSamples, Limit::kSeries, Limit::kMessageSize}));
}

TEST_F(IngestServerTest, AClientThatNeverReadsItsAnswersIsHeldBackThenEnded) {
  // Long answers, so that some hundreds of them fill the transport's buffers on a slow machine too.
  notes_.answer_detail_ = std::string(16384, 'a');
  start();
  test::Client client(address(), authority_.issue_agent("aktau"));
  client.hello("aktau");
  std::atomic<std::uint64_t> sent = 0;
  std::thread flood([&] {
    while (client.send(batch(sent + 1))) ++sent;
  });
  // Answers fill what transport buffers there are, the window closes, and the clock says when it
  // has been long enough.
  std::atomic<bool> stop = false;
  std::thread sweeper([&] {
    while (!stop) {
      now_ += 3'000'000'000;
      server_->sweep(now_);
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  });
  EXPECT_TRUE(notes_.wait([](const Notes& notes) { return !notes.limits_.empty(); }));
  flood.join();
  EXPECT_EQ(client.ended().error_code(), StatusCode::RESOURCE_EXHAUSTED);
  stop = true;
  sweeper.join();
  EXPECT_EQ(notes_.limits_, std::vector{Limit::kUnreadAnswers});
  EXPECT_TRUE(notes_.wait([](const Notes& notes) { return notes.closed_ == 1; }));
}

TEST_F(IngestServerTest, DeclarationsAreReadOnlyAsFarAsTheWindow) {
  start({.max_unacknowledged_batches = 5});
  notes_.answer_ = false;
  test::Client client(address(), authority_.issue_agent("aktau"));
  client.hello("aktau");
  for (int i = 0; i < 20; ++i) {
    client.declare({.boot = 1, .series = {{1, {.quantity = codec::Quantity::kQValue}}}});
  }
  ASSERT_TRUE(notes_.wait([](const Notes& notes) { return notes.declarations_ == 5; }));
  for (int i = 0; i < 2; ++i) notes_.stream()->keep_declarations();
  ASSERT_TRUE(notes_.wait([](const Notes& notes) { return notes.declarations_ == 7; }));
  // No eighth may ever come; give a wrong server the time to show it.
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_TRUE(notes_.wait([](const Notes& notes) { return notes.declarations_ == 7; }));
  client.cancel();
}

TEST_F(IngestServerTest, CallsOfOneStationAreBoundedBeforeTheirHello) {
  start({.max_calls_per_station = 2});
  const auto agent = authority_.issue_agent("aktau");
  test::Client first(address(), agent);
  test::Client second(address(), agent);
  for (test::Client* client : {&first, &second}) {
    client->hello("aktau");
    ASSERT_TRUE(client->read());
  }
  test::Client third(address(), agent);
  EXPECT_EQ(third.ended().error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(notes_.wait(
      [](const Notes& notes) { return notes.limits_ == std::vector{Limit::kStreams}; }));
  ASSERT_TRUE(first.send(batch(1)));
  EXPECT_TRUE(first.acknowledgement());
}

TEST_F(IngestServerTest, AFloodIsReadOnlyAsFarAsTheWindow) {
  start({.max_unacknowledged_batches = 5});
  notes_.answer_ = false;
  test::Client client(address(), authority_.issue_agent("aktau"));
  client.hello("aktau");
  // Far more than the window; transport buffers take the rest until the stream is cancelled.
  std::thread flood([&] {
    for (std::uint64_t sequence = 1; sequence <= 200 && client.send(batch(sequence, 100));
         ++sequence) {
    }
  });
  ASSERT_TRUE(notes_.wait([](const Notes& notes) { return notes.batches_ == 5; }));
  for (int i = 1; i <= 3; ++i)
    notes_.stream()->acknowledge({1, static_cast<std::uint64_t>(i)}, Outcome::kAccepted, {});
  ASSERT_TRUE(notes_.wait([](const Notes& notes) { return notes.batches_ == 8; }));
  // No ninth may ever come; give a wrong server the time to show it.
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_TRUE(notes_.wait([](const Notes& notes) { return notes.batches_ == 8; }));
  client.cancel();
  flood.join();
  EXPECT_TRUE(notes_.wait([](const Notes& notes) { return notes.closed_ == 1; }));
}

TEST_F(IngestServerTest, AHalfClosedStreamEndsOnceAllIsAnswered) {
  start();
  test::Client client(address(), authority_.issue_agent("aktau"));
  client.hello("aktau");
  for (std::uint64_t sequence = 1; sequence <= 20; ++sequence) client.send(batch(sequence));
  EXPECT_TRUE(client.finish().ok());
  EXPECT_EQ(notes_.batches_, 20);
}

TEST_F(IngestServerTest, ShuttingDownTellsTheAgents) {
  start();
  test::Client client(address(), authority_.issue_agent("aktau"));
  client.hello("aktau");
  ASSERT_TRUE(client.read());
  server_.reset();
  EXPECT_EQ(client.ended().error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(notes_.closed_, 1);
}

TEST_F(IngestServerTest, ATakenAddressIsSaid) {
  start();
  const auto second =
      Server::start({.listen = server_->address(),
                     .tls = endpoint::TlsWatch::open(authority_.issue_collector()).value(),
                     .stations = {},
                     .clock = [] { return std::int64_t{0}; }},
                    notes_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace caspilink::ingest
