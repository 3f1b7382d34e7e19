#include "sync/lost_fields.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace reconciler::sync {
namespace {

Json parse(const char* text) { return Json::parse(text); }

const Json kBody = parse(R"({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"},
                             "data": {"one": "1", "two": "2", "three": "3"}})");

Json live(const Json& managed_fields) { return {{"metadata", {{"managedFields", managed_fields}}}}; }

TEST(LostFields, names_who_has_a_field_and_who_changed_the_object_last_where_nobody_has_it) {
  const auto object = live(parse(R"([
    {"manager": "spira-reconciler", "operation": "Apply", "fieldsV1": {"f:data": {"f:one": {}}}},
    {"manager": "kubectl-edit", "operation": "Update", "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:data": {"f:two": {}}}},
    {"manager": "cleaner", "operation": "Update", "time": "2026-01-02T00:00:00Z", "fieldsV1": {"f:metadata": {}}}])"));
  const auto lost = lost_fields(kBody, object);
  EXPECT_EQ(text_of(lost), "data.three by cleaner, data.two by kubectl-edit");
}

TEST(LostFields, there_are_none_while_all_are_ours) {
  EXPECT_TRUE(lost_fields(kBody, live(parse(R"([{"manager": "spira-reconciler", "operation": "Apply",
    "fieldsV1": {"f:data": {"f:one": {}, "f:two": {}, "f:three": {}}}}])")))
                  .empty());
}

}  // namespace
}  // namespace reconciler::sync
