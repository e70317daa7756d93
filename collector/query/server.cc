#include "collector/query/server.h"

#include <chrono>
#include <mutex>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <spdlog/spdlog.h>

#include "collector/query/answers.h"
#include "collector/query/messages.h"
#include "collector/query/watch_reactor.h"
#include "collector/query/workers.h"
#include "proto/endpoint/credentials.h"
#include "proto/query.grpc.pb.h"

namespace caspilink::query {
namespace {

constexpr std::size_t kWorkers = 2;
constexpr int kMostCallsPerConnection = 32;
// Reflection is a synchronous service of the library's: a thread a stream.
constexpr int kMostLibraryThreads = 8;
constexpr int kKeepaliveMs = 20'000;
constexpr int kLeastClientPingMs = 5'000;
constexpr auto kShutdownGrace = std::chrono::seconds(1);
constexpr const char* kStarting = "the collector is starting";
constexpr double kLongestDuration_s = 100.0 * 365 * 86'400;

grpc::Status status_of(const Error& error) {
  const auto code = [&] {
    switch (error.code) {
      case ErrorCode::kInvalidInput:
        return grpc::StatusCode::INVALID_ARGUMENT;
      case ErrorCode::kNotFound:
        return grpc::StatusCode::NOT_FOUND;
      case ErrorCode::kUnavailable:
        return grpc::StatusCode::UNAVAILABLE;
      case ErrorCode::kDenied:
        return grpc::StatusCode::PERMISSION_DENIED;
      case ErrorCode::kExhausted:
        return grpc::StatusCode::RESOURCE_EXHAUSTED;
      default:
        return grpc::StatusCode::INTERNAL;
    }
  };
  return {code(), error.message()};
}

grpc::Status too_busy() {
  return {grpc::StatusCode::RESOURCE_EXHAUSTED, "too many questions at once; ask again"};
}

std::string property(const grpc::CallbackServerContext& context, const char* name) {
  const auto values = context.auth_context()->FindPropertyValues(name);
  return values.empty() ? std::string() : std::string(values[0].data(), values[0].size());
}

// A length of time in seconds from now on, as a time.
Result<std::int64_t> after(std::int64_t now_unix_ns, double duration_s) {
  if (!(duration_s > 0 && duration_s <= kLongestDuration_s)) {
    return fail(ErrorCode::kInvalidInput, "duration_s", "expected more than 0");
  }
  return now_unix_ns + static_cast<std::int64_t>(duration_s * 1e9);
}

// A call that the owner of the state answers, or nobody, where the process ends first.
class ActionReactor final : public grpc::ServerUnaryReactor {
 public:
  static std::shared_ptr<ActionReactor> start() {
    std::shared_ptr<ActionReactor> reactor(new ActionReactor);
    reactor->self_ = reactor;
    return reactor;
  }

  // Once; `fill` writes the response, and does not run where the call is over.
  void answer(const std::function<grpc::Status()>& fill) {
    const std::lock_guard lock(mutex_);
    if (answered_) return;
    answered_ = true;
    Finish(fill());
  }
  void OnCancel() override {
    answer([] { return grpc::Status(grpc::StatusCode::CANCELLED, "cancelled"); });
  }
  void OnDone() override { const auto keep = std::move(self_); }

 private:
  ActionReactor() = default;
  std::shared_ptr<ActionReactor> self_;
  std::mutex mutex_;
  bool answered_ = false;
};

using HistoryReactor = StreamReactor<wire::GetHistoryResponse>;

class Service final : public wire::Query::CallbackService {
  using Context = grpc::CallbackServerContext;

 public:
  Service(Server::Options options, std::unique_ptr<access::Gate> gate, core::AlarmOffice& office,
          std::shared_ptr<exposition::SnapshotBoard> board)
      : options_(std::move(options)),
        gate_(std::move(gate)),
        office_(office),
        board_(std::move(board)),
        workers_(kWorkers, options_.limits.max_waiting) {}

