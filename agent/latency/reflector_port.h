// The reflector on its socket: reads, stamps, answers. For the latency thread.
#pragma once

#include <array>
#include <cstddef>
#include <deque>

#include "agent/latency/datagram_socket.h"
#include "agent/latency/reflector.h"
#include "proto/endpoint/address.h"

namespace caspilink::latency {

// What is longer is cut, and answered cut.
inline constexpr std::size_t kLargestDatagram = 2048;

class ReflectorPort {
 public:
  ReflectorPort(asio::io_context& io, const Clock& clock, Reflector::Options options);

  // Listens when it returns. kInvalidInput for an address that is no literal one.
  [[nodiscard]] Result<void> open(const endpoint::Address& listen, bool kernel_stamps);
  void start() { wait(); }
  void stop() { socket_.close(); }

  [[nodiscard]] std::uint16_t port() const { return socket_.port(); }
  [[nodiscard]] bool stamped_by_kernel() const { return socket_.stamped_by_kernel(); }
  [[nodiscard]] const Reflector& reflector() const { return reflector_; }

 private:
  struct Leaving {
    std::uint32_t id = 0;
    SessionKey session;
    std::uint32_t sequence = 0;
  };

  void wait();
  bool answer_one();
  void read_departures();

  const Clock& clock_;
  DatagramSocket socket_;
  Reflector reflector_;
  std::deque<Leaving> leaving_;
  std::array<std::byte, kLargestDatagram> buffer_{};
};

}  // namespace caspilink::latency
