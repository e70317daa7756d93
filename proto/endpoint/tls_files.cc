#include "proto/endpoint/tls_files.h"

#include <fstream>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include "proto/endpoint/chain_verifier.h"
#include "proto/endpoint/openssl_pointer.h"

namespace caspilink::endpoint {
namespace {

using Bio = OpensslPointer<BIO, BIO_free>;
using Certificate = OpensslPointer<X509, X509_free>;
using Key = OpensslPointer<EVP_PKEY, EVP_PKEY_free>;

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorCode::kNotFound, path, "cannot be read");
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// An encrypted key must not make a daemon ask on its terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

Bio bio_of(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Result<Certificate> certificate_in(const std::string& text, const std::string& path) {
  Certificate certificate(PEM_read_bio_X509(bio_of(text).get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  if (!certificate) {
    return fail(ErrorCode::kInvalidInput, path, "expected a certificate in PEM form");
  }
  return certificate;
}

Result<Key> key_in(const std::string& text, const std::string& path) {
  Key key(PEM_read_bio_PrivateKey(bio_of(text).get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  if (!key) {
    return fail(ErrorCode::kInvalidInput, path, "expected an unencrypted private key in PEM form");
  }
  return key;
}

}  // namespace

Result<TlsTexts> read_tls_files(const TlsFiles& files) {
  auto ca = read_file(files.ca_file);
  if (!ca) return tl::unexpected(ca.error());
  if (auto good = certificate_in(*ca, files.ca_file); !good) return tl::unexpected(good.error());
  if (files.certificate_file.empty() && files.key_file.empty()) {
    return TlsTexts{.ca = std::move(*ca), .certificate = {}, .key = {}};
  }
  auto certificate_text = read_file(files.certificate_file);
  if (!certificate_text) return tl::unexpected(certificate_text.error());
  const auto certificate = certificate_in(*certificate_text, files.certificate_file);
  if (!certificate) return tl::unexpected(certificate.error());
  auto key_text = read_file(files.key_file);
  if (!key_text) return tl::unexpected(key_text.error());
  const auto key = key_in(*key_text, files.key_file);
  if (!key) return tl::unexpected(key.error());
  const bool belongs = X509_check_private_key(certificate->get(), key->get()) == 1;
  ERR_clear_error();
  if (!belongs) {
    return fail(ErrorCode::kInvalidInput, files.key_file,
                fmt::format("is not the key of {}", files.certificate_file));
  }
  return TlsTexts{.ca = std::move(*ca),
                  .certificate = std::move(*certificate_text),
                  .key = std::move(*key_text)};
}

Result<void> check_tls_files(const TlsFiles& files) {
  if (auto read = read_tls_files(files); !read) return tl::unexpected(read.error());
  const auto chains = ChainVerifier::create(files.ca_file, files.crl_file);
  if (!chains) return tl::unexpected(chains.error());
  return {};
}

TlsWatch::Stamp TlsWatch::Stamp::of(const std::string& path) {
  struct stat status {};
  if (path.empty() || ::stat(path.c_str(), &status) != 0) return {};
  return {
      status.st_ino, status.st_size,
      static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec};
}

TlsWatch::Stamps TlsWatch::stamps_of(const TlsFiles& files) {
  return {Stamp::of(files.ca_file), Stamp::of(files.certificate_file), Stamp::of(files.key_file)};
}

TlsWatch::TlsWatch(TlsFiles files, Stamps stamps, TlsTexts texts)
    : files_(std::move(files)),
      stamps_(stamps),
      texts_(std::make_shared<const TlsTexts>(std::move(texts))) {}

Result<std::shared_ptr<TlsWatch>> TlsWatch::open(TlsFiles files) {
  // Before they are read: what changes meanwhile is read once more.
  const Stamps stamps = stamps_of(files);
  auto texts = read_tls_files(files);
  if (!texts) return tl::unexpected(texts.error());
  return std::shared_ptr<TlsWatch>(new TlsWatch(std::move(files), stamps, std::move(*texts)));
}

std::shared_ptr<const TlsTexts> TlsWatch::current() {
  const std::lock_guard lock(mutex_);
  const Stamps stamps = stamps_of(files_);
  if (stamps == stamps_ || stamps == complained_) return texts_;
  auto fresh = read_tls_files(files_);
  if (!fresh) {
    if (std::exchange(doubted_, stamps) == stamps) {
      spdlog::error("tls state=refused, the old certificate stays: {}", fresh.error().message());
      complained_ = stamps;
    }
    return texts_;
  }
  stamps_ = stamps;
  doubted_.reset();
  complained_.reset();
  if (*fresh != *texts_) {
    spdlog::info("tls state=read_again certificate={}", files_.certificate_file);
    texts_ = std::make_shared<const TlsTexts>(std::move(*fresh));
  }
  return texts_;
}

}  // namespace caspilink::endpoint
