#include "collector/ingest/server.h"

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

#include "collector/ingest/peer_verifier.h"
#include "collector/ingest/report_reactor.h"
#include "proto/telemetry.grpc.pb.h"

namespace caspilink::ingest {
namespace {

constexpr int kMostCallsPerConnection = 8;
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

class Service final : public telemetry::v1::Telemetry::CallbackService {
 public:
  Service(Limits limits, Clock clock, std::unique_ptr<PeerVerifier> verifier, Sink& sink)
      : limits_(limits), clock_(std::move(clock)), verifier_(std::move(verifier)), sink_(sink) {}

  grpc::ServerBidiReactor<telemetry::v1::AgentMessage, telemetry::v1::CollectorMessage>* Report(
      grpc::CallbackServerContext* context) override {
    const std::int64_t now = clock_();
    auto reactor = ReportReactor::start(
        limits_, sink_,
        verifier_->verify(property(*context, GRPC_X509_PEM_CERT_PROPERTY_NAME),
                          property(*context, GRPC_X509_PEM_CERT_CHAIN_PROPERTY_NAME), now),
        now);
    const std::lock_guard lock(mutex_);
    std::erase_if(reactors_, [](const auto& old) { return old.expired(); });
    reactors_.push_back(reactor);
    return reactor.get();
  }

  std::vector<std::shared_ptr<ReportReactor>> open() {
    std::vector<std::shared_ptr<ReportReactor>> found;
    const std::lock_guard lock(mutex_);
    for (const auto& reactor : reactors_) {
      if (auto alive = reactor.lock()) found.push_back(std::move(alive));
    }
    return found;
  }

 private:
  const Limits limits_;
  const Clock clock_;
  const std::unique_ptr<PeerVerifier> verifier_;
  Sink& sink_;
  std::mutex mutex_;
  std::vector<std::weak_ptr<ReportReactor>> reactors_;
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
  auto verifier = PeerVerifier::create(options.tls.ca_file, std::move(options.stations));
  if (!verifier) return tl::unexpected(verifier.error());

  auto impl = std::make_unique<Impl>();
  impl->address = options.listen;
  impl->service = std::make_unique<Service>(options.limits, std::move(options.clock),
                                            std::move(*verifier), sink);
  grpc::ServerBuilder builder;
  grpc::ResourceQuota quota("ingest");
  quota.Resize(options.limits.max_memory_bytes);
  builder.SetResourceQuota(quota);
  builder.SetMaxReceiveMessageSize(static_cast<int>(options.limits.max_message_bytes));
  // Two collectors on one port would each get some of the agents.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMostCallsPerConnection);
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
  for (const auto& reactor : impl_->service->open()) reactor->expect_hello(now_unix_ns);
}

}  // namespace caspilink::ingest
