// A few threads that answer what takes reading or rendering, so that neither gRPC's threads nor the
// owner of the state wait for it.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

#include <asio/post.hpp>
#include <asio/thread_pool.hpp>

namespace caspilink::query {

class Workers {
 public:
  // `most` questions wait or are being answered at once.
  Workers(std::size_t threads, std::size_t most) : most_(most), pool_(threads) {}
  ~Workers() { join(); }

  // Waits until all that was posted is done.
  void join() { pool_.join(); }

  // False where too many wait already.
  template <typename Work>
  [[nodiscard]] bool try_post(Work work) {
    if (waiting_.fetch_add(1) >= most_) {
      --waiting_;
      return false;
    }
    asio::post(pool_, [this, work = std::move(work)]() mutable {
      work();
      --waiting_;
    });
    return true;
  }

  // For what its caller bounds.
  template <typename Work>
  void post(Work work) {
    asio::post(pool_, std::move(work));
  }

 private:
  const std::size_t most_;
  std::atomic<std::size_t> waiting_{0};
  asio::thread_pool pool_;
};

}  // namespace caspilink::query
