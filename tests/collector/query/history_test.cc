// What is read from the store: samples, bins, service levels.
#include <cmath>

#include <gmock/gmock.h>

#include "tests/collector/query/server_fixture.h"
#include "tests/collector/store/batches.h"

namespace caspilink::query {
namespace {

using test::kSecond;
using testing::ElementsAre;

TEST_F(QueryServerTest, HistoryComesInPagesWithoutGapOrDouble) {
  store_->declare("aktau", store::make_catalogue(5), store::kNow);
  for (std::uint64_t sequence = 1; sequence <= 10; ++sequence) {
    store_->append(store::make_batch("aktau", 5, sequence));
  }
  store_.reset();  // everything is on disk now
  on_owner([this] { publish(); });
  const auto viewer = as(kViewer);
  const auto page_of = [&](wire::GetHistoryRequest& request) {
    grpc::ClientContext context;
    patient(context);
    const auto stream = viewer->GetHistory(&context, request);
    std::vector<double> values;
    wire::GetHistoryResponse message;
    request.clear_page();
    while (stream->Read(&message)) {
      for (const auto& sample : message.samples()) values.push_back(sample.value());
      request.set_page(message.next_page());
    }
    const auto status = stream->Finish();
    EXPECT_TRUE(status.ok()) << status.error_message();
    return values;
  };
  wire::GetHistoryRequest all;
  all.set_quantity("q_value");
  const auto whole = page_of(all);
  EXPECT_EQ(whole.size(), 30U);
  EXPECT_EQ(all.page(), "");
  wire::GetHistoryRequest paged;
  paged.set_quantity("q_value");
  paged.set_limit(7);
  std::vector<double> joined;
  int pages = 0;
  do {
    const auto page = page_of(paged);
    EXPECT_LE(page.size(), 7U);
    joined.insert(joined.end(), page.begin(), page.end());
    ASSERT_LE(++pages, 5);
  } while (!paged.page().empty());
  EXPECT_EQ(joined, whole);
  wire::GetHistoryRequest one;
  one.set_channel(2);
  one.set_from_unix_ns(store::kNow + 4 * kSecond);
  EXPECT_EQ(page_of(one).size(), 6U);
  for (const char* page : {"x", "1", "1:", "1:2:3"}) {
    wire::GetHistoryRequest wrong;
    wrong.set_page(page);
    grpc::ClientContext context;
    patient(context);
    const auto stream = viewer->GetHistory(&context, wrong);
    wire::GetHistoryResponse message;
    EXPECT_FALSE(stream->Read(&message));
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT) << page;
  }
}

TEST_F(QueryServerTest, BinsAndServiceLevelsComeFromTheStore) {
  constexpr std::int64_t kStart = 1'798'761'600 * kSecond;  // 2027-01-01T00:00:00Z
  for (int quarter = 0; quarter < 4; ++quarter) {
    store_->record(
        store::BinRecord{.place = {.quantity = "unavailable_seconds", .fibre_pair = "FP01"},
                         .start_unix_ns = kStart + quarter * 900 * kSecond,
                         .minimum = std::nan(""),
                         .average = std::nan(""),
                         .maximum = std::nan(""),
                         .last = quarter == 0 ? 90.0 : 0.0,
                         .samples = 900});
  }
  store_.reset();
  on_owner([this] { publish(); });
  const auto viewer = as(kViewer);
  wire::GetBinsRequest request;
  request.set_quantity("unavailable_seconds");
  wire::GetBinsResponse bins;
  ASSERT_TRUE(call(*viewer, &wire::Query::Stub::GetBins, request, bins).ok());
  ASSERT_EQ(bins.bins_size(), 4);
  EXPECT_DOUBLE_EQ(bins.bins(0).last(), 90.0);
  EXPECT_FALSE(bins.bins(0).has_average());
  EXPECT_EQ(bins.bins(0).unit(), "s");
  request.set_limit(2);
  ASSERT_TRUE(call(*viewer, &wire::Query::Stub::GetBins, request, bins).ok());
  ASSERT_EQ(bins.bins_size(), 2);
  EXPECT_TRUE(bins.truncated());
  EXPECT_EQ(bins.bins(1).start_unix_ns(), kStart + 3 * 900 * kSecond);
  request.set_length_s(60);
  EXPECT_EQ(call(*viewer, &wire::Query::Stub::GetBins, request, bins).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);

  wire::GetServiceLevelsRequest month;
  month.set_month("2027-01");
  wire::GetServiceLevelsResponse levels;
  ASSERT_TRUE(call(*viewer, &wire::Query::Stub::GetServiceLevels, month, levels).ok());
  ASSERT_EQ(levels.levels_size(), 1);
  EXPECT_EQ(levels.month(), "2027-01");
  EXPECT_EQ(levels.levels(0).unavailable_s(), 90U);
  EXPECT_EQ(levels.levels(0).known_s() + levels.levels(0).unknown_s(), 31U * 86'400U);
  month.set_month("January");
  EXPECT_EQ(call(*viewer, &wire::Query::Stub::GetServiceLevels, month, levels).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace caspilink::query
