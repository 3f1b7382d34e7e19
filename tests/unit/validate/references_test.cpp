#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "set.h"

namespace reconciler::validate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr const char* kTargets =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: a}\ndata: {level: debug}\n---\n"
    "apiVersion: v1\nkind: Secret\nmetadata: {name: login, namespace: a}\nstringData: {password: hunter2}\n---\n"
    "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: runner, namespace: a}\n---\n"
    "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: disk, namespace: a}\n---\n"
    "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: a}\n"
    "spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}\n---\n";

/// A field of a pod spec that names what `kTargets` has, with `@` in the place that the tests change.
struct Form {
  const char* name;
  const char* spec;
  const char* good;
  const char* bad;
  const char* finding;  ///< How what is found starts.
};

class ReferenceForms : public testing::TestWithParam<Form> {
 protected:
  static std::vector<std::string> found(std::string spec, const std::string& value) {
    spec.replace(spec.find('@'), 1, value);
    return found_in(pod("  containers: [{name: c, image: 'i:1', ports: [{containerPort: 8080}]}]\n" + spec) + kTargets);
  }
};

TEST_P(ReferenceForms, are_followed) {
  EXPECT_THAT(found(GetParam().spec, GetParam().good), IsEmpty());
  EXPECT_THAT(found(GetParam().spec, GetParam().bad), ElementsAre(StartsWith(GetParam().finding)));
}

INSTANTIATE_TEST_SUITE_P(
    Pod, ReferenceForms,
    testing::Values(
        Form{"env_config_map",
             "  initContainers: [{name: i, image: 'i:1', env: [{name: A, valueFrom: "
             "{configMapKeyRef: {name: @, key: level}}}]}]\n",
             "settings", "setting",
             "reference Pod a/app: spec.initContainers[0].env[0].valueFrom.configMapKeyRef.name: ConfigMap a/setting"},
        Form{"env_secret_key",
             "  initContainers: [{name: i, image: 'i:1', env: [{name: A, valueFrom: "
             "{secretKeyRef: {name: login, key: @}}}]}]\n",
             "password", "pasword",
             "key Pod a/app: spec.initContainers[0].env[0].valueFrom.secretKeyRef.key: Secret "
             "'login' has no key 'pasword'; did you mean 'password'?"},
        Form{"env_from_config_map",
             "  initContainers: [{name: i, image: 'i:1', envFrom: [{configMapRef: {name: @}}]}]\n", "settings", "x",
             "reference Pod a/app: spec.initContainers[0].envFrom[0].configMapRef.name: ConfigMap a/x"},
        Form{"env_from_secret", "  ephemeralContainers: [{name: i, image: 'i:1', envFrom: [{secretRef: {name: @}}]}]\n",
             "login", "x", "reference Pod a/app: spec.ephemeralContainers[0].envFrom[0].secretRef.name: Secret a/x"},
        Form{"volume_config_map", "  volumes: [{name: v, configMap: {name: @}}]\n", "settings", "x",
             "reference Pod a/app: spec.volumes[0].configMap.name: ConfigMap a/x"},
        Form{"volume_config_map_item",
             "  volumes: [{name: v, configMap: {name: settings, items: [{key: @, path: p}]}}]\n", "level", "x",
             "key Pod a/app: spec.volumes[0].configMap.items[0].key: ConfigMap 'settings' has no key 'x'"},
        Form{"volume_secret", "  volumes: [{name: v, secret: {secretName: @}}]\n", "login", "x",
             "reference Pod a/app: spec.volumes[0].secret.secretName: Secret a/x"},
        Form{"projected_config_map", "  volumes: [{name: v, projected: {sources: [{configMap: {name: @}}]}}]\n",
             "settings", "x", "reference Pod a/app: spec.volumes[0].projected.sources[0].configMap.name"},
        Form{"projected_secret_item",
             "  volumes: [{name: v, projected: {sources: [{secret: {name: login, items: [{key: @, path: p}]}}]}}]\n",
             "password", "x", "key Pod a/app: spec.volumes[0].projected.sources[0].secret.items[0].key"},
        Form{"csi_secret", "  volumes: [{name: v, csi: {driver: d, nodePublishSecretRef: {name: @}}}]\n", "login", "x",
             "reference Pod a/app: spec.volumes[0].csi.nodePublishSecretRef.name: Secret a/x"},
        Form{"claim", "  volumes: [{name: v, persistentVolumeClaim: {claimName: @}}]\n", "disk", "x",
             "reference Pod a/app: spec.volumes[0].persistentVolumeClaim.claimName: PersistentVolumeClaim a/x"},
        Form{"pull_secret", "  imagePullSecrets: [{name: @}]\n", "login", "x",
             "reference Pod a/app: spec.imagePullSecrets[0].name: Secret a/x"},
        Form{"account", "  serviceAccountName: @\n", "runner", "x",
             "reference Pod a/app: spec.serviceAccountName: ServiceAccount a/x"},
        Form{"default_account", "  serviceAccountName: @\n", "default", "x",
             "reference Pod a/app: spec.serviceAccountName: ServiceAccount a/x"},
        Form{"priority", "  priorityClassName: @\n", "system-node-critical", "x",
             "reference Pod a/app: spec.priorityClassName: PriorityClass.scheduling.k8s.io x"}),
    [](const auto& info) { return info.param.name; });

