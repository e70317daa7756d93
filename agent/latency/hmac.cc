#include "agent/latency/hmac.h"

#include <cctype>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/stat.h>
#include <unistd.h>

namespace caspilink::latency {
namespace {

constexpr std::size_t kSmallestKey = 16;
constexpr std::size_t kLargestKey = 64;
constexpr std::size_t kLargestFile = 512;

int digit_of(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  const int lower = std::tolower(static_cast<unsigned char>(digit));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Nothing where the text is no key.
std::vector<std::byte> key_of(std::string_view text) {
  constexpr const char* kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  text = text.substr(first, text.find_last_not_of(kSpace) + 1 - first);
  if (text.size() % 2 != 0 || text.size() < 2 * kSmallestKey || text.size() > 2 * kLargestKey) {
    return {};
  }
  std::vector<std::byte> bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t index = 0; index < text.size(); index += 2) {
    const int high = digit_of(text[index]);
    const int low = digit_of(text[index + 1]);
    if (high < 0 || low < 0) return {};
    bytes.push_back(static_cast<std::byte>(high << 4 | low));
  }
  return bytes;
}

}  // namespace

Result<Key> Key::load(const std::string& file) {
  const int handle = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (handle < 0) {
    const int why = errno;
    return fail(ErrorCode::kNotFound, file,
                fmt::format("cannot read the key: {}", std::generic_category().message(why)));
  }
  struct stat state {};
  std::array<char, kLargestFile + 1> text{};
  const bool known = ::fstat(handle, &state) == 0;
  const ssize_t size = ::read(handle, text.data(), text.size());
  ::close(handle);
  if (!known || size < 0) return fail(ErrorCode::kNotFound, file, "cannot read the key");
  if ((state.st_mode & (S_IWGRP | S_IXGRP | S_IRWXO)) != 0) {
    OPENSSL_cleanse(text.data(), text.size());
    return fail(ErrorCode::kDenied, file,
                fmt::format("expected a key file of mode 0600 or 0640, got {:04o}",
                            static_cast<unsigned>(state.st_mode & 07777U)));
  }
  auto bytes = key_of(std::string_view(text.data(), static_cast<std::size_t>(size)));
  OPENSSL_cleanse(text.data(), text.size());
  if (bytes.empty()) {
    return fail(ErrorCode::kInvalidInput, file,
                fmt::format("expected a key of {} to {} bytes in hexadecimal digits", kSmallestKey,
                            kLargestKey));
  }
  return Key(std::move(bytes));
}

Key::~Key() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

Digest Key::digest(std::initializer_list<std::span<const std::byte>> parts) const {
  // What is signed is a sequence number and TLVs, or 96 bytes: small beside the copy's cost.
  std::vector<unsigned char> text;
  for (const auto& part : parts) {
    const auto* begin = reinterpret_cast<const unsigned char*>(part.data());
    text.insert(text.end(), begin, begin + part.size());
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> full{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), bytes_.data(), static_cast<int>(bytes_.size()), text.data(), text.size(),
       full.data(), &size);
  Digest digest{};
  std::memcpy(digest.data(), full.data(), digest.size());
  return digest;
}

bool Key::equal(std::span<const std::byte> a, std::span<const std::byte> b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace caspilink::latency
