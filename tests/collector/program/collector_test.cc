// A whole collector in this process: real streams, a real store, real scrapes.
#include "collector/program/collector.h"

#include <atomic>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include <gmock/gmock.h>

#include "tests/collector/program/setting.h"
#include "tests/support/paths.h"

namespace caspilink::program {
namespace {

using codec::Quantity;
using test::kSecond;
using test::wire::Acknowledgement;
using testing::HasSubstr;

class CollectorTest : public testing::Test {
 protected:
  void TearDown() override { stop(); }
  void start() {
    auto config = load_config(setting_.config());
    ASSERT_TRUE(config) << config.error().message();
    auto prepared = prepare(std::move(*config));
    ASSERT_TRUE(prepared) << prepared.error().message();
    auto collector = Collector::start(std::move(*prepared), [this] { return now_.load(); });
    ASSERT_TRUE(collector) << collector.error().message();
    collector_ = std::move(*collector);
    thread_ = std::thread([this] { collector_->run(false); });
  }
  void stop() {
    if (collector_) collector_->stop();
    if (thread_.joinable()) thread_.join();
    collector_.reset();
  }
  std::string scrape() { return test::http_get(collector_->http_address().text(), "/metrics"); }
  bool shows(const std::string& line) {
    const bool found =
        test::eventually([&] { return scrape().find("\n" + line) != std::string::npos; });
    if (!found) ADD_FAILURE() << "no line '" << line << "' in\n" << scrape();
    return found;
  }

  // Everything a station's agent can report of the first fibre pair.
  codec::Catalogue catalogue(const std::string& station) {
    codec::Catalogue all{.boot = 3, .series = {}};
    const std::string peer = station == "aktau" ? "sumgait" : "aktau";
    const auto add = [&](codec::MeasurementPoint point) {
      if (point.source.empty()) point.source = "slte-1";
      all.series.push_back({static_cast<std::uint32_t>(all.series.size() + 1), std::move(point)});
    };
    for (const auto& info : codec::quantities()) {
      switch (info.scope) {
        case codec::Scope::kChannel:
          for (const std::uint32_t channel : {1U, 32U, 64U, 96U}) {
            add(test::channel_point(info.quantity, "FP01", channel));
          }
          break;
        case codec::Scope::kLine:
          add(test::line_point(info.quantity, "FP01"));
          break;
        case codec::Scope::kAmplifier: {
          auto point = test::line_point(info.quantity, "FP01");
          point.element = "preamplifier";
          add(point);
          break;
        }
        case codec::Scope::kPath:
          add(test::path_point(info.quantity, "FP01", peer));
          break;
        case codec::Scope::kModule:
          add({.quantity = info.quantity, .source = "module-1", .element = "lane-1"});
          break;
        case codec::Scope::kElement:
        case codec::Scope::kPump:
        case codec::Scope::kProtection: {
          auto point = test::line_point(info.quantity, "FP01");
          point.element = info.quantity == Quantity::kSpanLoss   ? "S1"
                          : info.scope == codec::Scope::kElement ? "R1"
                                                                 : "receive-1";
          add(point);
          break;
        }
        case codec::Scope::kPowerFeed:
        case codec::Scope::kStation:
          add({.quantity = info.quantity, .source = "pfe-1"});
          break;
      }
    }
    return all;
  }
  codec::Batch readings(const codec::Catalogue& catalogue, std::uint64_t sequence) {
    codec::Batch batch{.id = {catalogue.boot, sequence}};
    for (const auto& [number, point] : catalogue.series) {
      batch.series.push_back(number);
      batch.times_unix_ns.push_back(now_);
      const bool q = point.quantity == Quantity::kQValue;
      const auto& range = codec::info(point.quantity);
      batch.values.push_back(q ? 9.0 : range.minimum + (range.maximum - range.minimum) / 4);
      batch.readings.push_back(codec::Reading::kValue);
    }
    return batch;
  }
  // Everything but the receive powers, which see no light.
  static void darken(const codec::Catalogue& catalogue, codec::Batch& batch) {
    for (std::size_t row = 0; row < batch.size(); ++row) {
      const Quantity quantity = catalogue.series[row].point.quantity;
      if (quantity == Quantity::kChannelInputPower || quantity == Quantity::kLineInputPower) {
        batch.readings[row] = codec::Reading::kNoLight;
        batch.values[row] = 0;
      }
    }
  }

