// The fake of an SNMP agent: a table of values, walked as an agent walks it.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include "agent/sources/snmp/session.h"

namespace caspilink::snmp {

inline Oid oid_of(const char* text) { return parse_oid(text).value(); }
inline Value number(double value) { return {.kind = Value::Kind::kNumber, .number = value}; }
inline Value text(std::string value) {
  return {.kind = Value::Kind::kText, .text = std::move(value)};
}
inline Value counter(std::uint64_t value, bool wide = false) {
  return {.kind = Value::Kind::kCounter, .counter = value, .wide = wide};
}
inline Value none(Value::Kind kind) { return {.kind = kind}; }

struct FakeAgent {
  std::map<Oid, Value> values;
  std::optional<Failure> failure;
  // Answers instead of the table's, if it gives one.
  std::function<std::optional<Response>(const std::vector<Oid>&, bool bulk)> instead;
  std::size_t most_bindings = 1000;  // more is tooBig for a get
  int questions = 0;
  int sessions = 0;

  [[nodiscard]] Answer answer(const std::vector<Oid>& oids, bool bulk, int max_repetitions) {
    ++questions;
    if (failure) return tl::unexpected(*failure);
    if (instead) {
      if (auto response = instead(oids, bulk)) return *response;
    }
    Response response;
    if (bulk) {
      auto next = values.upper_bound(oids[0]);
      for (int count = 0; count < max_repetitions; ++count) {
        if (next == values.end()) {
          response.bindings.push_back({oids[0], none(Value::Kind::kEndOfMib)});
          break;
        }
        response.bindings.push_back({next->first, next->second});
        ++next;
      }
      return response;
    }
    if (oids.size() > most_bindings) return Response{.error_status = kTooBig};
    for (const Oid& oid : oids) {
      const auto found = values.find(oid);
      response.bindings.push_back(
          {oid, found == values.end() ? none(Value::Kind::kNoSuchObject) : found->second});
    }
    return response;
  }
};

class FakeSession final : public Session {
 public:
  FakeSession(asio::io_context& io, FakeAgent& agent) : io_(io), agent_(agent) {
    ++agent_.sessions;
  }
  void get(std::vector<Oid> oids, Done done) override {
    post(agent_.answer(oids, false, 0), std::move(done));
  }
  void get_bulk(Oid oid, int max_repetitions, Done done) override {
    post(agent_.answer({std::move(oid)}, true, max_repetitions), std::move(done));
  }

 private:
  void post(Answer answer, Done done) {
    asio::post(io_, [alive = std::weak_ptr(life_), answer = std::move(answer),
                     done = std::move(done)]() mutable {
      if (!alive.expired()) done(std::move(answer));
    });
  }

  asio::io_context& io_;
  FakeAgent& agent_;
  std::shared_ptr<int> life_ = std::make_shared<int>();
};

}  // namespace caspilink::snmp
