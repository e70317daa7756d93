// Who calls the query API, by certificate: a name and a role, or why not. Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "link_models/result.h"
#include "proto/endpoint/chain_verifier.h"

namespace caspilink::access {

enum class Role : std::uint8_t { kViewer, kOperator };  // each may what those before it may

struct Caller {
  std::string name;  // as the certificate says
  Role role = Role::kViewer;

  friend bool operator==(const Caller&, const Caller&) = default;
};

enum class Denial : std::uint8_t {
  kNoCertificate,       // none was shown
  kUnknownCertificate,  // not signed by our CA, or broken
  kExpiredCertificate,  // outside its period of validity
  kRevokedCertificate,  // taken back by its issuer
  kNoRole,              // ours, and names neither a viewer nor an operator, or more than one
  kNotAnOperator,       // a viewer, who wanted to act
};

inline constexpr std::array kDenials = {Denial::kNoCertificate,
                                        Denial::kUnknownCertificate,
                                        Denial::kExpiredCertificate,
                                        Denial::kRevokedCertificate,
                                        Denial::kNoRole,
                                        Denial::kNotAnOperator};

// "no_certificate": the form of metric labels.
[[nodiscard]] std::string_view to_string(Denial denial);

struct Denied {
  Denial reason{};
  std::string detail;  // for the caller and the log
};

// From "caspilink://operator/<name>" or "caspilink://viewer/<name>", of which there must be exactly
// one; other URIs do not count, nor do
// names that are not 1 to 64 of A-Z a-z 0-9 . _ - @.
[[nodiscard]] tl::expected<Caller, Denied> caller_of(const std::vector<std::string>& uris);

class Gate {
 public:
  // Errors and the reload of the files as of endpoint::ChainVerifier.
  [[nodiscard]] static Result<std::unique_ptr<Gate>> create(std::string ca_file,
                                                            std::string crl_file = {});

  // Whoever shows `certificate` and `chain` (PEM; empty: none), if their role is `least` or more.
  [[nodiscard]] tl::expected<Caller, Denied> admit(std::string_view certificate,
                                                   std::string_view chain, Role least,
                                                   std::int64_t now_unix_ns);

  // As of endpoint::ChainVerifier.
  [[nodiscard]] std::uint64_t generation() { return chains_->generation(); }

 private:
  explicit Gate(std::unique_ptr<endpoint::ChainVerifier> chains) : chains_(std::move(chains)) {}
  const std::unique_ptr<endpoint::ChainVerifier> chains_;
};

}  // namespace caspilink::access
