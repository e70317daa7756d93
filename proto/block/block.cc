#include "proto/block/block.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <zstd.h>

#include "proto/block/bytes.h"
#include "proto/block/decimal.h"

namespace caspilink::block {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kLargestContent = std::size_t{32} << 20;
constexpr std::size_t kKeptBuffer = std::size_t{1} << 20;  // larger ones go after their use
constexpr std::uint8_t kBacklog = 1;
constexpr std::uint8_t kReadings = 2;
constexpr std::uint8_t kMarks = 4;
constexpr unsigned kUnitShift = 4;
constexpr auto kUnits = std::to_array<std::int64_t>({1, 1'000, 1'000'000, 1'000'000'000});
constexpr unsigned kPlanes = 8;
constexpr std::size_t kRemembered = 4096;  // series
constexpr std::uint32_t kHintsKeptFor = 256;
// Series and time at their longest, form, eight bytes of value, reading, mark.
constexpr std::size_t kLongestRow = 5 + kLongestVarint + 1 + kPlanes + 1 + 1;
constexpr std::size_t kLongestHeader = 8 + 2 * kLongestVarint + 1;

struct Form {
  std::uint8_t decimals = 0;
  std::uint8_t bytes = 0;
};
constexpr std::uint8_t form_byte(Form form) {
  return static_cast<std::uint8_t>(form.decimals * (kPlanes + 1) + form.bytes);
}
constexpr std::uint8_t kLastForm = form_byte({kRawBits, kPlanes});

// By form byte: a table costs less than a division a row.
constexpr auto kFormOf = [] {
  std::array<Form, kLastForm + std::size_t{1}> forms{};
  for (std::size_t byte = 0; byte < forms.size(); ++byte) {
    forms[byte] = {static_cast<std::uint8_t>(byte / (kPlanes + 1)),
                   static_cast<std::uint8_t>(byte % (kPlanes + 1))};
  }
  return forms;
}();

std::uint8_t bytes_of(std::uint64_t value) {
  return static_cast<std::uint8_t>((static_cast<unsigned>(std::bit_width(value)) + 7) / 8);
}

tl::unexpected<Error> corrupt(std::string detail) {
  return fail(ErrorCode::kInvalidInput, "block", std::move(detail));
}

// The last row of each series in one block, on both sides of the codec alike.
class Predictor {
 public:
  void start_block() {
    if (++block_ == 0) {  // numbers begin again: what they meant is forgotten
      rows_.fill({});
      block_ = 1;
    }
  }
  // What is to be taken off the digits of this row; remembers them.
  std::uint64_t expected(std::uint32_t series, Decimal decimal) {
    Row& row = rows_[series % kRemembered];
    const std::uint64_t before = seen(row, series, decimal.decimals) ? row.digits : 0;
    remember(row, series, decimal.decimals, static_cast<std::uint64_t>(decimal.digits));
    return before;
  }
  // The digits of this row, from how they differ; remembers them.
  std::uint64_t complete(std::uint32_t series, std::uint8_t decimals, std::uint64_t difference) {
    Row& row = rows_[series % kRemembered];
    const std::uint64_t digits = (seen(row, series, decimals) ? row.digits : 0) + difference;
    remember(row, series, decimals, digits);
    return digits;
  }

 private:
  struct Row {
    std::uint64_t digits = 0;
    std::uint32_t series = 0;
    std::uint32_t block_and_decimals = 0;
  };
  [[nodiscard]] std::uint32_t tag(std::uint8_t decimals) const {
    return std::uint32_t{block_} << 8 | decimals;
  }
  [[nodiscard]] bool seen(const Row& row, std::uint32_t series, std::uint8_t decimals) const {
    return row.block_and_decimals == tag(decimals) && row.series == series;
  }
  void remember(Row& row, std::uint32_t series, std::uint8_t decimals, std::uint64_t digits) {
    row = {digits, series, tag(decimals)};
  }

