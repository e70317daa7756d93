// A collector on a loopback port: takes what agents report, keeps it, and answers as told.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <grpcpp/server.h>

#include "proto/codec/wire.h"
#include "proto/telemetry.grpc.pb.h"

namespace caspilink::test {

class TelemetryCollector final : public telemetry::v1::Telemetry::Service {
 public:
  using Outcome = telemetry::v1::Acknowledgement::Outcome;

  struct Options {
    std::shared_ptr<grpc::ServerCredentials> credentials;  // null: plain text
    int port = 0;
    telemetry::v1::Configuration configuration;
    bool keep_samples = true;  // false: counts only
  };

  // Everything it took, in the order it came. What is stored survives the server in `Memory`, so
  // that a test may start a second one with it.
  struct Memory {
    std::vector<telemetry::v1::Hello> hellos;
    std::vector<codec::Catalogue> catalogues;
    std::vector<codec::Batch> batches;  // duplicates too
    std::set<codec::BatchId> stored;
    std::uint64_t samples = 0;
    std::vector<std::string> complaints;  // what broke the contract
  };

  TelemetryCollector(Options options, std::shared_ptr<Memory> memory);
  ~TelemetryCollector() override;

  [[nodiscard]] int port() const { return port_; }

  // What to say of a batch; nothing: say nothing. Default: accepted, or duplicate.
  void judge_by(std::function<std::optional<Outcome>(const codec::Batch&)> judge);
  // Ends the streams there are, and every new one at once until called with OK.
  void turn_away(const grpc::Status& status);

  // Waits until `condition` holds of the memory.
  [[nodiscard]] bool wait(const std::function<bool(const Memory&)>& condition);
  [[nodiscard]] Memory memory();
  [[nodiscard]] std::uint64_t samples();  // memory().samples, without the copy

 private:
  using Stream =
      grpc::ServerReaderWriter<telemetry::v1::CollectorMessage, telemetry::v1::AgentMessage>;
  grpc::Status Report(grpc::ServerContext* context, Stream* stream) override;
  telemetry::v1::Acknowledgement take(const codec::Batch& batch, bool& answer);
  void check_declared(const codec::Batch& batch,
                      const std::map<std::uint64_t, std::set<std::uint32_t>>& declared);

  Options options_;
  int port_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<Memory> memory_;
  std::function<std::optional<Outcome>(const codec::Batch&)> judge_;
  grpc::Status turned_away_;
  std::set<grpc::ServerContext*> contexts_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace caspilink::test
