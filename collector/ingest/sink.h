// The seam between the gRPC streams and the thread that owns the collector's state. Streams call
// the sink, the sink answers through the stream, neither waits for the other.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "collector/ingest/peer_verifier.h"
#include "link_models/result.h"
#include "proto/codec/observation.h"
#include "proto/codec/reload.h"
#include "proto/codec/wire.h"

namespace caspilink::ingest {

// What a stream may pass only once: it is ended with RESOURCE_EXHAUSTED, and counted.
enum class Limit : std::uint8_t {
  kStreams,        // open at once, of one agent
  kBoots,          // of one stream, or of one agent for ever
  kSeries,         // the number of one, or all that a stream has declared
  kSequenceGaps,   // of one agent
  kMessageSize,    // bytes of one message
  kBatchSamples,   // of one batch
  kUnreadAnswers,  // an acknowledgement that the agent has not taken for too long
  kHelloTime,      // without Hello (DEADLINE_EXCEEDED)
};

inline constexpr std::array kLimits = {
    Limit::kStreams,     Limit::kBoots,        Limit::kSeries,        Limit::kSequenceGaps,
    Limit::kMessageSize, Limit::kBatchSamples, Limit::kUnreadAnswers, Limit::kHelloTime,
};

// "message_size": the form of metric labels.
[[nodiscard]] std::string_view to_string(Limit limit);

enum class Outcome : std::uint8_t { kAccepted, kDuplicate, kRefused };

// One open stream of a verified agent. Thread-safe; calls after its end do nothing.
class Stream {
 public:
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  // Exactly one for each batch given to the sink; it makes room for another to be read.
  virtual void acknowledge(codec::BatchId id, Outcome outcome, std::string detail) = 0;

  // Exactly one for each catalogue given to the sink; it makes room for another to be read.
  virtual void keep_declarations() = 0;

  // Has the agent read its configuration again; Sink::reloaded brings what it says. `request`
  // grows.
  virtual void ask_to_reload(std::uint64_t request) = 0;

  // Ends the stream. kInvalidInput, kExhausted, kUnavailable and kDenied become the gRPC codes that
  // telemetry.proto names; anything else is INTERNAL.
  virtual void close(Error error) = 0;
};

using StreamPtr = std::shared_ptr<Stream>;

// Thread-safe; calls queue and return. Calls about one stream come in order, opened first and
// closed last.
class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;

  virtual void opened(StreamPtr stream, std::string station) = 0;
  virtual void declared(StreamPtr stream, codec::Catalogue catalogue) = 0;
  virtual void received(StreamPtr stream, codec::Batch batch) = 0;
  // A batch that breaks the contract; it is answered like any other.
  virtual void malformed(StreamPtr stream, codec::BatchId id, Error error) = 0;
  virtual void reloaded(StreamPtr stream, codec::ReloadAnswer answer) = 0;
  virtual void closed(StreamPtr stream) = 0;

  // Somebody was not let in.
  virtual void refused(Refusal reason) = 0;

  // A stream of `station` is being ended because it passed a limit.
  virtual void limited(std::string station, Limit limit, std::string detail) = 0;
};

}  // namespace caspilink::ingest
