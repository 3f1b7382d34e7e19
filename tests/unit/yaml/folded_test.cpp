#include "yaml/folded.h"

#include <gtest/gtest.h>

#include "yaml/json.h"
#include "yaml/parse.h"

namespace reconciler::yaml {
namespace {

// What the text reads as in the end. The expectations are the reference's, which was asked for each.
std::string after(std::string_view text) { return refolded(text).value_or(std::string(text)); }

TEST(Folded, a_text_of_one_line_or_of_paragraphs_stays) {
  for (const char* text : {"", "one line", "one line\n", "one\ntwo\n", "one\n\ntwo"}) {
    EXPECT_EQ(refolded(text), std::nullopt) << text;
  }
}

TEST(Folded, a_line_indented_more_than_the_one_before_gains_an_empty_line) {
  EXPECT_EQ(after("call(\n  argument\n)\n"), "call(\n\n  argument\n)\n");
  EXPECT_EQ(after("a\n  b\n  c\nd\n  e"), "a\n\n  b\n  c\nd\n\n  e");
}

TEST(Folded, empty_lines_kept_at_the_end_gain_one) {
  EXPECT_EQ(after("a\n\n"), "a\n\n\n");
  EXPECT_EQ(after("  a\n\n"), "  a\n\n");
}

TEST(Folded, a_text_that_starts_with_a_blank_loses_breaks_between_other_lines) {
  EXPECT_EQ(after("  a\nb\nc\n\nd"), "  a\nb c\nd");
}

TEST(Folded, what_cannot_be_a_block_stays) {
  EXPECT_EQ(refolded("a \n  b"), std::nullopt);
  EXPECT_EQ(refolded("a\n  b "), std::nullopt);
}

TEST(Folded, counts_for_manifests_only) {
  const std::string text = "a: >-\n  x\n    y\n";
  Arena arena;
  EXPECT_EQ(to_json(*parse_document(text, "f", arena).value()), R"({"a":"x\n\n  y"})");
  EXPECT_EQ(to_json(*parse_document("a: |-\n  x\n    y\n", "f", arena).value()), R"({"a":"x\n  y"})");
}

}  // namespace
}  // namespace reconciler::yaml
