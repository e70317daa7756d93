// The agent's durable queue: what was observed stays here until every collector has it.
//
// The promise: when append() returns, the batch survives the death of the process, and when sync()
// returns the loss of power, as far as the disk keeps what it says it has written. Batches come
// back in the order they were appended, across restarts, until they are forgotten. What is lost to
// a bound or to damage is counted, never silent. While the disk refuses, batches wait in memory
// alone, which stats() says, and move to the disk when it takes them again.
//
// One owner, one thread. A disk that is slow makes sync() slow, and now and then append(): keep
// what cannot wait elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "agent/spool/position.h"
#include "link_models/result.h"
#include "proto/codec/observation.h"
#include "proto/codec/wire.h"

namespace caspilink::spool {

struct Stored {
  Position position = 0;
  codec::Batch batch;
};

// When the bounds are reached, which end of an outage is worth more.
enum class Keep { kOldest, kNewest };

struct Bounds {
  std::uint64_t max_bytes = std::uint64_t{4} << 30;  // of the file, as space_of() estimates it
  std::int64_t max_age_ns = 100LL * 3600 * 1'000'000'000;  // older batches go, whatever `keep` says
  Keep keep = Keep::kOldest;
  std::uint64_t max_memory_bytes = 16'000'000;  // of blocks, while the disk refuses
};

struct Stats {
  std::uint64_t batches = 0;  // waiting now
  std::uint64_t bytes = 0;
  std::uint64_t samples = 0;
  std::optional<std::int64_t> oldest_unix_ns;  // when the oldest of them was appended
  std::uint64_t memory_batches = 0;            // of them: not on the disk
  std::uint64_t memory_bytes = 0;
  std::uint64_t file_bytes = 0;  // of the file, in use
  std::optional<Error> trouble;  // why the disk refuses; nothing while it does not

  // Since opening.
  std::uint64_t appended_batches = 0;
  std::uint64_t appended_samples = 0;
  std::uint64_t appended_bytes = 0;
  std::uint64_t evicted_batches = 0;  // lost to a bound
  std::uint64_t evicted_samples = 0;
  std::uint64_t damaged_records = 0;  // set aside
  std::uint64_t damaged_files = 0;    // set aside after their readable records were taken over
};

class Spool {
 public:
  virtual ~Spool() = default;

  // Stores a batch, and the series that it is the first to use, before it returns. Sequences of a
  // boot are 1, 2, 3, ...; another one is refused with kInvalidInput. kExhausted: the bounds are
  // reached and the oldest are kept, so this batch will never be stored. kUnavailable: nothing is
  // stored, and the same call may be made again.
  [[nodiscard]] virtual Result<Position> append(const codec::Batch& batch,
                                                std::span<const codec::Declaration> first_used,
                                                std::int64_t now_unix_ns) = 0;

  // What was appended is on the disk when this returns. An error: it may be in memory alone.
  virtual Result<void> sync() = 0;

  // The first batch after `position` that is neither forgotten nor damaged; nothing at the end.
  [[nodiscard]] virtual Result<std::optional<Stored>> next_after(Position position) = 0;

  // Where a batch stands, whether it is still stored or not; nothing for a boot never seen.
  [[nodiscard]] virtual std::optional<Position> position_of(codec::BatchId id) const = 0;

  // Series `first` to `last`, inclusive, of a boot, ordered by number; those that exist.
  [[nodiscard]] virtual Result<codec::Catalogue> catalogue(std::uint64_t boot, std::uint32_t first,
                                                           std::uint32_t last) = 0;

  // The batch is safe elsewhere. Takes effect on disk some time later, at the latest with flush():
  // after a crash a forgotten batch may come back, and whoever takes it knows it for a duplicate.
  virtual void forget(Position position) = 0;
  // Also moves what waits in memory to the disk. To be called about once a second.
  virtual Result<void> flush() = 0;

  // The batch can never be delivered: it leaves the queue and is kept apart, with the reason, for
  // whoever looks into it (the newest few of such batches; counted as damaged_records).
  virtual void set_aside(Position position, const std::string& reason) = 0;

  [[nodiscard]] virtual const Stats& stats() const = 0;
};

}  // namespace caspilink::spool
