#include "agent/sources/module_memory/kernel_reader.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <linux/ethtool.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "agent/sources/module_memory/ethtool_netlink.h"

namespace caspilink::module_memory {
namespace {

constexpr timeval kPatience{.tv_sec = 2, .tv_usec = 0};  // of one read of the I2C bus
constexpr std::size_t kLargestAnswer = 8192;
constexpr unsigned kSff8472LinearBytes = 512, kSff8636LinearBytes = 640;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return number_; }

 private:
  int number_;
};

ReadResult<std::vector<std::uint8_t>> unavailable(std::string detail) {
  return tl::unexpected(ReadFailure{ReadFailure::Kind::kUnavailable, std::move(detail)});
}

}  // namespace

class KernelReader::Socket {
 public:
  Socket() : descriptor_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC)) {
    if (!open()) return;
    // Without these there is less to tell about a failure, and nothing else is lost.
    const int on = 1;
    ::setsockopt(descriptor_.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
    ::setsockopt(descriptor_.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
    ::setsockopt(descriptor_.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  }

  [[nodiscard]] bool open() const { return descriptor_.get() >= 0; }

  ReadResult<netlink::Answer> ask(const std::vector<std::uint8_t>& request, std::uint16_t family,
                                  std::uint32_t sequence) {
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    if (::sendto(descriptor_.get(), request.data(), request.size(), 0,
                 reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel) < 0) {
      return tl::unexpected(failure_of(errno, "asking the kernel"));
    }
    std::array<std::uint8_t, kLargestAnswer> buffer{};
    for (;;) {
      const ssize_t size = ::recv(descriptor_.get(), buffer.data(), buffer.size(), 0);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return tl::unexpected(failure_of(errno, "waiting for the kernel"));
      // Answers to an earlier request that was given up on have another sequence number.
      const auto answer =
          netlink::parse(std::span(buffer).first(static_cast<std::size_t>(size)), family, sequence);
      if (answer) return *answer;
    }
  }

 private:
  Descriptor descriptor_;
};

ReadFailure failure_of(int error, std::string doing) {
  using Kind = ReadFailure::Kind;
  Kind kind = Kind::kUnavailable;
  switch (error) {
    case EOPNOTSUPP:
    case EINVAL:  // the driver's word for a page that the module does not have
    case ENOTTY:
      kind = Kind::kNotSupported;
      break;
    case EPERM:
    case EACCES:
      kind = Kind::kDenied;
      break;
    case ENODEV:
      kind = Kind::kNoPort;
      break;
    default:
      break;
  }
  return {kind, fmt::format("{}: {}", doing, std::generic_category().message(error))};
}

std::optional<unsigned> linear_offset(unsigned module_type, const PageAddress& address,
                                      unsigned first) {
  const unsigned page = address.page.value_or(0);
  if (address.bank != 0) return std::nullopt;
  switch (module_type) {
    case ETH_MODULE_SFF_8079:
    case ETH_MODULE_SFF_8472:
      if (page != 0) return std::nullopt;
      if (address.i2c == kModuleI2c) return first;
      if (address.i2c == kDiagnosticsI2c && module_type == ETH_MODULE_SFF_8472) return 256 + first;
      return std::nullopt;
    case ETH_MODULE_SFF_8636:
    case ETH_MODULE_SFF_8436:
      if (address.i2c != kModuleI2c || page > 3) return std::nullopt;
      return page * kPageBytes + first;
    default:
      return std::nullopt;
  }
}

KernelReader::KernelReader(std::string interface_name)
    : interface_name_(std::move(interface_name)) {}

KernelReader::~KernelReader() = default;

Result<std::unique_ptr<KernelReader>> KernelReader::open(std::string interface_name) {
  if (interface_name.empty() || interface_name.size() >= IFNAMSIZ ||
      std::ranges::any_of(interface_name,
                          [](char c) { return c <= ' ' || c == '/' || c == ':' || c == 0x7F; })) {
    return fail(ErrorCode::kInvalidInput, "interface",
                fmt::format("'{}' is no interface's name (1 to {} characters)", interface_name,
                            IFNAMSIZ - 1));
  }
  return std::unique_ptr<KernelReader>(new KernelReader(std::move(interface_name)));
}

ReadResult<void> KernelReader::resolve_family() {
  if (!socket_) socket_ = std::make_unique<Socket>();
  if (!socket_->open()) {
    socket_.reset();
    return tl::unexpected(ReadFailure{ReadFailure::Kind::kNotSupported, "no generic netlink"});
  }
  if (family_ != 0) return {};
  const std::uint32_t sequence = ++sequence_;
  const auto answer = socket_->ask(netlink::family_request(sequence), 0, sequence);
  if (!answer) return tl::unexpected(answer.error());
  if (const auto* family = std::get_if<netlink::Family>(&*answer)) {
    family_ = family->id;
    return {};
  }
  // A kernel older than 5.6, or built without it.
  return tl::unexpected(
      ReadFailure{ReadFailure::Kind::kNotSupported, "the kernel has no ethtool netlink"});
}

ReadResult<std::vector<std::uint8_t>> KernelReader::read_netlink(const PageAddress& address,
                                                                 unsigned first, unsigned count) {
  if (auto resolved = resolve_family(); !resolved) return tl::unexpected(resolved.error());
  const std::uint32_t sequence = ++sequence_;
  auto answer = socket_->ask(
      netlink::eeprom_request(family_, sequence, interface_name_, address, first, count), family_,
      sequence);
  if (!answer) return tl::unexpected(answer.error());
  if (auto* data = std::get_if<netlink::Data>(&*answer)) {
    if (data->bytes.size() == count) return std::move(data->bytes);
    return unavailable(fmt::format("the kernel gave {} bytes of {}", data->bytes.size(), count));
  }
  if (const auto* failed = std::get_if<netlink::Failed>(&*answer)) {
    ReadFailure failure = failure_of(failed->error, interface_name_);
    if (!failed->message.empty()) failure.detail += " (" + failed->message + ")";
    return tl::unexpected(std::move(failure));
  }
  const auto* malformed = std::get_if<netlink::Malformed>(&*answer);
  return unavailable("the kernel's answer is not understood: " +
                     (malformed != nullptr ? malformed->what : std::string("another one")));
}

ReadResult<std::vector<std::uint8_t>> KernelReader::read_ioctl(const PageAddress& address,
                                                               unsigned first, unsigned count) {
  const Descriptor descriptor(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (descriptor.get() < 0) return tl::unexpected(failure_of(errno, "opening a socket"));
  ifreq request{};
  interface_name_.copy(request.ifr_name, IFNAMSIZ - 1);
  ethtool_modinfo info{};
  info.cmd = ETHTOOL_GMODULEINFO;
  request.ifr_data = reinterpret_cast<char*>(&info);
  if (::ioctl(descriptor.get(), SIOCETHTOOL, &request) < 0) {
    return tl::unexpected(failure_of(errno, interface_name_));
  }
  const auto offset = linear_offset(info.type, address, first);
  const unsigned length =
      std::min(info.eeprom_len, std::max(kSff8472LinearBytes, kSff8636LinearBytes));
  if (!offset || *offset + count > length) {
    return tl::unexpected(ReadFailure{
        ReadFailure::Kind::kNotSupported,
        fmt::format("{}: {} is out of the driver's reach", interface_name_, address.name())});
  }
  // The kernel writes `count` bytes behind the request.
  std::vector<std::uint8_t> block(sizeof(ethtool_eeprom) + count);
  ethtool_eeprom eeprom{};
  eeprom.cmd = ETHTOOL_GMODULEEEPROM;
  eeprom.offset = *offset;
  eeprom.len = count;
  std::memcpy(block.data(), &eeprom, sizeof eeprom);
  request.ifr_data = reinterpret_cast<char*>(block.data());
  if (::ioctl(descriptor.get(), SIOCETHTOOL, &request) < 0) {
    return tl::unexpected(failure_of(errno, interface_name_));
  }
  block.erase(block.begin(), block.begin() + sizeof(ethtool_eeprom));
  return block;
}

ReadResult<std::vector<std::uint8_t>> KernelReader::read(const PageAddress& address, unsigned first,
                                                         unsigned count) {
  auto by_netlink = read_netlink(address, first, count);
  if (by_netlink || by_netlink.error().kind != ReadFailure::Kind::kNotSupported) return by_netlink;
  auto by_ioctl = read_ioctl(address, first, count);
  if (by_ioctl) return by_ioctl;
  by_ioctl.error().detail =
      fmt::format("{}; by ioctl, {}", by_netlink.error().detail, by_ioctl.error().detail);
  return by_ioctl;
}

}  // namespace caspilink::module_memory
