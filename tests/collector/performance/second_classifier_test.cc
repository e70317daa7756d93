#include "collector/performance/second_classifier.h"

#include <random>
#include <string_view>

#include <gtest/gtest.h>

namespace caspilink::performance {
namespace {

struct Totals {
  int errored = 0;
  int severe = 0;
  int unavailable = 0;
  std::uint64_t background = 0;
  friend bool operator==(const Totals&, const Totals&) = default;
};

// Plays a script, a character a second: '.' clean, 'e' one errored block of a thousand, 'S'
// severely errored by ratio, 'D' a defect, '_' no data.
class Player {
 public:
  Totals play(std::string_view script) {
    for (const char c : script) {
      ++second_;
      if (c == '_') continue;
      classifier_.observe({.second_unix = second_,
                           .errored_blocks = c == 'e'   ? 1u
                                             : c == 'S' ? 300u
                                                        : 0u,
                           .blocks = 1000,
                           .defect = c == 'D'});
    }
    classifier_.settle();
    return totals();
  }
  [[nodiscard]] Totals totals() const {
    Totals totals;
    for (const auto& second : seconds) {
      totals.errored += second.errored;
      totals.severe += second.severely_errored;
      totals.unavailable += second.unavailable;
      totals.background += second.background_block_errors;
    }
    return totals;
  }
  std::vector<ClassifiedSecond> seconds;

 private:
  SecondClassifier classifier_{0.30, [this](const ClassifiedSecond& s) { seconds.push_back(s); }};
  std::int64_t second_ = 1'000'000;
};

std::string times(int n, char c) { return std::string(static_cast<std::size_t>(n), c); }

TEST(SecondClassifierTest, NineSevereSecondsAreNotUnavailableTime) {
  EXPECT_EQ(Player().play(times(9, 'S') + times(20, '.')), (Totals{9, 9, 0, 0}));
}

TEST(SecondClassifierTest, TheTenSecondsThatOpenUnavailableTimeBelongToIt) {
  EXPECT_EQ(Player().play(times(10, 'S') + times(10, '.')), (Totals{0, 0, 10, 0}));
}

TEST(SecondClassifierTest, NineCleanSecondsDoNotCloseIt) {
  EXPECT_EQ(Player().play(times(10, 'D') + times(9, '.') + "S" + times(10, '.')),
            (Totals{0, 0, 20, 0}));
}

TEST(SecondClassifierTest, TheTenSecondsThatCloseItAreAvailableAndCount) {
  EXPECT_EQ(Player().play(times(12, 'D') + times(10, 'e')), (Totals{10, 0, 12, 10}));
}

TEST(SecondClassifierTest, BackgroundErrorsCountOutsideSevereSecondsOnly) {
  EXPECT_EQ(Player().play("e.eSe."), (Totals{4, 1, 0, 3}));
}

TEST(SecondClassifierTest, AGapSettlesWhatIsPending) {
  EXPECT_EQ(Player().play(times(6, 'S') + "_" + times(6, 'S') + "."), (Totals{12, 12, 0, 0}));
  EXPECT_EQ(Player().play(times(10, 'S') + times(5, '.') + "_" + times(5, '.') + times(5, '.')),
            (Totals{0, 0, 15, 0}));
}

TEST(SecondClassifierTest, ASecondIsSevereFromItsShareOn) {
  std::vector<ClassifiedSecond> seconds;
  SecondClassifier otn(0.15, [&](const ClassifiedSecond& s) { seconds.push_back(s); });
  otn.observe({.second_unix = 1, .errored_blocks = 149, .blocks = 1000});
  otn.observe({.second_unix = 2, .errored_blocks = 150, .blocks = 1000});
  otn.settle();
  ASSERT_EQ(seconds.size(), 2u);
  EXPECT_FALSE(seconds[0].severely_errored);
  EXPECT_TRUE(seconds[1].severely_errored);
}

// The definition, read backwards over the whole script at once: slow and plain.
std::vector<bool> unavailable_by_definition(const std::string& script) {
  std::vector<bool> out(script.size());
  bool unavailable = false;
  const auto run_of = [&](std::size_t from, bool severe) {
    std::size_t n = 0;
    while (from + n < script.size() && (script[from + n] == 'S') == severe) ++n;
    return n;
  };
  for (std::size_t i = 0; i < script.size(); ++i) {
    if (!unavailable && run_of(i, true) >= 10) unavailable = true;
    if (unavailable && run_of(i, false) >= 10) unavailable = false;
    out[i] = unavailable;
  }
  return out;
}

TEST(SecondClassifierTest, AgreesWithTheDefinitionOnRandomScripts) {
  std::mt19937 random(380);
  for (int round = 0; round < 200; ++round) {
    std::string script;
    while (script.size() < 300) {
      script += times(std::uniform_int_distribution(1, 16)(random), random() % 2 ? 'S' : '.');
    }
    Player player;
    player.play(script);
    const auto expected = unavailable_by_definition(script);
    ASSERT_EQ(player.seconds.size(), script.size());
    for (std::size_t i = 0; i < script.size(); ++i) {
      ASSERT_EQ(player.seconds[i].second_unix, 1'000'001 + static_cast<std::int64_t>(i));
      ASSERT_EQ(player.seconds[i].unavailable, expected[i]) << script << " at " << i;
    }
  }
}

}  // namespace
}  // namespace caspilink::performance
