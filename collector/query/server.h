// The query API's gRPC end: service Query over mutual TLS, with the standard health service and
// server reflection beside it. proto/query.proto says what each call promises.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "collector/access/access.h"
#include "collector/core/alarm_office.h"
#include "collector/core/reload_desk.h"
#include "collector/exposition/snapshot.h"
#include "collector/twin/baseline.h"
#include "collector/twin/design.h"
#include "link_models/result.h"
#include "proto/endpoint/address.h"
#include "proto/endpoint/tls_files.h"

namespace caspilink::query {

struct Limits {
  std::size_t max_watchers = 64;
  std::size_t watch_capacity = 8'192;  // events that wait for one watcher
  std::size_t max_waiting = 32;        // questions that wait or are being answered
  std::size_t max_message_bytes = std::size_t{64} << 10;  // of a request
  std::size_t max_memory_bytes = std::size_t{64} << 20;   // gRPC's own, all connections together
  std::int64_t stall_patience_ns = 30'000'000'000;  // a write that does not move ends its stream
};

class Server {
 public:
  struct Options {
    endpoint::Address listen{.host = "127.0.0.1", .port = 0};
    std::shared_ptr<endpoint::TlsWatch> tls;
    std::string store_dir;
    Limits limits;
    std::shared_ptr<const twin::Design> design;  // of the board's plant
    // Takes commissioning snapshots, as of core::Core::commission; from any thread.
    std::function<void(twin::BaselineScope, alarms::Operator,
                       std::function<void(Result<twin::Commissioned>)>)>
        commission;
    // Has an agent read its configuration again, as of core::Core::reload; from any thread.
    std::function<void(std::string station, alarms::Operator, core::ReloadDesk::Reply)> reload;
    std::function<std::int64_t()> clock;  // Unix nanoseconds; called from several threads
    // From any thread, for each call that was not let in.
    std::function<void(access::Denial)> denied;
  };

  // Listens when it returns. kUnavailable where the address is taken, kInvalidInput or kNotFound
  // for a bad CA file. The office must outlive the server.
  [[nodiscard]] static Result<std::unique_ptr<Server>> start(
      Options options, core::AlarmOffice& office, std::shared_ptr<exposition::SnapshotBoard> board);

  // Ends what is open with UNAVAILABLE, then stops.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] const endpoint::Address& address() const;

  // Ends streams whose client does not read, and those whose certificate is revoked. To be called
  // every second or so.
  void sweep(std::int64_t now_unix_ns);

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace caspilink::query
