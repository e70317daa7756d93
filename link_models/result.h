// Errors as values: anything that depends on input returns Result<T>.
#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace caspilink {

enum class ErrorCode {
  kInvalidInput,  // what was given is wrong: programs exit with 2
  kNotFound,      // a file, name or row that should exist does not
  kUnavailable,   // a peer, port or device does not answer; trying again may help
  kDenied,        // identity or permission refused
  kExhausted,     // a bound was reached: disk, memory, rate
  kNotConverged,  // a numerical method did not reach its tolerance
  kInternal,      // a library failed in a way that its contract does not name
};

// One problem, said so that its reader can mend it.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string where;   // "plant.yaml:12:7", a key path, or a block and byte offset; may be empty
  std::string detail;  // what is wrong and what was expected, in one line

  // "where: detail", or the detail alone where there is no place to point at.
  [[nodiscard]] std::string message() const {
    return where.empty() ? detail : where + ": " + detail;
  }

  friend bool operator==(const Error&, const Error&) = default;
};

template <typename T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string where,
                                                std::string detail) {
  return tl::unexpected<Error>(Error{code, std::move(where), std::move(detail)});
}

}  // namespace caspilink
