// What a whole agent costs: the real program, a gNMI target that plays N series a second, sixteen
// STAMP sessions, and a collector over mutual TLS that acknowledges everything.
//
//   agent_load_bench [series a second] [seconds] [updates a notification] [batches of backlog]
//                    [program]
//
// With a backlog, 2,000 samples a batch of an earlier boot, the time until all of it has arrived is
// told too, and how late live samples are meanwhile. The program is caspilink-agent beside this one
// unless another is told, which is how two builds are measured in turn.
//
// The target makes a round's notifications before their second and stamps each as it writes it to
// the stream: what the target takes, on a machine that is its own in life, is not the agent's.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <sys/wait.h>

#include "agent/spool/sqlite_spool.h"
#include "tests/bench/agent/agent_process.h"
#include "tests/proto/block/line_batches.h"
#include "tests/support/certificates.h"
#include "tests/support/gnmi_target.h"
#include "tests/support/telemetry_collector.h"

namespace {

using namespace caspilink;
using Clock = std::chrono::steady_clock;

// As a target samples: all at once, each second, the next round being made in between.
class Player {
 public:
  Player(test::GnmiTarget& target, int series, int per_notification)
      : target_(target), series_(series), per_notification_(per_notification) {
    prepare();
  }
  void play() {
    for (auto& notification : next_) target_.send(std::move(notification));
    next_.clear();
  }
  void prepare() {
    if (next_.empty()) next_ = bench::make_round(series_, per_notification_, round_++);
  }

 private:
  test::GnmiTarget& target_;
  const int series_;
  const int per_notification_;
  int round_ = 0;
  std::vector<::gnmi::Notification> next_;
};

// How long samples took from the equipment to the collector; live ones alone.
class Delays {
 public:
  void add(const codec::Batch& batch) {
    if (batch.backlog) return;
    const std::int64_t now = bench::unix_ns();
    const std::lock_guard lock(mutex_);
    for (const std::int64_t time : batch.times_unix_ns) {
      ms_.push_back(static_cast<double>(now - time) * 1e-6);
    }
  }
  std::string take(const char* what) {
    const std::lock_guard lock(mutex_);
    if (ms_.empty()) return fmt::format("{}: no live samples", what);
    std::ranges::sort(ms_);
    const auto quantile = [&](double q) {
      return ms_[static_cast<std::size_t>(q * static_cast<double>(ms_.size() - 1))];
    };
    std::string told = fmt::format(
        "{}: live samples take {:.1f} ms at the median, {:.1f} ms at p99, {:.1f} ms at "
        "most",
        what, quantile(0.5), quantile(0.99), ms_.back());
    ms_.clear();
    return told;
  }

 private:
  std::mutex mutex_;
  std::vector<double> ms_;
};

void fill_spool(const std::filesystem::path& folder, int batches) {
  std::filesystem::create_directories(folder);
  auto spool = spool::SqliteSpool::open({.file = (folder / "spool.sqlite").string()}).value();
  block::LineReadings readings(2000);
  std::vector<codec::Declaration> series;
  for (std::uint32_t number = 1; number <= 2000; ++number) {
    series.push_back({number, {.quantity = codec::Quantity::kQValue, .channel = number}});
  }
  for (int batch = 0; batch < batches; ++batch) {
    (void)spool->append(readings.next(),
                        batch == 0 ? std::span(series) : std::span(series).first(0),
                        bench::unix_ns());
  }
  const auto& stats = spool->stats();
  fmt::print("backlog: {} samples, {:.2f} bytes a sample in the spool's file\n", stats.samples,
             static_cast<double>(stats.file_bytes) / static_cast<double>(stats.samples));
}

}  // namespace

