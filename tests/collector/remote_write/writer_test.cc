#include "collector/remote_write/writer.h"

#include <functional>
#include <set>

#include <gmock/gmock.h>
#include <snappy.h>

#include "proto/remote_write.pb.h"
#include "tests/collector/remote_write/filled_store.h"

namespace caspilink::remote_write {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t kNanos = 1'000'000'000;
constexpr std::int64_t kBegin = 1'800'000'000;

struct Taken {
  std::vector<std::int64_t> seconds;  // in the order of their arrival
  std::vector<v1::WriteRequest> requests;
};

// Answers as told, and remembers what it took.
class FakeReceiver final : public Receiver {
 public:
  using Rule = std::function<Answer(const v1::WriteRequest&)>;
  FakeReceiver(Taken& taken, Rule& rule) : taken_(taken), rule_(rule) {}

  Answer write(const std::string& body) override {
    std::string plain;
    EXPECT_TRUE(snappy::Uncompress(body.data(), body.size(), &plain));
    v1::WriteRequest request;
    EXPECT_TRUE(request.ParseFromString(plain));
    const Answer answer = rule_(request);
    if (answer.kind != Answer::Kind::kTaken) return answer;
    for (const auto& series : request.timeseries()) {
      for (const auto& sample : series.samples()) {
        taken_.seconds.push_back(sample.timestamp() / 1000);
      }
    }
    taken_.requests.push_back(std::move(request));
    return answer;
  }
  void stop() override {}

 private:
  Taken& taken_;
  Rule& rule_;
};

Answer take_all(const v1::WriteRequest&) { return {.kind = Answer::Kind::kTaken}; }

std::vector<std::int64_t> seconds(std::int64_t from, std::int64_t until, std::int64_t every = 1) {
  std::vector<std::int64_t> all;
  for (; from < until; from += every) all.push_back(from);
  return all;
}

class WriterTest : public testing::Test {
 protected:
  std::unique_ptr<Writer> open(ReceiverSettings settings = {.name = "main"}) {
    auto writer = Writer::open(store_.directory(), store_.store(), test::small_plant(),
                               std::move(settings), std::make_unique<FakeReceiver>(taken_, rule_));
    EXPECT_TRUE(writer) << writer.error().message();
    return std::move(*writer);
  }
  static void step(Writer& writer, std::int64_t second) {
    const auto done = writer.step(second * kNanos);
    ASSERT_TRUE(done) << done.error().message();
  }

