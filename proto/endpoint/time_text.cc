#include "proto/endpoint/time_text.h"

#include <array>
#include <charconv>
#include <ctime>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace caspilink::endpoint {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

}  // namespace

Result<std::int64_t> parse_time(const std::string& text) {
  std::int64_t unix_ns = 0;
  const char* end = text.data() + text.size();
  if (const auto [stop, error] = std::from_chars(text.data(), end, unix_ns);
      error == std::errc() && stop == end) {
    return unix_ns;
  }
  const auto refuse = [&] {
    return fail(ErrorCode::kInvalidInput, "",
                fmt::format("expected a time like 2026-11-23T21:35:18Z or unix nanoseconds, got "
                            "'{}'",
                            text));
  };
  std::tm parts{};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return refuse();
  std::int64_t nanos = 0;
  if (*rest == '.') {
    std::int64_t weight = kNanosPerSecond / 10;
    for (++rest; *rest >= '0' && *rest <= '9'; ++rest, weight /= 10)
      nanos += (*rest - '0') * weight;
  }
  if (*rest != 'Z' || rest[1] != '\0') return refuse();
  return static_cast<std::int64_t>(::timegm(&parts)) * kNanosPerSecond + nanos;
}

std::string time_text(std::int64_t unix_ns) {
  const std::time_t seconds = unix_ns / kNanosPerSecond;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

Result<Seconds> parse_duration(const std::string& text) {
  static constexpr std::array<std::pair<std::string_view, double>, 4> kUnits = {
      {{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86'400}}};
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc() && number > 0 && number < 1e6) {
    for (const auto& [unit, seconds] : kUnits) {
      if (std::string_view(stop, static_cast<std::size_t>(end - stop)) == unit) {
        return Seconds(number * seconds);
      }
    }
  }
  return fail(ErrorCode::kInvalidInput, "",
              fmt::format("expected a length of time like 90s, 15min, 2h or 3d, got '{}'", text));
}

}  // namespace caspilink::endpoint
