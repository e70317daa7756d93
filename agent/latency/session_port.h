// A session on its socket: sends in a fixed rhythm, reads what comes back. For the latency thread.
//
// Where the kernel stamps, answers are read when the next probe goes: a thread that wakes for each
// costs more than all else a session does. Where it does not, they are read as they come.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <deque>

#include <asio/ip/udp.hpp>
#include <asio/steady_timer.hpp>

#include "agent/latency/datagram_socket.h"
#include "agent/latency/session.h"
#include "proto/endpoint/address.h"

namespace caspilink::latency {

// The first instant after `now` that is `phase` after a whole number of intervals of its clock.
[[nodiscard]] std::chrono::steady_clock::time_point next_on_grid(
    std::chrono::steady_clock::time_point now, std::chrono::nanoseconds interval,
    std::chrono::nanoseconds phase = {});

class SessionPort {
 public:
  SessionPort(asio::io_context& io, const Clock& clock, endpoint::Address peer,
              Session::Options options, bool kernel_stamps);

  // Probes go `phase` after the whole intervals of the steady clock, so that sessions of one
  // interval and phase share a wake-up.
  void start(std::chrono::nanoseconds phase);
  void stop();

  // Of the interval that ends now.
  [[nodiscard]] std::optional<Report> report();
  [[nodiscard]] const Session& session() const { return session_; }
  [[nodiscard]] std::uint64_t errors() const { return errors_; }  // names and sends that failed
  [[nodiscard]] bool stamped_by_kernel() const { return socket_.stamped_by_kernel(); }
  // For the next probe, rather than being read as they come.
  [[nodiscard]] bool answers_wait() const { return socket_.rests(); }

 private:
  struct Leaving {
    std::uint32_t id = 0;
    std::uint32_t sequence = 0;
  };

  void resolve();
  void tick();
  void send();
  void wait();
  void read_all();
  void read_as_it_pays();

  const Clock& clock_;
  const endpoint::Address peer_;
  const std::chrono::nanoseconds interval_;
  const std::uint8_t dscp_;
  const bool kernel_stamps_;
  asio::ip::udp::resolver resolver_;
  DatagramSocket socket_;
  asio::steady_timer timer_;
  Session session_;
  std::deque<Leaving> leaving_;
  std::array<std::byte, 2048> buffer_{};
  std::chrono::nanoseconds phase_{0};
  std::uint64_t errors_ = 0;
  bool stopped_ = false;  // what was due already is beyond cancelling and must look
};

}  // namespace caspilink::latency
