#include "proto/endpoint/chain_verifier.h"

#include <ctime>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

namespace caspilink::endpoint {
namespace {

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
void free_stack(STACK_OF(X509) * stack) { sk_X509_pop_free(stack, X509_free); }

using Bio = std::unique_ptr<BIO, Freer<BIO_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Stack = std::unique_ptr<STACK_OF(X509), Freer<free_stack>>;
using TrustStore = std::unique_ptr<X509_STORE, Freer<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Freer<X509_STORE_CTX_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Freer<GENERAL_NAMES_free>>;

std::vector<Certificate> certificates_in(std::string_view pem) {
  std::vector<Certificate> found;
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  while (Certificate next{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
    found.push_back(std::move(next));
  }
  return found;
}

// When the file was last changed, in a form that changes with it.
std::optional<std::pair<std::int64_t, std::int64_t>> stamp_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return std::pair<std::int64_t, std::int64_t>(
      status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec,
      static_cast<std::int64_t>(status.st_ino));
}

std::vector<std::string> uri_names(X509* certificate) {
  std::vector<std::string> uris;
  const Names names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
    uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                      static_cast<std::size_t>(ASN1_STRING_length(uri)));
  }
  return uris;
}

}  // namespace

struct ChainVerifier::Trust {
  std::optional<std::pair<std::int64_t, std::int64_t>> stamp;
  TrustStore store{X509_STORE_new()};

  static Result<std::shared_ptr<Trust>> load(const std::string& path) {
    auto trust = std::make_shared<Trust>();
    trust->stamp = stamp_of(path);
    std::ifstream file(path, std::ios::binary);
    if (!file) return fail(ErrorCode::kNotFound, path, "cannot be read");
    const std::string pem(std::istreambuf_iterator<char>(file), {});
    const auto certificates = certificates_in(pem);
    if (certificates.empty()) {
      return fail(ErrorCode::kInvalidInput, path, "expected certificates in PEM form");
    }
    for (const Certificate& certificate : certificates) {
      X509_STORE_add_cert(trust->store.get(), certificate.get());
    }
    return trust;
  }
};

ChainVerifier::ChainVerifier(std::string ca_file, std::shared_ptr<Trust> trust)
    : ca_file_(std::move(ca_file)), trust_(std::move(trust)) {}
ChainVerifier::~ChainVerifier() = default;

Result<std::unique_ptr<ChainVerifier>> ChainVerifier::create(std::string ca_file) {
  auto trust = Trust::load(ca_file);
  if (!trust) return tl::unexpected(trust.error());
  return std::unique_ptr<ChainVerifier>(new ChainVerifier(std::move(ca_file), std::move(*trust)));
}

std::shared_ptr<ChainVerifier::Trust> ChainVerifier::current_trust() {
  const std::lock_guard lock(mutex_);
  if (stamp_of(ca_file_) != trust_->stamp) {
    if (auto changed = Trust::load(ca_file_)) trust_ = std::move(*changed);
  }
  return trust_;
}

tl::expected<std::vector<std::string>, RefusedChain> ChainVerifier::verify(
    std::string_view certificate, std::string_view chain, std::int64_t now_unix_ns) {
  const auto refuse = [](ChainFault fault, std::string detail) {
    return tl::unexpected(RefusedChain{fault, std::move(detail)});
  };
  if (certificate.empty()) {
    return refuse(ChainFault::kNoCertificate, "a client certificate is required");
  }
  const auto leaves = certificates_in(certificate);
  if (leaves.empty()) {
    return refuse(ChainFault::kUnknownCertificate, "the client certificate cannot be read");
  }
  X509* leaf = leaves.front().get();
  const Stack intermediates(sk_X509_new_null());
  for (Certificate& next : certificates_in(chain)) {
    sk_X509_push(intermediates.get(), next.release());
  }

  const auto trust = current_trust();
  const StoreContext context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), trust->store.get(), leaf, intermediates.get());
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(parameters, static_cast<std::time_t>(now_unix_ns / 1'000'000'000));
  X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_CLIENT);
  if (X509_verify_cert(context.get()) != 1) {
    const int code = X509_STORE_CTX_get_error(context.get());
    const bool expired =
        code == X509_V_ERR_CERT_HAS_EXPIRED || code == X509_V_ERR_CERT_NOT_YET_VALID;
    return refuse(expired ? ChainFault::kExpiredCertificate : ChainFault::kUnknownCertificate,
                  std::string("the client certificate is not accepted: ") +
                      X509_verify_cert_error_string(code));
  }

  return uri_names(leaf);
}

}  // namespace caspilink::endpoint
