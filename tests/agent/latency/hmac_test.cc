#include "agent/latency/hmac.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <sys/stat.h>

namespace caspilink::latency {
namespace {

std::string file_of(const std::string& text, unsigned mode) {
  const auto path =
      std::filesystem::path(testing::TempDir()) /
      (std::string("stamp_key_") + testing::UnitTest::GetInstance()->current_test_info()->name());
  std::ofstream(path) << text;
  ::chmod(path.c_str(), mode);
  return path.string();
}

// RFC 4231, case 2 has a key of 4 bytes and case 1 one of 20: 16 is our least.
TEST(KeyTest, DigestsAreThoseOfRfc4231) {
  const Key key(std::vector<std::byte>(20, std::byte{0x0b}));
  const std::string text = "Hi There";
  const auto bytes = std::as_bytes(std::span(text));
  const Digest digest = key.digest({bytes.first(3), bytes.subspan(3)});
  const std::array<unsigned, kDigestSize> expected = {0xb0, 0x34, 0x4c, 0x61, 0xd8, 0xdb,
                                                      0x38, 0x53, 0x5c, 0xa8, 0xaf, 0xce,
                                                      0xaf, 0x0b, 0xf1, 0x2b};
  for (std::size_t index = 0; index < expected.size(); ++index) {
    EXPECT_EQ(std::to_integer<unsigned>(digest[index]), expected[index]);
  }
}

TEST(KeyTest, IsReadFromHexadecimalDigits) {
  const auto key = Key::load(file_of("0b0b0b0b0b0B0b0b0b0b0b0b0b0b0b0b0b0b0b0b\n", 0600));
  ASSERT_TRUE(key) << key.error().message();
  EXPECT_EQ(key->digest({}), Key(std::vector<std::byte>(20, std::byte{0x0b})).digest({}));
  EXPECT_TRUE(Key::load(file_of("0b0b0b0b0b0B0b0b0b0b0b0b0b0b0b0b", 0640)));
}

TEST(KeyTest, AFileOthersMayReadIsRefused) {
  for (const unsigned mode : {0644U, 0604U, 0660U, 0602U}) {
    const auto key = Key::load(file_of("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", mode));
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code, ErrorCode::kDenied);
    EXPECT_THAT(key.error().message(), testing::Not(testing::HasSubstr("0b0b")));
  }
}

TEST(KeyTest, WhatIsNoKeyIsRefusedWithoutRepeatingIt) {
  for (const std::string text : {"", "\n", "0b0b0b0b", "zz0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
                                 "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0"}) {
    const auto key = Key::load(file_of(text, 0600));
    ASSERT_FALSE(key) << text;
    EXPECT_EQ(key.error().code, ErrorCode::kInvalidInput);
    EXPECT_THAT(key.error().message(), testing::Not(testing::HasSubstr("0b0b")));
  }
  EXPECT_EQ(Key::load("/nowhere/at/all").error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(Key::load(file_of(std::string(130, 'a'), 0600))) << "65 bytes";
}

}  // namespace
}  // namespace caspilink::latency
