#include "collector/ingest/report_reactor.h"

#include <utility>

#include <fmt/format.h>
#include <grpc/grpc.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <spdlog/spdlog.h>

namespace caspilink::ingest {
namespace {

grpc::StatusCode status_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidInput:
      return grpc::StatusCode::INVALID_ARGUMENT;
    case ErrorCode::kDenied:
      return grpc::StatusCode::PERMISSION_DENIED;
    case ErrorCode::kExhausted:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case ErrorCode::kUnavailable:
      return grpc::StatusCode::UNAVAILABLE;
    default:
      return grpc::StatusCode::INTERNAL;
  }
}

telemetry::v1::Acknowledgement::Outcome on_the_wire(Outcome outcome) {
  using telemetry::v1::Acknowledgement;
  switch (outcome) {
    case Outcome::kAccepted:
      return Acknowledgement::OUTCOME_ACCEPTED;
    case Outcome::kDuplicate:
      return Acknowledgement::OUTCOME_DUPLICATE;
    case Outcome::kRefused:
      break;
  }
  return Acknowledgement::OUTCOME_REFUSED;
}

constexpr const char* kUnread = "acknowledgements are not read";

}  // namespace

std::shared_ptr<ReportReactor> ReportReactor::start(Shared shared,
                                                    grpc::CallbackServerContext& context,
                                                    tl::expected<std::string, Refused> peer,
                                                    bool admitted, std::int64_t now_unix_ns) {
  std::shared_ptr<ReportReactor> reactor(new ReportReactor(shared, context, now_unix_ns));
  reactor->self_ = reactor;
  const std::lock_guard lock(reactor->mutex_);
  if (!peer) {
    reactor->finish(reactor->refuse(peer.error().reason,
                                    peer.error().reason == Refusal::kUnknownStation
                                        ? grpc::StatusCode::PERMISSION_DENIED
                                        : grpc::StatusCode::UNAUTHENTICATED,
                                    peer.error().detail));
  } else {
    reactor->station_ = std::move(*peer);
    if (admitted) {
      reactor->read_if_room();
    } else {
      reactor->finish(reactor->limit(Limit::kStreams, "too many calls are open already"));
    }
  }
  return reactor;
}

grpc::Status ReportReactor::refuse(Refusal reason, grpc::StatusCode code, std::string detail) {
  if (const auto held_back = log_gate_.admit(to_string(reason), started_unix_ns_)) {
    spdlog::warn("ingest: refused an agent: {}: {}{}", to_string(reason), detail,
                 LogGate::suffix(*held_back));
  }
  sink_.refused(reason);
  return {code, std::move(detail)};
}

grpc::Status ReportReactor::limit(Limit limit, std::string detail) {
  sink_.limited(station_, limit, detail);
  return {limit == Limit::kHelloTime ? grpc::StatusCode::DEADLINE_EXCEEDED
                                     : grpc::StatusCode::RESOURCE_EXHAUSTED,
          std::move(detail)};
}

void ReportReactor::acknowledge(codec::BatchId id, Outcome outcome, std::string detail) {
  const std::lock_guard lock(mutex_);
  if (finished_) return;
  auto& acknowledgement = *queue_.emplace_back().mutable_acknowledgement();
  acknowledgement.set_boot(id.boot);
  acknowledgement.set_sequence(id.sequence);
  acknowledgement.set_outcome(on_the_wire(outcome));
  acknowledgement.set_detail(std::move(detail));
  write_next();
}

void ReportReactor::keep_declarations() {
  const std::lock_guard lock(mutex_);
  if (finished_) return;
  unacknowledged_bytes_ -= unacknowledged_.front();
  unacknowledged_.pop_front();
  read_if_room();
  finish_if_drained();
}

void ReportReactor::ask_to_reload(std::uint64_t request) {
  const std::lock_guard lock(mutex_);
  if (finished_ || !greeted_) return;
  ++reload_answers_;
  send_configuration(request);
}

void ReportReactor::close(Error error) {
  const std::lock_guard lock(mutex_);
  finish({status_code(error.code), error.message()});
}

