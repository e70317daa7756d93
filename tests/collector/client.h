// An agent's end of the telemetry stream, as plainly as gRPC allows.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include "proto/codec/wire.h"
#include "proto/endpoint/credentials.h"
#include "proto/telemetry.grpc.pb.h"

namespace caspilink::test {

namespace wire = telemetry::v1;

// A client that shows no certificate but trusts the CA.
inline std::shared_ptr<grpc::ChannelCredentials> without_certificate(const std::string& ca_pem) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = ca_pem;
  return grpc::SslCredentials(options);
}

class Client {
 public:
  // The stream ends by itself after `patience`, so that a test does not hang.
  Client(const std::string& address, std::shared_ptr<grpc::ChannelCredentials> credentials,
         std::chrono::seconds patience = std::chrono::seconds(30)) {
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride("collector");
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub_ = wire::Telemetry::NewStub(
        grpc::CreateCustomChannel(address, std::move(credentials), arguments));
    context_.set_deadline(std::chrono::system_clock::now() + patience);
    context_.set_wait_for_ready(true);
    stream_ = stub_->Report(&context_);
  }
  Client(const std::string& address, const endpoint::TlsFiles& files,
         std::chrono::seconds patience = std::chrono::seconds(30))
      : Client(address, endpoint::client_credentials(files).value(), patience) {}

  bool hello(const std::string& station, std::uint64_t boot = 1) {
    wire::AgentMessage message;
    message.mutable_hello()->set_station(station);
    message.mutable_hello()->set_boot(boot);
    return stream_->Write(message);
  }
  bool declare(const codec::Catalogue& catalogue) {
    wire::AgentMessage message;
    codec::encode(catalogue, *message.mutable_declarations());
    return stream_->Write(message);
  }
  bool send(const codec::Batch& batch) {
    wire::AgentMessage message;
    codec::encode(batch, *message.mutable_batch());
    return stream_->Write(message);
  }
  bool send(const wire::AgentMessage& message) { return stream_->Write(message); }

  // Nothing once the stream has ended.
  std::optional<wire::CollectorMessage> read() {
    wire::CollectorMessage message;
    if (!stream_->Read(&message)) return std::nullopt;
    return message;
  }
  // The next acknowledgement, whatever comes before it.
  std::optional<wire::Acknowledgement> acknowledgement() {
    while (const auto message = read()) {
      if (message->has_acknowledgement()) return message->acknowledgement();
    }
    return std::nullopt;
  }

  void writes_done() { stream_->WritesDone(); }

  // Says that no more will come, and gives the stream's status.
  grpc::Status finish() {
    stream_->WritesDone();
    while (read()) {
    }
    return stream_->Finish();
  }
  // Waits for the collector to end the stream.
  grpc::Status ended() {
    while (read()) {
    }
    return stream_->Finish();
  }
  void cancel() { context_.TryCancel(); }

 private:
  std::unique_ptr<wire::Telemetry::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<wire::AgentMessage, wire::CollectorMessage>> stream_;
};

}  // namespace caspilink::test
