#include "proto/endpoint/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/certificates.h"

namespace caspilink::endpoint {
namespace {

using testing::HasSubstr;

class CredentialsTest : public testing::Test {
 protected:
  test::TemporaryFolder folder_;
  test::CertificateAuthority ca_{folder_.path(), "ca"};
};

TEST_F(CredentialsTest, MatchingFilesAreGood) {
  EXPECT_TRUE(check_tls_files(ca_.issue_agent("sumgait")));
}

TEST_F(CredentialsTest, AMissingFileIsNamed) {
  TlsFiles files = ca_.issue_agent("sumgait");
  files.key_file = folder_.path() / "absent.key";
  const auto checked = check_tls_files(files);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(checked.error().where, files.key_file);
}

TEST_F(CredentialsTest, AKeyOfAnotherCertificateIsRefused) {
  TlsFiles files = ca_.issue_agent("sumgait");
  files.key_file = ca_.issue_agent("aktau").key_file;
  const auto checked = check_tls_files(files);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().detail, HasSubstr(files.certificate_file));
}

TEST_F(CredentialsTest, TextThatIsNoPemIsRefusedAndNotShown) {
  TlsFiles files = ca_.issue_agent("sumgait");
  files.certificate_file = test::write_file(folder_.path(), "bad.pem", "hush-hush");
  const auto checked = check_tls_files(files);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().where, files.certificate_file);
  EXPECT_THAT(checked.error().message(), Not(HasSubstr("hush-hush")));
}

TEST(AgentUriTest, NamesOneStation) {
  EXPECT_EQ(station_of_agent_uri("caspilink://agent/sumgait"), "sumgait");
  EXPECT_FALSE(station_of_agent_uri("caspilink://agent/"));
  EXPECT_FALSE(station_of_agent_uri("caspilink://operator/sumgait"));
  EXPECT_FALSE(station_of_agent_uri("sumgait"));
}

}  // namespace
}  // namespace caspilink::endpoint
