#include "proto/endpoint/program.h"

#include <cstdio>

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace caspilink::endpoint {

Result<void> start_logging(const std::string& program, const std::string& level) {
  const auto parsed = spdlog::level::from_str(level);
  if (parsed == spdlog::level::off && level != "off") {
    return fail(ErrorCode::kInvalidInput, "log level",
                fmt::format("expected trace, debug, info, warning or error, got '{}'", level));
  }
  auto logger = spdlog::stderr_logger_mt(program);
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %n: %v", spdlog::pattern_time_type::utc);
  logger->set_level(parsed);
  spdlog::set_default_logger(std::move(logger));
  return {};
}

int exit_code(const Error& error) {
  return error.code == ErrorCode::kInvalidInput || error.code == ErrorCode::kNotFound ? 2 : 1;
}

int report(const std::string& program, const Error& error) {
  fmt::print(stderr, "{}: {}\n", program, error.message());
  return exit_code(error);
}

}  // namespace caspilink::endpoint
