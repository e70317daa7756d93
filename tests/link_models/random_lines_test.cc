// What must hold of every budget, tried on lines drawn at random: spans of several fibres with
// lumped losses, amplifiers of every kind, ROADMs, Raman pumps, spectra of mixed rates with gaps,
// every model of interference.
#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "link_models/budget/link_budget.h"
#include "link_models/plant/line.h"

namespace caspilink::budget {
namespace {

using plant::Line;
using plant::NonlinearModelKind;
using plant::Span;

class Draw {
 public:
  explicit Draw(unsigned seed) : random_(seed) {}

  double between(double from, double to) {
    return std::uniform_real_distribution<double>(from, to)(random_);
  }
  int whole(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }
  bool one_in(int n) { return whole(1, n) == 1; }
  std::mt19937& engine() { return random_; }

  plant::FibreType fibre() {
    plant::FibreType type;
    type.attenuation = DbPerKm(between(0.15, 0.25));
    type.dispersion = PsPerNmKm(between(4, 22));
    if (one_in(2)) type.dispersion_slope = PsPerNm2Km(between(0.04, 0.08));
    type.pmd = PsPerSqrtKm(between(0.02, 0.1));
    type.effective_area = SquareMicrometers(between(70, 150));
    type.nonlinear_index = SquareMetersPerWatt(between(2.1e-20, 2.7e-20));
    if (one_in(3)) {
      type.attenuation_points = {{Hertz(190e12), type.attenuation + DbPerKm(0.004)},
                                 {Hertz(198e12), type.attenuation}};
    }
    return type;
  }

  Span span(const std::string& name) {
    Span result;
    result.name = name;
    result.fibre = fibre();
    result.length = Kilometers(between(20, 100));
    result.input_loss = Db(between(0, 0.5));
    result.output_loss = Db(between(0, 0.5));
    result.pdl = Db(between(0, 0.1));
    for (int k = whole(0, 2); k > 0; --k) {
      result.lumped_losses.push_back({result.length * between(0.01, 0.99), Db(between(0, 1)), ""});
    }
    std::sort(result.lumped_losses.begin(), result.lumped_losses.end(),
              [](const auto& a, const auto& b) { return a.at < b.at; });
    return result;
  }

  std::vector<plant::Channel> channels() {
    std::vector<plant::Channel> result;
    double edge = 191.3e12;
    const double density = between(-6, -2);  // dBm in 32 GHz: below what interference makes best
    for (int number = 1, count = whole(1, 36); number <= count; ++number) {
      plant::Channel channel;
      channel.number = number;
      channel.baud_rate = Hertz(one_in(2) ? 32e9 : 64e9);
      channel.slot_width = channel.baud_rate * between(1.1, 1.5);
      channel.roll_off = between(0, 0.1);
      channel.frequency = Hertz(edge + channel.slot_width.value() / 2);
      edge += channel.slot_width.value() + (one_in(5) ? between(0, 400e9) : 0);
      channel.launch_power =
          Dbm(density + 10 * std::log10(channel.baud_rate.value() / 32e9) + between(-1, 1));
      channel.lit = true;
      result.push_back(channel);
    }
    return result;
  }

  plant::Element body(const std::string& name, Dbm total, Db loss, bool roadms) {
    switch (whole(roadms ? 1 : 2, 4)) {
      case 1: {
        plant::Roadm roadm;
        roadm.name = name;
        roadm.equalisation = plant::Roadm::Equalisation::kPowerDensity;
        roadm.target = 1e-4;
        roadm.loss = Db(between(0, 3));
        if (one_in(2)) roadm.osnr_01nm = Db(between(33, 40));
        return roadm;
      }
      case 2: {
        plant::InLineAmplifier amplifier{name, loss, Db(between(4.5, 6))};
        if (one_in(2)) amplifier.maximum_output_power = total + Db(1);
        return amplifier;
      }
      default:
        return plant::Repeater{name, total, Db(between(4.5, 6)), Db(30), Db(between(0, 0.2))};
    }
  }

