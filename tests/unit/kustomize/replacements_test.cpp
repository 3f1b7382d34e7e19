#include "kustomize/replacements.h"

#include <map>

#include "kustomize/field_path.h"
#include "merge_support.h"

namespace reconciler::kustomize {
namespace {

using testing::Test;

TEST(FieldPathTest, dots_separate_steps_and_brackets_and_backslashes_hold_them_together) {
  EXPECT_EQ(split_field_path("a.b.0.c"), (FieldPath{"a", "b", "0", "c"}));
  EXPECT_EQ(split_field_path(".a.b"), (FieldPath{"a", "b"}));
  EXPECT_EQ(split_field_path("metadata.annotations.a\\.b/c"), (FieldPath{"metadata", "annotations", "a.b/c"}));
  EXPECT_EQ(split_field_path("metadata.annotations.[a.b/c].x"), (FieldPath{"metadata", "annotations", "a.b/c", "x"}));
  EXPECT_EQ(split_field_path("spec.[name=a.b].image"), (FieldPath{"spec", "[name=a.b]", "image"}));
  EXPECT_EQ(split_field_path("spec.[name=web].image"), (FieldPath{"spec", "[name=web]", "image"}));
}

class ReplacementsTest : public Test {
 protected:
  void add(std::string_view text) {
    Resource resource;
    resource.node = &trees_.read(text);
    ASSERT_TRUE(resources_.append(std::move(resource)));
  }

  Status apply(std::string_view list) {
    auto document = yaml::parse_document(list, "k.yaml", trees_.arena, yaml::Dialect::kVersion2);
    Decoder decoder("k.yaml", Decoder::Mode::kStrict, trees_.arena);
    const auto load = [&](std::string_view path) -> Result<std::string> { return files_.at(std::string(path)); };
    TRY(const auto replacements, read_replacements(decoder, **document, load));
    TRY_VOID(decoder.status());
    return apply_replacements(resources_, replacements, trees_.arena);
  }
  std::string error(std::string_view list) {
    const auto status = apply(list);
    return status ? "no error" : status.error().text();
  }
  std::string spec(std::size_t index) { return Trees::json(*resources_.all()[index]->node->find("spec")); }
  std::string json(std::string_view text) { return trees_.json(text); }

