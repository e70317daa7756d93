// One receiver of remote write, over HTTP or not.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "collector/remote_write/settings.h"
#include "link_models/result.h"

namespace caspilink::remote_write {

struct Answer {
  enum class Kind : std::uint8_t {
    kTaken,
    kTooOld,   // some sample is older than it takes; nothing of the request can be relied on
    kRefused,  // it will never take this request
    kLater,    // it may take it another time
  };
  Kind kind = Kind::kLater;
  std::optional<std::int64_t> retry_after_ns;  // what it asked for
  std::string detail;                          // for people; never the request
};

class Receiver {
 public:
  virtual ~Receiver() = default;
  // A compressed WriteRequest. Blocks until the answer or a time-out.
  [[nodiscard]] virtual Answer write(const std::string& body) = 0;
  // Nothing is asked any more, and what waits ends soon. From any thread.
  virtual void stop() = 0;
};

// What an HTTP status and body say. Prometheus 2.42 answers 500 to samples that are too old, later
// ones 400: the text decides.
[[nodiscard]] Answer answer_of(int status, const std::string& body);

// Over HTTP/1.1, one connection kept alive.
[[nodiscard]] Result<std::unique_ptr<Receiver>> http_receiver(const ReceiverSettings& settings);

}  // namespace caspilink::remote_write
