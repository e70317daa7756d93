// One Report stream: reads while there is room, writes one message at a time, finishes once. Holds
// only its own messages; everything else happens behind the sink.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <grpcpp/support/server_callback.h>

#include "collector/ingest/server.h"
#include "collector/ingest/sink.h"
#include "proto/telemetry.pb.h"

namespace caspilink::ingest {

class ReportReactor final
    : public grpc::ServerBidiReactor<telemetry::v1::AgentMessage, telemetry::v1::CollectorMessage>,
      public Stream {
 public:
  // Begins to read, or refuses at once where `peer` is a refusal. Lives until gRPC is done with it
  // and nobody holds it any more.
  static std::shared_ptr<ReportReactor> start(const Limits& limits, Sink& sink,
                                              tl::expected<std::string, Refused> peer,
                                              std::int64_t now_unix_ns);

  void acknowledge(codec::BatchId id, Outcome outcome, std::string detail) override;
  void close(Error error) override;

  // Ends the stream where it should have said Hello by now.
  void expect_hello(std::int64_t now_unix_ns);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  ReportReactor(const Limits& limits, Sink& sink, std::int64_t now_unix_ns)
      : limits_(limits), sink_(sink), started_unix_ns_(now_unix_ns) {}

  // Of the one message that was read; an error ends the stream.
  grpc::Status handle();
  grpc::Status handle_hello();
  grpc::Status handle_batch();
  grpc::Status refuse(Refusal reason, grpc::StatusCode code, std::string detail);

  // With the mutex held.
  void read_if_room();
  void write_next();
  void finish(grpc::Status status);
  void finish_if_drained();

  const Limits& limits_;
  Sink& sink_;
  const std::int64_t started_unix_ns_;
  std::string station_;  // of the certificate
  std::shared_ptr<ReportReactor> self_;

  // Belongs to the read that is outstanding, then to handle().
  telemetry::v1::AgentMessage incoming_;

  std::mutex mutex_;  // guards the rest
  bool greeted_ = false;
  bool reading_ = false;
  bool read_ended_ = false;  // the agent will send no more
  bool writing_ = false;
  bool finished_ = false;
  std::optional<grpc::Status> finish_after_write_;
  telemetry::v1::CollectorMessage outgoing_;
  std::deque<telemetry::v1::CollectorMessage> queue_;
  std::deque<std::size_t> unacknowledged_;  // sizes of batches whose answer is not written
  std::size_t unacknowledged_bytes_ = 0;
};

}  // namespace caspilink::ingest
