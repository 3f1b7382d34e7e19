#include "object/redact.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace reconciler {
namespace {

constexpr const char* kCanary = "canary-3f9a";

Json secret() { return {{"apiVersion", "v1"}, {"kind", "Secret"}, {"metadata", {{"name", "credentials"}}}}; }

TEST(Redact, a_secret_shows_its_keys_and_no_value) {
  Json object = secret();
  object["data"] = {{"password", kCanary}, {"user", kCanary}};
  object["stringData"] = {{"token", kCanary}};
  const Json shown = redacted(object);
  EXPECT_EQ(shown["data"], (Json{{"password", kRedacted}, {"user", kRedacted}}));
  EXPECT_EQ(shown["stringData"], (Json{{"token", kRedacted}}));
  EXPECT_EQ(shown["metadata"], object["metadata"]);
}

TEST(Redact, a_secret_hides_values_of_any_shape) {
  for (const auto* field : {"data", "stringData"}) {
    for (const Json& value : {Json(kCanary), Json{kCanary, 1}, Json{{"deep", kCanary}}, Json(31337), Json(true)}) {
      Json object = secret();
      object[field] = {{"key", value}};
      EXPECT_EQ(redacted(object)[field], (Json{{"key", kRedacted}})) << field << " " << value;
    }
  }
}

TEST(Redact, a_secret_hides_data_that_is_no_map) {
  for (const auto* field : {"data", "stringData"}) {
    for (const Json& value : {Json(kCanary), Json{kCanary, kCanary}, Json(31337)}) {
      Json object = secret();
      object[field] = value;
      EXPECT_EQ(redacted(object)[field], kRedacted) << field << " " << value;
    }
  }
}

TEST(Redact, the_copy_that_kubectl_keeps_goes_from_every_kind) {
  for (const auto* kind : {"Secret", "ConfigMap"}) {
    Json object = secret();
    object["kind"] = kind;
    object["metadata"]["annotations"] = {{"kubectl.kubernetes.io/last-applied-configuration", kCanary},
                                         {"note", "kept"}};
    EXPECT_EQ(redacted(object)["metadata"]["annotations"], (Json{{"note", "kept"}})) << kind;
  }
}

TEST(Redact, other_kinds_are_shown_as_they_are) {
  const Json config{{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"data", {{"key", "value"}}}};
  EXPECT_EQ(redacted(config), config);
  const Json custom{{"apiVersion", "example.org/v1"}, {"kind", "Secret"}, {"data", {{"key", "value"}}}};
  EXPECT_EQ(redacted(custom), custom);
}

TEST(Redact, the_original_is_left_alone) {
  Json object = secret();
  object["data"] = {{"password", kCanary}};
  const Json before = object;
  redacted(object);
  EXPECT_EQ(object, before);
}

TEST(Redact, twice_is_as_once) {
  Json object = secret();
  object["data"] = {{"password", kCanary}};
  EXPECT_EQ(redacted(redacted(object)), redacted(object));
}

TEST(Redact, what_is_no_object_passes_through) {
  for (const Json& value : {Json(), Json("text"), Json(1), Json::array({1, 2}), Json::object()}) {
    EXPECT_EQ(redacted(value), value);
  }
}

TEST(Redact, malformed_objects_do_no_harm) {
  for (const auto* text : {R"({"kind": 5, "apiVersion": "v1"})", R"({"kind": "Secret", "apiVersion": 1, "data": 1})",
                           R"({"kind": null})", R"({"metadata": "text"})", R"({"metadata": {"annotations": ["a"]}})"}) {
    const Json object = Json::parse(text);
    EXPECT_EQ(redacted(object), object) << text;
  }
}

TEST(IsHidden, holds_for_the_values_of_a_secret_alone) {
  const GroupKind type{"", "Secret"};
  for (const auto* path : {"data", "data.password", "data[\"tls.crt\"]", "stringData", "stringData.token"}) {
    EXPECT_TRUE(is_hidden(type, path)) << path;
    EXPECT_FALSE(is_hidden({"", "ConfigMap"}, path)) << path;
    EXPECT_FALSE(is_hidden({"example.org", "Secret"}, path)) << path;
  }
  for (const auto* path : {"", "metadata.labels.data", "database", "type", "immutable", "stringDataX"}) {
    EXPECT_FALSE(is_hidden(type, path)) << path;
  }
}

}  // namespace
}  // namespace reconciler
