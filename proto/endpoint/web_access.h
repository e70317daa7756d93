// A web configuration at work: passwords, and TLS that follows its files.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/ossl_typ.h>

#include "link_models/result.h"
#include "proto/endpoint/basic_auth.h"
#include "proto/endpoint/web_config.h"

namespace caspilink::endpoint {

// Thread-safe. The file and those it names are looked at again with every connection and request,
// and read again where one has changed. What is then not good is logged once and changes nothing;
// TLS cannot be switched on or off that way.
class WebAccess {
 public:
  // Reads everything. Errors of load_web_config; kInvalidInput or kNotFound naming a certificate or
  // key that is none, or a pair that does not belong together.
  [[nodiscard]] static Result<std::unique_ptr<WebAccess>> open(std::string file);
  ~WebAccess();
  WebAccess(const WebAccess&) = delete;
  WebAccess& operator=(const WebAccess&) = delete;

  [[nodiscard]] bool uses_tls() const { return uses_tls_; }
  // kAllowed where no password is asked for.
  [[nodiscard]] BasicAuth::Answer check(std::string_view authorization);
  // Makes every handshake of `context` one by the files as they are then. This must outlive it.
  [[nodiscard]] bool prepare(SSL_CTX& context);

 private:
  struct State;
  struct Stamp;
  WebAccess(std::string file, std::shared_ptr<State> state);
  [[nodiscard]] static Result<std::shared_ptr<State>> read(const std::string& file);
  [[nodiscard]] std::shared_ptr<State> current();
  static int on_hello(SSL* ssl, int* alert, void* self);

  const std::string file_;
  const bool uses_tls_;
  std::mutex mutex_;
  std::shared_ptr<State> state_;
  std::vector<Stamp> refused_;  // of the files as they were when they were not good
};

}  // namespace caspilink::endpoint
