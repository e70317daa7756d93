// How wrong this machine's time stamps are, measured: probes over loopback, where light needs no
// time, so that every delay measured is an error of stamping.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/latency/clock.h"
#include "agent/latency/session.h"

namespace caspilink::latency {

struct SelfTestResult {
  struct Run {
    bool by_kernel = false;  // whether the kernel stamped as asked
    Report report;
    std::uint64_t followed_up = 0;
  };
  std::optional<Run> kernel;  // nothing where the kernel does not stamp here
  Run user;

  // The larger of both ways' medians, nanoseconds, by the stamps the agent would use.
  [[nodiscard]] std::int64_t error_ns() const;
  [[nodiscard]] bool passed() const;  // at most 20 us
};

inline constexpr std::int64_t kLargestStampError = 20'000;  // nanoseconds, at the median

// `probes` with the kernel's stamps and as many with this program's, 2 ms apart. kUnavailable where
// loopback does not carry them.
[[nodiscard]] Result<SelfTestResult> run_self_test(const Clock& clock, int probes);

[[nodiscard]] std::string as_table(const SelfTestResult& result);
[[nodiscard]] std::string as_json(const SelfTestResult& result);

}  // namespace caspilink::latency
