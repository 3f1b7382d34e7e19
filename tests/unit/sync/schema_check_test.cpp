#include "sync/schema_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/objects.h"

namespace reconciler::sync {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A definition whose `spec` has that schema.
Json defining(const Json& spec) {
  Json body = test::definition("x.io", "Thing");
  body["spec"]["versions"] = {
      {{"name", "v1"},
       {"served", true},
       {"schema", {{"openAPIV3Schema", {{"type", "object"}, {"properties", {{"spec", spec}}}}}}}},
      {{"name", "v0"}, {"served", false}}};
  return body;
}

std::vector<std::string> refusals(const Json& schema, const Json& spec) {
  Json thing = test::object("x.io/v1", "Thing", "spira", "a");
  thing["spec"] = spec;
  std::vector<std::string> texts;
  for (const auto& cause : check_schema(thing, defining(schema))) texts.push_back(cause.text());
  return texts;
}

const Json kText{{"type", "string"}};
const Json kNumber{{"type", "integer"}};

Json object_of(const Json& properties, const Json& more = Json::object()) {
  Json schema{{"type", "object"}, {"properties", properties}};
  schema.update(more);
  return schema;
}

TEST(CheckSchema, a_good_object_has_no_causes) {
  EXPECT_THAT(refusals(object_of({{"name", kText}, {"count", kNumber}}), {{"name", "a"}, {"count", 3}}), IsEmpty());
}

TEST(CheckSchema, types_are_named_with_their_field) {
  EXPECT_THAT(refusals(object_of({{"count", kNumber}}), {{"count", "three"}}),
              ElementsAre("spec.count: must be of type integer, and is string"));
  EXPECT_THAT(refusals(object_of({{"count", kNumber}}), {{"count", 3.5}}), testing::SizeIs(1));
  EXPECT_THAT(refusals(object_of({{"count", kNumber}}), {{"count", 3.0}}), IsEmpty());
}

TEST(CheckSchema, fields_that_are_not_known_are_told_unless_they_are_free) {
  EXPECT_THAT(refusals(object_of({{"name", kText}}), {{"nmae", "a"}}),
              ElementsAre("spec.nmae: is no field that the definition knows"));
  EXPECT_THAT(refusals(object_of({}, {{"x-kubernetes-preserve-unknown-fields", true}}), {{"nmae", "a"}}), IsEmpty());
  EXPECT_THAT(refusals({{"type", "object"}, {"additionalProperties", kNumber}}, {{"a", 1}, {"b", "x"}}),
              ElementsAre(HasSubstr("spec.b: must be of type integer")));
}

TEST(CheckSchema, required_fields_may_come_from_a_default) {
  EXPECT_THAT(refusals(object_of({{"name", kText}}, {{"required", {"name"}}}), Json::object()),
              ElementsAre("spec.name: is required"));
  EXPECT_THAT(
      refusals(object_of({{"name", {{"type", "string"}, {"default", "a"}}}}, {{"required", {"name"}}}), Json::object()),
      IsEmpty());
}

TEST(CheckSchema, null_is_for_what_is_nullable_or_has_a_default) {
  EXPECT_THAT(refusals(object_of({{"name", kText}}), {{"name", nullptr}}), ElementsAre("spec.name: must not be null"));
  EXPECT_THAT(refusals(object_of({{"name", {{"type", "string"}, {"nullable", true}}}}), {{"name", nullptr}}),
              IsEmpty());
}

TEST(CheckSchema, enumerations_patterns_and_bounds) {
  const auto schema =
      object_of({{"mode", {{"type", "string"}, {"enum", {"a", "b"}}}},
                 {"name", {{"type", "string"}, {"pattern", "^[a-z]+$"}, {"maxLength", 3}}},
                 {"count", {{"type", "integer"}, {"minimum", 1}, {"maximum", 5}, {"exclusiveMaximum", true}}},
                 {"step", {{"type", "integer"}, {"multipleOf", 2}}},
                 {"share", {{"type", "number"}, {"multipleOf", 0.1}}},
                 {"list", {{"type", "array"}, {"items", kText}, {"minItems", 1}}}});
  EXPECT_THAT(
      refusals(schema, {{"mode", "a"}, {"name", "abc"}, {"count", 4}, {"step", 4}, {"share", 0.3}, {"list", {"x"}}}),
      IsEmpty());
  EXPECT_THAT(refusals(schema, {{"mode", "c"}, {"name", "ABCD"}, {"count", 5}, {"step", 3}, {"list", Json::array()}}),
              ElementsAre("spec.count: must be less than 5", "spec.list: must have at least 1 items",
                          "spec.mode: must be one of [\"a\",\"b\"]", "spec.name: must have at most 3 characters",
                          "spec.name: must match ^[a-z]+$", "spec.step: must be a multiple of 2"));
}

TEST(CheckSchema, lengths_count_characters_not_bytes) {
  EXPECT_THAT(refusals(object_of({{"name", {{"type", "string"}, {"maxLength", 2}}}}), {{"name", "éé"}}), IsEmpty());
}

TEST(CheckSchema, items_are_named_by_their_place) {
  EXPECT_THAT(refusals(object_of({{"list", {{"type", "array"}, {"items", object_of({{"a", kText}})}}}}),
                       {{"list", {{{"a", "x"}}, {{"b", "y"}}}}}),
              ElementsAre("spec.list[1].b: is no field that the definition knows"));
}

TEST(CheckSchema, an_integer_or_a_string) {
  const auto schema = object_of({{"port", {{"x-kubernetes-int-or-string", true}}}});
  EXPECT_THAT(refusals(schema, {{"port", 80}}), IsEmpty());
  EXPECT_THAT(refusals(schema, {{"port", "http"}}), IsEmpty());
  EXPECT_THAT(refusals(schema, {{"port", true}}), ElementsAre("spec.port: must be an integer or a string"));
}

TEST(CheckSchema, lists_that_are_maps_or_sets_hold_nothing_twice) {
  const auto map = object_of({{"list",
                               {{"type", "array"},
                                {"x-kubernetes-list-type", "map"},
                                {"x-kubernetes-list-map-keys", {"name"}},
                                {"items", object_of({{"name", kText}, {"value", kText}})}}}});
  EXPECT_THAT(refusals(map, {{"list", {{{"name", "a"}}, {{"name", "b"}}}}}), IsEmpty());
  EXPECT_THAT(refusals(map, {{"list", {{{"name", "a"}, {"value", "1"}}, {{"name", "a"}, {"value", "2"}}}}}),
              ElementsAre(HasSubstr("spec.list[1]: is there twice")));
}

TEST(CheckSchema, combinations) {
  const auto one = object_of({{"a", kText}, {"b", kText}}, {{"oneOf", {{{"required", {"a"}}}, {{"required", {"b"}}}}}});
  EXPECT_THAT(refusals(one, {{"a", "x"}}), IsEmpty());
  EXPECT_THAT(refusals(one, {{"a", "x"}, {"b", "y"}}), ElementsAre(HasSubstr("exactly one")));
  const auto any =
      object_of({{"a", kNumber}}, {{"anyOf", {{{"properties", {{"a", {{"minimum", 5}}}}}}, {{"required", {"z"}}}}}});
  EXPECT_THAT(refusals(any, {{"a", 6}}), IsEmpty());
  EXPECT_THAT(refusals(any, {{"a", 1}}), ElementsAre(HasSubstr("none of the forms")));
  const auto none = object_of({{"a", kNumber}}, {{"not", {{"required", {"a"}}}}});
  EXPECT_THAT(refusals(none, {{"a", 1}}), ElementsAre(HasSubstr("excludes")));
}

TEST(CheckSchema, an_embedded_object_has_the_fields_of_every_object) {
  const auto schema =
      object_of({{"template", object_of({{"spec", kText}}, {{"x-kubernetes-embedded-resource", true}})}});
  EXPECT_THAT(refusals(schema, {{"template", {{"metadata", {{"name", "a"}}}, {"kind", "Pod"}, {"apiVersion", "v1"}}}}),
              IsEmpty());
}

TEST(CheckSchema, a_version_that_is_not_served_is_told) {
  for (const std::string version : {"v0", "v9"}) {
    const auto causes = check_schema(test::object("x.io/" + version, "Thing", "", "a"), defining(kText));
    ASSERT_EQ(causes.size(), 1U);
    EXPECT_EQ(causes[0].text(), "apiVersion: the definition does not serve version " + version);
  }
}

}  // namespace
}  // namespace reconciler::sync
