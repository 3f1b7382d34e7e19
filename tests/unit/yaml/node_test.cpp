#include "yaml/node.h"

#include <gtest/gtest.h>

namespace reconciler::yaml {
namespace {

TEST(Node, a_mapping_keeps_the_order_of_its_fields) {
  Arena arena;
  Node* map = make_mapping(arena);
  for (const char* key : {"b", "a", "c"}) map->set(arena, key, make_string(arena, key));
  map->set(arena, "a", make_string(arena, "new"));
  ASSERT_EQ(map->size(), 3u);
  EXPECT_EQ(map->entries()[1].key->text(), "a");
  EXPECT_EQ(map->text_of("a"), "new");
}

TEST(Node, removing_leaves_the_others_in_place) {
  Arena arena;
  Node* map = make_mapping(arena);
  for (const char* key : {"a", "b", "c"}) map->set(arena, key, make_null(arena));
  EXPECT_TRUE(map->remove("b"));
  EXPECT_FALSE(map->remove("b"));
  EXPECT_EQ(map->entries()[1].key->text(), "c");
}

TEST(Node, items_are_put_where_they_are_asked_for) {
  Arena arena;
  Node* list = make_sequence(arena);
  for (int i = 0; i < 20; ++i) list->insert(arena, 0, make_string(arena, std::to_string(i)));
  EXPECT_EQ(list->items()[0]->text(), "19");
  list->erase(0);
  EXPECT_EQ(list->items()[0]->text(), "18");
  EXPECT_EQ(list->size(), 19u);
}

TEST(Node, a_clone_shares_nothing) {
  Arena arena;
  Node* map = make_mapping(arena);
  map->set(arena, "list", make_sequence(arena));
  map->find("list")->append(arena, make_string(arena, "x"));
  Arena other;
  Node* copy = clone(*map, other);
  EXPECT_TRUE(equal(*map, *copy));
  copy->find("list")->items()[0]->set_text("y");
  EXPECT_EQ(map->find("list")->items()[0]->text(), "x");
  EXPECT_FALSE(equal(*map, *copy));
}

TEST(Node, depth_counts_levels) {
  Arena arena;
  Node* map = make_mapping(arena);
  EXPECT_EQ(depth(*map), 1u);
  map->set(arena, "a", make_sequence(arena));
  map->find("a")->append(arena, make_string(arena, "x"));
  EXPECT_EQ(depth(*map), 3u);
}

TEST(Node, text_outlives_the_growth_of_the_arena) {
  Arena arena;
  const std::string_view early = arena.copy("early");
  for (int i = 0; i < 10000; ++i) arena.copy("some text that fills chunks");
  EXPECT_EQ(early, "early");
  EXPECT_EQ(arena.copy(std::string(3 << 20, 'x')).size(), 3u << 20);
}

}  // namespace
}  // namespace reconciler::yaml
