// One round of questions to one SNMP agent.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/sources/snmp/session.h"

namespace caspilink::snmp {

struct Questions {
  std::vector<Oid> objects;  // asked for as they are
  std::vector<Oid> columns;  // walked
};

struct PollLimits {
  int max_repetitions = 25;
  std::size_t max_rows = 4096;  // of one column
};

struct Walked {
  std::map<Oid, Value> rows;  // by index
  bool whole = false;         // false: what is not there may be there
};

struct Answers {
  std::map<Oid, Value> objects;
  std::map<Oid, Walked> columns;
  // What went wrong without ending the round, by kind: "agent_error", "too_many_rows",
  // "not_increasing".
  std::map<std::string, std::uint64_t> troubles;
};

// Asks one question after the other, because small equipment has room for one. A question without
// an answer ends the round.
class Poll {
 public:
  using Finished = std::function<void(tl::expected<Answers, Failure>)>;

  // `session` outlives the poll; `finished` may destroy both.
  Poll(Session& session, const Questions& questions, PollLimits limits, Finished finished);
  void start();

 private:
  void next();
  void ask_objects();
  void take_objects(const std::vector<Oid>& asked, const Response& response);
  void walk();
  bool take_rows(const Response& response);  // whether there may be more
  void end_column(bool whole);

  Session& session_;
  const PollLimits limits_;
  Finished finished_;
  std::vector<Oid> objects_;  // still to ask for, last first
  std::vector<Oid> columns_;
  std::size_t objects_at_once_ = 20;
  int repetitions_;
  Oid last_;  // of the column that is being walked
  Answers answers_;
};

}  // namespace caspilink::snmp
