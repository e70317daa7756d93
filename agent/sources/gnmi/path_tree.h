// The paths a target is asked for, as a tree that updates walk down.
//
// What a path leaves open is captured: the keys of its lists in the list's order, and the name of
// an element "*". One reading's captures, joined, are the name of the part it belongs to.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/sources/gnmi/path.h"
#include "agent/sources/gnmi/placement.h"
#include "proto/codec/observation.h"

namespace caspilink::gnmi {

inline constexpr std::size_t kStatistics = 4;
inline constexpr std::size_t kLongestKey = 256;
inline constexpr std::size_t kLongestPath = 32;  // elements
inline constexpr std::size_t kMostCaptures = 8;

// "instant", "avg", "min" and "max".
[[nodiscard]] std::optional<codec::Statistic> statistic_from_name(std::string_view name);

// Joined captures. Keys are text without control characters, so the separator is not in them.
class Captured {
 public:
  static constexpr char kSeparator = '\x1f';

  Captured() = default;
  explicit Captured(std::string_view joined) : joined_(joined) {}
  void clear() { joined_.clear(); }
  void add(std::string_view capture) {
    if (!joined_.empty()) joined_ += kSeparator;
    joined_ += capture;
  }
  [[nodiscard]] const std::string& joined() const { return joined_; }
  [[nodiscard]] static std::vector<std::string_view> split(std::string_view joined);

  // Whether a key's value can be a capture: some text, not endless, nothing unprintable.
  [[nodiscard]] static bool acceptable(std::string_view value);

 private:
  std::string joined_;
};

// Its measurement point is made of its part and the part's name when it is spoken of: held, the
// points would be most of what an agent of many series keeps in memory.
struct Series {
  std::uint64_t touched = 0;  // the last notification that spoke of it
  codec::Reading reading = codec::Reading::kWithdrawn;
};

// A part of the equipment as one leaf sees it.
struct Part {
  const Binding* binding = nullptr;  // none: its keys tell no place
  sources::Place place;
  std::array<std::optional<Series>, kStatistics> series;  // those that were spoken of
};

struct Node {
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };

  std::string name;               // "*": any, and captured
  std::vector<std::string> keys;  // of a list
  std::vector<std::unique_ptr<Node>> children;
  std::vector<Binding> bindings;  // of a leaf; the first whose place is told counts
  bool status = false;            // the leaf of a component's state
  std::unordered_map<std::string, Part, Hash, std::equal_to<>> parts;

  [[nodiscard]] bool leaf() const { return status || !bindings.empty(); }
  [[nodiscard]] bool list() const { return !keys.empty(); }
  // The child of that name, else the one for any name.
  [[nodiscard]] Node* child(std::string_view wanted) const;
  // The node of a path, made if need be. kInvalidInput: other paths give one of its lists other
  // keys, read a leaf where this one goes on, or it captures too much.
  [[nodiscard]] Result<Node*> grow(const Path& path);
};

}  // namespace caspilink::gnmi