  // Some lines begin with pumped fibre; those have no model that knows no pumps.
  Line line(bool roadms = true) {
    Line result;
    result.channels = channels();
    Milliwatts sum;
    for (const auto& channel : result.channels) sum += to_milliwatts(channel.launch_power);
    const Dbm total = to_dbm(sum);
    const bool pumped = one_in(3);
    if (one_in(3)) {
      result.elements.emplace_back(plant::Booster{"B", Db(15), Db(5), total + Db(1)});
    }
    if (pumped) {
      result.elements.emplace_back(plant::RamanPumps{
          "P", plant::PumpWay::kWithSignal, {{Hertz(205e12), Milliwatts(between(50, 250))}}});
    }
    for (int k = 1, spans = whole(1, 4); k <= spans; ++k) {
      const Span next = span(fmt::format("S{}", k));
      result.elements.emplace_back(next);
      result.elements.push_back(
          body(fmt::format("E{}", k), total,
               next.fibre.attenuation * next.length + next.input_loss + next.output_loss, roadms));
    }
    result.elements.emplace_back(plant::TerminalAmplifier{"T", Dbm(12), Db(5)});
    constexpr std::array kKinds{NonlinearModelKind::kGn, NonlinearModelKind::kGnSrs,
                                NonlinearModelKind::kGgn, NonlinearModelKind::kIsrsGn,
                                NonlinearModelKind::kIsrsGnCoherent};
    result.light_model.nonlinear = kKinds[static_cast<std::size_t>(whole(0, pumped ? 2 : 4))];
    if (one_in(3)) result.light_model.gawbs_per_km = Db(-61.5);
    return result;
  }

