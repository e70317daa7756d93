#include "proto/codec/wire.h"

#include <algorithm>
#include <string>
#include <unordered_set>

#include <fmt/format.h>

#include "proto/codec/text.h"
#include "proto/telemetry.pb.h"

namespace caspilink::codec {
namespace {

// Equipment chooses its names. One that no collector takes would end every stream that declares it,
// and with it the way of everything else: it goes out changed, and still unlike others.
std::string name_for_wire(const std::string& name) {
  if (name.size() <= kLongestName) return utf8(name);
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a, the same at every start
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return cut(utf8(name), kLongestName, fmt::format("~{:016x}", hash));
}

std::string name_of(const telemetry::v1::Batch& wire) {
  return fmt::format("batch {:x}/{}", wire.boot(), wire.sequence());
}

Result<MeasurementPoint> decode_point(const telemetry::v1::Series& wire) {
  const auto where = [&] { return fmt::format("series {}", wire.number()); };
  const auto quantity = quantity_from_number(static_cast<std::uint32_t>(wire.quantity()));
  if (!quantity) {
    return fail(ErrorCode::kInvalidInput, where(),
                fmt::format("quantity {} is not in the table", static_cast<int>(wire.quantity())));
  }
  if (!telemetry::v1::Statistic_IsValid(wire.statistic())) {
    return fail(ErrorCode::kInvalidInput, where(),
                fmt::format("statistic {} is unknown", static_cast<int>(wire.statistic())));
  }
  for (const std::string* text :
       {&wire.source(), &wire.component(), &wire.fibre_pair(), &wire.element(), &wire.peer()}) {
    if (text->size() > kLongestName) {
      return fail(ErrorCode::kInvalidInput, where(),
                  fmt::format("a name of {} bytes, at most {}", text->size(), kLongestName));
    }
  }
  return MeasurementPoint{.quantity = *quantity,
                          .statistic = static_cast<Statistic>(wire.statistic()),
                          .source = wire.source(),
                          .component = wire.component(),
                          .fibre_pair = wire.fibre_pair(),
                          .channel = wire.channel(),
                          .element = wire.element(),
                          .peer = wire.peer()};
}

}  // namespace

void encode(const Batch& batch, telemetry::v1::Batch& out) {
  out.Clear();
  out.set_boot(batch.id.boot);
  out.set_sequence(batch.id.sequence);
  out.set_backlog(batch.backlog);
  const std::int64_t base = batch.times_unix_ns.empty() ? 0 : batch.times_unix_ns.front();
  out.set_base_time_unix_nanos(base);
  out.mutable_series()->Add(batch.series.begin(), batch.series.end());
  out.mutable_time_offset_nanos()->Reserve(static_cast<int>(batch.size()));
  for (const std::int64_t time : batch.times_unix_ns) out.add_time_offset_nanos(time - base);
  out.mutable_value()->Add(batch.values.begin(), batch.values.end());
  out.mutable_state()->Reserve(static_cast<int>(batch.readings.size()));
  for (const Reading reading : batch.readings) {
    out.add_state(static_cast<telemetry::v1::Reading>(reading));
  }
}

void encode(const Catalogue& catalogue, telemetry::v1::Declarations& out) {
  out.Clear();
  out.set_boot(catalogue.boot);
  for (const auto& [number, point] : catalogue.series) {
    auto& series = *out.add_series();
    series.set_number(number);
    series.set_quantity(static_cast<telemetry::v1::Quantity>(point.quantity));
    series.set_statistic(static_cast<telemetry::v1::Statistic>(point.statistic));
    series.set_source(name_for_wire(point.source));
    series.set_component(name_for_wire(point.component));
    series.set_fibre_pair(name_for_wire(point.fibre_pair));
    series.set_channel(point.channel);
    series.set_element(name_for_wire(point.element));
    series.set_peer(name_for_wire(point.peer));
  }
}

Result<Batch> decode(const telemetry::v1::Batch& wire) {
  if (wire.boot() == 0 || wire.sequence() == 0) {
    return fail(ErrorCode::kInvalidInput, name_of(wire), "boot and sequence start at 1, not 0");
  }
  const int rows = wire.series_size();
  if (wire.time_offset_nanos_size() != rows || wire.value_size() != rows ||
      (wire.state_size() != rows && wire.state_size() != 0)) {
    return fail(
        ErrorCode::kInvalidInput, name_of(wire),
        fmt::format("columns of unequal length: {} series, {} times, {} values, {} states", rows,
                    wire.time_offset_nanos_size(), wire.value_size(), wire.state_size()));
  }
  Batch batch{.id = {wire.boot(), wire.sequence()},
              .backlog = wire.backlog(),
              .series = {wire.series().begin(), wire.series().end()},
              .times_unix_ns = {},
              .values = {wire.value().begin(), wire.value().end()},
              .readings = {}};
  batch.times_unix_ns.reserve(static_cast<std::size_t>(rows));
  for (const std::int64_t offset : wire.time_offset_nanos()) {
    std::int64_t time = 0;
    if (__builtin_add_overflow(wire.base_time_unix_nanos(), offset, &time)) {
      return fail(ErrorCode::kInvalidInput, name_of(wire), "a time outside 64-bit nanoseconds");
    }
    batch.times_unix_ns.push_back(time);
  }
  batch.readings.reserve(static_cast<std::size_t>(wire.state_size()));
  for (const int state : wire.state()) {
    if (!telemetry::v1::Reading_IsValid(state)) {
      return fail(ErrorCode::kInvalidInput, name_of(wire),
                  fmt::format("state {} is unknown", state));
    }
    batch.readings.push_back(static_cast<Reading>(state));
  }
  return batch;
}

Result<Catalogue> decode(const telemetry::v1::Declarations& wire) {
  if (wire.boot() == 0) return fail(ErrorCode::kInvalidInput, "declarations", "boot is 0");
  Catalogue catalogue{.boot = wire.boot(), .series = {}};
  catalogue.series.reserve(static_cast<std::size_t>(wire.series_size()));
  std::unordered_set<std::uint32_t> seen;
  for (const auto& series : wire.series()) {
    if (series.number() == 0 || !seen.insert(series.number()).second) {
      return fail(ErrorCode::kInvalidInput, fmt::format("series {}", series.number()),
                  "numbers start at 1 and are declared once");
    }
    auto point = decode_point(series);
    if (!point) return tl::unexpected(std::move(point.error()));
    catalogue.series.push_back({series.number(), std::move(*point)});
  }
  return catalogue;
}

}  // namespace caspilink::codec
