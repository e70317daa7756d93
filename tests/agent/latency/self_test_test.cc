#include "agent/latency/self_test.h"

#include <gmock/gmock.h>

namespace caspilink::latency {
namespace {

// What the machine's load lets through is for the command to judge, not for a test.
TEST(SelfTestTest, MeasuresBothKindsOfStamps) {
  const auto result = run_self_test(SystemClock(), 20);
  ASSERT_TRUE(result) << result.error().message();
  EXPECT_GE(result->user.report.answered, 20U);
  EXPECT_GT(result->user.report.round_trip->median, 0);
  EXPECT_FALSE(result->user.by_kernel);
  EXPECT_GT(result->error_ns(), 0);
  EXPECT_THAT(as_table(*result), testing::HasSubstr("error of stamping at the median"));
  EXPECT_THAT(as_json(*result), testing::HasSubstr(R"("limit_us": 20)"));
  if (!result->kernel) GTEST_SKIP() << "the kernel does not stamp here";
  EXPECT_GT(result->kernel->report.answered, 0U);
}

TEST(SelfTestTest, JudgesByTheStampsTheAgentWouldUse) {
  const auto run = [](std::int64_t outbound, std::int64_t inbound) {
    SelfTestResult::Run made;
    made.report.outbound = Quantiles{.median = outbound};
    made.report.inbound = Quantiles{.median = inbound};
    return made;
  };
  SelfTestResult result{.kernel = run(20'000, 3'000), .user = run(90'000, 80'000)};
  EXPECT_TRUE(result.passed());
  result.kernel = run(3'000, -20'001);
  EXPECT_FALSE(result.passed());
  result.kernel.reset();
  EXPECT_EQ(result.error_ns(), 90'000);
}

}  // namespace
}  // namespace caspilink::latency
