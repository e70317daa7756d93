#include "agent/sources/module_memory/module_source.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>

#include <asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/sources/module_memory/page_builder.h"

namespace caspilink::module_memory {
namespace {

using codec::Observation;
using codec::Quantity;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t kTime = 1'700'000'000'000'000'000;

// Has all the pages it advertises.
MemoryImage module() { return zr(zr_page01().u8(142, 0x40).u8(155, 0).sum(130, 254)); }

// A module that a test pulls out and changes while it is polled.
struct Slot {
  std::mutex mutex;
  ImageReader reader{MemoryImage()};
  std::atomic<int> reads = 0;
};

class SlotReader final : public ModuleReader {
 public:
  explicit SlotReader(Slot& slot) : slot_(slot) {}
  ReadResult<std::vector<std::uint8_t>> read(const PageAddress& address, unsigned first,
                                             unsigned count) override {
    const std::scoped_lock lock(slot_.mutex);
    ++slot_.reads;
    return slot_.reader.read(address, first, count);
  }

 private:
  Slot& slot_;
};

class ModuleSourceTest : public testing::Test {
 protected:
  void put(const MemoryImage& image) {
    const std::scoped_lock lock(slot_.mutex);
    slot_.reader.image = image;
  }
  void fail(const PageAddress& address, const ReadFailure& failure) {
    const std::scoped_lock lock(slot_.mutex);
    slot_.reader.failures[address] = failure;
  }

  void start() {
    source_ = make_module_source({.place = {"zr-1", "eth4", "FP03", 48}, .interval_ns = 1'000'000},
                                 std::make_unique<SlotReader>(slot_), {io_, [] { return kTime; }});
    source_->start([this](std::span<const Observation> observations) {
      seen_.assign(observations.begin(), observations.end());
      ++batches_;
    });
  }

  // Whether it came true before the deadline.
  bool run_until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!done() && std::chrono::steady_clock::now() < deadline) {
      io_.restart();
      io_.run_one_for(std::chrono::milliseconds(100));
    }
    return done();
  }

  asio::io_context io_;
  Slot slot_;
  std::unique_ptr<sources::Source> source_;
  std::vector<Observation> seen_;
  int batches_ = 0;
};

TEST_F(ModuleSourceTest, PollsAgainAndAgain) {
  put(module());
  start();
  ASSERT_TRUE(run_until([&] { return batches_ >= 3; }));
  const auto osnr = std::ranges::find_if(
      seen_, [](const Observation& each) { return each.point.quantity == Quantity::kOsnr; });
  ASSERT_NE(osnr, seen_.end());
  EXPECT_NEAR(osnr->value, 33.4, 1e-9);
  EXPECT_EQ(osnr->time_unix_ns, kTime);
  EXPECT_EQ(osnr->point.source, "zr-1");
  const auto health = source_->health();
  EXPECT_EQ(health.kind, "modules");
  EXPECT_TRUE(health.up);
  EXPECT_EQ(health.last_update_unix_ns, kTime);
  EXPECT_EQ(health.counters.at("polls"), static_cast<std::uint64_t>(batches_));
  EXPECT_EQ(health.counters.at("flag_changes"), 1U) << "told once, not at every poll";
  EXPECT_EQ(health.observations, seen_.size() * static_cast<std::size_t>(batches_));
  source_->stop();
}

TEST_F(ModuleSourceTest, ModuleThatIsPulledAndComesBack) {
  put(module());
  start();
  ASSERT_TRUE(run_until([&] { return batches_ >= 1; }));
  fail(PageAddress::lower(), {ReadFailure::Kind::kUnavailable, "eth4: Input/output error"});
  ASSERT_TRUE(run_until([&] { return !source_->health().up; }));
  const int before = batches_;
  ASSERT_TRUE(run_until([&] { return source_->health().errors["unavailable"] >= 3; }));
  EXPECT_EQ(batches_, before) << "nothing is observed of a module that does not answer";
  EXPECT_THAT(source_->health().detail, HasSubstr("Input/output error"));
  {
    const std::scoped_lock lock(slot_.mutex);
    slot_.reader.failures.clear();
  }
  ASSERT_TRUE(run_until([&] { return batches_ > before; }));
  EXPECT_TRUE(source_->health().up);
  EXPECT_THAT(source_->health().detail, IsEmpty());
  source_->stop();
}

TEST_F(ModuleSourceTest, PortWithoutModuleMemoryIsAStateAndNotTheEnd) {
  fail(PageAddress::lower(), {ReadFailure::Kind::kNotSupported, "lo: Operation not supported"});
  start();
  ASSERT_TRUE(run_until([&] { return source_->health().errors["not_supported"] >= 2; }));
  EXPECT_FALSE(source_->health().up);
  EXPECT_EQ(batches_, 0);
  source_->stop();
}

TEST_F(ModuleSourceTest, EmptyCageIsNoModule) {
  MemoryImage image;
  Page(PageAddress::lower()).put(image);
  Page(PageAddress::upper(0x00)).put(image);
  put(image);
  start();
  ASSERT_TRUE(run_until([&] { return source_->health().errors["no_module"] >= 1; }));
  EXPECT_EQ(batches_, 0);
  source_->stop();
}

TEST_F(ModuleSourceTest, PageThatFailsIsCountedAndTheRestObserved) {
  put(module());
  fail(PageAddress::upper(0x11), {ReadFailure::Kind::kNotSupported, "eth4: Invalid argument"});
  start();
  ASSERT_TRUE(run_until([&] { return batches_ >= 1; }));
  EXPECT_TRUE(source_->health().up);
  EXPECT_GE(source_->health().counters.at("pages_not_read"), 1U);
  EXPECT_THAT(source_->health().detail, HasSubstr("Invalid argument"));
  source_->stop();
}

TEST_F(ModuleSourceTest, NothingIsObservedAfterStop) {
  put(module());
  start();
  ASSERT_TRUE(run_until([&] { return batches_ >= 1; }));
  const int reads = slot_.reads;
  ASSERT_TRUE(run_until([&] { return slot_.reads > reads; })) << "a poll is under way";
  source_->stop();
  const int before = batches_;
  source_.reset();
  io_.restart();
  io_.run_for(std::chrono::seconds(20));  // until there is nothing left to run
  EXPECT_EQ(batches_, before);
}

TEST_F(ModuleSourceTest, IsDestroyedInTheMiddleOfAPollWithoutHarm) {
  put(module());
  start();
  source_.reset();
  io_.run_for(std::chrono::seconds(20));
  EXPECT_EQ(batches_, 0);
}

}  // namespace
}  // namespace caspilink::module_memory
