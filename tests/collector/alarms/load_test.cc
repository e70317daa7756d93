// The cost of one judgement of a whole cable: 16 fibre pairs of 96 channels, both directions.
#include <algorithm>
#include <cstdio>
#include <ctime>

#include <gtest/gtest.h>

#include "collector/alarms/desk.h"
#include "collector/alarms/rules.h"

namespace caspilink::alarms {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

assess::Assessment whole_cable(bool cut) {
  assess::Assessment all;
  for (int pair = 1; pair <= 16; ++pair) {
    for (const auto direction : {plant::Direction::kAToB, plant::Direction::kBToA}) {
      const bool forward = direction == plant::Direction::kAToB;
      assess::DirectionAssessment line{.fibre_pair = "FP" + std::to_string(100 + pair),
                                       .direction = direction,
                                       .sender = forward ? "sumgait" : "aktau",
                                       .receiver = forward ? "aktau" : "sumgait"};
      line.no_light = cut;
      for (std::uint32_t channel = 1; channel <= 96; ++channel) {
        line.channels.push_back({.number = channel, .no_light = cut, .sent_no_light = false});
        if (cut) continue;
        line.channels.back().margin = Db(3);
        for (const auto quantity : assess::kChannelFigures) {
          line.channels.back().of(quantity) = {
              .residual = 0.1, .verdict = assess::Verdict::kWithinBudget, .strain = 0.1};
        }
      }
      if (!cut) {
        for (const auto quantity : assess::kChannelFigures) {
          line.quantities.push_back({.quantity = quantity});
        }
        std::ranges::sort(line.quantities, {}, &assess::QuantityAssessment::quantity);
      }
      all.directions.push_back(std::move(line));
    }
  }
  return all;
}

TEST(LoadTest, AJudgementOfACutCableTakesUnderTwentyMilliseconds) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitized code is slow";
#endif
  const plant::AlarmThresholds thresholds;
  Desk desk(engine_settings({.raise_ns = 3 * kSecond, .clear_ns = 10 * kSecond}));
  const auto judge = [&](std::int64_t half, bool cut) {
    auto all = whole_cable(cut);
    all.time_unix_ns = half * kSecond / 2;
    const std::clock_t before = std::clock();
    const auto events = desk.step(all.time_unix_ns, conditions_of(all, thresholds));
    return std::pair(static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC, events.size());
  };
  double quiet = 1;
  for (int half = 0; half < 10; ++half) quiet = std::min(quiet, judge(half, false).first);
  double raising = 1;
  double standing = 1;
  for (int half = 10; half < 40; ++half) {
    const auto [seconds, events] = judge(half, true);
    (events > 3000 ? raising : standing) = std::min(events > 3000 ? raising : standing, seconds);
  }
  EXPECT_EQ(desk.standing().size(), 1U + 2 + 16 + 32 + 3072);
  std::printf("CPU time: quiet %.1f ms, raising %.1f ms, standing %.1f ms\n", quiet * 1e3,
              raising * 1e3, standing * 1e3);
  EXPECT_LT(quiet, 0.020);
  EXPECT_LT(standing, 0.020);
}

}  // namespace
}  // namespace caspilink::alarms
