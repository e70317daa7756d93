// Questions to one SNMP agent and their answers, without anybody's library in them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "agent/sources/snmp/oid.h"

namespace caspilink::snmp {

struct Value {
  enum class Kind : std::uint8_t {
    kNumber,          // INTEGER, Gauge32, TimeTicks, Opaque float and double
    kCounter,         // Counter32 and Counter64
    kText,            // OCTET STRING
    kOther,           // anything else that exists
    kNoSuchObject,    // the agent does not know the object
    kNoSuchInstance,  // it knows it, and there is no such row now
    kEndOfMib,        // nothing comes after
  };
  Kind kind = Kind::kOther;
  double number = 0;
  std::uint64_t counter = 0;
  bool wide = false;  // Counter64
  std::string text;   // at most kLongestText bytes, whatever they are

  static constexpr std::size_t kLongestText = 255;
};

struct Binding {
  Oid oid;
  Value value;
};

struct Response {
  int error_status = 0;  // RFC 3416 clause 3: 0 none, 1 tooBig, 5 genErr, ...
  int error_index = 0;   // from 1; 0 where it names none
  std::vector<Binding> bindings;
};
inline constexpr int kTooBig = 1;

// No answer: why, as a word that is counted, and as a line without secrets.
struct Failure {
  std::string kind;  // "timeout", "auth", "credentials", "resolve", "send", "report"
  std::string detail;

  friend bool operator==(const Failure&, const Failure&) = default;
};

using Answer = tl::expected<Response, Failure>;
using Done = std::function<void(Answer)>;

// One question at a time. `done` is called once, later, from the io_context; not after the session
// is gone. After a Failure a session is of no use.
class Session {
 public:
  virtual ~Session() = default;
  virtual void get(std::vector<Oid> oids, Done done) = 0;
  // What comes after `oid`, up to `max_repetitions` of it.
  virtual void get_bulk(Oid oid, int max_repetitions, Done done) = 0;
};

using MakeSession = std::function<std::unique_ptr<Session>()>;

}  // namespace caspilink::snmp
