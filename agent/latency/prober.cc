#include "agent/latency/prober.h"

#include <array>
#include <chrono>
#include <mutex>
#include <thread>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include "agent/latency/session.h"

namespace caspilink::latency {
namespace {

using asio::ip::udp;
using std::chrono::nanoseconds;

constexpr std::size_t kLargestDatagram = 2048;  // what is longer is cut, and answered cut
constexpr int kDatagramsAtOnce = 64;            // then timers get their turn
constexpr nanoseconds kResolveAgain = std::chrono::seconds(5);
constexpr double kNs = 1e-9;

using Buffer = std::array<std::byte, kLargestDatagram>;

struct Datagram {
  std::size_t size = 0;
  std::uint8_t ttl = 0;  // 0: the kernel did not say
};

// One datagram without waiting. An error that the network left behind ("connection refused") reads
// as an empty datagram: it says nothing about the next one.
std::optional<Datagram> receive(udp::socket& socket, Buffer& buffer, udp::endpoint& from) {
  iovec data{.iov_base = buffer.data(), .iov_len = buffer.size()};
  alignas(cmsghdr) std::array<char, 64> control{};
  msghdr message{};
  message.msg_name = from.data();
  message.msg_namelen = static_cast<socklen_t>(from.capacity());
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t size = recvmsg(socket.native_handle(), &message, MSG_DONTWAIT);
  if (size < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return std::nullopt;
    return Datagram{};
  }
  from.resize(message.msg_namelen);
  Datagram datagram{.size = static_cast<std::size_t>(size)};
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if ((part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_TTL) ||
        (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_HOPLIMIT)) {
      datagram.ttl = static_cast<std::uint8_t>(*reinterpret_cast<const int*>(CMSG_DATA(part)));
    }
  }
  return datagram;
}

std::string bytes_of(const asio::ip::address& address) {
  const auto text = [](const auto& bytes) { return std::string(bytes.begin(), bytes.end()); };
  return address.is_v4() ? text(address.to_v4().to_bytes()) : text(address.to_v6().to_bytes());
}

void ask_for_ttl(udp::socket& socket, bool v6) {
  const int yes = 1;
  setsockopt(socket.native_handle(), v6 ? IPPROTO_IPV6 : IPPROTO_IP,
             v6 ? IPV6_RECVHOPLIMIT : IP_RECVTTL, &yes, sizeof yes);
}

class ReflectorSocket {
 public:
  ReflectorSocket(asio::io_context& io, const Clock& clock, Reflector::Options options)
      : clock_(clock), socket_(io), reflector_(options) {}

  Result<void> open(const endpoint::Address& listen) {
    asio::error_code error;
    const auto address =
        asio::ip::make_address(listen.host == "localhost" ? "127.0.0.1" : listen.host, error);
    if (error) {
      return fail(ErrorCode::kInvalidInput, listen.text(),
                  "expected a literal address to listen on for STAMP");
    }
    const udp::endpoint local(address, listen.port);
    socket_.open(local.protocol(), error);
    if (!error) socket_.bind(local, error);
    if (error) {
      return fail(ErrorCode::kUnavailable, listen.text(),
                  fmt::format("cannot listen for STAMP here: {}", error.message()));
    }
    ask_for_ttl(socket_, address.is_v6());
    return {};
  }

  void start() { wait(); }
  void stop() {
    asio::error_code ignored;
    socket_.close(ignored);
  }
  [[nodiscard]] std::uint16_t port() const { return socket_.local_endpoint().port(); }
  [[nodiscard]] const Reflector::Counts& counts() const { return reflector_.counts(); }

 private:
  void wait() {
    socket_.async_wait(udp::socket::wait_read, [this](const asio::error_code& error) {
      if (error) return;
      for (int count = 0; count < kDatagramsAtOnce && answer_one(); ++count) {
      }
      wait();
    });
  }

  bool answer_one() {
    udp::endpoint from;
    const auto datagram = receive(socket_, buffer_, from);
    if (!datagram) return false;
    const auto received = NtpTime::from_unix_ns(clock_.unix_ns());
    const std::span<std::byte> bytes(buffer_.data(), datagram->size);
    auto reply =
        reflector_.receive(bytes, {bytes_of(from.address()), from.port()}, clock_.steady_ns());
    if (!reply) return true;
    reply->received = received;
    reply->sender_ttl = datagram->ttl;
    reply->error = clock_.error();
    reply->sent = NtpTime::from_unix_ns(clock_.unix_ns());
    Reflector::write_reply(*reply, bytes);
    asio::error_code ignored;
    socket_.send_to(asio::buffer(bytes.data(), bytes.size()), from, 0, ignored);
    return true;
  }

