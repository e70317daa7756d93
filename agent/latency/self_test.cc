#include "agent/latency/self_test.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include <asio/io_context.hpp>
#include <fmt/format.h>

#include "agent/latency/reflector_port.h"
#include "agent/latency/session_port.h"

namespace caspilink::latency {
namespace {

constexpr std::int64_t kInterval = 2'000'000;
constexpr std::int64_t kTimeout = 500'000'000;

Result<SelfTestResult::Run> run(const Clock& clock, int probes, bool kernel_stamps) {
  asio::io_context io(1);
  ReflectorPort reflector(io, clock, {});
  if (auto opened = reflector.open({.host = "127.0.0.1", .port = 0}, kernel_stamps); !opened) {
    return tl::unexpected(opened.error());
  }
  SessionPort session(io, clock, {.host = "127.0.0.1", .port = reflector.port()},
                      {.id = 1,
                       .interval_ns = kInterval,
                       .timeout_ns = kTimeout,
                       .peer = PeerReflector::kStateful,
                       .tlvs = {.follow_up = true}},
                      kernel_stamps);
  reflector.start();
  session.start(std::chrono::nanoseconds(0));
  const auto enough = static_cast<std::uint64_t>(probes);
  const Session::Counts& counts = session.session().counts();
  const auto longest = std::chrono::nanoseconds(probes * kInterval * 10 + kTimeout * 10);
  const auto deadline = std::chrono::steady_clock::now() + longest;
  while (counts.answered < enough && std::chrono::steady_clock::now() < deadline) {
    io.run_one_for(std::chrono::milliseconds(50));
  }
  const auto report = session.report();
  const SelfTestResult::Run result{.by_kernel = session.stamped_by_kernel() &&
                                                reflector.stamped_by_kernel() &&
                                                counts.stamped_by_user <= counts.answered / 2,
                                   .report = report.value_or(Report{}),
                                   .followed_up = counts.followed_up};
  session.stop();
  reflector.stop();
  io.run_for(std::chrono::seconds(1));
  if (!report || !report->round_trip || !report->outbound || !report->inbound) {
    return fail(ErrorCode::kUnavailable, "127.0.0.1", "no probe was answered over loopback");
  }
  return result;
}

double microseconds(std::int64_t ns) { return static_cast<double>(ns) * 1e-3; }

std::int64_t error_of(const SelfTestResult::Run& run) {
  return std::max(std::abs(run.report.outbound->median), std::abs(run.report.inbound->median));
}

std::string row(const char* name, const Quantiles& of) {
  return fmt::format("  {:<12} {:>9.1f} {:>9.1f} {:>9.1f} {:>9.1f} {:>9.1f}\n", name,
                     microseconds(of.minimum), microseconds(of.median), microseconds(of.p95),
                     microseconds(of.p99), microseconds(of.maximum));
}

std::string rows(const char* title, const SelfTestResult::Run& run) {
  return fmt::format("{} ({} probes)\n  {:<12} {:>9} {:>9} {:>9} {:>9} {:>9}\n", title,
                     run.report.answered, "microseconds", "min", "median", "p95", "p99", "max") +
         row("round trip", *run.report.round_trip) + row("outbound", *run.report.outbound) +
         row("inbound", *run.report.inbound);
}

std::string json_of(const Quantiles& of) {
  return fmt::format(
      R"({{"min": {:.3f}, "median": {:.3f}, "p95": {:.3f}, "p99": {:.3f}, "max": {:.3f}}})",
      microseconds(of.minimum), microseconds(of.median), microseconds(of.p95), microseconds(of.p99),
      microseconds(of.maximum));
}

std::string json_of(const SelfTestResult::Run& run) {
  return fmt::format(
      R"({{"probes": {}, "followed_up": {}, "round_trip_us": {}, "outbound_us": {}, "inbound_us": {}}})",
      run.report.answered, run.followed_up, json_of(*run.report.round_trip),
      json_of(*run.report.outbound), json_of(*run.report.inbound));
}

}  // namespace

std::int64_t SelfTestResult::error_ns() const { return error_of(kernel ? *kernel : user); }
bool SelfTestResult::passed() const { return error_ns() <= kLargestStampError; }

Result<SelfTestResult> run_self_test(const Clock& clock, int probes) {
  const auto kernel = run(clock, probes, true);
  if (!kernel) return tl::unexpected(kernel.error());
  const auto user = run(clock, probes, false);
  if (!user) return tl::unexpected(user.error());
  return SelfTestResult{.kernel = kernel->by_kernel ? std::optional(*kernel) : std::nullopt,
                        .user = *user};
}

std::string as_table(const SelfTestResult& result) {
  std::string text = result.kernel ? rows("stamped by the kernel", *result.kernel)
                                   : std::string("the kernel does not stamp here\n");
  text += rows("stamped by this program", result.user);
  return text + fmt::format("error of stamping at the median: {:.1f} us, limit {:.0f} us: {}\n",
                            microseconds(result.error_ns()), microseconds(kLargestStampError),
                            result.passed() ? "good" : "TOO LARGE");
}

std::string as_json(const SelfTestResult& result) {
  return fmt::format(
      R"({{"mode": "{}", "error_us": {:.3f}, "limit_us": {:.0f}, "passed": {}, "kernel": {}, "user": {}}})"
      "\n",
      result.kernel ? "kernel" : "user", microseconds(result.error_ns()),
      microseconds(kLargestStampError), result.passed(),
      result.kernel ? json_of(*result.kernel) : "null", json_of(result.user));
}

}  // namespace caspilink::latency
