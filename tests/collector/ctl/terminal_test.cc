// `caspictl watch` on a terminal: a pseudo-terminal, the real program, a real collector.
#include <array>
#include <csignal>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include "tests/collector/program/setting.h"

namespace caspilink::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kEnter = "\033[?1049h\033[?25l";
constexpr std::string_view kLeave = "\033[?25h\033[?1049l";

// A program on a pseudo-terminal of its own, whose other end is ours.
class OnATerminal {
 public:
  OnATerminal(std::vector<std::string> command, unsigned short rows, unsigned short columns) {
    std::vector<char*> arguments;
    for (std::string& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    winsize size{.ws_row = rows, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    // The slave's end is kept open, so that its settings can be read when the program is gone.
    int slave = -1;
    EXPECT_EQ(::openpty(&master_, &slave, nullptr, nullptr, &size), 0);
    slave_ = slave;
    EXPECT_EQ(::tcgetattr(slave_, &before_), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(master_);
      ::login_tty(slave);
      ::setenv("TERM", "xterm-256color", 1);
      ::unsetenv("NO_COLOR");
      ::execv(arguments[0], arguments.data());
      ::_exit(127);
    }
  }
  OnATerminal(const OnATerminal&) = delete;
  OnATerminal& operator=(const OnATerminal&) = delete;
  ~OnATerminal() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::close(slave_);
    ::close(master_);
  }

  void type(std::string_view keys) const {
    EXPECT_EQ(::write(master_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }
  void resize(unsigned short rows, unsigned short columns) const {
    const winsize size{.ws_row = rows, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    EXPECT_EQ(::ioctl(master_, TIOCSWINSZ, &size), 0);
  }
  void signal(int number) const { ::kill(pid_, number); }

  // All that was written so far.
  const std::string& output() {
    pollfd readable{master_, POLLIN, 0};
    std::array<char, 4096> bytes{};
    while (::poll(&readable, 1, 0) > 0) {
      const auto got = ::read(master_, bytes.data(), bytes.size());
      if (got <= 0) break;
      output_.append(bytes.data(), static_cast<std::size_t>(got));
    }
    return output_;
  }
  bool shows(const std::string& text) {
    return eventually([&] { return last_frame().find(text) != std::string::npos; });
  }
  // The newest drawing that is whole, as rows without colours.
  std::vector<std::string> rows() {
    std::vector<std::string> found;
    static const std::regex sequences("\033\\[[0-9;?]*[A-Za-z]");
    std::string row;
    for (const char c : std::regex_replace(last_frame(), sequences, "")) {
      if (c == '\n') {
        found.push_back(std::move(row));
        row.clear();
      } else if (c != '\r') {
        row += c;
      }
    }
    found.push_back(row);
    return found;
  }
  // Exit status; nothing after 20 s.
  std::optional<int> ended() {
    int status = 0;
    const bool gone = eventually([&] {
      (void)output();  // a full terminal would hold it up
      return ::waitpid(pid_, &status, WNOHANG) == pid_;
    });
    if (!gone) return std::nullopt;
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  bool stopped() {
    int status = 0;
    return eventually([&] {
      (void)output();
      return ::waitpid(pid_, &status, WNOHANG | WUNTRACED) == pid_ && WIFSTOPPED(status);
    });
  }
  // Whether the terminal is set as it was before the program began.
  bool restored() const {
    termios now{};
    return ::tcgetattr(slave_, &now) == 0 && now.c_lflag == before_.c_lflag &&
           now.c_iflag == before_.c_iflag && now.c_oflag == before_.c_oflag &&
           now.c_cc[VMIN] == before_.c_cc[VMIN];
  }
  bool quiet() const {
    termios now{};
    return ::tcgetattr(slave_, &now) == 0 && (now.c_lflag & ECHO) == 0;
  }

 private:
  std::string last_frame() {
    const std::string& all = output();
    const std::size_t newest = all.rfind("\033[H");
    if (newest == std::string::npos) return "";
    // The newest one may still be on its way.
    const std::size_t whole = newest == 0 ? std::string::npos : all.rfind("\033[H", newest - 1);
    return whole == std::string::npos ? all.substr(newest) : all.substr(whole, newest - whole);
  }

  int master_ = -1;
  int slave_ = -1;
  termios before_{};
  pid_t pid_ = -1;
  std::string output_;
};

class TerminalTest : public testing::Test {
 protected:
  void SetUp() override { start("127.0.0.1:0"); }
  void start(const std::string& query) {
    write_file(
        setting_.folder(), "collector.yaml",
        setting_.yaml("127.0.0.1:0", "127.0.0.1:0") +
            fmt::format("query: {{listen: \"{}\"}}\nagents: {{silent_after_s: 1}}\n", query));
    collector_.emplace(setting_);
    address_ = collector_->query();
    ASSERT_NE(address_, "") << collector_->process().output();
  }
  std::vector<std::string> watch(std::vector<std::string> more = {}) {
    std::vector<std::string> command = {binary_dir() + "/bin/caspictl",
                                        "watch",
                                        "--address",
                                        address_,
                                        "--server-name",
                                        "collector",
                                        "--ca-file",
                                        viewer_.ca_file,
                                        "--certificate-file",
                                        viewer_.certificate_file,
                                        "--key-file",
                                        viewer_.key_file,
                                        "--timeout-s",
                                        "20"};
    command.insert(command.end(), more.begin(), more.end());
    return command;
  }

  Setting setting_;
  endpoint::TlsFiles viewer_ = setting_.person("caspilink://viewer/wall");
  std::optional<RunningCollector> collector_;
  std::string address_;
};

TEST_F(TerminalTest, TheScreenIsDrawnOverFitsAndIsGivenBackAtCtrlC) {
  OnATerminal terminal(watch(), 40, 200);
  ASSERT_TRUE(terminal.shows("380.0 km")) << terminal.output();
  EXPECT_EQ(terminal.output().find(kEnter), 0U) << "the alternate screen before anything else";
  EXPECT_TRUE(terminal.quiet());
  // Nobody speaks, so both agents are silent soon; it is seen without a key.
  EXPECT_TRUE(terminal.shows("agent_silent"));

  terminal.resize(10, 42);
  std::vector<std::string> rows;
  EXPECT_TRUE(eventually([&] {
    rows = terminal.rows();
    return rows.size() == 10;
  })) << rows.size();
  EXPECT_THAT(rows.back(), HasSubstr("make the terminal higher"));
  for (const std::string& row : rows) EXPECT_LE(row.size(), 42U) << row;
  EXPECT_THAT(rows[0], HasSubstr("380.0 km"));

  terminal.type("x\r");  // means nothing, and is not shown
  terminal.resize(40, 200);
  EXPECT_TRUE(eventually([&] { return terminal.rows().size() == 40; }));
  EXPECT_TRUE(terminal.shows("VERDICT"));
  terminal.type("\x03");
  EXPECT_EQ(terminal.ended(), 0);
  EXPECT_TRUE(terminal.output().ends_with(kLeave)) << "nothing after the screen is given back";
  EXPECT_TRUE(terminal.restored());
}

TEST_F(TerminalTest, TheKeyQAndATerminationLeaveAsWell) {
  for (const bool by_key : {true, false}) {
    OnATerminal terminal(watch(), 24, 80);
    ASSERT_TRUE(terminal.shows("380.0 km")) << terminal.output();
    if (by_key) {
      terminal.type("q");
    } else {
      terminal.signal(SIGTERM);
    }
    EXPECT_EQ(terminal.ended(), 0);
    EXPECT_TRUE(terminal.output().ends_with(kLeave));
    EXPECT_TRUE(terminal.restored());
  }
}

TEST_F(TerminalTest, CtrlZLendsTheTerminalToTheShell) {
  OnATerminal terminal(watch(), 24, 80);
  ASSERT_TRUE(terminal.shows("380.0 km")) << terminal.output();
  terminal.type("\x1a");
  ASSERT_TRUE(terminal.stopped());
  EXPECT_TRUE(terminal.output().ends_with(kLeave));
  EXPECT_TRUE(terminal.restored());
  terminal.signal(SIGCONT);
  ASSERT_TRUE(eventually(
      [&] { return terminal.output().rfind(kEnter) > terminal.output().rfind(kLeave); }));
  EXPECT_TRUE(terminal.shows("380.0 km"));
  terminal.type("q");
  EXPECT_EQ(terminal.ended(), 0);
}

TEST_F(TerminalTest, TheScreenSaysThatItIsOldUntilTheCollectorIsBack) {
  OnATerminal terminal(watch(), 40, 200);
  ASSERT_TRUE(terminal.shows("380.0 km")) << terminal.output();
  EXPECT_EQ(collector_->process().end(SIGTERM), 0);
  EXPECT_TRUE(terminal.shows("What follows is old; asking again: "));
  EXPECT_TRUE(terminal.shows("380.0 km")) << "what was known stays";
  start(address_);
  EXPECT_TRUE(eventually([&] {
    const auto rows = terminal.rows();
    return rows.size() == 40 && rows[0].find("380.0 km") != std::string::npos;
  })) << "and is new again";
  terminal.type("q");
  EXPECT_EQ(terminal.ended(), 0);
  EXPECT_TRUE(terminal.restored());
}

TEST_F(TerminalTest, WhatCannotBecomeBetterIsSaidOnTheOrdinaryScreen) {
  viewer_ = setting_.person("caspilink://agent/aktau");
  OnATerminal terminal(watch(), 24, 80);
  EXPECT_EQ(terminal.ended(), 1);
  const std::string& said = terminal.output();
  EXPECT_TRUE(terminal.restored());
  ASSERT_NE(said.rfind(kLeave), std::string::npos);
  EXPECT_THAT(said.substr(said.rfind(kLeave)), HasSubstr("caspilink://viewer/<name>"));
}

TEST_F(TerminalTest, WithoutATerminalALineIsPrintedForEachThingAndARestartIsSurvived) {
  Process process(watch(), setting_.folder() / "watch.out");
  const auto says = [&](const std::string& text, std::size_t times) {
    return eventually([&] {
      const std::string all = process.output();
      std::size_t found = 0;
      for (auto at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) ++found;
      return found >= times;
    });
  };
  ASSERT_TRUE(says("; watching\n", 1)) << process.output();
  ASSERT_TRUE(says("agent_silent", 2)) << process.output();
  EXPECT_EQ(collector_->process().end(SIGTERM), 0);
  ASSERT_TRUE(says("watching again\n", 1)) << process.output();
  start(address_);
  // What stands is listed anew.
  EXPECT_TRUE(says("; watching\n", 2)) << process.output();
  EXPECT_THAT(process.output(), Not(HasSubstr("\033")));
  EXPECT_EQ(process.end(SIGINT), 128 + SIGINT);
}

}  // namespace
}  // namespace caspilink::test