  test::Setting setting_;
  // Agents' certificates are checked against this clock too.
  std::atomic<std::int64_t> now_ =
      std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
  std::unique_ptr<Collector> collector_;
  std::thread thread_;
};

TEST_F(CollectorTest, ReadingsBecomeMetricsMarginsAndVerdicts) {
  start();
  test::Client client(collector_->grpc_address().text(), setting_.agent("aktau"));
  const auto series = catalogue("aktau");
  client.hello("aktau", 3);
  client.declare(series);
  client.send(readings(series, 1));
  ASSERT_EQ(client.acknowledgement()->outcome(), Acknowledgement::OUTCOME_ACCEPTED);
  shows(
      "caspilink_q_value_decibels{station=\"aktau\",fibre_pair=\"FP01\",direction=\"a-b\",channel="
      "\"1\"} 9\n");
  shows(
      "caspilink_channel_margin_decibels{station=\"aktau\",fibre_pair=\"FP01\",direction=\"a-b\","
      "channel=\"1\"} 2.7");
  // Q is good, but powers at a quarter of their range are nowhere near their budget.
  shows(
      "caspilink_direction_verdict{fibre_pair=\"FP01\",direction=\"a-b\",verdict=\"below_budget\"}"
      " 1\n");
  shows(
      "caspilink_direction_verdict{fibre_pair=\"FP02\",direction=\"b-a\",verdict=\"unknown\"} 1\n");
  shows("caspilink_collector_agent_connected{station=\"aktau\"} 1\n");
  EXPECT_EQ(test::http_get(collector_->http_address().text(), "/healthz").empty(), false);
}

TEST_F(CollectorTest, DeduplicationSurvivesARestart) {
  start();
  const auto series = catalogue("aktau");
  const auto agent = setting_.agent("aktau");
  const auto batch = readings(series, 1);
  const auto outcome = [&] {
    test::Client client(collector_->grpc_address().text(), agent);
    client.hello("aktau", 3);
    client.declare(series);
    client.send(batch);
    return client.acknowledgement()->outcome();
  };
  EXPECT_EQ(outcome(), Acknowledgement::OUTCOME_ACCEPTED);
  EXPECT_EQ(outcome(), Acknowledgement::OUTCOME_DUPLICATE);
  stop();
  start();
  EXPECT_EQ(outcome(), Acknowledgement::OUTCOME_DUPLICATE);
  shows("caspilink_collector_duplicate_batches_total{station=\"aktau\"} 1\n");
  shows("caspilink_collector_store_batches 1\n");
}

TEST_F(CollectorTest, StrangersAreRefusedAndCounted) {
  start();
  test::Client client(collector_->grpc_address().text(), setting_.agent("aktau"));
  client.hello("sumgait");
  EXPECT_EQ(client.ended().error_code(), grpc::StatusCode::PERMISSION_DENIED);
  shows("caspilink_collector_refused_agents_total{reason=\"wrong_station\"} 1\n");
}

TEST_F(CollectorTest, ThePageListsExactlyWhatIsScrapedAndPromtoolIsSilent) {
  start();
  std::vector<std::unique_ptr<test::Client>> clients;
  std::uint64_t sequence = 0;
  for (const char* station : {"aktau", "sumgait"}) {
    clients.push_back(
        std::make_unique<test::Client>(collector_->grpc_address().text(), setting_.agent(station)));
    clients.back()->hello(station, 3);
    const auto series = catalogue(station);
    clients.back()->declare(series);
    clients.back()->send(readings(series, ++sequence));
    ASSERT_TRUE(clients.back()->acknowledgement());
  }
  shows("caspilink_direction_margin_decibels{fibre_pair=\"FP01\",direction=\"b-a\"}");
  // Half an hour without Sumgait makes an alarm stand, so that its metric is in the scrape too.
  now_ += 1800 * kSecond;
  const auto series = catalogue("aktau");
  const auto keep_alive = [&] {
    now_ += kSecond;
    clients.front()->send(readings(series, ++sequence));
    return clients.front()->acknowledgement().has_value() &&
           scrape().find("caspilink_alarm_active{") != std::string::npos;
  };
  ASSERT_TRUE(test::eventually(keep_alive));
  const std::string text = scrape();

  std::ifstream page(caspilink::test::source_dir() + "/collector/METRICS.md");
  std::map<std::string, std::pair<std::string, std::set<std::string>>> listed;
  const std::regex row("^\\| `([a-z_0-9]+)` \\| (gauge|counter) \\| ([^|]*) \\| ");
  const std::regex name("`([a-z_]+)`");
  for (std::string line; std::getline(page, line);) {
    std::smatch found;
    if (!std::regex_search(line, found, row)) continue;
    const std::string labels = found[3];
    auto& entry = listed[found[1]];
    entry.first = found[2];
    for (std::sregex_iterator label(labels.begin(), labels.end(), name), end; label != end;
         ++label) {
      entry.second.insert((*label)[1]);
    }
  }
  std::set<std::string> scraped;
  std::istringstream lines(text);
  const std::regex sample("^([a-z_0-9]+)(\\{[^}]*\\})? ");
  const std::regex label_name("([a-z_]+)=\"");
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (line.starts_with("# TYPE ")) {
      std::istringstream words(line.substr(7));
      std::string metric, type;
      words >> metric >> type;
      EXPECT_EQ(listed[metric].first, type) << metric << " is scraped and not on the page so";
    } else if (std::regex_search(line, found, sample)) {
      scraped.insert(found[1]);
      const std::string labels = found[2];
      for (std::sregex_iterator label(labels.begin(), labels.end(), label_name), end; label != end;
           ++label) {
        EXPECT_TRUE(listed[found[1]].second.contains((*label)[1])) << line;
      }
    }
  }
  // They need a bin that was closed, a located cause, a receiver or a history; RenderTest shows
  // them. A plant without pumps expects none.
  const std::regex later(
      "caspilink_(performance_15min|fibre_pair|alarm_position|collector_remote_write)_.*|"
      "caspilink_(channel_margin|line_input_power)_from_.*|"
      "caspilink_(expected|residual|residual_uncertainty)_pump_power_.*|"
      "caspilink_direction_(ageing|margin_end_of_life|margin_runs_out)_.*");
  for (const auto& [metric, entry] : listed) {
    if (std::regex_match(metric, later)) continue;
    EXPECT_TRUE(scraped.contains(metric)) << metric << " is on the page and not scraped";
  }

