#include "kube/urls.h"

#include <gtest/gtest.h>

namespace reconciler::kube {
namespace {

const ApiResource kConfigMaps{{"", "ConfigMap"}, "v1", "configmaps", true, {}};
const ApiResource kRoles{{"rbac.authorization.k8s.io", "ClusterRole"}, "v1", "clusterroles", false, {}};

TEST(Urls, an_object_of_the_core_group_stands_below_api) {
  const ObjectKey key{kConfigMaps.type, "spira", "nats"};
  EXPECT_EQ(object_path(kConfigMaps, key), "/api/v1/namespaces/spira/configmaps/nats");
}

TEST(Urls, a_kind_of_cluster_scope_has_no_namespace_even_when_the_key_names_one) {
  const ObjectKey key{kRoles.type, "spira", "system:node"};
  EXPECT_EQ(object_path(kRoles, key), "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode");
}

TEST(Urls, a_name_cannot_leave_its_place_in_the_path) {
  const ObjectKey key{kConfigMaps.type, "..", "a/../../secrets?x=#"};
  EXPECT_EQ(object_path(kConfigMaps, key, "status"),
            "/api/v1/namespaces/%2E%2E/configmaps/a%2F..%2F..%2Fsecrets%3Fx%3D%23/status");
}

TEST(Urls, a_collection_without_namespace_is_that_of_all) {
  EXPECT_EQ(collection_path(kConfigMaps, ""), "/api/v1/configmaps");
}

TEST(Urls, a_query_escapes_values_and_leaves_out_empty_ones) {
  EXPECT_EQ(Query().add("a", "x=y,z in (1)").add("b", "").add("c", "1").text(), "?a=x%3Dy%2Cz%20in%20%281%29&c=1");
  EXPECT_EQ(Query().text(), "");
}

}  // namespace
}  // namespace reconciler::kube
