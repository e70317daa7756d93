#include "collector/remote_write/configuration.h"

#include <gmock/gmock.h>

#include "collector/remote_write/series.h"
#include "collector/remote_write/url.h"

namespace caspilink::remote_write {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

Result<std::vector<ReceiverSettings>> read(const std::string& text) {
  auto file = formats::YamlFile::parse("remote_write:\n" + text, "etc/collector.yaml");
  if (!file) return tl::unexpected(file.error());
  auto receivers = read_receivers(file->root().optional_maps("remote_write"));
  if (auto done = file->finish(); !done) return tl::unexpected(done.error());
  return receivers;
}
std::string problem(const std::string& text) {
  const auto receivers = read(text);
  EXPECT_FALSE(receivers);
  return receivers ? "" : receivers.error().message();
}

TEST(RemoteWriteConfigurationTest, EverythingCanBeSaid) {
  const auto receivers = read(R"(  - name: long-term
    url: https://tsdb.example/api/v1/write
    window_h: 2
    max_samples: 100
    timeout_s: 5
    labels: {cluster: caspian}
    basic_auth: {username: collector, password_file: secret}
    ca_file: ca.pem
  - {name: local, url: "http://127.0.0.1:9090/api/v1/write"}
)");
  ASSERT_TRUE(receivers) << receivers.error().message();
  ASSERT_EQ(receivers->size(), 2U);
  const ReceiverSettings& first = receivers->front();
  EXPECT_EQ(first.window_ns, 7'200'000'000'000);
  EXPECT_EQ(first.max_samples, 100U);
  EXPECT_EQ(first.timeout_ns, 5'000'000'000);
  EXPECT_EQ(first.labels, (Labels{{"cluster", "caspian"}}));
  EXPECT_EQ(first.password_file, "etc/secret");
  EXPECT_EQ(first.ca_file, "etc/ca.pem");
  EXPECT_FALSE(receivers->back().window_ns);
}

TEST(RemoteWriteConfigurationTest, ProblemsSayWhereAndWhat) {
  EXPECT_THAT(problem("  - {name: a, url: ftp://x/}\n"), StartsWith("etc/collector.yaml:2:20"));
  EXPECT_THAT(problem("  - {name: a, url: \"http://u:p@x/\"}\n"), HasSubstr("basic_auth"));
  EXPECT_THAT(problem("  - {name: a, url: \"http://x/\"}\n  - {name: a, url: \"http://y/\"}\n"),
              StartsWith("etc/collector.yaml:3:12"));
  EXPECT_THAT(problem("  - {name: a, url: \"http://x/\", labels: {a-b: c}}\n"), HasSubstr("'a-b'"));
  EXPECT_THAT(problem("  - {name: a, url: \"http://x/\", windw_h: 1}\n"), HasSubstr("windw_h"));
}

TEST(UrlTest, IsTakenApart) {
  EXPECT_EQ(*parse_url("http://127.0.0.1:9090/api/v1/write"),
            (Url{.origin = "http://127.0.0.1:9090", .path = "/api/v1/write"}));
  EXPECT_EQ(*parse_url("https://[::1]:8428"),
            (Url{.origin = "https://[::1]:8428", .path = "/", .tls = true}));
  for (const char* wrong : {"", "127.0.0.1:9090", "http://", "http:///x", "http://a b/"}) {
    EXPECT_FALSE(parse_url(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace caspilink::remote_write
