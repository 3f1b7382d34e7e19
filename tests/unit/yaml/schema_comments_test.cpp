#include "yaml/schema_comments.h"

#include <gtest/gtest.h>

#include "yaml/parse.h"

namespace reconciler::yaml {
namespace {

using Comments = std::map<std::size_t, std::string_view>;

TEST(SchemaComments, a_comment_that_holds_an_object_is_for_the_key_before_or_below_it) {
  EXPECT_EQ(schema_comments("a:\nb: # {\"x\":1}\n"), (Comments{{1, "{\"x\":1}"}}));
  EXPECT_EQ(schema_comments("# {\"x\":1}\nb:\n"), (Comments{{1, "{\"x\":1}"}}));
  EXPECT_EQ(schema_comments("b: ##  {\"x\":1}  \r\n"), (Comments{{0, "{\"x\":1}"}}));
}

TEST(SchemaComments, other_comments_count_nothing) {
  EXPECT_EQ(schema_comments("a: # about {this}\nb: 1 # x\nc: d#{\"x\":1}\n"), Comments());
  EXPECT_EQ(schema_comments("# first\n# {\"x\":1}\nb:\n"), Comments());
  EXPECT_EQ(schema_comments(""), Comments());
}

TEST(SchemaComments, a_key_keeps_the_comment_when_its_value_starts_below) {
  Arena arena;
  const auto root =
      parse_document("list: # {\"x\":1}\n- a\ninline: [b] # {\"y\":1}\ntext: |\n  c: # {\"z\":1}\n    d\n", "f", arena);
  ASSERT_TRUE(root);
  const auto entries = (*root)->entries();
  EXPECT_EQ(entries[0].key->schema_comment(), "{\"x\":1}");
  EXPECT_EQ(entries[0].key->text(), "list");
  EXPECT_EQ(entries[1].key->schema_comment(), "");
  EXPECT_EQ(entries[2].key->schema_comment(), "");
  const auto* copy = clone(**root, arena);
  EXPECT_EQ(copy->entries()[0].key->schema_comment(), "{\"x\":1}");
}

}  // namespace
}  // namespace reconciler::yaml
