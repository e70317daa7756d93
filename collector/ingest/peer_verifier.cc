#include "collector/ingest/peer_verifier.h"

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

#include "proto/endpoint/credentials.h"

namespace caspilink::ingest {
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

std::string_view to_string(Refusal refusal) {
  switch (refusal) {
    case Refusal::kNoCertificate:
      return "no_certificate";
    case Refusal::kUnknownCertificate:
      return "unknown_certificate";
    case Refusal::kExpiredCertificate:
      return "expired_certificate";
    case Refusal::kNotAnAgent:
      return "not_an_agent";
    case Refusal::kUnknownStation:
      return "unknown_station";
    case Refusal::kWrongStation:
      break;
  }
  return "wrong_station";
}

struct PeerVerifier::Trust {
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

PeerVerifier::PeerVerifier(std::string ca_file, std::set<std::string, std::less<>> stations,
                           std::shared_ptr<Trust> trust)
    : ca_file_(std::move(ca_file)), stations_(std::move(stations)), trust_(std::move(trust)) {}
PeerVerifier::~PeerVerifier() = default;

Result<std::unique_ptr<PeerVerifier>> PeerVerifier::create(
    std::string ca_file, std::set<std::string, std::less<>> stations) {
  auto trust = Trust::load(ca_file);
  if (!trust) return tl::unexpected(trust.error());
  return std::unique_ptr<PeerVerifier>(
      new PeerVerifier(std::move(ca_file), std::move(stations), std::move(*trust)));
}

std::shared_ptr<PeerVerifier::Trust> PeerVerifier::current_trust() {
  const std::lock_guard lock(mutex_);
  if (stamp_of(ca_file_) != trust_->stamp) {
    if (auto changed = Trust::load(ca_file_)) trust_ = std::move(*changed);
  }
  return trust_;
}

tl::expected<std::string, Refused> PeerVerifier::verify(std::string_view certificate,
                                                        std::string_view chain,
                                                        std::int64_t now_unix_ns) {
  const auto refuse = [](Refusal reason, std::string detail) {
    return tl::unexpected(Refused{reason, std::move(detail)});
  };
  if (certificate.empty()) {
    return refuse(Refusal::kNoCertificate, "a client certificate is required");
  }
  const auto leaves = certificates_in(certificate);
  if (leaves.empty()) {
    return refuse(Refusal::kUnknownCertificate, "the client certificate cannot be read");
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
    return refuse(expired ? Refusal::kExpiredCertificate : Refusal::kUnknownCertificate,
                  std::string("the client certificate is not accepted: ") +
                      X509_verify_cert_error_string(code));
  }

  std::optional<std::string> station;
  for (const std::string& uri : uri_names(leaf)) {
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
