// A stream of messages to one client: one write in flight, finished once. What is queued is bounded
// by whoever queues it. Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

namespace caspilink::query {

// What the server does with streams of any kind.
class OpenStream {
 public:
  OpenStream() = default;
  OpenStream(const OpenStream&) = delete;
  OpenStream& operator=(const OpenStream&) = delete;
  virtual ~OpenStream() = default;

  // Ends it after the write that is under way.
  virtual void finish(grpc::Status status) = 0;
  // Cancels it where one write has not moved for `patience_ns`: the client does not read, and no
  // status would reach it.
  virtual void end_if_stalled(std::int64_t now_unix_ns, std::int64_t patience_ns) = 0;
};

template <typename Message>
class StreamReactor : public grpc::ServerWriteReactor<Message>, public OpenStream {
 public:
  explicit StreamReactor(grpc::CallbackServerContext& context) : context_(context) {}

  // Keeps itself until gRPC is done with it.
  void keep(std::shared_ptr<StreamReactor> self) { self_ = std::move(self); }

  void send(std::vector<Message> messages) {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    for (Message& message : messages) queue_.push_back(std::move(message));
    write_next();
  }

  // After what is queued.
  void finish_after_all(grpc::Status status) {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    if (queue_.empty() && !writing_) {
      finish_now(std::move(status));
    } else {
      last_ = std::move(status);
    }
  }

  void finish(grpc::Status status) override {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    queue_.clear();
    if (writing_) {
      last_ = std::move(status);
    } else {
      finish_now(std::move(status));
    }
  }

  void end_if_stalled(std::int64_t now_unix_ns, std::int64_t patience_ns) override {
    const std::lock_guard lock(mutex_);
    if (!writing_ || finished_) return;
    if (!writing_since_) {
      writing_since_ = now_unix_ns;
    } else if (now_unix_ns - *writing_since_ > patience_ns) {
      context_.TryCancel();
    }
  }

  void OnWriteDone(bool ok) override {
    bool empty = false;
    {
      const std::lock_guard lock(mutex_);
      writing_ = false;
      writing_since_.reset();
      if (!ok) {
        queue_.clear();
        if (!finished_) finish_now({grpc::StatusCode::CANCELLED, "the client is gone"});
        return;
      }
      write_next();
      empty = !writing_ && !finished_;
    }
    if (empty) drained();
  }

  void OnCancel() override { finish({grpc::StatusCode::CANCELLED, "cancelled"}); }

  void OnDone() override {
    done();
    const auto keep = std::move(self_);
  }

 protected:
  // Everything has been written, and the stream goes on.
  virtual void drained() {}
  // gRPC is done with it.
  virtual void done() {}

  [[nodiscard]] bool idle() {
    const std::lock_guard lock(mutex_);
    return !writing_ && !finished_ && queue_.empty();
  }

 private:
  void write_next() {
    if (writing_ || finished_) return;
    if (queue_.empty()) {
      if (last_) finish_now(std::move(*last_));
      return;
    }
    outgoing_ = std::move(queue_.front());
    queue_.pop_front();
    writing_ = true;
    this->StartWrite(&outgoing_);
  }

  void finish_now(grpc::Status status) {
    finished_ = true;
    this->Finish(std::move(status));
  }

  grpc::CallbackServerContext& context_;
  std::shared_ptr<StreamReactor> self_;
  std::mutex mutex_;  // guards the rest
  bool writing_ = false;
  bool finished_ = false;
  std::optional<std::int64_t> writing_since_;  // as the sweeps saw it
  std::optional<grpc::Status> last_;
  Message outgoing_;
  std::deque<Message> queue_;
};

}  // namespace caspilink::query