void ReportReactor::sweep(std::int64_t now_unix_ns) {
  grpc_call* stuck = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (done_) return;
    if (!finished_ && !greeted_ && now_unix_ns - started_unix_ns_ > limits_.hello_timeout_ns) {
      finish(limit(Limit::kHelloTime, "no Hello in time"));
    }
    if (!writing_ || writes_ != watched_write_) {
      watched_write_ = writes_;
      watched_since_unix_ns_ = now_unix_ns;
      return;
    }
    if (now_unix_ns - watched_since_unix_ns_ <= limits_.unread_timeout_ns) return;
    watched_since_unix_ns_ = now_unix_ns;
    if (!finished_) {
      finished_ = true;
      queue_.clear();
      finish_after_write_ = limit(Limit::kUnreadAnswers, kUnread);
    }
    stuck = context_.c_call();
    grpc_call_ref(stuck);
  }
  // A status waits behind the write that the agent does not take; only cancelling overtakes it.
  // gRPC may call back from here, so that the mutex must be free.
  grpc_call_cancel_with_status(stuck, GRPC_STATUS_RESOURCE_EXHAUSTED, kUnread, nullptr);
  grpc_call_unref(stuck);
}

void ReportReactor::OnReadDone(bool ok) {
  if (!ok) {
    const std::lock_guard lock(mutex_);
    reading_ = false;
    read_ended_ = true;
    finish_if_drained();
    return;
  }
  // Decoding needs no lock: nobody reads into incoming_bytes_ before the next StartRead.
  grpc::Status status = handle();
  const std::lock_guard lock(mutex_);
  reading_ = false;
  if (!status.ok()) {
    finish(std::move(status));
  } else {
    read_if_room();
  }
}

grpc::Status ReportReactor::handle() {
  incoming_size_ = incoming_bytes_.Length();
  if (incoming_size_ > limits_.max_message_bytes) {
    incoming_bytes_.Clear();
    return limit(Limit::kMessageSize, fmt::format("a message of {} bytes, at most {}",
                                                  incoming_size_, limits_.max_message_bytes));
  }
  if (!grpc::SerializationTraits<telemetry::v1::AgentMessage>::Deserialize(&incoming_bytes_,
                                                                           &incoming_)
           .ok()) {
    return {grpc::StatusCode::INVALID_ARGUMENT, "not an AgentMessage"};
  }
  using Body = telemetry::v1::AgentMessage::BodyCase;
  const bool hello = incoming_.body_case() == Body::kHello;
  if (greeted_ == hello) {
    return {grpc::StatusCode::INVALID_ARGUMENT, "Hello comes first, and once"};
  }
  switch (incoming_.body_case()) {
    case Body::kHello:
      return handle_hello();
    case Body::kBatch:
      return handle_batch();
    case Body::kDeclarations:
      return handle_declarations();
    case Body::kReloaded:
      return handle_reloaded();
    case Body::BODY_NOT_SET:
      break;
  }
  return {grpc::StatusCode::INVALID_ARGUMENT, "a message without a body"};
}

grpc::Status ReportReactor::handle_declarations() {
  for (const auto& series : incoming_.declarations().series()) {
    if (series.number() > limits_.max_series) {
      return limit(Limit::kSeries, fmt::format("series {}: numbers go up to {}", series.number(),
                                               limits_.max_series));
    }
  }
  auto catalogue = codec::decode(incoming_.declarations());
  if (!catalogue) return {grpc::StatusCode::INVALID_ARGUMENT, catalogue.error().message()};
  await_answer();
  sink_.declared(self_, std::move(*catalogue));
  return grpc::Status::OK;
}

grpc::Status ReportReactor::handle_hello() {
  const telemetry::v1::Hello& hello = incoming_.hello();
  if (hello.station() != station_) {
    return refuse(
        Refusal::kWrongStation, grpc::StatusCode::PERMISSION_DENIED,
        fmt::format("the certificate is for station {}, not for the one in Hello", station_));
  }
  if (hello.boot() == 0) return {grpc::StatusCode::INVALID_ARGUMENT, "hello: boot is 0"};
  sink_.opened(self_, station_);
  const std::lock_guard lock(mutex_);
  greeted_ = true;
  send_configuration(0);
  return grpc::Status::OK;
}

grpc::Status ReportReactor::handle_reloaded() {
  auto answer = codec::decode(incoming_.reloaded());
  if (!answer) return {grpc::StatusCode::INVALID_ARGUMENT, answer.error().message()};
  {
    const std::lock_guard lock(mutex_);
    if (reload_answers_ == 0) {
      return {grpc::StatusCode::INVALID_ARGUMENT, "reloaded: nobody asked"};
    }
    --reload_answers_;
  }
  sink_.reloaded(self_, std::move(*answer));
  return grpc::Status::OK;
}

