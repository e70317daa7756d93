#include "agent/simulator/gnmi_server.h"

#include <chrono>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include "agent/simulator/gnmi_get.h"
#include "agent/simulator/gnmi_session.h"
#include "proto/gnmi.grpc.pb.h"

namespace caspilink::simulator {
namespace {

class Stream;

// What the server's thread owns.
struct Core {
  asio::io_context io;
  GnmiTree tree;
  std::shared_ptr<const LineView> view;
  std::function<std::int64_t()> unix_now_ns;
  std::size_t most_streams = 0;
  std::set<std::shared_ptr<Stream>> streams;

  explicit Core(GnmiTree served) : tree(std::move(served)) {}
  [[nodiscard]] Instant now() const {
    const auto steady = std::chrono::steady_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::nanoseconds>(steady).count(), unix_now_ns()};
  }
};

// One Subscribe stream. gRPC's callbacks post to the server's thread, on which everything else
// runs; at most one read and one write are in flight, and Finish waits for the write.
class Stream final
    : public grpc::ServerBidiReactor<gnmi::SubscribeRequest, gnmi::SubscribeResponse>,
      public std::enable_shared_from_this<Stream> {
 public:
  explicit Stream(Core& core) : core_(core), timer_(core.io) {}

  // Keeps itself alive until gRPC is done with it.
  void begin() {
    asio::post(core_.io, [self = self_ = shared_from_this()] { self->admit(); });
  }

  void line_changed() {
    if (!session_ || finishing_) return;
    session_->line_changed();
    look();
  }

 private:
  void OnReadDone(bool ok) override {
    asio::post(core_.io, [self = shared_from_this(), ok] { self->on_read(ok); });
  }
  void OnWriteDone(bool ok) override {
    asio::post(core_.io, [self = shared_from_this(), ok] { self->on_written(ok); });
  }
  void OnCancel() override {
    asio::post(core_.io, [self = shared_from_this()] {
      self->finish({grpc::StatusCode::CANCELLED, "cancelled"});
    });
  }
  void OnDone() override {
    asio::post(core_.io, [self = shared_from_this()] {
      self->core_.streams.erase(self);
      self->self_.reset();
    });
  }

  void admit() {
    core_.streams.insert(self_);
    if (core_.streams.size() > core_.most_streams) {
      finish({grpc::StatusCode::RESOURCE_EXHAUSTED,
              fmt::format("{} Subscribe streams are open already", core_.most_streams)});
      return;
    }
    read();
  }

  void read() {
    if (finishing_ || reading_ || half_closed_) return;
    reading_ = true;
    StartRead(&request_);
  }

  void on_read(bool ok) {
    reading_ = false;
    if (finishing_) return;
    if (!ok) {
      half_closed_ = true;
      if (!session_) {
        finish({grpc::StatusCode::INVALID_ARGUMENT, "expected a subscription list first"});
        return;
      }
    } else if (!session_) {
      open();
    } else if (session_->mode() == gnmi::SubscriptionList::POLL && request_.has_poll()) {
      session_->poll();
      session_->tick(*core_.view, core_.now());
    } else {
      finish({grpc::StatusCode::INVALID_ARGUMENT, session_->mode() == gnmi::SubscriptionList::POLL
                                                      ? "expected a poll"
                                                      : "expected one subscription list only"});
      return;
    }
    write();
  }

  void open() {
    if (!request_.has_subscribe()) {
      finish({grpc::StatusCode::INVALID_ARGUMENT, "expected a subscription list first"});
      return;
    }
    if (auto good = GnmiSession::open(core_.tree, request_.subscribe(), session_); !good.ok()) {
      finish(good);
      return;
    }
    request_.Clear();
    session_->tick(*core_.view, core_.now());
    // What the client may still say is read at once, but polls only when the last is answered.
    if (session_->mode() != gnmi::SubscriptionList::POLL) read();
    schedule();
  }

  void schedule() {
    const auto due = session_->next_due();
    if (!due || finishing_) return;
    timer_.expires_at(std::chrono::steady_clock::time_point(
        std::chrono::duration_cast<std::chrono::steady_clock::duration>(
            std::chrono::nanoseconds(*due))));
    timer_.async_wait([self = shared_from_this()](const asio::error_code& error) {
      if (!error && !self->finishing_) self->look();
    });
  }

  void look() {
    session_->tick(*core_.view, core_.now());
    schedule();
    write();
  }

  void write() {
    if (writing_ || finishing_ || !session_) return;
    response_.Clear();
    if (session_->next(response_)) {
      writing_ = true;
      StartWrite(&response_);
    } else if (session_->finished()) {
      finish(grpc::Status::OK);
    } else if (session_->mode() == gnmi::SubscriptionList::POLL) {
      half_closed_ ? finish(grpc::Status::OK) : read();
    }
  }

  void on_written(bool ok) {
    writing_ = false;
    if (finishing_) {
      Finish(*finishing_);
    } else if (!ok) {
      finish({grpc::StatusCode::CANCELLED, "the client went away"});
    } else {
      write();
    }
  }

  void finish(const grpc::Status& status) {
    if (finishing_) return;
    finishing_ = status;
    timer_.cancel();
    if (!writing_) Finish(status);
  }

  Core& core_;
  asio::steady_timer timer_;
  std::shared_ptr<Stream> self_;
  std::optional<GnmiSession> session_;
  gnmi::SubscribeRequest request_;
  gnmi::SubscribeResponse response_;
  bool reading_ = false;
  bool writing_ = false;
  bool half_closed_ = false;
  std::optional<grpc::Status> finishing_;
};

class Service final : public gnmi::gNMI::CallbackService {
 public:
  explicit Service(Core& core) : core_(core) {}

