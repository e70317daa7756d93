#include "link_models/formats/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace caspilink::formats {
namespace {

using testing::ElementsAre;

YamlFile parsed(std::string_view text) {
  auto file = YamlFile::parse(text, "f.yaml");
  EXPECT_TRUE(file) << file.error().message();
  return *file;
}

std::string refusal(std::string_view text) {
  const auto file = YamlFile::parse(text, "f.yaml");
  return file ? "accepted" : file.error().message();
}

std::string problem(const YamlFile& file) {
  const auto done = file.finish();
  return done ? "fine" : done.error().message();
}

TEST(YamlTest, ReadsEveryKindOfValue) {
  YamlFile file = parsed(
      "n: -1.5e3\ni: 42\nb: true\nt: text\nq: \"17\"\nlist: [a, b]\nnumbers: [1, 2.5]\n"
      "map: {x: 1}\nmaps:\n  - x: 2\n  - x: 3\nnamed:\n  z: {x: 4}\n  a: {x: 5}\n");
  YamlMap root = file.root();
  EXPECT_EQ(root.number("n"), -1500);
  EXPECT_EQ(root.integer("i", 0, 100), 42);
  EXPECT_TRUE(root.boolean("b"));
  EXPECT_EQ(root.text("t"), "text");
  EXPECT_EQ(root.text("q"), "17");
  EXPECT_THAT(root.texts("list"), ElementsAre("a", "b"));
  EXPECT_THAT(root.numbers("numbers"), ElementsAre(1, 2.5));
  EXPECT_EQ(root.map("map").number("x"), 1);
  auto maps = root.maps("maps");
  ASSERT_EQ(maps.size(), 2U);
  EXPECT_EQ(maps[1].number("x"), 3);
  (void)maps[0].number("x");
  auto named = root.named_maps("named");
  ASSERT_EQ(named.size(), 2U);
  EXPECT_EQ(named[0].first, "z");  // the file's order
  EXPECT_EQ(named[0].second.number("x"), 4);
  (void)named[1].second.number("x");
  EXPECT_EQ(problem(file), "fine");
}

TEST(YamlTest, AbsentOptionalKeysFallBack) {
  YamlFile file = parsed("a: 1\n");
  YamlMap root = file.root();
  (void)root.number("a");
  EXPECT_EQ(root.number_or("b", 7), 7);
  EXPECT_EQ(root.integer_or("c", 8, 0, 9), 8);
  EXPECT_FALSE(root.boolean_or("d", false));
  EXPECT_EQ(root.text_or("e", "none"), "none");
  EXPECT_EQ(root.optional_number("f"), std::nullopt);
  EXPECT_FALSE(root.optional_map("g").has_value());
  EXPECT_TRUE(root.optional_texts("h").empty());
  EXPECT_EQ(problem(file), "fine");
}

TEST(YamlTest, MissingKeySaysWhichAndWhere) {
  YamlFile file = parsed("top:\n  a: 1\n");
  YamlMap top = file.root().map("top");
  (void)top.number("a");
  (void)top.number("b");
  EXPECT_EQ(problem(file), "f.yaml:2:3: top: expected the key 'b', got none");
}

TEST(YamlTest, UnknownKeyPointsAtTheKey) {
  YamlFile file = parsed("a: 1\nextra: 2\n");
  (void)file.root().number("a");
  EXPECT_EQ(problem(file), "f.yaml:2:1: extra: unknown key, expected one of a");
}

TEST(YamlTest, UnknownKeyDeepInsideIsFound) {
  YamlFile file = parsed("list:\n  - a: 1\n  - a: 1\n    b: 2\n");
  for (YamlMap& map : file.root().maps("list")) (void)map.number("a");
  EXPECT_EQ(problem(file), "f.yaml:4:5: list[1].b: unknown key, expected one of a");
}

TEST(YamlTest, MisspeltRequiredKeyIsReportedRatherThanItsAbsence) {
  YamlFile file = parsed("length_m: 76000\nname: S1\n");
  (void)file.root().number("length_km");
  (void)file.root().text("name");
  EXPECT_EQ(problem(file), "f.yaml:1:1: length_m: unknown key, expected one of length_km, name");
}

TEST(YamlTest, DuplicateKeyIsRefused) {
  EXPECT_EQ(refusal("m:\n  a: 1\n  b: 2\n  a: 3\n"),
            "f.yaml:4:3: m.a: expected each key once, got 'a' again (first on line 2)");
}

TEST(YamlTest, FirstProblemWins) {
  YamlFile file = parsed("a: x\nb: y\n");
  (void)file.root().number("a");
  (void)file.root().number("b");
  EXPECT_EQ(problem(file), "f.yaml:1:4: a: expected a finite number, got 'x'");
}

class NotANumberTest : public testing::TestWithParam<const char*> {};

TEST_P(NotANumberTest, IsRefusedWhereANumberIsDue) {
  YamlFile file = parsed(std::string("a: ") + GetParam() + "\n");
  (void)file.root().number("a");
  EXPECT_THAT(problem(file), testing::StartsWith("f.yaml:1:4: a: expected a finite number, got "));
}

INSTANTIATE_TEST_SUITE_P(Values, NotANumberTest,
                         testing::Values(".nan", "nan", ".inf", "-.inf", "inf", "infinity", "1e999",
                                         "76 km", "76km", "0x4c", "\"76\"", "[1]", "{x: 1}", "true",
                                         "1,5", "--1", "+-1", "~"));

TEST(YamlTest, EmptyValueIsRefusedWhereANumberIsDue) {
  YamlFile file = parsed("a:\nb: 1\n");
  (void)file.root().number("a");
  EXPECT_THAT(problem(file), testing::HasSubstr("a: expected a finite number, got nothing"));
}

TEST(YamlTest, RangesAreSaid) {
  YamlFile file = parsed("a: 0\n");
  (void)file.root().number("a", {.above = 0, .at_most = 5});
  EXPECT_EQ(problem(file),
            "f.yaml:1:4: a: expected a finite number above 0 and at most 5, got '0'");
}

TEST(YamlTest, WholeNumbersStayWhole) {
  YamlFile file = parsed("a: 1.5\n");
  (void)file.root().integer("a", 0, 9);
  EXPECT_EQ(problem(file), "f.yaml:1:4: a: expected a whole number from 0 to 9, got '1.5'");
}

TEST(YamlTest, ChoiceNamesWhatIsAllowed) {
  YamlFile file = parsed("a: c\n");
  (void)file.root().choice("a", {"x", "y"});
  EXPECT_EQ(problem(file), "f.yaml:1:4: a: expected one of x, y, got 'c'");
}

TEST(YamlTest, BooleansAreTrueOrFalseAlone) {
  YamlFile file = parsed("a: yes\n");
  (void)file.root().boolean("a");
  EXPECT_EQ(problem(file), "f.yaml:1:4: a: expected true or false, got 'yes'");
}

TEST(YamlTest, AMappingIsNoText) {
  YamlFile file = parsed("a: {b: 1}\n");
  (void)file.root().text("a");
  EXPECT_EQ(problem(file), "f.yaml:1:4: a: expected text, got a mapping");
}

TEST(YamlTest, AnEmptyListIsNoList) {
  YamlFile file = parsed("a: []\n");
  (void)file.root().maps("a");
  EXPECT_EQ(problem(file), "f.yaml:1:4: a: expected a list of mappings, got an empty one");
}

TEST(YamlTest, LoadersOwnProblemsCarryThePlace) {
  YamlFile file = parsed("a: 1\n");
  (void)file.root().number("a");
  file.root().problem("a", "expected something else");
  EXPECT_EQ(problem(file), "f.yaml:1:4: a: expected something else");
}

TEST(YamlTest, AnchorsAliasesAndTagsAreRefused) {
  EXPECT_EQ(refusal("a: &x 1\n"), "f.yaml:1:4: anchors are not allowed");
  EXPECT_THAT(refusal("a: !!int 1\n"), testing::HasSubstr("tags are not allowed"));
}

TEST(YamlTest, OneDocumentAFile) {
  EXPECT_EQ(refusal("a: 1\n---\nb: 2\n"), "f.yaml: expected one YAML document, got more");
}

TEST(YamlTest, SomethingElseThanAMappingIsRefused) {
  EXPECT_THAT(refusal(""), testing::HasSubstr("expected a mapping"));
  EXPECT_THAT(refusal("- 1\n"), testing::HasSubstr("expected a mapping"));
  EXPECT_THAT(refusal("just text\n"), testing::HasSubstr("expected a mapping"));
}

TEST(YamlTest, BrokenSyntaxHasItsPlace) {
  EXPECT_THAT(refusal("a: 1\nb: [1, 2\nc: 3\n"), testing::StartsWith("f.yaml:"));
  EXPECT_THAT(refusal("a: 1\n\tb: 2\n"), testing::StartsWith("f.yaml:2:"));
}

TEST(YamlTest, DeepNestingIsRefused) {
  EXPECT_THAT(refusal("a: " + std::string(40, '[') + std::string(40, ']') + "\n"),
              testing::HasSubstr("expected at most 32 levels"));
}

TEST(YamlTest, AMissingFileIsNotFound) {
  const auto file = YamlFile::load("/nonexistent/plant.yaml");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::kNotFound);
}

TEST(YamlLeavesTest, AreEveryScalarWithItsPathAndPlace) {
  const auto file = YamlFile::parse("a: 1\nb:\n  - {c: x}\n  - {}\n", "f.yaml");
  ASSERT_TRUE(file);
  const auto leaves = file->leaves();
  ASSERT_EQ(leaves.size(), 3U);
  EXPECT_EQ(leaves[0].path, "a");
  EXPECT_EQ(leaves[0].text, "1");
  EXPECT_EQ(leaves[0].where, "f.yaml:1:4");
  EXPECT_EQ(leaves[1].path, "b[0].c");
  EXPECT_EQ(leaves[1].text, "x");
  EXPECT_EQ(leaves[2].path, "b[1]");
  EXPECT_EQ(leaves[2].text, "{}");
}

}  // namespace
}  // namespace caspilink::formats
