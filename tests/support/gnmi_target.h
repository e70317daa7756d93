// A gNMI target on a loopback port that says what a test tells it to.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>

#include "proto/gnmi.grpc.pb.h"

namespace caspilink::test {

class GnmiTarget final : public ::gnmi::gNMI::Service {
 public:
  struct Options {
    std::vector<::gnmi::Encoding> encodings = {::gnmi::PROTO, ::gnmi::JSON_IETF};
    bool has_capabilities = true;
    bool takes_on_change = true;  // false: INVALID_ARGUMENT for a request that holds ON_CHANGE
    int port = 0;
    std::function<std::int64_t()> stamp;  // of a notification when it is written; none: its own
    std::shared_ptr<grpc::ServerCredentials> credentials;      // none: plain text
    std::optional<std::pair<std::string, std::string>> login;  // user name and password it asks for
  };

  GnmiTarget() : GnmiTarget(Options()) {}
  explicit GnmiTarget(Options options);
  ~GnmiTarget() override;

  [[nodiscard]] int port() const { return port_; }

  // The request of the next subscriber, each given once; nothing while there is none.
  [[nodiscard]] std::optional<::gnmi::SubscribeRequest> next_subscriber();
  // How often the present subscriber polled.
  [[nodiscard]] int polls();
  // What the target asks for from now on.
  void change_login(std::string username, std::string password);
  // To the present subscriber.
  void send(::gnmi::Notification notification);
  void send_sync();
  void end(const grpc::Status& status);

  // Of an update with the path in text form: "/components/component[name=x]/...".
  [[nodiscard]] static ::gnmi::Notification notification(std::int64_t timestamp,
                                                         const std::string& prefix = "");
  static ::gnmi::TypedValue& add(::gnmi::Notification& to, const std::string& path);
  static void add_delete(::gnmi::Notification& to, const std::string& path);

 private:
  grpc::Status Capabilities(grpc::ServerContext* context, const ::gnmi::CapabilityRequest* request,
                            ::gnmi::CapabilityResponse* response) override;
  grpc::Status Subscribe(grpc::ServerContext* context,
                         grpc::ServerReaderWriter<::gnmi::SubscribeResponse,
                                                  ::gnmi::SubscribeRequest>* stream) override;

  [[nodiscard]] bool knows(const grpc::ServerContext& context);

  Options options_;
  int port_ = 0;
  int polls_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<::gnmi::SubscribeRequest> subscribers_;
  std::deque<::gnmi::SubscribeResponse> outgoing_;
  std::uint64_t generation_ = 0;  // of subscribers: only the newest is served
  bool ended_ = false;
  grpc::Status end_status_;
  bool stopping_ = false;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace caspilink::test