  grpc::ServerUnaryReactor* GetState(Context* context, const wire::GetStateRequest* request,
                                     wire::GetStateResponse* response) override {
    return read(*context, *request, *response);
  }
  grpc::ServerUnaryReactor* GetMargins(Context* context, const wire::GetMarginsRequest* request,
                                       wire::GetMarginsResponse* response) override {
    return read(*context, *request, *response);
  }
  grpc::ServerUnaryReactor* ListAgents(Context* context, const wire::ListAgentsRequest* request,
                                       wire::ListAgentsResponse* response) override {
    return read(*context, *request, *response);
  }
  grpc::ServerUnaryReactor* ListAlarms(Context* context, const wire::ListAlarmsRequest* request,
                                       wire::ListAlarmsResponse* response) override {
    return read(*context, *request, *response);
  }
  grpc::ServerUnaryReactor* ListMaintenance(Context* context,
                                            const wire::ListMaintenanceRequest* request,
                                            wire::ListMaintenanceResponse* response) override {
    return read(*context, *request, *response);
  }
  grpc::ServerUnaryReactor* Locate(Context* context, const wire::LocateRequest* request,
                                   wire::LocateResponse* response) override {
    return read(*context, *request, *response);
  }
  grpc::ServerUnaryReactor* GetBins(Context* context, const wire::GetBinsRequest* request,
                                    wire::GetBinsResponse* response) override {
    return read(*context, *request, *response);
  }
  grpc::ServerUnaryReactor* GetServiceLevels(Context* context,
                                             const wire::GetServiceLevelsRequest* request,
                                             wire::GetServiceLevelsResponse* response) override {
    return read(*context, *request, *response);
  }
  grpc::ServerUnaryReactor* GetAudit(Context* context, const wire::GetAuditRequest* request,
                                     wire::GetAuditResponse* response) override {
    return read(*context, *request, *response);
  }

  grpc::ServerUnaryReactor* Acknowledge(Context* context, const wire::AcknowledgeRequest* request,
                                        wire::AlarmResponse* response) override {
    return act(*context, request->note(), *response, [&](auto who, auto reply) {
      office_.acknowledge(request->alarm(), std::move(who), std::move(reply));
      return Result<void>();
    });
  }
  grpc::ServerUnaryReactor* Shelve(Context* context, const wire::ShelveRequest* request,
                                   wire::AlarmResponse* response) override {
    return act(*context, request->note(), *response, [&](auto who, auto reply) -> Result<void> {
      const auto until = after(options_.clock(), request->duration_s());
      if (!until) return tl::unexpected(until.error());
      office_.shelve(request->alarm(), std::move(who), *until, std::move(reply));
      return {};
    });
  }
  grpc::ServerUnaryReactor* Unshelve(Context* context, const wire::UnshelveRequest* request,
                                     wire::AlarmResponse* response) override {
    return act(*context, request->note(), *response, [&](auto who, auto reply) {
      office_.unshelve(request->alarm(), std::move(who), std::move(reply));
      return Result<void>();
    });
  }
  grpc::ServerUnaryReactor* Place(Context* context, const wire::PlaceRequest* request,
                                  wire::AlarmResponse* response) override {
    return act(*context, request->note(), *response, [&](auto who, auto reply) -> Result<void> {
      const auto snapshot = board_->latest();
      if (!snapshot) return fail(ErrorCode::kUnavailable, "", kStarting);
      auto cause = cause_of(snapshot->model->plant(), request->otdr());
      if (!cause) return tl::unexpected(cause.error());
      office_.place(request->alarm(), std::move(who), std::move(*cause), std::move(reply));
      return {};
    });
  }
  grpc::ServerUnaryReactor* Commission(Context* context, const wire::CommissionRequest* request,
                                       wire::CommissionResponse* response) override {
    return act(*context, request->note(), *response, [&](auto who, auto reply) -> Result<void> {
      const auto direction = direction_of(request->direction());
      if (!direction) return tl::unexpected(direction.error());
      options_.commission({.fibre_pair = request->fibre_pair(), .direction = *direction},
                          std::move(who), std::move(reply));
      return {};
    });
  }
  grpc::ServerUnaryReactor* ReloadAgent(Context* context, const wire::ReloadAgentRequest* request,
                                        wire::ReloadAgentResponse* response) override {
    return act(*context, request->note(), *response, [&](auto who, auto reply) {
      options_.reload(request->station(), std::move(who), std::move(reply));
      return Result<void>();
    });
  }
  grpc::ServerUnaryReactor* ListBaselines(Context* context,
                                          const wire::ListBaselinesRequest* request,
                                          wire::ListBaselinesResponse* response) override {
    return read(*context, *request, *response);
  }
  grpc::ServerUnaryReactor* PlanMaintenance(Context* context,
                                            const wire::PlanMaintenanceRequest* request,
                                            wire::MaintenanceResponse* response) override {
    return act(*context, request->note(), *response, [&](auto who, auto reply) -> Result<void> {
      auto window = window_of(*request);
      if (!window) return tl::unexpected(window.error());
      office_.plan_maintenance(std::move(*window), std::move(who), std::move(reply));
      return {};
    });
  }
  grpc::ServerUnaryReactor* EndMaintenance(Context* context,
                                           const wire::EndMaintenanceRequest* request,
                                           wire::MaintenanceResponse* response) override {
    return act(*context, request->note(), *response, [&](auto who, auto reply) {
      office_.end_maintenance(request->window(), std::move(who), std::move(reply));
      return Result<void>();
    });
  }

