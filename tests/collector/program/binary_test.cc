// The real program, its real exit statuses, and kill -9.
#include <algorithm>
#include <csignal>
#include <map>
#include <random>
#include <set>

#include <gmock/gmock.h>

#include "collector/store/history.h"
#include "tests/collector/program/setting.h"
#include "tests/collector/store/batches.h"

namespace caspilink::test {
namespace {

using testing::HasSubstr;

TEST(CollectorBinaryTest, AWrongConfigurationIsNamedByLineAndColumnAndNothingStarts) {
  const Setting setting;
  const auto wrong =
      write_file(setting.folder(), "wrong.yaml", setting.yaml("127.0.0.1:0", "nowhere"));
  const auto [status, said] = run_program(setting, {"--config", wrong});
  EXPECT_EQ(status, 2);
  EXPECT_THAT(said, HasSubstr("wrong.yaml:3:16"));
  EXPECT_EQ(std::ranges::count(said, '\n'), 1);
  EXPECT_FALSE(std::filesystem::exists(setting.store()));
}

TEST(CollectorBinaryTest, AWrongPlantIsNamedByLineAndColumnAndNothingStarts) {
  const Setting setting;
  std::ifstream good(plant_path());
  std::string text(std::istreambuf_iterator<char>(good), {});
  const std::string key = "length_km: 76";
  text.replace(text.find(key), key.size(), "length_km: -1");
  const auto plant = write_file(setting.folder(), "plant.yaml", text);
  std::string yaml = setting.yaml("127.0.0.1:0", "127.0.0.1:0");
  yaml.replace(yaml.find(plant_path()), plant_path().size(), "plant.yaml");
  write_file(setting.folder(), "other.yaml", yaml);
  const auto [status, said] =
      run_program(setting, {"--config", setting.folder() / "other.yaml", "--check-config"});
  EXPECT_EQ(status, 2);
  EXPECT_THAT(said, testing::ContainsRegex("plant.yaml:[0-9]+:[0-9]+: .*length_km"));
  EXPECT_FALSE(std::filesystem::exists(setting.store()));
}

TEST(CollectorBinaryTest, CheckConfigTouchesNothing) {
  const Setting setting;
  EXPECT_EQ(run_program(setting, {"--config", setting.config(), "--check-config"}).first, 0);
  EXPECT_FALSE(std::filesystem::exists(setting.store()));
  EXPECT_EQ(run_program(setting, {}).first, 2);
  EXPECT_EQ(run_program(setting, {"--config", setting.folder() / "none.yaml"}).first, 2);
  EXPECT_EQ(run_program(setting, {"--colour"}).first, 2);
  EXPECT_EQ(run_program(setting, {"history", "--store", setting.folder() / "none"}).first, 2);
}

TEST(CollectorBinaryTest, ARevocationListThatIsNoneIsOneErrorBeforeAnythingIsTouched) {
  const Setting setting;
  std::string yaml = setting.yaml("127.0.0.1:0", "127.0.0.1:0");
  write_file(setting.folder(), "crl.pem", "revoked: everybody\n");
  yaml.replace(yaml.find("tls: {"), 6, "tls: {crl_file: crl.pem, ");
  write_file(setting.folder(), "other.yaml", yaml);
  const auto [status, said] =
      run_program(setting, {"--config", setting.folder() / "other.yaml", "--check-config"});
  EXPECT_EQ(status, 2);
  EXPECT_THAT(said, HasSubstr("crl.pem: expected certificate revocation lists in PEM form"));
  EXPECT_EQ(std::ranges::count(said, '\n'), 1) << said;
  EXPECT_FALSE(std::filesystem::exists(setting.store()));
}

TEST(CollectorBinaryTest, ASignalEndsItCleanlyAndATakenPortIsSaid) {
  const Setting setting;
  RunningCollector collector(setting);
  const auto other =
      write_file(setting.folder(), "other.yaml", setting.yaml("127.0.0.1:0", collector.http()));
  std::string yaml = setting.yaml("127.0.0.1:0", collector.http());
  yaml.replace(yaml.find("dir: store"), 10, "dir: store2");
  write_file(setting.folder(), "other.yaml", yaml);
  const auto [status, said] = run_program(setting, {"--config", other});
  EXPECT_EQ(status, 1);
  EXPECT_THAT(said, HasSubstr(collector.http()));
  EXPECT_EQ(collector.process().end(SIGTERM), 0) << collector.process().output();
}

// Readings any receiver could have made, in the past of any clock.
codec::Batch plausible_batch(std::uint64_t sequence) {
  codec::Batch batch = store::make_batch("aktau", 5, sequence)->batch;
  for (std::size_t row = 0; row < batch.size(); ++row) {
    batch.times_unix_ns[row] = 1'700'000'000 * kSecond + static_cast<std::int64_t>(sequence);
    batch.values[row] = 9.0;
  }
  return batch;
}

// What an agent does: sends, remembers what was acknowledged, sends the rest again after a crash.
TEST(CollectorBinaryTest, WhatWasAcknowledgedSurvivesKillNineAndIsThereOnce) {
  Setting setting;
  constexpr std::uint64_t kBatches = 400;
  std::set<std::uint64_t> acknowledged;
  std::mt19937 random(7);
  for (int life = 0; life < 4; ++life) {
    RunningCollector collector(setting);
    Client client(collector.grpc(), setting.agent("aktau"));
    ASSERT_TRUE(client.hello("aktau", 5));
    ASSERT_TRUE(client.declare(store::make_catalogue(5)));
    std::vector<std::uint64_t> order;
    for (std::uint64_t sequence = 1; sequence <= kBatches; ++sequence) {
      if (!acknowledged.contains(sequence)) order.push_back(sequence);
    }
    order.push_back(order.front());  // one twice
    std::ranges::shuffle(order, random);
    std::thread sender([&] {
      for (const std::uint64_t sequence : order) {
        if (!client.send(plausible_batch(sequence))) return;
      }
    });
    // The last life is let to finish; the others end in the middle.
    std::size_t answers = 0;
    const std::size_t wanted = life == 3 ? order.size() : 60;
    while (answers < wanted) {
      const auto answer = client.acknowledgement();
      if (!answer) break;
      EXPECT_NE(answer->outcome(), wire::Acknowledgement::OUTCOME_REFUSED) << answer->detail();
      acknowledged.insert(answer->sequence());
      ++answers;
    }
    EXPECT_EQ(answers, wanted) << collector.process().output();
    collector.process().end(SIGKILL);
    client.cancel();
    sender.join();

    std::map<std::uint64_t, int> stored;
    const auto history = store::History::open(setting.store());
    ASSERT_TRUE(history) << history.error().message();
    ASSERT_TRUE((*history)->batches([&](const store::BatchRow& row) {
      ++stored[row.batch.sequence];
      EXPECT_EQ(row.samples, 3U);
    }));
    for (const std::uint64_t sequence : acknowledged) {
      EXPECT_EQ(stored[sequence], 1) << "life " << life << " sequence " << sequence;
    }
  }
  EXPECT_EQ(acknowledged.size(), kBatches);
  std::size_t samples = 0;
  const auto history = store::History::open(setting.store());
  ASSERT_TRUE((*history)->samples({}, [&](const store::HistoryRow&) { ++samples; }));
  EXPECT_EQ(samples, 3 * kBatches);
}

}  // namespace
}  // namespace caspilink::test
