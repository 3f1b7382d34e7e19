#include "kustomize/resource_map.h"

#include <gtest/gtest.h>

#include "merge_support.h"

namespace reconciler::kustomize {
namespace {

class ResourceMapTest : public testing::Test {
 protected:
  Resource* add(const std::string& name, const std::string& space = "one") {
    Resource resource;
    resource.node =
        &trees_.read("{apiVersion: v1, kind: ConfigMap, metadata: {name: " + name + ", namespace: " + space + "}}");
    EXPECT_TRUE(map_.append(std::move(resource)));
    return map_.all().back();
  }
  static Id id(std::string_view name, std::string_view space = "one") {
    return make_id(gvk_of("v1", "ConfigMap"), name, space);
  }
  using Found = std::vector<Resource*>;

  Trees trees_;
  ResourceMap map_;
};

TEST_F(ResourceMapTest, objects_are_found_by_id_and_by_name_in_order) {
  Resource* a = add("a");
  Resource* b = add("a", "two");
  EXPECT_EQ(map_.with_id(id("a")), Found{a});
  EXPECT_EQ(map_.with_id(id("a", "two")), Found{b});
  EXPECT_EQ(map_.with_any_name("a"), (Found{a, b}));
  EXPECT_TRUE(map_.with_id(id("b")).empty());
}

TEST_F(ResourceMapTest, a_changed_id_is_found_and_the_old_one_only_when_it_is_remembered) {
  Resource* a = add("a");
  Resource* b = add("b");
  Resource* c = add("c");
  EXPECT_EQ(map_.with_any_name("c"), Found{c});
  a->remember_id();
  a->set_name("c", trees_.arena);
  b->set_name("d", trees_.arena);
  map_.ids_changed({a, b});
  EXPECT_EQ(map_.with_any_name("c"), (Found{a, c}));
  EXPECT_EQ(map_.with_id(id("c")), (Found{a, c}));
  EXPECT_EQ(map_.with_any_id(id("a")), Found{a});
  EXPECT_TRUE(map_.with_id(id("a")).empty());
  EXPECT_TRUE(map_.with_any_name("b").empty());
  EXPECT_EQ(map_.with_id(id("d")), Found{b});
}

TEST_F(ResourceMapTest, a_deleted_object_is_found_no_more_and_its_id_is_free) {
  Resource* a = add("a");
  Resource* b = add("b");
  EXPECT_EQ(map_.with_id(id("a")), Found{a});
  EXPECT_EQ(map_.with_any_name("a"), Found{a});
  a->node = nullptr;
  map_.drop_deleted({a, b});
  EXPECT_EQ(map_.all(), Found{b});
  EXPECT_TRUE(map_.with_any_name("a").empty());
  Resource* again = add("a");
  EXPECT_EQ(map_.with_any_id(id("a")), Found{again});
  EXPECT_EQ(map_.all(), (Found{b, again}));
}

TEST_F(ResourceMapTest, a_new_order_is_that_of_searches_too) {
  Resource* a = add("a");
  Resource* b = add("a", "two");
  map_.reorder({b, a});
  EXPECT_EQ(map_.with_any_name("a"), (Found{b, a}));
}

}  // namespace
}  // namespace reconciler::kustomize
