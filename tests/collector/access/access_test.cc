#include "collector/access/access.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "tests/support/certificates.h"

namespace caspilink::access {
namespace {

TEST(CallerOfTest, ExactlyOneRoleIsRead) {
  EXPECT_EQ(caller_of({"caspilink://operator/leyla"}),
            (Caller{.name = "leyla", .role = Role::kOperator}));
  EXPECT_EQ(caller_of({"https://example.org", "caspilink://viewer/wall-screen.2"}),
            (Caller{.name = "wall-screen.2", .role = Role::kViewer}));
  for (const std::vector<std::string>& uris :
       {std::vector<std::string>{},
        {"caspilink://agent/aktau"},
        {"caspilink://operator/"},
        {"caspilink://operator/a b"},
        {"caspilink://operator/a/b"},
        {"caspilink://Operator/a"},
        {"caspilink://operator/" + std::string(65, 'a')},
        {"caspilink://operator/a", "caspilink://viewer/a"}}) {
    const auto caller = caller_of(uris);
    ASSERT_FALSE(caller) << caller->name;
    EXPECT_EQ(caller.error().reason, Denial::kNoRole);
  }
}

std::string read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(GateTest, EveryRefusalHasItsReason) {
  const test::TemporaryFolder folder;
  test::CertificateAuthority ours(folder.path(), "ours");
  test::CertificateAuthority theirs(folder.path(), "theirs");
  const auto gate = Gate::create(ours.issue_collector().ca_file);
  ASSERT_TRUE(gate) << gate.error().message();
  const std::int64_t now =
      std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
  const auto admit = [&](const endpoint::TlsFiles& files, Role least) {
    return (*gate)->admit(read(files.certificate_file), "", least, now);
  };
  const std::vector<std::string> operators = {"URI:caspilink://operator/leyla"};
  const auto viewer = ours.issue("viewer", {"URI:caspilink://viewer/wall"});
  EXPECT_EQ(admit(ours.issue("leyla", operators), Role::kOperator)->name, "leyla");
  EXPECT_EQ(admit(viewer, Role::kViewer)->name, "wall");
  EXPECT_EQ(admit(viewer, Role::kOperator).error().reason, Denial::kNotAnOperator);
  EXPECT_EQ(admit(ours.issue_agent("aktau"), Role::kViewer).error().reason, Denial::kNoRole);
  EXPECT_EQ(admit(theirs.issue("leyla", operators), Role::kViewer).error().reason,
            Denial::kUnknownCertificate);
  EXPECT_EQ(
      admit(ours.issue("leyla", operators, std::chrono::hours(-1)), Role::kViewer).error().reason,
      Denial::kExpiredCertificate);
  const auto lost = ours.issue("leyla", operators);
  const auto strict = Gate::create(lost.ca_file, ours.revoke({lost}));
  ASSERT_TRUE(strict) << strict.error().message();
  EXPECT_EQ((*strict)->admit(read(lost.certificate_file), "", Role::kViewer, now).error().reason,
            Denial::kRevokedCertificate);
  EXPECT_EQ((*gate)->admit("", "", Role::kViewer, now).error().reason, Denial::kNoCertificate);
  EXPECT_EQ((*gate)->admit("nonsense", "", Role::kViewer, now).error().reason,
            Denial::kUnknownCertificate);
}

}  // namespace
}  // namespace caspilink::access
