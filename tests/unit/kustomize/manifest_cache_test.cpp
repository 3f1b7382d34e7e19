#include "kustomize/manifest_cache.h"

#include <gtest/gtest.h>

#include "yaml/json.h"

namespace reconciler::kustomize {
namespace {

class ManifestCacheTest : public testing::Test {
 protected:
  std::vector<Result<std::vector<yaml::Node*>>> parse(const std::vector<yaml::ManifestFile>& files) {
    return cache_.parse(files, arena_);
  }
  yaml::Node* first(const char* text) { return parse({{text, "file.yaml"}}).front().value().front(); }

  yaml::Arena arena_;
  ManifestCache cache_;
};

TEST_F(ManifestCacheTest, each_caller_gets_documents_of_its_own) {
  yaml::Node* one = first("a: {b: c}\n");
  one->find("a")->set(arena_, "b", yaml::make_string(arena_, "changed"));
  yaml::Node* two = first("a: {b: c}\n");
  EXPECT_EQ(yaml::to_json(*one).value(), R"({"a":{"b":"changed"}})");
  EXPECT_EQ(yaml::to_json(*two).value(), R"({"a":{"b":"c"}})");
  EXPECT_EQ(two->find("a")->mark().column, 4);
}

TEST_F(ManifestCacheTest, results_come_in_the_order_of_the_files_with_their_own_errors) {
  first("b: 1\n");
  const auto results = parse({{"a: 1\n---\nc: 1\n", "a.yaml"}, {"b: 1\n", "b.yaml"}, {"a: [\n", "bad.yaml"}});
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(results[0]->size(), 2u);
  EXPECT_EQ(yaml::to_json(*results[1]->front()).value(), R"({"b":1})");
  EXPECT_EQ(results[2].error().causes.front().where, "bad.yaml:2:1");
}

TEST_F(ManifestCacheTest, what_does_not_fit_is_read_again) {
  ManifestCache small(1);
  const std::vector<yaml::ManifestFile> file = {{"a: 1\n", "a.yaml"}};
  EXPECT_TRUE(small.parse(file, arena_).front());
  EXPECT_EQ(yaml::to_json(*small.parse(file, arena_).front()->front()).value(), R"({"a":1})");
}

}  // namespace
}  // namespace reconciler::kustomize
