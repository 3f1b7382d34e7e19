#include "support/e2e/service_test.h"

namespace reconciler::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string kAllVerbs = "    verbs: [get, list, watch, create, patch, delete]\n";

std::string stateful_set(const std::string& name) {
  auto manifest = deployment(name, 1);
  manifest.replace(manifest.find("kind: Deployment"), 16, "kind: StatefulSet");
  return manifest.insert(manifest.find("  replicas:"), "  serviceName: " + name + "\n");
}

std::string daemon_set(const std::string& name) {
  auto manifest = deployment(name, 1);
  manifest.replace(manifest.find("kind: Deployment"), 16, "kind: DaemonSet");
  return manifest.erase(manifest.find("  replicas: 1\n"), 14);
}

std::string job(const std::string& name) {
  return "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: " + name +
         "\nspec:\n  template:\n    metadata:\n      labels:\n        app: " + name +
         "\n    spec:\n      restartPolicy: OnFailure\n      containers:\n        - name: main\n"
         "          image: example.org/idle:1\n";
}

/// A workload whose pods do not come up is Degraded with their cause, not at its progress deadline (ten minutes).
class PodsTest : public ServiceTest {
 protected:
  /// What is told of an environment with this one workload, once it is Degraded.
  std::string cause_of(const std::string& manifest) {
    push_overlay({{"web.yaml", manifest}});
    service_.start();
    return wait_degraded();
  }

  /// Lets the service manage further kinds.
  void allow(const std::string& rules) {
    forget_later("rbac.authorization.k8s.io/v1/ClusterRole", name_);
    plane_.apply("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: " + name_ +
                 "\n  labels:\n    gitops.spira.dev/aggregate-to-reconciler: \"true\"\nrules:\n" + rules);
    const auto is_allowed = [&] {
      const auto asked = rules.substr(rules.find("resources: [") + 12);
      const auto has = plane_.get("rbac.authorization.k8s.io/v1/ClusterRole", "", "spira-reconciler-manages")->dump();
      return has.find(asked.substr(0, asked.find(']'))) != std::string::npos;
    };
    wait_until("the service has the right", is_allowed);
  }

  std::string wait_degraded() {
    const auto status = wait_reason("Healthy", "Degraded");
    EXPECT_EQ(status["sync"], "Synced");
    return condition(status, "Healthy")["message"];
  }
};

TEST_F(PodsTest, a_deployment_that_crash_loops_names_the_container_and_how_it_ended) {
  EXPECT_THAT(cause_of(with_waiting_pods(deployment("web", 2), "CrashLoopBackOff")),
              AllOf(HasSubstr("Deployment.apps " + name_ + "/web: pod web-"),
                    HasSubstr("container main: CrashLoopBackOff: exit code 137, OOMKilled")));
}

TEST_F(PodsTest, a_commit_that_mends_it_makes_it_healthy) {
  cause_of(with_waiting_pods(deployment("web", 2), "CrashLoopBackOff"));
  wait_ready(push_overlay({{"web.yaml", deployment("web", 2)}}));
}

TEST_F(PodsTest, a_commit_that_breaks_it_is_told_while_the_old_pods_still_run) {
  const auto commit = push_overlay({{"web.yaml", deployment("web", 2)}});
  service_.start();
  wait_ready(commit);
  push_overlay({{"web.yaml", with_waiting_pods(deployment("web", 2), "ImagePullBackOff", "no such image")}});
  EXPECT_THAT(wait_degraded(), HasSubstr("container main: ImagePullBackOff: no such image"));
}

TEST_F(PodsTest, a_stateful_set_whose_configuration_is_missing_names_it) {
  EXPECT_THAT(
      cause_of(with_waiting_pods(stateful_set("web"), "CreateContainerConfigError", "configmap \"env\" not found")),
      AllOf(HasSubstr("StatefulSet.apps " + name_ + "/web: pod web-0"),
            HasSubstr("CreateContainerConfigError: configmap \"env\" not found")));
}

