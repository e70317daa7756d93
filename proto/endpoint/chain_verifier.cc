#include "proto/endpoint/chain_verifier.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <ctime>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include "proto/endpoint/openssl_pointer.h"

namespace caspilink::endpoint {
namespace {

// What a reader of PEM or a refusal leaves in the thread's queue is not of the TLS that follows.
struct ErrorsCleared {
  ErrorsCleared() = default;
  ErrorsCleared(const ErrorsCleared&) = delete;
  ErrorsCleared& operator=(const ErrorsCleared&) = delete;
  ~ErrorsCleared() { ERR_clear_error(); }
};

void free_stack(STACK_OF(X509) * stack) { sk_X509_pop_free(stack, X509_free); }

using Bio = OpensslPointer<BIO, BIO_free>;
using Certificate = OpensslPointer<X509, X509_free>;
using Stack = OpensslPointer<STACK_OF(X509), free_stack>;
using TrustStore = OpensslPointer<X509_STORE, X509_STORE_free>;
using StoreContext = OpensslPointer<X509_STORE_CTX, X509_STORE_CTX_free>;
using RevocationList = OpensslPointer<X509_CRL, X509_CRL_free>;
using Names = OpensslPointer<GENERAL_NAMES, GENERAL_NAMES_free>;

std::vector<Certificate> certificates_in(std::string_view pem) {
  std::vector<Certificate> found;
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  while (Certificate next{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
    found.push_back(std::move(next));
  }
  return found;
}

std::vector<RevocationList> revocations_in(const std::string& pem) {
  std::vector<RevocationList> found;
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  while (RevocationList next{PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr)}) {
    found.push_back(std::move(next));
  }
  return found;
}

Result<std::string> text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorCode::kNotFound, path, "cannot be read");
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// When a file was last changed, in a form that changes with it; nothing for none.
using Stamp = std::optional<std::pair<std::int64_t, std::int64_t>>;

Stamp stamp_of(const std::string& path) {
  struct stat status {};
  if (path.empty() || ::stat(path.c_str(), &status) != 0) return std::nullopt;
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
  std::array<Stamp, 2> stamps;
  TrustStore store{X509_STORE_new()};
  int revoked = 0;                         // certificates on the lists
  std::optional<std::time_t> lists_until;  // the earliest end of a list's time
  std::atomic<bool> told_of_old_list = false;

  static std::array<Stamp, 2> look(const std::string& ca_file, const std::string& crl_file) {
    return {stamp_of(ca_file), stamp_of(crl_file)};
  }

  static Result<std::shared_ptr<Trust>> load(const std::string& ca_file,
                                             const std::string& crl_file) {
    const ErrorsCleared cleared;
    auto trust = std::make_shared<Trust>();
    trust->stamps = look(ca_file, crl_file);
    const auto pem = text_of(ca_file);
    if (!pem) return tl::unexpected(pem.error());
    const auto authorities = certificates_in(*pem);
    if (authorities.empty()) {
      return fail(ErrorCode::kInvalidInput, ca_file, "expected certificates in PEM form");
    }
    for (const Certificate& authority : authorities) {
      X509_STORE_add_cert(trust->store.get(), authority.get());
    }
    if (crl_file.empty()) return trust;
    if (auto read = trust->read_revocations(crl_file, authorities); !read) {
      return tl::unexpected(read.error());
    }
    return trust;
  }

  Result<void> read_revocations(const std::string& path,
                                const std::vector<Certificate>& authorities) {
    const auto pem = text_of(path);
    if (!pem) return tl::unexpected(pem.error());
    const auto lists = revocations_in(*pem);
    if (lists.empty()) {
      return fail(ErrorCode::kInvalidInput, path,
                  "expected certificate revocation lists in PEM form");
    }
    for (const RevocationList& list : lists) {
      const auto signer = std::ranges::find_if(authorities, [&](const Certificate& authority) {
        return X509_CRL_verify(list.get(), X509_get0_pubkey(authority.get())) == 1;
      });
      if (signer != authorities.end() &&
          (X509_get_key_usage(signer->get()) & X509v3_KU_CRL_SIGN) == 0) {
        return fail(ErrorCode::kInvalidInput, path,
                    "is signed by an authority whose certificate does not allow that: its keyUsage "
                    "needs cRLSign");
      }
      if (signer == authorities.end()) {
        return fail(ErrorCode::kInvalidInput, path,
                    "holds a revocation list that no authority of the CA file has signed");
      }
      X509_STORE_add_crl(store.get(), list.get());
      if (const auto* entries = X509_CRL_get_REVOKED(list.get())) {
        revoked += sk_X509_REVOKED_num(entries);
      }
      std::tm until{};
      const ASN1_TIME* next = X509_CRL_get0_nextUpdate(list.get());
      if (next == nullptr || ASN1_TIME_to_tm(next, &until) != 1) continue;
      const std::time_t time = ::timegm(&until);
      if (!lists_until || time < *lists_until) lists_until = time;
    }
    X509_STORE_set_flags(store.get(), X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    return {};
  }

  void tell_of_old_list(std::time_t now, const std::string& path) {
    if (!lists_until || now <= *lists_until || told_of_old_list.exchange(true)) return;
    spdlog::warn("{}: a revocation list's time is over; it still counts, and should be renewed",
                 path);
  }
};

namespace {

// What must not refuse a certificate: an authority without a list, and a list of another time.
int tolerate_lists(int good, X509_STORE_CTX* context) {
  switch (X509_STORE_CTX_get_error(context)) {
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_CRL_NOT_YET_VALID:
      return 1;
    default:
      return good;
  }
}

ChainFault fault_of(int code) {
  switch (code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return ChainFault::kExpiredCertificate;
    case X509_V_ERR_CERT_REVOKED:
      return ChainFault::kRevokedCertificate;
    default:
      return ChainFault::kUnknownCertificate;
  }
}

}  // namespace

ChainVerifier::ChainVerifier(std::string ca_file, std::string crl_file,
                             std::shared_ptr<Trust> trust)
    : ca_file_(std::move(ca_file)), crl_file_(std::move(crl_file)), trust_(std::move(trust)) {}
ChainVerifier::~ChainVerifier() = default;

Result<std::unique_ptr<ChainVerifier>> ChainVerifier::create(std::string ca_file,
                                                             std::string crl_file) {
  auto trust = Trust::load(ca_file, crl_file);
  if (!trust) return tl::unexpected(trust.error());
  return std::unique_ptr<ChainVerifier>(
      new ChainVerifier(std::move(ca_file), std::move(crl_file), std::move(*trust)));
}

std::shared_ptr<ChainVerifier::Trust> ChainVerifier::current_trust() {
  const std::lock_guard lock(mutex_);
  const auto stamps = Trust::look(ca_file_, crl_file_);
  if (stamps == trust_->stamps) return trust_;
  if (auto changed = Trust::load(ca_file_, crl_file_)) {
    trust_ = std::move(*changed);
    ++generation_;
    if (!crl_file_.empty()) {
      spdlog::info("{} and {} are read again: {} certificates are revoked", ca_file_, crl_file_,
                   trust_->revoked);
    }
  } else {
    spdlog::error("{}; what was read before stays in force", changed.error().message());
    // Not again before it changes again.
    trust_->stamps = stamps;
  }
  return trust_;
}

std::uint64_t ChainVerifier::generation() {
  (void)current_trust();
  const std::lock_guard lock(mutex_);
  return generation_;
}

tl::expected<std::vector<std::string>, RefusedChain> ChainVerifier::verify(
    std::string_view certificate, std::string_view chain, std::int64_t now_unix_ns) {
  const ErrorsCleared cleared;
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
  const auto now = static_cast<std::time_t>(now_unix_ns / 1'000'000'000);
  X509_VERIFY_PARAM_set_time(parameters, now);
  X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_CLIENT);
  X509_STORE_CTX_set_verify_cb(context.get(), tolerate_lists);
  trust->tell_of_old_list(now, crl_file_);
  if (X509_verify_cert(context.get()) != 1) {
    const int code = X509_STORE_CTX_get_error(context.get());
    return refuse(fault_of(code), std::string("the client certificate is not accepted: ") +
                                      X509_verify_cert_error_string(code));
  }

  return uri_names(leaf);
}

}  // namespace caspilink::endpoint
