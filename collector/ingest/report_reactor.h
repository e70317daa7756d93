// One Report stream: reads while there is room, writes one message at a time, finishes once. Holds
// only its own messages; everything else happens behind the sink.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "collector/ingest/log_gate.h"
#include "collector/ingest/server.h"
#include "collector/ingest/sink.h"
#include "proto/telemetry.pb.h"

namespace caspilink::ingest {

class ReportReactor final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                            public Stream {
 public:
  // What streams share; outlives them.
  struct Shared {
    const Limits& limits;
    Sink& sink;
    LogGate& log_gate;
  };

  // Begins to read, or ends at once where `peer` is a refusal or the station is not `admitted`
  // because it has too many calls open. Lives until gRPC is done with it and nobody holds it any
  // more.
  static std::shared_ptr<ReportReactor> start(Shared shared, grpc::CallbackServerContext& context,
                                              tl::expected<std::string, Refused> peer,
                                              bool admitted, std::int64_t now_unix_ns);

  void acknowledge(codec::BatchId id, Outcome outcome, std::string detail) override;
  void keep_declarations() override;
  void ask_to_reload(std::uint64_t request) override;
  void close(Error error) override;

  // Ends the stream where it should have said Hello, or taken an answer, by now.
  void sweep(std::int64_t now_unix_ns);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  ReportReactor(Shared shared, grpc::CallbackServerContext& context, std::int64_t now_unix_ns)
      : limits_(shared.limits),
        sink_(shared.sink),
        log_gate_(shared.log_gate),
        started_unix_ns_(now_unix_ns),
        context_(context) {}

  // Of the one message that was read; an error ends the stream.
  grpc::Status handle();
  grpc::Status handle_hello();
  grpc::Status handle_declarations();
  grpc::Status handle_batch();
  grpc::Status handle_reloaded();
  grpc::Status refuse(Refusal reason, grpc::StatusCode code, std::string detail);
  grpc::Status limit(Limit limit, std::string detail);

  void await_answer();  // to the message that was read

  // With the mutex held.
  void send_configuration(std::uint64_t reload_request);
  void read_if_room();
  void write_next();
  void finish(grpc::Status status);
  void finish_if_drained();

  const Limits& limits_;
  Sink& sink_;
  LogGate& log_gate_;
  const std::int64_t started_unix_ns_;
  grpc::CallbackServerContext& context_;  // until OnDone
  std::string station_;                   // of the certificate
  std::shared_ptr<ReportReactor> self_;

  // Belongs to the read that is outstanding, then to handle().
  grpc::ByteBuffer incoming_bytes_;
  std::size_t incoming_size_ = 0;
  telemetry::v1::AgentMessage incoming_;

  std::mutex mutex_;  // guards the rest
  bool greeted_ = false;
  // Answers that may come: to what was asked here, and one to what was asked on a stream before.
  std::uint64_t reload_answers_ = 1;
  bool reading_ = false;
  bool read_ended_ = false;  // the agent will send no more
  bool writing_ = false;
  bool finished_ = false;
  bool done_ = false;  // gRPC is
  std::uint64_t writes_ = 0;
  std::uint64_t watched_write_ = 0;  // of the sweep before
  std::int64_t watched_since_unix_ns_ = 0;
  std::optional<grpc::Status> finish_after_write_;
  grpc::ByteBuffer outgoing_bytes_;
  telemetry::v1::CollectorMessage outgoing_;
  std::deque<telemetry::v1::CollectorMessage> queue_;
  std::deque<std::size_t> unacknowledged_;  // sizes of messages whose answer is not out
  std::size_t unacknowledged_bytes_ = 0;
};

}  // namespace caspilink::ingest
