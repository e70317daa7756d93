#include "tests/support/gnmi_target.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>

#include <grpcpp/server_builder.h>

#include "agent/sources/gnmi/path.h"

namespace caspilink::test {
namespace {

void write(const std::string& text, ::gnmi::Path& out) {
  gnmi::write_path(gnmi::parse_path(text).value(), out);
}

}  // namespace

GnmiTarget::GnmiTarget(Options options) : options_(std::move(options)) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(
      "127.0.0.1:" + std::to_string(options_.port),
      options_.credentials ? options_.credentials : grpc::InsecureServerCredentials(), &port_);
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
  if (!server_) throw std::runtime_error("gNMI target cannot listen");
}

GnmiTarget::~GnmiTarget() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  server_->Shutdown(std::chrono::system_clock::now());
}

bool GnmiTarget::knows(const grpc::ServerContext& context) {
  const std::lock_guard lock(mutex_);
  if (!options_.login) return true;
  const auto says = [&](const char* key, const std::string& value) {
    const auto found = context.client_metadata().find(key);
    return found != context.client_metadata().end() && found->second == value;
  };
  return says("username", options_.login->first) && says("password", options_.login->second);
}

grpc::Status GnmiTarget::Capabilities(grpc::ServerContext* context,
                                      const ::gnmi::CapabilityRequest* /*request*/,
                                      ::gnmi::CapabilityResponse* response) {
  if (!knows(*context)) return {grpc::StatusCode::UNAUTHENTICATED, "who are you"};
  if (!options_.has_capabilities) return {grpc::StatusCode::UNIMPLEMENTED, "no Capabilities"};
  for (const auto encoding : options_.encodings) response->add_supported_encodings(encoding);
  response->set_gnmi_version("0.10.0");
  return grpc::Status::OK;
}

grpc::Status GnmiTarget::Subscribe(
    grpc::ServerContext* context,
    grpc::ServerReaderWriter<::gnmi::SubscribeResponse, ::gnmi::SubscribeRequest>* stream) {
  if (!knows(*context)) return {grpc::StatusCode::UNAUTHENTICATED, "who are you"};
  ::gnmi::SubscribeRequest request;
  if (!stream->Read(&request)) return {grpc::StatusCode::INVALID_ARGUMENT, "no request"};
  const auto& subscriptions = request.subscribe().subscription();
  const bool on_change = std::ranges::any_of(
      subscriptions, [](const auto& each) { return each.mode() == ::gnmi::ON_CHANGE; });
  std::unique_lock lock(mutex_);
  const std::uint64_t mine = ++generation_;
  subscribers_.push_back(request);
  outgoing_.clear();
  ended_ = false;
  polls_ = 0;
  changed_.notify_all();
  // Joins when the client or the end of the call ends the reading.
  std::jthread poller;
  if (request.subscribe().mode() == ::gnmi::SubscriptionList::POLL) {
    poller = std::jthread([this, stream, mine] {
      ::gnmi::SubscribeRequest poll;
      while (stream->Read(&poll)) {
        const std::lock_guard counting(mutex_);
        if (mine == generation_ && poll.has_poll()) ++polls_;
      }
    });
  }
  if (on_change && !options_.takes_on_change) {
    return {grpc::StatusCode::INVALID_ARGUMENT, "ON_CHANGE is not for us"};
  }
  const auto leave = [&](const grpc::Status& status) {
    lock.unlock();
    if (poller.joinable()) context->TryCancel();
    return status;
  };
  while (true) {
    changed_.wait(lock,
                  [&] { return stopping_ || ended_ || mine != generation_ || !outgoing_.empty(); });
    if (stopping_ || mine != generation_) {
      return leave({grpc::StatusCode::UNAVAILABLE, "going down"});
    }
    if (!outgoing_.empty()) {
      ::gnmi::SubscribeResponse response = std::move(outgoing_.front());
      outgoing_.pop_front();
      lock.unlock();
      if (options_.stamp && response.has_update()) {
        response.mutable_update()->set_timestamp(options_.stamp());
      }
      const bool sent = stream->Write(response);
      lock.lock();
      if (!sent) return leave(grpc::Status::CANCELLED);
      continue;
    }
    return leave(end_status_);
  }
}

int GnmiTarget::polls() {
  const std::lock_guard lock(mutex_);
  return polls_;
}

void GnmiTarget::change_login(std::string username, std::string password) {
  const std::lock_guard lock(mutex_);
  options_.login = {std::move(username), std::move(password)};
}

std::optional<::gnmi::SubscribeRequest> GnmiTarget::next_subscriber() {
  const std::lock_guard lock(mutex_);
  if (subscribers_.empty()) return std::nullopt;
  auto request = std::move(subscribers_.front());
  subscribers_.pop_front();
  return request;
}

void GnmiTarget::send(::gnmi::Notification notification) {
  const std::lock_guard lock(mutex_);
  *outgoing_.emplace_back().mutable_update() = std::move(notification);
  changed_.notify_all();
}

void GnmiTarget::send_sync() {
  const std::lock_guard lock(mutex_);
  outgoing_.emplace_back().set_sync_response(true);
  changed_.notify_all();
}

void GnmiTarget::end(const grpc::Status& status) {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  end_status_ = status;
  changed_.notify_all();
}

::gnmi::Notification GnmiTarget::notification(std::int64_t timestamp, const std::string& prefix) {
  ::gnmi::Notification made;
  made.set_timestamp(timestamp);
  if (!prefix.empty()) write(prefix, *made.mutable_prefix());
  return made;
}

::gnmi::TypedValue& GnmiTarget::add(::gnmi::Notification& to, const std::string& path) {
  auto& update = *to.add_update();
  write(path, *update.mutable_path());
  return *update.mutable_val();
}

void GnmiTarget::add_delete(::gnmi::Notification& to, const std::string& path) {
  write(path, *to.add_delete_());
}

}  // namespace caspilink::test
