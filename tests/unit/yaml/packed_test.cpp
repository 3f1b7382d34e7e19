#include "yaml/packed.h"

#include <gtest/gtest.h>

#include "yaml/emit.h"
#include "yaml/parse.h"

namespace reconciler::yaml {
namespace {

void expect_same(const Node& a, const Node& b) {
  EXPECT_TRUE(equal(a, b));
  EXPECT_EQ(a.style(), b.style());
  EXPECT_EQ(a.mark().line, b.mark().line);
  EXPECT_EQ(a.mark().column, b.mark().column);
  EXPECT_EQ(a.schema_comment(), b.schema_comment());
  for (std::size_t i = 0; i < std::min(a.entries().size(), b.entries().size()); ++i) {
    expect_same(*a.entries()[i].key, *b.entries()[i].key);
    expect_same(*a.entries()[i].value, *b.entries()[i].value);
  }
  for (std::size_t i = 0; i < std::min(a.items().size(), b.items().size()); ++i) {
    expect_same(*a.items()[i], *b.items()[i]);
  }
}

TEST(Packed, a_tree_comes_back_as_it_was) {
  const std::string text =
      "plain: text\nsingle: 'a'\ndouble: \"b\\n\"\nliteral: |\n  c\n  d\nfolded: >\n  e\n  f\nflow: {a: [1, 2.5]}\n"
      "empty: \"\"\nnothing: null\nmap: {}\nlist: []\nbool: true\nwhen: 2021-05-14\nblob: !!binary aGk=\n"
      "containers: # {\"type\":\"array\"}\n  - name: " +
      std::string(300, 'x') + "\nanchor: &a {b: c}\nalias: *a\n";
  Arena arena;
  const auto documents = parse_manifests(text, "file.yaml", arena);
  ASSERT_TRUE(documents) << documents.error().text();
  std::string packed;
  pack(*documents->front(), packed);
  std::string_view rest = packed;
  Arena other;
  expect_same(*documents->front(), *unpack(rest, other));
  EXPECT_TRUE(rest.empty());
}

TEST(Packed, trees_come_back_one_after_the_other_wherever_their_lines_are) {
  Arena arena;
  std::string packed;
  for (const std::uint32_t line : {70000U, 0U, 3U}) {
    Node* list = make_sequence(arena);
    list->set_mark({line, 65535});
    list->append(arena, make_string(arena, "item"));
    pack(*list, packed);
  }
  std::string_view rest = packed;
  for (const std::uint32_t line : {70000U, 0U, 3U}) {
    const Node* list = unpack(rest, arena);
    EXPECT_EQ(list->mark().line, line);
    EXPECT_EQ(list->mark().column, 65535);
    EXPECT_EQ(list->items()[0]->mark().line, 0U);
    EXPECT_EQ(list->items()[0]->text(), "item");
  }
  EXPECT_TRUE(rest.empty());
}

}  // namespace
}  // namespace reconciler::yaml
