// Mutual TLS between CaspiLink's programs over gRPC, from files that may change.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "link_models/result.h"
#include "proto/endpoint/tls_files.h"

namespace grpc {
class ChannelCredentials;
class ServerCredentials;
}  // namespace grpc

namespace caspilink::endpoint {

// A client that shows its certificate and verifies the server's against the CA and the name it
// connects to (or GRPC_SSL_TARGET_NAME_OVERRIDE_ARG). Every new channel looks at the files; open
// ones stay as they are.
[[nodiscard]] std::shared_ptr<grpc::ChannelCredentials> client_credentials(
    std::shared_ptr<TlsWatch> watch);
[[nodiscard]] Result<std::shared_ptr<grpc::ChannelCredentials>> client_credentials(
    const TlsFiles& files);

enum class ClientCertificate {
  kVerified,    // TLS itself refuses a client without a certificate of our CA
  kUnverified,  // asked for, possession of its key proven, chain left to the application, which can
                // then count and explain what it refuses
};

// A server that looks at the files with every connection it is asked for; open ones stay. Fails
// where the files name no certificate.
[[nodiscard]] Result<std::shared_ptr<grpc::ServerCredentials>> server_credentials(
    std::shared_ptr<TlsWatch> watch, ClientCertificate policy);
[[nodiscard]] Result<std::shared_ptr<grpc::ServerCredentials>> server_credentials(
    const TlsFiles& files, ClientCertificate policy);

// The station in an agent's certificate name "caspilink://agent/<station>"; nothing for other URIs.
[[nodiscard]] std::optional<std::string_view> station_of_agent_uri(std::string_view uri);

}  // namespace caspilink::endpoint
