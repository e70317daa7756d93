// Passwords of HTTP's basic scheme (RFC 7617) against bcrypt hashes.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace caspilink::endpoint {

// Thread-safe. A password that was right is remembered as a keyed digest, so that a scrape does not
// cost a bcrypt; one user has one entry. A wrong one, and a name that is not known, take as long as
// a right one does the first time.
class BasicAuth {
 public:
  enum class Answer : std::uint8_t { kAllowed, kRefused, kBusy };

  // Hashes by name; see is_bcrypt_hash.
  explicit BasicAuth(std::map<std::string, std::string> users);

  // `header` is the Authorization header's value, empty where there is none. kBusy where one is
  // being checked and another waits: who guesses passwords must not occupy every thread of a
  // server.
  [[nodiscard]] Answer check(std::string_view header);

  // bcrypts since the start: tests count them.
  [[nodiscard]] std::uint64_t hashed() const;

 private:
  const std::map<std::string, std::string> users_;
  std::string stand_in_;  // a hash no password has, as costly as the costliest of the users'
  std::string secret_;
  std::mutex hashing_;
  std::atomic<int> at_it_ = 0;  // who hashes or waits for it
  mutable std::mutex mutex_;
  std::set<std::string, std::less<>> known_;  // digests
  std::uint64_t hashed_ = 0;
};

}  // namespace caspilink::endpoint
