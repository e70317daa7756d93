#include "collector/core/reload_desk.h"

#include <utility>

#include <fmt/format.h>

namespace caspilink::core {
namespace {

constexpr std::int64_t kPatience_ns = 8'000'000'000;
constexpr std::size_t kMostWaiting = 64;

}  // namespace

void ReloadDesk::ask(const std::string& station, const std::vector<ingest::StreamPtr>& streams,
                     std::int64_t now_unix_ns, Reply reply) {
  if (streams.empty()) {
    return reply(fail(ErrorCode::kUnavailable, "",
                      fmt::format("the agent of {} is not connected", station)));
  }
  if (waiting_.size() >= kMostWaiting) {
    return reply(fail(ErrorCode::kExhausted, "", "too many wait for agents already"));
  }
  const std::uint64_t request = ++requests_;
  waiting_.emplace(request, Waiting{.station = station,
                                    .until_unix_ns = now_unix_ns + kPatience_ns,
                                    .reply = std::move(reply)});
  for (const ingest::StreamPtr& stream : streams) stream->ask_to_reload(request);
}

void ReloadDesk::answered(const std::string& station, codec::ReloadAnswer answer) {
  const auto found = waiting_.find(answer.request);
  if (found == waiting_.end() || found->second.station != station) return;
  const Reply reply = std::move(found->second.reply);
  waiting_.erase(found);
  reply(std::move(answer));
}

void ReloadDesk::give_up(std::int64_t now_unix_ns) {
  for (auto each = waiting_.begin(); each != waiting_.end();) {
    if (now_unix_ns < each->second.until_unix_ns) {
      ++each;
      continue;
    }
    const Waiting waiting = std::move(each->second);
    each = waiting_.erase(each);
    waiting.reply(fail(ErrorCode::kUnavailable, "",
                       fmt::format("the agent of {} has not answered in time; it may still do it, "
                                   "or be of an earlier version",
                                   waiting.station)));
  }
}

}  // namespace caspilink::core
