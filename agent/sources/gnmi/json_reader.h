// Reads a JSON subtree by the tree of paths: what the tree does not know costs no memory, however
// long or deep it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "agent/sources/gnmi/path_tree.h"

namespace caspilink::gnmi {

struct JsonLeaf {
  Node* node = nullptr;
  std::string captured;  // joined, below the place where the JSON begins
  std::optional<codec::Statistic> statistic;
  nlohmann::json value;  // null, a number, a boolean or text
};

class JsonReader final : private nlohmann::json_sax<nlohmann::json> {
 public:
  static constexpr std::size_t kMostLeaves = 100'000;

  // The JSON stands at `node`; `keyed`: its path gave the keys of the list entry that it is. At a
  // leaf, `statistic` is the one that its path ended in.
  JsonReader(Node& node, bool keyed, std::optional<codec::Statistic> statistic);

  // False: not JSON, and nothing is found.
  [[nodiscard]] bool read(std::string_view text);

  [[nodiscard]] std::vector<JsonLeaf>& leaves() { return leaves_; }
  // What does not fit the tree: an entry without its key, a number where an object is.
  [[nodiscard]] std::uint64_t problems() const { return problems_; }
  [[nodiscard]] const std::string& last_problem() const { return last_problem_; }

 private:
  // What the next value is.
  enum class Next : std::uint8_t { kIgnored, kNode, kEntry, kStatistic, kKey };
  enum class Kind : std::uint8_t { kObject, kEntry, kList, kLeaf, kLeafList };
  struct Frame {
    Kind kind{};
    Node* node = nullptr;
    std::string piece;              // captured by the name of this node
    std::vector<std::string> keys;  // of an entry, as far as seen
    std::size_t first_leaf = 0;     // of those found within
    std::optional<codec::Statistic> statistic;
    std::size_t elements = 0;  // of a leaf list
    nlohmann::json element;
  };

  bool null() override { return scalar(nullptr); }
  bool boolean(bool value) override { return scalar(value); }
  bool number_integer(std::int64_t value) override { return scalar(value); }
  bool number_unsigned(std::uint64_t value) override { return scalar(value); }
  bool number_float(double value, const std::string& /*text*/) override { return scalar(value); }
  bool string(std::string& value) override;
  bool binary(nlohmann::json::binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*size*/) override;
  bool key(std::string& name) override;
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*size*/) override;
  bool end_array() override { return close(); }
  bool parse_error(std::size_t /*at*/, const std::string& /*token*/,
                   const nlohmann::json::exception& /*error*/) override {
    return false;
  }

  bool scalar(nlohmann::json value);
  bool close();
  void close_entry(Frame& frame);
  void open(Kind kind, std::optional<codec::Statistic> statistic = std::nullopt);
  bool skip(std::string problem);
  void add_leaf(Node* node, std::optional<codec::Statistic> statistic, nlohmann::json value);
  void complain(std::string problem);
  // What follows a value, by the frame that holds it.
  void set_next();

  Next next_ = Next::kNode;
  Node* next_node_;
  bool next_keyed_;  // the root alone may be
  std::optional<codec::Statistic> next_statistic_;
  std::string next_piece_;
  std::size_t next_key_ = 0;
  std::size_t skipping_ = 0;  // depth
  std::vector<Frame> frames_;
  std::vector<JsonLeaf> leaves_;
  std::uint64_t problems_ = 0;
  std::string last_problem_;
};

}  // namespace caspilink::gnmi
