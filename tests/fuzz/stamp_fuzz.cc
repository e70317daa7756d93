// STAMP's datagrams, as a reflector and as a session's sender take them: with and without a key,
// and with TLVs whose HMACs are right, which noise alone never has.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "agent/latency/bytes.h"
#include "agent/latency/reflector.h"
#include "agent/latency/session.h"

namespace {

using namespace caspilink::latency;

void reflect(std::vector<std::byte> datagram, bool keyed, bool sign, std::uint8_t flags) {
  const Key key(std::vector<std::byte>(32, std::byte{7}));
  Reflector reflector({.stateful = (flags & 1) != 0,
                       .key = keyed ? std::optional(key) : std::nullopt,
                       .may_set_dscp = (flags & 2) != 0});
  if (keyed && sign) {
    if (const auto packet = decode_authenticated_sender(datagram)) encode(*packet, key, datagram);
  }
  const std::size_t size = datagram.size();
  for (int round = 0; round < 2; ++round) {
    const auto answer = reflector.receive({.datagram = datagram, .steady_ns = round});
    if (!answer) return;
    reflector.write(answer->packet, datagram);
    if (answer->follow_up) reflector.left(*answer->follow_up, {.sequence = 1});
    if (datagram.size() != size) std::abort();
  }
}

void ask(std::vector<std::byte> datagram, bool keyed, bool sign, std::uint8_t flags) {
  const Key key(std::vector<std::byte>(32, std::byte{7}));
  Session session({.timeout_ns = 1000,
                   .tlvs = {.follow_up = true},
                   .key = keyed ? std::optional(key) : std::nullopt});
  for (int probe = 0; probe < 4; ++probe)
    (void)session.send({.unix_ns = 0, .steady_ns = probe}, {});
  // T1 as it went, or nothing comes past the first check.
  if ((flags & 1) != 0 && datagram.size() >= kAuthenticatedSize) {
    put(datagram, keyed ? 64 : 28, NtpTime::from_unix_ns(0).bits);
  }
  if (keyed && sign) {
    if (const auto packet = decode_authenticated_reflector(datagram))
      encode(*packet, key, datagram);
  }
  for (int round = 0; round < 3; ++round) {
    session.receive(datagram, {.read = {.unix_ns = 500 + round, .steady_ns = 500 + round},
                               .stamps = {.software_unix_ns = flags}});
  }
  session.wake(5000);
  const auto report = session.report();
  if (report && report->round_trip && report->round_trip->minimum < 0) std::abort();
}

void tlvs(std::vector<std::byte> bytes, std::uint8_t flags) {
  const Key key(std::vector<std::byte>(32, std::byte{7}));
  (void)read_tlvs(bytes, &key, flags);
  const std::size_t size = bytes.size();
  (void)answer_tlvs(bytes, {.key = (flags & 1) != 0 ? &key : nullptr}, (flags & 2) != 0);
  if (bytes.size() != size) std::abort();
  (void)read_tlvs(bytes, nullptr, flags);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::uint8_t how = data[0];
  std::vector<std::byte> datagram(size - 1);
  std::transform(data + 1, data + size, datagram.begin(),
                 [](std::uint8_t byte) { return static_cast<std::byte>(byte); });
  const bool keyed = (how & 0x10) != 0;
  const bool sign = (how & 0x20) != 0;
  reflect(datagram, keyed, sign, how & 3);
  ask(datagram, keyed, sign, how & 3);
  tlvs(std::move(datagram), how & 3);
  return 0;
}
