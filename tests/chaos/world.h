// One agent's world on loopback: equipment that counts, a collector, and the agent as a process.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <sys/types.h>

#include "tests/support/certificates.h"
#include "tests/support/gnmi_target.h"
#include "tests/support/telemetry_collector.h"

namespace caspilink::test {

class World {
 public:
  // The agent's state is below `state_dir`; empty: in a folder of its own.
  explicit World(std::string state_dir = "");
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  void start_collector();  // at the same port every time
  void stop_collector() { collector_.reset(); }
  // Until it is started again it takes batches, and neither keeps nor acknowledges them.
  void deafen_collector();

  // `environment` is put before the program's own.
  void start_agent(const std::vector<std::string>& environment = {});
  // Ends it with a signal and waits for its end.
  void end_agent(int signal);
  void signal_agent(int signal);
  [[nodiscard]] bool agent_runs();

  // The equipment says 1, 2, 3, ... of one leaf, 200 a second, to whoever is subscribed.
  void start_counting();
  void stop_counting();

  // An answer's status, its body in `body`; 0 where there is none.
  int get(const std::string& path, std::string& body);
  // A metric's value without labels; -1 where it is not there.
  double metric(const std::string& name);

  // Waits, long, and only for tests that fail.
  [[nodiscard]] static bool wait(const std::function<bool()>& condition, int patience_s = 60);

  // What the spool's file says of its boots: the last sequence that was committed, by boot. The
  // agent must not run.
  std::map<std::uint64_t, std::uint64_t> committed();

  [[nodiscard]] std::uint64_t stored_batches();
  // What is wrong with what the collector has: a batch of `expected` that is missing, a value that
  // came in two batches, a broken contract. Empty: nothing.
  std::string complaints(const std::map<std::uint64_t, std::uint64_t>& expected);
  // Batches that the collector has and that are beyond `committed`: sent too early. Empty: none.
  std::string early(const std::map<std::uint64_t, std::uint64_t>& committed);
  // Which values the equipment said, between the first that came and its last, the collector does
  // not have. Empty: none. Of an agent that was subscribed all the time.
  std::string gaps();

 private:
  TemporaryFolder folder_;
  CertificateAuthority ca_{folder_.path(), "ca"};
  const endpoint::TlsFiles collector_tls_ = ca_.issue_collector();
  const endpoint::TlsFiles agent_tls_ = ca_.issue_agent("sumgait");
  std::string state_dir_;
  GnmiTarget target_;
  std::shared_ptr<TelemetryCollector::Memory> memory_ =
      std::make_shared<TelemetryCollector::Memory>();
  std::unique_ptr<TelemetryCollector> collector_;
  int collector_port_ = 0;
  pid_t agent_ = 0;
  std::string log_;
  std::atomic<bool> counting_ = false;
  std::atomic<std::uint64_t> counted_ = 0;
  std::thread counter_;
};

}  // namespace caspilink::test
