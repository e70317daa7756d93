// HMAC-SHA-256 truncated to 16 bytes (RFC 8762 clause 4.4, RFC 4868), with a key from a file.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "link_models/result.h"

namespace caspilink::latency {

inline constexpr std::size_t kDigestSize = 16;
using Digest = std::array<std::byte, kDigestSize>;

// A shared secret. Never printed; the memory is wiped when it goes.
class Key {
 public:
  // 16 to 64 bytes, written as hexadecimal digits, with white space around them at most. The file
  // may be read by its owner and group and written by its owner, no more: else kDenied. kNotFound
  // where it does not read, kInvalidInput where it holds no key. Messages name the file, never its
  // contents.
  [[nodiscard]] static Result<Key> load(const std::string& file);

  explicit Key(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}
  Key(const Key&) = default;
  Key(Key&&) = default;
  Key& operator=(const Key&) = default;
  Key& operator=(Key&&) = default;
  ~Key();

  // Over the parts, one after the other.
  [[nodiscard]] Digest digest(std::initializer_list<std::span<const std::byte>> parts) const;
  // In constant time.
  [[nodiscard]] static bool equal(std::span<const std::byte> a, std::span<const std::byte> b);

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace caspilink::latency
