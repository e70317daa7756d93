#include "tests/chaos/world.h"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <httplib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/sqlite/database.h"
#include "tests/support/paths.h"

namespace caspilink::test {
namespace {

constexpr const char* kLeaf =
    "/components/component[name=och-FP01-1]/optical-channel/state/q-value";

std::int64_t unix_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

World::World(std::string state_dir)
    : state_dir_(state_dir.empty() ? (folder_.path() / "state").string() : std::move(state_dir)),
      log_((folder_.path() / "agent.log").string()) {
  start_collector();
}

World::~World() {
  stop_counting();
  if (agent_ != 0) end_agent(SIGKILL);
}

void World::start_collector() {
  collector_ = std::make_unique<TelemetryCollector>(
      TelemetryCollector::Options{
          .credentials =
              endpoint::server_credentials(collector_tls_, endpoint::ClientCertificate::kVerified)
                  .value(),
          .port = collector_port_},
      memory_);
  collector_port_ = collector_->port();
}

void World::deafen_collector() {
  collector_->judge_by([](const codec::Batch&) { return std::nullopt; });
}

void World::start_agent(const std::vector<std::string>& environment) {
  const std::string config =
      write_file(folder_.path(), "agent.yaml",
                 fmt::format(R"(station: sumgait
state_dir: {}
http: {{listen: "127.0.0.1:0"}}
collectors: [{{address: "127.0.0.1:{}"}}]
tls: {{ca_file: {}, certificate_file: {}, key_file: {}}}
batch: {{linger_ms: 5, offline_linger_ms: 20}}
gnmi:
  targets:
    - {{name: slte-1, address: "127.0.0.1:{}", components: [{{pattern: "och-{{fibre_pair}}-{{channel}}"}}]}}
)",
                             state_dir_, collector_port_, agent_tls_.ca_file,
                             agent_tls_.certificate_file, agent_tls_.key_file, target_.port()));
  const std::string program = binary_dir() + "/bin/caspilink-agent";
  // Everything the child needs is made before it is one.
  std::vector<const char*> arguments = {"/usr/bin/env"};
  for (const std::string& each : environment) arguments.push_back(each.c_str());
  for (const char* each : {program.c_str(), "--config", config.c_str()}) arguments.push_back(each);
  arguments.push_back(nullptr);
  const int log = open(log_.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  agent_ = fork();
  if (agent_ == 0) {
    dup2(log, STDERR_FILENO);
    execv(arguments[0], const_cast<char* const*>(arguments.data()));
    _exit(127);
  }
  close(log);
}

void World::signal_agent(int signal) { kill(agent_, signal); }

void World::end_agent(int signal) {
  kill(agent_, signal);
  waitpid(agent_, nullptr, 0);
  agent_ = 0;
}

bool World::agent_runs() { return read(log_).find("state=running") != std::string::npos; }

void World::start_counting() {
  counting_ = true;
  counter_ = std::thread([this] {
    while (counting_) {
      auto notification = GnmiTarget::notification(unix_ns());
      GnmiTarget::add(notification, kLeaf).set_double_val(static_cast<double>(++counted_));
      target_.send(std::move(notification));
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
}

void World::stop_counting() {
  counting_ = false;
  if (counter_.joinable()) counter_.join();
}

int World::get(const std::string& path, std::string& body) {
  const std::string log = read(log_);
  const std::size_t at = log.find("http=127.0.0.1:");
  if (at == std::string::npos) return 0;
  httplib::Client client("127.0.0.1", std::atoi(log.c_str() + at + 15));
  const auto answer = client.Get(path);
  if (!answer) return 0;
  body = answer->body;
  return answer->status;
}

double World::metric(const std::string& name) {
  std::string body;
  if (get("/metrics", body) != 200) return -1;
  std::istringstream lines(body);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(name + " ")) return std::stod(line.substr(name.size() + 1));
  }
  return -1;
}

bool World::wait(const std::function<bool()>& condition, int patience_s) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(patience_s);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

std::map<std::uint64_t, std::uint64_t> World::committed() {
  std::map<std::uint64_t, std::uint64_t> found;
  const std::string file = state_dir_ + "/spool.sqlite";
  if (!std::filesystem::exists(file)) return found;
  auto database = sqlite::Database::open(file, sqlite::Database::Mode::kReadWrite);
  if (!database) return found;
  sqlite::Statement boots(**database, "SELECT boot, last_sequence FROM boots");
  while (boots.step()) found[boots.number(0)] = boots.number(1);
  return found;
}

std::uint64_t World::stored_batches() {
  return collector_ ? collector_->memory().stored.size() : memory_->stored.size();
}

std::string World::complaints(const std::map<std::uint64_t, std::uint64_t>& expected) {
  const TelemetryCollector::Memory memory = collector_ ? collector_->memory() : *memory_;
  std::string found;
  for (const std::string& each : memory.complaints) found += each + "\n";
  for (const auto& [boot, last] : expected) {
    for (std::uint64_t sequence = 1; sequence <= last; ++sequence) {
      if (!memory.stored.contains({boot, sequence})) {
        found += fmt::format("lost: batch {:x}/{} of {}\n", boot, sequence, last);
      }
    }
  }
  std::set<codec::BatchId> seen;
  std::map<double, codec::BatchId> from;
  for (const codec::Batch& batch : memory.batches) {
    if (!seen.insert(batch.id).second) continue;  // known for a duplicate
    for (const double value : batch.values) {
      if (!from.emplace(value, batch.id).second) {
        found += fmt::format("twice: {} in {:x}/{} and {:x}/{}\n", value, from[value].boot,
                             from[value].sequence, batch.id.boot, batch.id.sequence);
      }
    }
  }
  return found;
}

std::string World::early(const std::map<std::uint64_t, std::uint64_t>& committed) {
  std::string found;
  for (const auto& [boot, sequence] : (collector_ ? collector_->memory() : *memory_).stored) {
    const auto known = committed.find(boot);
    if (known == committed.end() || sequence > known->second) {
      found += fmt::format("not committed: batch {:x}/{}\n", boot, sequence);
    }
  }
  return found;
}

std::string World::gaps() {
  std::set<std::uint64_t> came;
  for (const codec::Batch& batch : (collector_ ? collector_->memory() : *memory_).batches) {
    for (const double value : batch.values) came.insert(static_cast<std::uint64_t>(value));
  }
  if (came.empty()) return "nothing came\n";
  std::string found;
  std::uint64_t before = *came.begin();
  came.insert(counted_ + 1);
  for (const std::uint64_t value : came) {
    if (value > before + 1) found += fmt::format("never came: {} to {}\n", before + 1, value - 1);
    before = value;
  }
  return found;
}

}  // namespace caspilink::test
