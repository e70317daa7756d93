// The station's gNMI target: Capabilities, Get and Subscribe over gRPC; Set is refused.
//
// One thread of the server's own owns everything that changes (sessions, timers, the line's view);
// gRPC's threads only hand it their messages. Public functions may be called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "agent/simulator/gnmi_tree.h"
#include "agent/simulator/line_model.h"
#include "link_models/result.h"

namespace grpc {
class ServerCredentials;
}

namespace caspilink::simulator {

class GnmiServer {
 public:
  struct Options {
    std::string listen = "127.0.0.1:0";                    // host:port; port 0 chooses one
    std::shared_ptr<grpc::ServerCredentials> credentials;  // null: plain text
    std::function<std::int64_t()> unix_now_ns;             // called on the server's thread
    std::size_t most_streams = 64;  // Subscribe streams at a time; more are RESOURCE_EXHAUSTED
  };

  // Listens when it returns; kUnavailable where the address is taken or not ours.
  [[nodiscard]] static Result<std::unique_ptr<GnmiServer>> start(
      Options options, GnmiTree tree, std::shared_ptr<const LineView> view);

  // Ends every stream and call, then stops.
  ~GnmiServer();
  GnmiServer(const GnmiServer&) = delete;
  GnmiServer& operator=(const GnmiServer&) = delete;

  [[nodiscard]] int port() const;
  void set_view(std::shared_ptr<const LineView> view);

 private:
  struct Impl;
  explicit GnmiServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace caspilink::simulator