TEST(References, may_be_optional) {
  EXPECT_THAT(found_in(pod("  containers: [{name: c, image: 'i:1', envFrom: [{configMapRef: {name: x, optional: true}}]"
                           "}]\n  volumes: [{name: v, secret: {secretName: x, optional: true}}]\n")),
              IsEmpty());
}

TEST(References, stay_in_their_namespace) {
  EXPECT_THAT(found_in("apiVersion: v1\nkind: Secret\nmetadata: {name: login, namespace: b}\n---\n" +
                       pod("  volumes: [{name: v, secret: {secretName: login}}]\n") +
                       "apiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n"),
              ElementsAre(StartsWith("reference Pod a/app: spec.volumes[0].secret.secretName: Secret a/login")));
}

TEST(References, are_found_in_the_pods_of_every_workload) {
  const std::string pods = "template: {metadata: {labels: {a: b}}, spec: {serviceAccountName: x}}";
  for (const auto& [type, spec] : std::vector<std::pair<std::string, std::string>>{
           {"apiVersion: apps/v1\nkind: Deployment", "spec: {" + pods + "}"},
           {"apiVersion: apps/v1\nkind: StatefulSet", "spec: {" + pods + "}"},
           {"apiVersion: apps/v1\nkind: DaemonSet", "spec: {" + pods + "}"},
           {"apiVersion: apps/v1\nkind: ReplicaSet", "spec: {" + pods + "}"},
           {"apiVersion: v1\nkind: ReplicationController", "spec: {" + pods + "}"},
           {"apiVersion: batch/v1\nkind: Job", "spec: {" + pods + "}"},
           {"apiVersion: batch/v1\nkind: CronJob", "spec: {jobTemplate: {spec: {" + pods + "}}}"}}) {
    EXPECT_THAT(found_in(type + "\nmetadata: {name: w, namespace: default}\n" + spec),
                ElementsAre(HasSubstr("spec.serviceAccountName: ServiceAccount default/x")))
        << type;
  }
}

TEST(References, are_met_by_what_an_operator_is_declared_to_make) {
  const std::string user =
      pod("  containers: [{name: c, image: 'i:1', env: [{name: A, valueFrom: {secretKeyRef: "
          "{name: made, key: uri}}}]}]\n");
  const auto operated = [](const std::string& provides) {
    return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: db\n  namespace: a\n  annotations:\n"
           "    gitops.spira.dev/provides: \"" +
           provides + "\"\n";
  };
  EXPECT_THAT(found_in(user + operated("Secret/made[uri,password]")), IsEmpty());
  EXPECT_THAT(found_in(user + operated("Secret/made")), IsEmpty());
  EXPECT_THAT(found_in(user + operated("Secret/a/made[uri]")), IsEmpty());
  EXPECT_THAT(found_in(user + operated("Secret/made[url]")), ElementsAre(StartsWith("key Pod a/app")));
  EXPECT_THAT(found_in(user + operated("Secret/b/made")), ElementsAre(StartsWith("reference Pod a/app")));
  EXPECT_THAT(found_in(user + operated("Secret/made[")),
              testing::UnorderedElementsAre(
                  StartsWith("annotation ConfigMap a/db: metadata.annotations[gitops.spira.dev/provides]: expected"),
                  StartsWith("reference Pod a/app")));
  EXPECT_THAT(found_in(operated("ConfigMap/db")), testing::Contains(StartsWith("collision ConfigMap a/db")));
}

