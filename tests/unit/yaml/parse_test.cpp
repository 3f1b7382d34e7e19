#include "yaml/parse.h"

#include <gtest/gtest.h>

#include "yaml/json.h"

namespace reconciler::yaml {
namespace {

std::vector<std::string> documents(const std::string& text) {
  Arena arena;
  const auto parsed = parse_manifests(text, "file.yaml", arena);
  if (!parsed) return {parsed.error().line()};
  std::vector<std::string> result;
  for (const Node* node : *parsed) result.push_back(to_json(*node).value_or("error"));
  return result;
}

std::string first(const std::string& text, Dialect dialect) {
  Arena arena;
  const auto parsed = parse_document(text, "file.yaml", arena, dialect);
  if (!parsed) return parsed.error().line();
  return *parsed == nullptr ? "none" : to_json(**parsed).value_or("error");
}

using Documents = std::vector<std::string>;

TEST(Parse, a_file_is_split_at_lines_of_three_dashes) {
  EXPECT_EQ(documents("a: 1\n---\nb: 2\n--- # comment\nc: 3\n"), (Documents{R"({"a":1})", R"({"b":2})", R"({"c":3})"}));
}

TEST(Parse, empty_and_null_documents_are_left_out) {
  EXPECT_EQ(documents("---\n---\n# only a comment\n---\n~\n---\na: 1\n"), Documents{R"({"a":1})"});
}

TEST(Parse, windows_line_ends_are_read_as_line_feeds) {
  EXPECT_EQ(documents("a: |\r\n  x\r\n  y\r\n---\r\nb: 1\r\n"), (Documents{R"({"a":"x\ny\n"})", R"({"b":1})"}));
}

TEST(Parse, a_colon_before_a_bracket_belongs_to_the_text) {
  EXPECT_EQ(documents("a: {é: x:}\nb: [y::, \"z\":]"), Documents{R"({"a":{"é":"x:"},"b":["y::",{"z":""}]})"});
}

TEST(Parse, more_colons_before_brackets_than_can_be_read_again_are_refused) {
  std::string most = "a: [";
  for (int i = 0; i < 16; ++i) most += "x:,";
  EXPECT_NE(documents(most + "]")[0].find(R"("x:")"), std::string::npos);
  EXPECT_EQ(documents(most + "x:]"),
            Documents{"malformed YAML: file.yaml:1:54: found unexpected ':' while scanning a plain scalar"});
}

TEST(Parse, text_behind_the_dashes_is_refused) {
  EXPECT_EQ(
      documents("a: 1\n--- b: 2\nc: 3\n"),
      Documents{
          "malformed YAML: file.yaml:2:1: invalid document separator: only a comment may follow '---' on its line"});
}

TEST(Parse, errors_name_line_and_column_in_the_whole_file) {
  EXPECT_EQ(documents("a: 1\n---\nb:\n  c: 1\n d: 2\n"),
            Documents{"malformed YAML: file.yaml:5:2: did not find expected key while parsing a block mapping"});
}

TEST(Parse, errors_hold_nothing_of_the_content) {
  const auto result = documents("password: \"canary-value\nother: x\n");
  ASSERT_EQ(result.size(), 1u);
  EXPECT_EQ(result[0].find("canary"), std::string::npos);
}

TEST(Parse, aliases_are_written_out) {
  EXPECT_EQ(documents("a: &x {b: 1}\nc: *x\n"), Documents{R"({"a":{"b":1},"c":{"b":1}})"});
}

TEST(Parse, of_merge_sources_the_first_wins_and_own_fields_win_over_all) {
  EXPECT_EQ(documents("a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  z: own\n  <<: [*a, *b]\n"),
            Documents{R"({"a":{"x":1,"y":1},"b":{"y":2,"z":2},"c":{"x":1,"y":1,"z":"own"}})"});
}

TEST(Parse, a_quoted_merge_key_merges_nothing_and_goes) {
  EXPECT_EQ(documents("a: {\"<<\": {b: 1}, c: 2}\n"), Documents{R"({"a":{"c":2}})"});
}

TEST(Parse, a_time_and_a_null_without_a_word_are_texts_in_flow_style) {
  EXPECT_EQ(documents("a: {b: , c: ~, d: 2001-01-01 1:1:1, e: 2001-1-1}\nf: 2001-01-01 1:1:1\ng:\n"),
            Documents{R"({"a":{"b":"","c":null,"d":"2001-01-01 1:1:1","e":"2001-01-01T00:00:00Z"},)"
                      R"("f":"2001-01-01T01:01:01Z","g":null})"});
}

TEST(Parse, an_alias_that_may_be_a_password_is_not_quoted) {
  EXPECT_EQ(
      documents("password: *hunter2\n"),
      Documents{"malformed YAML: file.yaml:1:11: unknown anchor referenced; a text that begins with * needs quotes"});
}

TEST(Parse, an_anchor_within_itself_is_an_error) {
  EXPECT_EQ(documents("a: &x [*x]\n"),
            Documents{"malformed YAML: file.yaml:1:8: the value of an anchor contains itself"});
}

TEST(Parse, aliases_cannot_grow_without_bound) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int j = 0; j < 9; ++j) bomb += ", " + last;
    bomb += "]\n";
  }
  EXPECT_NE(documents(bomb)[0].find("excessive aliasing"), std::string::npos);
}

TEST(Parse, depth_is_bounded) {
  EXPECT_NE(documents("a: " + std::string(5000, '[') + std::string(5000, ']'))[0].find("nested more than"),
            std::string::npos);
}

TEST(Parse, the_number_of_values_is_bounded) {
  Arena arena;
  const auto parsed = parse_manifests("a: [1, 2, 3, 4]\n", "f", arena, {4, 100, 100});
  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().line().find("more than 4 values"), std::string::npos);
}

TEST(Parse, the_reference_s_own_files_take_the_last_of_repeated_keys) {
  EXPECT_EQ(first("a: 1\nb: 2\na: 3\n", Dialect::kVersion2), R"({"a":3,"b":2})");
}

TEST(Parse, the_reference_s_own_files_have_text_keys) {
  EXPECT_EQ(first("{1: a, yes: b, 2.0: c}", Dialect::kVersion2), R"({"1":"a","2":"c","true":"b"})");
}

TEST(Parse, repeated_keys_of_manifests_are_refused_when_they_are_written) {
  Arena arena;
  const auto parsed = parse_manifests("a:\n  b: 1\n  c: 2\n  b: 3\n", "f", arena);
  ASSERT_TRUE(parsed);
  const auto json = to_json(**parsed->begin());
  ASSERT_FALSE(json);
  EXPECT_EQ(json.error().causes, (std::vector<Cause>{{"4:3", "a.b", "mapping key already defined at line 2"}}));
}

TEST(Parse, a_key_that_is_no_text_is_refused_below_the_root) {
  EXPECT_EQ(documents("1: a\n"), Documents{R"({"1":"a"})"});
  EXPECT_EQ(documents("a: {1: b}\n"), Documents{"error"});
  EXPECT_EQ(documents("a: {\"1\": b}\n"), Documents{R"({"a":{"1":"b"}})"});
}

TEST(Parse, no_document_is_none) { EXPECT_EQ(first("# nothing\n", Dialect::kVersion3), "none"); }

}  // namespace
}  // namespace reconciler::yaml
