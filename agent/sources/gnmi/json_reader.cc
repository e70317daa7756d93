#include "agent/sources/gnmi/json_reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace caspilink::gnmi {
namespace {

// Numbers, states and names; longer text is none of them.
constexpr std::size_t kLongestText = 128;

}  // namespace

JsonReader::JsonReader(Node& node, bool keyed, std::optional<codec::Statistic> statistic)
    : next_node_(&node), next_keyed_(keyed || !node.list()), next_statistic_(statistic) {
  if (statistic) next_ = Next::kStatistic;
}

bool JsonReader::read(std::string_view text) {
  nlohmann::json_sax<nlohmann::json>* const events = this;
  if (nlohmann::json::sax_parse(text.begin(), text.end(), events)) return true;
  leaves_.clear();
  return false;
}

bool JsonReader::string(std::string& value) {
  if (value.size() > kLongestText) {
    const std::size_t limit = next_ == Next::kKey ? kLongestKey + 1 : kLongestText;
    value.resize(std::min(value.size(), limit));
  }
  return scalar(value);
}

bool JsonReader::start_object(std::size_t /*size*/) {
  if (skipping_ > 0 || next_ == Next::kIgnored) return skip("");
  if (next_ == Next::kStatistic || next_ == Next::kKey) return skip("a JSON object for a value");
  if (next_ == Next::kEntry) {
    open(Kind::kEntry);
  } else if (next_node_->leaf()) {
    open(Kind::kLeaf);
  } else {
    // A list's own path may carry one entry bare.
    open(next_keyed_ ? Kind::kObject : Kind::kEntry);
  }
  return true;
}

bool JsonReader::start_array(std::size_t /*size*/) {
  if (skipping_ > 0 || next_ == Next::kIgnored) return skip("");
  if (!frames_.empty() && frames_.back().kind == Kind::kLeafList) return skip("a list of lists");
  if (next_ == Next::kStatistic || (next_ == Next::kNode && next_node_->leaf())) {
    open(Kind::kLeafList, next_statistic_);
    next_ = Next::kStatistic;
    return true;
  }
  if (next_ != Next::kNode || next_keyed_) {
    return skip(fmt::format("JSON array where '{}' is an object", next_node_->name));
  }
  open(Kind::kList);
  set_next();
  return true;
}

bool JsonReader::key(std::string& name) {
  if (skipping_ > 0) return true;
  const Frame& frame = frames_.back();
  const std::string_view bare = without_module(name);
  next_ = Next::kIgnored;
  next_statistic_.reset();
  next_piece_.clear();
  if (frame.kind == Kind::kLeaf) {
    next_statistic_ = statistic_from_name(bare);
    next_node_ = frame.node;
    if (next_statistic_) next_ = Next::kStatistic;
    return true;
  }
  if (frame.kind == Kind::kEntry) {
    const auto found = std::ranges::find(frame.node->keys, bare);
    if (found != frame.node->keys.end()) {
      next_ = Next::kKey;
      next_key_ = static_cast<std::size_t>(found - frame.node->keys.begin());
      return true;
    }
  }
  Node* child = frame.node->child(bare);
  if (child == nullptr) return true;  // a subtree holds more than we ask for
  if (child->name == "*") {
    if (!Captured::acceptable(bare)) return true;
    next_piece_ = bare;
  }
  next_ = Next::kNode;
  next_node_ = child;
  next_keyed_ = !child->list();
  return true;
}

bool JsonReader::scalar(nlohmann::json value) {
  if (skipping_ > 0) return true;
  switch (next_) {
    case Next::kIgnored:
      break;
    case Next::kStatistic:
      if (!frames_.empty() && frames_.back().kind == Kind::kLeafList) {
        ++frames_.back().elements;
        frames_.back().element = std::move(value);
        return true;
      }
      add_leaf(next_node_, next_statistic_, std::move(value));
      break;
    case Next::kKey: {
      std::string& key = frames_.back().keys[next_key_];
      if (value.is_string()) {
        key = value.get_ref<const std::string&>();
      } else if (value.is_number_integer()) {
        key = value.dump();
      }
      break;
    }
    case Next::kNode:
      if (next_node_->leaf()) {
        add_leaf(next_node_, std::nullopt, std::move(value));
        break;
      }
      [[fallthrough]];
    case Next::kEntry:
      if (!value.is_null()) {
        complain(
            fmt::format("JSON {} where '{}' is an object", value.type_name(), next_node_->name));
      }
      break;
  }
  set_next();
  return true;
}

void JsonReader::open(Kind kind, std::optional<codec::Statistic> statistic) {
  Frame frame{.kind = kind,
              .node = next_node_,
              .piece = std::exchange(next_piece_, {}),
              .first_leaf = leaves_.size(),
              .statistic = statistic};
  if (kind == Kind::kEntry) frame.keys.resize(next_node_->keys.size());
  frames_.push_back(std::move(frame));
}

bool JsonReader::skip(std::string problem) {
  if (!problem.empty()) complain(std::move(problem));
  ++skipping_;
  return true;
}

bool JsonReader::close() {
  if (skipping_ > 0) {
    if (--skipping_ == 0) set_next();
    return true;
  }
  Frame frame = std::move(frames_.back());
  frames_.pop_back();
  if (frame.kind == Kind::kEntry) close_entry(frame);
  if (frame.kind == Kind::kLeafList) {
    if (frame.elements == 1) {
      add_leaf(frame.node, frame.statistic, std::move(frame.element));
    } else {
      complain(
          fmt::format("a list of {} where '{}' is one value", frame.elements, frame.node->name));
    }
  }
  if (!frame.piece.empty()) {
    for (std::size_t at = frame.first_leaf; at < leaves_.size(); ++at) {
      Captured captured(frame.piece);
      if (!leaves_[at].captured.empty()) captured.add(leaves_[at].captured);
      leaves_[at].captured = captured.joined();
    }
  }
  set_next();
  return true;
}

void JsonReader::close_entry(Frame& frame) {
  if (!std::ranges::all_of(frame.keys, Captured::acceptable)) {
    complain(fmt::format("an entry of '{}' without its keys", frame.node->name));
    leaves_.resize(frame.first_leaf);
    return;
  }
  Captured piece(frame.piece);
  for (const std::string& key : frame.keys) piece.add(key);
  frame.piece = piece.joined();
}

void JsonReader::set_next() {
  next_ = Next::kIgnored;
  if (frames_.empty()) return;
  const Frame& frame = frames_.back();
  next_node_ = frame.node;
  if (frame.kind == Kind::kList) next_ = Next::kEntry;
  if (frame.kind == Kind::kLeafList) next_ = Next::kStatistic;
}

void JsonReader::add_leaf(Node* node, std::optional<codec::Statistic> statistic,
                          nlohmann::json value) {
  if (leaves_.size() >= kMostLeaves) return complain("more values than any equipment has");
  leaves_.push_back({.node = node,
                     .captured = std::exchange(next_piece_, {}),
                     .statistic = statistic,
                     .value = std::move(value)});
}

void JsonReader::complain(std::string problem) {
  ++problems_;
  last_problem_ = std::move(problem);
}

}  // namespace caspilink::gnmi
