// A station's leaves as gNMI sees them: paths, selection by pattern, values in each encoding.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/simulator/readings.h"
#include "link_models/result.h"
#include "proto/gnmi.pb.h"

namespace caspilink::simulator {

// One element of a concrete path; a list entry has one key.
struct PathStep {
  std::string name;
  std::string key_name;  // empty: no list
  std::string key_value;

  friend bool operator==(const PathStep&, const PathStep&) = default;
};

// A leaf a pattern selects, and how many of the leaf's steps the pattern spans: the rest of the
// leaf's path lies below the node that was asked for.
struct Selected {
  std::size_t leaf = 0;
  std::size_t depth = 0;

  friend bool operator==(const Selected&, const Selected&) = default;
};

class GnmiTree {
 public:
  // A node whose leaves share a prefix, and travel in one Notification: one per component.
  struct Node {
    gnmi::Path prefix;
    std::vector<std::size_t> leaves;
  };
  struct Leaf {
    Point point;
    std::size_t node = 0;
    std::vector<PathStep> steps;  // absolute
    gnmi::Path below_prefix;      // the rest, below the node's prefix
  };

  // Quantities without an OpenConfig path are not served.
  explicit GnmiTree(const std::vector<Point>& points);

  [[nodiscard]] const std::vector<Leaf>& leaves() const { return leaves_; }
  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }

  // Leaves at or below prefix + path, in the tree's order. `*` stands for any one element or key,
  // `...` for any number of elements; a key left out stands for all. Paths that select nothing are
  // no error. kInvalidInput for an origin that is not OpenConfig's, or a path out of bounds.
  [[nodiscard]] Result<std::vector<Selected>> select(const gnmi::Path& prefix,
                                                     const gnmi::Path& path) const;

 private:
  std::vector<Leaf> leaves_;
  std::vector<Node> nodes_;
};

[[nodiscard]] bool supports(gnmi::Encoding encoding);  // PROTO, JSON and JSON_IETF

// PROTO: double; JSON: a number; JSON_IETF: decimal64 as a string (RFC 7951, 6.1). Flags are bool,
// modes OpenConfig's identities with their module's name.
void set_value(codec::Quantity quantity, double value, gnmi::Encoding encoding,
               gnmi::TypedValue& out);

// A leaf of a subtree: its steps below the subtree's root, and its value.
struct SubtreeLeaf {
  const std::vector<PathStep>* steps = nullptr;
  std::size_t depth = 0;
  codec::Quantity quantity{};
  double value = 0;
};

// The subtree as one JSON value in JSON or JSON_IETF; a leaf alone as its scalar. Member names go
// without their module's.
void set_subtree(const std::vector<SubtreeLeaf>& leaves, gnmi::Encoding encoding,
                 gnmi::TypedValue& out);

// "/components/component[name=och-FP01-4]": for messages.
[[nodiscard]] std::string to_string(const gnmi::Path& path);

}  // namespace caspilink::simulator
