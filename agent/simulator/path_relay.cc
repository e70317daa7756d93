#include "agent/simulator/path_relay.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <ctime>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace caspilink::simulator {
namespace {

using asio::ip::udp;
using std::chrono::nanoseconds;
using SteadyTime = std::chrono::steady_clock::time_point;

// Timers fire late by tens of microseconds; waking earlier by this much and spinning to the moment
// makes up for it. At 16 sessions of 5 probes a second it costs at most 1 % of a core.
constexpr std::chrono::microseconds kSpin{60};
// A receive time of the kernel is trusted to be this recent; older means its clock was set.
constexpr std::chrono::milliseconds kOldestArrival{50};
// A sender that is silent for so long gives up its place to a new one.
constexpr std::chrono::seconds kIdle{2};

struct Datagram {
  std::array<std::uint8_t, PathRelay::kLargestDatagram> bytes;
  std::size_t size = 0;
  bool oversize = false;
  udp::endpoint from;
  SteadyTime arrived;
};

SteadyTime arrival_of(const msghdr& message) {
  const auto now = std::chrono::steady_clock::now();
  for (const cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(const_cast<msghdr*>(&message), const_cast<cmsghdr*>(part))) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec stamp{};
    std::memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
    timespec wall{};
    ::clock_gettime(CLOCK_REALTIME, &wall);
    const nanoseconds age = std::chrono::seconds(wall.tv_sec - stamp.tv_sec) +
                            nanoseconds(wall.tv_nsec - stamp.tv_nsec);
    if (age >= nanoseconds(0) && age <= kOldestArrival) return now - age;
  }
  return now;
}

// One datagram without waiting; nothing when there is none (or an ICMP error was fetched instead).
bool receive(udp::socket& socket, Datagram& out) {
  iovec data{out.bytes.data(), out.bytes.size()};
  alignas(cmsghdr) std::array<char, 128> control{};
  msghdr message{};
  message.msg_name = out.from.data();
  message.msg_namelen = static_cast<socklen_t>(out.from.capacity());
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t size = ::recvmsg(socket.native_handle(), &message, MSG_DONTWAIT);
  if (size < 0) return false;
  out.size = static_cast<std::size_t>(size);
  out.oversize = (message.msg_flags & MSG_TRUNC) != 0;
  out.from.resize(message.msg_namelen);
  out.arrived = arrival_of(message);
  return true;
}

