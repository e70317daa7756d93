#include "tests/support/telemetry_collector.h"

#include <chrono>
#include <optional>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <grpcpp/server_builder.h>

namespace caspilink::test {
namespace {

constexpr std::chrono::seconds kPatience{30};

}  // namespace

TelemetryCollector::TelemetryCollector(Options options, std::shared_ptr<Memory> memory)
    : options_(std::move(options)), memory_(std::move(memory)) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(
      "127.0.0.1:" + std::to_string(options_.port),
      options_.credentials ? options_.credentials : grpc::InsecureServerCredentials(), &port_);
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
  if (!server_) throw std::runtime_error("collector cannot listen");
}

TelemetryCollector::~TelemetryCollector() { server_->Shutdown(std::chrono::system_clock::now()); }

void TelemetryCollector::judge_by(
    std::function<std::optional<Outcome>(const codec::Batch&)> judge) {
  const std::lock_guard lock(mutex_);
  judge_ = std::move(judge);
}

void TelemetryCollector::turn_away(const grpc::Status& status) {
  const std::lock_guard lock(mutex_);
  turned_away_ = status;
  for (grpc::ServerContext* context : contexts_) context->TryCancel();
}

bool TelemetryCollector::wait(const std::function<bool(const Memory&)>& condition) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return condition(*memory_); });
}

std::uint64_t TelemetryCollector::samples() {
  const std::lock_guard lock(mutex_);
  return memory_->samples;
}

TelemetryCollector::Memory TelemetryCollector::memory() {
  const std::lock_guard lock(mutex_);
  return *memory_;
}

grpc::Status TelemetryCollector::Report(grpc::ServerContext* context, Stream* stream) {
  {
    const std::lock_guard lock(mutex_);
    if (!turned_away_.ok()) return turned_away_;
    contexts_.insert(context);
  }
  std::map<std::uint64_t, std::set<std::uint32_t>> declared;
  telemetry::v1::AgentMessage message;
  bool greeted = false;
  while (stream->Read(&message)) {
    if (message.has_hello()) {
      const std::lock_guard lock(mutex_);
      if (std::exchange(greeted, true)) memory_->complaints.emplace_back("a second Hello");
      memory_->hellos.push_back(message.hello());
      changed_.notify_all();
      telemetry::v1::CollectorMessage answer;
      *answer.mutable_configuration() = options_.configuration;
      stream->Write(answer);
    } else if (message.has_declarations()) {
      const auto catalogue = codec::decode(message.declarations());
      const std::lock_guard lock(mutex_);
      if (!catalogue) {
        memory_->complaints.push_back(catalogue.error().message());
        continue;
      }
      for (const auto& [number, point] : catalogue->series) {
        if (!declared[catalogue->boot].insert(number).second) {
          memory_->complaints.push_back(fmt::format("series {} declared twice", number));
        }
      }
      memory_->catalogues.push_back(*catalogue);
    } else if (message.has_batch()) {
      const auto batch = codec::decode(message.batch());
      bool answer = false;
      telemetry::v1::CollectorMessage reply;
      {
        const std::lock_guard lock(mutex_);
        if (!greeted) memory_->complaints.emplace_back("a batch before Hello");
        if (!batch) {
          memory_->complaints.push_back(batch.error().message());
          continue;
        }
        check_declared(*batch, declared);
        *reply.mutable_acknowledgement() = take(*batch, answer);
        changed_.notify_all();
      }
      if (answer) stream->Write(reply);
    }
  }
  const std::lock_guard lock(mutex_);
  contexts_.erase(context);
  return turned_away_.ok() ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "end") : turned_away_;
}

void TelemetryCollector::check_declared(
    const codec::Batch& batch, const std::map<std::uint64_t, std::set<std::uint32_t>>& declared) {
  const auto boot = declared.find(batch.id.boot);
  for (const std::uint32_t number : batch.series) {
    if (boot == declared.end() || !boot->second.contains(number)) {
      memory_->complaints.push_back(
          fmt::format("series {} of {:x} undeclared", number, batch.id.boot));
      return;
    }
  }
}

telemetry::v1::Acknowledgement TelemetryCollector::take(const codec::Batch& batch, bool& answer) {
  std::optional<Outcome> outcome = memory_->stored.contains(batch.id)
                                       ? telemetry::v1::Acknowledgement::OUTCOME_DUPLICATE
                                       : telemetry::v1::Acknowledgement::OUTCOME_ACCEPTED;
  if (judge_) outcome = judge_(batch);
  if (options_.keep_samples) memory_->batches.push_back(batch);
  if (outcome == telemetry::v1::Acknowledgement::OUTCOME_ACCEPTED &&
      memory_->stored.insert(batch.id).second) {
    memory_->samples += batch.size();
  }
  answer = outcome.has_value();
  telemetry::v1::Acknowledgement acknowledgement;
  acknowledgement.set_boot(batch.id.boot);
  acknowledgement.set_sequence(batch.id.sequence);
  if (outcome) acknowledgement.set_outcome(*outcome);
  return acknowledgement;
}

}  // namespace caspilink::test
