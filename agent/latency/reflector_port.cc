#include "agent/latency/reflector_port.h"

#include <utility>

namespace caspilink::latency {
namespace {

constexpr int kDatagramsAtOnce = 64;       // then timers get their turn
constexpr std::size_t kMostLeaving = 256;  // answers whose send time is awaited

}  // namespace

ReflectorPort::ReflectorPort(asio::io_context& io, const Clock& clock, Reflector::Options options)
    : clock_(clock), socket_(io), reflector_(std::move(options)) {}

Result<void> ReflectorPort::open(const endpoint::Address& listen, bool kernel_stamps) {
  asio::error_code error;
  const auto address =
      asio::ip::make_address(listen.host == "localhost" ? "127.0.0.1" : listen.host, error);
  if (error) {
    return fail(ErrorCode::kInvalidInput, listen.text(),
                "expected a literal address to listen on for STAMP");
  }
  auto opened = socket_.bind({address, listen.port}, kernel_stamps);
  if (!opened) return fail(opened.error().code, listen.text(), opened.error().detail);
  return {};
}

void ReflectorPort::wait() {
  socket_.handle().async_wait(
      asio::ip::udp::socket::wait_read, [this](const asio::error_code& error) {
        if (error) return;
        read_departures();
        for (int count = 0; count < kDatagramsAtOnce && answer_one(); ++count) {
        }
        wait();
      });
}

void ReflectorPort::read_departures() {
  while (const auto departure = socket_.departure()) {
    while (!leaving_.empty() &&
           static_cast<std::int32_t>(departure->id - leaving_.front().id) > 0) {
      leaving_.pop_front();
    }
    if (leaving_.empty() || leaving_.front().id != departure->id) continue;
    if (!departure->stamps.software_unix_ns) continue;
    const Leaving& answer = leaving_.front();
    reflector_.left(answer.session,
                    {.sequence = answer.sequence,
                     .sent = NtpTime::from_unix_ns(*departure->stamps.software_unix_ns),
                     .method = StampMethod::kSoftware});
  }
}

bool ReflectorPort::answer_one() {
  const auto datagram = socket_.receive(buffer_);
  if (!datagram) return false;
  const Moment read = clock_.now();
  std::optional<Moment> arrived;
  if (datagram->stamps.software_unix_ns) {
    arrived = moment_of(*datagram->stamps.software_unix_ns, read);
  }
  const ErrorEstimate error = clock_.error();
  const auto source = static_cast<std::uint8_t>(sync_source(error));
  const auto method = arrived ? StampMethod::kSoftware : StampMethod::kControlPlane;
  auto answer = reflector_.receive(
      {.datagram = datagram->bytes,
       .from = peer_of(datagram->from),
       .ttl = datagram->ttl,
       .dscp = datagram->dscp,
       .ecn = datagram->ecn,
       .steady_ns = read.steady_ns,
       .stamps = {.sync_in = source,
                  .method_in = static_cast<std::uint8_t>(method),
                  .sync_out = source,
                  .method_out = static_cast<std::uint8_t>(StampMethod::kControlPlane)}});
  if (!answer) return true;
  answer->packet.received = NtpTime::from_unix_ns(arrived ? arrived->unix_ns : read.unix_ns);
  answer->packet.error = error;
  answer->packet.sent = NtpTime::from_unix_ns(clock_.now().unix_ns);
  reflector_.write(answer->packet, datagram->bytes);
  const auto id = socket_.send(datagram->bytes, answer->dscp, &datagram->from,
                               datagram->to ? &*datagram->to : nullptr);
  if (id && answer->follow_up && socket_.stamped_by_kernel()) {
    leaving_.push_back(
        {.id = *id, .session = *answer->follow_up, .sequence = answer->packet.sequence});
    if (leaving_.size() > kMostLeaving) leaving_.pop_front();
  }
  return true;
}

}  // namespace caspilink::latency
