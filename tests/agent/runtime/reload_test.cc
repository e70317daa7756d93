#include "agent/runtime/reload.h"

#include <gmock/gmock.h>

namespace caspilink::runtime {
namespace {

const Settings kBefore = {{"station", {"sumgait", "agent.yaml:1:10"}},
                          {"batch.linger_ms", {"10", "agent.yaml:5:20"}},
                          {"collectors[0].address", {"127.0.0.1:1", "agent.yaml:3:5"}}};

TEST(ReloadTest, TheSameFileHasNoDifferencesWhereverItsKeysStand) {
  Settings moved = kBefore;
  moved["station"].where = "agent.yaml:9:10";
  EXPECT_TRUE(differences(kBefore, moved).empty());
}

TEST(ReloadTest, TellsWhatChangedCameAndWent) {
  Settings after = kBefore;
  after["batch.linger_ms"] = {"20", "agent.yaml:5:21"};
  after.erase("collectors[0].address");
  after["uplink.quorum"] = {"1", "agent.yaml:7:2"};
  const auto found = differences(kBefore, after);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(to_string(found[0]), "batch.linger_ms: 10 -> 20");
  EXPECT_EQ(to_string(found[1]), "collectors[0].address: 127.0.0.1:1 -> (left out)");
  EXPECT_EQ(to_string(found[2]), "uplink.quorum: (left out) -> 1");
  EXPECT_TRUE(touches(found, "collectors"));
  EXPECT_TRUE(touches(found, "batch"));
  EXPECT_FALSE(touches(found, "collector")) << "another key's beginning";
  EXPECT_TRUE(check_without_restart(found));
}

TEST(ReloadTest, WhatOnlyARestartCanChangeIsRefusedWithItsPlace) {
  for (const char* key : {"station", "state_dir", "http.listen"}) {
    Settings after = kBefore;
    after[key] = {"other", "agent.yaml:2:4"};
    const auto refused = check_without_restart(differences(kBefore, after));
    ASSERT_FALSE(refused) << key;
    EXPECT_THAT(refused.error().message(),
                testing::AllOf(testing::StartsWith("agent.yaml:2:4: "), testing::HasSubstr(key),
                               testing::HasSubstr("restart")));
  }
}

}  // namespace
}  // namespace caspilink::runtime
