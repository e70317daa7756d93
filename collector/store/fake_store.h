// A store in memory for tests: commits when told to, fails when told to.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "collector/store/store.h"

namespace caspilink::store {

class FakeStore final : public Store {
 public:
  // With `at_once` every append is committed within the call, else by commit().
  explicit FakeStore(CommitListener listener, bool at_once = true);

  void declare(std::string agent, codec::Catalogue catalogue, std::int64_t now_unix_ns) override;
  Ticket append(std::shared_ptr<const JudgedBatch> batch) override;
  void refuse(RefusedBatch batch) override;
  void record(Record record) override;
  void sweep(std::int64_t now_unix_ns) override;
  [[nodiscard]] StoreStatus status() const override;

  // Makes all that is queued durable, or fails it and reports `error`.
  void commit();
  void fail(Error error);

  [[nodiscard]] std::vector<std::shared_ptr<const JudgedBatch>> durable() const;
  [[nodiscard]] std::vector<RefusedBatch> refused() const;
  // By id, each as it was recorded last.
  [[nodiscard]] std::vector<AlarmRecord> alarms() const;
  // Everything recorded, in order, replaced or not.
  template <typename T>
  [[nodiscard]] std::vector<T> recorded() const {
    const std::lock_guard lock(mutex_);
    std::vector<T> found;
    for (const Record& record : records_) {
      if (const auto* one = std::get_if<T>(&record)) found.push_back(*one);
    }
    return found;
  }
  [[nodiscard]] std::vector<std::pair<std::string, codec::Catalogue>> catalogues() const;

 private:
  const CommitListener listener_;
  const bool at_once_;
  mutable std::mutex mutex_;
  Ticket next_ticket_ = 1;
  std::vector<std::pair<Ticket, std::shared_ptr<const JudgedBatch>>> queued_;
  std::vector<std::shared_ptr<const JudgedBatch>> durable_;
  std::vector<RefusedBatch> refused_;
  std::vector<Record> records_;
  std::vector<std::pair<std::string, codec::Catalogue>> catalogues_;
};

}  // namespace caspilink::store
