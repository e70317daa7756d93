// Against the kernel of this machine, which has no module: the whole conversation but the data.
#include "agent/sources/module_memory/kernel_reader.h"

#include <bit>
#include <cerrno>
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/ethtool.h>

#include "agent/sources/module_memory/ethtool_netlink.h"

namespace caspilink::module_memory {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Bytes = std::vector<std::uint8_t>;
using Kind = ReadFailure::Kind;

// These bytes are of a little-endian machine.
static_assert(std::endian::native == std::endian::little);

TEST(EthtoolNetlinkTest, FamilyRequest) {
  EXPECT_THAT(netlink::family_request(7),
              testing::ElementsAreArray(Bytes{
                  32, 0, 0, 0, 0x10, 0,   1,   0,   7,   0,   0,   0,
                  0,  0, 0, 0,  // nlmsghdr: nlctrl, request
                  3,  1, 0, 0,  // CTRL_CMD_GETFAMILY
                  12, 0, 2, 0, 'e',  't', 'h', 't', 'o', 'o', 'l', 0}));  // CTRL_ATTR_FAMILY_NAME
}

TEST(EthtoolNetlinkTest, EepromRequestNamesPageBankAndAddress) {
  const Bytes request =
      netlink::eeprom_request(0x15, 0x01020304, "eth0", PageAddress::upper(0x24, 3), 128, 128);
  EXPECT_THAT(request,
              testing::ElementsAreArray(Bytes{
                  76, 0, 0, 0,    0x15, 0, 1, 0, 4,   3,   2,   1,   0, 0, 0, 0,  //
                  31, 1, 0, 0,  // MODULE_EEPROM_GET
                  16, 0, 1, 0x80, 9,    0, 2, 0, 'e', 't', 'h', '0', 0, 0, 0, 0,  // nest, name
                  8,  0, 2, 0,    128,  0, 0, 0,                                  // offset
                  8,  0, 3, 0,    128,  0, 0, 0,                                  // length
                  5,  0, 4, 0,    0x24, 0, 0, 0,                                  // page
                  5,  0, 5, 0,    3,    0, 0, 0,                                  // bank
                  5,  0, 6, 0,    0x50, 0, 0, 0}));                               // I2C address
}

TEST(EthtoolNetlinkTest, LowerMemoryIsPageZeroFromItsStart) {
  const Bytes request =
      netlink::eeprom_request(0x15, 1, "eth0", PageAddress::lower(kDiagnosticsI2c), 96, 10);
  EXPECT_EQ(request[40], 96);
  EXPECT_EQ(request[48], 10);
  EXPECT_EQ(request[56], 0);
  EXPECT_EQ(request[72], 0x51);
}

// nlmsghdr, genlmsghdr, an empty reply header and the data.
Bytes reply(std::uint32_t sequence, const Bytes& data) {
  Bytes bytes = {0, 0, 0, 0, 0x15, 0,   0, 0,  static_cast<std::uint8_t>(sequence),
                 0, 0, 0, 9, 9,    0,   0, 32, 1,
                 0, 0, 4, 0, 1,    0x80};
  bytes.push_back(static_cast<std::uint8_t>(4 + data.size()));
  bytes.insert(bytes.end(), {0, 7, 0});
  bytes.insert(bytes.end(), data.begin(), data.end());
  bytes[0] = static_cast<std::uint8_t>(bytes.size());
  while (bytes.size() % 4 != 0) bytes.push_back(0);
  return bytes;
}

TEST(EthtoolNetlinkTest, ReplyGivesItsData) {
  const auto answer = netlink::parse(reply(5, {1, 2, 3, 4, 5}), 0x15, 5);
  ASSERT_TRUE(answer);
  EXPECT_THAT(std::get<netlink::Data>(*answer).bytes, ElementsAre(1, 2, 3, 4, 5));
}

TEST(EthtoolNetlinkTest, AnswersToOtherRequestsAreSkipped) {
  Bytes both = reply(4, {9, 9, 9});
  EXPECT_FALSE(netlink::parse(both, 0x15, 5));
  const Bytes wanted = reply(5, {1});
  both.insert(both.end(), wanted.begin(), wanted.end());
  EXPECT_THAT(std::get<netlink::Data>(netlink::parse(both, 0x15, 5).value()).bytes, ElementsAre(1));
}

// -EOPNOTSUPP, the request's header alone (capped), and a text.
Bytes error_with_text() {
  return {56, 0, 0, 0, 2, 0, 0, 3, 5, 0, 0, 0, 9, 9, 0, 0,     // NLMSG_ERROR,
                                                               // capped,
                                                               // TLVs
          0xA1, 0xFF, 0xFF, 0xFF,                              // -95
          76, 0, 0, 0, 0x15, 0, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0,  // the
                                                               // request's
                                                               // header
          17, 0, 1, 0, 'N', 'o', ' ', 's', 'u', 'c', 'h', ' ', 'p', 'a', 'g', 'e', 0, 0, 0, 0};
}

TEST(EthtoolNetlinkTest, ErrorsCarryTheKernelsText) {
  const auto answer = netlink::parse(error_with_text(), 0x15, 5);
  ASSERT_TRUE(answer);
  const auto& failed = std::get<netlink::Failed>(*answer);
  EXPECT_EQ(failed.error, EOPNOTSUPP);
  EXPECT_EQ(failed.message, "No such page");
}

TEST(EthtoolNetlinkTest, BrokenAnswersAreMalformedAndNeverReadBeyond) {
  for (const Bytes& whole : {reply(5, {1, 2, 3, 4, 5}), error_with_text()}) {
    for (std::size_t kept = 1; kept < whole[0]; ++kept) {  // its length, without padding
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(kept));
      const auto answer = netlink::parse(cut, 0x15, 5);
      EXPECT_FALSE(answer && std::holds_alternative<netlink::Data>(*answer)) << kept;
    }
    for (std::size_t at = 0; at < whole.size(); ++at) {
      for (const unsigned byte : {0x00U, 0x01U, 0x7FU, 0xFFU}) {
        Bytes changed = whole;
        changed[at] = static_cast<std::uint8_t>(byte);
        static_cast<void>(netlink::parse(changed, 0x15, 5));
        static_cast<void>(netlink::parse(changed, 0, 5));
      }
    }
  }
}

