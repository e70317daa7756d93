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
  kRevokedCertificate,  // taken back by its issuer
};

struct RefusedChain {
  ChainFault fault{};
  std::string detail;  // for the peer and the log; says nothing about what we trust
};

class ChainVerifier {
 public:
  // The files are read again when one changes; what cannot be read then is logged, and the last
  // good ones stay in force. kNotFound or kInvalidInput where they are no PEM of certificates and,
  // if `crl_file` is not empty, of revocation lists, or a list is none of these authorities'.
  //
  // A list whose time is over still counts: what was revoked stays so, and a list that is not
  // renewed locks nobody else out; it is logged once. A certificate whose issuer has no list is not
  // held against any.
  [[nodiscard]] static Result<std::unique_ptr<ChainVerifier>> create(std::string ca_file,
                                                                     std::string crl_file = {});
  ~ChainVerifier();

  // The URI names of `certificate` (PEM; empty: none shown), with `chain` (PEM) as intermediate
  // certificates, at `now`.
  [[nodiscard]] tl::expected<std::vector<std::string>, RefusedChain> verify(
      std::string_view certificate, std::string_view chain, std::int64_t now_unix_ns);

  // Looks at the files, and grows with each time they are read again: whoever was let in before
  // that may have to go.
  [[nodiscard]] std::uint64_t generation();

 private:
  struct Trust;
  ChainVerifier(std::string ca_file, std::string crl_file, std::shared_ptr<Trust> trust);
  std::shared_ptr<Trust> current_trust();

  const std::string ca_file_;
  const std::string crl_file_;
  std::mutex mutex_;
  std::shared_ptr<Trust> trust_;
  std::uint64_t generation_ = 0;
};

}  // namespace caspilink::endpoint
