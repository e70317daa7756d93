#include "agent/uplink/uplink.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <set>
#include <unordered_map>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <spdlog/spdlog.h>

#include "agent/rpc/backoff.h"
#include "agent/rpc/stream.h"
#include "proto/codec/wire.h"
#include "proto/telemetry.grpc.pb.h"

namespace caspilink::uplink {
namespace {

namespace wire = telemetry::v1;
using spool::Position;
using std::chrono::milliseconds;
using Stream = rpc::ClientStream<wire::AgentMessage>;

constexpr int kKeepaliveMs = 20'000;
constexpr int kKeepaliveTimeoutMs = 5'000;
constexpr int kLargestMessage = 1 << 20;  // of a collector: acknowledgements and configuration
constexpr std::chrono::seconds kAcknowledgementPatience{30};
constexpr std::size_t kMostLive = 64;  // waiting in memory; the rest waits in the spool
constexpr milliseconds kPace{20};
constexpr std::uint32_t kMostDeclarations = 1000;  // in a message

}  // namespace

struct Uplink::Impl {
  struct Live {
    Position position;
    std::shared_ptr<const codec::Batch> batch;
  };

  Impl(asio::io_context& context, Options given,
       std::shared_ptr<grpc::ChannelCredentials> channel_credentials, spool::Spool& batches,
       Ledger& shared_ledger, std::size_t place, Clock clock,
       std::function<void(const Wishes&)> wishes)
      : io(context),
        options(std::move(given)),
        credentials(std::move(channel_credentials)),
        spool(batches),
        ledger(shared_ledger),
        index(place),
        now_unix_ns(std::move(clock)),
        on_wishes(std::move(wishes)),
        timer(context),
        pacing(context),
        backoff(milliseconds(options.first_backoff_ms), milliseconds(options.longest_backoff_ms),
                std::hash<std::string>()(options.station + options.address.text()) ^ options.boot) {
    status.collector = options.name;
    status.detail = "not connected yet";
  }

  void connect();
  void on_message(std::string_view bytes);
  void on_configuration(const wire::Configuration& configuration);
  void on_acknowledgement(const wire::Acknowledgement& acknowledgement);
  void on_done(const grpc::Status& result);
  void drop(const char* kind, const std::string& detail);
  void watch_acknowledgements();
  void pump();
  void pace();
  [[nodiscard]] bool may_send_backlog();
  bool send_live();
  bool send_backlog();
  // False when the batch cannot go yet (its declarations go first) or ever (held back).
  bool send(Position position, const codec::Batch& batch, bool backlog);
  bool declare_for(const codec::Batch& batch);
  bool is_taken(Position position) const;

  asio::io_context& io;
  Options options;
  const std::shared_ptr<grpc::ChannelCredentials> credentials;
  spool::Spool& spool;
  Ledger& ledger;
  const std::size_t index;
  const Clock now_unix_ns;
  const std::function<void(const Wishes&)> on_wishes;
  asio::steady_timer timer;   // one at a time: waiting to connect, or for an acknowledgement
  asio::steady_timer pacing;  // ticks while the backlog waits for its rate
  bool is_pacing = false;
  double backlog_allowance = 0;  // samples that may go now; in debt for what a batch went over
  rpc::Backoff backoff;
  std::optional<std::uint64_t> reload_seen;
  Status status;
  bool said = false;     // of the present outage
  bool stopped = false;  // what was due already is beyond cancelling and must look

  std::deque<Live> live;
  std::optional<codec::ReloadAnswer> answer;  // that is not out

