// Keeps a peer from filling the log: of each kind of line one in ten seconds, with the number that
// were held back. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace caspilink::ingest {

class LogGate {
 public:
  // Lines of `kind` held back since the last that was admitted, where one may be written now;
  // nothing where this one is held back too. Kinds must be few: they are remembered for ever.
  [[nodiscard]] std::optional<std::uint64_t> admit(std::string_view kind, std::int64_t now_unix_ns);

  // "" or " (and 17 like it)".
  [[nodiscard]] static std::string suffix(std::uint64_t held_back);

 private:
  struct Kind {
    std::int64_t admitted_unix_ns = 0;
    std::uint64_t held_back = 0;
  };
  std::mutex mutex_;
  std::map<std::string, Kind, std::less<>> kinds_;
};

}  // namespace caspilink::ingest
