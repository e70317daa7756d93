// Telemetry messages to domain types and back, validating. The only file, besides the two ends of
// the gRPC stream, that sees the generated types.
#pragma once

#include <cstddef>
#include <vector>

#include "link_models/result.h"
#include "proto/codec/observation.h"

namespace caspilink::telemetry::v1 {
class Batch;
class Declarations;
}  // namespace caspilink::telemetry::v1

namespace caspilink::codec {

// Declarations of one boot.
struct Catalogue {
  std::uint64_t boot = 0;
  std::vector<Declaration> series;

  friend bool operator==(const Catalogue&, const Catalogue&) = default;
};

inline constexpr std::size_t kLongestName = 128;  // bytes, of a source, component, element, ...

void encode(const Batch& batch, telemetry::v1::Batch& out);
// Names that decode() would refuse are changed to ones that it takes: '?' for what is not UTF-8,
// and a longer one ends in a hash of the whole.
void encode(const Catalogue& catalogue, telemetry::v1::Declarations& out);

// Refuses columns of unequal length, boot or sequence 0, times outside 64-bit nanoseconds and
// readings outside the enum. Values are not judged: range and finiteness are the collector's to
// count. `where` of an error names the field and row: "batch 7/12: value".
[[nodiscard]] Result<Batch> decode(const telemetry::v1::Batch& wire);

// Refuses boot 0, number 0, a number twice, an unknown quantity or statistic, and any name over
// kLongestName.
[[nodiscard]] Result<Catalogue> decode(const telemetry::v1::Declarations& wire);

}  // namespace caspilink::codec
