// Scrapes while an agent sends as fast as it can: every one of them is whole, in the order of the
// one before it, and of one moment.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <iterator>
#include <set>
#include <sstream>
#include <thread>

#include <gmock/gmock.h>

#include "collector/program/collector.h"
#include "tests/collector/program/setting.h"

namespace caspilink::program {
namespace {

constexpr std::uint32_t kChannels = 96;

// The series of a scrape in their order, and the values of some of them.
struct Scrape {
  std::vector<std::string> series;
  std::set<std::string> q_values;  // of all channels
  std::size_t q_series = 0;
  std::uint64_t batches = 0;
  std::uint64_t samples = 0;
};

// Adds a failure where a line is none of the text format.
Scrape parse(const std::string& text) {
  EXPECT_TRUE(text.ends_with('\n')) << "cut off";
  Scrape scrape;
  std::istringstream lines(text);
  for (std::string row; std::getline(lines, row);) {
    if (row.starts_with("# HELP ") || row.starts_with("# TYPE ")) continue;
    const std::size_t space = row.rfind(' ');
    const std::string name = row.substr(0, space);
    const std::string value = space == std::string::npos ? "" : row.substr(space + 1);
    char* end = nullptr;
    std::strtod(value.c_str(), &end);
    const bool named = name.find('{') == std::string::npos || name.ends_with('}');
    if (value.empty() || *end != '\0' || !named) {
      ADD_FAILURE() << "no line of the text format: " << row;
      continue;
    }
    scrape.series.push_back(name);
    if (name.starts_with("caspilink_q_value_decibels{")) {
      ++scrape.q_series;
      scrape.q_values.insert(value);
    } else if (name == "caspilink_collector_batches_total{station=\"aktau\"}") {
      scrape.batches = std::stoull(value);
    } else if (name == "caspilink_collector_samples_total{station=\"aktau\"}") {
      scrape.samples = std::stoull(value);
    }
  }
  return scrape;
}

std::vector<std::string> those_in(const std::vector<std::string>& others,
                                  const std::vector<std::string>& series) {
  const std::set<std::string> known(others.begin(), others.end());
  std::vector<std::string> kept;
  std::ranges::copy_if(series, std::back_inserter(kept),
                       [&](const std::string& one) { return known.contains(one); });
  return kept;
}

TEST(ScrapeTest, WhileAnAgentSendsAtFullSpeedEachIsWholeOrderedAndOfOneMoment) {
  test::Setting setting;
  const auto now = [] {
    return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
  };
  auto collector =
      Collector::start(prepare(load_config(setting.config()).value()).value(), now).value();
  std::thread owner([&] { collector->run(false); });

  // Every batch gives all channels one value, another one each time.
  test::Client client(collector->grpc_address().text(), setting.agent("aktau"));
  client.hello("aktau", 7);
  codec::Catalogue catalogue{.boot = 7, .series = {}};
  for (std::uint32_t channel = 1; channel <= kChannels; ++channel) {
    auto point = test::channel_point(codec::Quantity::kQValue, "FP01", channel);
    point.source = "slte-1";
    catalogue.series.push_back({channel, point});
  }
  client.declare(catalogue);
  std::atomic<bool> enough = false;
  std::thread sender([&] {
    codec::Batch batch{.id = {7, 0}};
    for (std::uint32_t channel = 1; channel <= kChannels; ++channel) {
      batch.series.push_back(channel);
    }
    while (!enough) {
      ++batch.id.sequence;
      batch.times_unix_ns.assign(kChannels, now());
      batch.values.assign(kChannels, 9 + 0.001 * static_cast<double>(batch.id.sequence % 1000));
      if (!client.send(batch)) break;
    }
    client.writes_done();
  });
  std::atomic<std::uint64_t> acknowledged = 0;
  std::thread receiver([&] {
    while (client.acknowledgement()) ++acknowledged;
  });

  std::set<std::string> seen;
  std::vector<std::string> order;
  const bool moved = test::eventually([&] {
    const Scrape scrape = parse(test::http_get(collector->http_address().text(), "/metrics"));
    EXPECT_EQ(std::set(scrape.series.begin(), scrape.series.end()).size(), scrape.series.size())
        << "a series twice";
    EXPECT_LE(scrape.q_values.size(), 1U) << "channels of different batches";
    EXPECT_EQ(scrape.samples, scrape.batches * kChannels);
    if (scrape.q_series == 0) return false;
    EXPECT_EQ(scrape.q_series, kChannels);
    // Some come later, as performance monitoring's; none changes its place among the others.
    EXPECT_EQ(those_in(order, scrape.series), those_in(scrape.series, order));
    order = scrape.series;
    seen.insert(scrape.q_values.begin(), scrape.q_values.end());
    return seen.size() >= 4 || testing::Test::HasFailure();
  });
  EXPECT_TRUE(moved) << seen.size() << " different moments";
  enough = true;
  sender.join();
  receiver.join();
  EXPECT_GT(acknowledged.load(), 0U);
  collector->stop();
  owner.join();
}

}  // namespace
}  // namespace caspilink::program
