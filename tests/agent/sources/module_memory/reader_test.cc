#include "agent/sources/module_memory/reader.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/sources/module_memory/decode.h"
#include "tests/agent/sources/module_memory/page_builder.h"

namespace caspilink::module_memory {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Kind = ReadFailure::Kind;

// Remembers what it was asked for.
class RecordingReader final : public ModuleReader {
 public:
  explicit RecordingReader(MemoryImage source) : whole_(std::move(source)) {}
  ReadResult<std::vector<std::uint8_t>> read(const PageAddress& address, unsigned first,
                                             unsigned count) override {
    asked.push_back(address);
    return whole_.read(address, first, count);
  }
  std::vector<PageAddress> asked;

 private:
  ImageReader whole_;
};

TEST(ReadModuleTest, WhatIsReadDecodesAsTheWholeImageDoes) {
  for (const MemoryImage& image : {sfp(), qsfp(), zr()}) {
    ImageReader reader(image);
    const auto read = read_module(reader);
    ASSERT_TRUE(read);
    const auto whole = decode(image), planned = decode(read->image);
    ASSERT_TRUE(planned);
    EXPECT_EQ(planned->identity.serial, whole->identity.serial);
    ASSERT_EQ(planned->lanes.size(), whole->lanes.size());
    EXPECT_EQ(planned->lanes[0].rx_power_mw, whole->lanes[0].rx_power_mw);
    EXPECT_EQ(planned->thresholds.rx_power_mw, whole->thresholds.rx_power_mw);
    if (const auto* cmis = std::get_if<CmisDetails>(&planned->details)) {
      EXPECT_EQ(cmis->vdm.size(), 16U);
    }
  }
}

TEST(ReadModuleTest, PagesThatAreNotAdvertisedAreNotTouched) {
  RecordingReader reader(zr(zr_page01().u8(142, 0).u8(155, 0).sum(130, 254)));
  ASSERT_TRUE(read_module(reader));
  EXPECT_THAT(reader.asked,
              ElementsAre(PageAddress::lower(), PageAddress::upper(0x00), PageAddress::upper(0x01),
                          PageAddress::upper(0x02), PageAddress::upper(0x11)));
}

TEST(ReadModuleTest, FlatMemoryIsAskedForNothingMore) {
  MemoryImage image = zr();
  zr_lower().u8(2, 0x80).put(image);
  RecordingReader reader(image);
  ASSERT_TRUE(read_module(reader));
  EXPECT_THAT(reader.asked, ElementsAre(PageAddress::lower(), PageAddress::upper(0x00)));
}

TEST(ReadModuleTest, SfpWithoutDiagnosticsIsNotAskedAtA2h) {
  RecordingReader reader(sfp(sfp_identity().u8(92, 0)));
  ASSERT_TRUE(read_module(reader));
  EXPECT_THAT(reader.asked, ElementsAre(PageAddress::lower()));
}

TEST(ReadModuleTest, FailureOfTheFirstPageIsTheFailureOfAll) {
  ImageReader reader(zr());
  reader.failures[PageAddress::lower()] = {Kind::kDenied, "Operation not permitted"};
  const auto read = read_module(reader);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, Kind::kDenied);
}

TEST(ReadModuleTest, FailureOfAnotherPageIsATroubleAndAnAbsence) {
  ImageReader reader(zr());
  reader.failures[PageAddress::upper(0x11)] = {Kind::kNotSupported, "Invalid argument"};
  const auto read = read_module(reader);
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->image.upper(0x11).any());
  EXPECT_THAT(read->troubles, Contains(HasSubstr("page 0x11: Invalid argument")));
}

// A bus that serves no more than a few bytes at a time.
class SmallReader final : public ModuleReader {
 public:
  explicit SmallReader(MemoryImage source) : whole_(std::move(source)) {}
  ReadResult<std::vector<std::uint8_t>> read(const PageAddress& address, unsigned first,
                                             unsigned count) override {
    if (count > 8) return tl::unexpected(ReadFailure{Kind::kUnavailable, "Input/output error"});
    return whole_.read(address, first, count);
  }

 private:
  ImageReader whole_;
};

TEST(ReadModuleTest, FallsBackToReadsOfEightBytes) {
  SmallReader reader(zr());
  const auto read = read_module(reader);
  ASSERT_TRUE(read);
  EXPECT_TRUE(decode(read->image)->temperature_c);
  EXPECT_EQ(read->image.upper(0x00).u8(255), 0);
}

TEST(ImageReaderTest, RegistersOutsideTheImageAreNotSupported) {
  ImageReader reader(sfp());
  EXPECT_TRUE(reader.read(PageAddress::lower(), 0, 128));
  const auto absent = reader.read(PageAddress::upper(0x03), 128, 1);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().kind, Kind::kNotSupported);
}

TEST(ImageReaderTest, OpensADumpFile) {
  const auto path = std::filesystem::path(testing::TempDir()) / "module_memory_reader.hex";
  std::ofstream(path) << "#@ i2c=0x50 page=lower offset=0 length=2\n03 04\n";
  const auto reader = ImageReader::open(path);
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_THAT((*reader)->read(PageAddress::lower(), 0, 2).value(), ElementsAre(3, 4));
  std::filesystem::remove(path);
  const auto gone = ImageReader::open(path);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace caspilink::module_memory
