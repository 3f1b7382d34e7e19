#include "kustomize/manifest_cache.h"

#include <gtest/gtest.h>

#include "yaml/json.h"

namespace reconciler::kustomize {
namespace {

class ManifestCacheTest : public testing::Test {
 protected:
  std::vector<Result<std::vector<yaml::Node*>>> parse(const std::vector<yaml::ManifestFile>& files) {
    return cache_.parse(files, arena_, used_);
  }
  yaml::Node* first(const char* text) { return parse({{text, "file.yaml"}}).front().value().front(); }

  yaml::Arena arena_;
  PackedFiles used_;
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

TEST_F(ManifestCacheTest, a_file_is_known_for_as_long_as_somebody_has_it) {
  first("a: 1\n");
  first("b: 1\n");
  first("a: 1\n");
  ASSERT_EQ(used_.size(), 3u);
  EXPECT_EQ(used_[0], used_[2]);
  const std::weak_ptr<const PackedFile> before = used_[0];
  used_.clear();
  EXPECT_TRUE(before.expired()) << "the cache keeps nothing by itself";
  EXPECT_EQ(yaml::to_json(*first("a: 1\n")).value(), R"({"a":1})");
}

TEST_F(ManifestCacheTest, a_file_with_an_error_is_not_kept) {
  parse({{"a: [\n", "bad.yaml"}});
  EXPECT_TRUE(used_.empty());
}

}  // namespace
}  // namespace reconciler::kustomize
