#include "agent/sources/gnmi/client.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <spdlog/spdlog.h>

#include "agent/rpc/backoff.h"
#include "agent/rpc/stream.h"
#include "agent/sources/gnmi/mapping.h"
#include "proto/endpoint/credentials.h"
#include "proto/gnmi.grpc.pb.h"

namespace caspilink::gnmi {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using Stream = rpc::ClientStream<::gnmi::SubscribeRequest, ::gnmi::SubscribeResponse>;

constexpr milliseconds kFirstBackoff{500};
constexpr milliseconds kLongestBackoff{15'000};
constexpr milliseconds kCapabilitiesPatience{5'000};
constexpr milliseconds kFirstDataPatience{10'000};
constexpr int kLargestMessage = 16 << 20;
constexpr int kKeepaliveMs = 10'000;
constexpr int kKeepaliveTimeoutMs = 5'000;
// Of component states: equipment says them again so that a lost one is not lost for long.
constexpr std::uint64_t kStatusHeartbeatNs = 60'000'000'000;

Result<std::shared_ptr<grpc::ChannelCredentials>> make_credentials(
    const std::optional<TargetTls>& tls) {
  if (!tls) return grpc::InsecureChannelCredentials();
  if (!tls->certificate_file.empty()) {
    return endpoint::client_credentials({.ca_file = tls->ca_file,
                                         .certificate_file = tls->certificate_file,
                                         .key_file = tls->key_file});
  }
  std::ifstream file(tls->ca_file, std::ios::binary);
  if (!file) return fail(ErrorCode::kNotFound, tls->ca_file, "cannot be read");
  grpc::SslCredentialsOptions options;
  options.pem_root_certs.assign(std::istreambuf_iterator<char>(file), {});
  return grpc::SslCredentials(options);
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
                  .no_light_dbm = configuration_.no_light_at_or_below_dbm}),
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
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    arguments.SetMaxReceiveMessageSize(kLargestMessage);
    if (configuration_.tls && !configuration_.tls->name.empty()) {
      arguments.SetSslTargetNameOverride(configuration_.tls->name);
    }
    stub_ = ::gnmi::gNMI::NewStub(
        grpc::CreateCustomChannel(configuration_.address.text(), credentials_, arguments));
    rpc::call<::gnmi::CapabilityResponse>(
        io_, std::chrono::system_clock::now() + kCapabilitiesPatience,
        [this, attempt = ++attempt_, alive = std::weak_ptr(alive_)](
            const grpc::Status& status, const ::gnmi::CapabilityResponse& response) {
          if (!alive.expired() && attempt == attempt_) on_capabilities(status, response);
        },
        [this](grpc::ClientContext* context, ::gnmi::CapabilityResponse* response,
               std::function<void(grpc::Status)> done) {
          stub_->async()->Capabilities(context, &no_capabilities_, response, std::move(done));
        });
  }

  void on_capabilities(const grpc::Status& status, const ::gnmi::CapabilityResponse& response) {
    if (!status.ok() && status.error_code() != grpc::StatusCode::UNIMPLEMENTED) {
      return give_up("connect", status);
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
    stream_ = Stream::start(io_,
                            {.on_message = [this](auto& message) { on_message(message); },
                             .on_written = [] {},
                             .on_done = [this](const auto& status) { on_done(status); }},
                            [this](grpc::ClientContext* context, Stream::Reactor* reactor) {
                              stub_->async()->Subscribe(context, reactor);
                            });
    ::gnmi::SubscribeRequest request;
    auto& list = *request.mutable_subscribe();
    list.set_mode(::gnmi::SubscriptionList::STREAM);
    list.set_encoding(encoding);
    for (const Path& path : mapping_.sampled_paths()) {
      auto& subscription = *list.add_subscription();
      write_path(path, *subscription.mutable_path());
      subscription.set_mode(::gnmi::SAMPLE);
      subscription.set_sample_interval(
          static_cast<std::uint64_t>(configuration_.sample_interval_ns));
    }
    if (wants_status_) {
      auto& subscription = *list.add_subscription();
      write_path(parse_path(kComponentStatusPath).value(), *subscription.mutable_path());
      subscription.set_mode(::gnmi::ON_CHANGE);
      subscription.set_heartbeat_interval(kStatusHeartbeatNs);
    }
    heard_ = false;
    stream_->write(std::move(request));
    watch(std::max<nanoseconds>(kFirstDataPatience, silence_limit()));
  }

  void on_message(const ::gnmi::SubscribeResponse& message) {
    heard_ = true;
    watch(silence_limit());
    if (!message.has_update()) return;  // sync_response: what follows is no different
    last_update_unix_ns_ = now_unix_ns_();
    if (!up_) {
      up_ = true;
      backoff_.reset();
      spdlog::info("gnmi target={} address={} state=up", configuration_.name,
                   configuration_.address.text());
    }
    observed_.clear();
    mapping_.apply(message.update(), *last_update_unix_ns_, observed_);
    observations_ += observed_.size();
    if (!observed_.empty() && sink_) sink_(observed_);
  }

  void on_done(const grpc::Status& status) {
    stream_ = nullptr;
    // A target may refuse a subscription it does not know: the gauges matter more than the states.
    if (!heard_ && wants_status_ &&
        (status.error_code() == grpc::StatusCode::INVALID_ARGUMENT ||
         status.error_code() == grpc::StatusCode::UNIMPLEMENTED ||
         status.error_code() == grpc::StatusCode::NOT_FOUND)) {
      wants_status_ = false;
      spdlog::info("gnmi target={} refuses component states: {}", configuration_.name,
                   status.error_message());
    }
    give_up(status.error_code() == grpc::StatusCode::UNAUTHENTICATED ||
                    status.error_code() == grpc::StatusCode::PERMISSION_DENIED
                ? "denied"
            : heard_ ? "stream_ended"
                     : "subscribe",
            status);
  }

  // Data is late by more than two intervals: within the third the stream counts as dead.
  nanoseconds silence_limit() const {
    return nanoseconds(configuration_.sample_interval_ns * 5 / 2);
  }

  void watch(nanoseconds limit) {
    timer_.expires_after(limit);
    timer_.async_wait([this](const asio::error_code& error) {
      if (!error && stream_)
        give_up("silent",
                grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "no data for too long"));
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
  const ::gnmi::CapabilityRequest no_capabilities_;
  std::unique_ptr<::gnmi::gNMI::Stub> stub_;
  std::shared_ptr<Stream> stream_;
  std::uint64_t attempt_ = 0;  // answers to earlier attempts are stale
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  bool stopped_ = false;  // what was due already is beyond cancelling and must look
  bool wants_status_ = true;
  bool heard_ = false;  // anything, on this stream
  bool up_ = false;
  bool said_ = false;

  std::vector<codec::Observation> observed_;
  std::optional<std::int64_t> last_update_unix_ns_;
  std::uint64_t observations_ = 0;
  std::map<std::string, std::uint64_t> errors_ = {
      {"connect", 0}, {"subscribe", 0}, {"stream_ended", 0}, {"silent", 0}, {"denied", 0}};
  std::string trouble_ = "not connected yet";
};

}  // namespace

Result<std::unique_ptr<sources::Source>> make_client(const TargetConfiguration& configuration,
                                                     const sources::Context& context) {
  auto credentials = make_credentials(configuration.tls);
  if (!credentials) return tl::unexpected(credentials.error());
  return std::make_unique<Client>(configuration, std::move(*credentials), context);
}

}  // namespace caspilink::gnmi
