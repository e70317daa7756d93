// A bidirectional gRPC stream, as a client, driven from one io_context.
//
// gRPC calls its reactors from its own threads. Here a reactor holds messages only and posts: every
// method is called, and every handler runs, on the io_context. At most one write is in flight. A
// peer that sends faster than the handlers take is held back after a few messages, or one that is
// large, so its messages wait in its own memory. The io_context has work until gRPC has let go of
// the stream, so run() returning means that no callback is left.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

namespace caspilink::rpc {

template <typename Request, typename Response>
class ClientStream final : public grpc::ClientBidiReactor<Request, Response>,
                           public std::enable_shared_from_this<ClientStream<Request, Response>> {
 public:
  using Reactor = grpc::ClientBidiReactor<Request, Response>;

  struct Handlers {
    std::function<void(Response&)> on_message;
    std::function<void()> on_written;                  // the write is over, another may start
    std::function<void(const grpc::Status&)> on_done;  // last, once
  };

  // `launch` starts the call: stub->async()->Method(context, reactor).
  static std::shared_ptr<ClientStream> start(
      asio::io_context& io, Handlers handlers,
      const std::function<void(grpc::ClientContext*, Reactor*)>& launch) {
    auto stream = std::shared_ptr<ClientStream>(new ClientStream(io, std::move(handlers)));
    stream->self_ = stream;
    launch(&stream->context_, stream.get());
    stream->AddHold();  // reads and writes start outside gRPC's callbacks too
    stream->incoming_ = std::make_unique<Response>();
    stream->StartRead(stream->incoming_.get());
    stream->StartCall();
    return stream;
  }

  // Requires that no write is in flight. The message is the stream's until on_written.
  void write(Request message) {
    if (let_go_) return;
    outgoing_ = std::move(message);
    this->StartWrite(&outgoing_);
  }

  // Ends the stream; no handler runs any more.
  void cancel() {
    handlers_ = {};
    context_.TryCancel();
    let_go();
  }

 private:
  static constexpr std::size_t kMostWaiting = 16;
  static constexpr std::size_t kMostWaitingBytes = 4 << 20;  // as they are in memory

  ClientStream(asio::io_context& io, Handlers handlers)
      : io_(io), work_(io.get_executor()), handlers_(std::move(handlers)) {}

  void let_go() {
    if (std::exchange(let_go_, true)) return;
    this->RemoveHold();
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      // Behind the drain of what came before it, so the last messages are handled first.
      asio::post(io_, [self = this->shared_from_this()] { self->let_go(); });
      return;
    }
    bool read_on = false;
    bool drain = false;
    {
      const std::lock_guard lock(mutex_);
      waiting_bytes_ += incoming_->SpaceUsedLong();
      waiting_.push_back(std::move(incoming_));
      incoming_ = std::make_unique<Response>();
      read_on = waiting_.size() < kMostWaiting && waiting_bytes_ < kMostWaitingBytes;
      held_back_ = !read_on;
      drain = !std::exchange(drain_posted_, true);
    }
    if (drain) asio::post(io_, [self = this->shared_from_this()] { self->drain(); });
    if (read_on) this->StartRead(incoming_.get());
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return;  // the stream is over: on_done tells
    asio::post(io_, [self = this->shared_from_this()] {
      if (self->handlers_.on_written) self->handlers_.on_written();
    });
  }

  void OnDone(const grpc::Status& status) override {
    asio::post(io_, [self = std::move(self_), status] {
      const Handlers handlers = std::exchange(self->handlers_, {});
      if (handlers.on_done) handlers.on_done(status);
      self->work_.reset();
    });
  }

  void drain() {
    bool read_on = false;
    {
      const std::lock_guard lock(mutex_);
      drained_.swap(waiting_);
      waiting_bytes_ = 0;
      drain_posted_ = false;
      read_on = std::exchange(held_back_, false);
    }
    for (const auto& message : drained_) {
      if (handlers_.on_message) handlers_.on_message(*message);
    }
    drained_.clear();
    if (read_on && !let_go_) this->StartRead(incoming_.get());
  }

  asio::io_context& io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  grpc::ClientContext context_;
  std::shared_ptr<ClientStream> self_;  // until OnDone

  // The io_context's.
  Handlers handlers_;
  Request outgoing_;
  std::vector<std::unique_ptr<Response>> drained_;
  bool let_go_ = false;

  // Both sides'.
  std::mutex mutex_;
  std::vector<std::unique_ptr<Response>> waiting_;
  std::size_t waiting_bytes_ = 0;
  bool drain_posted_ = false;
  bool held_back_ = false;

  // gRPC's, while a read is in flight.
  std::unique_ptr<Response> incoming_;
};

// A unary call under the same rules; the handler runs once, on the io_context.
template <typename Response>
void call(asio::io_context& io, std::chrono::system_clock::time_point deadline,
          std::function<void(const grpc::Status&, Response&)> handler,
          const std::function<void(grpc::ClientContext*, Response*,
                                   std::function<void(grpc::Status)>)>& launch) {
  struct Call {
    explicit Call(asio::io_context& owner) : work(owner.get_executor()) {}
    asio::executor_work_guard<asio::io_context::executor_type> work;
    grpc::ClientContext context;
    Response response;
  };
  auto state = std::make_shared<Call>(io);
  state->context.set_deadline(deadline);
  launch(&state->context, &state->response,
         [&io, state, handler = std::move(handler)](const grpc::Status& status) {
           asio::post(io, [state, handler, status] { handler(status, state->response); });
         });
}

}  // namespace caspilink::rpc
