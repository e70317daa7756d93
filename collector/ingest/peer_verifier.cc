#include "collector/ingest/peer_verifier.h"

#include <optional>
#include <utility>

#include "proto/endpoint/credentials.h"

namespace caspilink::ingest {
namespace {

Refusal refusal_of(endpoint::ChainFault fault) {
  switch (fault) {
    case endpoint::ChainFault::kNoCertificate:
      return Refusal::kNoCertificate;
    case endpoint::ChainFault::kExpiredCertificate:
      return Refusal::kExpiredCertificate;
    case endpoint::ChainFault::kRevokedCertificate:
      return Refusal::kRevokedCertificate;
    case endpoint::ChainFault::kUnknownCertificate:
      break;
  }
  return Refusal::kUnknownCertificate;
}

}  // namespace

std::string_view to_string(Refusal refusal) {
  switch (refusal) {
    case Refusal::kNoCertificate:
      return "no_certificate";
    case Refusal::kUnknownCertificate:
      return "unknown_certificate";
    case Refusal::kExpiredCertificate:
      return "expired_certificate";
    case Refusal::kRevokedCertificate:
      return "revoked_certificate";
    case Refusal::kNotAnAgent:
      return "not_an_agent";
    case Refusal::kUnknownStation:
      return "unknown_station";
    case Refusal::kWrongStation:
      break;
  }
  return "wrong_station";
}

PeerVerifier::PeerVerifier(std::unique_ptr<endpoint::ChainVerifier> chains,
                           std::set<std::string, std::less<>> stations)
    : chains_(std::move(chains)), stations_(std::move(stations)) {}

Result<std::unique_ptr<PeerVerifier>> PeerVerifier::create(
    std::string ca_file, std::set<std::string, std::less<>> stations, std::string crl_file) {
  auto chains = endpoint::ChainVerifier::create(std::move(ca_file), std::move(crl_file));
  if (!chains) return tl::unexpected(chains.error());
  return std::unique_ptr<PeerVerifier>(new PeerVerifier(std::move(*chains), std::move(stations)));
}

tl::expected<std::string, Refused> PeerVerifier::verify(std::string_view certificate,
                                                        std::string_view chain,
                                                        std::int64_t now_unix_ns) {
  const auto refuse = [](Refusal reason, std::string detail) {
    return tl::unexpected(Refused{reason, std::move(detail)});
  };
  auto names = chains_->verify(certificate, chain, now_unix_ns);
  if (!names) return refuse(refusal_of(names.error().fault), std::move(names.error().detail));

  std::optional<std::string> station;
  for (const std::string& uri : *names) {
    const auto named = endpoint::station_of_agent_uri(uri);
    if (!named) continue;
    if (station) return refuse(Refusal::kNotAnAgent, "the client certificate names two stations");
    station = std::string(*named);
  }
  if (!station) {
    return refuse(Refusal::kNotAnAgent,
                  "the client certificate has no name caspilink://agent/<station>");
  }
  if (!stations_.contains(*station)) {
    return refuse(Refusal::kUnknownStation, "the certificate's station is not on the plant");
  }
  return *station;
}

}  // namespace caspilink::ingest
