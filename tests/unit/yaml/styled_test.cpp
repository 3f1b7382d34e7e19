#include "yaml/styled.h"

#include <gtest/gtest.h>

#include "yaml/parse.h"

namespace reconciler::yaml {
namespace {

std::string rewritten(std::string_view text) {
  Arena arena;
  const auto root = parse_document(text, "f", arena);
  if (!root || *root == nullptr) return "unreadable";
  return write_styled(**root).value_or("unwritable");
}

TEST(Styled, order_and_styles_stay_and_long_lines_are_not_folded) {
  const std::string text =
      "z: 'single'\na: \"double\"\nlist:\n- {x: 1, y: [2, 3]}\n- |\n  literal\n- >-\n  folded\nlong: " +
      std::string(60, 'a') + " " + std::string(60, 'b') + "\n";
  EXPECT_EQ(rewritten(text), text);
}

TEST(Styled, indentation_becomes_two_columns) {
  EXPECT_EQ(rewritten("a:\n    b:\n        - c: 1\n"), "a:\n  b:\n  - c: 1\n");
}

TEST(Styled, a_scalar_is_written_so_that_it_is_read_as_what_it_is) {
  Arena arena;
  EXPECT_EQ(*write_styled(*make_string(arena, "5")), "\"5\"\n");
  EXPECT_EQ(*write_styled(*make_untyped(arena, "5")), "5\n");
  EXPECT_EQ(*write_styled(*make_scalar(arena, "x", Tag::kInt)), "!!int x\n");
  EXPECT_EQ(*write_styled(*make_string(arena, "two\nlines")), "|-\n  two\n  lines\n");
}

}  // namespace
}  // namespace reconciler::yaml
