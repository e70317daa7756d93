#include "tests/bench/agent/agent_process.h"

#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "proto/codec/quantity.h"
#include "tests/support/certificates.h"
#include "tests/support/gnmi_target.h"
#include "tests/support/paths.h"

namespace caspilink::bench {

std::string machine() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) {
      return fmt::format("{}, {} cores", line.substr(line.find(':') + 2),
                         std::thread::hardware_concurrency());
    }
  }
  return "unknown machine";
}

// Of all its threads, to the nanosecond; /proc has hundredths of a second.
double cpu_seconds(pid_t process) {
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// How often its threads began to run again, proc(5).
double switches(pid_t process) {
  double sum = 0;
  for (const auto& task :
       std::filesystem::directory_iterator(fmt::format("/proc/{}/task", process))) {
    std::ifstream file(task.path() / "status");
    for (std::string line; std::getline(file, line);) {
      if (line.find("ctxt_switches:") != std::string::npos) {
        sum += std::stod(line.substr(line.find(':') + 1));
      }
    }
  }
  return sum;
}

double memory_mib(pid_t process, const std::string& line) {
  std::ifstream file(fmt::format("/proc/{}/status", process));
  for (std::string each; std::getline(file, each);) {
    if (each.starts_with(line)) return std::stod(each.substr(line.size())) / 1024;
  }
  return 0;
}

std::int64_t unix_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string agent_program(const char* told) {
  return told != nullptr ? told : test::binary_dir() + "/bin/caspilink-agent";
}

pid_t spawn(const std::string& program, const std::string& configuration_file) {
  const pid_t child = fork();
  if (child == 0) {
    execl(program.c_str(), program.c_str(), "--config", configuration_file.c_str(), nullptr);
    _exit(127);
  }
  return child;
}

std::string configure(const std::string& folder, const Station& station) {
  std::string sessions;
  for (int pair = 1; pair <= 16; ++pair) {
    sessions += fmt::format(
        "\n    - {{fibre_pair: FP{:02}, peer: aktau, address: \"127.0.0.1:28621\", interval_ms: "
        "{}}}",
        pair, station.stamp_interval_ms);
  }
  return test::write_file(
      folder, "agent.yaml",
      fmt::format(R"(station: sumgait
state_dir: state
http: {{listen: "127.0.0.1:0"}}
collectors: [{{address: "127.0.0.1:{}"}}]
tls: {{ca_file: {}, certificate_file: {}, key_file: {}}}
gnmi:
  targets:
    - name: slte-1
      address: "127.0.0.1:{}"
      components: [{{pattern: "och-{{fibre_pair}}-{{channel}}"}}]
stamp:
  reflector: {{listen: "127.0.0.1:28621", max_packets_per_second: 20000}}
  sessions:{}
)",
                  station.collector_port, station.tls.ca_file, station.tls.certificate_file,
                  station.tls.key_file, station.target_port, sessions));
}

std::vector<::gnmi::Notification> make_round(int series, int per_notification, int round) {
  std::vector<const codec::QuantityInfo*> rows;
  for (const auto& row : codec::quantities()) {
    if (row.scope == codec::Scope::kChannel && !row.openconfig.empty()) rows.push_back(&row);
  }
  const auto per_channel = static_cast<int>(rows.size());
  std::vector<::gnmi::Notification> made;
  for (int number = 0; number < series; ++number) {
    if (number % per_notification == 0) made.push_back(test::GnmiTarget::notification(0));
    const auto& row = *rows[static_cast<std::size_t>(number % per_channel)];
    std::string path(row.openconfig);
    const int channel = number / per_channel;
    path.replace(path.find('*'), 1,
                 fmt::format("och-FP{:02}-{}", channel / 90 + 1, channel % 90 + 1));
    test::GnmiTarget::add(made.back(), path + "/instant")
        .set_double_val(static_cast<double>((number * 37 + round * 11) % 2000) / 100);
  }
  return made;
}

}  // namespace caspilink::bench
