#include "collector/store/fake_store.h"

#include <map>

namespace caspilink::store {

FakeStore::FakeStore(CommitListener listener, bool at_once)
    : listener_(std::move(listener)), at_once_(at_once) {}

void FakeStore::declare(std::string agent, codec::Catalogue catalogue, std::int64_t /*now*/) {
  const std::lock_guard lock(mutex_);
  catalogues_.emplace_back(std::move(agent), std::move(catalogue));
}

Ticket FakeStore::append(std::shared_ptr<const JudgedBatch> batch) {
  Ticket ticket = 0;
  {
    const std::lock_guard lock(mutex_);
    ticket = next_ticket_++;
    queued_.emplace_back(ticket, std::move(batch));
  }
  if (at_once_) commit();
  return ticket;
}

void FakeStore::refuse(RefusedBatch batch) {
  const std::lock_guard lock(mutex_);
  refused_.push_back(std::move(batch));
}

void FakeStore::record(Record record) {
  const std::lock_guard lock(mutex_);
  records_.push_back(std::move(record));
}

void FakeStore::sweep(std::int64_t /*now*/) {}

StoreStatus FakeStore::status() const {
  const std::lock_guard lock(mutex_);
  StoreStatus status;
  status.batches = durable_.size();
  status.queued_batches = queued_.size();
  return status;
}

void FakeStore::commit() {
  Commit report;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [ticket, batch] : queued_) {
      report.tickets.push_back(ticket);
      durable_.push_back(std::move(batch));
    }
    queued_.clear();
  }
  listener_(std::move(report));
}

void FakeStore::fail(Error error) {
  Commit report;
  report.error = std::move(error);
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [ticket, batch] : queued_) report.tickets.push_back(ticket);
    queued_.clear();
  }
  listener_(std::move(report));
}

std::vector<std::shared_ptr<const JudgedBatch>> FakeStore::durable() const {
  const std::lock_guard lock(mutex_);
  return durable_;
}

std::vector<RefusedBatch> FakeStore::refused() const {
  const std::lock_guard lock(mutex_);
  return refused_;
}

std::vector<AlarmRecord> FakeStore::alarms() const {
  std::map<std::uint64_t, AlarmRecord> latest;
  for (AlarmRecord& alarm : recorded<AlarmRecord>()) latest[alarm.id] = std::move(alarm);
  std::vector<AlarmRecord> all;
  for (auto& [id, alarm] : latest) all.push_back(std::move(alarm));
  return all;
}

std::vector<std::pair<std::string, codec::Catalogue>> FakeStore::catalogues() const {
  const std::lock_guard lock(mutex_);
  return catalogues_;
}

}  // namespace caspilink::store
