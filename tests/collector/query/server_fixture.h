// Everything the query API answers from, and clients of it over real sockets and mutual TLS.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "collector/core/alarm_office.h"
#include "collector/query/server.h"
#include "collector/store/sqlite_store.h"
#include "proto/query.grpc.pb.h"
#include "tests/collector/small_plant.h"
#include "tests/support/certificates.h"

namespace caspilink::query {

namespace wire = ::caspilink::query::v1;

constexpr const char* kOperator = "caspilink://operator/leyla";
constexpr const char* kViewer = "caspilink://viewer/wall";
constexpr std::int64_t kRunsOut = 2'200'000'000 * test::kSecond;

// The owner of the state has a thread of its own.
class QueryServerTest : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;
  void start(Limits limits);

  std::string dir() const { return (folder_.path() / "store").string(); }

  // On the owner's thread, waited for.
  void on_owner(const std::function<void()>& work);
  // A line cut on every fibre pair given, judged long enough to stand; published.
  void cut(const std::vector<std::string>& pairs);
  void publish();

  std::shared_ptr<grpc::Channel> channel(std::shared_ptr<grpc::ChannelCredentials> credentials);
  std::shared_ptr<grpc::Channel> channel(const std::string& uri);
  std::unique_ptr<wire::Query::Stub> as(const std::string& uri) {
    return wire::Query::NewStub(channel(uri));
  }

  static void patient(grpc::ClientContext& context);
  template <typename Request, typename Response>
  grpc::Status call(wire::Query::Stub& stub,
                    grpc::Status (wire::Query::Stub::*method)(grpc::ClientContext*, const Request&,
                                                              Response*),
                    const Request& request, Response& response) {
    grpc::ClientContext context;
    patient(context);
    return (stub.*method)(&context, request, &response);
  }
  // The bytes that a service whose messages we do not have answers.
  std::string raw(const std::string& method, const std::string& request);

  test::TemporaryFolder folder_;
  test::CertificateAuthority authority_{folder_.path(), "CaspiLink test CA"};
  endpoint::TlsFiles tls_ = authority_.issue_collector();
  std::shared_ptr<const assess::Model> model_ =
      std::make_shared<const assess::Model>(assess::Model::build(test::small_plant()).value());
  std::shared_ptr<const twin::Design> design_ =
      std::make_shared<const twin::Design>(twin::Design::of(model_->plant()).value());
  std::string commissioned_;  // who, and what
  std::string reloaded_;      // who, and whose
  Result<codec::ReloadAnswer> reload_answer_ =
      codec::ReloadAnswer{.outcome = codec::ReloadAnswer::Outcome::kApplied, .differences = {"x"}};
  Result<twin::Commissioned> commission_answer_ = twin::Commissioned{.taken = 3, .left = 1};
  // Certificates are checked against this clock too.
  std::atomic<std::int64_t> now_ =
      std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_ =
      asio::make_work_guard(context_);
  std::unique_ptr<store::SqliteStore> store_;
  core::AlarmOffice office_{context_, [this] { return now_.load(); }, model_->plant().thresholds};
  std::shared_ptr<exposition::SnapshotBoard> board_ = std::make_shared<exposition::SnapshotBoard>();
  std::map<access::Denial, std::atomic<int>> denied_ = [] {
    std::map<access::Denial, std::atomic<int>> all;
    for (const auto reason : access::kDenials) all[reason] = 0;
    return all;
  }();
  std::unique_ptr<Server> server_;
  std::thread owner_;
};

}  // namespace caspilink::query