  // Of one stream.
  std::shared_ptr<Stream> stream;
  bool writing = false;
  std::uint32_t window = 0;
  std::uint32_t asked_window = 0;
  std::uint32_t max_batch_samples = 0;
  std::unordered_map<std::uint64_t, std::uint32_t> declared;  // boot -> highest series number
  std::set<Position> in_flight;
  std::set<Position> held_back;
  Position cursor = 0;  // of the backlog: all before it is settled, in flight or held back
  bool backlog_done = false;
};

void Uplink::Impl::connect() {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(kLargestMessage);
  arguments.SetSslTargetNameOverride(options.name);

  writing = false;
  window = 0;  // until the collector's configuration is here
  max_batch_samples = 0;
  declared.clear();
  in_flight.clear();
  held_back.clear();
  cursor = 0;
  backlog_done = false;
  wire::AgentMessage first;
  auto& hello = *first.mutable_hello();
  hello.set_station(options.station);
  hello.set_software_version(CASPILINK_VERSION);
  hello.set_boot(options.boot);
  writing = true;
  stream = Stream::start(
      io,
      {.on_message = [this](std::string_view message) { on_message(message); },
       .on_written =
           [this] {
             writing = false;
             pump();
           },
       .on_done = [this](const auto& result) { on_done(result); }},
      {.channel = grpc::CreateCustomChannel(options.address.text(), credentials, arguments),
       .method = "/caspilink.telemetry.v1.Telemetry/Report",
       .prepare = nullptr},
      first);
  watch_acknowledgements();
}

void Uplink::Impl::on_message(std::string_view bytes) {
  if (!stream) return;
  wire::CollectorMessage message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return drop("invalid", "the collector sends what is no CollectorMessage");
  }
  if (message.has_configuration()) on_configuration(message.configuration());
  if (message.has_acknowledgement()) on_acknowledgement(message.acknowledgement());
}

void Uplink::Impl::on_configuration(const wire::Configuration& configuration) {
  if (!status.connected) {
    status.connected = true;
    status.detail.clear();
    said = false;
    backoff.reset();
    spdlog::info("uplink collector={} address={} state=connected", options.name,
                 options.address.text());
  }
  asked_window = configuration.max_unacknowledged_batches();
  window = asked_window == 0 ? options.window : std::min(asked_window, options.window);
  const std::uint64_t request = configuration.reload_request();
  const bool reload = reload_seen && request > *reload_seen;
  reload_seen = request;
  max_batch_samples = configuration.max_batch_samples();
  if (on_wishes) {
    on_wishes({.revision = configuration.revision(),
               .max_batch_samples = configuration.max_batch_samples(),
               .max_series = configuration.max_series(),
               .reload_request = reload ? std::optional(request) : std::nullopt});
  }
  watch_acknowledgements();
  pump();
}

void Uplink::Impl::on_acknowledgement(const wire::Acknowledgement& acknowledgement) {
  const codec::BatchId id{acknowledgement.boot(), acknowledgement.sequence()};
  const auto position = spool.position_of(id);
  if (!position || in_flight.erase(*position) == 0) {
    ++status.errors["unexpected_acknowledgement"];
    return;
  }
  status.last_acknowledgement_unix_ns = now_unix_ns();
  switch (acknowledgement.outcome()) {
    case wire::Acknowledgement::OUTCOME_DUPLICATE:
      ++status.duplicates;
      ledger.delivered(index, *position);
      break;
    case wire::Acknowledgement::OUTCOME_REFUSED:
      ++status.refused;
      spdlog::warn("uplink collector={} refused batch {:x}/{}: {}", options.name, id.boot,
                   id.sequence, acknowledgement.detail());
      ledger.refused(index, *position, acknowledgement.detail());
      break;
    default:
      ++status.accepted;
      ledger.delivered(index, *position);
  }
  watch_acknowledgements();
  pump();
}

void Uplink::Impl::on_done(const grpc::Status& result) {
  const char* kind = "stream_ended";
  switch (result.error_code()) {
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::PERMISSION_DENIED:
      kind = "denied";
      break;
    case grpc::StatusCode::INVALID_ARGUMENT:
      kind = "invalid";
      break;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      kind = "exhausted";
      break;
    case grpc::StatusCode::UNAVAILABLE:
      kind = "unavailable";
      break;
    default:
      break;
  }
  drop(kind, result.ok() ? "the collector ended the stream" : result.error_message());
}