  if (::system("command -v promtool >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "promtool is not installed: the exposition's style is not checked";
  }
  const std::string path = test::write_file(setting_.folder(), "scrape.txt", text);
  const std::string said = path + ".said";
  EXPECT_EQ(::system(("promtool check metrics <" + path + " >" + said + " 2>&1").c_str()), 0);
  std::ifstream complaints(said);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(complaints), {}), "");
}

TEST_F(CollectorTest, ADarkDirectionBecomesALineCutAndAlarmsSurviveARestart) {
  start();
  const auto series = catalogue("aktau");
  const auto agent = setting_.agent("aktau");
  std::uint64_t sequence = 0;
  {
    test::Client client(collector_->grpc_address().text(), agent);
    client.hello("aktau", 3);
    client.declare(series);
    ASSERT_TRUE(test::eventually([&] {
      now_ += kSecond;
      auto batch = readings(series, ++sequence);
      darken(series, batch);
      client.send(batch);
      return client.acknowledgement() &&
             scrape().find(
                 "alarm_type=\"line_cut\",severity=\"critical\",fibre_pair=\"FP01\","
                 "direction=\"a-b\"} 1") != std::string::npos;
    }));
    EXPECT_THAT(scrape(), HasSubstr("caspilink_line_no_light{station=\"aktau\",fibre_pair="
                                    "\"FP01\",direction=\"a-b\"} 1\n"));
    // Channels without light are its consequences: shown, and nobody is told of them.
    EXPECT_EQ(scrape().find("caspilink_alarm_notifiable{alarm_type=\"channel_loss_of_light"),
              std::string::npos);
  }
  stop();
  start();
  shows(
      "caspilink_alarm_active{alarm_type=\"line_cut\",severity=\"critical\",fibre_pair=\"FP01\","
      "direction=\"a-b\"} 1\n");
  shows("caspilink_alarms_raised_total{alarm_type=\"line_cut\"} 0\n");
}

}  // namespace
}  // namespace caspilink::program