  Trees trees_;
  ResourceMap resources_;
  std::map<std::string, std::string> files_;
};

constexpr std::string_view kSource =
    "{apiVersion: v1, kind: Source, metadata: {name: s}, spec: {v: new, image: 'host:80', n: 5, m: {x: 1}}}";

TEST_F(ReplacementsTest, a_value_goes_into_a_field_and_keeps_the_type_there) {
  add(kSource);
  add("{apiVersion: v1, kind: Target, metadata: {name: t}, spec: {text: '1', number: 2, list: [{name: a, v: x}]}}");
  ASSERT_TRUE(
      apply("- {source: {kind: Source, fieldPath: spec.n}, targets: [{select: {kind: Target}, "
            "fieldPaths: [spec.text, spec.number, 'spec.list.[name=a].v']}]}"));
  EXPECT_EQ(spec(1), json("{text: '5', number: 5, list: [{name: a, v: '5'}]}"));
}

TEST_F(ReplacementsTest, the_name_is_the_field_when_none_is_said) {
  add(kSource);
  add("{apiVersion: v1, kind: Target, metadata: {name: t}, spec: {}}");
  ASSERT_TRUE(apply("- {source: {kind: Source}, targets: [{select: {kind: Target}}]}"));
  EXPECT_EQ(resources_.all()[1]->name(), "s");
  EXPECT_EQ(resources_.with_any_name("s").size(), 2u);
}

TEST_F(ReplacementsTest, create_makes_what_is_absent) {
  add(kSource);
  add("{apiVersion: v1, kind: Target, metadata: {name: t}, spec: {list: []}}");
  ASSERT_TRUE(
      apply("- {source: {kind: Source, fieldPath: spec.n}, targets: [{select: {kind: Target}, options: {create: true}, "
            "fieldPaths: [spec.a.b, 'spec.list.[name=x].v', spec.more.0]}]}"));
  EXPECT_EQ(spec(1), json("{a: {b: 5}, list: [{name: x, v: 5}], more: [5]}"));
}

TEST_F(ReplacementsTest, a_delimiter_takes_and_sets_parts) {
  add(kSource);
  add("{apiVersion: v1, kind: Target, metadata: {name: t}, spec: {a: x.y.z, b: x, c: x}}");
  ASSERT_TRUE(
      apply("- source: {kind: Source, fieldPath: spec.image, options: {delimiter: ':', index: 1}}\n"
            "  targets: [{select: {kind: Target}, fieldPaths: [spec.a], options: {delimiter: ., index: 1}},\n"
            "            {select: {kind: Target}, fieldPaths: [spec.b], options: {delimiter: ., index: -1}},\n"
            "            {select: {kind: Target}, fieldPaths: [spec.c], options: {delimiter: ., index: 9}}]"));
  EXPECT_EQ(spec(1), json("{a: x.80.z, b: 80.x, c: x.80}"));
}

TEST_F(ReplacementsTest, wildcards_and_regular_expressions_reach_several_items) {
  add(kSource);
  add("{apiVersion: v1, kind: Target, metadata: {name: t}, spec: {list: [{name: a1, v: x}, {name: a2, v: x}, {name: b, "
      "v: x}], p: [x, y]}}");
  ASSERT_TRUE(
      apply("- {source: {kind: Source, fieldPath: spec.v}, targets: [{select: {kind: Target}, "
            "fieldPaths: ['spec.list.[name=a].v', 'spec.p.*']}]}"));
  EXPECT_EQ(spec(1), json("{list: [{name: a1, v: new}, {name: a2, v: new}, {name: b, v: x}], p: [new, new]}"));
}

TEST_F(ReplacementsTest, values_inside_json_and_yaml_text_are_replaced) {
  add(kSource);
  add("apiVersion: v1\nkind: Target\nmetadata: {name: t}\nspec:\n  compact: '{\"b\":{\"x\":1},\"a\":\"<\"}'\n"
      "  lines: |-\n    {\n      \"b\": 1,\n      \"e\": {}\n    }\n  yaml: |\n    z: 1\n    a: [x, y]\n");
  ASSERT_TRUE(
      apply("- {source: {kind: Source, fieldPath: spec.n}, targets: [{select: {kind: Target}, "
            "fieldPaths: [spec.compact.b.x, spec.lines.b, spec.yaml.a.1]}]}"));
  const auto* target = resources_.all()[1]->node->find("spec");
  EXPECT_EQ(target->text_of("compact"), "{\"a\":\"\\u003c\",\"b\":{\"x\":5}}");
  EXPECT_EQ(target->text_of("lines"), "{\n  \"b\": 5,\n  \"e\": {}\n}");
  EXPECT_EQ(target->text_of("yaml"), "z: 1\na: [x, \"5\"]");
}

TEST_F(ReplacementsTest, rejected_objects_are_left_alone) {
  add(kSource);
  add("{apiVersion: v1, kind: Target, metadata: {name: a}, spec: {v: old}}");
  add("{apiVersion: v1, kind: Target, metadata: {name: b, labels: {keep: me}}, spec: {v: old}}");
  add("{apiVersion: v1, kind: Target, metadata: {name: c}, spec: {v: old}}");
  ASSERT_TRUE(
      apply("- {source: {kind: Source, fieldPath: spec.v}, targets: [{select: {kind: T.*}, "
            "reject: [{name: a}, {labelSelector: keep}], fieldPaths: [spec.v]}]}"));
  EXPECT_EQ(spec(1) + spec(2) + spec(3), R"({"v":"old"}{"v":"old"}{"v":"new"})");
}

TEST_F(ReplacementsTest, a_mapping_is_copied_and_not_shared) {
  add(kSource);
  add("{apiVersion: v1, kind: Target, metadata: {name: t}, spec: {m: {}, k: {}}}");
  ASSERT_TRUE(
      apply("- {source: {kind: Source, fieldPath: spec.m}, targets: [{select: {kind: Target}, fieldPaths: [spec.m, "
            "spec.k]}]}\n"
            "- {sourceValue: '2', targets: [{select: {kind: Target}, fieldPaths: [spec.m.x]}]}"));
  EXPECT_EQ(spec(1), json("{m: {x: 2}, k: {x: 1}}"));
  EXPECT_EQ(Trees::json(*resources_.all()[0]->node->find_path({"spec", "m"})), json("x: 1"));
}

TEST_F(ReplacementsTest, a_file_holds_one_or_several_replacements) {
  add("{apiVersion: v1, kind: Target, metadata: {name: t}, spec: {a: x, b: x, c: x}}");
  files_["one"] = "sourceValue: '1'\ntargets: [{select: {kind: Target}, fieldPaths: [spec.a]}]";
  files_["two"] =
      "- sourceValue: '2'\n  targets: [{select: {kind: Target}, fieldPaths: [spec.b]}]\n"
      "- sourceValue: '3'\n  targets: [{select: {kind: Target}, fieldPaths: [spec.c]}]";
  ASSERT_TRUE(apply("[{path: one}, {path: two}]"));
  EXPECT_EQ(spec(0), json("{a: '1', b: '2', c: '3'}"));
}

TEST_F(ReplacementsTest, errors_name_what_was_looked_for_and_where) {
  add(kSource);
  add("{apiVersion: v1, kind: Target, metadata: {name: t}, spec: {secret: hush, list: [1]}}");
  const auto list = [](std::string_view source, std::string_view target) {
    return "- {source: {" + std::string(source) + "}, targets: [{select: {kind: Target}, fieldPaths: [" +
           std::string(target) + "]}]}";
  };
  EXPECT_NE(error(list("kind: None", "spec.a")).find("k.yaml:1:3: source: no object matches kind=None"),
            std::string::npos);
  EXPECT_NE(error(list("version: v1", "spec.a")).find("several objects match version=v1"), std::string::npos);
  EXPECT_NE(error(list("kind: Source, fieldPath: spec.no", "spec.a")).find("spec.no: Source"), std::string::npos);
  EXPECT_NE(error(list("kind: Source, fieldPath: spec.v", "spec.a")).find("options.create: true"), std::string::npos);
  EXPECT_NE(error(list("kind: Source, fieldPath: spec.v", "spec.list.3")).find("the list has 1 items"),
            std::string::npos);
  EXPECT_NE(error("- {targets: [{select: {kind: Target}}]}").find("needs a source"), std::string::npos);
  EXPECT_EQ(error(list("kind: Source, fieldPath: spec.v", "spec.secret.x")).find("hush"), std::string::npos);
  EXPECT_NE(error("- {source: {nmae: x}}").find("nmae"), std::string::npos);
}

TEST_F(ReplacementsTest, a_path_of_too_many_steps_is_refused) {
  add(kSource);
  std::string path = "spec";
  for (int i = 0; i < 400; ++i) path += ".a";
  const auto text = error(
      "- {sourceValue: x, targets: [{select: {kind: Source}, options: {create: true}, fieldPaths: [" + path + "]}]}");
  EXPECT_NE(text.find("steps"), std::string::npos) << text;
}

}  // namespace
}  // namespace reconciler::kustomize
