#include "collector/page/document.h"

#include <regex>

#include <gmock/gmock.h>

namespace caspilink::page {
namespace {

using testing::HasSubstr;
using testing::Not;

std::size_t times(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(DocumentTest, IsOneFileWithAllOfItsParts) {
  EXPECT_THAT(kHtml, testing::StartsWith("<!doctype html>"));
  EXPECT_THAT(kHtml, testing::EndsWith("</html>\n"));
  EXPECT_THAT(kHtml, Not(HasSubstr("@STYLE@")));
  EXPECT_THAT(kHtml, Not(HasSubstr("@SCRIPT@")));
  EXPECT_THAT(kHtml, HasSubstr("new EventSource("));
  EXPECT_EQ(times(kHtml, "<script>"), 1U);
  EXPECT_EQ(times(kHtml, "</script>"), 1U);
  EXPECT_EQ(times(kHtml, "<style>"), 1U);
}

TEST(DocumentTest, TakesNothingFromElsewhere) {
  std::string html(kHtml);
  // Names of XML, not addresses.
  html = std::regex_replace(html, std::regex("http://www\\.w3\\.org/2000/svg"), "");
  EXPECT_THAT(html, Not(HasSubstr("http:")));
  EXPECT_THAT(html, Not(HasSubstr("https:")));
  EXPECT_THAT(html, Not(HasSubstr("@import")));
  EXPECT_THAT(html, Not(HasSubstr(" src=")));
}

TEST(DocumentTest, DataNeverBecomesMarkup) {
  for (const char* way : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                          "srcdoc", "new Function"}) {
    EXPECT_THAT(std::string(kHtml), Not(HasSubstr(way)));
  }
}

TEST(DocumentTest, ItsPolicyAllowsItsOwnScriptAndNothingElse) {
  const std::string& policy = document().content_security_policy;
  EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(policy, HasSubstr("connect-src 'self'"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  EXPECT_TRUE(std::regex_search(policy, std::regex("script-src 'sha256-[A-Za-z0-9+/]{43}='")));
  EXPECT_TRUE(std::regex_search(policy, std::regex("style-src 'sha256-[A-Za-z0-9+/]{43}='")));
  EXPECT_EQ(std::string(kHtml).find(" style=\""), std::string::npos);
}

}  // namespace
}  // namespace caspilink::page