void ReportReactor::send_configuration(std::uint64_t reload_request) {
  auto& configuration = *queue_.emplace_back().mutable_configuration();
  configuration.set_revision(1 + reload_request);
  configuration.set_reload_request(reload_request);
  configuration.set_sample_interval_nanos(limits_.sample_interval_ns);
  configuration.set_max_batch_samples(limits_.max_batch_samples);
  configuration.set_max_series(limits_.max_series);
  configuration.set_max_unacknowledged_batches(limits_.max_unacknowledged_batches);
  write_next();
}

grpc::Status ReportReactor::handle_batch() {
  const telemetry::v1::Batch& wire = incoming_.batch();
  const auto rows = static_cast<std::uint32_t>(wire.series_size());
  if (rows > limits_.max_batch_samples) {
    return limit(Limit::kBatchSamples,
                 fmt::format("a batch of {} samples, at most {}", rows, limits_.max_batch_samples));
  }
  await_answer();
  auto batch = codec::decode(wire);
  if (batch) {
    sink_.received(self_, std::move(*batch));
  } else {
    sink_.malformed(self_, {.boot = wire.boot(), .sequence = wire.sequence()}, batch.error());
  }
  return grpc::Status::OK;
}

void ReportReactor::await_answer() {
  const std::lock_guard lock(mutex_);
  unacknowledged_.push_back(incoming_size_);
  unacknowledged_bytes_ += incoming_size_;
}

void ReportReactor::read_if_room() {
  if (finished_ || reading_ || read_ended_) return;
  if (unacknowledged_.size() >= limits_.max_unacknowledged_batches) return;
  if (unacknowledged_bytes_ >= limits_.max_unacknowledged_bytes) return;
  reading_ = true;
  StartRead(&incoming_bytes_);
}

void ReportReactor::write_next() {
  if (writing_ || finished_ || queue_.empty()) return;
  outgoing_ = std::move(queue_.front());
  queue_.pop_front();
  writing_ = true;
  ++writes_;
  bool own = false;
  outgoing_bytes_.Clear();
  // Fails for messages over 2 GiB only.
  (void)grpc::SerializationTraits<telemetry::v1::CollectorMessage>::Serialize(
      outgoing_, &outgoing_bytes_, &own);
  // With more to come gRPC may put several into one packet.
  StartWrite(&outgoing_bytes_,
             queue_.empty() ? grpc::WriteOptions() : grpc::WriteOptions().set_buffer_hint());
}

void ReportReactor::OnWriteDone(bool ok) {
  const std::lock_guard lock(mutex_);
  writing_ = false;
  if (finish_after_write_) {
    Finish(*std::exchange(finish_after_write_, std::nullopt));
    return;
  }
  if (!ok) {
    finish({grpc::StatusCode::UNAVAILABLE, "the agent is gone"});
    return;
  }
  // Only an answer that is on its way makes room: whoever does not read them is not read from.
  // Answers may come in another order than batches; over all of them the sizes are the same.
  if (outgoing_.has_acknowledgement()) {
    unacknowledged_bytes_ -= unacknowledged_.front();
    unacknowledged_.pop_front();
  }
  write_next();
  read_if_room();
  finish_if_drained();
}

void ReportReactor::finish_if_drained() {
  if (!read_ended_ || writing_ || !queue_.empty() || !unacknowledged_.empty()) return;
  finish(grpc::Status::OK);
}

void ReportReactor::finish(grpc::Status status) {
  if (finished_) return;
  finished_ = true;
  queue_.clear();
  if (writing_) {
    finish_after_write_ = std::move(status);
  } else {
    Finish(std::move(status));
  }
}

void ReportReactor::OnCancel() {
  const std::lock_guard lock(mutex_);
  finish({grpc::StatusCode::CANCELLED, "cancelled"});
}

void ReportReactor::OnDone() {
  const auto keep = std::move(self_);
  bool greeted = false;
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    done_ = true;
    greeted = greeted_;
  }
  if (greeted) sink_.closed(keep);
}

}  // namespace caspilink::ingest
