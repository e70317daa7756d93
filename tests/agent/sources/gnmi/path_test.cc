#include "agent/sources/gnmi/path.h"

#include <gmock/gmock.h>

#include "proto/codec/quantity.h"
#include "proto/gnmi.pb.h"

namespace caspilink::gnmi {
namespace {

TEST(PathTest, TextReadsBackTheSame) {
  for (const char* text : {"/", "/a", "/components/component[name=och-1]/state", "/a/b[x=1][y=2]/c",
                           "/a[k=with space/and]slash", "/a[k=]/b", "/*/b/.../c"}) {
    const auto path = parse_path(text);
    if (!path) continue;
    EXPECT_EQ(format_path(*path), text);
  }
  EXPECT_EQ(format_path(parse_path(R"(/a[k=\]\\x]/b)").value()), R"(/a[k=\]\\x]/b)");
  EXPECT_EQ(parse_path(R"(/a[k=\]\\x]/b)")->elements[0].keys[0].second, R"(]\x)");
}

TEST(PathTest, EveryPathOfTheQuantityTableParses) {
  for (const codec::QuantityInfo& row : codec::quantities()) {
    if (row.openconfig.empty()) continue;
    const auto path = parse_path(row.openconfig);
    ASSERT_TRUE(path) << row.openconfig;
    EXPECT_EQ(format_path(*path), row.openconfig);
  }
}

TEST(PathTest, ModulePrefixesAreDropped) {
  EXPECT_EQ(parse_path("/openconfig-platform:components/component[name=a]"),
            parse_path("/components/component[name=a]"));
}

TEST(PathTest, WhatIsNoPathIsRefusedWithItsOffset) {
  for (const auto& [text, offset] : {std::pair{"a/b", "offset 0"},
                                     {"/a//b", "offset 3"},
                                     {"/a[k", "offset 3"},
                                     {"/a[k=v", "offset 6"},
                                     {"/a[=v]", "offset 3"},
                                     {"/a]b", "offset 2"}}) {
    const auto path = parse_path(text);
    ASSERT_FALSE(path) << text;
    EXPECT_THAT(path.error().where, testing::HasSubstr(offset)) << text;
  }
}

TEST(PathTest, APatternCoversWhatItNamesAndWhatIsBelow) {
  const auto covered = [](const char* pattern, const char* path) {
    return covers(parse_path(pattern).value(), parse_path(path).value());
  };
  EXPECT_TRUE(covered("/", "/a/b"));
  EXPECT_TRUE(covered("/a", "/a/b[k=1]/c"));
  EXPECT_TRUE(covered("/a/b", "/a/b[k=1]/c"));
  EXPECT_TRUE(covered("/a/b[k=*]/c", "/a/b[k=1]/c"));
  EXPECT_TRUE(covered("/*/b[k=1]", "/a/b[k=1]/c"));
  EXPECT_TRUE(covered("/.../c", "/a/b[k=1]/c"));
  EXPECT_TRUE(covered("/a/...", "/a"));
  EXPECT_FALSE(covered("/a/b[k=2]", "/a/b[k=1]/c"));
  EXPECT_FALSE(covered("/a/b/c/d", "/a/b/c"));
  EXPECT_FALSE(covered("/.../d", "/a/b/c"));
  EXPECT_FALSE(covered("/b", "/a/b"));
}

}  // namespace
}  // namespace caspilink::gnmi
