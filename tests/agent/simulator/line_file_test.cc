#include "agent/simulator/line_file.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace caspilink::simulator {
namespace {

using plant::Direction;
using ::testing::HasSubstr;

LineState full_state() {
  LineState state;
  state.seed = 42;
  state.epoch_unix_ns = 1'700'000'000'000'000'000;
  state.plant_file = "/somewhere/plant \"x\".yaml";
  const std::vector<Effect> effects = {
      Cut{Kilometers(120.25)},
      AddedLoss{Kilometers(0.1), Db(2.7)},
      PumpFailure{"R2", Db(3), Db(0.8), std::nullopt},
      PumpFailure{"R2", Db(2.5), Db(0), Direction::kBToA},
      Fade{Direction::kAToB, 48, Db(4)},
      AddedDelay{Seconds(0.002), std::nullopt},
      AddedDelay{Seconds(0.5), Direction::kAToB},
      AmplifierSetting{"R2", Direction::kBToA, Dbm(15.5), std::nullopt},
      AmplifierSetting{"booster", Direction::kAToB, std::nullopt, Db(-1.5)},
  };
  for (const auto& effect : effects) {
    Fault fault;
    fault.fibre_pair = "FP03";
    fault.since_unix_ns = 1'700'000'000'000'000'123;
    fault.effect = effect;
    EXPECT_TRUE(add_fault(state, fault));
  }
  state.faults[0].fibre_pair.reset();
  return state;
}

// A directory of the test's own, gone with it.
class LineFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "caspilink-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
    path_ = (directory_ / "line.json").string();
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path directory_;
  std::string path_;
};

TEST_F(LineFileTest, EveryFaultComesBackAsWritten) {
  const LineState state = full_state();
  const auto parsed = parse_line_state(to_json(state), "line.json");
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(*parsed, state);
}

TEST_F(LineFileTest, MissingFileIsNotFound) {
  const auto state = read_line_file(path_);
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(state.error().where, path_);
}

TEST_F(LineFileTest, UpdateOfAMissingFileLeavesNothingBehind) {
  EXPECT_FALSE(update_line_file(path_, [](LineState&) -> Result<void> { return {}; }));
  EXPECT_TRUE(std::filesystem::is_empty(directory_));
}

TEST_F(LineFileTest, EnsureMakesTheFileOnceAndThenKeepsIt) {
  const LineState first = full_state();
  LineState second = first;
  second.seed = 43;
  EXPECT_EQ(ensure_line_file(path_, first)->seed, 42U);
  EXPECT_EQ(ensure_line_file(path_, second)->seed, 42U);
}

TEST_F(LineFileTest, FailedChangeLeavesTheFileAsItWas) {
  ASSERT_TRUE(ensure_line_file(path_, full_state()));
  const auto result = update_line_file(path_, [](LineState& state) -> Result<void> {
    state.faults.clear();
    return fail(ErrorCode::kInvalidInput, "", "changed my mind");
  });
  EXPECT_FALSE(result);
  EXPECT_EQ(*read_line_file(path_), full_state());
}

TEST_F(LineFileTest, ConcurrentInjectionsAllArriveUnderTheirOwnIds) {
  ASSERT_TRUE(ensure_line_file(path_, LineState{.plant_file = "plant.yaml", .faults = {}}));
  constexpr int kWriters = 4;
  constexpr int kEach = 10;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        EXPECT_TRUE(update_line_file(path_, [](LineState& state) {
          return add_fault(state, Fault{.effect = Cut{Kilometers(1)}});
        }));
        // A reader without the lock never meets a half-written file.
        EXPECT_TRUE(read_line_file(path_));
      }
    });
  }
  for (auto& writer : writers) writer.join();
  const auto state = read_line_file(path_);
  ASSERT_TRUE(state);
  std::set<std::uint64_t> ids;
  for (const auto& fault : state->faults) ids.insert(fault.id);
  EXPECT_EQ(ids.size(), std::size_t{kWriters * kEach});
  EXPECT_EQ(*ids.rbegin(), std::uint64_t{kWriters * kEach});
}

