#include "yaml/emit.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "yaml/json.h"
#include "yaml/parse.h"

namespace reconciler::yaml {
namespace {

std::string yaml_of(std::string_view json) {
  DocumentWriter writer;
  if (!writer.add(json)) return "error";
  return writer.take().value_or("error");
}

// A tree as the writer takes it, and as it takes the tree's JSON.
struct Written {
  std::string of_tree;
  std::string of_json;
};

Written written(std::string_view manifest) {
  Arena arena;
  const auto root = parse_document(manifest, "a.yaml", arena, Dialect::kVersion3);
  DocumentWriter writer;
  const auto added = root ? writer.add(**root) : Status(fail(root.error()));
  const auto json = added ? to_json(**root) : Result<std::string>(fail(added.error()));
  if (!json) return {added ? "" : added.error().text(), ""};
  return {writer.take().value_or("error"), yaml_of(*json)};
}

TEST(Emit, a_tree_is_written_as_the_value_that_its_json_has) {
  const auto [of_tree, of_json] =
      written("b: {t: 12:30:00, n: , e: []}\na10: 0x1F\na2: 1e3\nf: >\n  a\n  b\nd: 2001-01-01\ntrue_: ~\nq: 'yes'\n");
  EXPECT_EQ(of_tree,
            "a2: 1000\na10: 31\nb:\n  e: []\n  \"n\": \"\"\n  t: \"12:30:00\"\nd: \"2001-01-01T00:00:00Z\"\nf: |\n  a "
            "b\nq: \"yes\"\ntrue_: null\n");
  EXPECT_EQ(of_tree, of_json);
}

TEST(Emit, bytes_that_are_no_text_become_replacement_characters) {
  const auto [of_tree, of_json] = written("a: !!binary /2E=\n");
  EXPECT_EQ(of_tree, "a: \uFFFDa\n");
  EXPECT_EQ(of_tree, of_json);
}

TEST(Emit, a_tree_that_is_no_value_is_refused_at_its_place) {
  EXPECT_NE(written("a: 1\nb: {c: 1, d: 2, c: 3}\n").of_tree.find("2:17: b.c: mapping key already defined at line 2"),
            std::string::npos);
  EXPECT_NE(written("a: [{1: x}]\n").of_tree.find("1:6: a[0]: a key must be a string: quote it"), std::string::npos);
}

TEST(Emit, sequences_stand_under_their_key_without_indent) {
  EXPECT_EQ(yaml_of(R"({"a":[{"b":1,"c":[]},"x"],"d":{}})"), "a:\n- b: 1\n  c: []\n- x\nd: {}\n");
}

TEST(Emit, line_breaks_make_literals) {
  EXPECT_EQ(yaml_of(R"({"a":"x\ny\n","b":"x\ny","c":"x\n\n"})"), "a: |\n  x\n  y\nb: |-\n  x\n  y\nc: |+\n  x\n\n");
}

TEST(Emit, a_literal_that_keeps_its_end_is_not_followed_by_dots) {
  DocumentWriter writer;
  ASSERT_TRUE(writer.add(R"({"a":"x\n\n"})"));
  ASSERT_TRUE(writer.add(R"({"b":1})"));
  EXPECT_EQ(*writer.take(), "a: |+\n  x\n\n---\nb: 1\n");
}

TEST(Emit, texts_that_look_like_something_else_are_quoted) {
  EXPECT_EQ(yaml_of(R"({"a":"yes","b":"1","c":"","d":"1:30","e":"plain","f":"- x","g":null,"h":true})"),
            "a: \"yes\"\nb: \"1\"\nc: \"\"\nd: \"1:30\"\ne: plain\nf: '- x'\ng: null\nh: true\n");
}

TEST(Emit, emoji_are_escaped_and_letters_are_not) {
  EXPECT_EQ(yaml_of("{\"a\":\"caf\u00e9 \U0001F600\"}"), "a: \"caf\u00e9 \\U0001F600\"\n");
}

TEST(Emit, long_plain_texts_fold_at_eighty_columns) {
  const std::string word(30, 'a');
  EXPECT_EQ(yaml_of("{\"a\":\"" + word + " " + word + " " + word + " " + word + "\"}"),
            "a: " + word + " " + word + " " + word + "\n  " + word + "\n");
}

TEST(Emit, keys_are_in_natural_order) {
  std::vector<std::string> keys = {"b", "a10", "a2", "A", "_", "1", "10", "9", "a", "a-1", "a01", "\u00e9", ""};
  std::sort(keys.begin(), keys.end(), key_less);
  EXPECT_EQ(keys,
            (std::vector<std::string>{"", "_", "1", "9", "10", "A", "a", "a-1", "a01", "a2", "a10", "b", "\u00e9"}));
}

TEST(Emit, what_is_no_json_is_an_error) {
  for (const char* text : {"", "{", "[1,", "{\"a\"}", "nul", "{} x", "\"\\q\"", "\"open"})
    EXPECT_EQ(yaml_of(text), "error") << text;
}

TEST(Json, html_is_escaped_only_on_request) {
  std::string kept;
  append_json_string(kept, "<a&b>\n\"\\\x01", Html::kKeep);
  EXPECT_EQ(kept, R"("<a&b>\n\"\\\u0001")");
  std::string escaped;
  append_json_string(escaped, "<&>", Html::kEscape);
  EXPECT_EQ(escaped, R"("\u003c\u0026\u003e")");
}

TEST(Json, line_separators_are_always_escaped) {
  std::string text;
  append_json_string(text, "a\u2028b\u00e9", Html::kKeep);
  EXPECT_EQ(text, "\"a\\u2028b\u00e9\"");
}

TEST(Json, escapes_are_read_back) {
  Arena arena;
  const auto node = from_json(R"({"a":"\u00e9\ud83d\ude00\n\/"})", arena);
  ASSERT_TRUE(node);
  EXPECT_EQ((*node)->text_of("a"), "\u00e9\U0001F600\n/");
}

TEST(Json, control_characters_that_yaml_forbids_are_refused) {
  Arena arena;
  Node* root = make_mapping(arena);
  root->set(arena, "a", make_string(arena, "x\x7f"));
  const auto json = to_json(*root);
  ASSERT_FALSE(json);
  EXPECT_EQ(json.error().causes[0].field, "a");
}

}  // namespace
}  // namespace reconciler::yaml
