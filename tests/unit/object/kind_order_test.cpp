#include "object/kind_order.h"

#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace reconciler {
namespace {

const GroupKind kNamespace{"", "Namespace"};
const GroupKind kDefinition{"apiextensions.k8s.io", "CustomResourceDefinition"};
const GroupKind kCustom{"example.org", "Widget"};

/// What an object of the second kind may need of the first to be created or to work.
const std::vector<std::pair<GroupKind, GroupKind>> kNeeds{
    {kNamespace, {"", "ServiceAccount"}},
    {kNamespace, kDefinition},
    {{"scheduling.k8s.io", "PriorityClass"}, {"apps", "Deployment"}},
    {{"storage.k8s.io", "StorageClass"}, {"", "PersistentVolumeClaim"}},
    {{"", "ResourceQuota"}, {"apps", "Deployment"}},
    {{"", "LimitRange"}, {"apps", "StatefulSet"}},
    {{"networking.k8s.io", "NetworkPolicy"}, {"apps", "Deployment"}},
    {{"", "ServiceAccount"}, {"rbac.authorization.k8s.io", "RoleBinding"}},
    {{"rbac.authorization.k8s.io", "ClusterRole"}, {"rbac.authorization.k8s.io", "ClusterRoleBinding"}},
    {{"rbac.authorization.k8s.io", "Role"}, {"rbac.authorization.k8s.io", "RoleBinding"}},
    {{"rbac.authorization.k8s.io", "RoleBinding"}, {"apps", "Deployment"}},
    {{"", "Secret"}, {"apps", "Deployment"}},
    {{"", "ConfigMap"}, {"", "Pod"}},
    {{"", "PersistentVolume"}, {"", "PersistentVolumeClaim"}},
    {{"", "PersistentVolumeClaim"}, {"apps", "StatefulSet"}},
    {{"", "Service"}, {"apps", "StatefulSet"}},
    {{"apps", "Deployment"}, {"batch", "Job"}},
    {{"apps", "Deployment"}, {"autoscaling", "HorizontalPodAutoscaler"}},
    {{"", "Service"}, {"networking.k8s.io", "Ingress"}},
};

TEST(KindOrder, what_others_need_comes_before_them) {
  for (const auto& [first, then] : kNeeds) {
    EXPECT_LT(apply_rank(first), apply_rank(then)) << first.text() << " before " << then.text();
  }
}

TEST(KindOrder, custom_kinds_come_after_the_built_in_ones) {
  for (const auto& [first, then] : kNeeds) {
    EXPECT_LT(apply_rank(first), apply_rank(kCustom)) << first.text();
    EXPECT_LT(apply_rank(then), apply_rank(kCustom)) << then.text();
  }
}

TEST(KindOrder, what_can_stand_in_the_way_of_all_others_comes_last) {
  const char* admission = "admissionregistration.k8s.io";
  for (const auto& type : {GroupKind{"apiregistration.k8s.io", "APIService"},
                           {admission, "ValidatingAdmissionPolicy"},
                           {admission, "ValidatingAdmissionPolicyBinding"},
                           {admission, "MutatingAdmissionPolicy"},
                           {admission, "MutatingAdmissionPolicyBinding"},
                           {admission, "MutatingWebhookConfiguration"},
                           {admission, "ValidatingWebhookConfiguration"}}) {
    EXPECT_GT(apply_rank(type), apply_rank(kCustom)) << type.text();
  }
  EXPECT_LT(apply_rank({admission, "MutatingAdmissionPolicy"}),
            apply_rank({admission, "MutatingAdmissionPolicyBinding"}));
}

TEST(KindOrder, kinds_of_the_same_name_in_other_groups_are_custom) {
  EXPECT_EQ(apply_rank({"example.org", "Deployment"}), apply_rank(kCustom));
  EXPECT_EQ(apply_rank({"apps", "Namespace"}), apply_rank(kCustom));
}

TEST(KindOrder, only_namespaces_and_definitions_bring_others) {
  EXPECT_TRUE(brings_others(kNamespace));
  EXPECT_TRUE(brings_others(kDefinition));
  EXPECT_FALSE(brings_others(kCustom));
  for (const auto& [first, then] : kNeeds) EXPECT_EQ(brings_others(then), then == kDefinition) << then.text();
}

TEST(KindOrder, what_brings_others_comes_before_all_else) {
  for (const auto& [first, then] : kNeeds) {
    EXPECT_TRUE(then == kDefinition || apply_rank(then) > apply_rank(kDefinition)) << then.text();
  }
}

}  // namespace
}  // namespace reconciler