void Uplink::Impl::drop(const char* kind, const std::string& detail) {
  if (const auto ended = std::exchange(stream, nullptr)) ended->cancel();
  ++status.errors[kind];
  status.detail = fmt::format("{}: {}", kind, detail);
  if (!std::exchange(said, true)) {
    spdlog::warn("uplink collector={} address={} state=down {}", options.name,
                 options.address.text(), status.detail);
  }
  status.connected = false;
  live.clear();  // the spool has them
  in_flight.clear();
  timer.expires_after(backoff.next());
  timer.async_wait([this](const asio::error_code& error) {
    if (!error && !stopped) connect();
  });
}

// Something must come: the configuration at first, then an acknowledgement while any is owed.
void Uplink::Impl::watch_acknowledgements() {
  timer.expires_after(kAcknowledgementPatience);
  timer.async_wait([this](const asio::error_code& error) {
    if (error || !stream) return;
    if (window > 0 && in_flight.empty()) return;
    drop("silent", "no answer for too long");
  });
}

bool Uplink::Impl::is_taken(Position position) const {
  const auto is_live = [&](const Live& each) { return each.position == position; };
  return in_flight.contains(position) || held_back.contains(position) ||
         std::ranges::any_of(live, is_live);
}

void Uplink::Impl::pump() {
  if (answer && stream && !writing && status.connected) {
    wire::AgentMessage message;
    codec::encode(*answer, *message.mutable_reloaded());
    answer.reset();
    writing = true;
    stream->write(message);
  }
  while (stream && !writing && in_flight.size() < window) {
    if (!send_live() && !send_backlog()) return;
  }
}

// The backlog's rate is an allowance that a timer fills, for no longer than is needed.
bool Uplink::Impl::may_send_backlog() {
  if (options.backlog_samples_per_second == 0 || backlog_allowance > 0) return true;
  if (!std::exchange(is_pacing, true)) {
    pacing.expires_after(kPace);
    pace();
  }
  return false;
}

void Uplink::Impl::pace() {
  pacing.async_wait([this](const asio::error_code& error) {
    if (error || stopped) return;
    const double tick = std::chrono::duration<double>(kPace).count();
    backlog_allowance += options.backlog_samples_per_second * tick;
    if (backlog_allowance <= 0) {
      pacing.expires_at(pacing.expiry() + kPace);
      return pace();
    }
    is_pacing = false;
    pump();
  });
}

bool Uplink::Impl::send_live() {
  if (live.empty()) return false;
  const Live next = live.front();
  const bool sent = send(next.position, *next.batch, false);
  if (sent || held_back.contains(next.position)) live.pop_front();
  status.live_batches_sent += sent ? 1 : 0;
  return true;
}

bool Uplink::Impl::send_backlog() {
  // A part of the window stays free for what is new.
  if (backlog_done || in_flight.size() >= std::max<std::size_t>(1, window - window / 4)) {
    return false;
  }
  if (!may_send_backlog()) return false;
  const spool::PositionSet& settled = ledger.settled(index);
  while (true) {
    if (settled.contains(cursor + 1)) cursor = settled.end_of_run(cursor + 1);
    const auto next = spool.next_after(cursor);
    if (!next) {
      ++status.errors["spool"];
      backlog_done = true;  // until the next stream
      spdlog::error("uplink collector={} cannot read the spool: {}", options.name,
                    next.error().message());
      return false;
    }
    if (!*next) {
      backlog_done = true;
      return false;
    }
    const auto& [position, batch] = **next;
    if (is_taken(position) || settled.contains(position)) {
      cursor = position;
      continue;
    }
    const bool sent = send(position, batch, true);
    if (sent || held_back.contains(position)) cursor = position;
    if (sent) {
      ++status.backlog_batches_sent;
      if (options.backlog_samples_per_second > 0) {
        backlog_allowance -= static_cast<double>(batch.size());
      }
    }
    return true;
  }
}

