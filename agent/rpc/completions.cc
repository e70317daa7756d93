#include "agent/rpc/completions.h"

#include <utility>

#include <asio/post.hpp>

namespace caspilink::rpc {
namespace {

constexpr std::chrono::milliseconds kRest{2};
// An owner that is held up, by its disk say, must not have gRPC miss its peers' pings.
constexpr std::chrono::seconds kLongestTurn{1};
// In one go, so that other handlers get their turn.
constexpr int kMostAtOnce = 32;
// Long past; what is before the epoch is never to gRPC.
constexpr std::chrono::system_clock::time_point kAtOnce;

}  // namespace

asio::execution_context::id Completions::id;

Completions::Completions(asio::execution_context& io)
    : asio::execution_context::service(io),
      io_(static_cast<asio::io_context&>(io)),
      thread_([this] { wait(); }) {}

void Completions::wait() {
  Completion next;
  while (queue_.Next(&next.tag, &next.ok)) {
    std::unique_lock lock(mutex_);
    found_.push_back(next);
    if (ending_) return;
    may_rest_ = true;
    rested_ = false;
    if (!std::exchange(owners_turn_, true)) {
      lock.unlock();
      asio::post(io_, [this] { take(); });
      lock.lock();
    }
    changed_.wait_for(lock, kRest, [this] { return ending_ || (!owners_turn_ && !may_rest_); });
    rested_ = true;
    changed_.wait_for(lock, kLongestTurn, [this] { return ending_ || !owners_turn_; });
    if (ending_) return;
  }
}

void Completions::take() {
  take_found();
  Completion next;
  for (int left = kMostAtOnce;
       queue_.AsyncNext(&next.tag, &next.ok, kAtOnce) == grpc::CompletionQueue::GOT_EVENT;) {
    next.take();
    if (--left == 0) return asio::post(io_, [this] { take(); });
  }
  bool awaited = false;
  {
    const std::lock_guard lock(mutex_);
    if (!found_.empty()) return asio::post(io_, [this] { take(); });
    owners_turn_ = false;
    may_rest_ = std::exchange(gathering_, false);
    awaited = !may_rest_ || rested_;
  }
  if (awaited) changed_.notify_one();
}

void Completions::take_found() {
  {
    const std::lock_guard lock(mutex_);
    taken_.swap(found_);
  }
  for (const Completion& each : taken_) each.take();
  taken_.clear();
}

// The queue takes no operation any more once it is shut down, and a call needs some to end.
void Completions::shutdown() {
  for (Call* call : calls_) call->abandon();
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  take_found();  // a call that is left has an operation with gRPC, and the thread ends with the
                 // next
  if (calls_.empty()) queue_.Shutdown();
  thread_.join();
  take_found();
  Completion next;
  while (!calls_.empty() && queue_.Next(&next.tag, &next.ok)) next.take();
  queue_.Shutdown();
  while (queue_.Next(&next.tag, &next.ok)) next.take();
}

}  // namespace caspilink::rpc
