#include "agent/sources/snmp/secret_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

namespace caspilink::snmp {
namespace {

constexpr std::size_t kLongest = 255;

}  // namespace

Result<std::string> read_secret(const std::string& file, std::size_t at_least) {
  const int handle = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (handle < 0) {
    const int why = errno;
    return fail(ErrorCode::kNotFound, file,
                fmt::format("cannot be read: {}", std::generic_category().message(why)));
  }
  struct stat state {};
  std::array<char, kLongest + 3> bytes{};
  const bool known = ::fstat(handle, &state) == 0;
  const ssize_t size = ::read(handle, bytes.data(), bytes.size());
  ::close(handle);
  if (!known || size < 0) return fail(ErrorCode::kNotFound, file, "cannot be read");
  std::string secret(bytes.data(), static_cast<std::size_t>(size));
  OPENSSL_cleanse(bytes.data(), bytes.size());
  if ((state.st_mode & (S_IWGRP | S_IXGRP | S_IRWXO)) != 0) {
    wipe(secret);
    return fail(ErrorCode::kDenied, file,
                fmt::format("expected a file of mode 0600 or 0640, got {:04o}",
                            static_cast<unsigned>(state.st_mode & 07777U)));
  }
  if (secret.ends_with('\n')) secret.pop_back();
  if (secret.ends_with('\r')) secret.pop_back();
  const bool printable = std::ranges::all_of(secret, [](char c) { return c >= 0x20 && c < 0x7f; });
  if (!printable || secret.size() < at_least || secret.size() > kLongest) {
    wipe(secret);
    return fail(ErrorCode::kInvalidInput, file,
                fmt::format("expected one line of {} to {} printable ASCII characters", at_least,
                            kLongest));
  }
  return secret;
}

void wipe(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

}  // namespace caspilink::snmp
