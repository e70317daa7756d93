// caspictl as a process, against a real collector.
#include <algorithm>
#include <sstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "tests/collector/program/setting.h"

namespace caspilink::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class CaspictlTest : public testing::Test {
 protected:
  // Silence becomes an alarm after seconds.
  void start() {
    write_file(setting_.folder(), "collector.yaml",
               setting_.yaml("127.0.0.1:0", "127.0.0.1:0") +
                   "query: {listen: \"127.0.0.1:0\"}\nagents: {silent_after_s: 1}\n");
    collector_ = std::make_unique<RunningCollector>(setting_);
    ASSERT_NE(collector_->query(), "") << collector_->process().output();
    config_ = {};
    for (const std::string role : {"operator", "viewer"}) {
      const auto files = setting_.person("caspilink://" + role + "/leyla");
      config_[role] = write_file(
          setting_.folder(), role + ".yaml",
          fmt::format("address: \"{}\"\nserver_name: collector\n"
                      "tls: {{ca_file: {}, certificate_file: {}, key_file: {}}}\n",
                      collector_->query(), files.ca_file, files.certificate_file, files.key_file));
    }
  }
  std::pair<int, std::string> run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), binary_dir() + "/bin/caspictl");
    Process process(arguments, setting_.folder() / "caspictl.out");
    const int status = process.wait();
    return {status, process.output()};
  }
  std::pair<int, std::string> as(const std::string& role, std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--config", config_.at(role), "--timeout-s", "60"});
    return run(std::move(arguments));
  }
  json json_of(const std::vector<std::string>& arguments) {
    auto with = arguments;
    with.insert(with.end(), {"--format", "json"});
    const auto [status, said] = as("operator", with);
    EXPECT_EQ(status, 0) << said;
    return json::parse(said);
  }

  Setting setting_;
  std::map<std::string, std::string> config_;
  std::unique_ptr<RunningCollector> collector_;
};

TEST_F(CaspictlTest, WrongUsageIsOneClearLineAndStatusTwo) {
  const auto none = (setting_.folder() / "none.yaml").string();
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{},
                                                    {"stat"},
                                                    {"status", "--format", "xml"},
                                                    {"alarms", "ack"},
                                                    {"alarms", "ack", "seven", "--note", "x"},
                                                    {"alarms", "ack", "7"},
                                                    {"alarms", "shelve", "7", "--note", "x"},
                                                    {"history", "--from", "now"},
                                                    {"baselines", "commission"},
                                                    {"agents", "reload", "--note", "x"},
                                                    {"locate", "--excess", "0.1"},
                                                    {"alarms", "place", "7", "--note", "x"},
                                                    {"status", "--config", none},
                                                    {"status", "--address", "nowhere"},
                                                    {"status", "--config", setting_.config()}}) {
    const auto [status, said] = run(arguments);
    EXPECT_EQ(status, 2) << said;
    EXPECT_EQ(std::ranges::count(said, '\n'), 1) << said;
    EXPECT_THAT(said, testing::StartsWith("caspictl: "));
  }
  const auto [status, said] = run({"--help"});
  EXPECT_EQ(status, 0);
  for (const char* command :
       {"status", "margins", "baselines", "alarms", "maintenance", "performance", "service-levels",
        "history", "locate", "agents", "audit", "watch"}) {
    EXPECT_THAT(said, HasSubstr(command));
  }
}

