// A station simulator as a whole process under an agent's load: every leaf sampled once a second,
// five latency probes a second on every fibre pair. Prints the simulator's CPU and memory, and how
// far its one-way hold is from the plant's latency.
//
//   station_load [SECONDS [PLANT]]
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/simulator/line_model.h"
#include "link_models/formats/plant_yaml.h"
#include "proto/gnmi.grpc.pb.h"
#include "tests/support/paths.h"

namespace {

using namespace std::chrono_literals;
using asio::ip::udp;

const std::string kProgram = caspilink::test::binary_dir() + "/bin/caspilink-simulator";

std::string content_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// What follows a mark in a text, up to a blank.
std::string after(const std::string& text, const std::string& mark) {
  const auto at = text.find(mark);
  if (at == text.npos) return {};
  return text.substr(at + mark.size(), text.find_first_of(" \n", at) - at - mark.size());
}

std::int64_t wall_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// CPU seconds of a process, user and system.
double cpu_seconds(pid_t pid) {
  const auto stat = content_of(fmt::format("/proc/{}/stat", pid));
  std::istringstream fields(stat.substr(stat.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

// Receives on the far side: the kernel's receive time less the time written into the probe.
std::vector<double> reflect(udp::socket& socket, const std::atomic<bool>& stop, double latency_s) {
  std::vector<double> errors_us;
  const int on = 1;
  ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  const timeval patience{0, 100'000};
  ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  while (!stop) {
    std::int64_t sent_ns = 0;
    iovec data{&sent_ns, sizeof sent_ns};
    alignas(cmsghdr) std::array<char, 128> control{};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (::recvmsg(socket.native_handle(), &message, 0) != sizeof sent_ns) continue;
    const cmsghdr* part = CMSG_FIRSTHDR(&message);
    if (part == nullptr || part->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec stamp{};
    std::memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
    const auto got_ns = std::int64_t{stamp.tv_sec} * 1'000'000'000 + stamp.tv_nsec;
    errors_us.push_back(static_cast<double>(got_ns - sent_ns) * 1e-3 - latency_s * 1e6);
  }
  return errors_us;
}

void print_machine() {
  utsname system{};
  ::uname(&system);
  const auto cpu = content_of("/proc/cpuinfo");
  const auto at = cpu.find("model name");
  const auto line = cpu.substr(at, cpu.find('\n', at) - at);
  double load = 0;
  ::getloadavg(&load, 1);
  fmt::print("machine: {} cores, {}, Linux {}, load {:.1f}\n", std::thread::hardware_concurrency(),
             line.substr(line.find(':') + 2), system.release, load);
}

int run(int seconds, const std::string& plant_file) {
  const auto plant = caspilink::formats::load_plant(plant_file);
  if (!plant) return fmt::print(stderr, "{}\n", plant.error().message()), 2;
  caspilink::simulator::LineModel model(std::make_shared<const caspilink::plant::Plant>(*plant));
  const auto view = model.view({});
  if (!view) return fmt::print(stderr, "{}\n", view.error().message()), 2;
  const double latency_s = (*view)->pairs[0].directions[0].delay.value();
  const auto pairs = plant->fibre_pairs.size();

  std::string directory = (std::filesystem::temp_directory_path() / "caspilink-XXXXXX").string();
  if (::mkdtemp(directory.data()) == nullptr) return 1;
  const std::string log = directory + "/log";
  const std::string line_file = directory + "/line.json";
  asio::io_context io;
  udp::socket far_side(io, udp::endpoint(asio::ip::address_v4::loopback(), 0));
  const auto target = fmt::format("127.0.0.1:{}", far_side.local_endpoint().port());

  const std::string base = "127.0.0.1:38600";
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(::open(log.c_str(), O_WRONLY | O_CREAT, 0644), STDERR_FILENO);
    ::execl(kProgram.c_str(), kProgram.c_str(), "station", "--plant", plant_file.c_str(),
            "--station", plant->a().id.c_str(), "--line", line_file.c_str(), "--gnmi-listen",
            "127.0.0.1:0", "--path-listen", base.c_str(), "--path-target", target.c_str(), nullptr);
    ::_exit(127);
  }
  while (content_of(log).find("ready") == std::string::npos && ::kill(child, 0) == 0) {
    std::this_thread::sleep_for(10ms);
  }
  const std::string said = content_of(log);
  auto stub = gnmi::gNMI::NewStub(
      grpc::CreateChannel(after(said, "gnmi="), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  auto stream = stub->Subscribe(&context);
  gnmi::SubscribeRequest request;
  request.mutable_subscribe()->set_encoding(gnmi::PROTO);
  auto* subscription = request.mutable_subscribe()->add_subscription();
  subscription->set_mode(gnmi::SAMPLE);
  subscription->set_sample_interval(1'000'000'000);
  stream->Write(request);
  std::atomic<std::uint64_t> updates = 0;
  std::thread reader([&] {
    gnmi::SubscribeResponse response;
    while (stream->Read(&response)) {
      updates += static_cast<std::uint64_t>(response.update().update_size());
    }
  });
  std::atomic<bool> stop = false;
  std::vector<double> errors_us;
  std::thread reflector([&] { errors_us = reflect(far_side, stop, latency_s); });

  std::this_thread::sleep_for(1s);
  const double cpu_before = cpu_seconds(child);
  const auto updates_before = updates.load();
  const auto begin = std::chrono::steady_clock::now();
  udp::socket sender(io, udp::endpoint(asio::ip::address_v4::loopback(), 0));
  const auto probes = static_cast<std::size_t>(seconds) * 5 * pairs;
  for (std::size_t i = 0; i < probes; ++i) {
    std::this_thread::sleep_until(begin + i * (200ms / pairs));
    const std::int64_t now = wall_ns();
    sender.send_to(asio::buffer(&now, sizeof now), {asio::ip::address_v4::loopback(),
                                                    static_cast<std::uint16_t>(38600 + i % pairs)});
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  const double cpu = (cpu_seconds(child) - cpu_before) / took.count();
  const auto status = content_of(fmt::format("/proc/{}/status", child));
  const auto rss = std::stod(status.substr(status.find("VmRSS:") + 6)) / 1024;
  const double rate = static_cast<double>(updates - updates_before) / took.count();
  std::this_thread::sleep_for(200ms);
  stop = true;
  reflector.join();
  context.TryCancel();
  reader.join();
  (void)stream->Finish();
  ::kill(child, SIGTERM);
  int status_code = 0;
  ::waitpid(child, &status_code, 0);
  std::filesystem::remove_all(directory);

  print_machine();
  fmt::print("{}: {} fibre pairs, {:.0f} leaves/s, {:.0f} probes/s for {} s\n", plant->name, pairs,
             rate, static_cast<double>(probes) / took.count(), seconds);
  fmt::print("cpu: {:.2f} % of a core, resident {:.1f} MiB\n", cpu * 100, rss);
  if (errors_us.empty()) return 1;
  std::ranges::sort(errors_us);
  const auto quantile = [&](double q) {
    return errors_us[static_cast<std::size_t>(q * static_cast<double>(errors_us.size() - 1))];
  };
  fmt::print(
      "one-way delay, sendto to the far kernel, less the plant's {:.3f} us: min {:.1f}, "
      "median {:.1f}, p95 {:.1f}, max {:.1f} us ({} of {} arrived)\n",
      latency_s * 1e6, errors_us.front(), quantile(0.5), quantile(0.95), errors_us.back(),
      errors_us.size(), probes);
  return status_code == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const int seconds = argc > 1 ? std::max(std::atoi(argv[1]), 1) : 20;
  return run(seconds, argc > 2 ? argv[2]
                               : caspilink::test::source_dir() +
                                     "/deploy/plants/trans_caspian_repeatered.yaml");
}