  grpc::ServerWriteReactor<wire::WatchAlarmsResponse>* WatchAlarms(
      Context* context, const wire::WatchAlarmsRequest* request) override {
    const auto caller = admit(*context, access::Role::kViewer);
    const bool room = caller && watchers() < options_.limits.max_watchers;
    if (!room) {
      auto refused = std::make_shared<StreamReactor<wire::WatchAlarmsResponse>>(*context);
      refused->keep(refused);
      refused->finish(
          caller ? grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too many watch already")
                 : caller.error());
      return refused.get();
    }
    auto reactor = WatchReactor::start(*context, office_, workers_, options_.limits.watch_capacity,
                                       request->roots_only(), board_);
    const std::lock_guard lock(mutex_);
    watching_.push_back(reactor);
    keep(*context, reactor);
    return reactor.get();
  }

  grpc::ServerWriteReactor<wire::GetHistoryResponse>* GetHistory(
      Context* context, const wire::GetHistoryRequest* request) override {
    auto reactor = std::make_shared<HistoryReactor>(*context);
    reactor->keep(reactor);
    if (const auto caller = admit(*context, access::Role::kViewer); !caller) {
      reactor->finish(caller.error());
      return reactor.get();
    }
    {
      const std::lock_guard lock(mutex_);
      keep(*context, reactor);
    }
    // The request belongs to gRPC, and the client may be gone before its turn comes.
    const bool taken = workers_.try_post([this, reactor, request = *request] {
      const auto snapshot = board_->latest();
      if (!snapshot) {
        reactor->finish(starting());
        return;
      }
      auto page = history_page(sources(*snapshot), request);
      if (!page) {
        reactor->finish(status_of(page.error()));
        return;
      }
      reactor->send(std::move(*page));
      reactor->finish_after_all(grpc::Status::OK);
    });
    if (!taken) reactor->finish(too_busy());
    return reactor.get();
  }

  std::vector<std::shared_ptr<OpenStream>> open() {
    std::vector<std::shared_ptr<OpenStream>> found;
    const std::lock_guard lock(mutex_);
    for (const Open& each : streams_) {
      if (auto alive = each.stream.lock()) found.push_back(std::move(alive));
    }
    return found;
  }

  // Ends streams whose certificate would not be let in any more.
  void check_again(std::int64_t now_unix_ns) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t generation = gate_->generation();
    if (generation == checked_generation_) return;
    checked_generation_ = generation;
    for (const Open& each : streams_) {
      const auto stream = each.stream.lock();
      if (!stream) continue;
      const auto caller =
          gate_->admit(each.certificate, each.chain, access::Role::kViewer, now_unix_ns);
      if (!caller) stream->finish(refusal(each.peer, caller.error()));
    }
  }

  void join_workers() { workers_.join(); }
  const Server::Options& options() const { return options_; }

 private:
  static grpc::Status starting() { return {grpc::StatusCode::UNAVAILABLE, kStarting}; }

  Sources sources(const exposition::Snapshot& snapshot) const {
    return {.snapshot = snapshot,
            .design = *options_.design,
            .store_dir = options_.store_dir,
            .now_unix_ns = options_.clock()};
  }

  tl::expected<access::Caller, grpc::Status> admit(const Context& context, access::Role least) {
    auto caller = gate_->admit(property(context, GRPC_X509_PEM_CERT_PROPERTY_NAME),
                               property(context, GRPC_X509_PEM_CERT_CHAIN_PROPERTY_NAME), least,
                               options_.clock());
    if (caller) return std::move(*caller);
    return tl::unexpected(refusal(context.peer(), caller.error()));
  }

