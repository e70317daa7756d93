// Whether a peer's certificate is one of our CA's, checked by the application so that a refusal can
// be counted and explained. TLS has proven by then that the peer holds the key of the certificate
// it shows, and nothing else: gRPC's "peer is authenticated" must not be believed on a server that
// leaves the chain to the application.
//
// Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "link_models/result.h"

namespace caspilink::endpoint {

enum class ChainFault : std::uint8_t {
  kNoCertificate,       // none was shown
  kUnknownCertificate,  // not signed by our CA, or broken
  kExpiredCertificate,  // outside its period of validity
};

struct RefusedChain {
  ChainFault fault{};
  std::string detail;  // for the peer and the log; says nothing about what we trust
};

class ChainVerifier {
 public:
  // The CA file is read again when it changes; a changed file that cannot be read leaves the last
  // good one in force. kNotFound or kInvalidInput where it is no PEM of certificates now.
  [[nodiscard]] static Result<std::unique_ptr<ChainVerifier>> create(std::string ca_file);
  ~ChainVerifier();

  // The URI names of `certificate` (PEM; empty: none shown), with `chain` (PEM) as intermediate
  // certificates, at `now`.
  [[nodiscard]] tl::expected<std::vector<std::string>, RefusedChain> verify(
      std::string_view certificate, std::string_view chain, std::int64_t now_unix_ns);

 private:
  struct Trust;
  ChainVerifier(std::string ca_file, std::shared_ptr<Trust> trust);
  std::shared_ptr<Trust> current_trust();

  const std::string ca_file_;
  std::mutex mutex_;
  std::shared_ptr<Trust> trust_;
};

}  // namespace caspilink::endpoint
