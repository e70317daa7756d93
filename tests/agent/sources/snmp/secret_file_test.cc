#include "agent/sources/snmp/secret_file.h"

#include <filesystem>

#include <gmock/gmock.h>

#include "tests/support/certificates.h"

namespace caspilink::snmp {
namespace {

using testing::HasSubstr;
using testing::Not;

class SecretFileTest : public testing::Test {
 protected:
  Result<std::string> read(const std::string& text, unsigned mode = 0600) {
    const auto file = test::write_file(folder_.path(), "secret", text);
    std::filesystem::permissions(file, static_cast<std::filesystem::perms>(mode));
    return read_secret(file, 8);
  }
  test::TemporaryFolder folder_;
};

TEST_F(SecretFileTest, IsOneLine) {
  EXPECT_EQ(read("correct horse\n"), "correct horse");
  EXPECT_EQ(read("correct horse\r\n", 0640), "correct horse");
  EXPECT_EQ(read("12345678"), "12345678");
}

TEST_F(SecretFileTest, RefusesWithoutSayingWhatIsInIt) {
  for (const std::string text :
       {"short\n", "two lines\nof it\n", "tab\tinside it\n", "", "caf\xc3\xa9 caf\xc3\xa9\n"}) {
    const auto secret = read(text);
    ASSERT_FALSE(secret) << text;
    EXPECT_EQ(secret.error().code, ErrorCode::kInvalidInput);
    EXPECT_THAT(secret.error().message(), HasSubstr("8 to 255 printable"));
    if (text.size() > 5) {
      EXPECT_THAT(secret.error().message(), Not(HasSubstr(text.substr(0, 5))));
    }
  }
  EXPECT_FALSE(read(std::string(256, 'x')));
  EXPECT_TRUE(read(std::string(255, 'x') + "\n"));
}

TEST_F(SecretFileTest, OthersMayNotReadItNorTheGroupWriteIt) {
  for (const unsigned mode : {0644U, 0660U, 0604U}) {
    const auto secret = read("correct horse\n", mode);
    ASSERT_FALSE(secret) << mode;
    EXPECT_EQ(secret.error().code, ErrorCode::kDenied);
  }
  EXPECT_EQ(read_secret((folder_.path() / "none").string(), 1).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace caspilink::snmp
