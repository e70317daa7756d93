// Scrapes of a whole line while its agents send as fast as they can: how long one takes, what the
// ingest loses by them, which series come and go, whether memory grows. Turns with scrapes and
// turns without alternate, every one with new boots of both agents; at last the text of 100,000
// series is made while they send.
//
// Usage: collector_scrape_bench [SECONDS_A_TURN [TURNS]]
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>
#include <malloc.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "collector/exposition/render.h"
#include "collector/program/allocator.h"
#include "collector/program/collector.h"
#include "tests/bench/collector/many_series.h"
#include "tests/collector/client.h"
#include "tests/collector/program/setting.h"

namespace caspilink::bench {
namespace {

using Steady = std::chrono::steady_clock;
constexpr std::size_t kRows = 1000;
constexpr std::chrono::seconds kLeadIn{2};  // declaring, and what the turn before left behind
constexpr std::chrono::seconds kRest{2};    // until nothing is on its way any more
constexpr std::chrono::milliseconds kBetweenScrapes{250};
constexpr int kRenders = 60;

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

double in_use_mib() {
  const auto heap = mallinfo2();
  return static_cast<double>(heap.uordblks + heap.hblkhd) / (1 << 20);
}

double thread_cpu_ms() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return 1e3 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
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

std::vector<std::string> series_of(const std::string& text) {
  std::vector<std::string> series;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (text[at] != '#') series.push_back(text.substr(at, text.rfind(' ', end) - at));
    at = end + 1;
  }
  return series;
}

// By family, how many series are in `now` and not in `before`.
std::map<std::string, int> new_in(const std::vector<std::string>& now,
                                  const std::vector<std::string>& before) {
  const std::unordered_set<std::string_view> known(before.begin(), before.end());
  std::map<std::string, int> families;
  for (const std::string& series : now) {
    if (!known.contains(series)) ++families[series.substr(0, series.find('{'))];
  }
  return families;
}

// What scrapes showed, one after the other.
class Scrapes {
 public:
  void add(const std::string& text, double ms) {
    took_ms_.push_back(ms);
    bytes_ = text.size();
    auto series = series_of(text);
    if (took_ms_.size() > 1 && series == last_) ++same_;
    if (took_ms_.size() > 1 && series != last_) {
      for (const auto& [family, count] : new_in(series, last_)) came_[family] += count;
      for (const auto& [family, count] : new_in(last_, series)) went_[family] += count;
    }
    last_ = std::move(series);
  }
  void print() const {
    fmt::print(
        "{} scrapes of {} series, {:.1f} MB, while two agents sent at full speed: median {:.0f} "
        "ms, p99 {:.0f} ms\n{} of {} had the series of the one before in its order\n",
        took_ms_.size(), last_.size(), static_cast<double>(bytes_) / 1e6, quantile(took_ms_, 0.5),
        quantile(took_ms_, 0.99), same_, took_ms_.size() - 1);
    for (const auto& [family, count] : came_) fmt::print("  came: {} of {}\n", count, family);
    for (const auto& [family, count] : went_) fmt::print("  went: {} of {}\n", count, family);
  }

 private:
  std::vector<double> took_ms_;
  std::size_t bytes_ = 0;
  std::size_t same_ = 0;
  std::vector<std::string> last_;
  std::map<std::string, int> came_;
  std::map<std::string, int> went_;
};

void render_beside_ingest() {
  const exposition::Snapshot snapshot = many_series();
  std::vector<double> cpu_ms;
  std::vector<double> wall_ms;
  std::string text;
  for (int i = 0; i < kRenders; ++i) {
    const auto begin = Steady::now();
    const double cpu = thread_cpu_ms();
    text = exposition::render(snapshot);
    cpu_ms.push_back(thread_cpu_ms() - cpu);
    wall_ms.push_back(std::chrono::duration<double, std::milli>(Steady::now() - begin).count());
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  fmt::print(
      "the text of {} series beside it, {} times: CPU median {:.1f} ms, p99 {:.1f} ms; by the "
      "clock "
      "median {:.1f} ms, p99 {:.1f} ms\n",
      std::ranges::count(text, '\n'), kRenders, quantile(cpu_ms, 0.5), quantile(cpu_ms, 0.99),
      quantile(wall_ms, 0.5), quantile(wall_ms, 0.99));
}

int main_of(double seconds, int turns) {
  program::settle_allocator();
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
  Scrapes scrapes;
  std::vector<double> without;
  std::vector<double> with;
  const auto aktau = setting.agent("aktau");
  const auto sumgait = setting.agent("sumgait");
  std::uint64_t boot = 0;
  const auto both_send = [&](const std::function<void()>& meanwhile) {
    ++boot;
    Agent east(collector->grpc_address().text(), aktau, "aktau", boot);
    Agent west(collector->grpc_address().text(), sumgait, "sumgait", boot);
    std::this_thread::sleep_for(kLeadIn);
    const auto begin = Steady::now();
    const std::uint64_t before = east.samples() + west.samples();
    meanwhile();
    const std::chrono::duration<double> measured = Steady::now() - begin;
    return static_cast<double>(east.samples() + west.samples() - before) / measured.count();
  };
  for (int turn = 0; turn < 2 * turns; ++turn) {
    const bool scraping = turn % 2 != 0;
    const double speed = both_send([&] {
      const auto end = Steady::now() + std::chrono::duration<double>(seconds);
      while (Steady::now() < end) {
        if (scraping) {
          const auto asked = Steady::now();
          const std::string text = test::http_get(collector->http_address().text(), "/metrics");
          const std::chrono::duration<double, std::milli> took = Steady::now() - asked;
          scrapes.add(text, took.count());
        }
        std::this_thread::sleep_for(kBetweenScrapes);
      }
    });
    (scraping ? with : without).push_back(speed);
    std::this_thread::sleep_for(kRest);
    program::return_free_memory();
    fmt::print("turn {:2}: in use {:.0f} MiB, resident {:.0f} MiB, agents and collector together\n",
               turn + 1, in_use_mib(), resident_mib());
  }
  scrapes.print();
  fmt::print("ingest, samples/s: {:.0f} without scrapes, {:.0f} with\n", quantile(without, 0.5),
             quantile(with, 0.5));
  both_send(render_beside_ingest);
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