bool Uplink::Impl::send(Position position, const codec::Batch& batch, bool backlog) {
  if (max_batch_samples != 0 && batch.size() > max_batch_samples) {
    held_back.insert(position);
    ++status.held_back;
    spdlog::error("uplink collector={} takes {} samples in a batch, {:x}/{} has {}: held back",
                  options.name, max_batch_samples, batch.id.boot, batch.id.sequence, batch.size());
    return false;
  }
  if (declare_for(batch)) return false;
  wire::AgentMessage message;
  codec::encode(batch, *message.mutable_batch());
  message.mutable_batch()->set_backlog(backlog);
  if (in_flight.empty()) watch_acknowledgements();
  in_flight.insert(position);
  writing = true;
  stream->write(message);
  return true;
}

// Sends the next declarations the batch needs; false where it needs none.
bool Uplink::Impl::declare_for(const codec::Batch& batch) {
  if (batch.series.empty()) return false;
  const std::uint32_t highest = *std::ranges::max_element(batch.series);
  std::uint32_t& known = declared[batch.id.boot];
  while (known < highest) {
    const std::uint32_t last = std::min(highest, known + kMostDeclarations);
    const auto catalogue = spool.catalogue(batch.id.boot, known + 1, last);
    known = last;
    if (!catalogue || catalogue->series.empty())
      continue;  // lost: the collector counts the samples
    wire::AgentMessage message;
    codec::encode(*catalogue, *message.mutable_declarations());
    writing = true;
    stream->write(message);
    return true;
  }
  return false;
}

Uplink::Uplink(asio::io_context& io, Options options,
               std::shared_ptr<grpc::ChannelCredentials> credentials, spool::Spool& spool,
               Ledger& ledger, std::size_t index, Clock now_unix_ns,
               std::function<void(const Wishes&)> on_wishes)
    : impl_(std::make_unique<Impl>(io, std::move(options), std::move(credentials), spool, ledger,
                                   index, std::move(now_unix_ns), std::move(on_wishes))) {}

Uplink::~Uplink() = default;

void Uplink::start() { impl_->connect(); }

void Uplink::stop() {
  impl_->stopped = true;
  impl_->timer.cancel();
  impl_->pacing.cancel();
  if (const auto stream = std::exchange(impl_->stream, nullptr)) stream->cancel();
  impl_->status.connected = false;
}

void Uplink::limit(std::uint32_t window, std::uint32_t backlog_samples_per_second) {
  Impl& impl = *impl_;
  impl.options.window = window;
  impl.options.backlog_samples_per_second = backlog_samples_per_second;
  impl.backlog_allowance = 0;
  if (impl.window == 0) return;  // the collector has not spoken yet
  impl.window = impl.asked_window == 0 ? window : std::min(impl.asked_window, window);
  impl.pump();
}

void Uplink::answer(codec::ReloadAnswer answer) {
  impl_->answer = std::move(answer);
  impl_->pump();
}

void Uplink::offer(Position position, std::shared_ptr<const codec::Batch> batch) {
  Impl& impl = *impl_;
  if (!impl.status.connected) return;  // it will come from the spool
  if (impl.live.size() >= kMostLive) {
    // The oldest of them goes back among what waits in the spool.
    impl.cursor = std::min(impl.cursor, impl.live.front().position - 1);
    impl.backlog_done = false;
    impl.live.pop_front();
  }
  impl.live.push_back({position, std::move(batch)});
  impl.pump();
}

bool Uplink::connected() const { return impl_->status.connected; }

Status Uplink::status() const {
  Status status = impl_->status;
  status.unacknowledged = impl_->in_flight.size();
  return status;
}

}  // namespace caspilink::uplink
