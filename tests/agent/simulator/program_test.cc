// The program itself: arguments, exit statuses, a whole station from start to SIGTERM.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/simulator/line_file.h"
#include "proto/gnmi.grpc.pb.h"
#include "tests/agent/simulator/gnmi_path.h"
#include "tests/support/paths.h"

namespace caspilink::simulator {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::path_of;

const std::string kProgram = caspilink::test::binary_dir() + "/bin/caspilink-simulator";
const std::string kPlant =
    caspilink::test::source_dir() + "/deploy/plants/trans_caspian_repeatered.yaml";

std::string content_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// A child that is ended with the test.
class Process {
 public:
  Process(const std::vector<std::string>& arguments, const std::filesystem::path& log) : log_(log) {
    std::vector<char*> argv{const_cast<char*>(kProgram.c_str())};
    for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
      ::dup2(out, STDOUT_FILENO);
      ::dup2(out, STDERR_FILENO);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
  }
  ~Process() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      (void)wait();
    }
  }
  void signal(int number) const { ::kill(pid_, number); }
  int wait() {
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  [[nodiscard]] std::string said() const { return content_of(log_); }
  bool says(const std::string& text) const {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (said().find(text) == std::string::npos) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(10ms);
    }
    return true;
  }

 private:
  std::filesystem::path log_;
  pid_t pid_ = -1;
};

class ProgramTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "caspilink-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
    line_ = (directory_ / "line.json").string();
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  struct Ran {
    int status;
    std::string said;
  };
  Ran run(std::vector<std::string> arguments) {
    for (auto& argument : arguments) {
      if (argument == "LINE") argument = line_;
      if (argument == "PLANT") argument = kPlant;
    }
    Process process(arguments, directory_ / "run.log");
    const int status = process.wait();
    return {status, process.said()};
  }

  std::filesystem::path directory_;
  std::string line_;
};

TEST_F(ProgramTest, HelpAndVersionSucceed) {
  EXPECT_EQ(run({"--help"}).status, 0);
  EXPECT_EQ(run({"inject", "cut", "--help"}).status, 0);
  EXPECT_THAT(run({"--version"}).said, HasSubstr(CASPILINK_VERSION));
}

TEST_F(ProgramTest, WrongArgumentsExitWithTwoAndOneLine) {
  ASSERT_EQ(run({"init", "--plant", "PLANT", "--line", "LINE"}).status, 0);
  const std::string before = content_of(line_);
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"sation"},
      {"station"},
      {"station", "--plant", "nowhere.yaml", "--station", "aktau", "--line", "LINE",
       "--gnmi-listen", "127.0.0.1:0"},
      {"station", "--plant", "PLANT", "--station", "baku", "--line", "LINE", "--gnmi-listen",
       "127.0.0.1:0"},
      {"station", "--plant", "PLANT", "--station", "aktau", "--line", "LINE", "--gnmi-listen",
       "127.0.0.1"},
      {"station", "--plant", "PLANT", "--station", "aktau", "--line", "LINE", "--gnmi-listen",
       "127.0.0.1:0", "--path-listen", "127.0.0.1:0"},
      {"station", "--plant", "PLANT", "--station", "aktau", "--line", "LINE", "--gnmi-listen",
       "127.0.0.1:0", "--seed", "2"},
      {"station", "--plant", "PLANT", "--station", "aktau", "--line", "LINE", "--gnmi-listen",
       "127.0.0.1:0", "--tls-ca", "ca.pem"},
      {"inject", "--line", "LINE"},
      {"inject", "--line", "LINE", "cut", "--fibre-pair", "FP03"},
      {"inject", "--line", "LINE", "cut", "--fibre-pair", "FP99", "--at-km", "120"},
      {"inject", "--line", "LINE", "cut", "--fibre-pair", "FP03", "--at-km", "380.1"},
      {"inject", "--line", "LINE", "cut", "--fibre-pair", "FP03", "--at-km", "nan"},
      {"inject", "--line", "LINE", "cut", "--fibre-pair", "FP03", "--at-km", "far"},
      {"inject", "--line", "LINE", "pump", "--fibre-pair", "FP03", "--repeater", "R9"},
      {"inject", "--line", "LINE", "fade", "--fibre-pair", "FP03", "--direction", "up", "--channel",
       "32", "--db", "1"},
      {"inject", "--line", "LINE", "fade", "--fibre-pair", "FP03", "--direction", "a-b",
       "--channel", "33", "--db", "1"},
      {"inject", "--line", "LINE", "delay", "--fibre-pair", "FP03", "--ms", "-2"},
      {"inject", "--line", "LINE", "restore"},
      {"inject", "--line", "LINE", "restore", "--all", "--id", "1"},
      {"inject", "--line", "LINE", "restore", "--id", "12"},
      {"inject", "--line", "LINE", "restore", "--fibre-pair", "FP99"},
      {"inject", "--line", "/nonexistent/line.json", "show"},
  };
  for (const auto& arguments : wrong) {
    const Ran ran = run(arguments);
    const std::string line = fmt::format("{}", fmt::join(arguments, " "));
    EXPECT_EQ(ran.status, 2) << line;
    EXPECT_EQ(std::ranges::count(ran.said, '\n'), 1) << line << ":\n" << ran.said;
  }
  EXPECT_EQ(content_of(line_), before) << "a refused injection changed the line";
}