  grpc::ServerUnaryReactor* Capabilities(grpc::CallbackServerContext* context,
                                         const gnmi::CapabilityRequest*,
                                         gnmi::CapabilityResponse* response) override {
    for (const auto& model : supported_models()) *response->add_supported_models() = model;
    for (const auto encoding : {gnmi::PROTO, gnmi::JSON_IETF, gnmi::JSON}) {
      response->add_supported_encodings(encoding);
    }
    response->set_gnmi_version("0.10.0");
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context,
                                const gnmi::GetRequest* request,
                                gnmi::GetResponse* response) override {
    auto* reactor = context->DefaultReactor();
    // Request and response live until Finish.
    asio::post(core_.io, [this, reactor, request, response] {
      reactor->Finish(get(core_.tree, *core_.view, core_.unix_now_ns(), *request, *response));
    });
    return reactor;
  }

  grpc::ServerUnaryReactor* Set(grpc::CallbackServerContext* context, const gnmi::SetRequest*,
                                gnmi::SetResponse*) override {
    auto* reactor = context->DefaultReactor();
    reactor->Finish({grpc::StatusCode::UNIMPLEMENTED,
                     "this equipment cannot be set; faults are injected with caspilink-simulator"});
    return reactor;
  }

  grpc::ServerBidiReactor<gnmi::SubscribeRequest, gnmi::SubscribeResponse>* Subscribe(
      grpc::CallbackServerContext*) override {
    auto stream = std::make_shared<Stream>(core_);
    stream->begin();
    return stream.get();
  }

 private:
  Core& core_;
};

}  // namespace

struct GnmiServer::Impl {
  Core core;
  Service service{core};
  std::unique_ptr<grpc::Server> server;
  asio::executor_work_guard<asio::io_context::executor_type> work{core.io.get_executor()};
  std::thread thread;
  int port = 0;

  explicit Impl(GnmiTree tree) : core(std::move(tree)) {}
};

Result<std::unique_ptr<GnmiServer>> GnmiServer::start(Options options, GnmiTree tree,
                                                      std::shared_ptr<const LineView> view) {
  auto impl = std::make_unique<Impl>(std::move(tree));
  impl->core.view = std::move(view);
  impl->core.unix_now_ns = std::move(options.unix_now_ns);
  impl->core.most_streams = options.most_streams;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(
      options.listen, options.credentials ? options.credentials : grpc::InsecureServerCredentials(),
      &impl->port);
  // A second simulator on the same port must fail, not share it.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // Agents watch for silent deaths with pings of a few seconds.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 1000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.SetMaxReceiveMessageSize(1 << 20);
  builder.RegisterService(&impl->service);
  impl->thread = std::thread([&io = impl->core.io] { io.run(); });
  impl->server = builder.BuildAndStart();
  auto server = std::unique_ptr<GnmiServer>(new GnmiServer(std::move(impl)));
  if (!server->impl_->server || server->impl_->port == 0) {
    return fail(ErrorCode::kUnavailable, options.listen,
                "cannot listen for gNMI: the address is taken or not ours");
  }
  return server;
}

GnmiServer::GnmiServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

GnmiServer::~GnmiServer() {
  // Cancels what is open; the server's thread then finishes each stream. When it returns, gRPC is
  // done with every one of them, so the thread has only its queue left to empty.
  if (impl_->server) impl_->server->Shutdown(std::chrono::system_clock::now());
  impl_->work.reset();
  impl_->thread.join();
}

int GnmiServer::port() const { return impl_->port; }

void GnmiServer::set_view(std::shared_ptr<const LineView> view) {
  asio::post(impl_->core.io, [&core = impl_->core, view = std::move(view)]() mutable {
    core.view = std::move(view);
    for (const auto& stream : core.streams) stream->line_changed();
  });
}

}  // namespace caspilink::simulator
