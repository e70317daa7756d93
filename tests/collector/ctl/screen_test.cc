#include "collector/ctl/screen.h"

#include <gmock/gmock.h>

namespace caspilink::ctl {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

TEST(FrameTest, WhatWasThereIsDrawnOverAndTheRestCleared) {
  EXPECT_EQ(frame("one\ntwo\n", {.columns = 80, .rows = 24}),
            "\033[Hone\033[K\r\ntwo\033[K\r\n\033[J");
}

TEST(FrameTest, LinesAreCutByCharactersAndColoursEndWithThem) {
  EXPECT_EQ(frame("Şüvəlan\n", {.columns = 4, .rows = 2}), "\033[HŞüvə\033[K\r\n\033[J");
  EXPECT_EQ(frame("\033[1;31mbad news\033[0m and more\n", {.columns = 3, .rows = 2}),
            "\033[H\033[1;31mbad\033[0m\033[K\r\n\033[J");
  EXPECT_EQ(frame("\033[32mok\033[0m\n", {.columns = 2, .rows = 2}),
            "\033[H\033[32mok\033[0m\033[K\r\n\033[J");
}

TEST(FrameTest, TheLastRowSaysWhatThereIsNoRoomFor) {
  const std::string shown = frame("1\n2\n3\n4\n", {.columns = 80, .rows = 3});
  EXPECT_THAT(shown, HasSubstr("2\033[K\r\n(2 more lines"));
  EXPECT_THAT(shown, EndsWith("\033[K")) << "a line end in the last row would scroll";
  const std::string full = frame("1\n2\n3\n", {.columns = 80, .rows = 3});
  EXPECT_THAT(full, EndsWith("3\033[K"));
  EXPECT_THAT(full, Not(HasSubstr("more")));
  EXPECT_THAT(frame("1\n2\n", {.columns = 80, .rows = 1}), HasSubstr("(2 more lines"));
}

}  // namespace
}  // namespace caspilink::ctl
