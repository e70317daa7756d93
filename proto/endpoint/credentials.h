// Mutual TLS between CaspiLink's programs, from PEM files that are read again when they change.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "link_models/result.h"

namespace grpc {
class ChannelCredentials;
class ServerCredentials;
}  // namespace grpc

namespace caspilink::endpoint {

struct TlsFiles {
  std::string ca_file;  // PEM, the private CA that signs every program's certificate
  // PEM, this program's certificate and any intermediate ones. A client whose server does not ask
  // who it is may leave both of these empty.
  std::string certificate_file;
  std::string key_file;  // PEM, its private key
};

// Fails unless the three files are readable PEM and the key belongs to the certificate. Messages
// name files and reasons, never contents.
[[nodiscard]] Result<void> check_tls_files(const TlsFiles& files);

// A client that shows its certificate and verifies the server's against the CA and the name it
// connects to (or GRPC_SSL_TARGET_NAME_OVERRIDE_ARG). New files are used for new connections within
// a few seconds; open streams stay.
[[nodiscard]] Result<std::shared_ptr<grpc::ChannelCredentials>> client_credentials(
    const TlsFiles& files);

enum class ClientCertificate {
  kVerified,    // TLS itself refuses a client without a certificate of our CA
  kUnverified,  // asked for, possession of its key proven, chain left to the application, which can
                // then count and explain what it refuses
};

// A server with the same reload rule.
[[nodiscard]] Result<std::shared_ptr<grpc::ServerCredentials>> server_credentials(
    const TlsFiles& files, ClientCertificate policy);

// The station in an agent's certificate name "caspilink://agent/<station>"; nothing for other URIs.
[[nodiscard]] std::optional<std::string_view> station_of_agent_uri(std::string_view uri);

}  // namespace caspilink::endpoint
