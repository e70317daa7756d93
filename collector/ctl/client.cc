#include "collector/ctl/client.h"

#include <utility>

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

namespace caspilink::ctl {
namespace {

constexpr int kMostMessageBytes = 64 << 20;
// A collector that restarts is found again this soon.
constexpr int kReconnect_ms = 1'000;
// An attempt that hangs, as one a collector took in while it was ending, is given up after this.
constexpr int kHandshake_ms = 5'000;

}  // namespace

Error error_of(const grpc::Status& status, const endpoint::Address& address) {
  const std::string& said = status.error_message();
  switch (status.error_code()) {
    case grpc::StatusCode::INVALID_ARGUMENT:
      return {ErrorCode::kInvalidInput, "", said};
    case grpc::StatusCode::NOT_FOUND:
      return {ErrorCode::kNotFound, "", said};
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::UNAUTHENTICATED:
      return {ErrorCode::kDenied, address.text(), said};
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return {ErrorCode::kExhausted, address.text(), said};
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return {ErrorCode::kUnavailable, address.text(), "no answer in time"};
    case grpc::StatusCode::CANCELLED:  // as a collector that is ending does with new calls
    case grpc::StatusCode::UNAVAILABLE:
      return {ErrorCode::kUnavailable, address.text(), "the collector does not answer: " + said};
    default:
      return {ErrorCode::kInternal, address.text(), said};
  }
}

Result<Client> Client::create(Connection connection, Seconds timeout) {
  auto credentials = endpoint::client_credentials(connection.tls);
  if (!credentials) return tl::unexpected(credentials.error());
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMostMessageBytes);
  // The least of them is also the time that gRPC gives a handshake.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kHandshake_ms);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnect_ms);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnect_ms);
  if (!connection.server_name.empty()) {
    arguments.SetSslTargetNameOverride(connection.server_name);
  }
  auto stub = wire::Query::NewStub(
      grpc::CreateCustomChannel(connection.address.text(), std::move(*credentials), arguments));
  return Client(std::move(connection.address), timeout, std::move(stub));
}

void Client::limit(grpc::ClientContext& context) const {
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::duration_cast<std::chrono::system_clock::duration>(
                           std::chrono::duration<double>(timeout_.value())));
}

Client::Open::Open(Calls& calls, grpc::ClientContext& context) : calls_(calls), context_(context) {
  const std::lock_guard lock(calls_.mutex);
  calls_.open.insert(&context_);
  if (calls_.over) context_.TryCancel();
}

Client::Open::~Open() {
  const std::lock_guard lock(calls_.mutex);
  calls_.open.erase(&context_);
}

void Client::cancel() {
  const std::lock_guard lock(calls_->mutex);
  calls_->over = true;
  for (grpc::ClientContext* context : calls_->open) context->TryCancel();
}

Result<std::string> Client::history(
    const wire::GetHistoryRequest& request,
    const std::function<void(const wire::GetHistoryResponse&)>& take) {
  grpc::ClientContext context;
  limit(context);
  const Open open(*calls_, context);
  const auto stream = stub_->GetHistory(&context, request);
  std::string next;
  wire::GetHistoryResponse message;
  while (stream->Read(&message)) {
    next = message.next_page();
    take(message);
  }
  const grpc::Status status = stream->Finish();
  if (!status.ok()) return tl::unexpected(error_of(status, address_));
  return next;
}

Result<void> Client::watch(const wire::WatchAlarmsRequest& request,
                           const std::function<bool(const wire::WatchAlarmsResponse&)>& take) {
  grpc::ClientContext context;
  const Open open(*calls_, context);
  const auto stream = stub_->WatchAlarms(&context, request);
  wire::WatchAlarmsResponse message;
  bool enough = false;
  while (!enough && stream->Read(&message)) enough = !take(message);
  if (enough) context.TryCancel();
  const grpc::Status status = stream->Finish();
  if (enough || status.ok()) return {};
  return tl::unexpected(error_of(status, address_));
}

}  // namespace caspilink::ctl
