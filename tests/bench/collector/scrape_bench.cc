// Scrapes of a whole line while its agents send as fast as they can: how long one takes, what the
// ingest loses by them, whether memory grows. Turns with scrapes and turns without alternate.
//
// Usage: collector_scrape_bench [SECONDS_A_TURN [TURNS]]
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "collector/program/collector.h"
#include "tests/collector/client.h"
#include "tests/collector/program/setting.h"

namespace caspilink::bench {
namespace {

using Steady = std::chrono::steady_clock;
constexpr std::size_t kRows = 1000;
constexpr std::chrono::seconds kLeadIn{2};  // declaring, and what the turn before left behind
constexpr std::chrono::milliseconds kBetweenScrapes{250};

std::int64_t unix_now() {
  return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

double resident_mib() {
  std::ifstream file("/proc/self/statm");
  double size = 0;
  double resident = 0;
  file >> size >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

// Everything that is measured of a channel, of all channels of all fibre pairs.
codec::Catalogue catalogue(std::uint64_t boot) {
  codec::Catalogue all{.boot = boot, .series = {}};
  for (const auto& info : codec::quantities()) {
    if (info.scope != codec::Scope::kChannel) continue;
    for (std::uint32_t channel = 0; channel < 16 * 96; ++channel) {
      auto point = test::channel_point(info.quantity, fmt::format("FP{:02}", 1 + channel / 96),
                                       1 + channel % 96);
      point.source = "slte-1";
      all.series.push_back({static_cast<std::uint32_t>(all.series.size() + 1), point});
    }
  }
  return all;
}

// One station's agent, sending until it ends.
class Agent {
 public:
  Agent(const std::string& address, const endpoint::TlsFiles& files, const std::string& station,
        std::uint64_t boot)
      : client_(address, files), catalogue_(catalogue(boot)) {
    client_.hello(station, boot);
    client_.declare(catalogue_);
    sender_ = std::thread([this] { send(); });
    receiver_ = std::thread([this] {
      while (client_.acknowledgement()) ++acknowledged_;
    });
  }
  ~Agent() {
    enough_ = true;
    sender_.join();
    receiver_.join();
  }
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;
  std::uint64_t samples() const { return acknowledged_ * kRows; }

 private:
  void send() {
    codec::Batch batch{.id = {catalogue_.boot, 0}};
    std::size_t next = 0;
    while (!enough_) {
      ++batch.id.sequence;
      batch.series.clear();
      batch.values.clear();
      batch.times_unix_ns.assign(kRows, unix_now());
      for (std::size_t row = 0; row < kRows; ++row, next = (next + 1) % catalogue_.series.size()) {
        const auto& [number, point] = catalogue_.series[next];
        const auto& range = codec::info(point.quantity);
        batch.series.push_back(number);
        batch.values.push_back(range.minimum + (range.maximum - range.minimum) / 4);
      }
      if (!client_.send(batch)) break;
    }
    client_.writes_done();
  }

  test::Client client_;
  const codec::Catalogue catalogue_;
  std::atomic<bool> enough_ = false;
  std::atomic<std::uint64_t> acknowledged_ = 0;
  std::thread sender_;
  std::thread receiver_;
};

double quantile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1) + 0.5)];
}

std::vector<std::string> series_of(const std::string& text) {
  std::vector<std::string> series;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (text[at] != '#') series.push_back(text.substr(at, text.rfind(' ', end) - at));
    at = end + 1;
  }
  return series;
}

int main_of(double seconds, int turns) {
  spdlog::set_level(spdlog::level::off);
  test::Setting setting;
  {
    std::ofstream file(setting.config(), std::ios::app);
    file << "agents: {max_series: 100000}\n";
  }
  auto collector =
      program::Collector::start(
          program::prepare(program::load_config(setting.config()).value()).value(), unix_now)
          .value();
  std::thread owner([&] { collector->run(false); });
  std::vector<double> took_ms;
  std::vector<double> without;
  std::vector<double> with;
  std::vector<double> resident;
  std::size_t bytes = 0;
  std::size_t in_order = 0;
  std::vector<std::string> order;
  const auto aktau = setting.agent("aktau");
  const auto sumgait = setting.agent("sumgait");
  for (int turn = 0; turn < 2 * turns; ++turn) {
    const bool scraping = turn % 2 != 0;
    const auto boot = static_cast<std::uint64_t>(turn) + 1;
    Agent east(collector->grpc_address().text(), aktau, "aktau", boot);
    Agent west(collector->grpc_address().text(), sumgait, "sumgait", boot);
    std::this_thread::sleep_for(kLeadIn);
    const auto begin = Steady::now();
    const std::uint64_t before = east.samples() + west.samples();
    const auto end = begin + std::chrono::duration<double>(seconds);
    while (Steady::now() < end) {
      if (scraping) {
        const auto asked = Steady::now();
        const std::string text = test::http_get(collector->http_address().text(), "/metrics");
        const std::chrono::duration<double, std::milli> took = Steady::now() - asked;
        took_ms.push_back(took.count());
        bytes = text.size();
        auto series = series_of(text);
        in_order += series == order ? 1 : 0;
        order = std::move(series);
      }
      std::this_thread::sleep_for(kBetweenScrapes);
    }
    const std::chrono::duration<double> measured = Steady::now() - begin;
    (scraping ? with : without)
        .push_back(static_cast<double>(east.samples() + west.samples() - before) /
                   measured.count());
    if (scraping) resident.push_back(resident_mib());
  }
  std::printf(
      "%s\n",
      fmt::format("{} scrapes of {} series, {:.1f} MB, while two agents sent at full speed: "
                  "median {:.0f} ms, p99 {:.0f} ms; {} of {} had the series of the one before "
                  "in its order",
                  took_ms.size(), order.size(), static_cast<double>(bytes) / 1e6,
                  quantile(took_ms, 0.5), quantile(took_ms, 0.99), in_order, took_ms.size() - 1)
          .c_str());
  std::printf("%s\n", fmt::format("ingest, samples/s: {:.0f} without scrapes, {:.0f} with",
                                  quantile(without, 0.5), quantile(with, 0.5))
                          .c_str());
  std::printf("%s\n",
              fmt::format("resident after the first turn with scrapes {:.0f} MiB, after the last "
                          "{:.0f} MiB, agents and collector together",
                          resident.front(), resident.back())
                  .c_str());
  collector->stop();
  owner.join();
  return 0;
}

}  // namespace
}  // namespace caspilink::bench

int main(int argc, char** argv) {
  return caspilink::bench::main_of(argc > 1 ? std::atof(argv[1]) : 3.0,
                                   argc > 2 ? std::max(1, std::atoi(argv[2])) : 6);
}
