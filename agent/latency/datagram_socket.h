// A UDP socket that says of each datagram when the kernel received or sent it, with which TTL, DSCP
// and ECN it came, and to which of our addresses. IPv4 or IPv6, never both.
//
// Kernel stamps are SO_TIMESTAMPING's: software ones, and the interface's own where its driver
// gives them (which takes an interface set up for it, as ptp4l does). Send times come back through
// the socket's error queue, numbered by the kernel in the order of sending (OPT_ID).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>

#include <asio/ip/udp.hpp>

#include "agent/latency/clock.h"
#include "agent/latency/peer.h"
#include "agent/latency/session.h"
#include "link_models/result.h"

namespace caspilink::latency {

inline constexpr std::uint8_t kTtl = 255;  // of all we send: what arrives tells the hops

struct Datagram {
  std::span<std::byte> bytes;  // in the caller's buffer
  bool cut = false;            // was longer than the buffer
  asio::ip::udp::endpoint from;
  std::optional<asio::ip::address> to;  // which of our addresses it came to
  std::uint8_t ttl = 0;                 // 0: the kernel did not say
  std::uint8_t dscp = 0;
  std::uint8_t ecn = 0;
  KernelStamps stamps;
};

// When one datagram left; `id` is what send() returned.
struct Departure {
  std::uint32_t id = 0;
  KernelStamps stamps;
};

class DatagramSocket {
 public:
  explicit DatagramSocket(asio::io_context& io) : socket_(io) {}
  ~DatagramSocket() { close(); }
  DatagramSocket(const DatagramSocket&) = delete;
  DatagramSocket& operator=(const DatagramSocket&) = delete;

  // For answering. kUnavailable where the address is taken.
  [[nodiscard]] Result<void> bind(const asio::ip::udp::endpoint& local, bool kernel_stamps);
  // For asking.
  [[nodiscard]] Result<void> connect(const asio::ip::udp::endpoint& peer, bool kernel_stamps);
  void close();
  [[nodiscard]] bool is_open() const { return resting_ >= 0 || socket_.is_open(); }

  // Whose arrivals and send times wake nobody: what comes waits in the kernel, stamped, until
  // somebody reads. Waits on handle() end. A socket starts watched.
  void rest();
  // handle() can be waited on again.
  void watch();
  [[nodiscard]] bool rests() const { return resting_ >= 0; }

  // Whether the kernel stamps; false where it was not wanted or refused.
  [[nodiscard]] bool stamped_by_kernel() const { return kernel_stamps_; }
  [[nodiscard]] asio::ip::udp::socket& handle() { return socket_; }
  [[nodiscard]] std::uint16_t port() const { return socket_.local_endpoint().port(); }

  // One datagram without waiting; nothing when there is none. What the network left behind (a
  // "connection refused") is passed over.
  [[nodiscard]] std::optional<Datagram> receive(std::span<std::byte> buffer);
  // To the connected peer, or to `to` from our address `from`. Its number for departures; nothing
  // where the kernel refused to send.
  [[nodiscard]] std::optional<std::uint32_t> send(std::span<const std::byte> bytes,
                                                  std::uint8_t dscp,
                                                  const asio::ip::udp::endpoint* to = nullptr,
                                                  const asio::ip::address* from = nullptr);
  // One send time without waiting; nothing when there is none.
  [[nodiscard]] std::optional<Departure> departure();

 private:
  Result<void> set_up(bool v6, bool kernel_stamps);
  void number_anew();
  [[nodiscard]] int native() { return rests() ? resting_ : socket_.native_handle(); }

  asio::ip::udp::socket socket_;
  int resting_ = -1;  // the descriptor, while the io_context does not have it
  bool v6_ = false;
  bool kernel_stamps_ = false;
  std::uint32_t next_id_ = 0;      // ours, over all datagrams
  std::uint32_t kernel_base_ = 0;  // our number of the kernel's 0
};

[[nodiscard]] Peer peer_of(const asio::ip::udp::endpoint& endpoint);

}  // namespace caspilink::latency