void stamp_arrivals(udp::socket& socket) {
  const int on = 1;
  // Without kernel stamps arrival is when we read: still right, only less precise.
  (void)::setsockopt(socket.native_handle(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
}

// One session sender on one fibre pair.
struct Sender {
  udp::endpoint endpoint;
  udp::socket upstream;
  SteadyTime last_heard;
  std::size_t credit = 0;  // bytes sent on and not yet answered

  Sender(asio::io_context& io, udp::endpoint from) : endpoint(std::move(from)), upstream(io) {}
};

struct Path {
  udp::socket listening;
  std::map<udp::endpoint, std::shared_ptr<Sender>> senders;
  std::size_t in_flight = 0;

  explicit Path(asio::io_context& io) : listening(io) {}
};

// A datagram on its way.
struct Held {
  std::size_t path = 0;
  std::shared_ptr<Sender> sender;
  bool outbound = false;
  std::vector<std::uint8_t> bytes;
};

}  // namespace

struct PathRelay::Impl {
  Options options;
  asio::io_context io;
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  asio::steady_timer timer{io};
  udp::endpoint target;
  std::vector<Path> paths;
  std::vector<std::uint16_t> ports;
  std::multimap<SteadyTime, Held> held;
  std::shared_ptr<const LineView> view;
  Datagram buffer;
  std::thread thread;

  mutable std::mutex mutex;
  RelayCounts counts;  // guarded by mutex

  void count(std::uint64_t RelayCounts::*what) {
    const std::lock_guard lock(mutex);
    ++(counts.*what);
  }

  Result<void> listen() {
    asio::error_code error;
    const auto host = asio::ip::make_address(options.host, error);
    if (error) {
      return fail(ErrorCode::kInvalidInput, options.host, "expected an IP address to listen on");
    }
    const auto target_host = asio::ip::make_address(options.target_host, error);
    if (error || options.target_port == 0) {
      return fail(ErrorCode::kInvalidInput, options.target_host,
                  "expected an IP address and port of the far station's reflector");
    }
    target = {target_host, options.target_port};
    const std::size_t count = view->pairs.size();
    if (options.base_port != 0 && options.base_port + count - 1 > 65535) {
      return fail(ErrorCode::kInvalidInput, std::to_string(options.base_port),
                  fmt::format("expected a base port of at most {} for {} fibre pairs",
                              65536 - count, count));
    }
    paths.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      Path& path = paths.emplace_back(io);
      const auto port =
          static_cast<std::uint16_t>(options.base_port == 0 ? 0 : options.base_port + i);
      const udp::endpoint here(host, port);
      path.listening.open(here.protocol(), error);
      if (!error) path.listening.bind(here, error);
      if (error) {
        return fail(ErrorCode::kUnavailable, fmt::format("{}:{}", options.host, port),
                    fmt::format("cannot listen for probes: {}", error.message()));
      }
      stamp_arrivals(path.listening);
      ports.push_back(path.listening.local_endpoint(error).port());
    }
    return {};
  }

  [[nodiscard]] const DirectionView& direction(std::size_t path, bool outbound) const {
    return view->pairs[path][outbound ? options.departing : plant::opposite(options.departing)];
  }

  void hold(std::size_t path, std::shared_ptr<Sender> sender, bool outbound,
            const Datagram& datagram) {
    const auto& there = direction(path, outbound);
    if (there.dark) return count(&RelayCounts::dropped_dark);
    if (paths[path].in_flight >= options.most_in_flight) return count(&RelayCounts::dropped_full);
    ++paths[path].in_flight;
    const auto delay = nanoseconds(static_cast<std::int64_t>(there.delay.value() * 1e9));
    const auto begin = datagram.bytes.begin();
    held.emplace(datagram.arrived + delay,
                 Held{path,
                      std::move(sender),
                      outbound,
                      {begin, begin + static_cast<std::ptrdiff_t>(datagram.size)}});
  }

  void release() {
    while (!held.empty()) {
      const auto first = held.begin();
      const auto due = first->first;
      if (due - std::chrono::steady_clock::now() > kSpin) break;
      while (std::chrono::steady_clock::now() < due) {
      }
      auto datagram = std::move(held.extract(first).mapped());
      --paths[datagram.path].in_flight;
      send(datagram);
    }
    arm();
  }

  void send(const Held& datagram) {
    // Cut while the light was under way.
    if (direction(datagram.path, datagram.outbound).dark) {
      return count(&RelayCounts::dropped_dark);
    }
    asio::error_code error;
    if (datagram.outbound) {
      datagram.sender->upstream.send(asio::buffer(datagram.bytes), 0, error);
    } else {
      paths[datagram.path].listening.send_to(asio::buffer(datagram.bytes),
                                             datagram.sender->endpoint, 0, error);
    }
    // An absent reflector or a full socket loses the datagram, as UDP does.
    if (!error) count(&RelayCounts::forwarded);
  }

  void arm() {
    if (held.empty()) return;
    timer.expires_at(held.begin()->first - kSpin);
    timer.async_wait([this](const asio::error_code& error) {
      if (!error) release();
    });
  }

  std::shared_ptr<Sender> sender_of(std::size_t index, const Datagram& datagram) {
    Path& path = paths[index];
    if (const auto found = path.senders.find(datagram.from); found != path.senders.end()) {
      found->second->last_heard = datagram.arrived;
      return found->second;
    }
    if (path.senders.size() >= options.most_senders) {
      const auto oldest = std::ranges::min_element(
          path.senders, {}, [](const auto& entry) { return entry.second->last_heard; });
      if (datagram.arrived - oldest->second->last_heard < kIdle) return nullptr;
      asio::error_code ignored;
      oldest->second->upstream.close(ignored);
      path.senders.erase(oldest);
    }
    auto sender = std::make_shared<Sender>(io, datagram.from);
    asio::error_code error;
    sender->upstream.open(target.protocol(), error);
    if (!error) sender->upstream.connect(target, error);
    if (error) return nullptr;
    stamp_arrivals(sender->upstream);
    sender->last_heard = datagram.arrived;
    path.senders.emplace(datagram.from, sender);
    await_replies(index, sender);
    return sender;
  }

  // Reads what there is, at most a few so that one sender cannot starve the others.
  template <typename Take>
  void drain(udp::socket& socket, Take take) {
    for (int i = 0; i < 64 && receive(socket, buffer); ++i) {
      buffer.oversize ? count(&RelayCounts::dropped_oversize) : take();
    }
    // Also sends what is due, so that a flood of arrivals delays nobody.
    release();
  }

  void await_probes(std::size_t index) {
    paths[index].listening.async_wait(
        udp::socket::wait_read, [this, index](const asio::error_code& error) {
          if (error) return;
          drain(paths[index].listening, [&] {
            auto sender = sender_of(index, buffer);
            if (!sender) return count(&RelayCounts::dropped_full);
            // Bounded, so that probes which are never answered save nothing up.
            sender->credit = std::min(sender->credit + buffer.size, std::size_t{1} << 20);
            hold(index, std::move(sender), true, buffer);
          });
          await_probes(index);
        });
  }

  void await_replies(std::size_t index, const std::shared_ptr<Sender>& sender) {
    sender->upstream.async_wait(udp::socket::wait_read,
                                [this, index, sender](const asio::error_code& error) {
                                  if (error) return;
                                  drain(sender->upstream, [&] {
                                    if (sender->credit < buffer.size)
                                      return count(&RelayCounts::dropped_full);
                                    sender->credit -= buffer.size;
                                    hold(index, sender, false, buffer);
                                  });
                                  await_replies(index, sender);
                                });
  }
};

Result<std::unique_ptr<PathRelay>> PathRelay::start(Options options,
                                                    std::shared_ptr<const LineView> view) {
  auto impl = std::make_unique<Impl>();
  impl->options = std::move(options);
  impl->view = std::move(view);
  if (auto listening = impl->listen(); !listening) return tl::unexpected(listening.error());
  for (std::size_t i = 0; i < impl->paths.size(); ++i) impl->await_probes(i);
  impl->thread = std::thread([raw = impl.get()] {
    // The kernel may otherwise lump this thread's timers within 50 us.
    (void)::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    raw->io.run();
  });
  return std::unique_ptr<PathRelay>(new PathRelay(std::move(impl)));
}

PathRelay::PathRelay(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

PathRelay::~PathRelay() {
  impl_->io.stop();
  impl_->thread.join();
}

const std::vector<std::uint16_t>& PathRelay::ports() const { return impl_->ports; }

void PathRelay::set_view(std::shared_ptr<const LineView> view) {
  asio::post(impl_->io, [raw = impl_.get(), view = std::move(view)]() mutable {
    raw->view = std::move(view);
  });
}

RelayCounts PathRelay::counts() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->counts;
}

}  // namespace caspilink::simulator
