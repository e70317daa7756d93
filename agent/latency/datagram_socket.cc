#include "agent/latency/datagram_socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <asio/ip/v6_only.hpp>
#include <fmt/format.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace caspilink::latency {
namespace {

using asio::ip::udp;

constexpr int kStampFlags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_TX_SOFTWARE |
                            SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_HARDWARE |
                            SOF_TIMESTAMPING_TX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE |
                            SOF_TIMESTAMPING_OPT_TX_SWHW | SOF_TIMESTAMPING_OPT_ID |
                            SOF_TIMESTAMPING_OPT_CMSG | SOF_TIMESTAMPING_OPT_TSONLY;
constexpr std::size_t kControlSize = 512;

bool set(int socket, int level, int option, int value) {
  return ::setsockopt(socket, level, option, &value, sizeof value) == 0;
}

template <typename T>
T content(const cmsghdr* part) {
  T value{};
  std::memcpy(&value, CMSG_DATA(part), sizeof value);
  return value;
}

std::optional<std::int64_t> nanoseconds(const timespec& time) {
  if (time.tv_sec == 0 && time.tv_nsec == 0) return std::nullopt;
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

KernelStamps stamps_of(const cmsghdr* part) {
  const auto times = content<scm_timestamping>(part);
  return {.software_unix_ns = nanoseconds(times.ts[0]), .hardware_ns = nanoseconds(times.ts[2])};
}

// The traffic class comes as one byte in IPv4 and as an int in IPv6.
std::uint8_t traffic_class(const cmsghdr* part) {
  return part->cmsg_len >= CMSG_LEN(sizeof(int)) ? static_cast<std::uint8_t>(content<int>(part))
                                                 : content<std::uint8_t>(part);
}

void take(const cmsghdr* part, Datagram& out) {
  const auto is = [&](int level, int type) {
    return part->cmsg_level == level && part->cmsg_type == type;
  };
  if (is(SOL_SOCKET, SCM_TIMESTAMPING)) {
    out.stamps = stamps_of(part);
  } else if (is(IPPROTO_IP, IP_TTL) || is(IPPROTO_IPV6, IPV6_HOPLIMIT)) {
    out.ttl = static_cast<std::uint8_t>(content<int>(part));
  } else if (is(IPPROTO_IP, IP_TOS) || is(IPPROTO_IPV6, IPV6_TCLASS)) {
    const std::uint8_t octet = traffic_class(part);
    out.dscp = octet >> 2;
    out.ecn = octet & 3;
  } else if (is(IPPROTO_IP, IP_PKTINFO)) {
    const auto info = content<in_pktinfo>(part);
    out.to = asio::ip::address_v4(ntohl(info.ipi_addr.s_addr));
  } else if (is(IPPROTO_IPV6, IPV6_PKTINFO)) {
    const auto info = content<in6_pktinfo>(part);
    asio::ip::address_v6::bytes_type bytes{};
    std::memcpy(bytes.data(), &info.ipi6_addr, bytes.size());
    out.to = asio::ip::address_v6(bytes, info.ipi6_ifindex);
  }
}

// Builds the control messages of one datagram that is sent.
class Control {
 public:
  explicit Control(msghdr& message) : message_(message) {
    message_.msg_control = space_.data();
    message_.msg_controllen = 0;
  }

  template <typename T>
  void add(int level, int type, const T& value) {
    auto* part = reinterpret_cast<cmsghdr*>(space_.data() + message_.msg_controllen);
    part->cmsg_level = level;
    part->cmsg_type = type;
    part->cmsg_len = CMSG_LEN(sizeof value);
    std::memcpy(CMSG_DATA(part), &value, sizeof value);
    message_.msg_controllen += CMSG_SPACE(sizeof value);
  }

 private:
  msghdr& message_;
  alignas(cmsghdr) std::array<char, kControlSize> space_{};
};

void add_source(Control& control, const asio::ip::address& from) {
  if (from.is_v4()) {
    in_pktinfo info{};
    info.ipi_spec_dst.s_addr = htonl(from.to_v4().to_uint());
    control.add(IPPROTO_IP, IP_PKTINFO, info);
  } else {
    in6_pktinfo info{};
    const auto bytes = from.to_v6().to_bytes();
    std::memcpy(&info.ipi6_addr, bytes.data(), bytes.size());
    info.ipi6_ifindex = static_cast<unsigned>(from.to_v6().scope_id());
    control.add(IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
}

}  // namespace

Result<void> DatagramSocket::bind(const udp::endpoint& local, bool kernel_stamps) {
  asio::error_code error;
  socket_.open(local.protocol(), error);
  if (!error && local.address().is_v6()) socket_.set_option(asio::ip::v6_only(true), error);
  if (!error) socket_.bind(local, error);
  if (error) {
    return fail(ErrorCode::kUnavailable, "",
                fmt::format("cannot listen for STAMP here: {}", error.message()));
  }
  return set_up(local.address().is_v6(), kernel_stamps);
}

Result<void> DatagramSocket::connect(const udp::endpoint& peer, bool kernel_stamps) {
  asio::error_code error;
  socket_.open(peer.protocol(), error);
  if (!error) socket_.connect(peer, error);
  if (error) {
    close();
    return fail(ErrorCode::kUnavailable, "", error.message());
  }
  return set_up(peer.address().is_v6(), kernel_stamps);
}

Result<void> DatagramSocket::set_up(bool v6, bool kernel_stamps) {
  v6_ = v6;
  const int socket = native();
  const int level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
  const bool told = set(socket, level, v6 ? IPV6_RECVHOPLIMIT : IP_RECVTTL, 1) &&
                    set(socket, level, v6 ? IPV6_RECVTCLASS : IP_RECVTOS, 1) &&
                    set(socket, level, v6 ? IPV6_RECVPKTINFO : IP_PKTINFO, 1) &&
                    set(socket, level, v6 ? IPV6_UNICAST_HOPS : IP_TTL, kTtl);
  if (!told) {
    return fail(ErrorCode::kUnavailable, "", "the kernel refuses to tell TTL, DSCP and addresses");
  }
  kernel_stamps_ = kernel_stamps && set(socket, SOL_SOCKET, SO_TIMESTAMPING, kStampFlags);
  kernel_base_ = next_id_;
  return {};
}

void DatagramSocket::close() {
  asio::error_code ignored;
  socket_.close(ignored);
  if (rests()) ::close(std::exchange(resting_, -1));
}

// An open socket of asio's wakes the io_context with every datagram, waited for or not.
void DatagramSocket::rest() {
  asio::error_code failed;
  if (!rests()) resting_ = socket_.release(failed);
}

void DatagramSocket::watch() {
  if (!rests()) return;
  asio::error_code failed;
  socket_.assign(v6_ ? udp::v6() : udp::v4(), resting_, failed);
  if (!failed) resting_ = -1;
}

std::optional<Datagram> DatagramSocket::receive(std::span<std::byte> buffer) {
  // An error the network left behind is fetched once each; there are few.
  for (int errors = 0; errors < 16; ++errors) {
    Datagram datagram;
    iovec data{.iov_base = buffer.data(), .iov_len = buffer.size()};
    alignas(cmsghdr) std::array<char, kControlSize> control{};
    msghdr message{};
    message.msg_name = datagram.from.data();
    message.msg_namelen = static_cast<socklen_t>(datagram.from.capacity());
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = ::recvmsg(native(), &message, MSG_DONTWAIT);
    if (size < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EBADF) return std::nullopt;
      continue;
    }
    datagram.from.resize(message.msg_namelen);
    datagram.bytes = buffer.first(static_cast<std::size_t>(size));
    datagram.cut = (message.msg_flags & MSG_TRUNC) != 0;
    for (const cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(&message, const_cast<cmsghdr*>(part))) {
      take(part, datagram);
    }
    return datagram;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> DatagramSocket::send(std::span<const std::byte> bytes,
                                                  std::uint8_t dscp, const udp::endpoint* to,
                                                  const asio::ip::address* from) {
  iovec data{.iov_base = const_cast<std::byte*>(bytes.data()), .iov_len = bytes.size()};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (to != nullptr) {
    message.msg_name = const_cast<sockaddr*>(to->data());
    message.msg_namelen = static_cast<socklen_t>(to->size());
  }
  Control control(message);
  control.add(v6_ ? IPPROTO_IPV6 : IPPROTO_IP, v6_ ? IPV6_TCLASS : IP_TOS, int{dscp} << 2);
  if (from != nullptr) add_source(control, *from);
  const std::uint32_t id = next_id_++;
  if (::sendmsg(native(), &message, MSG_DONTWAIT) < 0) {
    // Whether the kernel counted this one depends on how far it got.
    number_anew();
    return std::nullopt;
  }
  return id;
}

void DatagramSocket::number_anew() {
  if (!kernel_stamps_) return;
  while (departure()) {
  }
  const int socket = native();
  kernel_stamps_ =
      set(socket, SOL_SOCKET, SO_TIMESTAMPING, kStampFlags & ~SOF_TIMESTAMPING_OPT_ID) &&
      set(socket, SOL_SOCKET, SO_TIMESTAMPING, kStampFlags);
  kernel_base_ = next_id_;
}

std::optional<Departure> DatagramSocket::departure() {
  if (!kernel_stamps_) return std::nullopt;
  alignas(cmsghdr) std::array<char, kControlSize> control{};
  // Errors that ICMP left are in the same queue, with the datagram they are about: passed over.
  for (int entries = 0; entries < 64; ++entries) {
    msghdr message{};
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (::recvmsg(native(), &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
      return std::nullopt;
    }
    std::optional<KernelStamps> stamps;
    std::optional<std::uint32_t> number;
    for (const cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(&message, const_cast<cmsghdr*>(part))) {
      if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_TIMESTAMPING) {
        stamps = stamps_of(part);
      } else if ((part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_RECVERR) ||
                 (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_RECVERR)) {
        const auto error = content<sock_extended_err>(part);
        if (error.ee_errno == ENOMSG && error.ee_origin == SO_EE_ORIGIN_TIMESTAMPING) {
          number = error.ee_data;
        }
      }
    }
    if (stamps && number) return Departure{.id = kernel_base_ + *number, .stamps = *stamps};
  }
  return std::nullopt;
}

Peer peer_of(const udp::endpoint& endpoint) {
  Peer peer{.port = endpoint.port()};
  const asio::ip::address& address = endpoint.address();
  if (address.is_v4()) {
    peer.address[10] = peer.address[11] = 0xff;
    std::ranges::copy(address.to_v4().to_bytes(), peer.address.begin() + 12);
  } else {
    std::ranges::copy(address.to_v6().to_bytes(), peer.address.begin());
  }
  return peer;
}

}  // namespace caspilink::latency