  std::array<Row, kRemembered> rows_{};
  std::uint16_t block_ = 0;
};

// Tries the decimals the series had last before it looks for the fewest. Decides about cost alone:
// whatever it answers decodes to the same value.
class DecimalFinder {
 public:
  DecimalFinder() { hints_.fill(kNone); }
  void start_block() {
    if (++blocks_ % kHintsKeptFor == 0) hints_.fill(kNone);
  }
  Decimal find(std::uint32_t series, double value) {
    std::uint8_t& hint = hints_[series % kRemembered];
    Decimal found;
    if (hint == kRawBits) {  // tried in vain before; again when hints are forgotten
      found.digits = std::bit_cast<std::int64_t>(value);
      return found;
    }
    if (hint != kNone && has_decimals(value, hint, found.digits) &&
        // Three zeros in a row: more decimals than this one needs, perhaps another series' hint.
        (found.digits % 1000 != 0 || hint < 3)) {
      found.decimals = hint;
      return found;
    }
    found = fewest_decimals(value);
    const bool is_number = std::isfinite(value) && value != 0;
    if (is_number && (hint == kNone || found.decimals > hint)) hint = found.decimals;
    return found;
  }

 private:
  static constexpr std::uint8_t kNone = 0xff;
  std::array<std::uint8_t, kRemembered> hints_{};
  std::uint32_t blocks_ = 0;
};

// How many rows reach each plane. Counts eight planes at once, a byte each, and empties the bytes
// before one of them overflows: counting by array would wait for memory at every row.
Result<std::array<std::size_t, kPlanes>> rows_by_plane(std::span<const std::byte> forms) {
  static constexpr auto kReached = [] {
    std::array<std::uint64_t, kFormOf.size()> reached{};
    for (std::size_t form = 0; form < reached.size(); ++form) {
      for (unsigned plane = 0; plane < kFormOf[form].bytes; ++plane) {
        reached[form] |= std::uint64_t{1} << (8 * plane);
      }
    }
    return reached;
  }();
  constexpr std::size_t kMostInAByte = 255;
  std::array<std::size_t, kPlanes> rows{};
  while (!forms.empty()) {
    const auto some = forms.first(std::min(forms.size(), kMostInAByte));
    forms = forms.subspan(some.size());
    std::uint64_t counts = 0;
    for (const std::byte form : some) {
      if (form > std::byte{kLastForm}) return corrupt("a value of unknown form");
      counts += kReached[std::to_integer<std::size_t>(form)];
    }
    for (unsigned plane = 0; plane < kPlanes; ++plane) rows[plane] += counts >> (8 * plane) & 0xff;
  }
  return rows;
}

// Of each unit one function, with the divisor known to the compiler.
template <std::size_t unit>
bool are_whole(std::span<const std::int64_t> times) {
  return std::ranges::all_of(times, [](std::int64_t time) { return time % kUnits[unit] == 0; });
}
template <std::size_t unit>
void write_times(Writer& writer, std::span<const std::int64_t> times) {
  std::uint64_t before = 0;
  for (const std::int64_t time : times) {
    const auto units = static_cast<std::uint64_t>(time / kUnits[unit]);
    writer.varint(zigzag(units - std::exchange(before, units)));
  }
}
// The largest unit that all times are whole numbers of.
std::uint8_t unit_of(std::span<const std::int64_t> times) {
  if (!are_whole<1>(times)) return 0;
  if (!are_whole<2>(times)) return 1;
  return are_whole<3>(times) ? 3 : 2;
}
constexpr auto kWriteTimes = std::to_array<void (*)(Writer&, std::span<const std::int64_t>)>(
    {write_times<0>, write_times<1>, write_times<2>, write_times<3>});
static_assert(kWriteTimes.size() == kUnits.size());

}  // namespace

struct Codec::Impl {
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };

  std::byte* write_values(std::byte* at, const codec::Batch& batch);
  Result<void> read_values(Reader& reader, std::size_t rows, codec::Batch& batch);
  void keep_small() {
    if (content.capacity() > kKeptBuffer) content = {};
    if (integers.capacity() * sizeof integers[0] > kKeptBuffer) integers = {};
  }

  std::unique_ptr<ZSTD_CCtx, Free> compressor;
  std::unique_ptr<ZSTD_DCtx, Free> decompressor;
  std::vector<std::byte> content;
  std::vector<std::byte> block;
  std::vector<std::uint64_t> integers;  // of the values, zigzag
  Predictor predictor;
  DecimalFinder finder;
};

Codec::Codec(int compression_level) : impl_(std::make_unique<Impl>()) {
  impl_->compressor.reset(ZSTD_createCCtx());
  impl_->decompressor.reset(ZSTD_createDCtx());
  ZSTD_CCtx_setParameter(impl_->compressor.get(), ZSTD_c_compressionLevel, compression_level);
  ZSTD_CCtx_setParameter(impl_->compressor.get(), ZSTD_c_checksumFlag, 1);
}

