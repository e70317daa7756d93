#include "agent/sources/snmp/poll.h"

#include <gmock/gmock.h>

#include "tests/agent/sources/snmp/fake_session.h"

namespace caspilink::snmp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class PollTest : public testing::Test {
 protected:
  tl::expected<Answers, Failure> ask(const Questions& questions, PollLimits limits = {}) {
    std::optional<tl::expected<Answers, Failure>> result;
    FakeSession session(io_, agent_);
    Poll poll(session, questions, limits, [&](auto answers) { result = std::move(answers); });
    poll.start();
    io_.restart();
    io_.run();
    EXPECT_TRUE(result) << "the round ends";
    return std::move(*result);
  }
  void fill(const char* column, unsigned rows) {
    for (unsigned row = 1; row <= rows; ++row)
      agent_.values[oid_of(column).with(row)] = number(row);
  }

  asio::io_context io_;
  FakeAgent agent_;
};

TEST_F(PollTest, GetsObjectsAndWalksColumnsToTheirEnds) {
  agent_.values[oid_of("1.3.1.0")] = number(7);
  fill("1.3.5.1", 60);
  fill("1.3.5.2", 3);
  const auto answers = ask({.objects = {oid_of("1.3.1.0"), oid_of("1.3.2.0")},
                            .columns = {oid_of("1.3.5.1"), oid_of("1.3.5.2"), oid_of("1.3.5.3")}});
  ASSERT_TRUE(answers);
  EXPECT_EQ(answers->objects.at(oid_of("1.3.1.0")).number, 7);
  EXPECT_EQ(answers->objects.at(oid_of("1.3.2.0")).kind, Value::Kind::kNoSuchObject);
  EXPECT_EQ(answers->columns.at(oid_of("1.3.5.1")).rows.size(), 60U);
  EXPECT_EQ(answers->columns.at(oid_of("1.3.5.1")).rows.at(Oid{{60}}).number, 60);
  EXPECT_EQ(answers->columns.at(oid_of("1.3.5.2")).rows.size(), 3U);
  EXPECT_TRUE(answers->columns.at(oid_of("1.3.5.2")).whole);
  EXPECT_THAT(answers->columns.at(oid_of("1.3.5.3")).rows, IsEmpty());
  EXPECT_TRUE(answers->columns.at(oid_of("1.3.5.3")).whole) << "the end of the MIB";
  EXPECT_THAT(answers->troubles, IsEmpty());
  EXPECT_EQ(agent_.questions, 1 + 3 + 1 + 1) << "25 rows a question";
}

TEST_F(PollTest, ASmallAgentIsAskedForLess) {
  Questions questions;
  for (unsigned each = 1; each <= 30; ++each) {
    questions.objects.push_back(oid_of("1.3.1").with(each));
    agent_.values[questions.objects.back()] = number(each);
  }
  agent_.most_bindings = 6;
  const auto answers = ask(questions);
  ASSERT_TRUE(answers);
  EXPECT_EQ(answers->objects.size(), 30U);
  EXPECT_THAT(answers->troubles, IsEmpty());
}

TEST_F(PollTest, OneBadObjectDoesNotTakeTheOthersWithIt) {
  Questions questions{.objects = {oid_of("1.3.1"), oid_of("1.3.2"), oid_of("1.3.3")},
                      .columns = {}};
  for (const Oid& each : questions.objects) agent_.values[each] = number(1);
  agent_.instead = [](const std::vector<Oid>& oids, bool) -> std::optional<Response> {
    const auto bad = std::ranges::find(oids, oid_of("1.3.2"));
    if (bad == oids.end()) return std::nullopt;
    return Response{.error_status = 5, .error_index = static_cast<int>(bad - oids.begin()) + 1};
  };
  const auto answers = ask(questions);
  ASSERT_TRUE(answers);
  EXPECT_EQ(answers->objects.size(), 2U);
  EXPECT_FALSE(answers->objects.contains(oid_of("1.3.2")));
  EXPECT_THAT(answers->troubles, ElementsAre(Pair("agent_error", 1)));
}

TEST_F(PollTest, AnErrorThatNamesNobodyEndsItsQuestionOnly) {
  agent_.instead = [](const std::vector<Oid>&, bool bulk) -> std::optional<Response> {
    if (bulk) return std::nullopt;
    return Response{.error_status = 5, .error_index = 99};
  };
  fill("1.3.5.1", 2);
  const auto answers = ask({.objects = {oid_of("1.3.1.0")}, .columns = {oid_of("1.3.5.1")}});
  ASSERT_TRUE(answers);
  EXPECT_THAT(answers->objects, IsEmpty());
  EXPECT_EQ(answers->columns.at(oid_of("1.3.5.1")).rows.size(), 2U);
}

TEST_F(PollTest, AWalkThatGoesRoundEnds) {
  agent_.instead = [](const std::vector<Oid>&, bool) {
    return Response{
        .bindings = {{oid_of("1.3.5.1.2"), number(1)}, {oid_of("1.3.5.1.1"), number(1)}}};
  };
  const auto answers = ask({.objects = {}, .columns = {oid_of("1.3.5.1")}});
  ASSERT_TRUE(answers);
  EXPECT_THAT(answers->troubles, ElementsAre(Pair("not_increasing", 1)));
  EXPECT_FALSE(answers->columns.at(oid_of("1.3.5.1")).whole);
}

TEST_F(PollTest, AnEndlessTableEnds) {
  fill("1.3.5.1", 100);
  const auto answers =
      ask({.objects = {}, .columns = {oid_of("1.3.5.1")}}, {.max_repetitions = 7, .max_rows = 40});
  ASSERT_TRUE(answers);
  EXPECT_EQ(answers->columns.at(oid_of("1.3.5.1")).rows.size(), 40U);
  EXPECT_FALSE(answers->columns.at(oid_of("1.3.5.1")).whole);
  EXPECT_THAT(answers->troubles, ElementsAre(Pair("too_many_rows", 1)));
}

TEST_F(PollTest, WhatWasNotAskedForIsNotTaken) {
  agent_.instead = [](const std::vector<Oid>&, bool) {
    return Response{.bindings = {{oid_of("1.3.9.9"), number(1)}}};
  };
  const auto answers = ask({.objects = {oid_of("1.3.1.0")}, .columns = {}});
  ASSERT_TRUE(answers);
  EXPECT_THAT(answers->objects, IsEmpty());
}

TEST_F(PollTest, NoAnswerEndsTheRound) {
  agent_.failure = Failure{"timeout", "it does not answer"};
  const auto answers = ask({.objects = {oid_of("1.3.1.0")}, .columns = {oid_of("1.3.5.1")}});
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().kind, "timeout");
  EXPECT_EQ(agent_.questions, 1);
}

}  // namespace
}  // namespace caspilink::snmp
