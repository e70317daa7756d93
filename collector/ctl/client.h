// Calls of the query API as Results: one channel, a deadline for every call but watching.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

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

  [[nodiscard]] const endpoint::Address& address() const { return address_; }

 private:
  Client(endpoint::Address address, Seconds timeout, std::unique_ptr<wire::Query::Stub> stub)
      : address_(std::move(address)), timeout_(timeout), stub_(std::move(stub)) {}
  void limit(grpc::ClientContext& context) const;

  endpoint::Address address_;
  Seconds timeout_;
  std::unique_ptr<wire::Query::Stub> stub_;
};

}  // namespace caspilink::ctl
