// A store with what a station reported, for the tests that write it elsewhere.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

#include <gtest/gtest.h>

#include "collector/store/sqlite_store.h"
#include "tests/collector/small_plant.h"
#include "tests/support/certificates.h"

namespace caspilink::remote_write {

class FilledStore {
 public:
  FilledStore() {
    auto store = store::SqliteStore::open(directory(), {}, [this](store::Commit commit) {
      const std::lock_guard lock(mutex_);
      durable_.insert(commit.tickets.begin(), commit.tickets.end());
      changed_.notify_all();
    });
    EXPECT_TRUE(store) << store.error().message();
    store_ = std::move(*store);
  }

  [[nodiscard]] std::string directory() const { return folder_.path() / "store"; }
  [[nodiscard]] store::Store& store() { return *store_; }

  // Aktau's receive power of channel 32 of FP01, one reading every `every_s` in [from, until), with
  // the second as its value, in one batch.
  void report(std::int64_t from_s, std::int64_t until_s, std::int64_t every_s,
              codec::Reading reading = codec::Reading::kValue) {
    constexpr std::int64_t kNanos = 1'000'000'000;
    store_->declare(
        "aktau",
        {.boot = 7,
         .series = {{1, test::channel_point(codec::Quantity::kChannelInputPower, "FP01", 32)}}},
        from_s * kNanos);
    auto batch = std::make_shared<store::JudgedBatch>();
    batch->agent = "aktau";
    batch->received_unix_ns = until_s * kNanos;
    batch->batch.id = {7, ++sequence_};
    for (std::int64_t second = from_s; second < until_s; second += every_s) {
      batch->batch.series.push_back(1);
      batch->batch.times_unix_ns.push_back(second * kNanos);
      batch->batch.values.push_back(static_cast<double>(second % 1000) / 100);
      batch->batch.readings.push_back(reading);
    }
    const store::Ticket ticket = store_->append(batch);
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(60),
                                  [&] { return durable_.contains(ticket); }));
  }

 private:
  test::TemporaryFolder folder_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<store::Ticket> durable_;
  std::unique_ptr<store::SqliteStore> store_;
  std::uint64_t sequence_ = 0;
};

}  // namespace caspilink::remote_write
