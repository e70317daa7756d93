// A bidirectional gRPC stream, as a client, on one io_context.
//
// Every method is called, and every handler runs, on the io_context (completions.h). At most one
// write is in flight. What comes is handed on as bytes: who reads them knows what to make of them,
// and how cheaply. The next message is read when the handler of the last one has returned, so those
// of a peer that sends faster wait in its own memory. The io_context has work until gRPC has let go
// of the stream, so run() returning means that no handler is left.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/async_unary_call.h>
#include <grpcpp/support/byte_buffer.h>

#include "agent/rpc/completions.h"

namespace caspilink::rpc {

template <typename Owner>
class Step final : public Completions::Operation {
 public:
  using Method = void (Owner::*)(bool ok);
  Step(Owner& owner, Method method) : owner_(owner), method_(method) {}
  void complete(bool ok) override { (owner_.*method_)(ok); }

 private:
  Owner& owner_;
  const Method method_;
};

template <typename Request>
class ClientStream final : public Completions::Call {
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
    bool gather = false;  // messages come in bursts, and may wait some moments for each other
  };

  // `first` is the first write.
  static std::shared_ptr<ClientStream> start(asio::io_context& io, Handlers handlers,
                                             const Call& call, const Request& first) {
    auto stream =
        std::shared_ptr<ClientStream>(new ClientStream(io, std::move(handlers), call.gather));
    stream->self_ = stream;
    stream->context_.set_initial_metadata_corked(true);  // sent with it
    if (call.prepare) call.prepare(stream->context_);
    stream->call_ = grpc::TemplatedGenericStub<Request, grpc::ByteBuffer>(call.channel)
                        .PrepareCall(&stream->context_, call.method, &stream->completions_.queue());
    stream->completions_.add(*stream);
    stream->call_->StartCall(nullptr);
    stream->write(first);
    stream->call_->Read(&stream->incoming_, stream->begun(stream->reading_));
    return stream;
  }

  // Requires that no write is in flight.
  void write(const Request& message) {
    if (!over_) call_->Write(message, begun(writing_));  // otherwise on_done tells
  }

  // Ends the stream; no handler runs any more.
  void cancel() { abandon(); }

  void abandon() override {
    cancelled_ = true;
    context_.TryCancel();
  }

 private:
  using Self = ClientStream<Request>;

  ClientStream(asio::io_context& io, Handlers handlers, bool gather)
      : work_(io.get_executor()),
        completions_(Completions::of(io)),
        gather_(gather),
        handlers_(std::move(handlers)) {}

  void* begun(Step<Self>& step) {
    ++with_grpc_;
    return &step;
  }

  void on_read(bool ok) {
    if (ok) {
      grpc::ByteBuffer message;
      message.Swap(&incoming_);
      grpc::Slice slice;
      const bool whole =
          message.TrySingleSlice(&slice).ok() || message.DumpToSingleSlice(&slice).ok();
      if (whole && !cancelled_ && handlers_.on_message) {
        handlers_.on_message({reinterpret_cast<const char*>(slice.begin()), slice.size()});
      }
      if (gather_) completions_.gather();
      call_->Read(&incoming_, begun(reading_));
    } else {
      over_ = true;
      call_->Finish(&status_, begun(finishing_));
    }
    ended();
  }

  void on_written(bool ok) {
    if (ok && !cancelled_ && handlers_.on_written) handlers_.on_written();
    ended();
  }

  void on_finished(bool /*ok*/) { ended(); }

  // The last to end is of an end that was asked for: a read is always under way before.
  void ended() {
    if (--with_grpc_ > 0) return;
    const auto self = std::move(self_);
    completions_.remove(*this);
    if (!cancelled_ && handlers_.on_done) handlers_.on_done(status_);
    work_.reset();
  }

  asio::executor_work_guard<asio::io_context::executor_type> work_;
  Completions& completions_;
  const bool gather_;
  const Handlers handlers_;
  bool cancelled_ = false;
  bool over_ = false;                   // nothing can be written
  int with_grpc_ = 0;                   // steps
  std::shared_ptr<ClientStream> self_;  // while there are any

  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientAsyncReaderWriter<Request, grpc::ByteBuffer>> call_;
  grpc::ByteBuffer incoming_;
  grpc::Status status_;
  Step<Self> reading_{*this, &Self::on_read};
  Step<Self> writing_{*this, &Self::on_written};
  Step<Self> finishing_{*this, &Self::on_finished};
};

// A unary call under the same rules; the handler runs once, on the io_context.
template <typename Request, typename Response>
class UnaryCall final : public Completions::Call {
 public:
  using Handler = std::function<void(const grpc::Status&, Response&)>;
  struct Call {
    std::shared_ptr<grpc::Channel> channel;
    std::string method;                                 // "/gnmi.gNMI/Capabilities"
    std::function<void(grpc::ClientContext&)> prepare;  // null: nothing to add
    std::chrono::system_clock::time_point deadline;
  };

  static void start(asio::io_context& io, const Request& request, Handler handler,
                    const Call& call) {
    auto made = std::shared_ptr<UnaryCall>(new UnaryCall(io, std::move(handler)));
    made->self_ = made;
    made->context_.set_deadline(call.deadline);
    if (call.prepare) call.prepare(made->context_);
    made->call_ =
        grpc::TemplatedGenericStub<Request, Response>(call.channel)
            .PrepareUnaryCall(&made->context_, call.method, request, &made->completions_.queue());
    made->completions_.add(*made);
    made->call_->StartCall();
    made->call_->Finish(&made->response_, &made->status_, &made->finishing_);
  }

  void abandon() override {
    handler_ = nullptr;
    context_.TryCancel();
  }

 private:
  UnaryCall(asio::io_context& io, Handler handler)
      : work_(io.get_executor()), completions_(Completions::of(io)), handler_(std::move(handler)) {}

  void on_finished(bool /*ok*/) {
    const auto self = std::move(self_);
    completions_.remove(*this);
    if (handler_) handler_(status_, response_);
    work_.reset();
  }

  asio::executor_work_guard<asio::io_context::executor_type> work_;
  Completions& completions_;
  Handler handler_;
  std::shared_ptr<UnaryCall> self_;  // while gRPC has it

  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> call_;
  Response response_;
  grpc::Status status_;
  Step<UnaryCall> finishing_{*this, &UnaryCall::on_finished};
};

}  // namespace caspilink::rpc
