#include "collector/ctl/connection.h"

#include <map>

#include <gmock/gmock.h>

#include "tests/support/certificates.h"

namespace caspilink::ctl {
namespace {

using testing::HasSubstr;

class ConnectionTest : public testing::Test {
 protected:
  Environment environment() const {
    return [this](const char* name) -> std::optional<std::string> {
      const auto found = variables_.find(name);
      return found == variables_.end() ? std::nullopt : std::optional(found->second);
    };
  }
  test::TemporaryFolder folder_;
  std::map<std::string, std::string> variables_;
};

TEST_F(ConnectionTest, FlagsGoBeforeTheEnvironmentAndThatBeforeTheFile) {
  const auto file =
      test::write_file(folder_.path(), "ctl.yaml",
                       "address: \"10.0.0.1:1\"\nserver_name: noc\n"
                       "tls: {ca_file: ca.pem, certificate_file: me.pem, key_file: me.key}\n");
  variables_ = {{"CASPICTL_CONFIG", file},
                {"CASPICTL_ADDRESS", "10.0.0.2:2"},
                {"CASPICTL_KEY_FILE", "other.key"}};
  auto found = find_connection({.key_file = "third.key"}, environment());
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(found->address.text(), "10.0.0.2:2");
  EXPECT_EQ(found->server_name, "noc");
  EXPECT_EQ(found->tls.ca_file, (folder_.path() / "ca.pem").string());
  EXPECT_EQ(found->tls.key_file, "third.key");
  found = find_connection({.address = "[::1]:3"}, environment());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->address.text(), "[::1]:3");
  EXPECT_EQ(found->tls.key_file, "other.key");
}

TEST_F(ConnectionTest, TheUsualFileNeedNotExistAndANamedOneMust) {
  variables_ = {{"HOME", folder_.path().string()}};
  auto found = find_connection({}, environment());
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message(), HasSubstr("--ca-file"));
  found = find_connection({.config = (folder_.path() / "none.yaml").string()}, environment());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kNotFound);
  std::filesystem::create_directories(folder_.path() / ".config/caspilink");
  test::write_file(folder_.path() / ".config/caspilink", "caspictl.yaml",
                   "tls: {ca_file: /ca.pem, certificate_file: me.pem, key_file: me.key}\n");
  found = find_connection({}, environment());
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(found->address.text(), "127.0.0.1:9402");
}

TEST_F(ConnectionTest, WhatIsWrongIsNamed) {
  const auto file = test::write_file(folder_.path(), "ctl.yaml", "adress: \"10.0.0.1:1\"\n");
  auto found = find_connection({.config = file}, environment());
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message(), HasSubstr("ctl.yaml:1:"));
  found = find_connection({.address = "nowhere"}, environment());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().where, "address");
}

}  // namespace
}  // namespace caspilink::ctl
