// The agent, put together: sources -> batcher -> spool -> uplinks, and a snapshot of it all.
//
// One io_context, run by one thread, owns it.
#pragma once

#include <memory>

#include "agent/runtime/configuration.h"
#include "agent/runtime/snapshot.h"

namespace asio {
class io_context;
}

namespace caspilink::runtime {

class Agent {
 public:
  struct Setting {
    asio::io_context& io;
    sources::Clock now_unix_ns;
    std::uint64_t boot = 0;  // random, not 0
    std::shared_ptr<SnapshotBoard> board;
  };

  // Opens the spool, binds and reads what its parts need; observes and sends nothing yet.
  [[nodiscard]] static Result<std::unique_ptr<Agent>> make(Configuration configuration,
                                                           Setting setting);
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  void start();
  // Stops the sources, cuts what is pending into the spool and lets go of the collectors. The
  // io_context runs dry some time after.
  void stop();

 private:
  struct Impl;
  explicit Agent(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace caspilink::runtime
