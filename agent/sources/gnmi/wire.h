// What a target sends, read off its bytes where it stands.
//
// protobuf's own objects of one notification are some six allocations an update, most of them for
// the keys of its path, and they are what a subscriber would spend most of its time on. Here the
// parts of a notification are views of its bytes, and paths are written over an earlier one. Values
// are protobuf's to read. tests/fuzz holds this against protobuf's reading.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "agent/sources/gnmi/path.h"

namespace caspilink::gnmi::wire {

// The bytes outlive the views.
struct Response {
  std::optional<std::string_view> notification;
  bool synced = false;
};
// Nothing: no SubscribeResponse.
[[nodiscard]] std::optional<Response> read_response(std::string_view bytes);

struct Update {
  std::string_view path;
  std::string_view value;  // a TypedValue; empty: none
};

struct Notification {
  std::int64_t timestamp = 0;  // nanoseconds since the Unix epoch; 0: none
  std::string_view prefix;     // a path
  std::vector<Update> updates;
  std::vector<std::string_view> deletes;  // paths
  bool atomic = false;
};
// Writes over `out`, whose memory is used again. False: no Notification, or one that says twice
// what it can say once. The parts themselves are read later.
[[nodiscard]] bool read_notification(std::string_view bytes, Notification& out);

// Prefix and path as one, and where they say so the origin, the path's own before the prefix'.
// Module prefixes ("openconfig-platform:components") are dropped. Writes over `out` likewise.
// False: not paths, or longer than anybody's: kLongestPath elements, kMostKeys keys of an element,
// kLongestKey bytes of a name or key.
//
// `known`: the bytes of which the elements in `out` were read, none or as the last call left them.
// The paths of a notification have most elements in common; what is there already is not read
// again.
[[nodiscard]] bool read_path(std::string_view prefix, std::string_view path, Path& out,
                             std::vector<std::string_view>& known, std::string_view& origin);
inline constexpr std::size_t kMostKeys = 16;

}  // namespace caspilink::gnmi::wire
