// Who is at the other end of a TLS connection: the chain of trust and the station's name, checked
// by us so that a refusal can be counted and explained. TLS has proven by then that the peer holds
// the key of the certificate it shows, and nothing else: gRPC's "peer is authenticated" must not be
// believed on a server that leaves the chain to the application.
//
// Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "link_models/result.h"

namespace caspilink::ingest {

enum class Refusal : std::uint8_t {
  kNoCertificate,       // none was shown
  kUnknownCertificate,  // not signed by our CA, or broken
  kExpiredCertificate,  // outside its period of validity
  kNotAnAgent,          // ours, but its name is not "caspilink://agent/<station>"
  kUnknownStation,      // an agent's, for a station that is not on the plant
  kWrongStation,        // an agent's, but it says it is another station
};

inline constexpr std::array kRefusals = {
    Refusal::kNoCertificate, Refusal::kUnknownCertificate, Refusal::kExpiredCertificate,
    Refusal::kNotAnAgent,    Refusal::kUnknownStation,     Refusal::kWrongStation,
};

// "no_certificate": the form of metric labels.
[[nodiscard]] std::string_view to_string(Refusal refusal);

struct Refused {
  Refusal reason{};
  std::string detail;  // for the peer and the log; says nothing about what we trust
};

class PeerVerifier {
 public:
  // The CA file is read again when it changes; a changed file that cannot be read leaves the last
  // good one in force. kNotFound or kInvalidInput where it is no PEM of certificates now.
  [[nodiscard]] static Result<std::unique_ptr<PeerVerifier>> create(
      std::string ca_file, std::set<std::string, std::less<>> stations);
  ~PeerVerifier();

  // The station whose agent shows `certificate` (PEM; empty: none shown), with `chain` (PEM) as
  // intermediate certificates, at `now`.
  [[nodiscard]] tl::expected<std::string, Refused> verify(std::string_view certificate,
                                                          std::string_view chain,
                                                          std::int64_t now_unix_ns);

 private:
  struct Trust;
  PeerVerifier(std::string ca_file, std::set<std::string, std::less<>> stations,
               std::shared_ptr<Trust> trust);
  std::shared_ptr<Trust> current_trust();

  const std::string ca_file_;
  const std::set<std::string, std::less<>> stations_;
  std::mutex mutex_;
  std::shared_ptr<Trust> trust_;
};

}  // namespace caspilink::ingest
