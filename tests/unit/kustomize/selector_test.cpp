#include "kustomize/selector.h"

#include <initializer_list>
#include <utility>

#include "merge_support.h"

namespace reconciler::kustomize {
namespace {

using Part = std::pair<std::string_view SelectorFields::*, std::string_view>;

SelectorFields fields(std::initializer_list<Part> parts) {
  SelectorFields selector;
  for (const auto& [part, value] : parts) selector.*part = value;
  return selector;
}

class SelectorTest : public testing::Test {
 protected:
  SelectorTest() {
    add("{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop, labels: {tier: front}}}");
    add("{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db, labels: {tier: back, size: '7'}}}");
    add("{apiVersion: v1, kind: Service, metadata: {name: web-front, annotations: {team: red}}}");
  }

  void add(std::string_view text) {
    Resource resource;
    resource.node = &trees_.read(text);
    ASSERT_TRUE(resources_.append(std::move(resource)));
  }

  std::string names(const SelectorFields& selector) {
    const auto selected = select(resources_, selector);
    if (!selected) return selected.error().text();
    std::string result;
    for (const auto* resource : *selected) result += (result.empty() ? "" : " ") + std::string(resource->name());
    return result;
  }
  std::string labelled(std::string_view text) { return names(fields({{&SelectorFields::label_selector, text}})); }

  Trees trees_;
  ResourceMap resources_;
};

TEST_F(SelectorTest, parts_are_regular_expressions_for_the_whole_text) {
  EXPECT_EQ(names(fields({{&SelectorFields::name, "web"}})), "web");
  EXPECT_EQ(names(fields({{&SelectorFields::name, "web.*"}})), "web web-front");
  EXPECT_EQ(names(fields({{&SelectorFields::name, "eb"}})), "");
  EXPECT_EQ(names(fields({{&SelectorFields::kind, "Deployment|StatefulSet"}})), "web db");
  EXPECT_EQ(names(fields({{&SelectorFields::group, "apps"}, {&SelectorFields::version, "v1"}})), "web db");
  EXPECT_EQ(names({}), "web db web-front");
}

TEST_F(SelectorTest, an_object_without_namespace_is_in_the_default_one) {
  EXPECT_EQ(names(fields({{&SelectorFields::namespace_, "shop"}})), "web");
  EXPECT_EQ(names(fields({{&SelectorFields::namespace_, "default"}})), "db web-front");
}

TEST_F(SelectorTest, an_object_is_found_by_its_first_name_too) {
  auto* const resource = resources_.all().front();
  resource->remember_id();
  resource->set_name("my-web", trees_.arena);
  resources_.ids_changed();
  EXPECT_EQ(names(fields({{&SelectorFields::name, "web"}})), "my-web");
  EXPECT_EQ(names(fields({{&SelectorFields::name, "my-web"}})), "my-web");
}

TEST_F(SelectorTest, labels_and_annotations_select) {
  EXPECT_EQ(labelled("tier=front"), "web");
  EXPECT_EQ(labelled("tier==front"), "web");
  EXPECT_EQ(labelled("tier!=front"), "db web-front");
  EXPECT_EQ(labelled("tier in (front,back)"), "web db");
  EXPECT_EQ(labelled("tier notin (front)"), "db web-front");
  EXPECT_EQ(labelled("tier"), "web db");
  EXPECT_EQ(labelled("!tier"), "web-front");
  EXPECT_EQ(labelled("size>6"), "db");
  EXPECT_EQ(labelled("size<7"), "");
  EXPECT_EQ(labelled("tier, size"), "db");
  EXPECT_EQ(labelled("in in (x)"), "");
  EXPECT_EQ(names(fields({{&SelectorFields::annotation_selector, "team=red"}})), "web-front");
}

TEST_F(SelectorTest, what_is_no_label_selector_is_refused) {
  for (const auto* text :
       {"=", "a=b=c", "a in", "a in (b", "a in (b c)", "a,", "!a=b", "a>b", "-a", "a=b/c", "x/y/z", "A_/b", "a=(b)"}) {
    EXPECT_NE(labelled(text).find("not a label selector"), std::string::npos) << text;
  }
}

TEST_F(SelectorTest, all_bad_parts_are_told_at_once) {
  const auto text = names(
      fields({{&SelectorFields::kind, "("}, {&SelectorFields::name, "["}, {&SelectorFields::label_selector, "="}}));
  EXPECT_NE(text.find("kind: not a regular expression"), std::string::npos) << text;
  EXPECT_NE(text.find("name: not a regular expression"), std::string::npos) << text;
  EXPECT_NE(text.find("labelSelector: not a label selector"), std::string::npos) << text;
}

TEST_F(SelectorTest, an_expression_that_explodes_elsewhere_is_harmless) {
  EXPECT_EQ(names(fields({{&SelectorFields::name, "(a*)*(b*)*(w|we|web)+x"}})), "");
}

TEST_F(SelectorTest, a_selector_names_its_parts) {
  EXPECT_EQ(text_of(fields({{&SelectorFields::kind, "Service"}, {&SelectorFields::name, "web"}})),
            "kind=Service name=web");
  EXPECT_EQ(text_of({}), "any object");
}

}  // namespace
}  // namespace reconciler::kustomize
