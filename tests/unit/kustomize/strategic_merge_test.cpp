#include "kustomize/strategic_merge.h"

#include "merge_support.h"

namespace reconciler::kustomize {
namespace {

constexpr std::string_view kDeployment = "apiVersion: apps/v1\nkind: Deployment\n";
constexpr std::string_view kCustom = "apiVersion: example.com/v1\nkind: Widget\n";

class StrategicMerge : public testing::Test {
 protected:
  /// The JSON of `target` with `patch` merged in; both are the bodies of objects of the type.
  std::string merged(std::string_view type, std::string_view target, std::string_view patch) {
    auto& object = trees_.read(std::string(type) + std::string(target));
    const auto outcome =
        merge_patch(object, trees_.read(std::string(type) + std::string(patch)), Schema::built_in(), trees_.arena);
    if (!outcome) return outcome.error().text();
    object.remove("apiVersion");
    object.remove("kind");
    return *outcome == MergeOutcome::kDeleted ? "deleted" : Trees::json(object);
  }
  static std::string pod(std::string_view spec) { return "spec: {template: {spec: " + std::string(spec) + "}}"; }
  std::string merged_pod(std::string_view target, std::string_view patch) {
    return merged(kDeployment, pod(target), pod(patch));
  }
  std::string pod_json(std::string_view spec) { return trees_.json(pod(spec)); }
  std::string json(std::string_view text) { return trees_.json(text); }

