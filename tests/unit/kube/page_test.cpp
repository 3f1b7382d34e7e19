#include "kube/page.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "kube/lines.h"

namespace reconciler::kube {
namespace {

TEST(Page, hands_on_each_item_whole_and_says_how_it_goes_on) {
  std::vector<Json> items;
  const auto end = read_page(
      R"({"metadata":{"resourceVersion":"7","continue":"next"},"items":[{"a":{"items":[{"b":1}]}},{"c":[{}]}]})",
      [&](Json&& item) { items.push_back(std::move(item)); });
  ASSERT_TRUE(end);
  EXPECT_EQ(end->resource_version, "7");
  EXPECT_EQ(end->next, "next");
  EXPECT_EQ(items, (std::vector<Json>{Json::parse(R"({"a":{"items":[{"b":1}]}})"), Json::parse(R"({"c":[{}]})")}));
}

TEST(Page, an_empty_list_has_an_end) {
  const auto end = read_page(R"({"metadata":{"resourceVersion":"7"},"items":null})", [](Json&&) { FAIL(); });
  ASSERT_TRUE(end);
  EXPECT_EQ(end->next, "");
}

TEST(Page, what_is_cut_or_no_list_is_no_page) {
  for (const auto* text : {"", "{", R"({"metadata":{},"items":[{"a":1})", "[]", "7", R"({"items":[]})"}) {
    EXPECT_FALSE(read_page(text, [](Json&&) {})) << text;
  }
}

TEST(Page, the_type_of_an_item_is_what_was_asked_for) {
  Json item{{"kind", "PartialObjectMetadata"}, {"apiVersion", "meta.k8s.io/v1"}};
  set_type(item, "apps/v1", "Deployment");
  EXPECT_EQ(item, (Json{{"kind", "Deployment"}, {"apiVersion", "apps/v1"}}));
}

TEST(Lines, are_the_same_however_the_stream_is_cut) {
  const std::string stream = "one\ntwo\n\nthree\nrest";
  for (std::size_t cut = 1; cut <= stream.size(); ++cut) {
    Lines lines;
    std::vector<std::string> seen;
    for (std::size_t at = 0; at < stream.size(); at += cut) {
      lines.add(std::string_view(stream).substr(at, cut), [&](std::string_view line) { seen.emplace_back(line); });
    }
    EXPECT_EQ(seen, (std::vector<std::string>{"one", "two", "", "three"})) << cut;
  }
}

}  // namespace
}  // namespace reconciler::kube
