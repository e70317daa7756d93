// The file of --web.config.file: who may read a program's HTTP endpoint, and by which TLS. The form
// is that of Prometheus' exporter toolkit, as far as it goes here:
//
//   tls_server_config:
//     cert_file: web.pem              # relative names are relative to this file
//     key_file: web.key
//     client_auth_type: RequireAndVerifyClientCert   # or NoClientCert, RequestClientCert,
//                                     # RequireAnyClientCert, VerifyClientCertIfGiven
//     client_ca_file: ca.pem          # needed where certificates are verified
//     min_version: TLS12              # or TLS13
//     max_version: TLS13              # or TLS12
//   basic_auth_users:
//     operator: $2y$10$...            # bcrypt, as `htpasswd -nBC 10 operator` prints it
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "link_models/result.h"

namespace caspilink::endpoint {

enum class ClientAuth : std::uint8_t { kNone, kRequest, kRequireAny, kVerifyIfGiven, kVerify };

struct WebConfig {
  struct Tls {
    std::string certificate_file;
    std::string key_file;
    ClientAuth client_auth = ClientAuth::kNone;
    std::string client_ca_file;  // empty where nothing is verified
    bool tls12 = true;           // which versions are spoken; at least one
    bool tls13 = true;

    friend bool operator==(const Tls&, const Tls&) = default;
  };
  std::optional<Tls> tls;                    // nothing: plain HTTP
  std::map<std::string, std::string> users;  // bcrypt hashes by name; empty: no password asked

  friend bool operator==(const WebConfig&, const WebConfig&) = default;
};

// Errors as of formats::YamlFile; names what it does not support. Reads none of the files named.
[[nodiscard]] Result<WebConfig> load_web_config(const std::string& path);

// $2a$, $2b$ or $2y$ with a cost from 4 to 14, a second or so of this machine's time.
[[nodiscard]] bool is_bcrypt_hash(const std::string& text);

}  // namespace caspilink::endpoint
