#include "kustomize/json_patch.h"

#include "merge_support.h"

namespace reconciler::kustomize {
namespace {

class JsonPatchTest : public testing::Test {
 protected:
  std::string patched(std::string_view target, std::string_view operations) {
    auto& object = trees_.read(target);
    const auto patch = JsonPatch::parse(operations, "patch.yaml", trees_.arena);
    if (!patch) return patch.error().text();
    const auto status = patch->apply(object, trees_.arena);
    return status ? Trees::json(object) : status.error().text();
  }
  std::string json(std::string_view text) { return trees_.json(text); }

  Trees trees_;
};

TEST_F(JsonPatchTest, add_sets_a_field_and_inserts_or_appends_an_item) {
  EXPECT_EQ(patched("a: 1", R"([{"op": "add", "path": "/b", "value": {"c": [1]}}])"), json("{a: 1, b: {c: [1]}}"));
  EXPECT_EQ(patched("a: [x, z]", "- {op: add, path: /a/1, value: w}"), json("a: [x, w, z]"));
  EXPECT_EQ(patched("a: [x]", "- {op: add, path: /a/-, value: w}"), json("a: [x, w]"));
}

TEST_F(JsonPatchTest, remove_takes_a_field_or_an_item_away) {
  EXPECT_EQ(patched("{a: 1, b: [x, y]}", "[{\"op\":\"remove\",\"path\":\"/a\"},{\"op\":\"remove\",\"path\":\"/b/0\"}]"),
            json("b: [y]"));
}

TEST_F(JsonPatchTest, replace_of_a_field_that_is_absent_adds_it) {
  EXPECT_EQ(patched("a: {}", "- {op: replace, path: /a/b, value: 1}"), json("a: {b: 1}"));
  EXPECT_EQ(patched("a: [x, y]", "- {op: replace, path: /a/1, value: z}"), json("a: [x, z]"));
}

TEST_F(JsonPatchTest, move_and_copy_take_a_value_elsewhere) {
  EXPECT_EQ(patched("{a: {x: 1}, b: {}}", "- {op: move, from: /a/x, path: /b/y}"), json("{a: {}, b: {y: 1}}"));
  EXPECT_EQ(patched("{a: {x: 1}}", "- {op: copy, from: /a, path: /b}\n- {op: add, path: /b/y, value: 2}"),
            json("{a: {x: 1}, b: {x: 1, y: 2}}"));
}

TEST_F(JsonPatchTest, test_compares_without_regard_to_the_order_of_fields) {
  EXPECT_EQ(patched("{a: {x: 1, w: [b]}}", "- {op: test, path: /a, value: {w: [b], x: 1}}"),
            json("{a: {x: 1, w: [b]}}"));
  const auto text = patched("{a: 1}", "- {op: test, path: /a, value: 2}");
  EXPECT_NE(text.find("the test failed"), std::string::npos) << text;
}

TEST_F(JsonPatchTest, escapes_stand_for_slash_and_tilde) {
  EXPECT_EQ(patched("m: {a/b: 1, c~d: 2}", "- {op: replace, path: /m/a~1b, value: 3}\n- {op: remove, path: /m/c~0d}"),
            json("m: {a/b: 3}"));
}

TEST_F(JsonPatchTest, a_negative_index_counts_from_the_end) {
  EXPECT_EQ(patched("a: [x, y]", "- {op: remove, path: /a/-1}"), json("a: [x]"));
}

TEST_F(JsonPatchTest, yaml_operations_are_yaml_1_1_and_json_is_json) {
  EXPECT_EQ(patched("{}", "- {op: add, path: /a, value: yes}\n- {op: add, path: /d, value: 2020-01-01}"),
            json("{a: true, d: '2020-01-01'}"));
  EXPECT_EQ(patched("{}", R"([{"op": "add", "path": "/a", "value": "yes"}])"), json("a: 'yes'"));
}

TEST_F(JsonPatchTest, numbers_pass_through_floating_point_and_annotations_become_strings) {
  EXPECT_EQ(patched("{n: 9007199254740993, metadata: {annotations: {a: 5}}}", "- {op: add, path: /b, value: null}"),
            json("{b: null, metadata: {annotations: {a: '5'}}, n: 9007199254740992}"));
  EXPECT_EQ(patched("{metadata: {annotations: {}}}", "- {op: add, path: /b, value: 1}"), json("{b: 1, metadata: {}}"));
}

TEST_F(JsonPatchTest, an_operation_that_does_not_apply_is_named_with_its_place_and_path) {
  const auto text =
      patched("spec: {secret: hush}", "- {op: add, path: /ok, value: 1}\n- {op: add, path: /spec/x/y, value: 2}");
  EXPECT_NE(text.find("operation 2"), std::string::npos) << text;
  EXPECT_NE(text.find("2:3: /spec/x/y: there is no mapping or list at /spec/x"), std::string::npos) << text;
  EXPECT_EQ(text.find("hush"), std::string::npos);
}

TEST_F(JsonPatchTest, wrong_operations_are_errors) {
  for (const auto* operations :
       {"- {op: add, path: a, value: 1}", "- {op: remove, path: /none}", "- {op: jump, path: /a}", "- {op: add}",
        "- {op: move, path: /b}", "- {op: add, path: /l/7, value: 1}", "- {op: remove, path: /l/-}",
        "- {op: copy, from: /l/9, path: /b}", "- text", "a: b", "[{op: add}]"}) {
    EXPECT_NE(patched("{a: 1, l: [x]}", operations).find("JSON"), std::string::npos) << operations;
  }
}

TEST_F(JsonPatchTest, an_empty_text_is_a_patch_without_operations) {
  EXPECT_EQ(patched("a: 1", "# nothing here\n"), json("a: 1"));
  EXPECT_TRUE(JsonPatch::parse("", "p", trees_.arena)->empty());
}

TEST_F(JsonPatchTest, copies_that_double_again_and_again_are_refused) {
  std::string operations;
  for (int i = 0; i < 40; ++i) operations += "- {op: copy, from: /a, path: /a/x" + std::to_string(i) + "}\n";
  const auto text = patched("a: {b: 1}", operations);
  EXPECT_NE(text.find("copies more than"), std::string::npos) << text.substr(0, 200);
}

TEST_F(JsonPatchTest, a_result_that_is_nested_too_deeply_is_refused) {
  std::string operations;
  for (int i = 0; i < 12; ++i)
    operations += "- {op: copy, from: /a, path: /a/x/x/x/x}\n- {op: move, from: /a, path: /a}\n";
  std::string target = "a: ";
  for (int i = 0; i < 200; ++i) target += "{x: ";
  target += "1";
  for (int i = 0; i < 200; ++i) target += "}";
  std::string path;
  for (int i = 0; i < 150; ++i) path += "/x";
  const auto text = patched(target, "- {op: copy, from: /a, path: /a" + path + "}");
  EXPECT_NE(text.find("nested too deeply"), std::string::npos) << text.substr(0, 200);
}

}  // namespace
}  // namespace reconciler::kustomize
