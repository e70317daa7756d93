#include "collector/ingest/server.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <grpcpp/ext/health_check_service_server_builder_option.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <spdlog/spdlog.h>

#include "collector/ingest/log_gate.h"
#include "collector/ingest/peer_verifier.h"
#include "collector/ingest/report_reactor.h"
#include "proto/endpoint/credentials.h"
#include "proto/telemetry.grpc.pb.h"

namespace caspilink::ingest {
namespace {

constexpr int kMostCallsPerConnection = 8;
constexpr int kIdleConnectionMs = 60'000;
constexpr int kKeepaliveMs = 20'000;
constexpr int kLeastClientPingMs = 5'000;
constexpr auto kShutdownGrace = std::chrono::seconds(2);

std::string property(const grpc::CallbackServerContext& context, const char* name) {
  const auto values = context.auth_context()->FindPropertyValues(name);
  return values.empty() ? std::string() : std::string(values[0].data(), values[0].size());
}

// Agents' port answers Telemetry and nothing else, whatever the process has for other ports.
class NoPlugins final : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    plugins->clear();
  }
};

// Raw: the size of a message is known before it is decoded.
class Service final : public telemetry::v1::Telemetry::WithRawCallbackMethod_Report<
                          telemetry::v1::Telemetry::Service> {
 public:
  Service(Limits limits, Clock clock, std::unique_ptr<PeerVerifier> verifier, Sink& sink)
      : limits_(limits), clock_(std::move(clock)), verifier_(std::move(verifier)), sink_(sink) {}

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Report(
      grpc::CallbackServerContext* context) override {
    const std::int64_t now = clock_();
    std::string certificate = property(*context, GRPC_X509_PEM_CERT_PROPERTY_NAME);
    std::string chain = property(*context, GRPC_X509_PEM_CERT_CHAIN_PROPERTY_NAME);
    auto peer = verifier_->verify(certificate, chain, now);
    const std::lock_guard lock(mutex_);
    std::erase_if(calls_, [](const Call& call) { return call.reactor.expired(); });
    const std::string station = peer.value_or("");
    const auto open = static_cast<std::size_t>(
        std::ranges::count(calls_, station, [](const Call& call) { return call.station; }));
    const bool admitted = !peer || open < limits_.max_calls_per_station;
    auto reactor =
        ReportReactor::start({limits_, sink_, log_gate_}, *context, std::move(peer), admitted, now);
    calls_.push_back({station, std::move(certificate), std::move(chain), reactor});
    return reactor.get();
  }

  // Ends streams whose certificate would not be let in any more.
  void check_again(std::int64_t now_unix_ns) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t generation = verifier_->generation();
    if (generation == checked_generation_) return;
    checked_generation_ = generation;
    for (const Call& call : calls_) {
      const auto reactor = call.reactor.lock();
      if (!reactor || call.station.empty()) continue;
      const auto peer = verifier_->verify(call.certificate, call.chain, now_unix_ns);
      if (peer) continue;
      spdlog::warn("agent {}: its stream is ended: {}", call.station, peer.error().detail);
      sink_.refused(peer.error().reason);
      reactor->close({ErrorCode::kDenied, "", peer.error().detail});
    }
  }

  std::vector<std::shared_ptr<ReportReactor>> open() {
    std::vector<std::shared_ptr<ReportReactor>> found;
    const std::lock_guard lock(mutex_);
    for (const Call& call : calls_) {
      if (auto alive = call.reactor.lock()) found.push_back(std::move(alive));
    }
    return found;
  }

 private:
  struct Call {
    std::string station;  // empty: refused
    std::string certificate;
    std::string chain;
    std::weak_ptr<ReportReactor> reactor;
  };
  const Limits limits_;
  LogGate log_gate_;
  const Clock clock_;
  const std::unique_ptr<PeerVerifier> verifier_;
  Sink& sink_;
  std::mutex mutex_;
  std::vector<Call> calls_;
  std::uint64_t checked_generation_ = 0;
};

}  // namespace

struct Server::Impl {
  endpoint::Address address;
  std::unique_ptr<Service> service;
  std::unique_ptr<grpc::Server> server;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<Server>> Server::start(Options options, Sink& sink) {
  auto credentials =
      endpoint::server_credentials(options.tls, endpoint::ClientCertificate::kUnverified);
  if (!credentials) return tl::unexpected(credentials.error());
  const endpoint::TlsFiles& files = options.tls->files();
  auto verifier = PeerVerifier::create(files.ca_file, std::move(options.stations), files.crl_file);
  if (!verifier) return tl::unexpected(verifier.error());

  auto impl = std::make_unique<Impl>();
  impl->address = options.listen;
  impl->service = std::make_unique<Service>(options.limits, std::move(options.clock),
                                            std::move(*verifier), sink);
  grpc::ServerBuilder builder;
  grpc::ResourceQuota quota("ingest");
  quota.Resize(options.limits.max_memory_bytes);
  builder.SetResourceQuota(quota);
  // Ours is checked, counted and explained by the stream. A small message must not unpack into a
  // large one.
  builder.SetMaxReceiveMessageSize(-1);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  // Two collectors on one port would each get some of the agents.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMostCallsPerConnection);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kIdleConnectionMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kLeastClientPingMs);
  int port = 0;
  builder.AddListeningPort(options.listen.text(), *credentials, &port);
  builder.SetOption(std::make_unique<NoPlugins>());
  builder.SetOption(std::make_unique<grpc::HealthCheckServiceServerBuilderOption>(nullptr));
  builder.RegisterService(impl->service.get());
  impl->server = builder.BuildAndStart();
  if (!impl->server || port == 0) {
    return fail(ErrorCode::kUnavailable, options.listen.text(),
                "cannot listen for agents: the address is taken or not ours");
  }
  impl->address.port = static_cast<std::uint16_t>(port);
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::~Server() {
  for (const auto& reactor : impl_->service->open()) {
    reactor->close({ErrorCode::kUnavailable, "", "the collector is shutting down"});
  }
  impl_->server->Shutdown(std::chrono::system_clock::now() + kShutdownGrace);
}

const endpoint::Address& Server::address() const { return impl_->address; }

void Server::sweep(std::int64_t now_unix_ns) {
  impl_->service->check_again(now_unix_ns);
  for (const auto& reactor : impl_->service->open()) reactor->sweep(now_unix_ns);
}

}  // namespace caspilink::ingest
