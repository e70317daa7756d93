#include "collector/ctl/words.h"

#include <fmt/format.h>

#include "proto/endpoint/time_text.h"

namespace caspilink::ctl {
namespace {

std::string verdict_text(wire::Verdict verdict) {
  switch (verdict) {
    case wire::VERDICT_WITHIN_BUDGET:
      return "within budget";
    case wire::VERDICT_MARGIN_LOW:
      return "margin low";
    case wire::VERDICT_BELOW_BUDGET:
      return "below budget";
    default:
      return "unknown";
  }
}

}  // namespace

Cell verdict(wire::Verdict verdict) {
  const Colour colour = verdict == wire::VERDICT_WITHIN_BUDGET  ? Colour::kGood
                        : verdict == wire::VERDICT_MARGIN_LOW   ? Colour::kWarning
                        : verdict == wire::VERDICT_BELOW_BUDGET ? Colour::kBad
                                                                : Colour::kFaint;
  return {verdict_text(verdict), colour};
}

std::string severity_text(wire::Severity severity) {
  switch (severity) {
    case wire::SEVERITY_CRITICAL:
      return "critical";
    case wire::SEVERITY_MAJOR:
      return "major";
    case wire::SEVERITY_MINOR:
      return "minor";
    case wire::SEVERITY_WARNING:
      return "warning";
    case wire::SEVERITY_INDETERMINATE:
      return "indeterminate";
    default:
      return kNothing;
  }
}

Colour colour_of(wire::Severity severity) {
  if (severity >= wire::SEVERITY_MAJOR) return Colour::kBad;
  return severity >= wire::SEVERITY_WARNING ? Colour::kWarning : Colour::kNone;
}

std::string text(const std::string& value) { return value.empty() ? kNothing : value; }
std::string number(std::uint64_t value) { return value == 0 ? kNothing : fmt::to_string(value); }
std::string figure(bool known, double value, int digits) {
  return known ? fmt::format("{:.{}f}", value, digits) : kNothing;
}
std::string difference(bool known, double value) {
  return known ? fmt::format("{:+.2f}", value) : kNothing;
}
std::string milliseconds(bool known, double seconds) { return figure(known, seconds * 1e3, 4); }

std::string day_text(std::int64_t unix_ns) { return endpoint::time_text(unix_ns).substr(0, 10); }

std::string age(bool known, std::int64_t then_ns, std::int64_t now_ns) {
  if (!known) return "never";
  const double s = static_cast<double>(now_ns - then_ns) * 1e-9;
  if (s < 120) return fmt::format("{:.0f} s ago", s);
  if (s < 7200) return fmt::format("{:.0f} min ago", s / 60);
  return endpoint::time_text(then_ns);
}

}  // namespace caspilink::ctl
