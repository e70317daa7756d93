// A bidirectional gRPC stream, as a client, driven from one io_context.
//
// gRPC calls its reactors from its own threads. Here a reactor holds messages only and posts: every
// method is called, and every handler runs, on the io_context. At most one write is in flight. What
// comes is handed on as bytes: who reads them knows what to make of them, and how cheaply. A peer
// that sends faster than the handlers take is held back, so its messages wait in its own memory.
// The io_context has work until gRPC has let go of the stream, so run() returning means that no
// callback is left.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/client_callback.h>

namespace caspilink::rpc {

template <typename Request>
class ClientStream final : public grpc::ClientBidiReactor<Request, grpc::ByteBuffer>,
                           public std::enable_shared_from_this<ClientStream<Request>> {
 public:
  struct Handlers {
    std::function<void(std::string_view)> on_message;  // its bytes, valid during the call
    std::function<void()> on_written;                  // the write is over, another may start
    std::function<void(const grpc::Status&)> on_done;  // last, once
  };
  struct Call {
    std::shared_ptr<grpc::Channel> channel;
    std::string method;                                 // "/gnmi.gNMI/Subscribe"
    std::function<void(grpc::ClientContext&)> prepare;  // null: nothing to add
    // A message may wait this long for others that come with it: the thread wakes once for all.
    std::chrono::nanoseconds gather{0};
  };

  static std::shared_ptr<ClientStream> start(asio::io_context& io, Handlers handlers,
                                             const Call& call) {
    auto stream =
        std::shared_ptr<ClientStream>(new ClientStream(io, std::move(handlers), call.gather));
    stream->self_ = stream;
    if (call.prepare) call.prepare(stream->context_);
    grpc::TemplatedGenericStub<Request, grpc::ByteBuffer>(call.channel)
        .PrepareBidiStreamingCall(&stream->context_, call.method, {}, stream.get());
    stream->AddHold();  // reads and writes start outside gRPC's callbacks too
    stream->StartRead(&stream->incoming_);
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
  static constexpr std::size_t kMostWaiting = 256;
  static constexpr std::size_t kMostWaitingBytes = 256 << 10;

  ClientStream(asio::io_context& io, Handlers handlers, std::chrono::nanoseconds gather)
      : io_(io),
        work_(io.get_executor()),
        gather_(gather),
        handlers_(std::move(handlers)),
        gathering_(io) {}

  void let_go() {
    if (std::exchange(let_go_, true)) return;
    this->RemoveHold();
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      // Behind the drain of what came before it, so the last messages are handled first.
      asio::post(io_, [self = this->shared_from_this()] {
        self->drain();
        self->let_go();
      });
      return;
    }
    bool read_on = false;
    bool drain_now = false;
    bool gather = false;
    {
      const std::lock_guard lock(mutex_);
      waiting_bytes_ += incoming_.Length();
      waiting_.emplace_back().Swap(&incoming_);
      read_on = waiting_.size() < kMostWaiting && waiting_bytes_ < kMostWaitingBytes;
      held_back_ = !read_on;
      const bool idle = next_drain_ == Drain::kNone;
      gather = idle && read_on && gather_.count() > 0;
      drain_now = !gather && (idle || (!read_on && next_drain_ == Drain::kGathering));
      if (gather) next_drain_ = Drain::kGathering;
      if (drain_now) next_drain_ = Drain::kPosted;
    }
    if (drain_now) asio::post(io_, [self = this->shared_from_this()] { self->drain(); });
    if (gather) asio::post(io_, [self = this->shared_from_this()] { self->drain_soon(); });
    if (read_on) this->StartRead(&incoming_);
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

  void drain_soon() {
    gathering_.expires_after(gather_);
    gathering_.async_wait([self = this->shared_from_this()](const asio::error_code& error) {
      if (!error) self->drain();
    });
  }

  void drain() {
    bool read_on = false;
    {
      const std::lock_guard lock(mutex_);
      drained_.swap(waiting_);
      waiting_bytes_ = 0;
      next_drain_ = Drain::kNone;
      read_on = std::exchange(held_back_, false);
    }
    for (grpc::ByteBuffer& message : drained_) {
      grpc::Slice slice;
      const bool whole =
          message.TrySingleSlice(&slice).ok() || message.DumpToSingleSlice(&slice).ok();
      if (!whole || !handlers_.on_message) continue;
      handlers_.on_message({reinterpret_cast<const char*>(slice.begin()), slice.size()});
    }
    drained_.clear();
    if (read_on && !let_go_) this->StartRead(&incoming_);
  }

  asio::io_context& io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  const std::chrono::nanoseconds gather_;
  grpc::ClientContext context_;
  std::shared_ptr<ClientStream> self_;  // until OnDone

  // The io_context's.
  Handlers handlers_;
  asio::steady_timer gathering_;
  Request outgoing_;
  std::vector<grpc::ByteBuffer> drained_;
  bool let_go_ = false;

  // Both sides'.
  enum class Drain : std::uint8_t { kNone, kGathering, kPosted };
  std::mutex mutex_;
  std::vector<grpc::ByteBuffer> waiting_;
  std::size_t waiting_bytes_ = 0;
  Drain next_drain_ = Drain::kNone;
  bool held_back_ = false;

  // gRPC's, while a read is in flight.
  grpc::ByteBuffer incoming_;
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
