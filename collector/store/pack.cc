#include "collector/store/pack.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "collector/store/block_v1.h"
#include "proto/block/bytes.h"

namespace caspilink::store {
namespace {

constexpr std::uint8_t kBacklog = 1;
constexpr std::size_t kLongestMember = 3 * block::kLongestVarint + 1;

static_assert(sizeof(SetAside) == 1, "marks of a block are reasons");

std::string name_of(const std::string& agent, codec::BatchId id) {
  return fmt::format("{} batch {:x}/{}", agent, id.boot, id.sequence);
}

tl::unexpected<Error> corrupt(const StoredBlock& stored, const std::string& detail) {
  return fail(ErrorCode::kInvalidInput, name_of(stored.agent, stored.first),
              "corrupt block: " + detail);
}

auto identity(const JudgedBatch& judged) {
  return std::tie(judged.agent, judged.batch.id.boot, judged.batch.id.sequence);
}

bool follows(const JudgedBatch& before, const JudgedBatch& next) {
  return next.agent == before.agent && next.batch.id.boot == before.batch.id.boot &&
         next.batch.id.sequence == before.batch.id.sequence + 1;
}

std::span<const std::uint8_t> marks_of(const std::vector<SetAside>& reasons) {
  return {reinterpret_cast<const std::uint8_t*>(reasons.data()), reasons.size()};
}

template <typename T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

// The rows of one batch behind those of the others; a column only some have is filled up.
void join(block::Content& joined, const JudgedBatch& judged) {
  const codec::Batch& batch = judged.batch;
  const std::size_t before = joined.batch.size();
  append(joined.batch.series, batch.series);
  append(joined.batch.times_unix_ns, batch.times_unix_ns);
  append(joined.batch.values, batch.values);
  if (!batch.readings.empty()) {
    joined.batch.readings.resize(before, codec::Reading::kValue);
    append(joined.batch.readings, batch.readings);
  } else if (!joined.batch.readings.empty()) {
    joined.batch.readings.resize(before + batch.size(), codec::Reading::kValue);
  }
  if (!judged.set_aside.empty()) {
    const auto marks = marks_of(judged.set_aside);
    joined.marks.resize(before);
    joined.marks.insert(joined.marks.end(), marks.begin(), marks.end());
  } else if (!joined.marks.empty()) {
    joined.marks.resize(before + batch.size());
  }
}

void clear(block::Content& content) {
  content.batch.series.clear();
  content.batch.times_unix_ns.clear();
  content.batch.values.clear();
  content.batch.readings.clear();
  content.marks.clear();
}

// Rows [begin, begin + count) of a column, or nothing where all of them are what an absent column
// means.
template <typename To, typename From>
std::vector<To> part(const std::vector<From>& column, std::size_t begin, std::size_t count) {
  if (column.empty()) return {};
  const auto first = column.begin() + static_cast<std::ptrdiff_t>(begin);
  const auto last = first + static_cast<std::ptrdiff_t>(count);
  if (std::all_of(first, last, [](From value) { return value == From{}; })) return {};
  std::vector<To> found(count);
  std::transform(first, last, found.begin(), [](From value) { return static_cast<To>(value); });
  return found;
}

template <typename T>
std::vector<T> rows_of(const std::vector<T>& column, std::size_t begin, std::size_t count) {
  const auto first = column.begin() + static_cast<std::ptrdiff_t>(begin);
  return {first, first + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace

Result<void> Packer::close(PackedBlock& packed) {
  std::array<std::byte, kLongestMember> text{};
  const std::int64_t received = packed.batches.front()->received_unix_ns;
  packed.oldest_unix_ns = INT64_MAX;
  packed.newest_unix_ns = INT64_MIN;
  for (const auto& judged : packed.batches) {
    const codec::Batch& batch = judged->batch;
    const std::size_t set_aside = judged->set_aside_rows();
    packed.samples += batch.size();
    packed.set_aside += set_aside;
    for (const std::int64_t time : batch.times_unix_ns) {
      packed.oldest_unix_ns = std::min(packed.oldest_unix_ns, time);
      packed.newest_unix_ns = std::max(packed.newest_unix_ns, time);
    }
    block::Writer out(text.data());
    out.varint(batch.size());
    out.varint(block::zigzag(static_cast<std::uint64_t>(judged->received_unix_ns) -
                             static_cast<std::uint64_t>(received)));
    out.varint(set_aside);
    out.byte(batch.backlog ? kBacklog : 0);
    packed.members.insert(packed.members.end(), text.data(), out.at());
  }
  if (packed.samples == 0) packed.oldest_unix_ns = packed.newest_unix_ns = received;

  const codec::Batch* batch = &packed.batches.front()->batch;
  std::span<const std::uint8_t> marks = marks_of(packed.batches.front()->set_aside);
  if (packed.batches.size() > 1) {
    clear(joined_);
    joined_.batch.id = batch->id;
    for (const auto& judged : packed.batches) join(joined_, *judged);
    batch = &joined_.batch;
    marks = joined_.marks;
  }
  const auto encoded = codec_.encode(*batch, marks);
  if (!encoded) return tl::unexpected(encoded.error());
  packed.block.assign(encoded->begin(), encoded->end());
  return {};
}

Result<std::vector<PackedBlock>> Packer::pack(JudgedBatches batches) {
  std::ranges::stable_sort(
      batches, [](const auto& a, const auto& b) { return identity(*a) < identity(*b); });
  std::vector<PackedBlock> blocks;
  std::size_t rows = 0;
  for (auto& judged : batches) {
    const bool joins = !blocks.empty() && follows(*blocks.back().batches.back(), *judged) &&
                       rows + judged->batch.size() <= kRowsPerBlock;
    if (!joins) {
      if (!blocks.empty() && identity(*blocks.back().batches.back()) == identity(*judged)) continue;
      blocks.emplace_back();
      rows = 0;
    }
    rows += judged->batch.size();
    blocks.back().batches.push_back(std::move(judged));
  }
  for (PackedBlock& block : blocks) {
    if (auto closed = close(block); !closed) return tl::unexpected(closed.error());
  }
  return blocks;
}

Result<std::vector<Member>> members_of(const StoredBlock& stored) {
  std::vector<Member> members;
  block::Reader in(stored.members);
  codec::BatchId id = stored.first;
  for (; in.left() > 0; ++id.sequence) {
    Member member{.id = id};
    member.rows = in.varint();
    member.received_unix_ns = static_cast<std::int64_t>(
        static_cast<std::uint64_t>(stored.received_unix_ns) + block::unzigzag(in.varint()));
    member.set_aside = in.varint();
    member.backlog = (in.byte() & kBacklog) != 0;
    if (!in.ok() || members.size() == stored.batches) break;
    members.push_back(member);
  }
  if (!in.ok() || in.left() > 0 || members.size() != stored.batches) {
    return corrupt(
        stored, fmt::format("a list of {} batches, expected {}", members.size(), stored.batches));
  }
  return members;
}

Result<std::vector<JudgedBatch>> Packer::unpack(const StoredBlock& stored) {
  std::vector<JudgedBatch> found;
  if (stored.members.empty()) {
    auto judged = decode_block_v1(stored.block, stored.first);
    if (!judged) return corrupt(stored, judged.error().message());
    judged->agent = stored.agent;
    judged->received_unix_ns = stored.received_unix_ns;
    found.push_back(std::move(*judged));
    return found;
  }
  const auto members = members_of(stored);
  if (!members) return tl::unexpected(members.error());
  if (const auto decoded = codec_.decode(stored.block, joined_); !decoded) {
    return corrupt(stored, decoded.error().message());
  }
  const codec::Batch& all = joined_.batch;
  if (all.id != stored.first) {
    return corrupt(stored, fmt::format("holds batch {:x}/{}", all.id.boot, all.id.sequence));
  }
  std::size_t row = 0;
  for (const Member& member : *members) {
    if (member.rows > all.size() - row) break;
    JudgedBatch& judged = found.emplace_back();
    judged.agent = stored.agent;
    judged.received_unix_ns = member.received_unix_ns;
    judged.batch = {.id = member.id,
                    .backlog = member.backlog,
                    .series = rows_of(all.series, row, member.rows),
                    .times_unix_ns = rows_of(all.times_unix_ns, row, member.rows),
                    .values = rows_of(all.values, row, member.rows),
                    .readings = part<codec::Reading>(all.readings, row, member.rows)};
    judged.set_aside = part<SetAside>(joined_.marks, row, member.rows);
    row += member.rows;
  }
  if (found.size() != members->size() || row != all.size()) {
    return corrupt(stored, fmt::format("{} rows, its list says otherwise", all.size()));
  }
  return found;
}

}  // namespace caspilink::store
