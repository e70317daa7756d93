// Notifications of one target to observations: which path is which measurement point.
//
// The paths come from the quantity table and form a tree; an update walks down it, and at the leaf
// finds its series by the component's name. So an update costs a few comparisons and one hash, and
// a JSON subtree is read by the same tree. What the tree does not know is ignored and counted.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "agent/sources/gnmi/path.h"
#include "agent/sources/gnmi/value.h"
#include "agent/sources/name_pattern.h"
#include "proto/codec/observation.h"

namespace gnmi {
class Notification;
class TypedValue;
}  // namespace gnmi

namespace caspilink::gnmi {

// State leaf of every component; subscribed ON_CHANGE, and counted rather than observed.
inline constexpr std::string_view kComponentStatusPath =
    "/components/component[name=*]/state/oper-status";

class Mapping {
 public:
  struct Options {
    std::string source;  // MeasurementPoint::source
    std::vector<sources::NameRule> rules;
    double no_light_dbm = -40;
    std::size_t max_parts = 100'000;  // names remembered for each leaf
  };
  // By what was wrong; see the README for their meaning.
  struct Counts {
    std::uint64_t unmapped = 0;   // paths and names that no quantity or rule knows
    std::uint64_t invalid = 0;    // values that are no reading
    std::uint64_t malformed = 0;  // notifications against gNMI's rules
    std::uint64_t too_many = 0;   // names over max_parts
  };

  explicit Mapping(Options options);
  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  // The table's paths of the scopes that some rule serves.
  [[nodiscard]] std::vector<Path> sampled_paths() const;

  // Appends what the notification says, in its order. `now_unix_ns` stands in for a timestamp of 0.
  void apply(const ::gnmi::Notification& notification, std::int64_t now_unix_ns,
             std::vector<codec::Observation>& out);

  [[nodiscard]] const Counts& counts() const { return counts_; }
  // How many components are in each state: "ACTIVE" 3.
  [[nodiscard]] std::map<std::string, std::uint64_t> parts_by_status() const;
  // The latest complaint behind counts(), for the log.
  [[nodiscard]] const std::string& last_problem() const { return last_problem_; }

 private:
  struct Series;
  struct Part;
  struct Node;
  struct Target;

  void update(const Path& path, const ::gnmi::TypedValue& value);
  void read_json(Node& node, std::string_view part, const nlohmann::json& json);
  void read_list(Node& list, const nlohmann::json& json);
  void read_leaf(Node& leaf, std::string_view part, const nlohmann::json& json);
  void observe(Node& leaf, std::string_view part, codec::Statistic statistic,
               const Result<Number>& number);
  void note_status(std::string_view part, const std::string& status);
  void withdraw(const Path& path, bool only_untouched);
  void withdraw_below(Node& node, const std::string* part,
                      std::optional<codec::Statistic> statistic, bool only_untouched);
  void emit(Series& series, codec::Reading reading, double value);
  Part* find_part(Node& leaf, std::string_view name);
  Series& series_of(Part& part, const Node& leaf, std::string_view name,
                    codec::Statistic statistic);
  void complain(std::uint64_t& count, std::string problem);

  Options options_;
  std::unique_ptr<Node> root_;
  std::unordered_map<std::string, std::string> statuses_;
  Counts counts_;
  std::string last_problem_;

  // Of the notification at hand.
  Path path_;
  std::int64_t time_unix_ns_ = 0;
  std::uint64_t notification_ = 0;
  std::vector<codec::Observation>* out_ = nullptr;
};

}  // namespace caspilink::gnmi