TEST(References, may_be_declared_where_no_field_shows_them) {
  const auto needs = [](const std::string& requires_) {
    return kTargets +
           std::string(
               "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: app\n  namespace: a\n"
               "  annotations:\n    gitops.spira.dev/requires: \"") +
           requires_ + "\"\n---\n" + pod("  containers: [{name: c, image: 'i:1', ports: [{containerPort: 8080}]}]\n");
  };
  EXPECT_THAT(found_in(needs("ConfigMap/settings[level],Service/web[http:80]")), IsEmpty());
  EXPECT_THAT(found_in(needs("ConfigMap/settings[lvl]")), ElementsAre(StartsWith("key ConfigMap a/app")));
  EXPECT_THAT(found_in(needs("Service/web[81]")), ElementsAre(StartsWith("port ConfigMap a/app")));
  EXPECT_THAT(found_in(needs("Service/wed")), ElementsAre(HasSubstr("did you mean 'web'?")));
  EXPECT_THAT(found_in(needs("Service")), ElementsAre(StartsWith("annotation ConfigMap a/app")));
}

TEST(References, by_hand_mean_generated_objects_without_their_hash) {
  EXPECT_THAT(found_in("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings-5f2kb8tdc9, namespace: default}\n"
                       "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: app\n  namespace: default\n"
                       "  annotations: {gitops.spira.dev/requires: ConfigMap/settings}\n"),
              IsEmpty());
}

TEST(References, can_be_passed_over_by_the_object_that_names) {
  EXPECT_THAT(found_in("apiVersion: v1\nkind: Pod\nmetadata:\n  name: app\n  namespace: default\n  annotations:\n"
                       "    gitops.spira.dev/validate-ignore: key, reference\nspec: {serviceAccountName: x}\n"),
              IsEmpty());
}

TEST(References, tell_no_value_of_a_secret) {
  for (const auto& line : found_in(pod("  volumes: [{name: v, secret: {secretName: login, items: [{key: x, path: p}]}}]"
                                       "\n") +
                                   kTargets))
    EXPECT_EQ(line.find("hunter2"), std::string::npos) << line;
}

/// A RoleBinding in namespace `a` for an account `name` of `namespace_`, beside account `a/runner`.
std::vector<std::string> found_for_subject(const std::string& namespace_, const std::string& name) {
  return found_in(kTargets + pod("  containers: [{name: c, image: 'i:1', ports: [{containerPort: 8080}]}]\n") +
                  "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: x, namespace: a}\n"
                  "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}\n"
                  "subjects: [{kind: ServiceAccount, name: " +
                  name + ", namespace: " + namespace_ + "}]\n---\n" +
                  "apiVersion: v1\nkind: Namespace\nmetadata: {name: monitoring}\n");
}

TEST(References, to_namespaces_that_the_set_has_nothing_of_are_let_be_unless_they_look_wrong) {
  EXPECT_THAT(found_for_subject("a", "runner"), IsEmpty());
  EXPECT_THAT(found_for_subject("elsewhere", "prometheus"), IsEmpty());
  EXPECT_THAT(found_for_subject("a", "prometheus"), ElementsAre(HasSubstr("ServiceAccount a/prometheus is neither")));
  EXPECT_THAT(found_for_subject("elsewhere", "runner"), ElementsAre(HasSubstr("elsewhere/runner is neither")));
  EXPECT_THAT(found_for_subject("monitorng", "prometheus"), ElementsAre(HasSubstr("monitorng/prometheus is neither")));
}

TEST(References, to_custom_kinds_that_the_set_brings_none_of_are_let_be) {
  const std::string certificate =
      pod("  containers: [{name: c, image: 'i:1'}]\n") +
      "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: web, namespace: a}\n"
      "spec: {secretName: web-tls, issuerRef: {kind: ClusterIssuer, name: letsencrypt}}\n---\n";
  const auto issuer = [](const std::string& name) {
    return "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: " + name + "}\n";
  };
  EXPECT_THAT(found_in(certificate), IsEmpty());
  EXPECT_THAT(found_in(certificate + issuer("letsencrypt")), IsEmpty());
  EXPECT_THAT(found_in(certificate + issuer("other")), ElementsAre(HasSubstr("letsencrypt is neither in the set")));
}

}  // namespace
}  // namespace reconciler::validate
