#include "yaml/config.h"

#include <gtest/gtest.h>

namespace reconciler::yaml {
namespace {

using Causes = std::vector<Cause>;

TEST(Config, values_are_read_with_their_types) {
  const auto root = parse_config("name: x\ncount: 3\non: true\nlist: [a, 1.20]\nmap: {k: v}\n", "c.yaml");
  ASSERT_TRUE(root);
  EXPECT_EQ(root->required("name")->string().value(), "x");
  EXPECT_EQ(root->required("count")->integer().value(), 3);
  EXPECT_TRUE(root->required("on")->boolean().value());
  EXPECT_EQ(root->required("list")->strings().value(), (std::vector<std::string>{"a", "1.20"}));
  EXPECT_EQ(root->required("map")->entries()->front().second.field(), "map.k");
}

TEST(Config, a_null_field_counts_as_absent) {
  const auto root = parse_config("a: ~\nb:\nc: \"\"\n", "c.yaml");
  ASSERT_TRUE(root);
  EXPECT_FALSE(root->at("a"));
  EXPECT_FALSE(root->at("b"));
  EXPECT_TRUE(root->at("c"));
}

TEST(Config, a_wrong_type_names_file_line_column_and_field) {
  const auto root = parse_config("spec:\n  source:\n    branch: [x]\n", "c.yaml");
  const auto text = root->required("spec")->required("source")->required("branch")->string();
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().causes, (Causes{{"c.yaml:3:13", "spec.source.branch", "expected a text"}}));
}

TEST(Config, quoted_text_is_no_number_and_no_boolean) {
  const auto root = parse_config("a: \"3\"\nb: 'true'\n", "c.yaml");
  EXPECT_FALSE(root->required("a")->integer());
  EXPECT_FALSE(root->required("b")->boolean());
}

TEST(Config, a_missing_field_is_told_at_its_parent) {
  const auto missing = parse_config("spec:\n  a: 1\n", "c.yaml")->required("spec")->required("branch");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().causes, (Causes{{"c.yaml:2:3", "spec.branch", "is required"}}));
}

TEST(Config, all_unknown_fields_are_told_with_what_was_meant) {
  const auto status = parse_config("brnch: a\nxyz: b\npath: c\n", "c.yaml")->allow_only({"branch", "path"});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().causes, (Causes{{"c.yaml:1:8", "brnch", "unknown field, did you mean 'branch'?"},
                                           {"c.yaml:2:6", "xyz", "unknown field"}}));
}

TEST(Config, a_repeated_key_is_an_error) {
  const auto root = parse_config("a: 1\nb: 2\na: 3\n", "c.yaml");
  ASSERT_FALSE(root);
  EXPECT_EQ(root.error().causes, (Causes{{"c.yaml:3:1", "a", "key is repeated"}}));
}

TEST(Config, bad_yaml_is_an_error_and_not_an_exception) {
  const auto root = parse_config("a: [1\nb: 2\n", "c.yaml");
  ASSERT_FALSE(root);
  EXPECT_TRUE(root.error().causes.at(0).where.starts_with("c.yaml:"));
}

TEST(Config, what_is_nested_too_deep_is_told_so) {
  const auto parsed = parse_config("x: " + std::string(100'000, '['), "c.yaml");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().causes.back().message, "nested too deep");
}

TEST(Config, an_empty_file_is_an_error) { EXPECT_FALSE(parse_config("# nothing\n", "c.yaml")); }

TEST(Config, documents_are_separate_and_empty_ones_left_out) {
  const auto all = parse_config_documents("a: 1\n---\n---\nb: 2\n", "c.yaml");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->size(), 2u);
  EXPECT_FALSE(parse_config("a: 1\n---\nb: 2\n", "c.yaml"));
}

TEST(Config, aliases_stand_for_their_anchor) {
  const auto root = parse_config("a: &x {k: v}\nb: *x\n", "c.yaml");
  EXPECT_EQ(root->required("b")->required("k")->string().value(), "v");
}

TEST(Config, an_anchor_in_itself_is_an_error) { EXPECT_FALSE(parse_config("a: &x [*x]\n", "c.yaml")); }

TEST(Config, reading_goes_on_after_a_mistake) {
  const auto root = parse_config("a: [x]\nb: 2\n", "c.yaml");
  std::string a;
  std::int64_t b = 0;
  Causes causes;
  EXPECT_FALSE(read_into(root->required("a")->string(), a, causes));
  EXPECT_TRUE(read_into(root->required("b")->integer(), b, causes));
  EXPECT_EQ(b, 2);
  EXPECT_EQ(causes.size(), 1u);
}

TEST(Config, the_nearest_name_is_found_across_case) {
  EXPECT_EQ(nearest("NamePrefx", {"namePrefix", "nameSuffix"}), "namePrefix");
  EXPECT_EQ(nearest("zzz", {"namePrefix"}), std::nullopt);
}

}  // namespace
}  // namespace reconciler::yaml
