// The way to one collector: a gRPC stream that is always being kept or regained.
//
// New batches go first (the live lane); what waits in the spool follows as the window allows,
// oldest first (the backlog), at a rate that may be bounded. At most `window` batches are
// unacknowledged. A batch is settled when
// the collector says so and sent again on the next stream when it did not get to: the collector
// knows it by its boot and sequence. Everything happens on the io_context.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "agent/spool/spool.h"
#include "agent/uplink/ledger.h"
#include "proto/codec/reload.h"
#include "proto/endpoint/address.h"

namespace asio {
class io_context;
}
namespace grpc {
class ChannelCredentials;
}

namespace caspilink::uplink {

struct Options {
  std::string station;
  std::uint64_t boot = 0;
  endpoint::Address address;
  std::string name;           // expected in the collector's certificate; also its label
  std::uint32_t window = 32;  // the collector may lower it
  std::uint32_t backlog_samples_per_second = 0;  // 0: as many as the window lets through
  std::int64_t first_backoff_ms = 500;
  std::int64_t longest_backoff_ms = 5000;
};

// What the collector asks for; 0: as we have it.
struct Wishes {
  std::uint64_t revision = 0;
  std::uint32_t max_batch_samples = 0;
  std::uint32_t max_series = 0;
  std::optional<std::uint64_t> reload_request;  // read the configuration file again, and answer
};

struct Status {
  std::string collector;
  bool connected = false;  // the collector has accepted us
  std::uint64_t live_batches_sent = 0;
  std::uint64_t backlog_batches_sent = 0;
  std::uint64_t accepted = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t refused = 0;
  std::uint64_t unacknowledged = 0;
  std::uint64_t held_back = 0;  // larger than the collector takes
  std::optional<std::int64_t> last_acknowledgement_unix_ns;
  std::map<std::string, std::uint64_t> errors;  // count by kind
  std::string detail;                           // the latest trouble; empty while connected
};

class Uplink {
 public:
  using Clock = std::function<std::int64_t()>;

  // `index` is this collector's place in the ledger.
  Uplink(asio::io_context& io, Options options,
         std::shared_ptr<grpc::ChannelCredentials> credentials, spool::Spool& spool, Ledger& ledger,
         std::size_t index, Clock now_unix_ns, std::function<void(const Wishes&)> on_wishes);
  ~Uplink();
  Uplink(const Uplink&) = delete;
  Uplink& operator=(const Uplink&) = delete;

  void start();
  void stop();

  // From now on; the stream stays.
  void limit(std::uint32_t window, std::uint32_t backlog_samples_per_second);

  // To this collector, which asked: before anything else, and on the next stream where there is
  // none now.
  void answer(codec::ReloadAnswer answer);

  // A batch that was appended to the spool just now.
  void offer(spool::Position position, std::shared_ptr<const codec::Batch> batch);

  [[nodiscard]] Status status() const;
  [[nodiscard]] bool connected() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace caspilink::uplink
