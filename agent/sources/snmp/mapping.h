// What a poll brought, as observations.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/sources/snmp/configuration.h"
#include "agent/sources/snmp/poll.h"
#include "proto/codec/observation.h"

namespace caspilink::snmp {

struct Mapped {
  std::vector<codec::Observation> observations;
  bool restarted = false;  // the equipment did, since the poll before
  std::uint64_t rows_with_place = 0;
  std::uint64_t rows_without = 0;               // no pattern fits their name
  std::map<std::string, std::uint64_t> errors;  // "invalid_value", "ambiguous", "sensor"
  std::string example;                          // of the errors
};

// Remembers what has been seen, to tell what is gone from what never was, and counters, to tell
// differences. An object the equipment does not know is not supported; an instance that is not
// there is withdrawn if it was there before, else not supported; a row that is gone is withdrawn,
// once.
class Mapping {
 public:
  explicit Mapping(TargetConfiguration target);

  [[nodiscard]] const Questions& questions() const { return questions_; }
  [[nodiscard]] Mapped map(const Answers& answers, std::int64_t now_unix_ns);
  // A poll was missed: what is counted next has no beginning.
  void missed() { counters_.clear(); }

 private:
  struct Round;
  bool restarted(const Answers& answers);
  void map_point(const Point& point, Round& round);
  void map_table(const Table& table, Round& round);
  void map_sensors(Round& round);
  void take(const codec::MeasurementPoint& point, const Meaning& meaning, const Value& value,
            Round& round);
  void emit(const codec::MeasurementPoint& point, codec::Reading reading, double value,
            Round& round);
  void withdraw_gone(const Oid& column, const std::set<codec::MeasurementPoint>& present,
                     Round& round);

  const TargetConfiguration target_;
  Questions questions_;
  std::optional<double> uptime_;                           // ticks of 10 ms
  std::set<codec::MeasurementPoint> had_;                  // scalars that had a value
  std::map<Oid, std::set<codec::MeasurementPoint>> rows_;  // by column, of the poll before
  std::map<codec::MeasurementPoint, std::uint64_t> counters_;
};

}  // namespace caspilink::snmp
