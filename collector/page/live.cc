#include "collector/page/live.h"

#include <utility>

#include <fmt/format.h>

#include "collector/page/document.h"

namespace caspilink::page {
namespace {

constexpr std::int64_t kNanosPerMilli = 1'000'000;

std::string with_time(std::int64_t time_unix_ms, const std::string& view) {
  return fmt::format("{{\"time\":{},\"view\":{}}}", time_unix_ms, view);
}

}  // namespace

Live::Live(std::shared_ptr<const exposition::SnapshotBoard> board, twin::Design design)
    : board_(std::move(board)),
      design_(std::move(design)),
      channel_(std::make_shared<endpoint::EventChannel>(kMostListeners)) {}

void Live::refresh() {
  auto snapshot = board_->latest();
  if (!snapshot || snapshot == seen_) return;  // an owner that is stuck shows as old
  seen_ = std::move(snapshot);
  const std::int64_t time = seen_->time_unix_ns / kNanosPerMilli;
  std::string view = render(*seen_, design_);
  bool changed = false;
  {
    const std::lock_guard lock(mutex_);
    time_unix_ms_ = time;
    changed = view != view_;
    if (changed) view_ = view;
  }
  if (changed) {
    channel_->state(endpoint::event_text("state", with_time(time, view)));
  } else {
    channel_->beat(endpoint::event_text("beat", fmt::format("{{\"time\":{}}}", time)));
  }
}

std::vector<endpoint::OpsServer::Page> Live::pages() const {
  const Document& shown = document();
  return {{.path = "/",
           .content_type = "text/html; charset=utf-8",
           .headers = {{"Content-Security-Policy", shown.content_security_policy},
                       {"Cache-Control", "no-cache"},
                       {"Referrer-Policy", "no-referrer"},
                       {"X-Content-Type-Options", "nosniff"}},
           .body = [&shown]() -> Result<std::string> { return shown.html; }},
          {.path = "/state.json",
           .content_type = "application/json",
           .headers = {{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}},
           .body = [this] { return state(); }}};
}

endpoint::OpsServer::Stream Live::stream() const {
  return {.path = "/events", .channel = channel_};
}

Result<std::string> Live::state() const {
  const std::lock_guard lock(mutex_);
  if (view_.empty()) return fail(ErrorCode::kUnavailable, "", "nothing assessed yet");
  return with_time(time_unix_ms_, view_);
}

}  // namespace caspilink::page
