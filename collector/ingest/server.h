// The gRPC end of the collector: service Telemetry over mutual TLS.
//
// Whoever cannot show an agent's certificate of our CA is refused before a message of theirs is
// read. An admitted stream is read only while its unacknowledged batches are within bounds, so that
// neither a flood nor a client that never reads its acknowledgements costs memory.
//
// gRPC has a whole message in its memory before anybody may ask for its size, whatever the largest
// size it is told: `max_memory_bytes` bounds that for all connections together, and of a message
// that is too large nothing is decoded. Compressed messages are not taken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "collector/ingest/sink.h"
#include "link_models/result.h"
#include "proto/endpoint/address.h"
#include "proto/endpoint/tls_files.h"

namespace caspilink::ingest {

struct Limits {
  std::uint32_t max_batch_samples = 10'000;
  std::uint32_t max_series = 20'000;  // of one boot; series numbers go up to this
  std::uint32_t max_unacknowledged_batches = 512;
  std::size_t max_unacknowledged_bytes = std::size_t{16} << 20;  // of one stream, as on the wire
  std::size_t max_message_bytes = std::size_t{1} << 20;
  std::size_t max_memory_bytes = std::size_t{256} << 20;  // gRPC's own, all connections together
  std::size_t max_calls_per_station = 16;  // open, greeted or not; the sink bounds greeted ones
  std::int64_t hello_timeout_ns = 10'000'000'000;
  std::int64_t unread_timeout_ns = 30'000'000'000;  // for the agent to take an acknowledgement
  std::uint64_t sample_interval_ns = 0;             // what agents are asked for; 0: as they have it
};

// Unix nanoseconds.
using Clock = std::function<std::int64_t()>;

class Server {
 public:
  struct Options {
    endpoint::Address listen{.host = "127.0.0.1", .port = 0};
    std::shared_ptr<endpoint::TlsWatch> tls;
    std::set<std::string, std::less<>> stations;  // of the plant
    Limits limits;
    Clock clock;
  };

  // Listens when it returns; the sink must outlive the server. kUnavailable where the address is
  // taken, kInvalidInput or kNotFound for a bad CA file.
  [[nodiscard]] static Result<std::unique_ptr<Server>> start(Options options, Sink& sink);

  // Ends all streams with UNAVAILABLE, then stops.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] const endpoint::Address& address() const;

  // Ends streams that have not said Hello, or not taken an acknowledgement, in time, and those
  // whose certificate is revoked. To be called every second or so.
  void sweep(std::int64_t now_unix_ns);

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace caspilink::ingest
