// What one agent may do to the collector: the real program, real mutual TLS, an agent that passes
// every limit it can reach, and one beside it that must not notice.
#include <atomic>
#include <fstream>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/collector/program/setting.h"

namespace caspilink::program {
namespace {

using grpc::StatusCode;

// Over what it had before: gRPC's own and the windows of the streams are within it, a client's
// flood is not.
constexpr double kMostGrowth_mib = 160;

class LimitsTest : public testing::Test {
 protected:
  void start(const std::string& agents) {
    std::ofstream(setting_.config(), std::ios::app) << "agents: {" << agents << "}\n";
    collector_ = std::make_unique<test::RunningCollector>(setting_);
    beside_ = std::make_unique<test::Client>(collector_->grpc(), setting_.agent("sumgait"));
    ASSERT_TRUE(beside_->hello("sumgait"));
    good_agent_is_answered();
    before_mib_ = resident_mib();
  }
  test::Client client() { return {collector_->grpc(), setting_.agent("aktau")}; }
  void good_agent_is_answered() {
    ASSERT_TRUE(beside_->send(batch(++sequence_, 1)));
    const auto answer = beside_->acknowledgement();
    ASSERT_TRUE(answer) << "the well-behaved agent was cut off";
    EXPECT_EQ(answer->sequence(), sequence_);
  }
  double resident_mib() {
    std::ifstream file(fmt::format("/proc/{}/statm", collector_->process().pid()));
    double pages = 0;
    file >> pages >> pages;
    return pages * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
  }
  void memory_is_bounded() {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    EXPECT_LT(resident_mib(), before_mib_ + kMostGrowth_mib);
#endif
  }
  void counts(const std::string& reason, int most_seen = 1) {
    const std::string line = fmt::format(
        "caspilink_collector_limited_agents_total{{station=\"aktau\",reason=\"{}\"}} {}\n", reason,
        most_seen);
    EXPECT_TRUE(test::eventually([&] {
      return test::http_get(collector_->http(), "/metrics").find(line) != std::string::npos;
    })) << line;
    good_agent_is_answered();
    memory_is_bounded();
  }
  static codec::Catalogue catalogue(std::uint64_t boot, std::uint32_t series) {
    codec::Catalogue made{.boot = boot, .series = {}};
    for (std::uint32_t number = 1; number <= series; ++number) {
      made.series.push_back({number,
                             {.quantity = codec::Quantity::kModuleTemperature,
                              .source = fmt::format("slte-{}", number),
                              .component = fmt::format("module-{}-{}", boot, number)}});
    }
    return made;
  }
  static codec::Batch batch(std::uint64_t sequence, std::size_t rows) {
    codec::Batch made{.id = {1, sequence}};
    made.series.assign(rows, 1);
    made.times_unix_ns.assign(rows, 1'800'000'000'000'000'000);
    made.values.assign(rows, 1.5);
    return made;
  }

  test::Setting setting_;
  std::unique_ptr<test::RunningCollector> collector_;
  std::unique_ptr<test::Client> beside_;
  std::uint64_t sequence_ = 0;
  double before_mib_ = 0;
};

TEST_F(LimitsTest, MessagesAndBatchesThatAreTooLarge) {
  start("max_message_kib: 64, max_batch_samples: 100");
  auto samples = client();
  samples.hello("aktau");
  samples.send(batch(1, 101));
  EXPECT_EQ(samples.ended().error_code(), StatusCode::RESOURCE_EXHAUSTED);
  counts("batch_samples");
  auto bytes = client();
  bytes.hello("aktau");
  bytes.send(batch(1, 1'000'000));
  const grpc::Status status = bytes.ended();
  EXPECT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), testing::HasSubstr("at most 65536"));
  counts("message_size");
}

TEST_F(LimitsTest, SeriesOverManyBootsAndStreams) {
  start("max_series: 1000");
  constexpr int kStreams = 4;
  for (int stream = 0; stream < kStreams; ++stream) {
    auto agent = client();
    agent.hello("aktau");
    for (std::uint64_t boot = 1; boot <= 17; ++boot) {
      agent.declare(catalogue(100 * static_cast<std::uint64_t>(stream) + boot, 1000));
    }
    EXPECT_EQ(agent.ended().error_code(), StatusCode::RESOURCE_EXHAUSTED);
  }
  counts("series", kStreams);
}

TEST_F(LimitsTest, ThousandsOfBoots) {
  start("max_series: 1000");
  auto agent = client();
  agent.hello("aktau");
  for (std::uint64_t boot = 1; boot <= 3000 && agent.declare(catalogue(boot, 1)); ++boot) {
  }
  EXPECT_EQ(agent.ended().error_code(), StatusCode::RESOURCE_EXHAUSTED);
  counts("boots");
}

TEST_F(LimitsTest, ManyStreams) {
  start("max_streams: 4");
  std::vector<std::unique_ptr<test::Client>> open;
  for (int i = 0; i < 4; ++i) {
    open.push_back(std::make_unique<test::Client>(collector_->grpc(), setting_.agent("aktau")));
    ASSERT_TRUE(open.back()->hello("aktau"));
    ASSERT_TRUE(open.back()->send(batch(static_cast<std::uint64_t>(i) + 1, 1)));
    ASSERT_TRUE(open.back()->acknowledgement());
  }
  auto more = client();
  more.hello("aktau");
  EXPECT_EQ(more.ended().error_code(), StatusCode::RESOURCE_EXHAUSTED);
  counts("streams");
}

TEST_F(LimitsTest, AFloodThatReadsNoAnswers) {
  start("max_unacknowledged_batches: 64");
  // A quarter of a million short answers fit into what there is between the two, and each is a
  // batch stored: a loaded machine needs a minute for them.
  constexpr std::chrono::seconds kPatience{180};
  test::Client agent(collector_->grpc(), setting_.agent("aktau"), 2 * kPatience);
  agent.hello("aktau");
  std::atomic<std::uint64_t> sent = 0;
  std::atomic<bool> ended = false;
  std::thread flood([&] {
    while (agent.send(batch(sent + 1, 1))) ++sent;
    ended = true;
  });
  // It goes on until its answers fill the transport's buffers, then it is held back.
  std::uint64_t seen = 0;
  EXPECT_TRUE(test::eventually(
      [&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        return std::exchange(seen, sent.load()) == sent.load() && seen > 0;
      },
      kPatience))
      << "never held back";
  EXPECT_FALSE(ended) << "the stream was ended instead";
  good_agent_is_answered();
  memory_is_bounded();
  agent.cancel();
  flood.join();
}

}  // namespace
}  // namespace caspilink::program
