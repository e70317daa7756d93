// The whole source over a path that loses, delays and overtakes as it is told: a network namespace
// with a TUN device whose far end is this test. It hands each datagram back with its two addresses
// exchanged, so that a probe to the device's other address reaches the reflector on its own (sums
// over a header do not change by that). Needs the right to make a namespace, and skips without.
#include <array>
#include <atomic>
#include <cstring>
#include <functional>
#include <thread>

#include <asio/io_context.hpp>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "agent/latency/probe_source.h"
#include "tests/support/asio_loop.h"

namespace caspilink::latency {
namespace {

using codec::Quantity;
using Packet = std::vector<std::uint8_t>;

class Cable {
 public:
  // What becomes of the number-th packet of a direction: how often it goes on.
  using Fate = std::function<int(bool outbound, int number)>;

  // Nothing where this process may not have a network of its own.
  static std::unique_ptr<Cable> lay(bool v6) {
    if (::unshare(CLONE_NEWNET) != 0) return nullptr;
    const int tun = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (tun < 0) return nullptr;
    ifreq request{};
    std::strncpy(request.ifr_name, "cable", IFNAMSIZ - 1);
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    const std::string address =
        v6 ? "ip -6 addr add fd00::1/64 dev cable nodad" : "ip addr add 10.9.0.1/24 dev cable";
    const std::string up =
        "ip link set cable up >/dev/null 2>&1 && " + address + " >/dev/null 2>&1";
    if (::ioctl(tun, TUNSETIFF, &request) != 0 || std::system(up.c_str()) != 0) {
      ::close(tun);
      return nullptr;
    }
    return std::unique_ptr<Cable>(new Cable(tun, v6));
  }

  ~Cable() {
    done_ = true;
    if (thread_.joinable()) thread_.join();
    ::close(tun_);
  }

  // Datagrams to `port` are outbound.
  void carry(std::uint16_t port, Fate fate) {
    thread_ = std::thread([this, port, fate = std::move(fate)] {
      while (!done_) {
        pollfd ready{.fd = tun_, .events = POLLIN, .revents = 0};
        if (::poll(&ready, 1, 20) <= 0) continue;
        Packet packet(4096);
        const ssize_t size = ::read(tun_, packet.data(), packet.size());
        if (size > 0) pass(packet, static_cast<std::size_t>(size), port, fate);
      }
    });
  }

 private:
  Cable(int tun, bool v6) : tun_(tun), v6_(v6) {}

  void pass(Packet& packet, std::size_t size, std::uint16_t port, const Fate& fate) {
    packet.resize(size);
    const std::size_t header = v6_ ? 40 : 20;
    constexpr std::uint8_t kUdp = 17;
    if (size < header + 8 || packet[0] >> 4 != (v6_ ? 6 : 4) || packet[v6_ ? 6 : 9] != kUdp) return;
    const std::size_t length = v6_ ? 16 : 4;
    const auto source = packet.begin() + (v6_ ? 8 : 12);
    std::swap_ranges(source, source + static_cast<std::ptrdiff_t>(length),
                     source + static_cast<std::ptrdiff_t>(length));
    const bool outbound = (packet[header + 2] << 8 | packet[header + 3]) == port;
    int& number = outbound ? outbound_ : inbound_;
    const int copies = fate(outbound, number++);
    if (copies < 0) {
      held_ = packet;  // goes after the next one
      return;
    }
    for (int copy = 0; copy < copies; ++copy) (void)!::write(tun_, packet.data(), packet.size());
    if (!held_.empty()) (void)!::write(tun_, held_.data(), held_.size());
    held_.clear();
  }