// The way of a request: terminal, collector, agent, its file, and back.
TEST_F(CaspictlTest, AnOperatorHasAnAgentReadItsConfigurationAgain) {
  start();
  const std::vector<std::string> command = {"agents", "reload", "sumgait", "--note", "new SLTE"};
  EXPECT_EQ(as("viewer", command).first, 1);
  const auto [absent, why] = as("operator", command);
  EXPECT_EQ(absent, 1);
  EXPECT_THAT(why, HasSubstr("the agent of sumgait is not connected"));
  EXPECT_EQ(as("operator", {"agents", "reload", "baku", "--note", "x"}).first, 2);

  const auto files = setting_.agent("sumgait");
  const auto write_agent = [&](const std::string& rest) {
    write_file(setting_.folder(), "agent.yaml",
               fmt::format("station: sumgait\nstate_dir: state\nhttp: {{listen: \"127.0.0.1:0\"}}\n"
                           "collectors: [{{address: \"{}\", name: collector}}]\n"
                           "tls: {{ca_file: {}, certificate_file: {}, key_file: {}}}\n"
                           "stamp: {{reflector: {{listen: \"127.0.0.1:0\"}}}}\n{}",
                           collector_->grpc(), files.ca_file, files.certificate_file,
                           files.key_file, rest));
  };
  write_agent("batch: {linger_ms: 10}\n");
  Process agent({binary_dir() + "/bin/caspilink-agent", "--config",
                 (setting_.folder() / "agent.yaml").string()},
                setting_.folder() / "agent.log");
  ASSERT_TRUE(eventually([&] { return as("operator", command).first == 0; })) << agent.output();
  EXPECT_EQ(as("operator", command).second, "unchanged\n");

  write_agent("batch: {linger_ms: 20}\n");
  const auto applied = json_of(command);
  EXPECT_EQ(applied["outcome"], "applied");
  EXPECT_EQ(applied["differences"], json({"batch.linger_ms: 10 -> 20"}));
  write_agent("batch: {linger_ms: soon}\n");
  const auto [status, said] = as("operator", command);
  EXPECT_EQ(status, 0) << "the agent has answered";
  EXPECT_THAT(said, testing::StartsWith("refused, the old configuration stays: "));
  EXPECT_THAT(said, HasSubstr("agent.yaml:7:"));

  // The answer outlives the stream that brought the request.
  write_agent("batch: {linger_ms: 20}\nuplink: {max_unacknowledged_batches: 31, quorum: 1}\n");
  const auto exchanged = json_of(command);
  EXPECT_EQ(exchanged["outcome"], "applied") << agent.output();
  EXPECT_EQ(exchanged["differences"].size(), 2U) << exchanged;

  // The store commits a little later.
  EXPECT_TRUE(eventually([&] {
    const auto entries = json_of({"audit"})["entries"];
    return std::ranges::count_if(entries, [](const json& entry) {
             return entry["action"] == "reload_agent" && entry["operator_name"] == "leyla" &&
                    entry["target"] == "sumgait";
           }) >= 5;
  })) << json_of({"audit"});
  EXPECT_EQ(agent.end(SIGTERM), 0) << agent.output();
}

