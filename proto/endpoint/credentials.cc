#include "proto/endpoint/credentials.h"

#include <fstream>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace caspilink::endpoint {
namespace {

constexpr unsigned kRefreshSeconds = 5;

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Freer<BIO_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorCode::kNotFound, path, "cannot be read");
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// An encrypted key must not make a daemon ask on its terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

Result<Certificate> read_certificate(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return tl::unexpected(text.error());
  const Bio bio(BIO_new_mem_buf(text->data(), static_cast<int>(text->size())));
  Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
  if (!certificate) {
    return fail(ErrorCode::kInvalidInput, path, "expected a certificate in PEM form");
  }
  return certificate;
}

Result<Key> read_key(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return tl::unexpected(text.error());
  const Bio bio(BIO_new_mem_buf(text->data(), static_cast<int>(text->size())));
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (!key) {
    return fail(ErrorCode::kInvalidInput, path, "expected an unencrypted private key in PEM form");
  }
  return key;
}

std::shared_ptr<grpc::experimental::CertificateProviderInterface> watch(const TlsFiles& files) {
  return std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      files.key_file, files.certificate_file, files.ca_file, kRefreshSeconds);
}

}  // namespace

Result<void> check_tls_files(const TlsFiles& files) {
  if (auto ca = read_certificate(files.ca_file); !ca) return tl::unexpected(ca.error());
  if (files.certificate_file.empty() && files.key_file.empty()) return {};
  const auto certificate = read_certificate(files.certificate_file);
  if (!certificate) return tl::unexpected(certificate.error());
  const auto key = read_key(files.key_file);
  if (!key) return tl::unexpected(key.error());
  if (X509_check_private_key(certificate->get(), key->get()) != 1) {
    return fail(ErrorCode::kInvalidInput, files.key_file,
                fmt::format("is not the key of {}", files.certificate_file));
  }
  return {};
}

Result<std::shared_ptr<grpc::ChannelCredentials>> client_credentials(const TlsFiles& files) {
  if (auto good = check_tls_files(files); !good) return tl::unexpected(good.error());
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.watch_root_certs();
  if (files.certificate_file.empty()) {
    options.set_certificate_provider(
        std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(files.ca_file,
                                                                             kRefreshSeconds));
  } else {
    options.set_certificate_provider(watch(files));
    options.watch_identity_key_cert_pairs();
  }
  return grpc::experimental::TlsCredentials(options);
}

Result<std::shared_ptr<grpc::ServerCredentials>> server_credentials(const TlsFiles& files,
                                                                    ClientCertificate policy) {
  if (files.certificate_file.empty()) {
    return fail(ErrorCode::kInvalidInput, "", "a server needs a certificate");
  }
  if (auto good = check_tls_files(files); !good) return tl::unexpected(good.error());
  grpc::experimental::TlsServerCredentialsOptions options(watch(files));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(policy == ClientCertificate::kVerified
                                    ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                    : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
  return grpc::experimental::TlsServerCredentials(options);
}

std::optional<std::string_view> station_of_agent_uri(std::string_view uri) {
  constexpr std::string_view kPrefix = "caspilink://agent/";
  if (!uri.starts_with(kPrefix) || uri.size() == kPrefix.size()) return std::nullopt;
  return uri.substr(kPrefix.size());
}

}  // namespace caspilink::endpoint