int main(int argc, char** argv) {
  const int series = argc > 1 ? std::atoi(argv[1]) : 2000;
  const int seconds = argc > 2 ? std::atoi(argv[2]) : 30;
  const int per_notification = argc > 3 ? std::atoi(argv[3]) : 14;
  const int backlog = argc > 4 ? std::atoi(argv[4]) : 0;
  const std::string program = bench::agent_program(argc > 5 ? argv[5] : nullptr);

  test::TemporaryFolder folder;
  test::CertificateAuthority ca(folder.path(), "ca");
  test::GnmiTarget target({.stamp = bench::unix_ns});
  auto memory_of_collector = std::make_shared<test::TelemetryCollector::Memory>();
  test::TelemetryCollector collector(
      {.credentials = endpoint::server_credentials(ca.issue_collector(),
                                                   endpoint::ClientCertificate::kVerified)
                          .value(),
       .keep_samples = false},
      memory_of_collector);
  Delays delays;
  collector.judge_by([&](const codec::Batch& batch) {
    delays.add(batch);
    return std::optional(telemetry::v1::Acknowledgement::OUTCOME_ACCEPTED);
  });
  if (backlog > 0) fill_spool(folder.path() / "state", backlog);
  const std::string config = bench::configure(folder.path(), {.collector_port = collector.port(),
                                                              .target_port = target.port(),
                                                              .tls = ca.issue_agent("sumgait")});

  fmt::print(
      "machine: {}\nload: {} series a second, {} updates a notification, 16 STAMP sessions "
      "at 5 a second\n",
      bench::machine(), series, per_notification);
  const pid_t agent = bench::spawn(program, config);
  Player player(target, series, per_notification);
  while (!target.next_subscriber()) std::this_thread::sleep_for(std::chrono::milliseconds(10));

  if (backlog > 0) {
    const auto begin = Clock::now();
    auto next = begin;
    const auto waiting = static_cast<std::uint64_t>(backlog) * 2000;
    while (collector.samples() < waiting) {
      if (Clock::now() >= next) {
        player.play();
        player.prepare();
        next += std::chrono::seconds(1);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    const double took = std::chrono::duration<double>(Clock::now() - begin).count();
    fmt::print(
        "drained at {:.2f} million samples a second, {:.2f} s of the agent's CPU a million\n",
        static_cast<double>(waiting) * 1e-6 / took,
        bench::cpu_seconds(agent) / (static_cast<double>(waiting) * 1e-6));
    fmt::print("{}\n", delays.take("meanwhile"));
  }

  constexpr int kWarmUp = 3;
  double cpu_before = 0;
  double switches_before = 0;
  auto time_before = Clock::now();
  std::uint64_t samples_before = 0;
  auto tick = Clock::now();
  for (int round = 0; round < seconds + kWarmUp; ++round) {
    if (round == kWarmUp) {
      cpu_before = bench::cpu_seconds(agent);
      switches_before = bench::switches(agent);
      time_before = Clock::now();
      samples_before = collector.samples();
      (void)delays.take("");
    }
    player.play();
    std::this_thread::sleep_until(tick + std::chrono::milliseconds(500));
    player.prepare();
    tick += std::chrono::seconds(1);
    std::this_thread::sleep_until(tick);
  }
  const double elapsed = std::chrono::duration<double>(Clock::now() - time_before).count();
  const double cpu = bench::cpu_seconds(agent) - cpu_before;
  const double switched = bench::switches(agent) - switches_before;
  const std::uint64_t samples = collector.samples() - samples_before;
  fmt::print(
      "over {:.0f} s: {:.2f} % of a core, {:.0f} context switches a second, resident {:.1f} MiB "
      "(peak {:.1f} MiB), "
      "{:.0f} samples a second acknowledged\n",
      elapsed, 100 * cpu / elapsed, switched / elapsed, bench::memory_mib(agent, "VmRSS:"),
      bench::memory_mib(agent, "VmHWM:"), static_cast<double>(samples) / elapsed);
  fmt::print("  of it: anonymous {:.1f} MiB, from files {:.1f} MiB\n",
             bench::memory_mib(agent, "RssAnon:"), bench::memory_mib(agent, "RssFile:"));
  fmt::print("{}\n", delays.take("over that time"));
  kill(agent, SIGTERM);
  waitpid(agent, nullptr, 0);
  return 0;
}
