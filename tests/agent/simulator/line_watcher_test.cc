#include "agent/simulator/line_watcher.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "agent/simulator/line_file.h"

namespace caspilink::simulator {
namespace {

using namespace std::chrono_literals;

class LineWatcherTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "caspilink-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
    path_ = (directory_ / "line.json").string();
    ASSERT_TRUE(ensure_line_file(path_, LineState{.plant_file = "plant.yaml", .faults = {}}));
    watcher_.emplace(io_, path_, 1ms,
                     [this](Result<LineState> state) { reports_.push_back(std::move(state)); });
    watcher_->start();
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  // Runs the watcher until it has reported so often, or for long enough to call it stuck.
  bool run_until(std::size_t reports) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (reports_.size() < reports && std::chrono::steady_clock::now() < deadline) {
      io_.run_one_for(100ms);
    }
    return reports_.size() >= reports;
  }

  std::filesystem::path directory_;
  std::string path_;
  asio::io_context io_;
  std::vector<Result<LineState>> reports_;
  std::optional<LineWatcher> watcher_;
};

TEST_F(LineWatcherTest, ReportsTheFirstContentAndThenChangesOnly) {
  ASSERT_EQ(reports_.size(), 1U);
  for (int i = 0; i < 20; ++i) io_.run_one_for(100ms);
  EXPECT_EQ(reports_.size(), 1U);
  ASSERT_TRUE(update_line_file(
      path_, [](LineState& state) { return add_fault(state, {.effect = Cut{Kilometers(1)}}); }));
  ASSERT_TRUE(run_until(2));
  ASSERT_TRUE(reports_[1]);
  EXPECT_EQ(reports_[1]->faults.size(), 1U);
}

TEST_F(LineWatcherTest, ReportsABadFileOnceAndItsMending) {
  std::ofstream(path_) << "not json";
  ASSERT_TRUE(run_until(2));
  for (int i = 0; i < 20; ++i) io_.run_one_for(100ms);
  // The write above may be seen half done, never as good.
  for (std::size_t i = 1; i < reports_.size(); ++i) EXPECT_FALSE(reports_[i]);
  std::filesystem::remove(path_);
  ASSERT_TRUE(ensure_line_file(path_, LineState{.plant_file = "plant.yaml", .faults = {}}));
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!reports_.back() && std::chrono::steady_clock::now() < deadline) io_.run_one_for(100ms);
  EXPECT_TRUE(reports_.back());
}

}  // namespace
}  // namespace caspilink::simulator