  const Clock& clock_;
  udp::socket socket_;
  Reflector reflector_;
  Buffer buffer_{};
};

class SessionSocket {
 public:
  SessionSocket(asio::io_context& io, const Clock& clock, SessionConfiguration configuration,
                std::uint16_t id)
      : configuration_(std::move(configuration)),
        clock_(clock),
        resolver_(io),
        socket_(io),
        timer_(io),
        session_(configuration_.timeout_ns, id) {}

  // The first probe goes after `delay`, so that sessions do not queue behind each other for ever.
  void start(nanoseconds delay) {
    delay_ = delay;
    resolve();
  }

  void stop() {
    stopped_ = true;
    resolver_.cancel();
    timer_.cancel();
    asio::error_code ignored;
    socket_.close(ignored);
  }

  void report(std::int64_t now_unix_ns, std::vector<codec::Observation>& out) {
    session_.expire(clock_.steady_ns());
    const auto report = session_.report();
    if (!report) return;
    const auto observe = [&](codec::Quantity quantity, double value) {
      out.push_back({.point = {.quantity = quantity,
                               .source = "stamp",
                               .fibre_pair = configuration_.fibre_pair,
                               .peer = configuration_.peer},
                     .time_unix_ns = now_unix_ns,
                     .value = value});
    };
    using enum codec::Quantity;
    observe(kProbeLoss, report->loss());
    if (!report->delays) return;
    const Report::Delays& delays = *report->delays;
    observe(kRoundTripDelay, static_cast<double>(delays.round_trip_median_ns) * kNs);
    observe(kRoundTripDelayMinimum, static_cast<double>(delays.round_trip_minimum_ns) * kNs);
    observe(kDelayVariation, static_cast<double>(delays.variation_ns) * kNs);
    if (!delays.one_way) return;
    observe(kOneWayDelayOutbound, static_cast<double>(delays.outbound_median_ns) * kNs);
    observe(kOneWayDelayInbound, static_cast<double>(delays.inbound_median_ns) * kNs);
    observe(kOneWayDelayErrorBound, delays.error_bound_s);
  }

  [[nodiscard]] nanoseconds interval() const { return nanoseconds(configuration_.interval_ns); }
  [[nodiscard]] const Session::Counts& counts() const { return session_.counts(); }
  [[nodiscard]] std::uint64_t errors() const { return errors_; }

 private:
  void resolve() {
    resolver_.async_resolve(
        configuration_.address.host, std::to_string(configuration_.address.port),
        [this](const asio::error_code& error, const udp::resolver::results_type& found) {
          if (stopped_) return;
          asio::error_code failed = error;
          if (!failed) socket_.open(found.begin()->endpoint().protocol(), failed);
          if (!failed) socket_.connect(found.begin()->endpoint(), failed);
          if (failed) {
            ++errors_;
            socket_.close(failed);
            timer_.expires_after(kResolveAgain);
            timer_.async_wait([this](const asio::error_code& cancelled) {
              if (!cancelled && !stopped_) resolve();
            });
            return;
          }
          wait();
          timer_.expires_after(delay_);
          tick();
        });
  }

  // A fixed rhythm: each expiry follows the last by the interval, whatever the wake-up was late by;
  // ticks that were slept through are left out.
  void tick() {
    timer_.async_wait([this](const asio::error_code& error) {
      if (error || stopped_) return;
      send();
      const nanoseconds interval(configuration_.interval_ns);
      const auto next = timer_.expiry() + interval;
      const auto now = std::chrono::steady_clock::now();
      timer_.expires_at(next > now - interval ? next : now);
      tick();
    });
  }

  void send() {
    session_.expire(clock_.steady_ns());
    std::array<std::byte, kPacketSize> packet;
    const ErrorEstimate estimate = clock_.error();
    encode(session_.send(clock_.unix_ns(), clock_.steady_ns(), estimate), packet);
    asio::error_code error;
    socket_.send(asio::buffer(packet), 0, error);
    if (error) ++errors_;  // the probe counts as lost when its time is over
  }

  void wait() {
    socket_.async_wait(udp::socket::wait_read, [this](const asio::error_code& error) {
      if (error) return;
      for (int count = 0; count < kDatagramsAtOnce; ++count) {
        udp::endpoint from;
        const auto datagram = receive(socket_, buffer_, from);
        if (!datagram) break;
        const std::int64_t unix_ns = clock_.unix_ns();
        const std::int64_t steady_ns = clock_.steady_ns();
        if (datagram->size == 0) continue;
        session_.receive(std::span(buffer_).first(datagram->size), unix_ns, steady_ns);
      }
      wait();
    });
  }

