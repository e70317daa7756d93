#include "tests/support/certificates.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "proto/endpoint/openssl_pointer.h"

namespace caspilink::test {
namespace {

using Certificate = endpoint::OpensslPointer<X509, X509_free>;
using RevocationList = endpoint::OpensslPointer<X509_CRL, X509_CRL_free>;
using Time = endpoint::OpensslPointer<ASN1_TIME, ASN1_TIME_free>;
using Key = endpoint::OpensslPointer<EVP_PKEY, EVP_PKEY_free>;
using Extension = endpoint::OpensslPointer<X509_EXTENSION, X509_EXTENSION_free>;

void require(bool good, const char* what) {
  if (!good) throw std::runtime_error(fmt::format("OpenSSL: {}", what));
}

void write_pem(const std::filesystem::path& path, auto&& write) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  require(file != nullptr, "cannot write");
  const int written = write(file);
  std::fclose(file);
  require(written == 1, "PEM");
}

Certificate make_certificate(const std::string& common_name, EVP_PKEY* subject_key, X509* issuer,
                             EVP_PKEY* issuer_key, std::chrono::seconds lifetime,
                             const std::vector<std::pair<int, std::string>>& extensions) {
  static long serial = 1;
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -86400);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), lifetime.count());
  X509_set_pubkey(certificate.get(), subject_key);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
  X509* const signer = issuer ? issuer : certificate.get();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(signer));
  X509V3_CTX context;
  X509V3_set_ctx(&context, signer, certificate.get(), nullptr, nullptr, 0);
  for (const auto& [nid, value] : extensions) {
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
    require(extension != nullptr, value.c_str());
    X509_add_ext(certificate.get(), extension.get(), -1);
  }
  require(X509_sign(certificate.get(), issuer_key, EVP_sha256()) > 0, "sign");
  return certificate;
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "caspilink-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string write_file(const std::filesystem::path& folder, const std::string& name,
                       const std::string& text) {
  const auto path = folder / name;
  std::ofstream(path, std::ios::binary) << text;
  return path.string();
}

struct CertificateAuthority::Impl {
  std::filesystem::path folder;
  std::string name;
  Key key;
  Certificate certificate;
  int issued = 0;
};

CertificateAuthority::CertificateAuthority(std::filesystem::path folder, const std::string& name)
    : impl_(std::make_unique<Impl>()) {
  impl_->folder = std::move(folder);
  impl_->name = name;
  impl_->key.reset(EVP_EC_gen("P-256"));
  impl_->certificate =
      make_certificate(name, impl_->key.get(), nullptr, impl_->key.get(), std::chrono::hours(24),
                       {{NID_basic_constraints, "critical,CA:TRUE"},
                        {NID_key_usage, "critical,keyCertSign,cRLSign"},
                        {NID_subject_key_identifier, "hash"}});
  write_pem(impl_->folder / (name + ".pem"),
            [&](std::FILE* file) { return PEM_write_X509(file, impl_->certificate.get()); });
}

CertificateAuthority::~CertificateAuthority() = default;

endpoint::TlsFiles CertificateAuthority::issue(const std::string& common_name,
                                               const std::vector<std::string>& names,
                                               std::chrono::seconds lifetime) {
  const Key key(EVP_EC_gen("P-256"));
  std::vector<std::pair<int, std::string>> extensions = {
      {NID_basic_constraints, "critical,CA:FALSE"},
      {NID_key_usage, "critical,digitalSignature"},
      {NID_ext_key_usage, "serverAuth,clientAuth"},
      {NID_authority_key_identifier, "keyid:always"}};
  if (!names.empty()) {
    extensions.emplace_back(NID_subject_alt_name, fmt::format("{}", fmt::join(names, ",")));
  }
  const Certificate certificate = make_certificate(common_name, key.get(), impl_->certificate.get(),
                                                   impl_->key.get(), lifetime, extensions);
  const std::string stem = fmt::format("{}-{}-{}", impl_->name, common_name, ++impl_->issued);
  const auto certificate_file = impl_->folder / (stem + ".pem");
  const auto key_file = impl_->folder / (stem + ".key");
  write_pem(certificate_file,
            [&](std::FILE* file) { return PEM_write_X509(file, certificate.get()); });
  write_pem(key_file, [&](std::FILE* file) {
    return PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  return {.ca_file = (impl_->folder / (impl_->name + ".pem")).string(),
          .certificate_file = certificate_file.string(),
          .key_file = key_file.string()};
}

std::string CertificateAuthority::revoke(const std::vector<endpoint::TlsFiles>& certificates,
                                         std::chrono::seconds lifetime) {
  const RevocationList list(X509_CRL_new());
  X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(impl_->certificate.get()));
  const Time before(X509_gmtime_adj(nullptr, -86400));
  const Time until(X509_gmtime_adj(nullptr, lifetime.count()));
  X509_CRL_set1_lastUpdate(list.get(), before.get());
  X509_CRL_set1_nextUpdate(list.get(), until.get());
  for (const endpoint::TlsFiles& files : certificates) {
    std::FILE* file = std::fopen(files.certificate_file.c_str(), "r");
    require(file != nullptr, "cannot read");
    const Certificate certificate(PEM_read_X509(file, nullptr, nullptr, nullptr));
    std::fclose(file);
    require(certificate != nullptr, "certificate");
    X509_REVOKED* entry = X509_REVOKED_new();  // the list's from then on
    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(certificate.get()));
    X509_REVOKED_set_revocationDate(entry, before.get());
    X509_CRL_add0_revoked(list.get(), entry);
  }
  X509V3_CTX context;
  X509V3_set_ctx(&context, impl_->certificate.get(), nullptr, nullptr, list.get(), 0);
  const Extension by_key(
      X509V3_EXT_conf_nid(nullptr, &context, NID_authority_key_identifier, "keyid:always"));
  require(by_key != nullptr, "authority key identifier");
  X509_CRL_add_ext(list.get(), by_key.get(), -1);
  require(X509_CRL_sign(list.get(), impl_->key.get(), EVP_sha256()) > 0, "sign");
  // Whole at once, and with a time of its own, as whoever reads it may look at any moment.
  const auto path = impl_->folder / (impl_->name + "-crl.pem");
  const auto fresh = impl_->folder / (impl_->name + "-crl.new");
  write_pem(fresh, [&](std::FILE* file) { return PEM_write_X509_CRL(file, list.get()); });
  std::filesystem::rename(fresh, path);
  return path.string();
}

endpoint::TlsFiles CertificateAuthority::issue_collector() {
  return issue("collector", {"DNS:collector", "DNS:localhost", "IP:127.0.0.1"});
}

endpoint::TlsFiles CertificateAuthority::issue_agent(const std::string& station) {
  return issue("agent " + station, {"URI:caspilink://agent/" + station});
}

}  // namespace caspilink::test
