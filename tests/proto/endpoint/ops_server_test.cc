#include "proto/endpoint/ops_server.h"

#include <atomic>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

namespace caspilink::endpoint {
namespace {

using testing::HasSubstr;

class OneGauge : public prometheus::Collectable {
 public:
  std::vector<prometheus::MetricFamily> Collect() const override {
    prometheus::ClientMetric metric;
    metric.gauge.value = 16;
    return {{"caspilink_fibre_pairs", "Fibre pairs.", prometheus::MetricType::Gauge, {metric}}};
  }
};

std::unique_ptr<OpsServer> start(OpsServer::Options options) {
  options.program = "caspilink-test";
  auto server = OpsServer::start(std::move(options));
  if (!server) throw std::runtime_error(server.error().message());
  return std::move(*server);
}

httplib::Result get(const OpsServer& server, const char* path) {
  return httplib::Client(server.address().host, server.address().port).Get(path);
}

TEST(OpsServerTest, ServesItsProgramsMetricsAndItsOwn) {
  const auto server = start({.program = "", .metrics = std::make_shared<OneGauge>()});
  const auto answer = get(*server, "/metrics");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_THAT(answer->body, HasSubstr("caspilink_fibre_pairs 16\n"));
  EXPECT_THAT(answer->body, HasSubstr("caspilink_build_info{program=\"caspilink-test\""));
  EXPECT_THAT(answer->body, HasSubstr("process_resident_memory_bytes "));
  EXPECT_THAT(answer->body, HasSubstr("process_start_time_seconds "));
}

TEST(OpsServerTest, ReadinessGivesItsReason) {
  std::atomic<bool> ready = false;
  const auto server = start({.program = "", .ready = [&]() -> Result<void> {
                               if (ready) return {};
                               return fail(ErrorCode::kUnavailable, "uplink", "not connected");
                             }});
  auto answer = get(*server, "/readyz");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->body, "uplink: not connected\n");
  EXPECT_EQ(get(*server, "/healthz")->status, 200);
  ready = true;
  EXPECT_EQ(get(*server, "/readyz")->status, 200);
}

TEST(OpsServerTest, UnknownPathsAreNotFound) {
  const auto server = start({});
  EXPECT_EQ(get(*server, "/secrets")->status, 404);
}

TEST(OpsServerTest, ATakenPortIsAnErrorAndNotShared) {
  const auto first = start({});
  const auto second = OpsServer::start({.program = "other", .listen = first->address()});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(second.error().where, first->address().text());
}

TEST(OpsServerTest, StoppingAtOnceAfterStartingEnds) {
  for (int i = 0; i < 20; ++i) start({});
}

}  // namespace
}  // namespace caspilink::endpoint
