// The gNMI client against the simulated station's server over a socket, in every way of asking.
#include <atomic>
#include <ostream>

#include <asio/io_context.hpp>
#include <gmock/gmock.h>

#include "agent/simulator/gnmi_server.h"
#include "agent/sources/gnmi/client.h"
#include "tests/agent/simulator/test_plant.h"
#include "tests/agent/simulator/test_view.h"
#include "tests/support/asio_loop.h"

namespace caspilink::gnmi {
namespace {

using simulator::testing::kStart;

constexpr std::int64_t kHour = 3'600'000'000'000;

struct Way {
  const char* name;
  Mode mode;
  Stream stream;
  std::int64_t interval_ns;  // an hour: what comes more than once comes for another reason
  EncodingChoice encoding = EncodingChoice::kProto;

  friend std::ostream& operator<<(std::ostream& out, const Way& way) { return out << way.name; }
};

class StationTest : public testing::TestWithParam<Way> {
 protected:
  ~StationTest() override {
    if (!client_) return;
    client_->stop();
    EXPECT_TRUE(test::run_dry(io_));
  }

  std::atomic<std::int64_t> ticks_ = 0;
  asio::io_context io_;
  std::unique_ptr<simulator::GnmiServer> server_;
  std::unique_ptr<sources::Source> client_;
};

TEST_P(StationTest, ValuesComeAndComeAgain) {
  const Way& way = GetParam();
  // Every look at the clock is a measurement period later, so that values move.
  simulator::GnmiServer::Options options;
  options.unix_now_ns = [this] { return kStart + simulator::kMeasurementPeriodNs * ticks_++; };
  const auto view =
      std::make_shared<const simulator::LineView>(simulator::testing::view_of(1, false));
  server_ = std::move(*simulator::GnmiServer::start(
      options,
      simulator::GnmiTree(simulator::points_of(simulator::testing::test_plant(), "aktau", *view)),
      view));

  TargetConfiguration configuration{
      .name = "slte-1",
      .address = {.host = "127.0.0.1", .port = static_cast<std::uint16_t>(server_->port())},
      .sample_interval_ns = way.interval_ns,
      .mode = way.mode,
      .stream = way.stream,
      .encoding = way.encoding,
      .modules = false};
  configuration.components.push_back(
      {sources::NamePattern::parse("och-{fibre_pair}-{channel}").value(), {}});
  std::map<codec::MeasurementPoint, std::set<std::int64_t>> times;  // of values, by point
  client_ = make_client(configuration, {.io = io_, .now_unix_ns = [] { return kStart; }}).value();
  client_->start([&](auto observations) {
    for (const codec::Observation& each : observations) {
      if (each.reading == codec::Reading::kValue) times[each.point].insert(each.time_unix_ns);
    }
  });
  const codec::MeasurementPoint osnr{.quantity = codec::Quantity::kOsnr,
                                     .source = "slte-1",
                                     .component = "och-FP01-4",
                                     .fibre_pair = "FP01",
                                     .channel = 4};
  EXPECT_TRUE(test::run_until(io_, [&] { return times[osnr].size() >= 2; }))
      << "got " << times[osnr].size() << " of " << times.size() << " points, "
      << client_->health().detail;
  EXPECT_GT(times.size(), 20U) << "the other leaves too";
  EXPECT_TRUE(client_->health().up);
  for (const auto& [kind, count] : client_->health().errors) EXPECT_EQ(count, 0U) << kind;
}

constexpr std::int64_t kTenth = 100'000'000;
INSTANTIATE_TEST_SUITE_P(
    Ways, StationTest,
    testing::Values(
        Way{"Sample", Mode::kStream, Stream::kSample, kTenth},
        Way{"SampleInJson", Mode::kStream, Stream::kSample, kTenth, EncodingChoice::kJson},
        Way{"OnChange", Mode::kStream, Stream::kOnChange, kHour},
        Way{"TargetDefined", Mode::kStream, Stream::kTargetDefined, kHour},
        Way{"TargetDefinedInJsonIetf", Mode::kStream, Stream::kTargetDefined, kHour,
            EncodingChoice::kJsonIetf},
        Way{"Once", Mode::kOnce, Stream::kSample, kTenth},
        Way{"OnceInJsonIetf", Mode::kOnce, Stream::kSample, kTenth, EncodingChoice::kJsonIetf},
        Way{"Poll", Mode::kPoll, Stream::kSample, kTenth},
        Way{"PollInJson", Mode::kPoll, Stream::kSample, kTenth, EncodingChoice::kJson}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace caspilink::gnmi
