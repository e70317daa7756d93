// The HTTP endpoint every CaspiLink program has: /metrics, /healthz, /readyz.
// One HTTP stack for all programs, cpp-httplib, behind this header.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "link_models/result.h"
#include "proto/endpoint/address.h"

namespace prometheus {
class Collectable;
}

namespace caspilink::endpoint {

class OpsServer {
 public:
  struct Options {
    std::string program;  // "caspilink-agent", for caspilink_build_info
    Address listen{.host = "127.0.0.1", .port = 0};
    // Asked at every scrape, from the server's own threads: must render a snapshot, not live state.
    std::shared_ptr<prometheus::Collectable> metrics = nullptr;
    // As `metrics`, for a program that prints its own in the text format: put behind the others.
    std::function<std::string()> text = nullptr;
    // Asked at every /readyz, from the server's own threads; the error's message is the answer's
    // body. Empty: always ready.
    std::function<Result<void>()> ready = nullptr;
  };

  // Listens when it returns. Adds build and process metrics to those given. Fails with kUnavailable
  // when the address is taken or not ours.
  [[nodiscard]] static Result<std::unique_ptr<OpsServer>> start(Options options);

  // Answers what it has begun, then stops.
  ~OpsServer();
  OpsServer(const OpsServer&) = delete;
  OpsServer& operator=(const OpsServer&) = delete;

  // Where it listens, with the port chosen when 0 was asked for.
  [[nodiscard]] const Address& address() const;

 private:
  struct Impl;
  explicit OpsServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace caspilink::endpoint