TEST_F(ProgramTest, FaultsAreInjectedShownAndRestored) {
  ASSERT_EQ(run({"init", "--plant", "PLANT", "--line", "LINE", "--seed", "5"}).status, 0);
  const std::vector<std::vector<std::string>> faults = {
      {"cut", "--fibre-pair", "FP03", "--at-km", "120"},
      {"loss", "--fibre-pair", "all", "--at-km", "120", "--db", "3"},
      {"pump", "--fibre-pair", "FP03", "--repeater", "R2"},
      {"fade", "--fibre-pair", "FP04", "--direction", "b-a", "--channel", "32", "--db", "4"},
      {"delay", "--fibre-pair", "FP03", "--ms", "2"},
      {"setting", "--fibre-pair", "FP03", "--direction", "a-b", "--amplifier", "R2",
       "--output-power-dbm", "15"}};
  for (auto fault : faults) {
    fault.insert(fault.begin(), {"inject", "--line", "LINE"});
    EXPECT_EQ(run(fault).status, 0) << fault[3];
  }
  const auto state = read_line_file(line_);
  ASSERT_TRUE(state);
  EXPECT_EQ(state->seed, 5U);
  ASSERT_EQ(state->faults.size(), faults.size());
  EXPECT_EQ(state->faults[3].effect, Effect(Fade{plant::Direction::kBToA, 32, Db(4)}));
  EXPECT_THAT(run({"inject", "--line", "LINE", "show"}).said,
              HasSubstr("2 loss on all fibre pairs at 120 km, 3 dB"));
  EXPECT_EQ(run({"inject", "--line", "LINE", "restore", "--id", "4"}).status, 0);
  EXPECT_EQ(run({"inject", "--line", "LINE", "restore", "--fibre-pair", "FP03"}).status, 0);
  EXPECT_EQ(read_line_file(line_)->faults.size(), 1U);
  EXPECT_EQ(run({"inject", "--line", "LINE", "restore", "--all"}).status, 0);
  EXPECT_TRUE(read_line_file(line_)->faults.empty());
}

TEST_F(ProgramTest, CheckConfigStartsNothing) {
  EXPECT_EQ(run({"station", "--plant", "PLANT", "--station", "aktau", "--line", "LINE",
                 "--gnmi-listen", "127.0.0.1:0", "--check-config"})
                .status,
            0);
  EXPECT_FALSE(std::filesystem::exists(line_));
}

TEST_F(ProgramTest, StationRefusesALineFileOfAnotherPlant) {
  ASSERT_EQ(run({"init", "--plant", "PLANT", "--line", "LINE"}).status, 0);
  ASSERT_TRUE(update_line_file(line_, [](LineState& state) {
    return add_fault(state, {.fibre_pair = "FP77", .since_unix_ns = 0, .effect = Cut{}});
  }));
  const Ran ran = run({"station", "--plant", "PLANT", "--station", "aktau", "--line", "LINE",
                       "--gnmi-listen", "127.0.0.1:0"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.said, HasSubstr("fault 1: the plant has no fibre pair FP77"));
  EXPECT_THAT(ran.said, HasSubstr("restore --all"));
}

// Both stations of the shipped plant, one line: a cut darkens the pair at both ends, other pairs
// stay, restoration brings it back, SIGTERM ends them cleanly.
TEST_F(ProgramTest, TwoStationsSeeOneLine) {
  struct Station {
    std::unique_ptr<Process> process;
    std::unique_ptr<gnmi::gNMI::Stub> stub;
  };
  std::vector<Station> stations;
  for (const std::string name : {"sumgait", "aktau"}) {
    Station& station = stations.emplace_back();
    station.process = std::make_unique<Process>(
        std::vector<std::string>{"station", "--plant", kPlant, "--station", name, "--line", line_,
                                 "--gnmi-listen", "127.0.0.1:0", "--path-listen", "127.0.0.1:0",
                                 "--path-target", "127.0.0.1:9"},
        directory_ / (name + ".log"));
    ASSERT_TRUE(station.process->says("ready gnmi=127.0.0.1:")) << station.process->said();
    const auto said = station.process->said();
    const auto at = said.find("gnmi=") + 5;
    station.stub = gnmi::gNMI::NewStub(grpc::CreateChannel(said.substr(at, said.find(' ', at) - at),
                                                           grpc::InsecureChannelCredentials()));
  }
  const auto power = [](Station& station, const std::string& pair) {
    gnmi::GetRequest request;
    *request.add_path() =
        path_of(fmt::format("/components/component[name=line-{}]/port/optical-port/state/"
                            "input-power/instant",
                            pair));
    request.set_encoding(gnmi::PROTO);
    gnmi::GetResponse response;
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + 20s);
    const auto status = station.stub->Get(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return status.ok() ? response.notification(0).update(0).val().double_val() : 0.0;
  };
  for (auto& station : stations) EXPECT_GT(power(station, "FP03"), -30);

  ASSERT_EQ(
      run({"inject", "--line", "LINE", "cut", "--fibre-pair", "FP03", "--at-km", "120"}).status, 0);
  for (auto& station : stations) {
    ASSERT_TRUE(station.process->says("fault 1 cut on FP03 at 120 km"));
    EXPECT_EQ(power(station, "FP03"), -40);
    EXPECT_GT(power(station, "FP02"), -30);
  }
  ASSERT_EQ(run({"inject", "--line", "LINE", "restore", "--all"}).status, 0);
  for (auto& station : stations) {
    ASSERT_TRUE(station.process->says("restored 1 cut"));
    EXPECT_GT(power(station, "FP03"), -30);
  }
  // A broken file changes nothing.
  std::ofstream(line_) << "{";
  for (auto& station : stations) {
    ASSERT_TRUE(station.process->says("line unchanged"));
    EXPECT_GT(power(station, "FP03"), -30);
    station.process->signal(SIGTERM);
    EXPECT_EQ(station.process->wait(), 0);
  }
}

}  // namespace
}  // namespace caspilink::simulator