  FilledStore store_;
  Taken taken_;
  FakeReceiver::Rule rule_ = take_all;
};

TEST_F(WriterTest, SamplesCarryTheNamesLabelsAndUnitsOfTheScrape) {
  store_.report(kBegin, kBegin + 2, 1);
  auto writer = open({.name = "main", .labels = {{"cluster", "cable"}, {"station", "not this"}}});
  step(*writer, kBegin + 2);
  ASSERT_EQ(taken_.requests.size(), 1U);
  ASSERT_EQ(taken_.requests[0].timeseries_size(), 1);
  std::vector<std::string> labels;
  for (const auto& label : taken_.requests[0].timeseries(0).labels()) {
    labels.push_back(label.name() + "=" + label.value());
  }
  EXPECT_THAT(labels,
              ElementsAre("__name__=caspilink_channel_input_power_dbm", "channel=32",
                          "cluster=cable", "direction=a-b", "fibre_pair=FP01", "station=aktau"));
  EXPECT_EQ(taken_.requests[0].timeseries(0).samples(1).value(), 0.01);
  EXPECT_EQ(taken_.requests[0].timeseries(0).samples(1).timestamp(), (kBegin + 1) * 1000);
}

TEST_F(WriterTest, ReadingsWithoutANumberAreNotSent) {
  store_.report(kBegin, kBegin + 10, 1, codec::Reading::kNoLight);
  step(*open(), kBegin + 10);
  EXPECT_TRUE(taken_.requests.empty());
}

TEST_F(WriterTest, AReceiverThatWasAwayIsFilledUpOnceAndInOrder) {
  auto writer = open();
  rule_ = [](const v1::WriteRequest&) { return Answer{.detail = "connection refused"}; };
  store_.report(kBegin, kBegin + 100, 1);
  step(*writer, kBegin + 100);
  EXPECT_EQ(writer->status().failed_requests, 1U);
  EXPECT_THAT(writer->status().trouble, HasSubstr("refused"));
  step(*writer, kBegin + 100);
  EXPECT_EQ(writer->status().failed_requests, 1U) << "it pauses";
  rule_ = take_all;
  store_.report(kBegin + 100, kBegin + 200, 1);
  step(*writer, kBegin + 200);
  EXPECT_EQ(taken_.seconds, seconds(kBegin, kBegin + 200));
  EXPECT_EQ(writer->status().samples, 200U);
  EXPECT_EQ(writer->status().delay_ns, 0);
}

TEST_F(WriterTest, ARestartGoesOnWhereTheReceiverGotTo) {
  store_.report(kBegin, kBegin + 50, 1);
  step(*open(), kBegin + 50);
  store_.report(kBegin + 50, kBegin + 60, 1);  // makes the watermark durable
  step(*open(), kBegin + 60);
  EXPECT_EQ(taken_.seconds, seconds(kBegin, kBegin + 60));
}

TEST_F(WriterTest, RequestsHoldOneAgeClassOldestFirst) {
  store_.report(kBegin + 3600, kBegin + 3610, 1);  // live
  store_.report(kBegin, kBegin + 1200, 60);        // and what waited
  auto writer = open({.name = "main", .max_samples = 7});
  step(*writer, kBegin + 3610);
  EXPECT_TRUE(std::ranges::is_sorted(taken_.seconds));
  EXPECT_EQ(taken_.seconds.size(), 30U);
  for (const auto& request : taken_.requests) {
    std::set<std::int64_t> classes;
    int samples = 0;
    for (const auto& series : request.timeseries()) {
      samples += series.samples_size();
      for (const auto& sample : series.samples()) classes.insert(sample.timestamp() / 600'000);
    }
    EXPECT_EQ(classes.size(), 1U);
    EXPECT_LE(samples, 7);
  }
}

TEST_F(WriterTest, WhatIsTooOldIsCutOutAndTheRestArrives) {
  store_.report(kBegin, kBegin + 100, 1);
  rule_ = [](const v1::WriteRequest& request) {
    for (const auto& sample : request.timeseries(0).samples()) {
      if (sample.timestamp() < (kBegin + 37) * 1000) {
        return answer_of(500, "out of bounds / too old sample");
      }
    }
    return Answer{.kind = Answer::Kind::kTaken};
  };
  auto writer = open();
  step(*writer, kBegin + 100);
  std::ranges::sort(taken_.seconds);  // the request that was cut goes newer half first
  EXPECT_EQ(taken_.seconds, seconds(kBegin + 37, kBegin + 100));
  EXPECT_EQ(writer->status().too_old, 37U);
  EXPECT_EQ(writer->status().samples, 63U);
}

TEST_F(WriterTest, TheWindowKeepsWhatIsTooOldFromBeingSent) {
  store_.report(kBegin, kBegin + 100, 1);
  auto writer = open({.name = "main", .window_ns = 60 * kNanos});
  step(*writer, kBegin + 100);
  EXPECT_EQ(taken_.seconds, seconds(kBegin + 40, kBegin + 100));
  EXPECT_EQ(writer->status().too_old, 40U);
}

TEST(AnswerTest, TheTextDecidesWhatATooOldAnswerIs) {
  using enum Answer::Kind;
  EXPECT_EQ(answer_of(204, "").kind, kTaken);
  EXPECT_EQ(answer_of(500, "too old sample").kind, kTooOld);
  EXPECT_EQ(answer_of(400, "out of bounds").kind, kTooOld);
  EXPECT_EQ(answer_of(400, "label name is wrong").kind, kRefused);
  EXPECT_EQ(answer_of(413, "").kind, kRefused);
  for (const int status : {401, 403, 404, 408, 429, 500, 502, 503}) {
    EXPECT_EQ(answer_of(status, "").kind, kLater) << status;
  }
}

}  // namespace
}  // namespace caspilink::remote_write
