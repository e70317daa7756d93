// Whether an agent that runs for long stays as large as it was: a week's seconds, told faster.
//
//   agent_week_bench [rounds a second] [days] [program]
//
// The real program, a gNMI target of 4,000 series, sixteen STAMP sessions and a collector over
// mutual TLS. Each of a week's 604,800 seconds is one round in which one of the target's 286
// channels speaks, with that second's time stamp: the agent knows all series and sees as many
// notifications, time stamps and batches as seconds, for a 286th of the samples. In every day's
// first hour the collector is away: the spool fills and drains. STAMP probes forty times as often
// as by default. What goes by the clock of this machine (housekeeping, certificates read again)
// happens as often as the run is long.
//
// Exit status 1 where the second half of the days ends more than 1 MiB above where it began (what a
// burst of work once took of the heap stays taken), or samples are missing.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <sys/wait.h>

#include "tests/bench/agent/agent_process.h"
#include "tests/support/certificates.h"
#include "tests/support/gnmi_target.h"
#include "tests/support/telemetry_collector.h"

namespace {

using namespace caspilink;
using Clock = std::chrono::steady_clock;

constexpr int kSeries = 4000;
constexpr int kPerChannel = 14;
constexpr int kDay = 86'400;
constexpr int kOutage = 3'600;
constexpr int kTick = 20;  // ms
constexpr double kAllowedMib = 1;
// Of the first second told: long before this machine's clock, by which STAMP's samples are known.
constexpr std::int64_t kStart = 1'500'000'000;
constexpr std::int64_t kEnd = 1'600'000'000;

std::uintmax_t spool_bytes(const std::filesystem::path& state) {
  std::uintmax_t bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(state)) bytes += file.file_size();
  return bytes;
}

double tell(pid_t agent, const std::string& when, const std::filesystem::path& state) {
  const double resident = bench::memory_mib(agent, "VmRSS:");
  fmt::print("{:<10} {:>9.2f} {:>9.2f} {:>9.2f} {:>9.2f} {:>11.2f}\n", when, resident,
             bench::memory_mib(agent, "RssAnon:"), bench::memory_mib(agent, "RssFile:"),
             bench::memory_mib(agent, "VmHWM:"), static_cast<double>(spool_bytes(state)) / 1048576);
  std::fflush(stdout);
  return resident;
}

}  // namespace

int main(int argc, char** argv) {
  const int rate = argc > 1 ? std::atoi(argv[1]) : 4000;
  const int days = argc > 2 ? std::atoi(argv[2]) : 7;

  test::TemporaryFolder folder;
  test::CertificateAuthority ca(folder.path(), "ca");
  test::GnmiTarget target;
  test::TelemetryCollector collector(
      {.credentials = endpoint::server_credentials(ca.issue_collector(),
                                                   endpoint::ClientCertificate::kVerified)
                          .value(),
       .keep_samples = false},
      std::make_shared<test::TelemetryCollector::Memory>());
  std::atomic<std::uint64_t> arrived = 0;  // of the target's samples
  collector.judge_by([&](const codec::Batch& batch) {
    arrived += static_cast<std::uint64_t>(std::ranges::count_if(
        batch.times_unix_ns, [](std::int64_t time) { return time / 1'000'000'000 < kEnd; }));
    return std::optional(telemetry::v1::Acknowledgement::OUTCOME_ACCEPTED);
  });
  const auto state = std::filesystem::path(folder.path()) / "state";
  const pid_t agent =
      bench::spawn(bench::agent_program(argc > 3 ? argv[3] : nullptr),
                   bench::configure(folder.path(), {.collector_port = collector.port(),
                                                    .target_port = target.port(),
                                                    .tls = ca.issue_agent("sumgait"),
                                                    .stamp_interval_ms = 10}));
  while (!target.next_subscriber()) std::this_thread::sleep_for(std::chrono::milliseconds(10));

  const auto channels = bench::make_round(kSeries, kPerChannel, 0);
  std::uint64_t sent = 0;
  std::uint64_t missing = 0;
  const auto await_all = [&] {
    for (int patience = 0; arrived + missing < sent && patience < 3000; ++patience) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    missing = sent - arrived;
  };
  const auto say = [&](std::size_t second) {
    ::gnmi::Notification notification = channels[second % channels.size()];
    notification.set_timestamp((kStart + static_cast<std::int64_t>(second)) * 1'000'000'000);
    for (int index = 0; index < notification.update_size(); ++index) {
      notification.mutable_update(index)->mutable_val()->set_double_val(
          static_cast<double>((second * 7 + static_cast<std::size_t>(index) * 37) % 2000) / 100);
    }
    sent += static_cast<std::uint64_t>(notification.update_size());
    target.send(std::move(notification));
  };

  fmt::print("machine: {}\n{:<10} {:>9} {:>9} {:>9} {:>9} {:>11}\n", bench::machine(), "MiB",
             "resident", "anonymous", "files", "peak", "spool files");
  std::size_t second = 0;
  while (second < channels.size()) say(second++);  // every series once
  await_all();
  tell(agent, "start", state);

  const int per_tick = std::max(1, rate * kTick / 1000);
  auto tick = Clock::now();
  double half = 0;
  double last = 0;
  for (int day = 1; day <= days; ++day) {
    collector.turn_away({grpc::StatusCode::UNAVAILABLE, "away"});
    for (int told = 0; told < kDay; ++told) {
      if (told == kOutage) {
        tell(agent, fmt::format("outage {}", day), state);
        collector.turn_away(grpc::Status::OK);
      }
      say(second++);
      if (told % per_tick == 0) {
        tick = std::max(tick + std::chrono::milliseconds(kTick), Clock::now());
        std::this_thread::sleep_until(tick);
      }
    }
    await_all();
    std::this_thread::sleep_for(std::chrono::seconds(2));  // what is acknowledged is forgotten
    last = tell(agent, fmt::format("day {}", day), state);
    if (day == (days + 1) / 2) half = last;
    tick = Clock::now();
  }
  fmt::print("{} seconds, {} samples, {} of them missing; {:+.2f} MiB since the end of day {}\n",
             second, sent, missing, last - half, (days + 1) / 2);
  kill(agent, SIGTERM);
  waitpid(agent, nullptr, 0);
  return missing == 0 && last - half <= kAllowedMib ? 0 : 1;
}
