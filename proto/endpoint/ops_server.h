// The HTTP endpoint every CaspiLink program has: /metrics, /healthz, /readyz; pages and a stream of
// events beside them where a program has some. One HTTP stack for all programs, cpp-httplib, behind
// this header.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "link_models/result.h"
#include "proto/endpoint/address.h"
#include "proto/endpoint/event_channel.h"

namespace prometheus {
class Collectable;
}

namespace caspilink::endpoint {

class WebAccess;

class OpsServer {
 public:
  struct Page {
    std::string path;
    std::string content_type;
    std::vector<std::pair<std::string, std::string>> headers{};
    // Asked at every request, from the server's own threads. An error becomes a 503.
    std::function<Result<std::string>()> body;
  };
  // Server-sent events. Each listener has a thread to itself, beside those of all other answers, so
  // listeners never keep a scrape waiting; one too many gets a 503.
  struct Stream {
    std::string path;
    std::shared_ptr<EventChannel> channel;
  };

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
    std::vector<Page> pages{};
    std::optional<Stream> stream{};
    // TLS and passwords by this file, see web_config.h; empty: neither. /healthz and /readyz ask
    // for no password: they tell supervisors nothing else. A client certificate is asked of
    // everybody.
    std::string web_config_file{};
    // How long a peer may keep a request or an answer waiting before it is let go.
    std::chrono::seconds patience{5};
  };

  // Listens when it returns. Adds build and process metrics to those given. Fails with kUnavailable
  // when the address is taken or not ours, and as WebAccess::open does.
  [[nodiscard]] static Result<std::unique_ptr<OpsServer>> start(Options options);

  // Answers what it has begun, ends its streams, then stops.
  ~OpsServer();
  OpsServer(const OpsServer&) = delete;
  OpsServer& operator=(const OpsServer&) = delete;

  // Where it listens, with the port chosen when 0 was asked for.
  [[nodiscard]] const Address& address() const;
  // "https://127.0.0.1:9401", or http.
  [[nodiscard]] std::string url() const;

 private:
  struct Impl;
  explicit OpsServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace caspilink::endpoint