  int tun_;
  bool v6_;
  std::atomic<bool> done_ = false;
  std::thread thread_;
  int outbound_ = 0;
  int inbound_ = 0;
  Packet held_;
};

class CableTest : public testing::TestWithParam<bool> {
 protected:
  // Sends probes over the cable until `count` have been settled; what was counted then.
  std::map<std::string, std::uint64_t> probe(Cable::Fate fate, std::uint64_t count) {
    const bool v6 = GetParam();
    const auto cable = Cable::lay(v6);
    if (!cable) return {};
    Configuration configuration;
    configuration.report_interval_ns = 100'000'000;
    configuration.reflector = {.listen = {.host = v6 ? "fd00::1" : "10.9.0.1", .port = 8620}};
    configuration.sessions.push_back(
        {.fibre_pair = "FP01",
         .peer = "aktau",
         .address = {.host = v6 ? "fd00::2" : "10.9.0.2", .port = 8620},
         .interval_ns = 10'000'000,
         .timeout_ns = 600'000'000,
         .reflector = PeerReflector::kStateful});
    cable->carry(8620, std::move(fate));
    auto source = make_probe_source(configuration, {.io = io_, .now_unix_ns = [] { return 1; }},
                                    std::make_shared<const SystemClock>());
    EXPECT_TRUE(source) << source.error().message();
    if (!source) return {};
    (*source)->start([this](auto observations) {
      for (const auto& each : observations) observed_[each.point.quantity] = each.value;
    });
    EXPECT_TRUE(test::run_until(io_, [&] {
      const auto counters = (*source)->health().counters;
      const auto found = counters.find("packets_answered");
      return found != counters.end() && found->second + counters.at("packets_lost") >= count;
    }));
    (*source)->stop();
    return (*source)->health().counters;
  }

  asio::io_context io_;
  std::map<Quantity, double> observed_;
};

#define PROBE_OR_SKIP(counters, fate, count) \
  const auto counters = probe(fate, count);  \
  if (counters.empty())                      \
  GTEST_SKIP() << "needs the right to make a network namespace (CAP_SYS_ADMIN) and TUN"

TEST_P(CableTest, ProbesLostOnTheWayThereAreOutboundLoss) {
  PROBE_OR_SKIP(counters,
                ([](bool outbound, int number) { return outbound && number % 5 == 2 ? 0 : 1; }),
                100);
  EXPECT_GT(counters.at("packets_lost_outbound"), 5U);
  EXPECT_EQ(counters.at("packets_lost_inbound"), 0U);
}

TEST_P(CableTest, AnswersLostOnTheWayBackAreInboundLoss) {
  PROBE_OR_SKIP(counters,
                ([](bool outbound, int number) { return !outbound && number % 5 == 2 ? 0 : 1; }),
                100);
  EXPECT_GT(counters.at("packets_lost_inbound"), 5U);
  EXPECT_EQ(counters.at("packets_lost_outbound"), 0U);
}

TEST_P(CableTest, CopiesAndOvertakingAreCountedEachWay) {
  PROBE_OR_SKIP(counters, ([](bool outbound, int number) {
                  if (outbound) return number % 20 == 5 ? -1 : 1;
                  return number % 20 == 10 ? 2 : 1;
                }),
                100);
  EXPECT_GT(counters.at("packets_duplicate"), 2U);
  EXPECT_GT(counters.at("packets_reordered_outbound"), 2U);
  EXPECT_EQ(counters.at("packets_reordered_inbound"), 0U);
  EXPECT_EQ(counters.at("packets_lost"), 0U);
}

TEST_P(CableTest, TheKernelStampsHereAndTtlsArrive) {
  PROBE_OR_SKIP(counters, ([](bool, int) { return 1; }), 30);
  EXPECT_GT(counters.at("stamped_by_kernel"), 0U);
  EXPECT_EQ(observed_.at(Quantity::kPathHopsOutbound), 0);
  EXPECT_EQ(observed_.at(Quantity::kPathHopsInbound), 0);
  EXPECT_EQ(observed_.at(Quantity::kProbeLossOutbound), 0);
  EXPECT_LT(observed_.at(Quantity::kRoundTripDelayMinimum), 0.1);
}

INSTANTIATE_TEST_SUITE_P(Both, CableTest, testing::Bool(),
                         [](const auto& each) { return each.param ? "Ipv6" : "Ipv4"; });

}  // namespace
}  // namespace caspilink::latency
