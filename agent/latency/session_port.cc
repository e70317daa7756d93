#include "agent/latency/session_port.h"

#include <utility>

namespace caspilink::latency {
namespace {

using asio::ip::udp;
using std::chrono::nanoseconds;

constexpr int kDatagramsAtOnce = 256;      // about a socket's buffer; then timers get their turn
constexpr std::size_t kMostLeaving = 256;  // probes whose send time is awaited
constexpr nanoseconds kResolveAgain = std::chrono::seconds(5);

}  // namespace

std::chrono::steady_clock::time_point next_on_grid(std::chrono::steady_clock::time_point now,
                                                   nanoseconds interval, nanoseconds phase) {
  const auto passed = (now.time_since_epoch() - phase) % interval;
  return now + (interval - passed);
}

SessionPort::SessionPort(asio::io_context& io, const Clock& clock, endpoint::Address peer,
                         Session::Options options, bool kernel_stamps)
    : clock_(clock),
      peer_(std::move(peer)),
      interval_(options.interval_ns),
      dscp_(options.dscp),
      kernel_stamps_(kernel_stamps),
      resolver_(io),
      socket_(io),
      timer_(io),
      session_(std::move(options)) {}

void SessionPort::start(nanoseconds phase) {
  phase_ = phase;
  resolve();
}

void SessionPort::stop() {
  stopped_ = true;
  resolver_.cancel();
  timer_.cancel();
  socket_.close();
}

std::optional<Report> SessionPort::report() {
  read_all();
  session_.wake(clock_.now().steady_ns);
  return session_.report();
}

void SessionPort::resolve() {
  resolver_.async_resolve(
      peer_.host, std::to_string(peer_.port),
      [this](const asio::error_code& error, const udp::resolver::results_type& found) {
        if (stopped_) return;
        if (error || !socket_.connect(found.begin()->endpoint(), kernel_stamps_)) {
          ++errors_;
          socket_.close();
          timer_.expires_after(kResolveAgain);
          timer_.async_wait([this](const asio::error_code& cancelled) {
            if (!cancelled && !stopped_) resolve();
          });
          return;
        }
        wait();
        timer_.expires_at(next_on_grid(std::chrono::steady_clock::now(), interval_, phase_));
        tick();
      });
}

// A fixed rhythm: each expiry follows the last by the interval, whatever the wake-up was late by;
// ticks that were slept through are left out.
void SessionPort::tick() {
  timer_.async_wait([this](const asio::error_code& error) {
    if (error || stopped_) return;
    send();
    const auto next = timer_.expiry() + interval_;
    const auto now = std::chrono::steady_clock::now();
    timer_.expires_at(next > now - interval_ ? next : now);
    tick();
  });
}

void SessionPort::send() {
  // What came while nobody read is no loss.
  read_all();
  read_as_it_pays();
  const Moment now = clock_.now();
  session_.wake(now.steady_ns);
  const ErrorEstimate error = clock_.error();
  const auto datagram = session_.send(clock_.now(), error);
  const auto id = socket_.send(datagram, dscp_);
  if (!id) {
    ++errors_;  // the probe counts as lost when its time is over
    return;
  }
  if (!socket_.stamped_by_kernel()) return;
  leaving_.push_back({.id = *id, .sequence = session_.last_sequence()});
  if (leaving_.size() > kMostLeaving) leaving_.pop_front();
}

void SessionPort::read_all() {
  if (!socket_.is_open()) return;
  while (const auto departure = socket_.departure()) {
    while (!leaving_.empty() &&
           static_cast<std::int32_t>(departure->id - leaving_.front().id) > 0) {
      leaving_.pop_front();
    }
    if (leaving_.empty() || leaving_.front().id != departure->id) continue;
    // Stays in place: the interface's own stamp may follow the kernel's.
    session_.sent(leaving_.front().sequence, departure->stamps, clock_.now());
  }
  for (int count = 0; count < kDatagramsAtOnce; ++count) {
    const auto datagram = socket_.receive(buffer_);
    if (!datagram) break;
    session_.receive(datagram->bytes, {.read = clock_.now(),
                                       .waited = socket_.rests(),
                                       .stamps = datagram->stamps,
                                       .ttl = datagram->ttl,
                                       .dscp = datagram->dscp});
  }
}

void SessionPort::read_as_it_pays() {
  const bool may_wait = socket_.stamped_by_kernel() && session_.stamped_by_kernel();
  if (may_wait == socket_.rests()) return;
  if (may_wait) return socket_.rest();
  socket_.watch();
  wait();
}

void SessionPort::wait() {
  socket_.handle().async_wait(udp::socket::wait_read, [this](const asio::error_code& error) {
    if (error) return;
    read_all();
    wait();
  });
}

}  // namespace caspilink::latency