  // Logged and counted.
  grpc::Status refusal(const std::string& peer, const access::Denied& denied) const {
    spdlog::warn("query: refused {}: {}: {}", peer, access::to_string(denied.reason),
                 denied.detail);
    options_.denied(denied.reason);
    const bool known =
        denied.reason == access::Denial::kNoRole || denied.reason == access::Denial::kNotAnOperator;
    return {known ? grpc::StatusCode::PERMISSION_DENIED : grpc::StatusCode::UNAUTHENTICATED,
            denied.detail};
  }

  // A question that a worker answers.
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* read(Context& context, const Request& request, Response& response) {
    grpc::ServerUnaryReactor* reactor = context.DefaultReactor();
    if (const auto caller = admit(context, access::Role::kViewer); !caller) {
      reactor->Finish(caller.error());
      return reactor;
    }
    // Context, request and response are there until the reactor is finished, whoever is gone.
    const bool taken = workers_.try_post([this, reactor, &context, &request, &response] {
      const auto snapshot = board_->latest();
      if (context.IsCancelled()) {
        reactor->Finish({grpc::StatusCode::CANCELLED, "cancelled"});
      } else if (!snapshot) {
        reactor->Finish(starting());
      } else {
        const auto done = answer(sources(*snapshot), request, response);
        reactor->Finish(done ? grpc::Status::OK : status_of(done.error()));
      }
    });
    if (!taken) reactor->Finish(too_busy());
    return reactor;
  }

  static void fill(const exposition::SnapshotBoard& board, const alarms::AlarmPtr& alarm,
                   wire::AlarmResponse& response) {
    write(*alarm, board.latest().get(), *response.mutable_alarm());
  }
  static void fill(const exposition::SnapshotBoard&, const alarms::MaintenanceWindow& window,
                   wire::MaintenanceResponse& response) {
    write(window, *response.mutable_window());
  }
  static void fill(const exposition::SnapshotBoard&, const twin::Commissioned& done,
                   wire::CommissionResponse& response) {
    response.set_taken(static_cast<std::uint32_t>(done.taken));
    response.set_left(static_cast<std::uint32_t>(done.left));
  }

  static void fill(const exposition::SnapshotBoard&, const codec::ReloadAnswer& answer,
                   wire::ReloadAgentResponse& response) {
    response.set_outcome(std::string(codec::to_string(answer.outcome)));
    response.set_detail(answer.detail);
    response.mutable_differences()->Assign(answer.differences.begin(), answer.differences.end());
  }

  // What an operator does: `begin` hands it over, or says why not.
  template <typename Response, typename Begin>
  grpc::ServerUnaryReactor* act(Context& context, const std::string& note, Response& response,
                                Begin begin) {
    auto reactor = ActionReactor::start();
    const auto caller = admit(context, access::Role::kOperator);
    if (!caller) {
      reactor->answer([&] { return caller.error(); });
      return reactor.get();
    }
    const auto begun = begin(alarms::Operator{.name = caller->name, .note = note},
                             [reactor, &response, board = board_](const auto& result) {
                               reactor->answer([&] {
                                 if (!result) return status_of(result.error());
                                 fill(*board, *result, response);
                                 return grpc::Status::OK;
                               });
                             });
    if (!begun) reactor->answer([&] { return status_of(begun.error()); });
    return reactor.get();
  }

  Result<alarms::MaintenanceWindow> window_of(const wire::PlanMaintenanceRequest& request) const {
    alarms::MaintenanceWindow window{.station = request.station(),
                                     .fibre_pair = request.fibre_pair(),
                                     .element = request.element()};
    window.from_unix_ns = request.from_unix_ns() == 0 ? options_.clock() : request.from_unix_ns();
    if (request.until_unix_ns() != 0 && request.duration_s() != 0) {
      return fail(ErrorCode::kInvalidInput, "duration_s", "either an end or a duration");
    }
    window.until_unix_ns = request.until_unix_ns();
    if (request.until_unix_ns() == 0) {
      const auto until = after(window.from_unix_ns, request.duration_s());
      if (!until) return tl::unexpected(until.error());
      window.until_unix_ns = *until;
    }
    const auto direction = direction_of(request.direction());
    if (!direction) return tl::unexpected(direction.error());
    window.direction = *direction;
    const auto snapshot = board_->latest();
    if (!snapshot) return fail(ErrorCode::kUnavailable, "", kStarting);
    if (auto good = require_on_plant(snapshot->model->plant(), window.station, window.fibre_pair);
        !good) {
      return tl::unexpected(good.error());
    }
    return window;
  }

