// gRPC's completions on an io_context: whoever owns the calls takes them, on its own thread.
//
// gRPC's callback threads wake each other for every message. Here one thread waits for a completion
// while there is none. Then the io_context has the turn: it completes what there is, reading the
// sockets itself, until there is nothing. After messages that others are likely to follow the next
// look is some moments later: with nobody waiting, what arrives stays in the kernel's buffers and
// wakes nobody.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include <asio/execution_context.hpp>
#include <asio/io_context.hpp>
#include <grpcpp/completion_queue.h>

namespace caspilink::rpc {

// Of an io_context: Completions::of(io). Ends with it; calls that are under way then are abandoned.
class Completions final : public asio::execution_context::service {
 public:
  using key_type = Completions;
  static asio::execution_context::id id;

  // What gRPC was asked to do; its address is the tag.
  class Operation {
   public:
    virtual void complete(bool ok) = 0;  // on the io_context

   protected:
    ~Operation() = default;
  };

  // Has an operation with gRPC, from add() to remove().
  class Call {
   public:
    virtual void abandon() = 0;  // no handler runs any more, and its operations complete soon

   protected:
    ~Call() = default;
  };

  explicit Completions(asio::execution_context& io);
  [[nodiscard]] static Completions& of(asio::io_context& io) {
    return asio::use_service<Completions>(io);
  }

  [[nodiscard]] grpc::CompletionQueue& queue() { return queue_; }
  void add(Call& call) { calls_.insert(&call); }
  void remove(Call& call) { calls_.erase(&call); }

  // From complete(): others are likely to follow soon.
  void gather() { gathering_ = true; }

 private:
  struct Completion {
    void* tag = nullptr;
    bool ok = false;
    void take() const { static_cast<Operation*>(tag)->complete(ok); }
  };

  void shutdown() override;
  void wait();
  void take();
  void take_found();

  asio::io_context& io_;
  grpc::CompletionQueue queue_;

  // The io_context's.
  std::set<Call*> calls_;
  std::vector<Completion> taken_;
  bool gathering_ = false;

  // Both sides'.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Completion> found_;  // one for each operation at most
  bool owners_turn_ = false;       // take() is to run
  bool may_rest_ = false;
  bool rested_ = false;
  bool ending_ = false;

  std::thread thread_;
};

}  // namespace caspilink::rpc
