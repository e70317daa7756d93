#include "proto/endpoint/credentials.h"

#include <utility>

#include <grpc/grpc_security.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

namespace caspilink::endpoint {
namespace {

// gRPC 1.51's own watcher of files takes a certificate with another's key, and then lets nobody in.
class WatchingChannelCredentials final : public grpc::ChannelCredentials {
 public:
  explicit WatchingChannelCredentials(std::shared_ptr<TlsWatch> watch) : watch_(std::move(watch)) {}

 private:
  grpc::SecureChannelCredentials* AsSecureCredentials() override { return nullptr; }
  std::shared_ptr<grpc::Channel> CreateChannelImpl(
      const grpc::string& target, const grpc::ChannelArguments& arguments) override {
    const auto texts = watch_->current();
    return grpc::CreateCustomChannel(target,
                                     grpc::SslCredentials({.pem_root_certs = texts->ca,
                                                           .pem_private_key = texts->key,
                                                           .pem_cert_chain = texts->certificate}),
                                     arguments);
  }

  const std::shared_ptr<TlsWatch> watch_;
};

// What the server had last, to tell it of a change alone.
struct Served {
  std::shared_ptr<TlsWatch> watch;
  std::shared_ptr<const TlsTexts> texts;
};

// Called by gRPC for each new connection, one at a time.
grpc_ssl_certificate_config_reload_status fetch(void* served_texts,
                                                grpc_ssl_server_certificate_config** config) {
  auto& served = *static_cast<Served*>(served_texts);
  auto texts = served.watch->current();
  if (texts == served.texts) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
  const grpc_ssl_pem_key_cert_pair pair{.private_key = texts->key.c_str(),
                                        .cert_chain = texts->certificate.c_str()};
  *config = grpc_ssl_server_certificate_config_create(texts->ca.c_str(), &pair, 1);
  served.texts = std::move(texts);
  return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
}

// grpc++ has no server credentials that may change; the library below it has.
class WatchingServerCredentials final : public grpc::ServerCredentials {
 public:
  WatchingServerCredentials(std::shared_ptr<TlsWatch> watch,
                            grpc_ssl_client_certificate_request_type request) {
    auto* served = new Served{.watch = std::move(watch), .texts = nullptr};
    credentials_ = grpc_ssl_server_credentials_create_with_options(
        grpc_ssl_server_credentials_create_options_using_config_fetcher(request, fetch, served));
    // The server may outlive this object; a processor of nothing is what gRPC frees with the
    // credentials themselves.
    grpc_server_credentials_set_auth_metadata_processor(
        credentials_, {.process = nullptr,
                       .destroy = [](void* state) { delete static_cast<Served*>(state); },
                       .state = served});
  }
  ~WatchingServerCredentials() override { grpc_server_credentials_release(credentials_); }
  WatchingServerCredentials(const WatchingServerCredentials&) = delete;
  WatchingServerCredentials& operator=(const WatchingServerCredentials&) = delete;

  // Nothing of ours has one, and its place is taken.
  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  grpc_server_credentials* credentials_ = nullptr;
};

}  // namespace

std::shared_ptr<grpc::ChannelCredentials> client_credentials(std::shared_ptr<TlsWatch> watch) {
  return std::make_shared<WatchingChannelCredentials>(std::move(watch));
}

Result<std::shared_ptr<grpc::ChannelCredentials>> client_credentials(const TlsFiles& files) {
  auto watch = TlsWatch::open(files);
  if (!watch) return tl::unexpected(watch.error());
  return client_credentials(std::move(*watch));
}

Result<std::shared_ptr<grpc::ServerCredentials>> server_credentials(std::shared_ptr<TlsWatch> watch,
                                                                    ClientCertificate policy) {
  if (watch->files().certificate_file.empty()) {
    return fail(ErrorCode::kInvalidInput, "", "a server needs a certificate");
  }
  return std::make_shared<WatchingServerCredentials>(
      std::move(watch), policy == ClientCertificate::kVerified
                            ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                            : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
}

Result<std::shared_ptr<grpc::ServerCredentials>> server_credentials(const TlsFiles& files,
                                                                    ClientCertificate policy) {
  auto watch = TlsWatch::open(files);
  if (!watch) return tl::unexpected(watch.error());
  return server_credentials(std::move(*watch), policy);
}

std::optional<std::string_view> station_of_agent_uri(std::string_view uri) {
  constexpr std::string_view kPrefix = "caspilink://agent/";
  if (!uri.starts_with(kPrefix) || uri.size() == kPrefix.size()) return std::nullopt;
  return uri.substr(kPrefix.size());
}

}  // namespace caspilink::endpoint
