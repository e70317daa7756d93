#include "agent/sources/gnmi/client.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <spdlog/spdlog.h>

#include "agent/rpc/backoff.h"
#include "agent/rpc/stream.h"
#include "agent/sources/gnmi/login.h"
#include "agent/sources/gnmi/mapping.h"
#include "agent/sources/gnmi/subscriptions.h"
#include "proto/endpoint/credentials.h"
#include "proto/gnmi.grpc.pb.h"

namespace caspilink::gnmi {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using SubscribeStream = rpc::ClientStream<::gnmi::SubscribeRequest>;
using Capabilities = rpc::UnaryCall<::gnmi::CapabilityRequest, ::gnmi::CapabilityResponse>;

constexpr milliseconds kFirstBackoff{500};
constexpr milliseconds kLongestBackoff{15'000};
constexpr milliseconds kCapabilitiesPatience{5'000};
constexpr milliseconds kFirstDataPatience{10'000};
constexpr int kKeepaliveMs = 10'000;
constexpr int kKeepaliveTimeoutMs = 5'000;
// Of complaints about what a target sends: the counts are in the metrics, an example in the log.
constexpr nanoseconds kComplaintInterval = std::chrono::minutes(5);
constexpr std::size_t kKeptObservations = 4096;

Result<std::shared_ptr<grpc::ChannelCredentials>> make_credentials(
    const std::optional<TargetTls>& tls) {
  if (!tls) return grpc::InsecureChannelCredentials();
  return endpoint::client_credentials({.ca_file = tls->ca_file,
                                       .certificate_file = tls->certificate_file,
                                       .key_file = tls->key_file});
}

class Client final : public sources::Source {
 public:
  Client(TargetConfiguration configuration, std::shared_ptr<grpc::ChannelCredentials> credentials,
         const sources::Context& context)
      : configuration_(std::move(configuration)),
        credentials_(std::move(credentials)),
        io_(context.io),
        now_unix_ns_(context.now_unix_ns),
        mapping_({.source = configuration_.name,
                  .rules = configuration_.components,
                  .no_light_dbm = configuration_.no_light_at_or_below_dbm,
                  .plan = configuration_.channel_plan,
                  .logical_channels = configuration_.logical_channels,
                  .modules = configuration_.modules,
                  .paths = configuration_.paths}),
        timer_(context.io),
        backoff_(kFirstBackoff, kLongestBackoff, std::hash<std::string>()(configuration_.name)) {}

  void start(sources::Sink sink) override {
    sink_ = std::move(sink);
    connect();
  }

  void stop() override {
    sink_ = nullptr;
    stopped_ = true;
    ++attempt_;
    timer_.cancel();
    if (const auto stream = std::exchange(stream_, nullptr)) stream->cancel();
  }

  sources::Health health() const override {
    sources::Health health{.name = configuration_.name,
                           .kind = "gnmi",
                           .up = up_,
                           .last_update_unix_ns = last_update_unix_ns_,
                           .observations = observations_,
                           .errors = errors_,
                           .parts = mapping_.parts_by_status(),
                           .detail = up_ ? "" : trouble_};
    const Mapping::Counts& counts = mapping_.counts();
    health.errors["unmapped"] = counts.unmapped;
    health.errors["invalid_value"] = counts.invalid;
    health.errors["malformed"] = counts.malformed;
    health.errors["too_many_parts"] = counts.too_many;
    return health;
  }

 private:
  // A new channel for every attempt: gRPC's own waiting between connections stays out of ours.
  void connect() {
    if (!read_login_file()) return;
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    arguments.SetMaxReceiveMessageSize(static_cast<int>(configuration_.max_message_bytes));
    if (configuration_.tls && !configuration_.tls->name.empty()) {
      arguments.SetSslTargetNameOverride(configuration_.tls->name);
    }
    channel_ = grpc::CreateCustomChannel(configuration_.address.text(), credentials_, arguments);
    Capabilities::start(
        io_, {},
        [this, attempt = ++attempt_, alive = std::weak_ptr(alive_)](
            const grpc::Status& status, const ::gnmi::CapabilityResponse& response) {
          if (!alive.expired() && attempt == attempt_) on_capabilities(status, response);
        },
        {.channel = channel_,
         .method = "/gnmi.gNMI/Capabilities",
         .prepare = [this](grpc::ClientContext& context) { add_login(context); },
         .deadline = std::chrono::system_clock::now() + kCapabilitiesPatience});
  }

  // Read for every attempt, so that a password that changed is the one that is used.
  bool read_login_file() {
    if (configuration_.login_file.empty()) return true;
    auto login = read_login(configuration_.login_file);
    if (!login) {
      give_up("login", grpc::Status(grpc::StatusCode::UNAVAILABLE, login.error().message()));
      return false;
    }
    if (readable_by_anyone(configuration_.login_file) && !std::exchange(warned_, true)) {
      spdlog::warn("gnmi target={} {} may be read by anyone", configuration_.name,
                   configuration_.login_file);
    }
    login_ = std::move(*login);
    return true;
  }

  void add_login(grpc::ClientContext& context) const {
    if (configuration_.login_file.empty()) return;
    context.AddMetadata("username", login_.username);
    context.AddMetadata("password", login_.password);
  }

  void on_capabilities(const grpc::Status& status, const ::gnmi::CapabilityResponse& response) {
    if (!status.ok() && status.error_code() != grpc::StatusCode::UNIMPLEMENTED) {
      return give_up(is_denial(status) ? "denied" : "connect", status);
    }
    switch (configuration_.encoding) {
      case EncodingChoice::kProto:
        return subscribe(::gnmi::PROTO);
      case EncodingChoice::kJsonIetf:
        return subscribe(::gnmi::JSON_IETF);
      case EncodingChoice::kJson:
        return subscribe(::gnmi::JSON);
      case EncodingChoice::kAuto:
        break;
    }
    const auto& offered = response.supported_encodings();
    for (const auto wanted : {::gnmi::PROTO, ::gnmi::JSON_IETF, ::gnmi::JSON}) {
      if (std::ranges::find(offered, wanted) != offered.end()) return subscribe(wanted);
    }
    subscribe(::gnmi::JSON_IETF);
  }

  void subscribe(::gnmi::Encoding encoding) {
    ::gnmi::SubscribeRequest request;
    write_request(configuration_, mapping_, {.encoding = encoding, .on_change = takes_on_change_},
                  request);
    patience_.reset();
    if (configuration_.mode != Mode::kStream) {
      patience_ = late(nanoseconds(configuration_.sample_interval_ns));
    } else if (const auto interval = promised_interval(request)) {
      patience_ = late(*interval);
    }
    stream_ = SubscribeStream::start(
        io_,
        {.on_message = [this](std::string_view message) { on_message(message); },
         .on_written = [] {},
         .on_done = [this](const auto& status) { on_done(status); }},
        {.channel = channel_,
         .method = "/gnmi.gNMI/Subscribe",
         .prepare = [this](grpc::ClientContext& context) { add_login(context); },
         // Targets send a sample of many leaves in many notifications.
         .gather = true},
        request);
    heard_ = false;
    synced_ = false;
    watch(std::max<nanoseconds>(kFirstDataPatience, patience_.value_or(kFirstDataPatience)));
  }

  void on_message(std::string_view bytes) {
    const auto message = wire::read_response(bytes);
    if (!message) {
      return give_up("stream_ended", grpc::Status(grpc::StatusCode::INTERNAL,
                                                  "the target sends what is no SubscribeResponse"));
    }
    heard_ = true;
    if (message->notification) take(*message->notification);
    if (message->notification || !message->synced || configuration_.mode == Mode::kStream) {
      return watch(patience_);
    }
    // Everything was said once. The target of ONCE ends the stream now.
    synced_ = true;
    if (configuration_.mode == Mode::kOnce) return watch(kFirstDataPatience);
    timer_.expires_after(nanoseconds(configuration_.sample_interval_ns));
    timer_.async_wait([this](const asio::error_code& error) {
      if (error || !stream_) return;
      ::gnmi::SubscribeRequest request;
      request.mutable_poll();
      stream_->write(request);
      watch(patience_);
    });
  }

  void take(std::string_view notification) {
    last_update_unix_ns_ = now_unix_ns_();
    if (!up_) {
      up_ = true;
      backoff_.reset();
      spdlog::info("gnmi target={} address={} state=up", configuration_.name,
                   configuration_.address.text());
    }
    observed_.clear();
    mapping_.apply(notification, *last_update_unix_ns_, observed_);
    observations_ += observed_.size();
    if (!observed_.empty() && sink_) sink_(observed_);
    if (observed_.capacity() > kKeptObservations) {  // a subtree came; the next will be small
      observed_ = {};
      observed_.reserve(kKeptObservations / 8);
    }
    tell_complaints();
  }

  void tell_complaints() {
    const Mapping::Counts& counts = mapping_.counts();
    const std::uint64_t now = counts.unmapped + counts.invalid + counts.malformed + counts.too_many;
    if (now == complaints_ ||
        (told_unix_ns_ && *last_update_unix_ns_ - *told_unix_ns_ < kComplaintInterval.count())) {
      return;
    }
    spdlog::warn("gnmi target={} says what is not understood, {} times by now, such as: {}",
                 configuration_.name, now, mapping_.last_problem());
    complaints_ = now;
    told_unix_ns_ = last_update_unix_ns_;
  }

  void on_done(const grpc::Status& status) {
    stream_ = nullptr;
    if (configuration_.mode == Mode::kOnce && status.ok() && synced_) {
      timer_.expires_after(nanoseconds(configuration_.sample_interval_ns));
      timer_.async_wait([this](const asio::error_code& error) {
        if (!error && !stopped_) connect();
      });
      return;
    }
    // A target may refuse a way of subscribing: the gauges matter more than when states come.
    if (!heard_ && takes_on_change_ &&
        (status.error_code() == grpc::StatusCode::INVALID_ARGUMENT ||
         status.error_code() == grpc::StatusCode::UNIMPLEMENTED ||
         status.error_code() == grpc::StatusCode::NOT_FOUND)) {
      takes_on_change_ = false;
      spdlog::info("gnmi target={} refuses, and is asked for samples alone: {}",
                   configuration_.name, status.error_message());
    }
    give_up(is_denial(status) ? "denied" : heard_ ? "stream_ended" : "subscribe", status);
  }

  static bool is_denial(const grpc::Status& status) {
    return status.error_code() == grpc::StatusCode::UNAUTHENTICATED ||
           status.error_code() == grpc::StatusCode::PERMISSION_DENIED;
  }

  // Data is late by more than two intervals: within the third the stream counts as dead.
  static nanoseconds late(nanoseconds interval) { return interval * 5 / 2; }

  // Without a limit the target need not speak; gRPC's keepalive finds a peer that is gone. In two
  // parts: what came while this program stood still, as of a machine that was suspended, is read
  // in the second.
  void watch(std::optional<nanoseconds> limit) {
    const std::uint64_t watch = ++watch_;
    if (!limit) {
      timer_.cancel();
      return;
    }
    const nanoseconds last_part = *limit / 5;
    wait_for_data(watch, *limit - last_part, [this, watch, last_part] {
      wait_for_data(watch, last_part, [this] {
        give_up("silent",
                grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "no data for too long"));
      });
    });
  }

  // A timer that is due cannot be cancelled, so data that came makes its watch another one.
  template <typename Silent>
  void wait_for_data(std::uint64_t watch, nanoseconds duration, Silent silent) {
    timer_.expires_after(duration);
    timer_.async_wait([this, watch, silent = std::move(silent)](const asio::error_code& error) {
      if (!error && stream_ && watch == watch_) silent();
    });
  }

  void give_up(const char* kind, const grpc::Status& status) {
    if (const auto stream = std::exchange(stream_, nullptr)) stream->cancel();
    ++attempt_;
    ++errors_[kind];
    trouble_ = fmt::format("{}: {}", kind,
                           status.ok() ? "the target ended the stream" : status.error_message());
    const milliseconds wait = backoff_.next();
    // Once per outage, and not for each attempt in it.
    if (up_ || !said_) {
      spdlog::warn("gnmi target={} address={} state=down {}", configuration_.name,
                   configuration_.address.text(), trouble_);
    }
    said_ = true;
    up_ = false;
    timer_.expires_after(wait);
    timer_.async_wait([this](const asio::error_code& error) {
      if (!error && !stopped_) connect();
    });
  }

  const TargetConfiguration configuration_;
  const std::shared_ptr<grpc::ChannelCredentials> credentials_;
  asio::io_context& io_;
  const sources::Clock now_unix_ns_;
  Mapping mapping_;
  sources::Sink sink_;

  asio::steady_timer timer_;  // one at a time: waiting to connect, or watching for silence
  rpc::Backoff backoff_;
  std::shared_ptr<grpc::Channel> channel_;
  std::shared_ptr<SubscribeStream> stream_;
  std::uint64_t attempt_ = 0;  // answers to earlier attempts are stale
  std::uint64_t watch_ = 0;    // likewise what watched for data before the latest
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  bool stopped_ = false;  // what was due already is beyond cancelling and must look
  bool takes_on_change_ = true;
  bool heard_ = false;   // anything, on this stream
  bool synced_ = false;  // of ONCE and POLL: everything was said
  std::optional<nanoseconds> patience_;
  Login login_;
  bool warned_ = false;  // of the login file's permissions
  bool up_ = false;
  bool said_ = false;

  std::vector<codec::Observation> observed_;
  std::optional<std::int64_t> last_update_unix_ns_;
  std::uint64_t observations_ = 0;
  std::uint64_t complaints_ = 0;  // told already
  std::optional<std::int64_t> told_unix_ns_;
  std::map<std::string, std::uint64_t> errors_ = {{"connect", 0},      {"subscribe", 0},
                                                  {"stream_ended", 0}, {"silent", 0},
                                                  {"denied", 0},       {"login", 0}};
  std::string trouble_ = "not connected yet";
};

}  // namespace

Result<std::unique_ptr<sources::Source>> make_client(const TargetConfiguration& configuration,
                                                     const sources::Context& context) {
  if (!configuration.login_file.empty()) {
    if (auto login = read_login(configuration.login_file); !login) {
      return tl::unexpected(login.error());
    }
  }
  auto credentials = make_credentials(configuration.tls);
  if (!credentials) return tl::unexpected(credentials.error());
  return std::make_unique<Client>(configuration, std::move(*credentials), context);
}

}  // namespace caspilink::gnmi
