#include "proto/endpoint/web_access.h"

#include <optional>
#include <utility>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include "proto/endpoint/credentials.h"

namespace caspilink::endpoint {

// What tells one content of a file from another without reading it.
struct WebAccess::Stamp {
  ino_t inode = 0;
  off_t size = -1;
  std::int64_t changed_ns = 0;

  friend bool operator==(const Stamp&, const Stamp&) = default;

  static Stamp of(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return {};
    return {
        status.st_ino, status.st_size,
        static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec};
  }
};

namespace {

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using Context = std::unique_ptr<SSL_CTX, FreeContext>;

int verify_mode(ClientAuth auth) {
  switch (auth) {
    case ClientAuth::kNone:
      return SSL_VERIFY_NONE;
    case ClientAuth::kRequest:
    case ClientAuth::kVerifyIfGiven:
      return SSL_VERIFY_PEER;
    case ClientAuth::kRequireAny:
    case ClientAuth::kVerify:
      break;
  }
  return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
}

// For those who ask for a certificate and take any.
int take_any(int, X509_STORE_CTX*) { return 1; }

Result<Context> context_of(const WebConfig::Tls& tls) {
  const bool verifies = !tls.client_ca_file.empty();
  // Says what is wrong with the files better than OpenSSL's queue does.
  const TlsFiles files{.ca_file = verifies ? tls.client_ca_file : tls.certificate_file,
                       .certificate_file = tls.certificate_file,
                       .key_file = tls.key_file};
  if (auto good = check_tls_files(files); !good) return tl::unexpected(good.error());
  Context context(SSL_CTX_new(TLS_server_method()));
  if (!context ||
      SSL_CTX_use_certificate_chain_file(context.get(), tls.certificate_file.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context.get(), tls.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    ERR_clear_error();
    return fail(ErrorCode::kInvalidInput, tls.certificate_file, "cannot be used for a server");
  }
  if (verifies) {
    STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(tls.client_ca_file.c_str());
    if (names == nullptr ||
        SSL_CTX_load_verify_locations(context.get(), tls.client_ca_file.c_str(), nullptr) != 1) {
      ERR_clear_error();
      return fail(ErrorCode::kInvalidInput, tls.client_ca_file,
                  "expected certificates in PEM form");
    }
    SSL_CTX_set_client_CA_list(context.get(), names);
  }
  return context;
}

}  // namespace

struct WebAccess::State {
  explicit State(WebConfig given) : config(std::move(given)), passwords(config.users) {}

  WebConfig config;
  BasicAuth passwords;
  Context context;  // null: plain HTTP
  std::vector<Stamp> stamps;
};

namespace {

std::vector<std::string> files_of(const std::string& file, const WebConfig& config) {
  std::vector<std::string> files = {file};
  if (config.tls) {
    files.insert(files.end(),
                 {config.tls->certificate_file, config.tls->key_file, config.tls->client_ca_file});
  }
  return files;
}

}  // namespace

WebAccess::WebAccess(std::string file, std::shared_ptr<State> state)
    : file_(std::move(file)), uses_tls_(state->context != nullptr), state_(std::move(state)) {}

WebAccess::~WebAccess() = default;

Result<std::shared_ptr<WebAccess::State>> WebAccess::read(const std::string& file) {
  // Before it is read: what changes meanwhile is read once more.
  const Stamp first = Stamp::of(file);
  auto config = load_web_config(file);
  if (!config) return tl::unexpected(config.error());
  auto state = std::make_shared<State>(std::move(*config));
  for (const std::string& name : files_of(file, state->config)) {
    state->stamps.push_back(name == file ? first : Stamp::of(name));
  }
  if (state->config.tls) {
    auto context = context_of(*state->config.tls);
    if (!context) return tl::unexpected(context.error());
    state->context = std::move(*context);
  }
  return state;
}

Result<std::unique_ptr<WebAccess>> WebAccess::open(std::string file) {
  auto state = read(file);
  if (!state) return tl::unexpected(state.error());
  return std::unique_ptr<WebAccess>(new WebAccess(std::move(file), std::move(*state)));
}

std::shared_ptr<WebAccess::State> WebAccess::current() {
  const std::lock_guard lock(mutex_);
  std::vector<Stamp> stamps;
  for (const std::string& name : files_of(file_, state_->config)) {
    stamps.push_back(Stamp::of(name));
  }
  if (stamps == state_->stamps || stamps == refused_) return state_;
  auto fresh = read(file_);
  if (fresh && ((*fresh)->context != nullptr) != uses_tls_) {
    fresh = fail(ErrorCode::kInvalidInput, file_,
                 "TLS is switched on or off by starting again, not by changing the file");
  }
  if (!fresh) {
    spdlog::error("{}: as before", fresh.error().message());
    refused_ = std::move(stamps);
    return state_;
  }
  spdlog::info("{}: read again", file_);
  state_ = std::move(*fresh);
  refused_.clear();
  return state_;
}

BasicAuth::Answer WebAccess::check(std::string_view authorization) {
  const auto state = current();
  if (state->config.users.empty()) return BasicAuth::Answer::kAllowed;
  return state->passwords.check(authorization);
}

bool WebAccess::prepare(SSL_CTX& context) {
  // A resumed session would skip the certificate that is asked for now.
  SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(&context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  if (SSL_CTX_set_num_tickets(&context, 0) != 1) return false;
  if (SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION) != 1) return false;
  SSL_CTX_set_client_hello_cb(&context, &WebAccess::on_hello, this);
  return true;
}

int WebAccess::on_hello(SSL* ssl, int*, void* self) {
  const auto state = static_cast<WebAccess*>(self)->current();
  const WebConfig::Tls& tls = *state->config.tls;
  if (SSL_set_SSL_CTX(ssl, state->context.get()) == nullptr) return SSL_CLIENT_HELLO_ERROR;
  const bool verifies = !tls.client_ca_file.empty();
  SSL_set_verify(ssl, verify_mode(tls.client_auth), verifies ? nullptr : take_any);
  if (verifies) {
    SSL_set_client_CA_list(ssl, SSL_dup_CA_list(SSL_CTX_get_client_CA_list(state->context.get())));
  }
  if ((!tls.tls12 && SSL_set_min_proto_version(ssl, TLS1_3_VERSION) != 1) ||
      (!tls.tls13 && SSL_set_max_proto_version(ssl, TLS1_2_VERSION) != 1)) {
    return SSL_CLIENT_HELLO_ERROR;
  }
  return SSL_CLIENT_HELLO_SUCCESS;
}

}  // namespace caspilink::endpoint
