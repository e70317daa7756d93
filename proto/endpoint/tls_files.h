// A program's identity and trust for mutual TLS, in PEM files that may be exchanged while it runs.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "link_models/result.h"

namespace caspilink::endpoint {

struct TlsFiles {
  std::string ca_file;  // PEM, the private CA that signs every program's certificate
  // PEM, this program's certificate and any intermediate ones. A client whose server does not ask
  // who it is may leave both of these empty.
  std::string certificate_file;
  std::string key_file;  // PEM, its private key
  // PEM of certificate revocation lists that a server holds its clients' certificates against;
  // empty: none. Of no meaning to a client, and watched by ChainVerifier alone.
  std::string crl_file{};
};

// What the files hold. A secret: it is never logged.
struct TlsTexts {
  std::string ca;
  std::string certificate;
  std::string key;

  friend bool operator==(const TlsTexts&, const TlsTexts&) = default;
};

// Fails unless the three files are readable PEM and the key belongs to the certificate. Messages
// name files and reasons, never contents.
[[nodiscard]] Result<TlsTexts> read_tls_files(const TlsFiles& files);
// The same, and looks at the revocation lists.
[[nodiscard]] Result<void> check_tls_files(const TlsFiles& files);

// The newest good contents of the files. Files that changed and do not belong together leave the
// ones before in force, and are complained of once; only at the second look at them, because a
// certificate and its key are exchanged one after the other.
//
// Thread-safe.
class TlsWatch {
 public:
  // Fails as read_tls_files() does.
  [[nodiscard]] static Result<std::shared_ptr<TlsWatch>> open(TlsFiles files);

  // Looks at the files (three `stat`s where nothing changed) and gives what is in force. To be
  // called for every new connection, and every second or so, so that what is wrong with new files
  // is in the log before a connection needs them.
  std::shared_ptr<const TlsTexts> current();

  [[nodiscard]] const TlsFiles& files() const { return files_; }

 private:
  struct Stamp {
    std::uint64_t inode = 0;
    std::int64_t size = -1;
    std::int64_t changed_ns = 0;

    static Stamp of(const std::string& path);
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  using Stamps = std::array<Stamp, 3>;

  TlsWatch(TlsFiles files, Stamps stamps, TlsTexts texts);
  [[nodiscard]] static Stamps stamps_of(const TlsFiles& files);

  const TlsFiles files_;
  std::mutex mutex_;
  Stamps stamps_;  // of what is in force
  std::shared_ptr<const TlsTexts> texts_;
  std::optional<Stamps> doubted_;     // were wrong at the last look
  std::optional<Stamps> complained_;  // of
};

}  // namespace caspilink::endpoint