TEST(KernelReaderTest, LinearImageOfTheIoctl) {
  const auto lower = PageAddress::lower(), a2 = PageAddress::lower(kDiagnosticsI2c);
  EXPECT_EQ(linear_offset(ETH_MODULE_SFF_8472, lower, 20), 20U);
  EXPECT_EQ(linear_offset(ETH_MODULE_SFF_8472, PageAddress::upper(0x00), 130), 130U);
  EXPECT_EQ(linear_offset(ETH_MODULE_SFF_8472, a2, 96), 352U);
  EXPECT_EQ(linear_offset(ETH_MODULE_SFF_8472, PageAddress::upper(0x02), 128), std::nullopt);
  EXPECT_EQ(linear_offset(ETH_MODULE_SFF_8079, a2, 96), std::nullopt);
  EXPECT_EQ(linear_offset(ETH_MODULE_SFF_8636, lower, 22), 22U);
  EXPECT_EQ(linear_offset(ETH_MODULE_SFF_8636, PageAddress::upper(0x00), 148), 148U);
  EXPECT_EQ(linear_offset(ETH_MODULE_SFF_8636, PageAddress::upper(0x03), 128), 512U);
  EXPECT_EQ(linear_offset(ETH_MODULE_SFF_8436, PageAddress::upper(0x03), 255), 639U);
  EXPECT_EQ(linear_offset(ETH_MODULE_SFF_8636, PageAddress::upper(0x11), 128), std::nullopt);
  EXPECT_EQ(linear_offset(ETH_MODULE_SFF_8636, PageAddress::upper(0x00, 1), 128), std::nullopt);
  EXPECT_EQ(linear_offset(0, lower, 0), std::nullopt);
}

TEST(KernelReaderTest, ErrorsAreToldApart) {
  EXPECT_EQ(failure_of(EOPNOTSUPP, "eth0").kind, Kind::kNotSupported);
  EXPECT_EQ(failure_of(EINVAL, "eth0").kind, Kind::kNotSupported);
  EXPECT_EQ(failure_of(EPERM, "eth0").kind, Kind::kDenied);
  EXPECT_EQ(failure_of(ENODEV, "eth0").kind, Kind::kNoPort);
  EXPECT_EQ(failure_of(EIO, "eth0").kind, Kind::kUnavailable);
  EXPECT_EQ(failure_of(EBUSY, "eth0").kind, Kind::kUnavailable);
  EXPECT_THAT(failure_of(EIO, "eth0").detail, HasSubstr("eth0: Input/output error"));
}

TEST(KernelReaderTest, NamesThatNoInterfaceHasAreRefused) {
  for (const char* name : {"", "sixteen-letters!", "a b", "a/b", "eth0:1", "a\nb"}) {
    const auto reader = KernelReader::open(name);
    ASSERT_FALSE(reader) << name;
    EXPECT_EQ(reader.error().code, ErrorCode::kInvalidInput);
  }
  EXPECT_TRUE(KernelReader::open("fifteen-letters"));
}

TEST(KernelReaderTest, InterfaceWithoutAModuleIsNotSupported) {
  auto reader = KernelReader::open("lo");
  ASSERT_TRUE(reader);
  const auto read = (*reader)->read(PageAddress::lower(), 0, 128);
  ASSERT_FALSE(read) << "the loopback interface has no module";
  if (read.error().kind == Kind::kDenied) {
    GTEST_SKIP() << "needs CAP_NET_ADMIN: the kernel said " << read.error().detail;
  }
  EXPECT_EQ(read.error().kind, Kind::kNotSupported) << read.error().detail;
  EXPECT_THAT(read.error().detail, HasSubstr("lo: Operation not supported"));
}

TEST(KernelReaderTest, InterfaceThatDoesNotExistIsNoPort) {
  auto reader = KernelReader::open("caspi-none");
  ASSERT_TRUE(reader);
  const auto read = (*reader)->read(PageAddress::lower(), 0, 128);
  ASSERT_FALSE(read);
  if (read.error().kind == Kind::kDenied) {
    GTEST_SKIP() << "needs CAP_NET_ADMIN: the kernel said " << read.error().detail;
  }
  EXPECT_EQ(read.error().kind, Kind::kNoPort) << read.error().detail;
}

}  // namespace
}  // namespace caspilink::module_memory
