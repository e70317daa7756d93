// Ingest with store, check and export against a bare gRPC stream of the same batches, in one run
// and one process with its client: what the collector's own work costs.
//
// Usage: collector_ingest_bench [SECONDS_A_CASE]
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "collector/program/collector.h"
#include "tests/collector/client.h"
#include "tests/collector/program/setting.h"

namespace caspilink::bench {
namespace {

using Steady = std::chrono::steady_clock;

std::int64_t unix_now() {
  return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Reads a message, answers it, and does nothing else.
class BareReactor final
    : public grpc::ServerBidiReactor<test::wire::AgentMessage, test::wire::CollectorMessage> {
 public:
  BareReactor() { StartRead(&incoming_); }
  void OnReadDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    if (!ok) {
      ended_ = true;
      finish_if_idle();
      return;
    }
    if (incoming_.has_batch()) {
      auto& answer = *queue_.emplace_back().mutable_acknowledgement();
      answer.set_boot(incoming_.batch().boot());
      answer.set_sequence(incoming_.batch().sequence());
      write();
    }
    StartRead(&incoming_);
  }
  void OnWriteDone(bool) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    write();
    finish_if_idle();
  }
  void OnDone() override { delete this; }

 private:
  void write() {
    if (writing_ || queue_.empty()) return;
    outgoing_ = std::move(queue_.front());
    queue_.pop_front();
    writing_ = true;
    StartWrite(&outgoing_,
               queue_.empty() ? grpc::WriteOptions() : grpc::WriteOptions().set_buffer_hint());
  }
  void finish_if_idle() {
    if (ended_ && !writing_ && queue_.empty()) Finish(grpc::Status::OK);
  }
  std::mutex mutex_;
  test::wire::AgentMessage incoming_;
  test::wire::CollectorMessage outgoing_;
  std::deque<test::wire::CollectorMessage> queue_;
  bool writing_ = false;
  bool ended_ = false;
};

class BareService final : public test::wire::Telemetry::CallbackService {
  grpc::ServerBidiReactor<test::wire::AgentMessage, test::wire::CollectorMessage>* Report(
      grpc::CallbackServerContext*) override {
    return new BareReactor();
  }
};

codec::Catalogue catalogue(std::uint64_t boot) {
  codec::Catalogue all{.boot = boot, .series = {}};
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const auto quantity = static_cast<codec::Quantity>(10 + i % 10);
    auto point = test::channel_point(quantity, fmt::format("FP{:02}", 1 + i / 96 % 16), 1 + i % 96);
    point.source = "slte-1";
    all.series.push_back({i + 1, point});
  }
  return all;
}

// Samples a second acknowledged over `seconds`, as fast as the stream takes them.
double samples_a_second(const std::string& address, const endpoint::TlsFiles& agent,
                        std::uint64_t boot, std::size_t rows, double seconds) {
  test::Client client(address, agent);
  client.hello("aktau", boot);
  client.declare(catalogue(boot));
  test::wire::AgentMessage message;
  codec::Batch batch{.id = {boot, 1}};
  for (std::size_t row = 0; row < rows; ++row) {
    batch.series.push_back(static_cast<std::uint32_t>(1 + row % 1000));
    batch.times_unix_ns.push_back(unix_now());
    batch.values.push_back(0.25 + 0.0001 * static_cast<double>(row % 1000));
  }
  codec::encode(batch, *message.mutable_batch());
  const auto begin = Steady::now();
  std::atomic<std::uint64_t> sent = 0;
  std::thread sender([&] {
    const auto end = begin + std::chrono::duration<double>(seconds);
    while (Steady::now() < end) {
      message.mutable_batch()->set_sequence(sent + 1);
      message.mutable_batch()->set_base_time_unix_nanos(unix_now());
      if (!client.send(message)) break;
      ++sent;
    }
    client.writes_done();
  });
  std::uint64_t acknowledged = 0;
  while (client.acknowledgement()) ++acknowledged;
  sender.join();
  const std::chrono::duration<double> took = Steady::now() - begin;
  if (acknowledged != sent) {
    std::fprintf(stderr, "%s\n",
                 fmt::format("sent {}, acknowledged {}: {}", sent.load(), acknowledged,
                             client.ended().error_message())
                     .c_str());
  }
  return static_cast<double>(acknowledged * rows) / took.count();
}

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(": ") + 2);
  }
  return "unknown processor";
}

int main_of(double seconds) {
  spdlog::set_level(spdlog::level::off);
  utsname system{};
  ::uname(&system);
  std::printf("%s\n",
              fmt::format("{}, {} processors, {} {}", processor(),
                          std::thread::hardware_concurrency(), system.sysname, system.release)
                  .c_str());

  test::Setting setting;
  const auto agent = setting.agent("aktau");
  const auto tls = program::load_config(setting.config()).value().tls;
  grpc::ServerBuilder builder;
  BareService service;
  int port = 0;
  builder.AddListeningPort(
      "127.0.0.1:0",
      endpoint::server_credentials(tls, endpoint::ClientCertificate::kUnverified).value(), &port);
  builder.RegisterService(&service);
  const auto bare = builder.BuildAndStart();

  auto collector =
      program::Collector::start(
          program::prepare(program::load_config(setting.config()).value()).value(), unix_now)
          .value();
  std::thread owner([&] { collector->run(false); });
  std::atomic<bool> stop = false;
  std::thread scraper([&] {
    while (!stop) {
      test::http_get(collector->http_address().text(), "/metrics");
      std::this_thread::sleep_for(std::chrono::seconds(1));
    }
  });

  std::printf("%-16s %16s %20s %7s\n", "samples a batch", "bare samples/s", "collector samples/s",
              "ratio");
  std::uint64_t boot = 0;
  for (const std::size_t rows : {1U, 100U, 1000U}) {
    const double plain =
        samples_a_second(fmt::format("127.0.0.1:{}", port), agent, ++boot, rows, seconds);
    const double whole =
        samples_a_second(collector->grpc_address().text(), agent, ++boot, rows, seconds);
    std::printf("%-16zu %16.0f %20.0f %6.0f%%\n", rows, plain, whole, 100 * whole / plain);
  }
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  std::printf("%s\n", fmt::format("peak resident {:.1f} MiB, client and both servers together",
                                  static_cast<double>(usage.ru_maxrss) / 1024)
                          .c_str());
  stop = true;
  scraper.join();
  collector->stop();
  owner.join();
  collector.reset();
  bare->Shutdown();
  return 0;
}

}  // namespace
}  // namespace caspilink::bench

int main(int argc, char** argv) {
  return caspilink::bench::main_of(argc > 1 ? std::atof(argv[1]) : 5.0);
}
