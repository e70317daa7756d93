// Answers for which the store is read: on a worker's thread, within bounds.
#include <algorithm>
#include <charconv>
#include <deque>
#include <string_view>

#include <fmt/format.h>

#include "collector/performance/month_levels.h"
#include "collector/query/answers.h"
#include "collector/query/messages.h"
#include "collector/store/history.h"

namespace caspilink::query {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
constexpr std::uint32_t kUsualBins = 10'000;
constexpr std::uint32_t kMostBins = 50'000;
constexpr std::uint32_t kUsualSamples = 10'000;
constexpr std::uint32_t kMostSamples = 100'000;
// A page ends after these many batches even where few samples passed the filter.
constexpr std::size_t kMostBatchesOfPage = 20'000;
constexpr std::size_t kSamplesOfMessage = 1'000;
constexpr std::uint32_t kUsualAudit = 1'000;
constexpr std::uint32_t kMostAudit = 10'000;

Result<std::size_t> limit_of(std::uint32_t asked, std::uint32_t usual, std::uint32_t most) {
  if (asked > most) {
    return fail(ErrorCode::kInvalidInput, "limit", fmt::format("at most {}, got {}", most, asked));
  }
  return asked == 0 ? usual : asked;
}

std::optional<std::string> given(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}
std::optional<std::uint32_t> given(std::uint32_t number) {
  return number == 0 ? std::nullopt : std::optional(number);
}
std::optional<std::int64_t> given(std::int64_t time) {
  return time == 0 ? std::nullopt : std::optional(time);
}

Result<store::HistoryPlace> place_of(const std::string& page) {
  store::HistoryPlace place;
  if (page.empty()) return place;
  const char* const end = page.data() + page.size();
  const auto position = std::from_chars(page.data(), end, place.position);
  const bool colon = position.ec == std::errc() && position.ptr != end && *position.ptr == ':';
  const auto row = colon ? std::from_chars(position.ptr + 1, end, place.sample) : position;
  if (!colon || row.ec != std::errc() || row.ptr != end) {
    return fail(ErrorCode::kInvalidInput, "page", "expected what the page before gave");
  }
  return place;
}

}  // namespace

Result<void> answer(const Sources& sources, const wire::GetBinsRequest& request,
                    wire::GetBinsResponse& response) {
  const std::uint32_t length = request.length_s() == 0 ? store::kQuarterHour_s : request.length_s();
  if (length != store::kQuarterHour_s && length != store::kDay_s) {
    return fail(
        ErrorCode::kInvalidInput, "length_s",
        fmt::format("expected {} or {}, got {}", store::kQuarterHour_s, store::kDay_s, length));
  }
  if (auto direction = direction_of(request.direction()); !direction) {
    return tl::unexpected(direction.error());
  }
  const auto limit = limit_of(request.limit(), kUsualBins, kMostBins);
  if (!limit) return tl::unexpected(limit.error());
  auto history = store::History::open(sources.store_dir);
  if (!history) return tl::unexpected(history.error());
  std::deque<store::BinRecord> newest;
  const auto read = (*history)->bins({.length_s = length,
                                      .from_unix_ns = given(request.from_unix_ns()),
                                      .until_unix_ns = given(request.until_unix_ns()),
                                      .quantity = given(request.quantity()),
                                      .station = given(request.station()),
                                      .fibre_pair = given(request.fibre_pair()),
                                      .direction = given(request.direction()),
                                      .channel = given(request.channel())},
                                     [&](const store::BinRecord& bin) {
                                       newest.push_back(bin);
                                       if (newest.size() > *limit) {
                                         newest.pop_front();
                                         response.set_truncated(true);
                                       }
                                     });
  if (!read) return read;
  for (const store::BinRecord& bin : newest) write(bin, *response.add_bins());
  return {};
}

Result<void> answer(const Sources& sources, const wire::GetServiceLevelsRequest& request,
                    wire::GetServiceLevelsResponse& response) {
  const auto month = request.month().empty()
                         ? performance::month_at(sources.now_unix_ns / kNanosPerSecond)
                         : performance::month_of(request.month());
  if (!month) return tl::unexpected(month.error());
  auto history = store::History::open(sources.store_dir);
  if (!history) return tl::unexpected(history.error());
  const auto levels = performance::levels_of(**history, *month);
  if (!levels) return tl::unexpected(levels.error());
  response.set_month(performance::to_string(*month));
  const auto month_s = static_cast<std::uint64_t>(month->until_unix_s - month->from_unix_s);
  for (const auto& level : *levels) write(level, month_s, *response.add_levels());
  return {};
}

Result<void> answer(const Sources& sources, const wire::GetAuditRequest& request,
                    wire::GetAuditResponse& response) {
  const auto limit = limit_of(request.limit(), kUsualAudit, kMostAudit);
  if (!limit) return tl::unexpected(limit.error());
  auto history = store::History::open(sources.store_dir);
  if (!history) return tl::unexpected(history.error());
  std::deque<store::AuditRecord> newest;
  const auto read = (*history)->audit([&](const store::AuditRecord& record) {
    if (record.at_unix_ns < request.from_unix_ns()) return;
    if (request.until_unix_ns() != 0 && record.at_unix_ns >= request.until_unix_ns()) return;
    newest.push_back(record);
    if (newest.size() > *limit) {
      newest.pop_front();
      response.set_truncated(true);
    }
  });
  if (!read) return read;
  for (auto record = newest.rbegin(); record != newest.rend(); ++record) {
    write(*record, *response.add_entries());
  }
  return {};
}

Result<std::vector<wire::GetHistoryResponse>> history_page(const Sources& sources,
                                                           const wire::GetHistoryRequest& request) {
  const auto limit = limit_of(request.limit(), kUsualSamples, kMostSamples);
  if (!limit) return tl::unexpected(limit.error());
  const auto from = place_of(request.page());
  if (!from) return tl::unexpected(from.error());
  store::HistoryFilter filter{.station = given(request.station()),
                              .from_unix_ns = given(request.from_unix_ns()),
                              .to_unix_ns = given(request.until_unix_ns()),
                              .fibre_pair = given(request.fibre_pair()),
                              .channel = given(request.channel())};
  if (!request.quantity().empty()) {
    filter.quantity = codec::quantity_from_name(request.quantity());
    if (!filter.quantity) {
      return fail(ErrorCode::kInvalidInput, "quantity",
                  fmt::format("'{}' is not in the table", request.quantity()));
    }
  }
  auto history = store::History::open(sources.store_dir);
  if (!history) return tl::unexpected(history.error());
  std::vector<wire::GetHistoryResponse> messages(1);
  const auto next = (*history)->samples(
      filter, {.from = *from, .most_samples = *limit, .most_batches = kMostBatchesOfPage},
      [&](const store::HistoryRow& row) {
        if (static_cast<std::size_t>(messages.back().samples_size()) == kSamplesOfMessage) {
          messages.emplace_back();
        }
        write(row, *messages.back().add_samples());
      });
  if (!next) return tl::unexpected(next.error());
  if (*next) {
    messages.back().set_next_page(fmt::format("{}:{}", (*next)->position, (*next)->sample));
  }
  return messages;
}

}  // namespace caspilink::query
