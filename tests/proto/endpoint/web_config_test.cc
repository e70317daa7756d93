#include "proto/endpoint/web_config.h"

#include <gmock/gmock.h>

#include "proto/endpoint/basic_auth.h"
#include "tests/support/certificates.h"

namespace caspilink::endpoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// bcrypt of "sturgeon", of the least cost.
constexpr const char* kHash = "$2y$04$abcdefghijklmnopqrstuuEdb7k1VL7hwv2KiYepXoCNJQ8AAGNQa";

class WebConfigTest : public testing::Test {
 protected:
  Result<WebConfig> load(const std::string& text) const {
    return load_web_config(test::write_file(folder_.path(), "web.yaml", text));
  }
  std::string problem_of(const std::string& text) const {
    const auto config = load(text);
    EXPECT_FALSE(config);
    return config ? "" : config.error().message();
  }

  test::TemporaryFolder folder_;
};

TEST_F(WebConfigTest, EverythingCanBeSaid) {
  const auto config = load(std::string(R"(tls_server_config:
  cert_file: web.pem
  key_file: /etc/web.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.pem
  min_version: TLS13
basic_auth_users:
  operator: )") + kHash + "\n");
  ASSERT_TRUE(config) << config.error().message();
  ASSERT_TRUE(config->tls);
  EXPECT_EQ(config->tls->certificate_file, (folder_.path() / "web.pem").string());
  EXPECT_EQ(config->tls->key_file, "/etc/web.key");
  EXPECT_EQ(config->tls->client_auth, ClientAuth::kVerify);
  EXPECT_FALSE(config->tls->tls12);
  EXPECT_TRUE(config->tls->tls13);
  EXPECT_EQ(config->users.at("operator"), kHash);
}

TEST_F(WebConfigTest, ProblemsNameTheirPlaceAndNeverAPassword) {
  EXPECT_THAT(problem_of("basic_auth_users:\n  operator: sturgeon\n"),
              AllOf(HasSubstr("web.yaml:2:13"), HasSubstr("bcrypt"), Not(HasSubstr("sturgeon"))));
  EXPECT_THAT(problem_of("tls_server_config:\n  cert_file: a\n"), HasSubstr("key_file"));
  EXPECT_THAT(problem_of("tls_server_config: {cert_file: a, key_file: b, min_version: TLS10}\n"),
              AllOf(HasSubstr("web.yaml:1:"), HasSubstr("TLS12")));
  EXPECT_THAT(problem_of("tls_server_config: {cert_file: a, key_file: b, "
                         "client_auth_type: RequireAndVerifyClientCert}\n"),
              HasSubstr("client_ca_file"));
  EXPECT_THAT(problem_of("tls_server_config: {cert_file: a, key_file: b, client_ca_file: c}\n"),
              HasSubstr("never used"));
  EXPECT_THAT(problem_of("tls_server_config: {cert_file: a, key_file: b, min_version: TLS13, "
                         "max_version: TLS12}\n"),
              AllOf(HasSubstr("web.yaml:1:"), HasSubstr("below min_version")));
}

// What Prometheus' exporters know and we do not is one error, with its place; nothing is passed
// over.
TEST_F(WebConfigTest, WhatIsNotSupportedIsNamedAtItsPlace) {
  const std::string tls = "tls_server_config:\n  cert_file: a\n  key_file: b\n";
  for (const auto& [text, name] :
       {std::pair<std::string, std::string>{tls + "  cipher_suites: [TLS_AES_128_GCM_SHA256]\n",
                                            "cipher_suites"},
        {tls + "  curve_preferences: [CurveP256]\n", "curve_preferences"},
        {tls + "  prefer_server_cipher_suites: true\n", "prefer_server_cipher_suites"},
        {tls + "  client_allowed_sans: [wall]\n", "client_allowed_sans"},
        {tls + "  client_auth_type: RequireClientCert\n", "VerifyClientCertIfGiven"},
        {tls + "  client_auth_type: VerifyClientCertIfGiven\n", "client_ca_file"},
        {tls + "  min_version: TLS11\n", "TLS12"},
        {tls + "  max_version: SSL3\n", "TLS12"},
        {tls + "  cert: inline\n", "cert"},
        {"http_server_config: {http2: true}\n", "http_server_config"},
        {"rate_limit: {burst: 1}\n", "rate_limit"}}) {
    const std::string problem = problem_of(text);
    EXPECT_THAT(problem, AllOf(testing::ContainsRegex("web.yaml:[0-9]+:[0-9]+"), HasSubstr(name)))
        << text;
    EXPECT_THAT(problem, Not(HasSubstr("\n"))) << text;
  }
}

TEST_F(WebConfigTest, AHashIsBcryptOfABearableCost) {
  const std::string hash = kHash;
  EXPECT_TRUE(is_bcrypt_hash(hash));
  EXPECT_FALSE(is_bcrypt_hash(hash.substr(1)));
  std::string costly = hash;
  costly.replace(4, 2, "15");
  EXPECT_FALSE(is_bcrypt_hash(costly));
  EXPECT_FALSE(is_bcrypt_hash("$6$" + hash.substr(3)));
}

std::map<std::string, std::string> users() { return {{"operator", kHash}}; }

TEST(BasicAuthTest, OnlyTheRightPasswordOfTheRightUser) {
  BasicAuth auth(users());
  // operator:sturgeon, operator:beluga, nobody:sturgeon.
  EXPECT_EQ(auth.check("Basic b3BlcmF0b3I6c3R1cmdlb24="), BasicAuth::Answer::kAllowed);
  EXPECT_EQ(auth.check("basic b3BlcmF0b3I6c3R1cmdlb24="), BasicAuth::Answer::kAllowed);
  EXPECT_EQ(auth.check("Basic b3BlcmF0b3I6YmVsdWdh"), BasicAuth::Answer::kRefused);
  EXPECT_EQ(auth.check("Basic bm9ib2R5OnN0dXJnZW9u"), BasicAuth::Answer::kRefused);
}

TEST(BasicAuthTest, WhatIsNoLoginIsRefused) {
  BasicAuth auth(users());
  for (const std::string& header :
       {std::string(), std::string("Basic"), std::string("Basic "), std::string("Basic ?!"),
        std::string("Basic b3BlcmF0b3I="), std::string("Bearer b3BlcmF0b3I6c3R1cmdlb24="),
        // operator:sturgeon, a zero, and more
        std::string("Basic b3BlcmF0b3I6c3R1cmdlb24AeA=="), "Basic " + std::string(5000, 'A')}) {
    EXPECT_EQ(auth.check(header), BasicAuth::Answer::kRefused) << header.substr(0, 40);
  }
  EXPECT_EQ(auth.hashed(), 0U);
}

TEST(BasicAuthTest, ARightPasswordIsHashedOnceAndAnUnknownNameIsHashedToo) {
  BasicAuth auth(users());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(auth.check("Basic b3BlcmF0b3I6c3R1cmdlb24="), BasicAuth::Answer::kAllowed);
  }
  EXPECT_EQ(auth.hashed(), 1U);
  EXPECT_EQ(auth.check("Basic bm9ib2R5OnN0dXJnZW9u"), BasicAuth::Answer::kRefused);
  EXPECT_EQ(auth.check("Basic bm9ib2R5OnN0dXJnZW9u"), BasicAuth::Answer::kRefused);
  EXPECT_EQ(auth.hashed(), 3U);
}

}  // namespace
}  // namespace caspilink::endpoint