TEST_F(CaspictlTest, AnOperatorWorksWithAlarmsFromTheTerminal) {
  start();
  // Nobody speaks, so both agents are silent soon.
  const auto [watched, events] =
      as("viewer", {"watch", "--roots", "--events", "1", "--format", "json"});
  EXPECT_EQ(watched, 0) << events;
  std::istringstream lines(events);
  for (std::string line; std::getline(lines, line);) EXPECT_TRUE(json::accept(line)) << line;
  json alarms;
  ASSERT_TRUE(eventually([&] {
    alarms = json_of({"alarms", "--type", "agent_silent"})["alarms"];
    return !alarms.empty();
  }));
  const std::string id = alarms[0]["id"];
  EXPECT_EQ(as("viewer", {"alarms", "ack", id, "--note", "seen"}).first, 1);
  EXPECT_EQ(json_of({"alarms", "ack", id, "--note", "seen"})["alarm"]["acknowledged_by"], "leyla");
  EXPECT_EQ(
      json_of({"alarms", "shelve", id, "--for", "2h", "--note", "known"})["alarm"]["shelved_by"],
      "leyla");
  // Lists show the latest snapshot, which may be a tick old.
  EXPECT_TRUE(eventually([&] {
    return as("viewer", {"alarms", "list"}).second.find("shelved until") != std::string::npos;
  }));
  EXPECT_EQ(json_of({"alarms", "unshelve", id})["alarm"]["shelved_by"], "");
  EXPECT_EQ(as("operator", {"alarms", "ack", "999", "--note", "x"}).first, 2);
  EXPECT_EQ(as("operator", {"alarms", "shelve", id, "--for", "2 hours", "--note", "x"}).first, 2);
  const auto located = json_of({"locate", id});
  EXPECT_EQ(located["alarm"], id);
  EXPECT_DOUBLE_EQ(json_of({"locate", "--station", "aktau", "--km", "80"})["position_km"], 300.0);
  EXPECT_EQ(as("viewer", {"locate", "--station", "aktau"}).first, 2);
  EXPECT_NEAR(json_of({"locate", "--station", "aktau", "--otdr-km", "80.4", "--excess", "0.005",
                       "--uncertainty-km", "0.2"})["position_km"]
                  .get<double>(),
              300.0, 1e-9);
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{"locate", "--station", "aktau", "--otdr-km", "500"},
        {"locate", "--station", "aktau", "--otdr-km", "80", "--km", "80"},
        {"alarms", "place", id, "--station", "aktau", "--otdr-km", "80", "--note", "COTDR"},
        {"baselines", "--quantity", "happiness"},
        {"baselines", "commission", "--fibre-pair", "FP77", "--note", "repaired"}}) {
    const auto [status, said] = as("operator", wrong);
    EXPECT_EQ(status, 2) << said;
    EXPECT_EQ(std::ranges::count(said, '\n'), 1) << said;
  }
  // Nothing has been looked at for an hour.
  const auto [refused, why] = as("operator", {"baselines", "commission", "--note", "repaired"});
  EXPECT_EQ(refused, 1);
  EXPECT_THAT(why, HasSubstr("no snapshot was taken"));

  const std::string window = json_of({"maintenance", "plan", "--for", "1h", "--fibre-pair", "FP01",
                                      "--note", "pump"})["window"]["id"];
  EXPECT_EQ(as("operator", {"maintenance", "end", window}).first, 0);
  ASSERT_TRUE(eventually([&] { return json_of({"audit"})["entries"].size() >= 5; }));
  EXPECT_THAT(as("viewer", {"audit"}).second, HasSubstr("plan_maintenance"));
}

TEST_F(CaspictlTest, EveryQuestionHasATableAndJson) {
  start();
  for (const std::vector<std::string>& command : {std::vector<std::string>{"status"},
                                                  {"margins", "--channels"},
                                                  {"baselines"},
                                                  {"alarms", "--history"},
                                                  {"maintenance"},
                                                  {"performance", "--interval", "24h"},
                                                  {"service-levels"},
                                                  {"agents"},
                                                  {"audit"}}) {
    const auto [status, said] = as("viewer", command);
    EXPECT_EQ(status, 0) << command[0] << ": " << said;
    EXPECT_NE(said, "");
    EXPECT_EQ(said.find('\033'), std::string::npos) << "colours without a terminal";
    EXPECT_TRUE(json_of(command).is_object());
  }
  EXPECT_THAT(as("viewer", {"status"}).second, HasSubstr("380.0 km"));
  EXPECT_THAT(as("viewer", {"status", "--colour", "always"}).second, HasSubstr("\033["));
  const auto [status, said] =
      as("viewer", {"history", "--quantity", "q_value", "--from", "2026-01-01T00:00:00Z"});
  EXPECT_EQ(status, 0);
  EXPECT_EQ(said, "no samples\n");
  EXPECT_EQ(as("viewer", {"history", "--quantity", "happiness", "--from", "0"}).first, 2);

  const std::string address = collector_->query();
  EXPECT_EQ(collector_->process().end(SIGTERM), 0);
  const auto [unreachable, why] = as("viewer", {"status"});
  EXPECT_EQ(unreachable, 1);
  EXPECT_THAT(why, HasSubstr(address));
  EXPECT_EQ(std::ranges::count(why, '\n'), 1) << why;
}

}  // namespace
}  // namespace caspilink::test
