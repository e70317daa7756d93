// The agent, put together: sources -> batcher -> spool -> uplinks, and a snapshot of it all.
//
// One io_context, run by one thread, owns it.
#pragma once

#include <functional>
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
    // Reads the configuration file again; null: reload() and a collector's request do nothing.
    std::function<Result<Configuration>()> read_configuration;
  };

  // Opens the spool, binds and reads what its parts need; observes and sends nothing yet.
  [[nodiscard]] static Result<std::unique_ptr<Agent>> make(Configuration configuration,
                                                           Setting setting);
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  void start();
  // Reads the configuration again and does what differs, without a restart: sources of a kind whose
  // section changed start anew, and so do the streams when the collectors or the files of `tls`
  // changed. A file that is wrong, or that changes what only a restart can, is refused whole: the
  // error is logged and counted, and what runs goes on.
  void reload();
  // Stops the sources, cuts what is pending into the spool and lets go of the collectors. The
  // io_context runs dry some time after.
  void stop();

 private:
  struct Impl;
  explicit Agent(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace caspilink::runtime
