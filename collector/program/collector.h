// The running collector: its parts put together, in the order they need each other.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "collector/program/config.h"
#include "collector/twin/design.h"
#include "link_models/plant/plant.h"
#include "link_models/result.h"
#include "proto/endpoint/address.h"

namespace caspilink::program {

// What can be checked without touching the store or a port: plant, budgets, TLS and web files.
struct Prepared {
  Config config;
  std::shared_ptr<const twin::Model> model;
  twin::Design design;
};
[[nodiscard]] Result<Prepared> prepare(Config config);

// The configured plant's model, as designed.
[[nodiscard]] Result<std::shared_ptr<const twin::Model>> model_of(const Config& config);

// What the core is told: the configuration's words, else the plant's.
[[nodiscard]] core::Settings core_settings(const Config& config, const plant::Plant& plant,
                                           std::int64_t now_unix_ns);

class Collector {
 public:
  using Clock = std::function<std::int64_t()>;  // unix nanoseconds; called from several threads

  // Everything is up when it returns, or nothing is.
  [[nodiscard]] static Result<std::unique_ptr<Collector>> start(Prepared prepared, Clock clock);
  ~Collector();
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  // Works until stop() or, where asked for, SIGINT or SIGTERM; once.
  void run(bool end_on_signals);
  // From any thread.
  void stop();

  [[nodiscard]] const endpoint::Address& grpc_address() const;
  [[nodiscard]] const endpoint::Address& http_address() const;
  // Null where queries are not served.
  [[nodiscard]] const endpoint::Address* query_address() const;

 private:
  struct Impl;
  explicit Collector(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace caspilink::program