 private:
  std::mt19937 random_;
};

std::string describe(const Line& line) {
  std::vector<std::string_view> kinds;
  for (const auto& element : line.elements) kinds.push_back(plant::kind_of(element));
  return fmt::format("{}: {}; {} channels", plant::to_string(line.light_model.nonlinear),
                     fmt::join(kinds, ", "), line.channels.size());
}

bool pumped(const Line& line) {
  return std::any_of(line.elements.begin(), line.elements.end(), [](const auto& element) {
    return std::holds_alternative<plant::RamanPumps>(element);
  });
}

LinkBudget budget_of(const Line& line) {
  auto budget = evaluate(line, {.end_of_life = false});
  EXPECT_TRUE(budget) << budget.error().message();
  return budget ? *budget : LinkBudget{};
}

void expect_same_light(const LinkBudget& a, const LinkBudget& b, double tolerance_db) {
  ASSERT_EQ(a.channels.size(), b.channels.size());
  for (std::size_t i = 0; i < a.channels.size(); ++i) {
    const ChannelBudget& x = a.channels[i];
    const ChannelBudget& y = b.channels[i];
    ASSERT_EQ(x.number, y.number);
    EXPECT_NEAR(x.signal_power.value(), y.signal_power.value(), tolerance_db) << x.number;
    EXPECT_NEAR(x.osnr_01nm.value(), y.osnr_01nm.value(), tolerance_db) << x.number;
    EXPECT_NEAR(x.snr_nli.value(), y.snr_nli.value(), tolerance_db) << x.number;
    EXPECT_NEAR(x.gsnr.value(), y.gsnr.value(), tolerance_db) << x.number;
    EXPECT_NEAR(x.chromatic_dispersion.value(), y.chromatic_dispersion.value(), 1e-6) << x.number;
    EXPECT_NEAR(x.pmd.value(), y.pmd.value(), 1e-9) << x.number;
    EXPECT_NEAR(x.pdl.value(), y.pdl.value(), 1e-9) << x.number;
    EXPECT_NEAR(x.latency.value(), y.latency.value(), 1e-15) << x.number;
  }
}

// Cuts the span at elements[which] in two at a part of its length.
void split(Line& line, std::size_t which, double part) {
  auto& first = std::get<Span>(line.elements[which]);
  Span second = first;
  first.length = part * second.length;
  second.length -= first.length;
  first.output_loss = second.input_loss = second.pdl = Db(0);
  second.lumped_losses.clear();
  std::erase_if(first.lumped_losses, [&](const plant::LumpedLoss& lumped) {
    if (lumped.at <= first.length) return false;
    second.lumped_losses.push_back({lumped.at - first.length, lumped.loss, lumped.cause});
    return true;
  });
  line.elements.insert(line.elements.begin() + static_cast<std::ptrdiff_t>(which) + 1, second);
}

std::size_t some_span(const Line& line, Draw& draw) {
  for (;;) {
    const auto which =
        static_cast<std::size_t>(draw.whole(0, static_cast<int>(line.elements.size()) - 1));
    if (std::holds_alternative<Span>(line.elements[which])) return which;
  }
}

// Solvers of pumped fibre answer to 0.001 dB; all else is sums in another order.
double tolerance_of(const Line& line) { return pumped(line) ? 2e-3 : 1e-8; }

class RandomLinesTest : public testing::TestWithParam<unsigned> {
 protected:
  Draw draw_{GetParam()};
  Line line_ = draw_.line();
  testing::ScopedTrace trace_{__FILE__, __LINE__, describe(line_)};
};

TEST_P(RandomLinesTest, ASpanMayBeSplitAnywhere) {
  Line cut = line_;
  for (int cuts = 0; cuts < 3; ++cuts) {
    split(cut, some_span(cut, draw_), draw_.between(0.001, 0.999));
  }
  expect_same_light(budget_of(line_), budget_of(cut), tolerance_of(line_));
}

// Where noise rules over interference, as 8 dB below the launch powers drawn: loss spares the fibre
// behind it interference, which may be worth more than the light lost. And without ROADMs, which
// attenuate so much less where the line attenuates more.
TEST_P(RandomLinesTest, MoreLossNeverRaisesGsnr) {
  Line line = draw_.line(false);
  for (plant::Channel& channel : line.channels) {
    channel.launch_power = channel.launch_power - Db(8);
  }
  for (plant::Element& element : line.elements) {
    if (auto* repeater = std::get_if<plant::Repeater>(&element)) {
      repeater->total_output_power = repeater->total_output_power - Db(8);
    }
  }
  SCOPED_TRACE(describe(line));
  const double tolerance = pumped(line) ? 2e-3 : 1e-9;
  const LinkBudget before = budget_of(line);
  for (int tries = 0; tries < 3; ++tries) {
    Line lossy = line;
    const Kilometers place = plant::length_of(line) * draw_.between(0, 1);
    const Db loss(draw_.between(0.05, 6));
    ASSERT_TRUE(plant::add_loss(lossy, place, loss));
    const LinkBudget after = budget_of(lossy);
    for (std::size_t i = 0; i < before.channels.size(); ++i) {
      ASSERT_LE(after.channels[i].gsnr.value(), before.channels[i].gsnr.value() + tolerance)
          << loss.value() << " dB at " << place.value() << " km, channel " << i + 1;
    }
  }
}

TEST_P(RandomLinesTest, ChannelsMayComeInAnyOrder) {
  Line shuffled = line_;
  std::shuffle(shuffled.channels.begin(), shuffled.channels.end(), draw_.engine());
  LinkBudget found = budget_of(shuffled);
  std::sort(found.channels.begin(), found.channels.end(),
            [](const ChannelBudget& a, const ChannelBudget& b) { return a.number < b.number; });
  expect_same_light(budget_of(line_), found, tolerance_of(line_));
}

TEST_P(RandomLinesTest, FiguresAreFiniteAndGsnrIsTheSumOfItsParts) {
  for (const ChannelBudget& channel : budget_of(line_).channels) {
    ASSERT_TRUE(std::isfinite(channel.gsnr.value()));
    double noise = 1 / to_linear(channel.snr_ase) + 1 / to_linear(channel.snr_nli);
    if (line_.light_model.gawbs_per_km) noise += 1 / to_linear(channel.snr_gawbs);
    EXPECT_NEAR(channel.gsnr.value(), -10 * std::log10(noise), 1e-9);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomLinesTest, testing::Range(1U, 26U));

}  // namespace
}  // namespace caspilink::budget
