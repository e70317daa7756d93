#include "proto/endpoint/process_metrics.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

namespace caspilink::endpoint {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily gauge(std::string name, std::string help, double value) {
  ClientMetric metric;
  metric.gauge.value = value;
  return {std::move(name), std::move(help), MetricType::Gauge, {std::move(metric)}};
}

MetricFamily counter(std::string name, std::string help, double value) {
  ClientMetric metric;
  metric.counter.value = value;
  return {std::move(name), std::move(help), MetricType::Counter, {std::move(metric)}};
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::optional<double> resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double total_pages = 0;
  double resident_pages = 0;
  if (!(statm >> total_pages >> resident_pages)) return std::nullopt;
  return resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

// proc(5): start time is field 22 of /proc/self/stat, in ticks since boot; field 2 may hold spaces.
std::optional<double> start_time_unix_seconds() {
  std::ifstream stat("/proc/self/stat");
  std::string text(std::istreambuf_iterator<char>(stat), {});
  std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 1)));
  std::string field;
  for (int number = 3; number <= 22; ++number) {
    if (!(fields >> field)) return std::nullopt;
  }
  std::ifstream boot("/proc/stat");
  std::string key;
  double value = 0;
  for (std::string line; std::getline(boot, line);) {
    std::istringstream words(line);
    if (words >> key >> value && key == "btime") {
      return value + std::stod(field) / static_cast<double>(sysconf(_SC_CLK_TCK));
    }
  }
  return std::nullopt;
}

std::optional<double> open_files() {
  std::error_code error;
  const std::filesystem::directory_iterator entries("/proc/self/fd", error);
  if (error) return std::nullopt;
  return static_cast<double>(std::distance(begin(entries), end(entries)));
}

}  // namespace

std::vector<MetricFamily> process_metrics(std::string_view program) {
  std::vector<MetricFamily> families;
  MetricFamily build =
      gauge("caspilink_build_info", "Which program and version this is; always 1.", 1);
  build.metric.front().label = {{"program", std::string(program)}, {"version", CASPILINK_VERSION}};
  families.push_back(std::move(build));
  families.push_back(counter("process_cpu_seconds_total",
                             "Total user and system CPU time spent in seconds.", cpu_seconds()));
  if (const auto bytes = resident_bytes()) {
    families.push_back(
        gauge("process_resident_memory_bytes", "Resident memory size in bytes.", *bytes));
  }
  if (const auto time = start_time_unix_seconds()) {
    families.push_back(gauge("process_start_time_seconds",
                             "Start time of the process since unix epoch in seconds.", *time));
  }
  if (const auto count = open_files()) {
    families.push_back(gauge("process_open_fds", "Number of open file descriptors.", *count));
  }
  return families;
}

}  // namespace caspilink::endpoint