Codec::~Codec() = default;

std::byte* Codec::Impl::write_values(std::byte* at, const codec::Batch& batch) {
  const std::size_t rows = batch.size();
  integers.resize(rows);
  predictor.start_block();
  finder.start_block();
  const std::byte* const forms = at;
  for (std::size_t row = 0; row < rows; ++row) {
    const std::uint32_t series = batch.series[row];
    const Decimal decimal = finder.find(series, batch.values[row]);
    std::uint64_t integer = static_cast<std::uint64_t>(decimal.digits);
    std::uint8_t bytes = kPlanes;
    if (decimal.decimals != kRawBits) {
      integer = zigzag(integer - predictor.expected(series, decimal));
      bytes = bytes_of(integer);
    }
    integers[row] = integer;
    *at++ = std::byte{form_byte({decimal.decimals, bytes})};
  }
  for (unsigned plane = 0; plane < kPlanes; ++plane) {
    const std::byte* const begin = at;
    for (std::size_t row = 0; row < rows; ++row) {
      // Written always, kept where the row reaches this plane: cheaper than a branch.
      *at = static_cast<std::byte>(integers[row] >> (8 * plane));
      at += kFormOf[static_cast<std::uint8_t>(forms[row])].bytes > plane ? 1 : 0;
    }
    if (at == begin) break;
  }
  return at;
}

Result<std::span<const std::byte>> Codec::encode(const codec::Batch& batch,
                                                 std::span<const std::uint8_t> marks) {
  Impl& impl = *impl_;
  const std::size_t rows = batch.size();
  if (rows > kMostRows || batch.times_unix_ns.size() != rows || batch.values.size() != rows ||
      (!batch.readings.empty() && batch.readings.size() != rows) ||
      (!marks.empty() && marks.size() != rows)) {
    return fail(ErrorCode::kInvalidInput, "block",
                fmt::format("expected columns of equal length, at most {} rows, got {} series, {} "
                            "times, {} values, {} readings, {} marks",
                            kMostRows, rows, batch.times_unix_ns.size(), batch.values.size(),
                            batch.readings.size(), marks.size()));
  }
  // One byte more: a plane's last write may be of a row that does not reach it.
  impl.content.resize(kLongestHeader + rows * kLongestRow + 1);
  const std::uint8_t unit = unit_of(batch.times_unix_ns);
  Writer writer(impl.content.data());
  writer.u64(batch.id.boot);
  writer.varint(batch.id.sequence);
  writer.varint(rows);
  writer.byte(static_cast<std::uint8_t>((batch.backlog ? kBacklog : 0) |
                                        (batch.readings.empty() ? 0 : kReadings) |
                                        (marks.empty() ? 0 : kMarks) | unit << kUnitShift));
  std::uint32_t expected = 1;
  for (const std::uint32_t series : batch.series) {
    const auto difference = static_cast<std::int32_t>(series - expected);
    writer.varint(zigzag(static_cast<std::uint64_t>(std::int64_t{difference})));
    expected = series + 1;
  }
  kWriteTimes[unit](writer, batch.times_unix_ns);
  std::byte* end = impl.write_values(writer.at(), batch);
  end = std::ranges::transform(batch.readings, end, [](codec::Reading reading) {
          return static_cast<std::byte>(reading);
        }).out;
  end = std::ranges::transform(marks, end, [](std::uint8_t mark) { return std::byte{mark}; }).out;

  const auto size = static_cast<std::size_t>(end - impl.content.data());
  impl.block.resize(1 + ZSTD_compressBound(size));
  impl.block[0] = std::byte{kVersion};
  const std::size_t packed = ZSTD_compress2(impl.compressor.get(), impl.block.data() + 1,
                                            impl.block.size() - 1, impl.content.data(), size);
  impl.keep_small();
  if (ZSTD_isError(packed) != 0) {
    return fail(ErrorCode::kInternal, "block", ZSTD_getErrorName(packed));
  }
  return std::span<const std::byte>(impl.block).first(1 + packed);
}