  // A stream, and who opened it.
  struct Open {
    std::weak_ptr<OpenStream> stream;
    std::string certificate;
    std::string chain;
    std::string peer;
  };

  // With the mutex held.
  void keep(const Context& context, const std::shared_ptr<OpenStream>& stream) {
    std::erase_if(streams_, [](const Open& old) { return old.stream.expired(); });
    streams_.push_back({stream, property(context, GRPC_X509_PEM_CERT_PROPERTY_NAME),
                        property(context, GRPC_X509_PEM_CERT_CHAIN_PROPERTY_NAME), context.peer()});
  }

  std::size_t watchers() {
    const std::lock_guard lock(mutex_);
    std::erase_if(watching_, [](const auto& old) { return old.expired(); });
    return watching_.size();
  }

  const Server::Options options_;
  const std::unique_ptr<access::Gate> gate_;
  core::AlarmOffice& office_;
  const std::shared_ptr<exposition::SnapshotBoard> board_;
  std::mutex mutex_;
  std::vector<Open> streams_;
  std::uint64_t checked_generation_ = 0;
  std::vector<std::weak_ptr<WatchReactor>> watching_;
  Workers workers_;  // ends before all it works on, and before the gRPC server
};

}  // namespace

struct Server::Impl {
  endpoint::Address address;
  std::unique_ptr<Service> service;
  std::unique_ptr<grpc::Server> server;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<Server>> Server::start(Options options, core::AlarmOffice& office,
                                              std::shared_ptr<exposition::SnapshotBoard> board) {
  auto credentials =
      endpoint::server_credentials(options.tls, endpoint::ClientCertificate::kUnverified);
  if (!credentials) return tl::unexpected(credentials.error());
  const endpoint::TlsFiles& files = options.tls->files();
  auto gate = access::Gate::create(files.ca_file, files.crl_file);
  if (!gate) return tl::unexpected(gate.error());

  auto impl = std::make_unique<Impl>();
  impl->address = options.listen;
  impl->service =
      std::make_unique<Service>(std::move(options), std::move(*gate), office, std::move(board));
  const Limits& limits = impl->service->options().limits;
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  grpc::ResourceQuota quota("query");
  quota.Resize(limits.max_memory_bytes).SetMaxThreads(kMostLibraryThreads);
  builder.SetResourceQuota(quota);
  builder.SetMaxReceiveMessageSize(static_cast<int>(limits.max_message_bytes));
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMostCallsPerConnection);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kLeastClientPingMs);
  int port = 0;
  builder.AddListeningPort(impl->address.text(), *credentials, &port);
  builder.RegisterService(impl->service.get());
  impl->server = builder.BuildAndStart();
  if (!impl->server || port == 0) {
    return fail(ErrorCode::kUnavailable, impl->address.text(),
                "cannot listen for queries: the address is taken or not ours");
  }
  impl->address.port = static_cast<std::uint16_t>(port);
  impl->server->GetHealthCheckService()->SetServingStatus(wire::Query::service_full_name(), true);
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::~Server() {
  impl_->server->GetHealthCheckService()->Shutdown();
  for (const auto& stream : impl_->service->open()) {
    stream->finish({grpc::StatusCode::UNAVAILABLE, "the collector is shutting down"});
  }
  impl_->server->Shutdown(std::chrono::system_clock::now() + kShutdownGrace);
  // A worker may still be on its way out of the answer that ended the last call.
  impl_->service->join_workers();
}

const endpoint::Address& Server::address() const { return impl_->address; }

void Server::sweep(std::int64_t now_unix_ns) {
  impl_->service->check_again(now_unix_ns);
  for (const auto& stream : impl_->service->open()) {
    stream->end_if_stalled(now_unix_ns, impl_->service->options().limits.stall_patience_ns);
  }
}

}  // namespace caspilink::query