TEST_F(LineFileTest, FaultsAreBounded) {
  LineState state;
  for (std::size_t i = 0; i < kMostFaults; ++i) ASSERT_TRUE(add_fault(state, Fault{}));
  const auto result = add_fault(state, Fault{});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kExhausted);
}

struct Malformed {
  const char* name;
  const char* from;  // of the good file, replaced by
  const char* to;
  const char* says;
};

constexpr const char* kGood = R"({
  "format": "caspilink-line/1",
  "seed": 1,
  "epoch_unix_ns": 0,
  "plant_file": "plant.yaml",
  "next_id": 3,
  "faults": [
    {"id": 1, "kind": "cut", "fibre_pair": "FP01", "since_unix_ns": 0, "at_km": 12},
    {"id": 2, "kind": "fade", "fibre_pair": "all", "since_unix_ns": 0, "direction": "a-b",
     "channel": 4, "loss_db": 2}
  ]
})";

class LineFileMalformedTest : public ::testing::TestWithParam<Malformed> {};

TEST_P(LineFileMalformedTest, IsRefusedWithThePlace) {
  std::string text = kGood;
  ASSERT_TRUE(parse_line_state(text, "line.json"));
  const auto at = text.find(GetParam().from);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, std::string(GetParam().from).size(), GetParam().to);
  const auto state = parse_line_state(text, "line.json");
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, ErrorCode::kInvalidInput);
  EXPECT_THAT(state.error().message(), HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Each, LineFileMalformedTest,
    ::testing::Values(
        Malformed{"NotJson", "\"seed\": 1,", "\"seed\": ,", "line.json:3:11: "},
        Malformed{"CutOff", "\n  ]\n}", "", "line.json:10:"},
        Malformed{"NotAnObject", kGood, "[]", "expected an object"},
        Malformed{"OtherFormat", "line/1", "line/9", "format: expected 'caspilink-line/1'"},
        Malformed{"UnknownKey", "\"seed\": 1", "\"seed\": 1, \"sead\": 1", "sead: unknown key"},
        Malformed{"RepeatedKey", "\"seed\": 1", "\"seed\": 1, \"seed\": 2",
                  "seed: key given twice"},
        Malformed{"MissingKey", "\"next_id\": 3,", "", "next_id: missing"},
        Malformed{"NegativeSeed", "\"seed\": 1", "\"seed\": -1", "seed: expected a whole number"},
        Malformed{"FractionalSeed", "\"seed\": 1", "\"seed\": 1.5",
                  "seed: expected a whole number"},
        Malformed{"HugeNumber", "\"at_km\": 12", "\"at_km\": 1e999", "64 bits"},
        Malformed{"TextForNumber", "\"at_km\": 12", "\"at_km\": \"12\"",
                  "faults[0].at_km: expected a number"},
        Malformed{"UnknownKind", "\"cut\"", "\"bite\"", "faults[0].kind: expected cut, loss"},
        Malformed{"KeyOfAnotherKind", "\"at_km\": 12", "\"at_km\": 12, \"loss_db\": 1",
                  "faults[0].loss_db: unknown key"},
        Malformed{"MissingInFault", ", \"at_km\": 12", "", "faults[0].at_km: missing"},
        Malformed{"BadDirection", "a-b", "up",
                  "faults[1].direction: expected direction a-b or b-a"},
        Malformed{"IdTwice", "\"id\": 2", "\"id\": 1", "faults[1].id: 1 is used twice"},
        Malformed{"IdFromTheFuture", "\"id\": 2", "\"id\": 3", "below next_id 3"},
        Malformed{"EmptyPair", "\"FP01\"", "\"\"", "faults[0].fibre_pair: expected text"},
        Malformed{"FaultsNoList", "\"faults\": [", "\"faults\": {}, \"more\": [",
                  "faults: expected a list"}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST_F(LineFileTest, OversizeFileIsRefused) {
  std::ofstream(path_) << std::string((1 << 20) + 1, ' ');
  const auto state = read_line_file(path_);
  ASSERT_FALSE(state);
  EXPECT_THAT(state.error().message(), HasSubstr("at most 1 MiB"));
}

}  // namespace
}  // namespace caspilink::simulator
