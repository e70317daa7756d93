// What must hold of every budget, tried on the two reference plants.
#include <algorithm>
#include <cmath>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "link_models/budget/link_budget.h"
#include "link_models/formats/plant_yaml.h"
#include "tests/support/paths.h"

namespace caspilink::budget {
namespace {

using plant::Direction;
using plant::Line;
using plant::Span;

class BudgetPropertiesTest : public testing::TestWithParam<std::string> {
 protected:
  static Line line(Direction direction = Direction::kAToB) {
    const auto plant = formats::load_plant(caspilink::test::source_dir() + "/deploy/plants/" +
                                           GetParam() + ".yaml");
    EXPECT_TRUE(plant) << plant.error().message();
    return *plant::line_of(*plant, "FP01", direction);
  }
};

LinkBudget budget_of(const Line& line) {
  auto budget = evaluate(line);
  EXPECT_TRUE(budget) << budget.error().message();
  return *budget;
}

void expect_same_light(const LinkBudget& a, const LinkBudget& b, double tolerance_db) {
  ASSERT_EQ(a.channels.size(), b.channels.size());
  for (std::size_t i = 0; i < a.channels.size(); ++i) {
    EXPECT_NEAR(a.channels[i].signal_power.value(), b.channels[i].signal_power.value(),
                tolerance_db);
    EXPECT_NEAR(a.channels[i].osnr_01nm.value(), b.channels[i].osnr_01nm.value(), tolerance_db);
    EXPECT_NEAR(a.channels[i].snr_nli.value(), b.channels[i].snr_nli.value(), tolerance_db);
    EXPECT_NEAR(a.channels[i].gsnr.value(), b.channels[i].gsnr.value(), tolerance_db);
    EXPECT_NEAR(a.channels[i].margin_eol.value(), b.channels[i].margin_eol.value(), tolerance_db);
    EXPECT_NEAR(a.channels[i].pmd.value(), b.channels[i].pmd.value(), tolerance_db);
  }
  EXPECT_NEAR(a.latency.value(), b.latency.value(), 1e-15);
}

TEST_P(BudgetPropertiesTest, EveryLitChannelHasMarginToTheEndOfLife) {
  for (const Direction direction : {Direction::kAToB, Direction::kBToA}) {
    const LinkBudget budget = budget_of(line(direction));
    const ChannelBudget* worst = worst_channel(budget);
    ASSERT_NE(worst, nullptr);
    EXPECT_GE(worst->margin_eol, Db(1.0));
    EXPECT_GT(worst->margin_bol, worst->margin_eol);
    EXPECT_TRUE(worst->lit);
  }
}

TEST_P(BudgetPropertiesTest, ReceivePowerSuitsTheTransceiver) {
  const Line here = line();
  for (const ChannelBudget& channel : budget_of(here).channels) {
    EXPECT_GT(channel.total_power, here.mode.receive_power_min);
    EXPECT_LT(channel.total_power, here.mode.receive_power_max);
  }
}

TEST_P(BudgetPropertiesTest, ASpanMayBeSplitAnywhere) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> part(0.001, 0.999);
  for (int attempt = 0; attempt < 20; ++attempt) {
    Line whole = line();
    ASSERT_TRUE(plant::add_loss(whole, Kilometers(33), Db(0.7)));
    Line split = whole;
    const std::size_t which = random() % split.elements.size();
    auto* first = std::get_if<Span>(&split.elements[which]);
    if (first == nullptr) continue;
    Span second = *first;
    first->length = part(random) * second.length;
    second.length -= first->length;
    first->output_loss = second.input_loss = second.pdl = Db(0);
    second.lumped_losses.clear();
    std::erase_if(first->lumped_losses, [&](const plant::LumpedLoss& lumped) {
      if (lumped.at <= first->length) return false;
      second.lumped_losses.push_back({lumped.at - first->length, lumped.loss, lumped.cause});
      return true;
    });
    split.elements.insert(split.elements.begin() + static_cast<std::ptrdiff_t>(which) + 1, second);
    expect_same_light(budget_of(whole), budget_of(split), 1e-9);
  }
}

TEST_P(BudgetPropertiesTest, MoreLossNeverRaisesGsnr) {
  for (const Direction direction : {Direction::kAToB, Direction::kBToA}) {
    const LinkBudget before = budget_of(line(direction));
    for (double place = 0; place <= 380; place += 19) {
      Line lossy = line(direction);
      ASSERT_TRUE(plant::add_loss(lossy, Kilometers(place), Db(1.5)));
      const LinkBudget after = budget_of(lossy);
      for (std::size_t i = 0; i < before.channels.size(); ++i) {
        ASSERT_LE(after.channels[i].gsnr, before.channels[i].gsnr) << place << " km, channel " << i;
        ASSERT_LE(after.channels[i].margin_bol, before.channels[i].margin_bol);
      }
    }
  }
}

TEST_P(BudgetPropertiesTest, ChannelsMayComeInAnyOrder) {
  const Line ordered = line();
  Line shuffled = ordered;
  std::mt19937 random(11);
  std::shuffle(shuffled.channels.begin(), shuffled.channels.end(), random);
  const LinkBudget expected = budget_of(ordered);
  LinkBudget found = budget_of(shuffled);
  std::sort(found.channels.begin(), found.channels.end(),
            [](const ChannelBudget& a, const ChannelBudget& b) { return a.number < b.number; });
  expect_same_light(expected, found, 1e-9);
}

TEST_P(BudgetPropertiesTest, EqualLinesGiveEqualBudgets) {
  EXPECT_EQ(budget_of(line()), budget_of(line()));
}

TEST_P(BudgetPropertiesTest, ACutLeavesNoSignalButFiniteFigures) {
  Line cut = line();
  ASSERT_TRUE(plant::add_loss(cut, Kilometers(200), Db(120)));
  for (const ChannelBudget& channel : budget_of(cut).channels) {
    EXPECT_LT(channel.gsnr, Db(-30));
    EXPECT_LT(channel.margin_bol, Db(-10));
    EXPECT_TRUE(std::isfinite(channel.q.value()));
    EXPECT_TRUE(std::isfinite(channel.signal_power.value()));
    EXPECT_LE(channel.pre_fec_ber, 0.5);
  }
}

TEST_P(BudgetPropertiesTest, TraceEndsAtTheReceiver) {
  const Line onward = line();
  const LinkBudget there = budget_of(onward);
  ASSERT_EQ(there.trace.size(), onward.elements.size());
  EXPECT_DOUBLE_EQ(there.trace.back().from_a.value(), 380);
  EXPECT_NEAR(budget_of(line(Direction::kBToA)).trace.back().from_a.value(), 0, 1e-9);
  for (std::size_t i = 1; i < there.trace.size(); ++i) {
    EXPECT_EQ(there.trace[i].total_power_in, there.trace[i - 1].total_power_out);
  }
}

TEST_P(BudgetPropertiesTest, WithoutEndOfLifeMarginsAreOne) {
  const auto budget = evaluate(line(), {.end_of_life = false});
  ASSERT_TRUE(budget);
  EXPECT_EQ(budget->channels[0].margin_eol, budget->channels[0].margin_bol);
}

INSTANTIATE_TEST_SUITE_P(ReferencePlants, BudgetPropertiesTest,
                         testing::Values("trans_caspian_repeatered", "trans_caspian_unrepeatered"),
                         [](const auto& name) { return name.param; });

class RepeateredLineTest : public testing::Test {
 protected:
  static Line line() {
    const auto plant = formats::load_plant(caspilink::test::source_dir() +
                                           "/deploy/plants/trans_caspian_repeatered.yaml");
    return *plant::line_of(*plant, "FP01", Direction::kAToB);
  }
};

TEST_F(RepeateredLineTest, LossBeforeARepeaterCostsOsnrAndNoPower) {
  const LinkBudget before = budget_of(line());
  Line lossy = line();
  ASSERT_TRUE(plant::add_loss(lossy, Kilometers(40), Db(3)));
  const LinkBudget after = budget_of(lossy);
  EXPECT_NEAR(after.line_input_power.value(), before.line_input_power.value(), 1e-9);
  EXPECT_LT(after.channels[48].osnr_01nm, before.channels[48].osnr_01nm - Db(0.5));
}

TEST_F(RepeateredLineTest, LossInTheLastSpanReachesTheReceiver) {
  const LinkBudget before = budget_of(line());
  Line lossy = line();
  ASSERT_TRUE(plant::add_loss(lossy, Kilometers(350), Db(3)));
  EXPECT_NEAR((before.line_input_power - budget_of(lossy).line_input_power).value(), 3.0, 1e-6);
}

TEST_F(RepeateredLineTest, AFadedChannelLeavesItsPowerToTheOthers) {
  const LinkBudget before = budget_of(line());
  Line faded = line();
  ASSERT_TRUE(plant::fade_channel(faded, 32, Db(6)));
  const LinkBudget after = budget_of(faded);
  EXPECT_NEAR(
      (find_channel(before, 32)->signal_power - find_channel(after, 32)->signal_power).value(), 6.0,
      0.1);
  EXPECT_GT(find_channel(after, 1)->signal_power, find_channel(before, 1)->signal_power);
}

TEST_F(RepeateredLineTest, AWeakRepeaterLowersEveryChannel) {
  const LinkBudget before = budget_of(line());
  Line weak = line();
  ASSERT_TRUE(plant::weaken_repeater(weak, "R4", Db(3), Db(1)));
  const LinkBudget after = budget_of(weak);
  for (std::size_t i = 0; i < before.channels.size(); ++i) {
    EXPECT_NEAR((before.channels[i].total_power_line - after.channels[i].total_power_line).value(),
                3.0, 0.05);
    EXPECT_LT(after.channels[i].q, before.channels[i].q);
  }
}

TEST(EvaluateTest, RefusesALineWithoutChannelsOrSpans) {
  Line line;
  EXPECT_FALSE(evaluate(line));
  line.channels.emplace_back();
  const auto budget = evaluate(line);
  ASSERT_FALSE(budget);
  EXPECT_EQ(budget.error().code, ErrorCode::kInvalidInput);
}

}  // namespace
}  // namespace caspilink::budget
