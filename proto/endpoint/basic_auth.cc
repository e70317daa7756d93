#include "proto/endpoint/basic_auth.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace caspilink::endpoint {
namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kLongestHeader = 1024;
// One that hashes, one that waits.
constexpr int kMostAtIt = 2;

struct Login {
  std::string user;
  std::string password;
};

std::optional<Login> login_of(std::string_view header) {
  constexpr std::string_view kScheme = "basic ";
  if (header.size() <= kScheme.size() || header.size() > kLongestHeader) return std::nullopt;
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    const char c = header[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != kScheme[i]) {
      return std::nullopt;
    }
  }
  header.remove_prefix(kScheme.size());
  std::string text(header.size() / 4 * 3 + 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(header.data()),
                                   static_cast<int>(header.size()));
  if (size < 0) return std::nullopt;
  text.resize(static_cast<std::size_t>(size));
  // The decoder counts padding as zeros.
  if (header.ends_with("==") && text.size() >= 2) {
    text.resize(text.size() - 2);
  } else if (header.ends_with("=") && !text.empty()) {
    text.resize(text.size() - 1);
  }
  const std::size_t colon = text.find(':');
  // A zero would end the password early, as crypt reads it.
  if (colon == std::string::npos || text.find('\0') != std::string::npos) return std::nullopt;
  return Login{text.substr(0, colon), text.substr(colon + 1)};
}

bool fits(const std::string& password, const std::string& hash) {
  const auto work = std::make_unique<crypt_data>();
  const char* made = crypt_r(password.c_str(), hash.c_str(), work.get());
  const bool same = made != nullptr && std::strlen(made) == hash.size() &&
                    CRYPTO_memcmp(made, hash.data(), hash.size()) == 0;
  OPENSSL_cleanse(work.get(), sizeof *work);
  return same;
}

std::string digest(const std::string& secret, const Login& login) {
  const std::string text = login.user + '\0' + login.password;
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(), &size);
  return {reinterpret_cast<const char*>(out.data()), size};
}

}  // namespace

BasicAuth::BasicAuth(std::map<std::string, std::string> users)
    : users_(std::move(users)), secret_(kSecretBytes, '\0') {
  RAND_bytes(reinterpret_cast<unsigned char*>(secret_.data()), static_cast<int>(kSecretBytes));
  std::string cost = "10";
  for (const auto& [user, hash] : users_) cost = std::max(cost, hash.substr(4, 2));
  // Salt and digest of dots: bcrypt never makes this digest of a password anyone could find.
  stand_in_ = "$2y$" + cost + "$" + std::string(53, '.');
}

BasicAuth::Answer BasicAuth::check(std::string_view header) {
  const auto login = login_of(header);
  if (!login) return Answer::kRefused;
  const std::string key = digest(secret_, *login);
  {
    const std::lock_guard lock(mutex_);
    if (known_.contains(key)) return Answer::kAllowed;
  }
  struct AtIt {
    std::atomic<int>& count;
    ~AtIt() { --count; }
  } const at_it{at_it_};
  if (++at_it_ > kMostAtIt) return Answer::kBusy;
  const std::lock_guard turn(hashing_);
  const auto user = users_.find(login->user);
  const bool right = fits(login->password, user == users_.end() ? stand_in_ : user->second);
  const std::lock_guard lock(mutex_);
  ++hashed_;
  if (!right || user == users_.end()) return Answer::kRefused;
  known_.insert(key);
  return Answer::kAllowed;
}

std::uint64_t BasicAuth::hashed() const {
  const std::lock_guard lock(mutex_);
  return hashed_;
}

}  // namespace caspilink::endpoint