Result<void> Codec::Impl::read_values(Reader& reader, std::size_t rows, codec::Batch& batch) {
  const auto forms = reader.take(rows);
  const auto reaching = rows_by_plane(forms);
  if (!reaching) return tl::unexpected(reaching.error());
  std::array<const std::byte*, kPlanes> planes{};
  for (unsigned plane = 0; plane < kPlanes; ++plane) {
    const auto bytes = reader.take((*reaching)[plane]);
    if (bytes.size() != (*reaching)[plane]) return corrupt("values that end too early");
    planes[plane] = bytes.data();
  }
  predictor.start_block();
  batch.values.resize(rows);
  for (std::size_t row = 0; row < forms.size(); ++row) {
    const Form form = kFormOf[static_cast<std::uint8_t>(forms[row])];
    std::uint64_t digits = 0;
    for (unsigned plane = 0; plane < form.bytes; ++plane) {
      digits |= std::to_integer<std::uint64_t>(*planes[plane]++) << (8 * plane);
    }
    if (form.decimals != kRawBits) {
      digits = predictor.complete(batch.series[row], form.decimals, unzigzag(digits));
    }
    batch.values[row] = value_of({form.decimals, static_cast<std::int64_t>(digits)});
  }
  return {};
}

Result<void> Codec::decode(std::span<const std::byte> block, Content& content) {
  Impl& impl = *impl_;
  if (block.empty()) return corrupt("is empty");
  if (block[0] != std::byte{kVersion}) {
    return corrupt(
        fmt::format("version {}, expected {}", static_cast<unsigned>(block[0]), kVersion));
  }
  const auto frame = block.subspan(1);
  const unsigned long long claimed = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (claimed == ZSTD_CONTENTSIZE_ERROR || claimed == ZSTD_CONTENTSIZE_UNKNOWN ||
      claimed > kLargestContent) {
    return corrupt("no zstd frame of a sensible size");
  }
  impl.content.resize(claimed);
  const std::size_t size = ZSTD_decompressDCtx(impl.decompressor.get(), impl.content.data(),
                                               impl.content.size(), frame.data(), frame.size());
  if (ZSTD_isError(size) != 0) return corrupt(ZSTD_getErrorName(size));
  if (size != impl.content.size()) return corrupt("shorter than its frame says");

  Reader reader(impl.content);
  codec::Batch& batch = content.batch;
  batch.id.boot = reader.u64();
  batch.id.sequence = reader.varint();
  const std::uint64_t claimed_rows = reader.varint();
  const std::uint8_t flags = reader.byte();
  // Every row takes at least three bytes: the claim is checked before memory is given for it.
  if (!reader.ok() || claimed_rows > reader.left() / 3 || claimed_rows > kMostRows) {
    return corrupt(fmt::format("{} rows in {} bytes", claimed_rows, reader.left()));
  }
  const unsigned unit = flags >> kUnitShift;
  if (unit >= kUnits.size()) return corrupt("a time in unknown units");
  const auto rows = static_cast<std::size_t>(claimed_rows);
  batch.backlog = (flags & kBacklog) != 0;
  batch.series.resize(rows);
  batch.times_unix_ns.resize(rows);
  std::uint32_t expected = 1;
  for (std::uint32_t& series : batch.series) {
    series = expected + static_cast<std::uint32_t>(unzigzag(reader.varint()));
    expected = series + 1;
  }
  std::uint64_t units = 0;
  for (std::int64_t& time : batch.times_unix_ns) {
    units += unzigzag(reader.varint());
    time = static_cast<std::int64_t>(units * static_cast<std::uint64_t>(kUnits[unit]));
  }
  if (!reader.ok()) return corrupt("series or times that end too early");
  if (auto read = impl.read_values(reader, rows, batch); !read) return read;

  batch.readings.clear();
  if ((flags & kReadings) != 0) {
    for (const std::byte reading : reader.take(rows)) {
      if (reading > static_cast<std::byte>(codec::Reading::kWithdrawn)) {
        return corrupt(fmt::format("an unknown reading {}", static_cast<unsigned>(reading)));
      }
      batch.readings.push_back(static_cast<codec::Reading>(reading));
    }
  }
  content.marks.clear();
  if ((flags & kMarks) != 0) {
    for (const std::byte mark : reader.take(rows)) {
      content.marks.push_back(static_cast<std::uint8_t>(mark));
    }
  }
  if (!reader.ok() || reader.left() != 0) {
    return corrupt(fmt::format("columns that end at byte {} of {}", reader.offset(), size));
  }
  impl.keep_small();
  return {};
}

}  // namespace caspilink::block