TEST_F(PodsTest, a_daemon_set_whose_image_has_no_name_names_it) {
  allow("  - apiGroups: [apps]\n    resources: [daemonsets]\n" + kAllVerbs +
        "  - apiGroups: [batch]\n    resources: [jobs]\n" + kAllVerbs);
  push_overlay({{"set.yaml", with_waiting_pods(daemon_set("set"), "InvalidImageName")},
                {"load.yaml", with_waiting_pods(job("load"), "CrashLoopBackOff")}});
  service_.start();
  wait_until("both are told", [&] {
    const auto message = condition(service_.status(name_), "Healthy").value("message", "");
    return message.find("DaemonSet.apps " + name_ + "/set: pod set-") != std::string::npos &&
           message.find("InvalidImageName") != std::string::npos &&
           message.find("Job.batch " + name_ + "/load: pod load-") != std::string::npos;
  });
}

TEST_F(PodsTest, a_stateful_set_and_a_job_whose_pods_a_quota_refuses_say_so_until_it_allows_them) {
  allow("  - apiGroups: [batch]\n    resources: [jobs]\n" + kAllVerbs);
  const auto quota = [&](int pods) {
    plane_.apply("apiVersion: v1\nkind: ResourceQuota\nmetadata:\n  name: few\n  namespace: " + name_ +
                 "\nspec:\n  hard:\n    pods: \"" + std::to_string(pods) + "\"\n");
  };
  quota(0);
  push_overlay({{"web.yaml", stateful_set("web")}, {"load.yaml", job("load")}});
  service_.start();
  wait_until("both are told", [&] {
    const auto message = condition(service_.status(name_), "Healthy").value("message", "");
    return message.find("StatefulSet.apps " + name_ + "/web: FailedCreate: ") != std::string::npos &&
           message.find("Job.batch " + name_ + "/load: FailedCreate: ") != std::string::npos &&
           message.find("exceeded quota") != std::string::npos;
  });
  quota(9);
  wait_reason("Healthy", "Healthy");
}

TEST_F(PodsTest, a_pod_that_no_node_takes_is_progress_at_first_and_then_degraded) {
  auto stuck = deployment("web", 1);
  stuck.insert(stuck.find("      containers:"), "      nodeSelector:\n        nowhere: \"true\"\n");
  push_overlay({{"web.yaml", stuck}});
  service_.start();
  const auto message = condition(wait_reason("Healthy", "Progressing"), "Healthy")["message"];
  EXPECT_THAT(wait_degraded(), HasSubstr("Unschedulable: 0/4 nodes are available"));
}

TEST_F(PodsTest, a_claim_of_a_class_that_does_not_exist_says_so) {
  allow("  - apiGroups: [\"\"]\n    resources: [persistentvolumeclaims]\n" + kAllVerbs);
  push_overlay(
      {{"data.yaml",
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: data\nspec:\n  storageClassName: none\n"
        "  accessModes: [ReadWriteOnce]\n  resources: {requests: {storage: 1Gi}}\n"}});
  service_.start();
  EXPECT_THAT(wait_degraded(), AllOf(HasSubstr("PersistentVolumeClaim " + name_ + "/data: ProvisioningFailed"),
                                     HasSubstr("\"none\" not found")));
}

TEST_F(PodsTest, the_environment_names_three_causes_and_counts_the_rest) {
  Files files;
  for (const auto* name : {"a", "b", "c", "d"}) {
    files[std::string(name) + ".yaml"] = with_waiting_pods(deployment(name, 1), "CrashLoopBackOff");
  }
  push_overlay(files);
  service_.start();
  wait_until("all four are told", [&] {
    const auto message = condition(service_.status(name_), "Healthy").value("message", "");
    return message.find("/c: pod c-") != std::string::npos && message.find("and 1 more") != std::string::npos;
  });
}

}  // namespace
}  // namespace reconciler::test
