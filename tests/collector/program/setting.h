// A collector's surroundings in a temporary folder: CA, certificates, configuration; and the two
// ways to run one: in this process, and as the real program.
#pragma once

#include <chrono>
#include <csignal>
#include <fstream>
#include <functional>
#include <iterator>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/collector/client.h"
#include "tests/collector/small_plant.h"
#include "tests/support/certificates.h"
#include "tests/support/paths.h"

namespace caspilink::test {

class Setting {
 public:
  Setting() { write_file(folder_.path(), "collector.yaml", yaml("127.0.0.1:0", "127.0.0.1:0")); }
  std::string yaml(const std::string& listen, const std::string& http) const {
    return fmt::format(
        "plant_file: {}\nlisten: \"{}\"\nhttp: {{listen: \"{}\"}}\n"
        "tls: {{ca_file: {}, certificate_file: {}, key_file: {}}}\n"
        "store: {{dir: store}}\nassess: {{interval_s: 0.1}}\n",
        plant_path(), listen, http, tls_.ca_file, tls_.certificate_file, tls_.key_file);
  }
  std::string config() const { return folder_.path() / "collector.yaml"; }
  std::string store() const { return folder_.path() / "store"; }
  const std::filesystem::path& folder() const { return folder_.path(); }
  endpoint::TlsFiles agent(const std::string& station) { return authority_.issue_agent(station); }
  endpoint::TlsFiles person(const std::string& uri) {
    return authority_.issue("person", {"URI:" + uri});
  }

 private:
  TemporaryFolder folder_;
  CertificateAuthority authority_{folder_.path(), "CaspiLink test CA"};
  endpoint::TlsFiles tls_ = authority_.issue_collector();
};

// Asks until it holds or 20 s have passed.
inline bool eventually(const std::function<bool()>& condition,
                       std::chrono::seconds patience = std::chrono::seconds(20)) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

inline std::string http_get(const std::string& address, const std::string& path) {
  httplib::Client client("http://" + address);
  client.set_connection_timeout(5);
  const auto answer = client.Get(path.c_str());
  return answer ? answer->body : "";
}

// A process of ours: output to a file, ended with its owner.
class Process {
 public:
  Process(const std::vector<std::string>& command, const std::string& output) : output_(output) {
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    std::filesystem::remove(output);  // what a process before this one said is not ours
    pid_ = ::fork();
    if (pid_ == 0) {
      const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      ::dup2(file, STDOUT_FILENO);
      ::dup2(file, STDERR_FILENO);
      ::execv(arguments[0], arguments.data());
      ::_exit(127);
    }
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (pid_ > 0) end(SIGKILL);
  }
  pid_t pid() const { return pid_; }
  void signal(int number) const { ::kill(pid_, number); }
  // Exit status, or 128 + the signal that ended it.
  int wait() {
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  int end(int number) {
    signal(number);
    return wait();
  }
  std::string output() const {
    std::ifstream file(output_);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::string output_;
  pid_t pid_ = -1;
};

inline std::string program() { return caspilink::test::binary_dir() + "/bin/caspilink-collector"; }

// Runs the program to its end; its status and what it said.
inline std::pair<int, std::string> run_program(const Setting& setting,
                                               std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), program());
  Process process(arguments, setting.folder() / "program.out");
  const int status = process.wait();
  return {status, process.output()};
}

// The real collector, with the ports it chose.
class RunningCollector {
 public:
  explicit RunningCollector(const Setting& setting)
      : process_({program(), "--config", setting.config()}, setting.folder() / "collector.log") {
    static const std::regex line("agents on ([^,]+), metrics on http://([^/]+)/metrics");
    EXPECT_TRUE(eventually([&] {
      std::smatch found;
      const std::string log = process_.output();
      if (!std::regex_search(log, found, line)) return false;
      grpc_ = found[1];
      http_ = found[2];
      return true;
    })) << process_.output();
  }
  const std::string& grpc() const { return grpc_; }
  const std::string& http() const { return http_; }
  // Empty where queries are not served.
  std::string query() const {
    static const std::regex line("queries on ([^,]+),");
    std::smatch found;
    const std::string log = process_.output();
    return std::regex_search(log, found, line) ? found[1].str() : "";
  }
  Process& process() { return process_; }

 private:
  Process process_;
  std::string grpc_;
  std::string http_;
};

}  // namespace caspilink::test
