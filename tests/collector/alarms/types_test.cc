// The table of types against what is written about it.
#include "collector/alarms/types.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>

#include "tests/support/paths.h"

namespace caspilink::alarms {
namespace {

using testing::HasSubstr;

std::string text_of(const std::string& path) {
  std::ifstream file(test::source_dir() + "/" + path);
  EXPECT_TRUE(file) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(TypesTest, TheReadmesTableIsTheCodes) {
  EXPECT_THAT(text_of("collector/alarms/README.md"), HasSubstr(types_table()));
}

TEST(TypesTest, EveryTypeHasAnAlertAndSaysInTheRunbookWhatToDo) {
  const std::string rules = text_of("deploy/prometheus/rules/cable.yaml") +
                            text_of("deploy/prometheus/rules/system.yaml");
  const std::string runbook = text_of("deploy/RUNBOOK.md");
  for (const TypeInfo& row : types()) {
    EXPECT_THAT(rules, HasSubstr("alarm_type=\"" + std::string(row.name) + "\"}"));
    EXPECT_THAT(runbook, HasSubstr("\n## `" + std::string(row.name) + "`\n"));
  }
}

}  // namespace
}  // namespace caspilink::alarms
