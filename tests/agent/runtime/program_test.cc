// The program itself: what it says and how it ends.
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/agent/runtime/example.h"
#include "tests/support/certificates.h"
#include "tests/support/paths.h"

namespace caspilink::runtime {
namespace {

using testing::HasSubstr;

struct Outcome {
  int status = -1;
  std::string output;  // both streams
};

Outcome run(const std::string& arguments) {
  const std::string command =
      fmt::format("{}/bin/caspilink-agent {} 2>&1", caspilink::test::binary_dir(), arguments);
  std::FILE* pipe = popen(command.c_str(), "r");
  Outcome outcome;
  std::array<char, 4096> buffer;
  while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    outcome.output.append(buffer.data(), size);
  }
  const int status = pclose(pipe);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}

class ProgramTest : public testing::Test {
 protected:
  std::string write(const std::string& text) {
    return test::write_file(folder_.path(), "agent.yaml", text);
  }
  std::string good() {
    const auto tls = ca_.issue_agent("sumgait");
    return write(fmt::format(R"(station: sumgait
state_dir: state
http: {{listen: "127.0.0.1:0"}}
collectors: [{{address: "127.0.0.1:1"}}]
tls: {{ca_file: {}, certificate_file: {}, key_file: {}}}
stamp: {{reflector: {{listen: "127.0.0.1:0"}}}}
)",
                             tls.ca_file, tls.certificate_file, tls.key_file));
  }
  test::TemporaryFolder folder_;
  test::CertificateAuthority ca_{folder_.path(), "ca"};
};

TEST_F(ProgramTest, AGoodConfigurationChecksInSilence) {
  const auto outcome = run("--check-config --config " + good());
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.output, "");
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "state")) << "checking starts nothing";
}

TEST_F(ProgramTest, ABadConfigurationIsOneLineAndStatusTwo) {
  for (const char* mode : {"", "--check-config "}) {
    const auto outcome = run(mode + ("--config " + write("station: sumgait\nstation: aktau\n")));
    EXPECT_EQ(outcome.status, 2);
    EXPECT_THAT(outcome.output, HasSubstr("agent.yaml:2:1"));
    EXPECT_EQ(std::ranges::count(outcome.output, '\n'), 1) << outcome.output;
  }
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "state"));
}

TEST_F(ProgramTest, CertificatesThatAreNotThereAreStatusTwo) {
  const auto outcome = run("--config " + write(kExample));
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.output, HasSubstr("cannot be read"));
}

TEST_F(ProgramTest, NoConfigurationIsStatusTwo) {
  EXPECT_EQ(run("").status, 2);
  EXPECT_EQ(run("--config " + (folder_.path() / "none.yaml").string()).status, 2);
  EXPECT_EQ(run("--nonsense").status, 2);
}

TEST_F(ProgramTest, VersionAndHelpAreStatusZero) {
  EXPECT_EQ(run("--version").output, "caspilink-agent " CASPILINK_VERSION "\n");
  EXPECT_THAT(run("--help").output, HasSubstr("--check-config"));
  EXPECT_EQ(run("--help").status, 0);
}

// The program at work, and what it says.
class Running {
 public:
  explicit Running(const std::string& file) {
    const std::string program = caspilink::test::binary_dir() + "/bin/caspilink-agent";
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) return;
    child_ = fork();
    if (child_ == 0) {
      dup2(ends[1], STDERR_FILENO);
      execl(program.c_str(), program.c_str(), "--config", file.c_str(), nullptr);
      _exit(127);
    }
    close(ends[1]);
    said_ = ends[0];
  }
  ~Running() {
    if (child_ > 0) (void)end();
    close(said_);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  void signal(int number) const { kill(child_, number); }
  // What it says from here on until it has said `text`; ends early where it ends.
  std::string hear(const std::string& text) const {
    std::string heard;
    std::array<char, 512> buffer;
    while (heard.find(text) == std::string::npos) {
      const ssize_t size = read(said_, buffer.data(), buffer.size());
      if (size <= 0) break;
      heard.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return heard;
  }
  // Its status.
  int end() {
    signal(SIGTERM);
    int status = 0;
    waitpid(child_, &status, 0);
    child_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t child_ = -1;
  int said_ = -1;
};

TEST_F(ProgramTest, EndsWellWhenAsked) {
  Running agent(good());
  ASSERT_THAT(agent.hear("state=running"), HasSubstr("state=running"));
  EXPECT_EQ(agent.end(), 0);
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / "state" / "spool.sqlite"));
}

TEST_F(ProgramTest, AHangupBringsInWhatIsValidAndRefusesWhatIsNot) {
  const std::string file = good();
  std::ifstream stream(file);
  std::string text(std::istreambuf_iterator<char>(stream), {});
  Running agent(file);
  ASSERT_THAT(agent.hear("state=running"), HasSubstr("state=running"));

  text += "batch: {linger_ms: 20}\n";
  write(text);
  agent.signal(SIGHUP);
  EXPECT_THAT(agent.hear("-> 20\n"), HasSubstr("state=applied batch.linger_ms:"));

  write(text + "spool: {keep: everything}\n");
  agent.signal(SIGHUP);
  EXPECT_THAT(agent.hear("everything"), HasSubstr("state=refused"));

  write(text);
  agent.signal(SIGHUP);
  EXPECT_THAT(agent.hear("state=unchanged"), HasSubstr("state=unchanged"))
      << "what was refused left nothing behind";
  EXPECT_EQ(agent.end(), 0);
}

}  // namespace
}  // namespace caspilink::runtime
