#include "agent/sources/module_memory/dump_file.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace caspilink::module_memory {
namespace {

TEST(DumpFileTest, SectionsLandWhereTheySay) {
  const auto image = parse_dump(
      "# name: example\r\n"
      "\n"
      "#@ i2c=0x51 page=lower offset=96 length=3\r\n"
      "01 0a\r\n"
      "  FF\n"
      "#@ bank=3 i2c=0x50 page=0x11 offset=254 length=2\n"
      "12 34",
      "a.hex");
  ASSERT_TRUE(image) << image.error().message();
  EXPECT_EQ(image->lower(kDiagnosticsI2c).u8(97), 0x0A);
  EXPECT_EQ(image->lower(kDiagnosticsI2c).u8(98), 0xFF);
  EXPECT_EQ(image->lower(kDiagnosticsI2c).u8(99), std::nullopt);
  EXPECT_EQ(image->upper(0x11, 3).u16(254), 0x1234);
  EXPECT_FALSE(image->lower().any());
}

struct Malformed {
  const char* name;
  std::string text;
  std::string where;
  std::string says;
};

void PrintTo(const Malformed& example, std::ostream* out) { *out << example.name; }

class MalformedDumpTest : public testing::TestWithParam<Malformed> {};

TEST_P(MalformedDumpTest, IsOneErrorThatPoints) {
  const auto image = parse_dump(GetParam().text, "a.hex");
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(image.error().where, "a.hex:" + GetParam().where);
  EXPECT_THAT(image.error().detail, testing::HasSubstr(GetParam().says));
}

const std::string kHeader = "#@ i2c=0x50 page=lower offset=0 length=2\n";

INSTANTIATE_TEST_SUITE_P(
    Kinds, MalformedDumpTest,
    testing::Values(
        Malformed{"Empty", "", "1:1", "no section"},
        Malformed{"CommentsOnly", "# a\n# b\n", "1:1", "no section"},
        Malformed{"BytesBeforeSection", "# a\n  01 02\n", "2:3", "before the first section"},
        Malformed{"NotHexadecimal", kHeader + "01 0g\n", "2:4", "'0g'"},
        Malformed{"OneDigit", kHeader + "01 2\n", "2:4", "'2'"},
        Malformed{"ThreeDigits", kHeader + "001 02\n", "2:1", "'001'"},
        Malformed{"Signed", kHeader + "+1 02\n", "2:1", "'+1'"},
        Malformed{"TooManyBytes", kHeader + "01 02 03\n", "2:7", "more than the 2 bytes"},
        Malformed{"TooFewBytes", kHeader + "01\n", "1:1", "length=2 and 1 bytes follow"},
        Malformed{"TooFewBytesBeforeAnother", kHeader + "01\n" + kHeader + "01 02\n", "1:1",
                  "1 bytes follow"},
        Malformed{"Twice", kHeader + "01 02\n#@ i2c=0x50 page=lower offset=1 length=1\n03\n", "3:1",
                  "byte 1 of i2c 0x50 lower memory was given before"},
        Malformed{"NoOffset", "#@ i2c=0x50 page=lower length=2\n01 02\n", "1:1", "offset="},
        Malformed{"NoPage", "#@ i2c=0x50 offset=0 length=2\n01 02\n", "1:1", "page="},
        Malformed{"UnknownKey", "#@ i2c=0x50 lane=1\n", "1:13", "'lane'"},
        Malformed{"KeyTwice", "#@ i2c=0x50 i2c=0x51\n", "1:13", "'i2c' is given twice"},
        Malformed{"PageTwice", "#@ page=lower page=0x01\n", "1:15", "'page' is given twice"},
        Malformed{"AddressOf8Bits", "#@ i2c=0xA0 page=lower offset=0 length=2\n", "1:8", "'0xA0'"},
        Malformed{"NoNumber", "#@ i2c=0x50 page=low offset=0 length=2\n", "1:18", "'low'"},
        Malformed{"NegativeOffset", "#@ i2c=0x50 page=lower offset=-1 length=2\n", "1:31", "'-1'"},
        Malformed{"OverTheEdge", "#@ i2c=0x50 page=lower offset=127 length=2\n01 02\n", "1:1",
                  "0-127"},
        Malformed{"LowerHalfOfPage", "#@ i2c=0x50 page=0x01 offset=0 length=2\n01 02\n", "1:1",
                  "128-255"},
        Malformed{"NoLength", "#@ i2c=0x50 page=lower offset=0 length=0\n", "1:1", "length 0"}),
    [](const auto& parameter) { return parameter.param.name; });

TEST(DumpFileTest, FileThatIsNotThereIsNotFound) {
  const auto image = load_dump("/nonexistent/a.hex");
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code, ErrorCode::kNotFound);
}

TEST(DumpFileTest, DirectoryAndHugeFileAreErrors) {
  const auto directory = load_dump(testing::TempDir());
  EXPECT_FALSE(directory);
  const auto path = std::filesystem::path(testing::TempDir()) / "huge.hex";
  std::ofstream(path) << std::string((4U << 20) + 1, '#');
  const auto huge = load_dump(path);
  ASSERT_FALSE(huge);
  EXPECT_THAT(huge.error().detail, testing::HasSubstr("larger"));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace caspilink::module_memory