  Trees trees_;
};

TEST_F(StrategicMerge, fields_of_mappings_merge_and_a_null_removes_one) {
  EXPECT_EQ(merged(kCustom, "spec: {a: 1, b: {c: 2, d: 3}}", "spec: {a: null, b: {c: 5}, e: new}"),
            json("spec: {b: {c: 5, d: 3}, e: new}"));
}

TEST_F(StrategicMerge, nulls_of_a_mapping_that_is_new_are_not_taken_over) {
  EXPECT_EQ(merged(kCustom, "spec: {}", "spec: {new: {a: null, b: 1}}"), json("spec: {new: {b: 1}}"));
}

TEST_F(StrategicMerge, a_null_of_the_target_stays_when_it_is_written_out) {
  EXPECT_EQ(merged(kCustom, "spec:\n  a: null\n  b:\n  c: 1\n", "spec: {d: 2}"), json("spec: {a: null, c: 1, d: 2}"));
}

TEST_F(StrategicMerge, a_number_put_in_the_place_of_a_quoted_string_is_a_string) {
  EXPECT_EQ(merged(kCustom, "spec: {port: '80', plain: 80}", "spec: {port: 8080, plain: '8080'}"),
            json("spec: {port: '8080', plain: '8080'}"));
}

TEST_F(StrategicMerge, items_with_a_merge_key_merge_and_new_ones_come_first) {
  EXPECT_EQ(
      merged_pod("{containers: [{name: a, image: one}, {name: b, image: two}]}",
                 "{containers: [{name: new, image: three}, {name: b, args: [x]}]}"),
      pod_json("{containers: [{name: new, image: three}, {name: b, image: two, args: [x]}, {name: a, image: one}]}"));
}

TEST_F(StrategicMerge, items_with_two_merge_keys_keep_their_places) {
  EXPECT_EQ(merged(kDeployment,
                   pod("{containers: [{name: a, ports: [{containerPort: 80, protocol: TCP}, "
                       "{containerPort: 80, protocol: UDP}]}]}"),
                   pod("{containers: [{name: a, ports: [{containerPort: 80, protocol: UDP, name: dns}]}]}")),
            pod_json("{containers: [{name: a, ports: [{containerPort: 80, protocol: TCP}, "
                     "{containerPort: 80, protocol: UDP, name: dns}]}]}"));
}

TEST_F(StrategicMerge, a_port_without_protocol_is_the_one_of_that_number) {
  EXPECT_EQ(merged("apiVersion: v1\nkind: Service\n", "spec: {ports: [{port: 80, targetPort: 1}]}",
                   "spec: {ports: [{port: 80, targetPort: 2}]}"),
            json("spec: {ports: [{port: 80, targetPort: 2}]}"));
}

TEST_F(StrategicMerge, plain_values_that_merge_are_united) {
  EXPECT_EQ(merged(kDeployment, "metadata: {finalizers: [a, b]}", "metadata: {finalizers: [c, b]}"),
            json("metadata: {finalizers: [c, b, a]}"));
}

TEST_F(StrategicMerge, lists_without_merge_keys_are_replaced) {
  EXPECT_EQ(merged_pod("{containers: [{name: a, args: [x, y]}]}", "{containers: [{name: a, args: [z]}]}"),
            pod_json("{containers: [{name: a, args: [z]}]}"));
  EXPECT_EQ(merged(kCustom, "spec: {containers: [{name: a}]}", "spec: {containers: [{name: b}]}"),
            json("spec: {containers: [{name: b}]}"));
}

TEST_F(StrategicMerge, an_object_inside_a_custom_one_goes_by_its_own_type) {
  EXPECT_EQ(merged(kCustom, "spec: {template: {apiVersion: v1, kind: Pod, spec: {containers: [{name: a}]}}}",
                   "spec: {template: {spec: {containers: [{name: b}]}}}"),
            json("spec: {template: {apiVersion: v1, kind: Pod, spec: {containers: [{name: b}, {name: a}]}}}"));
}

TEST_F(StrategicMerge, patch_delete_removes_an_object_a_mapping_a_list_or_an_item) {
  EXPECT_EQ(merged(kCustom, "spec: {a: 1}", "$patch: delete"), "deleted");
  EXPECT_EQ(merged(kCustom, "spec: {a: {b: 1}, c: 2}", "spec: {a: {$patch: delete}}"), json("spec: {c: 2}"));
  EXPECT_EQ(merged_pod("{containers: [{name: a}], volumes: [{name: v}]}", "{volumes: [{$patch: delete}]}"),
            pod_json("{containers: [{name: a}]}"));
  EXPECT_EQ(merged_pod("{containers: [{name: a}, {name: b}]}", "{containers: [{name: a, $patch: delete}]}"),
            pod_json("{containers: [{name: b}]}"));
}

TEST_F(StrategicMerge, patch_replace_replaces_a_mapping_or_a_list) {
  EXPECT_EQ(merged(kCustom, "spec: {a: {b: 1, c: 2}}", "spec: {a: {$patch: replace, d: 3}}"),
            json("spec: {a: {d: 3}}"));
  EXPECT_EQ(merged_pod("{containers: [{name: a}, {name: b}]}", "{containers: [{$patch: replace}, {name: c}]}"),
            pod_json("{containers: [{name: c}]}"));
}

TEST_F(StrategicMerge, patch_replace_in_an_item_or_at_the_top_changes_nothing) {
  EXPECT_EQ(
      merged_pod("{containers: [{name: a, image: old}]}", "{containers: [{name: a, $patch: replace, image: new}]}"),
      pod_json("{containers: [{name: a, image: old}]}"));
  EXPECT_EQ(merged(kCustom, "spec: {a: 1}", "$patch: replace\nspec: {b: 2}").find("b"), std::string::npos);
}

TEST_F(StrategicMerge, repeated_items_become_the_last_of_them) {
  EXPECT_EQ(merged_pod("{containers: [{name: a, env: [{name: X, value: 1}, {name: X, value: 2}]}]}", "{}"),
            pod_json("{containers: [{name: a, env: [{name: X, value: 2}]}]}"));
}

TEST_F(StrategicMerge, an_item_without_its_key_in_the_patch_drops_the_others) {
  EXPECT_EQ(merged_pod("{containers: [{name: a}]}", "{containers: [{image: nameless}]}"), pod_json("{containers: []}"));
}

TEST_F(StrategicMerge, values_of_different_kinds_are_an_error_with_place_and_path) {
  const auto text =
      merged_pod("{containers: [{name: a, image: x}]}", "{containers: [{name: a, image: {secret: hush}}]}");
  EXPECT_NE(text.find("3:56: spec.template.spec.containers[name=a].image: expected a plain value"), std::string::npos)
      << text;
  EXPECT_EQ(text.find("hush"), std::string::npos);
}

TEST_F(StrategicMerge, an_unknown_directive_is_an_error) {
  EXPECT_NE(merged(kCustom, "spec: {a: {}}", "spec: {a: {$patch: destroy}}").find("unknown $patch directive"),
            std::string::npos);
}

TEST_F(StrategicMerge, the_patch_can_be_used_again) {
  const auto& patch =
      trees_.read(std::string(kDeployment) + pod("{containers: [{name: a, $patch: delete}, {name: n}]}"));
  for (int i = 0; i < 2; ++i) {
    auto& object = trees_.read(std::string(kDeployment) + pod("{containers: [{name: a}, {name: b}]}"));
    ASSERT_TRUE(merge_patch(object, patch, Schema::built_in(), trees_.arena));
    EXPECT_EQ(Trees::json(*object.find("spec")), trees_.json("template: {spec: {containers: [{name: n}, {name: b}]}}"));
  }
}

TEST_F(StrategicMerge, a_long_list_with_repeated_keys_is_refused) {
  std::string list = "{containers: [{name: a, env: [";
  for (int i = 0; i < 5000; ++i) list += "{name: A" + std::to_string(i) + "}, ";
  const auto text = merged_pod(list + "{name: A0}]}]}", "{}");
  EXPECT_NE(text.find("too long"), std::string::npos) << text.substr(0, 200);
}

TEST_F(StrategicMerge, lists_merge_by_the_keys_of_an_openapi_document) {
  const auto schema = Schema::from_openapi(trees_.read(R"({definitions: {
    v1.Widget: {x-kubernetes-group-version-kind: [{group: example.com, version: v1, kind: Widget}],
      properties: {spec: {$ref: "#/definitions/v1.Spec"}}},
    v1.Spec: {properties: {parts: {type: array, items: {type: object},
      x-kubernetes-patch-strategy: merge, x-kubernetes-patch-merge-key: id}}}}})"));
  ASSERT_TRUE(schema) << schema.error().text();
  auto& object = trees_.read(std::string(kCustom) + "spec: {parts: [{id: 1, a: 1}]}");
  ASSERT_TRUE(
      merge_patch(object, trees_.read(std::string(kCustom) + "spec: {parts: [{id: 2}]}"), *schema, trees_.arena));
  EXPECT_EQ(Trees::json(*object.find("spec")), trees_.json("parts: [{id: 2}, {id: 1, a: 1}]"));
}

TEST_F(StrategicMerge, a_comment_behind_a_field_says_how_its_list_merges) {
  EXPECT_EQ(merged(kCustom, "list: # {\"type\":\"array\",\"x-kubernetes-patch-strategy\":\"merge\"}\n- b\n- c\n",
                   "list: [a, b]\n"),
            json("list: [a, b, c]"));
  const auto* containers =
      "containers: # {\"type\":\"array\",\"items\":{\"$ref\":\"#/definitions/io.k8s.api.core.v1.Container\"},"
      "\"x-kubernetes-patch-strategy\":\"merge\",\"x-kubernetes-patch-merge-key\":\"name\"}\n"
      "- name: a\n  env: [{name: X}]\n";
  EXPECT_EQ(merged(kCustom, containers, "containers: [{name: a, env: [{name: Y}]}]"),
            json("containers: [{name: a, env: [{name: Y}, {name: X}]}]"));
}

TEST_F(StrategicMerge, a_comment_takes_the_built_in_strategy_away) {
  EXPECT_EQ(
      merged(kDeployment, "metadata:\n  finalizers: # {\"type\":\"array\"}\n  - a\n", "metadata: {finalizers: [b]}"),
      json("metadata: {finalizers: [b]}"));
}

TEST_F(StrategicMerge, built_in_types_stay_below_or_above_those_of_a_document) {
  const auto& document = trees_.read(R"({definitions: {
    io.k8s.api.core.v1.PodSpec: {properties: {containers: {type: array}}},
    v1.Widget: {x-kubernetes-group-version-kind: [{group: example.com, version: v1, kind: Widget}],
      properties: {pod: {$ref: "#/definitions/io.k8s.api.core.v1.PodSpec"},
                   template: {$ref: "#/definitions/io.k8s.api.core.v1.PodTemplateSpec"}}}}})");
  const auto merges = [&](Schema::BuiltIn built_in, std::initializer_list<std::string_view> path) {
    const auto schema = Schema::from_openapi(document, built_in);
    const auto* field = schema->find("example.com/v1", "Widget");
    for (const auto step : path) field = field == nullptr ? nullptr : field->field(step);
    return field != nullptr && field->merges();
  };
  EXPECT_FALSE(merges(Schema::BuiltIn::kForget, {"template", "spec", "containers"}));
  EXPECT_TRUE(merges(Schema::BuiltIn::kBelow, {"template", "spec", "containers"}));
  EXPECT_FALSE(merges(Schema::BuiltIn::kBelow, {"pod", "containers"}));
  EXPECT_TRUE(merges(Schema::BuiltIn::kAbove, {"pod", "containers"}));
}

TEST_F(StrategicMerge, references_of_a_schema_in_a_circle_end) {
  const auto schema = Schema::from_openapi(trees_.read(R"({definitions: {
    a: {$ref: "#/definitions/b"}, b: {$ref: "#/definitions/a"},
    w: {x-kubernetes-group-version-kind: [{group: example.com, version: v1, kind: Widget}],
      properties: {spec: {$ref: "#/definitions/a"}, self: {$ref: "#/definitions/w"}}}}})"));
  ASSERT_TRUE(schema);
  const auto* type = schema->find("example.com/v1", "Widget");
  ASSERT_NE(type, nullptr);
  EXPECT_EQ(type->field("spec"), nullptr);
  EXPECT_EQ(type->field("self"), type);
}

TEST_F(StrategicMerge, a_schema_that_is_no_mapping_is_refused) {
  EXPECT_FALSE(Schema::from_openapi(trees_.read("[1]")));
  EXPECT_FALSE(Schema::from_openapi(trees_.read("definitions: [1]")));
}

}  // namespace
}  // namespace reconciler::kustomize
