#include "agent/sources/gnmi/wire.h"

#include <gtest/gtest.h>

#include "agent/sources/gnmi/path_tree.h"
#include "proto/gnmi.pb.h"

namespace caspilink::gnmi {
namespace {

std::string bytes_of(const char* path) {
  ::gnmi::Path wire;
  write_path(parse_path(path).value(), wire);
  return wire.SerializeAsString();
}

bool read_path(std::string_view prefix, std::string_view path, Path& out,
               std::string_view& origin) {
  std::vector<std::string_view> known;
  return wire::read_path(prefix, path, out, known, origin);
}

bool reads(const ::gnmi::Path& path) {
  Path out;
  std::string_view origin;
  return read_path({}, path.SerializeAsString(), out, origin);
}

TEST(WireTest, PrefixAndPathBecomeOne) {
  Path whole;
  whole.elements.resize(9, {.name = "earlier", .keys = {{"a", "b"}, {"c", "d"}}});
  std::string_view origin = "as before";
  ASSERT_TRUE(read_path(bytes_of("/components/component[name=och-1]"),
                        bytes_of("/optical-channel/state"), whole, origin));
  EXPECT_EQ(format_path(whole), "/components/component[name=och-1]/optical-channel/state");
  EXPECT_EQ(origin, "as before");
}

TEST(WireTest, WhatAPathSharesWithTheLastIsNotReadAgain) {
  const std::string prefix = bytes_of("/components");
  const std::string one = bytes_of("/component[name=och-1]/optical-channel/state/osnr/instant");
  const std::string shorter = bytes_of("/component[name=och-1]/optical-channel");
  const std::string other = bytes_of("/component[name=och-2]/optical-channel/state/osnr/instant");
  const std::string broken = "\x1a\x04\x0a\x02\xc3\x28";
  Path path;
  std::vector<std::string_view> known;
  std::string_view origin;
  for (const auto* each : {&one, &shorter, &one, &other, &one}) {
    ASSERT_TRUE(wire::read_path(prefix, *each, path, known, origin));
    Path alone;
    ASSERT_TRUE(read_path(prefix, *each, alone, origin));
    EXPECT_EQ(format_path(path), format_path(alone));
    EXPECT_EQ(known.size(), path.elements.size());
    EXPECT_FALSE(wire::read_path(prefix, broken, path, known, origin));
  }
  // Told that they are here, it takes them to be.
  path.elements[0].name = "left";
  ASSERT_TRUE(wire::read_path(prefix, one, path, known, origin));
  EXPECT_EQ(path.elements[0].name, "left");
}

TEST(WireTest, ThePathsOwnOriginComesBeforeThePrefixs) {
  ::gnmi::Path prefix;
  prefix.set_origin("openconfig");
  ::gnmi::Path path;
  Path out;
  std::string_view origin;
  const std::string of_prefix = prefix.SerializeAsString();
  ASSERT_TRUE(read_path(of_prefix, path.SerializeAsString(), out, origin));
  EXPECT_EQ(origin, "openconfig");
  path.set_origin("acme");
  const std::string of_path = path.SerializeAsString();
  ASSERT_TRUE(read_path(of_prefix, of_path, out, origin));
  EXPECT_EQ(origin, "acme");
}

TEST(WireTest, NamesLoseTheirModules) {
  ::gnmi::Path path;
  auto& element = *path.add_elem();
  element.set_name("openconfig-platform:component");
  (*element.mutable_key())["openconfig-platform:name"] = "a:b";
  Path out;
  std::string_view origin;
  const std::string bytes = path.SerializeAsString();
  ASSERT_TRUE(read_path({}, bytes, out, origin));
  EXPECT_EQ(format_path(out), "/component[name=a:b]");
}

TEST(WireTest, APathIsNotLongerThanAnybodys) {
  ::gnmi::Path path;
  for (std::size_t count = 0; count < kLongestPath; ++count) path.add_elem()->set_name("a");
  EXPECT_TRUE(reads(path));
  path.add_elem();
  EXPECT_FALSE(reads(path));

  ::gnmi::Path keys;
  auto& map = *keys.add_elem()->mutable_key();
  for (std::size_t count = 0; count < wire::kMostKeys; ++count) map[std::to_string(count)] = "";
  EXPECT_TRUE(reads(keys));
  map["one more"] = "";
  EXPECT_FALSE(reads(keys));

  ::gnmi::Path text;
  text.add_elem()->set_name(std::string(kLongestKey, 'a'));
  EXPECT_TRUE(reads(text));
  text.mutable_elem(0)->set_name(std::string(kLongestKey + 1, 'a'));
  EXPECT_FALSE(reads(text));
}

TEST(WireTest, NamesAreText) {
  Path out;
  std::string_view origin;
  EXPECT_TRUE(read_path({}, "\x1a\x04\x0a\x02\xc3\xa9", out, origin));
  EXPECT_FALSE(read_path({}, "\x1a\x04\x0a\x02\xc3\x28", out, origin)) << "no UTF-8";
}

TEST(WireTest, ANotificationIsReadWhole) {
  ::gnmi::Notification sent;
  sent.set_timestamp(-5);
  sent.set_atomic(true);
  sent.mutable_prefix()->set_target("a");
  sent.add_update()->mutable_val()->set_double_val(2.5);
  sent.mutable_update(0)->set_duplicates(7);
  sent.add_update();
  sent.add_delete_()->add_elem()->set_name("b");
  const std::string bytes = sent.SerializeAsString();
  wire::Notification read;
  read.updates.resize(5);
  ASSERT_TRUE(wire::read_notification(bytes, read));
  EXPECT_EQ(read.timestamp, -5);
  EXPECT_TRUE(read.atomic);
  EXPECT_EQ(read.prefix, sent.prefix().SerializeAsString());
  ASSERT_EQ(read.updates.size(), 2U);
  EXPECT_EQ(read.updates[0].value, sent.update(0).val().SerializeAsString());
  EXPECT_EQ(read.updates[1].value, "");
  ASSERT_EQ(read.deletes.size(), 1U);
  EXPECT_EQ(read.deletes[0], sent.delete_(0).SerializeAsString());
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    (void)wire::read_notification(std::string_view(bytes).substr(0, size), read);
  }
  EXPECT_FALSE(wire::read_notification(std::string_view(bytes).substr(0, bytes.size() - 1), read));
  EXPECT_FALSE(wire::read_notification(bytes + bytes, read)) << "a prefix said twice";
}

TEST(WireTest, AResponseHoldsANotificationOrTheEndOfTheFirst) {
  ::gnmi::SubscribeResponse response;
  response.mutable_update()->set_timestamp(5);
  const std::string update = response.SerializeAsString();
  auto read = wire::read_response(update);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->notification, response.update().SerializeAsString());
  EXPECT_FALSE(read->synced);
  response.set_sync_response(true);
  read = wire::read_response(response.SerializeAsString());
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->synced);
  EXPECT_FALSE(read->notification);
  EXPECT_TRUE(wire::read_response(""));
  EXPECT_FALSE(wire::read_response("\x0a"));
  EXPECT_FALSE(wire::read_response(std::string_view("\0", 1)));
}

}  // namespace
}  // namespace caspilink::gnmi
