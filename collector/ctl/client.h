// Calls of the query API as Results: one channel, a deadline for every call but watching. Calls and
// cancel() may come from several threads.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include <grpcpp/client_context.h>

#include "collector/ctl/connection.h"
#include "link_models/result.h"
#include "link_models/units.h"
#include "proto/query.grpc.pb.h"

namespace caspilink::ctl {

namespace wire = ::caspilink::query::v1;

// The collector's answer as an error; kUnavailable, with the address, where there was none.
[[nodiscard]] Error error_of(const grpc::Status& status, const endpoint::Address& address);

class Client {
 public:
  // kInvalidInput or kNotFound for bad TLS files. Does not connect.
  [[nodiscard]] static Result<Client> create(Connection connection, Seconds timeout);

  template <typename Request, typename Response>
  [[nodiscard]] Result<Response> call(
      grpc::Status (wire::Query::Stub::*method)(grpc::ClientContext*, const Request&, Response*),
      const Request& request) {
    grpc::ClientContext context;
    limit(context);
    const Open open(*calls_, context);
    Response response;
    const grpc::Status status = (stub_.get()->*method)(&context, request, &response);
    if (!status.ok()) return tl::unexpected(error_of(status, address_));
    return response;
  }

  // One page; `take` gets its messages as they come, and the next page's name is given back.
  [[nodiscard]] Result<std::string> history(
      const wire::GetHistoryRequest& request,
      const std::function<void(const wire::GetHistoryResponse&)>& take);

  // Until `take` says false (nothing is wrong then) or the stream ends.
  [[nodiscard]] Result<void> watch(
      const wire::WatchAlarmsRequest& request,
      const std::function<bool(const wire::WatchAlarmsResponse&)>& take);

  // Ends what is under way, and whatever begins after it.
  void cancel();

  [[nodiscard]] const endpoint::Address& address() const { return address_; }

 private:
  // Calls under way.
  struct Calls {
    std::mutex mutex;
    std::set<grpc::ClientContext*> open;
    bool over = false;
  };
  // One of them, as long as it lives.
  class Open {
   public:
    Open(Calls& calls, grpc::ClientContext& context);
    ~Open();
    Open(const Open&) = delete;
    Open& operator=(const Open&) = delete;

   private:
    Calls& calls_;
    grpc::ClientContext& context_;
  };

  Client(endpoint::Address address, Seconds timeout, std::unique_ptr<wire::Query::Stub> stub)
      : address_(std::move(address)), timeout_(timeout), stub_(std::move(stub)) {}
  void limit(grpc::ClientContext& context) const;

  endpoint::Address address_;
  Seconds timeout_;
  std::unique_ptr<wire::Query::Stub> stub_;
  std::unique_ptr<Calls> calls_ = std::make_unique<Calls>();
};

}  // namespace caspilink::ctl
