// caspilink-agent: one landing station's eyes.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <random>
#include <string>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <malloc.h>
#include <spdlog/spdlog.h>

#include "agent/latency/self_test.h"
#include "agent/runtime/agent.h"
#include "proto/endpoint/ops_server.h"
#include "proto/endpoint/program.h"

namespace {

using namespace caspilink;

constexpr const char* kProgram = "caspilink-agent";

std::int64_t now_unix_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::uint64_t draw_boot() {
  std::random_device device;
  std::uint64_t boot = 0;
  while (boot == 0) boot = std::uint64_t{device()} << 32 | device();
  return boot;
}

Result<runtime::Configuration> read_configuration(const std::string& file) {
  auto configuration = runtime::load_configuration(file);
  if (!configuration) return configuration;
  if (const auto tls = endpoint::check_tls_files(configuration->tls); !tls) {
    return tl::unexpected(tls.error());
  }
  return configuration;
}

void reload_on_hangup(asio::signal_set& hangups, runtime::Agent& agent) {
  hangups.async_wait([&](const asio::error_code& error, int) {
    if (error) return;
    agent.reload();
    reload_on_hangup(hangups, agent);
  });
}

int run(const runtime::Configuration& configuration, const std::string& file) {
  asio::io_context io(1);
  auto board = std::make_shared<runtime::SnapshotBoard>();
  auto agent = runtime::Agent::make(
      configuration, {.io = io,
                      .now_unix_ns = now_unix_ns,
                      .boot = draw_boot(),
                      .board = board,
                      .read_configuration = [file] { return read_configuration(file); }});
  if (!agent) return endpoint::report(kProgram, agent.error());
  auto ops = endpoint::OpsServer::start({.program = kProgram,
                                         .listen = configuration.http,
                                         .metrics = board,
                                         .ready = [board]() -> Result<void> {
                                           const auto snapshot = board->get();
                                           if (!snapshot) {
                                             return fail(ErrorCode::kUnavailable, "", "starting");
                                           }
                                           return runtime::readiness(*snapshot);
                                         }});
  if (!ops) return endpoint::report(kProgram, ops.error());

  asio::signal_set signals(io, SIGINT, SIGTERM);
  asio::signal_set hangups(io, SIGHUP);
  signals.async_wait([&](const asio::error_code& error, int signal) {
    if (error) return;
    spdlog::info("state=stopping signal={}", signal);
    hangups.cancel();
    (*agent)->stop();
  });
  (*agent)->start();
  reload_on_hangup(hangups, **agent);
  spdlog::info("state=running station={} http={}", configuration.station, (*ops)->address().text());
  io.run();
  return 0;
}

int run_latency_self_test(int probes, bool json) {
  const auto result = latency::run_self_test(latency::SystemClock(), probes);
  if (!result) return endpoint::report(kProgram, result.error());
  std::fputs((json ? latency::as_json(*result) : latency::as_table(*result)).c_str(), stdout);
  return result->passed() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  // Threads of libraries get arenas of glibc's by default, and resident memory with each; hardly
  // two of ours allocate at once.
  mallopt(M_ARENA_MAX, 1);

  std::string file;
  bool check = false;
  CLI::App app("CaspiLink agent: reports a landing station's telemetry to collectors.", kProgram);
  app.add_option("--config", file, "Configuration file (YAML)");
  app.add_flag("--check-config", check, "Check the configuration and end: 0 good, 2 not");
  app.set_version_flag("--version", std::string(kProgram) + " " + CASPILINK_VERSION);
  CLI::App* const self_test = app.add_subcommand(
      "latency-selftest", "Measure the error of this machine's time stamps over loopback, and end");
  int probes = 1000;
  std::string format = "table";
  self_test->add_option("--probes", probes, "Probes of each kind")->check(CLI::Range(10, 100'000));
  self_test->add_option("--format", format, "table or json")
      ->check(CLI::IsMember({"table", "json"}));
  try {
    app.parse(argc, argv);
    if (!self_test->parsed() && file.empty()) throw CLI::RequiredError("--config");
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }

  if (self_test->parsed()) return run_latency_self_test(probes, format == "json");

  const auto configuration = read_configuration(file);
  if (!configuration) return endpoint::report(kProgram, configuration.error());
  if (check) return 0;
  if (const auto logging = endpoint::start_logging(kProgram, configuration->log_level); !logging) {
    return endpoint::report(kProgram, logging.error());
  }
  return run(*configuration, file);
}
