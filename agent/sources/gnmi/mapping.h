// Notifications of one target to observations: which path is which measurement point.
//
// The paths come from OpenConfig as known_paths.h has it and from configuration, and form a tree;
// an update walks down it, and at the leaf finds its series by what the path left open: the
// component's name, a lane's index. So an update costs a few comparisons and one hash, and a JSON
// subtree is read by the same tree. What the tree does not know is ignored and counted.
//
// Memory is bounded by max_parts whatever a target sends.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "agent/sources/gnmi/path_tree.h"
#include "agent/sources/gnmi/placement.h"
#include "agent/sources/gnmi/value.h"
#include "agent/sources/gnmi/wire.h"
#include "proto/codec/observation.h"

namespace gnmi {
class TypedValue;
}  // namespace gnmi

namespace caspilink::gnmi {

// State leaf of every component; counted rather than observed.
inline constexpr std::string_view kComponentStatusPath =
    "/components/component[name=*]/state/oper-status";

enum class Stream : std::uint8_t { kSample, kOnChange, kTargetDefined };

// A path that configuration gives a quantity.
struct ConfiguredPath {
  struct Key {
    std::string name;
    sources::NamePattern pattern;
  };
  Path path;           // keys "*" or left out: any; another value: that one only
  std::string origin;  // empty: openconfig
  codec::Quantity quantity{};
  sources::Scale scale;
  std::vector<Key> keys;  // "*" names the path's first element that is a wildcard
  sources::Place fixed;
  std::optional<Stream> stream;             // none: as the target's other paths
  std::optional<std::int64_t> interval_ns;  // likewise
};

class Mapping {
 public:
  struct Options {
    std::string source;  // MeasurementPoint::source
    std::vector<sources::NameRule> rules;
    double no_light_dbm = -40;
    std::size_t max_parts = 20'000;  // of all leaves together
    std::optional<ChannelPlan> plan;
    std::vector<LogicalChannels> logical_channels;
    bool modules = true;
    std::vector<ConfiguredPath> paths;
  };
  // By what was wrong; see the README for their meaning.
  struct Counts {
    std::uint64_t unmapped = 0;   // paths and names that no quantity or rule knows
    std::uint64_t invalid = 0;    // values that are no reading
    std::uint64_t malformed = 0;  // notifications against gNMI's rules
    std::uint64_t too_many = 0;   // parts over max_parts
  };
  struct Wanted {
    Path path;
    std::string origin;
    bool state = false;
    std::optional<Stream> stream;
    std::optional<std::int64_t> interval_ns;
  };

  // Whether the configured paths can be read beside the known ones and each other.
  [[nodiscard]] static Result<void> check(const std::vector<ConfiguredPath>& paths);

  // Paths that check() refuses are left out.
  explicit Mapping(Options options);
  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  // The paths whose keys could tell a place, each once.
  [[nodiscard]] const std::vector<Wanted>& wanted() const { return wanted_; }

  // Appends what the bytes of a gnmi.Notification say, in its order. `now_unix_ns` stands in for a
  // timestamp of 0. Bytes that are none are counted as malformed.
  void apply(std::string_view notification, std::int64_t now_unix_ns,
             std::vector<codec::Observation>& out);

  [[nodiscard]] const Counts& counts() const { return counts_; }
  // How many components are in each state: "ACTIVE" 3. States that OpenConfig does not know are
  // "OTHER".
  [[nodiscard]] std::map<std::string, std::uint64_t> parts_by_status() const;
  // The latest complaint behind counts(), for the log: printable, one line.
  [[nodiscard]] const std::string& last_problem() const { return last_problem_; }

 private:
  // Whose reading: the point without its component.
  using Spot = std::tuple<codec::Quantity, codec::Statistic, std::string, std::uint32_t>;
  struct Deletion;

  [[nodiscard]] Result<Node*> add(const std::string& origin, const Path& path);
  [[nodiscard]] Result<void> add(const ConfiguredPath& configured);
  [[nodiscard]] Node* root(std::string_view origin) const;
  void update(Node* node, const Path& path, const ::gnmi::TypedValue& value);
  void read_json(Node& node, bool keyed, std::optional<codec::Statistic> statistic,
                 std::string_view text);
  void observe(Node& leaf, std::string_view name, codec::Statistic statistic,
               const ::gnmi::TypedValue* value, const nlohmann::json* json);
  void note_status(std::string_view part, std::string_view status);
  void withdraw(Node* node, const Path& path, bool only_untouched);
  void withdraw_along(Node& node, Deletion& deletion, std::size_t element);
  void withdraw_below(Node& node, Deletion& deletion, std::optional<codec::Statistic> statistic,
                      bool exact);
  void withdraw_part(Part& part, std::string_view name, const Deletion& deletion,
                     std::optional<codec::Statistic> statistic);
  void emit(Part& part, std::string_view name, codec::Statistic statistic, codec::Reading reading,
            double value);
  Part* find_part(Node& leaf, std::string_view name);
  Series& series_of(Part& part, codec::Statistic statistic);
  [[nodiscard]] static Spot spot_of(const Part& part, codec::Statistic statistic);
  [[nodiscard]] bool said_already(const Part& part, codec::Statistic statistic) const;
  void complain(std::uint64_t& count, std::string_view problem);

  Options options_;
  Naming naming_;
  std::vector<std::pair<std::string, std::unique_ptr<Node>>> roots_;  // by origin
  std::vector<Wanted> wanted_;
  std::size_t parts_ = 0;     // with a place
  std::size_t unplaced_ = 0;  // remembered as having none
  std::unordered_map<std::string, std::string> statuses_;
  std::map<Spot, const Series*> first_hand_;  // what copies must not repeat
  Counts counts_;
  std::string last_problem_;

  // Of the notification at hand.
  wire::Notification read_;
  std::unique_ptr<::gnmi::TypedValue> value_;
  Path path_;
  std::vector<std::string_view> path_bytes_;  // it was read of these
  Captured captured_;
  std::int64_t time_unix_ns_ = 0;
  std::uint64_t notification_ = 0;
  std::size_t wide_deletes_ = 0;
  std::vector<codec::Observation>* out_ = nullptr;
};

}  // namespace caspilink::gnmi
