#include "collector/access/access.h"

#include <algorithm>
#include <optional>

namespace caspilink::access {
namespace {

constexpr std::size_t kLongestName = 64;

bool good_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c == '@';
  });
}

Denial denial_of(endpoint::ChainFault fault) {
  switch (fault) {
    case endpoint::ChainFault::kNoCertificate:
      return Denial::kNoCertificate;
    case endpoint::ChainFault::kExpiredCertificate:
      return Denial::kExpiredCertificate;
    case endpoint::ChainFault::kRevokedCertificate:
      return Denial::kRevokedCertificate;
    case endpoint::ChainFault::kUnknownCertificate:
      break;
  }
  return Denial::kUnknownCertificate;
}

}  // namespace

std::string_view to_string(Denial denial) {
  switch (denial) {
    case Denial::kNoCertificate:
      return "no_certificate";
    case Denial::kUnknownCertificate:
      return "unknown_certificate";
    case Denial::kExpiredCertificate:
      return "expired_certificate";
    case Denial::kRevokedCertificate:
      return "revoked_certificate";
    case Denial::kNoRole:
      return "no_role";
    case Denial::kNotAnOperator:
      break;
  }
  return "not_an_operator";
}

tl::expected<Caller, Denied> caller_of(const std::vector<std::string>& uris) {
  using Prefix = std::pair<std::string_view, Role>;
  static constexpr std::array kPrefixes = {Prefix{"caspilink://viewer/", Role::kViewer},
                                           Prefix{"caspilink://operator/", Role::kOperator}};
  std::optional<Caller> caller;
  for (const std::string_view uri : uris) {
    for (const auto& [prefix, role] : kPrefixes) {
      if (!uri.starts_with(prefix) || !good_name(uri.substr(prefix.size()))) continue;
      if (caller) {
        return tl::unexpected(Denied{Denial::kNoRole, "the client certificate names two roles"});
      }
      caller = Caller{.name = std::string(uri.substr(prefix.size())), .role = role};
    }
  }
  if (!caller) {
    return tl::unexpected(Denied{Denial::kNoRole,
                                 "the client certificate has no name caspilink://operator/<name> "
                                 "or caspilink://viewer/<name>"});
  }
  return *caller;
}

Result<std::unique_ptr<Gate>> Gate::create(std::string ca_file, std::string crl_file) {
  auto chains = endpoint::ChainVerifier::create(std::move(ca_file), std::move(crl_file));
  if (!chains) return tl::unexpected(chains.error());
  return std::unique_ptr<Gate>(new Gate(std::move(*chains)));
}

tl::expected<Caller, Denied> Gate::admit(std::string_view certificate, std::string_view chain,
                                         Role least, std::int64_t now_unix_ns) {
  auto uris = chains_->verify(certificate, chain, now_unix_ns);
  if (!uris) {
    return tl::unexpected(Denied{denial_of(uris.error().fault), std::move(uris.error().detail)});
  }
  auto caller = caller_of(*uris);
  if (caller && caller->role < least) {
    return tl::unexpected(Denied{
        Denial::kNotAnOperator,
        "the client certificate of " + caller->name + " is a viewer's; this takes an operator's"});
  }
  return caller;
}

}  // namespace caspilink::access