  const SessionConfiguration configuration_;
  const Clock& clock_;
  udp::resolver resolver_;
  udp::socket socket_;
  asio::steady_timer timer_;
  Session session_;
  Buffer buffer_{};
  nanoseconds delay_{0};
  std::uint64_t errors_ = 0;
  bool stopped_ = false;  // what was due already is beyond cancelling and must look
};

class ProberImpl final : public Prober {
 public:
  ProberImpl(const Configuration& configuration, const sources::Context& context,
             std::shared_ptr<const Clock> clock)
      : owner_(context.io),
        now_unix_ns_(context.now_unix_ns),
        clock_(std::move(clock)),
        report_interval_(configuration.report_interval_ns),
        timer_(io_) {
    std::uint16_t id = 0;
    for (const SessionConfiguration& session : configuration.sessions) {
      sessions_.push_back(std::make_unique<SessionSocket>(io_, *clock_, session, ++id));
    }
  }

  ~ProberImpl() override {
    if (thread_.joinable()) stop();
  }

  Result<void> open(const ReflectorConfiguration& configuration) {
    reflector_.emplace(io_, *clock_, configuration.options);
    if (auto opened = reflector_->open(configuration.listen); !opened) return opened;
    reflector_address_ = configuration.listen;
    reflector_address_.port = reflector_->port();
    return {};
  }

  void start(sources::Sink sink) override {
    sink_ = std::make_shared<sources::Sink>(std::move(sink));
    weak_sink_ = sink_;
    if (reflector_) reflector_->start();
    for (std::size_t index = 0; index < sessions_.size(); ++index) {
      sessions_[index]->start(sessions_[index]->interval() * static_cast<int>(index) /
                              static_cast<int>(sessions_.size()));
    }
    timer_.expires_after(report_interval_);
    report_later();
    thread_ = std::thread([this] { io_.run(); });
  }

  void stop() override {
    sink_.reset();
    asio::post(io_, [this] {
      stopped_ = true;
      timer_.cancel();
      if (reflector_) reflector_->stop();
      for (const auto& session : sessions_) session->stop();
    });
    thread_.join();
  }

  sources::Health health() const override {
    const std::lock_guard lock(mutex_);
    return health_;
  }

  endpoint::Address reflector_address() const override { return reflector_address_; }

 private:
  void report_later() {
    timer_.async_wait([this](const asio::error_code& error) {
      if (error || stopped_) return;
      report();
      timer_.expires_at(timer_.expiry() + report_interval_);
      report_later();
    });
  }

  void report() {
    std::vector<codec::Observation> observations;
    const std::int64_t now = now_unix_ns_();
    for (const auto& session : sessions_) session->report(now, observations);
    note_health(observations.size(), now);
    if (observations.empty()) return;
    asio::post(owner_, [sink = weak_sink_, observations = std::move(observations)] {
      if (const auto alive = sink.lock()) (*alive)(observations);
    });
  }

  void note_health(std::size_t observations, std::int64_t now) {
    const std::lock_guard lock(mutex_);
    std::uint64_t answered = 0;
    auto& counters = health_.counters;
    counters.clear();
    for (const auto& session : sessions_) {
      const Session::Counts& counts = session->counts();
      counters["packets_sent"] += counts.sent;
      counters["packets_answered"] += counts.answered;
      counters["packets_lost"] += counts.lost;
      counters["packets_duplicate"] += counts.duplicates;
      counters["packets_unexpected"] += counts.unexpected;
      counters["packets_implausible"] += counts.implausible;
      counters["send_errors"] += session->errors();
      answered += counts.answered;
    }
    if (reflector_) {
      const Reflector::Counts& counts = reflector_->counts();
      counters["reflector_received"] = counts.received;
      counters["reflector_reflected"] = counts.reflected;
      counters["reflector_malformed"] = counts.malformed;
      counters["reflector_limited"] = counts.limited;
    }
    health_.observations += observations;
    health_.up = sessions_.empty() || answered > answered_;
    if (answered > answered_) health_.last_update_unix_ns = now;
    health_.detail = health_.up ? "" : "no probe was answered in the last interval";
    answered_ = answered;
  }

  asio::io_context& owner_;
  const sources::Clock now_unix_ns_;
  const std::shared_ptr<const Clock> clock_;
  const nanoseconds report_interval_;
  endpoint::Address reflector_address_;
  std::shared_ptr<sources::Sink> sink_;  // the owner's

  // The thread's.
  asio::io_context io_{1};
  asio::steady_timer timer_;
  std::weak_ptr<sources::Sink> weak_sink_;  // only passed on
  std::optional<ReflectorSocket> reflector_;
  std::vector<std::unique_ptr<SessionSocket>> sessions_;
  std::uint64_t answered_ = 0;
  bool stopped_ = false;

  mutable std::mutex mutex_;
  sources::Health health_{.name = "stamp", .kind = "stamp"};

  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Prober>> make_prober(const Configuration& configuration,
                                            const sources::Context& context,
                                            std::shared_ptr<const Clock> clock) {
  auto prober = std::make_unique<ProberImpl>(configuration, context, std::move(clock));
  if (configuration.reflector) {
    if (auto opened = prober->open(*configuration.reflector); !opened) {
      return tl::unexpected(opened.error());
    }
  }
  return prober;
}

}  // namespace caspilink::latency
