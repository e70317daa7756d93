// An agent's latency measurement alone, for a foreign peer to meet: reads a file with a `stamp`
// section, says on which port its reflector listens, and when its input ends prints what it counted
// and observed as JSON.
#include <cstdio>
#include <iostream>
#include <string>
#include <thread>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <nlohmann/json.hpp>

#include "agent/latency/probe_source.h"

int main(int argc, char** argv) {
  using namespace caspilink;
  if (argc != 2) return 2;
  auto file = formats::YamlFile::load(argv[1]);
  if (!file) return std::fprintf(stderr, "%s\n", file.error().message().c_str()), 2;
  const auto configuration = latency::read_configuration(file->root().map("stamp"));
  if (const auto done = file->finish(); !done) {
    return std::fprintf(stderr, "%s\n", done.error().message().c_str()), 2;
  }
  asio::io_context io(1);
  const auto clock = std::make_shared<const latency::SystemClock>();
  const auto source = latency::make_probe_source(
      configuration, {.io = io, .now_unix_ns = [clock] { return clock->now().unix_ns; }}, clock);
  if (!source) return std::fprintf(stderr, "%s\n", source.error().message().c_str()), 1;
  nlohmann::json observed = nlohmann::json::object();
  (*source)->start([&](auto observations) {
    for (const auto& each : observations) {
      observed[std::string(codec::info(each.point.quantity).name)] = each.value;
    }
  });
  std::printf("%u\n", unsigned{(*source)->reflector_address().port});
  std::fflush(stdout);

  auto work = asio::make_work_guard(io);
  std::thread input([&] {
    std::string line;
    while (std::getline(std::cin, line)) {
    }
    asio::post(io, [&] { work.reset(); });
  });
  io.run();
  input.join();
  (*source)->stop();
  std::printf("%s\n",
              nlohmann::json{{"counters", (*source)->health().counters}, {"observed", observed}}
                  .dump()
                  .c_str());
  return 0;
}
