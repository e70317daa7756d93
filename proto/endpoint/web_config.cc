#include "proto/endpoint/web_config.h"

#include <algorithm>
#include <utility>

#include "link_models/formats/yaml.h"

namespace caspilink::endpoint {
namespace {

constexpr std::size_t kHashLength = 60;
constexpr int kLeastCost = 4;
constexpr int kMostCost = 14;

ClientAuth client_auth_of(const std::string& name) {
  if (name == "RequestClientCert") return ClientAuth::kRequest;
  if (name == "RequireAnyClientCert") return ClientAuth::kRequireAny;
  if (name == "VerifyClientCertIfGiven") return ClientAuth::kVerifyIfGiven;
  if (name == "RequireAndVerifyClientCert") return ClientAuth::kVerify;
  return ClientAuth::kNone;
}

WebConfig::Tls read_tls(formats::YamlMap map) {
  WebConfig::Tls tls{.certificate_file = map.file_name("cert_file"),
                     .key_file = map.file_name("key_file")};
  if (map.has("client_auth_type")) {
    tls.client_auth = client_auth_of(
        map.choice("client_auth_type", {"NoClientCert", "RequestClientCert", "RequireAnyClientCert",
                                        "VerifyClientCertIfGiven", "RequireAndVerifyClientCert"}));
  }
  tls.client_ca_file = map.file_name_or("client_ca_file", "");
  if (map.has("min_version")) {
    tls.tls12 = map.choice("min_version", {"TLS12", "TLS13"}) != "TLS13";
  }
  if (map.has("max_version")) {
    tls.tls13 = map.choice("max_version", {"TLS12", "TLS13"}) != "TLS12";
  }
  if (!tls.tls12 && !tls.tls13) map.problem("max_version", "is below min_version");
  const bool verifies =
      tls.client_auth == ClientAuth::kVerify || tls.client_auth == ClientAuth::kVerifyIfGiven;
  if (verifies && tls.client_ca_file.empty()) {
    map.problem("client_auth_type", "needs a client_ca_file to verify certificates by");
  }
  if (!verifies && !tls.client_ca_file.empty()) {
    map.problem("client_ca_file",
                "is never used: client_auth_type must be VerifyClientCertIfGiven or "
                "RequireAndVerifyClientCert");
  }
  return tls;
}

}  // namespace

bool is_bcrypt_hash(const std::string& text) {
  if (text.size() != kHashLength || !text.starts_with("$2") || text[3] != '$' || text[6] != '$') {
    return false;
  }
  if (text[2] != 'a' && text[2] != 'b' && text[2] != 'y') return false;
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!digit(text[4]) || !digit(text[5])) return false;
  const int cost = (text[4] - '0') * 10 + (text[5] - '0');
  if (cost < kLeastCost || cost > kMostCost) return false;
  return std::all_of(text.begin() + 7, text.end(), [&](char c) {
    return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '/';
  });
}

Result<WebConfig> load_web_config(const std::string& path) {
  auto file = formats::YamlFile::load(path);
  if (!file) return tl::unexpected(file.error());
  auto root = file->root();
  WebConfig config;
  if (auto tls = root.optional_map("tls_server_config")) config.tls = read_tls(std::move(*tls));
  if (auto users = root.optional_map("basic_auth_users")) {
    for (const std::string& name : users->keys()) {
      const std::string hash = users->text(name);
      if (name.find(':') != std::string::npos) {
        users->problem(name, "a user's name cannot hold a colon");
      }
      // Without the value: it may be somebody's password.
      if (!is_bcrypt_hash(hash)) {
        users->problem(name, "expected a bcrypt hash, $2y$ or $2b$, of a cost from 04 to 14");
      }
      config.users.emplace(name, hash);
    }
  }
  if (auto done = file->finish(); !done) return tl::unexpected(done.error());
  return config;
}

}  // namespace caspilink::endpoint
