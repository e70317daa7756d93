// What an agent's spool and a collector's store may find on their disks: the bytes as a block, and
// as the content of one whose checksum fits.
#include <cstdlib>
#include <cstring>
#include <vector>

#include <zstd.h>

#include "proto/block/block.h"

namespace {

using namespace caspilink;

void check(bool holds) {
  if (!holds) std::abort();
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof a[0]) == 0);
}

void read(block::Codec& codec, std::span<const std::byte> bytes) {
  block::Content content;
  if (!codec.decode(bytes, content)) return;
  const codec::Batch& batch = content.batch;
  check(batch.size() <= block::kMostRows && batch.times_unix_ns.size() == batch.size() &&
        batch.values.size() == batch.size());
  const auto again = codec.encode(batch, content.marks);
  check(again.has_value());
  const std::vector<std::byte> kept(again->begin(), again->end());
  block::Content back;
  check(codec.decode(kept, back).has_value());
  check(same_bits(back.batch.values, batch.values));
  back.batch.values = content.batch.values = {};  // NaN does not equal itself
  check(back == content);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span bytes(reinterpret_cast<const std::byte*>(data), size);
  block::Codec codec;
  read(codec, bytes);
  std::vector<std::byte> around(1 + ZSTD_compressBound(size));
  around[0] = std::byte{1};
  const std::size_t packed = ZSTD_compress(around.data() + 1, around.size() - 1, data, size, 1);
  read(codec, std::span(around).first(1 + packed));
  return 0;
}
