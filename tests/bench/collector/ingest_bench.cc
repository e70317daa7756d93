// Ingest with store, check and export against a bare gRPC stream of the same batches, in one run
// and one process with its client: what the collector's own work costs. The two take turns, and
// each turn is compared with its neighbour, so that what else the machine does falls on both: the
// median of these ratios is printed, and the quartiles beside it.
//
// A turn begins with seconds that are not measured: what the turn before it left behind
// (performance monitoring reads the store once a second) is done in them, and the collector comes
// into its stride.
//
// Usage: collector_ingest_bench [SECONDS_A_TURN [TURNS [SAMPLES_A_BATCH...]]]
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

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

// As equipment sends them: three decimals, a little noise, another value each time; all of them in
// range, also for an error ratio.
std::vector<test::wire::AgentMessage> messages(std::uint64_t boot, std::size_t rows) {
  constexpr std::size_t kDifferent = 64;
  std::vector<test::wire::AgentMessage> made(kDifferent);
  std::mt19937 random(20261126);
  std::uniform_int_distribution<int> noise(-5, 5);
  std::vector<int> thousandths(rows);
  for (std::size_t row = 0; row < rows; ++row) thousandths[row] = 50 + static_cast<int>(row % 400);
  for (auto& message : made) {
    codec::Batch batch{.id = {boot, 1}};
    for (std::size_t row = 0; row < rows; ++row) {
      thousandths[row] = std::clamp(thousandths[row] + noise(random), 1, 499);
      batch.series.push_back(static_cast<std::uint32_t>(1 + row % 1000));
      batch.times_unix_ns.push_back(1'800'000'000'000'000'000 + noise(random) * 1'000'000);
      batch.values.push_back(thousandths[row] / 1000.0);
    }
    codec::encode(batch, *message.mutable_batch());
  }
  return made;
}

struct Turn {
  double samples_a_second = 0;
  double cpu_ns_a_sample = 0;  // client and server together
};

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

constexpr std::chrono::milliseconds kLeadIn{2000};

// Acknowledged over `seconds`, as fast as the stream takes them.
Turn run_turn(const std::string& address, const endpoint::TlsFiles& agent, std::uint64_t boot,
              std::size_t rows, double seconds) {
  test::Client client(address, agent);
  client.hello("aktau", boot);
  client.declare(catalogue(boot));
  auto stream = messages(boot, rows);
  std::atomic<bool> enough = false;
  std::uint64_t sent = 0;
  std::thread sender([&] {
    while (!enough) {
      test::wire::AgentMessage& message = stream[sent % stream.size()];
      message.mutable_batch()->set_sequence(sent + 1);
      message.mutable_batch()->set_base_time_unix_nanos(unix_now());
      if (!client.send(message)) break;
      ++sent;
    }
    client.writes_done();
  });
  std::atomic<std::uint64_t> acknowledged = 0;
  std::thread receiver([&] {
    while (client.acknowledgement()) ++acknowledged;
  });
  std::this_thread::sleep_for(kLeadIn);
  const auto begin = Steady::now();
  const double cpu_before = cpu_seconds();
  const std::uint64_t before = acknowledged;
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  const auto samples = static_cast<double>((acknowledged - before) * rows);
  const double cpu = cpu_seconds() - cpu_before;
  const std::chrono::duration<double> took = Steady::now() - begin;
  enough = true;
  sender.join();
  receiver.join();
  if (acknowledged != sent) {
    std::fprintf(stderr, "%s\n",
                 fmt::format("sent {}, acknowledged {}: {}", sent, acknowledged.load(),
                             client.ended().error_message())
                     .c_str());
  }
  return {.samples_a_second = samples / took.count(), .cpu_ns_a_sample = 1e9 * cpu / samples};
}

double quantile(std::vector<double> values, double part) {
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1) + 0.5)];
}
double median(const std::vector<double>& values) { return quantile(values, 0.5); }

// "57 % (54 to 61)": median and quartiles.
std::string percent(const std::vector<double>& ratios) {
  return fmt::format("{:.0f} % ({:.0f} to {:.0f})", 100 * median(ratios),
                     100 * quantile(ratios, 0.25), 100 * quantile(ratios, 0.75));
}

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(": ") + 2);
  }
  return "unknown processor";
}

int main_of(double seconds, int turns, const std::vector<std::size_t>& sizes) {
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

  const auto line = [](auto samples, auto bare_rate, auto rate, auto ratio, auto bare_cpu, auto cpu,
                       auto cpu_ratio) {
    std::printf("%s\n", fmt::format("{:<8} {:>12} {:>12} {:>18} {:>9} {:>9} {:>18}", samples,
                                    bare_rate, rate, ratio, bare_cpu, cpu, cpu_ratio)
                            .c_str());
    std::fflush(stdout);
  };
  line("samples", "bare", "collector", "ratio", "bare CPU", "CPU", "ratio");
  line("a batch", "samples/s", "samples/s", "", "ns/sample", "ns/sample", "");
  std::uint64_t boot = 0;
  for (const std::size_t rows : sizes) {
    std::vector<double> plain;
    std::vector<double> whole;
    std::vector<double> ratio;
    std::vector<double> plain_cpu;
    std::vector<double> whole_cpu;
    std::vector<double> cpu_ratio;
    for (int turn = 0; turn < turns; ++turn) {
      Turn a;
      Turn b;
      const auto run_bare = [&] {
        a = run_turn(fmt::format("127.0.0.1:{}", port), agent, ++boot, rows, seconds);
      };
      if (turn % 2 == 0) run_bare();
      b = run_turn(collector->grpc_address().text(), agent, ++boot, rows, seconds);
      if (turn % 2 != 0) run_bare();
      plain.push_back(a.samples_a_second);
      whole.push_back(b.samples_a_second);
      ratio.push_back(b.samples_a_second / a.samples_a_second);
      plain_cpu.push_back(a.cpu_ns_a_sample);
      whole_cpu.push_back(b.cpu_ns_a_sample);
      cpu_ratio.push_back(a.cpu_ns_a_sample / b.cpu_ns_a_sample);
    }
    line(rows, fmt::format("{:.0f}", median(plain)), fmt::format("{:.0f}", median(whole)),
         percent(ratio), fmt::format("{:.1f}", median(plain_cpu)),
         fmt::format("{:.1f}", median(whole_cpu)), percent(cpu_ratio));
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
  std::vector<std::size_t> sizes;
  for (int i = 3; i < argc; ++i) sizes.push_back(std::strtoul(argv[i], nullptr, 10));
  if (sizes.empty()) sizes = {1, 100, 1000};
  return caspilink::bench::main_of(argc > 1 ? std::atof(argv[1]) : 2.0,
                                   argc > 2 ? std::atoi(argv[2]) : 7, sizes);
}
