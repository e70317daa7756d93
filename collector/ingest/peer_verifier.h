// Who is at the other end of a TLS connection: the chain of trust and the station's name, each with
// a reason where it is refused.
//
// Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "link_models/result.h"
#include "proto/endpoint/chain_verifier.h"

namespace caspilink::ingest {

enum class Refusal : std::uint8_t {
  kNoCertificate,       // none was shown
  kUnknownCertificate,  // not signed by our CA, or broken
  kExpiredCertificate,  // outside its period of validity
  kRevokedCertificate,  // taken back by its issuer
  kNotAnAgent,          // ours, but its name is not "caspilink://agent/<station>"
  kUnknownStation,      // an agent's, for a station that is not on the plant
  kWrongStation,        // an agent's, but it says it is another station
};

inline constexpr std::array kRefusals = {
    Refusal::kNoCertificate,      Refusal::kUnknownCertificate, Refusal::kExpiredCertificate,
    Refusal::kRevokedCertificate, Refusal::kNotAnAgent,         Refusal::kUnknownStation,
    Refusal::kWrongStation,
};

// "no_certificate": the form of metric labels.
[[nodiscard]] std::string_view to_string(Refusal refusal);

struct Refused {
  Refusal reason{};
  std::string detail;  // for the peer and the log; says nothing about what we trust
};

class PeerVerifier {
 public:
  // Errors and the reload of the files as of endpoint::ChainVerifier.
  [[nodiscard]] static Result<std::unique_ptr<PeerVerifier>> create(
      std::string ca_file, std::set<std::string, std::less<>> stations, std::string crl_file = {});

  // The station whose agent shows `certificate` (PEM; empty: none shown), with `chain` (PEM) as
  // intermediate certificates, at `now`.
  [[nodiscard]] tl::expected<std::string, Refused> verify(std::string_view certificate,
                                                          std::string_view chain,
                                                          std::int64_t now_unix_ns);

  // As of endpoint::ChainVerifier.
  [[nodiscard]] std::uint64_t generation() { return chains_->generation(); }

 private:
  PeerVerifier(std::unique_ptr<endpoint::ChainVerifier> chains,
               std::set<std::string, std::less<>> stations);

  const std::unique_ptr<endpoint::ChainVerifier> chains_;
  const std::set<std::string, std::less<>> stations_;
};

}  // namespace caspilink::ingest
