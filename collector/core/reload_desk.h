// Operators who wait for an agent that was asked to read its configuration again. Owned by the
// thread of the io_context.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "collector/ingest/sink.h"
#include "link_models/result.h"
#include "proto/codec/reload.h"

namespace caspilink::core {

class ReloadDesk {
 public:
  // Comes once. kUnavailable where no answer came in time: the agent may still do what was asked.
  using Reply = std::function<void(Result<codec::ReloadAnswer>)>;

  // Asks every stream given, which are one agent's; the first answer counts.
  void ask(const std::string& station, const std::vector<ingest::StreamPtr>& streams,
           std::int64_t now_unix_ns, Reply reply);
  // What an agent of `station` says. Answers that nobody waits for are let go.
  void answered(const std::string& station, codec::ReloadAnswer answer);
  // To be called now and then.
  void give_up(std::int64_t now_unix_ns);

 private:
  struct Waiting {
    std::string station;
    std::int64_t until_unix_ns = 0;
    Reply reply;
  };
  std::uint64_t requests_ = 0;
  std::map<std::uint64_t, Waiting> waiting_;  // by request
};

}  // namespace caspilink::core
