#include <algorithm>
#include <map>
#include <vector>

#include "kind_dev_test.h"

namespace reconciler::test {
namespace {

using testing::HasSubstr;
using testing::Not;

/// The whole stack on simulated nodes; tests/cluster/operators plays the operators.
class StackTest : public KindDevTest {
 protected:
  std::map<std::string, std::string> uids() const {
    std::map<std::string, std::string> uids;
    for (const auto& kind : kKinds) {
      for (const auto& [name, object] : plane_.list(kind.type, "spira")) {
        if (object["metadata"].value("labels", nlohmann::json::object()).contains("gitops.spira.dev/environment"))
          uids[kind.type + (" " + name)] = object["metadata"]["uid"];
      }
    }
    return uids;
  }

  void delete_everything_at_once() const {
    std::string kinds;
    for (const auto& kind : kKinds) kinds += (kinds.empty() ? "" : ",") + std::string(kind.resource);
    plane_.kubectl("-n spira delete --all --wait=false " + kinds);
  }

  struct Kind {
    std::string type;
    const char* resource;
  };
  const std::vector<Kind> kKinds{
      {"v1/ConfigMap", "configmaps"},
      {"v1/Secret", "secrets"},
      {"v1/Service", "services"},
      {"apps/v1/Deployment", "deployments"},
      {"apps/v1/StatefulSet", "statefulsets"},
      {"apps/v1/DaemonSet", "daemonsets"},
      {"rbac.authorization.k8s.io/v1/Role", "roles"},
      {"rbac.authorization.k8s.io/v1/RoleBinding", "rolebindings"},
      {"networking.k8s.io/v1/NetworkPolicy", "networkpolicies"},
      {"policy/v1/PodDisruptionBudget", "poddisruptionbudgets"},
      {"minio.min.io/v2/Tenant", "tenants.minio.min.io"},
      {"mongodbcommunity.mongodb.com/v1/MongoDBCommunity", "mongodbcommunity.mongodbcommunity.mongodb.com"},
      {"acid.zalan.do/v1/postgresql", "postgresqls.acid.zalan.do"},
      {"monitoring.coreos.com/v1/Prometheus", "prometheuses.monitoring.coreos.com"},
      {"monitoring.coreos.com/v1/Alertmanager", "alertmanagers.monitoring.coreos.com"},
      {"monitoring.coreos.com/v1/ServiceMonitor", "servicemonitors.monitoring.coreos.com"}};
};

TEST_F(StackTest, it_comes_from_nothing_and_again_after_everything_was_deleted_at_once) {
  const auto commit = push();
  service_.start();
  wait_environment_ready("kind-dev", commit);

  const auto before = uids();
  EXPECT_GT(before.size(), 80u);
  delete_everything_at_once();
  wait_until(
      "everything is there anew",
      [&] {
        const auto now = uids();
        return std::ranges::all_of(before, [&](const auto& object) {
          const auto found = now.find(object.first);
          return found != now.end() && found->second != object.second;
        });
      },
      std::chrono::seconds(300), [&] { return service_.status("kind-dev").dump(2); });
  wait_environment_ready("kind-dev", commit);
}

TEST_F(StackTest, another_password_is_shown_as_a_change_of_exactly_its_users) {
  const auto commit = push();
  service_.start();
  wait_environment_ready("kind-dev", commit);

  edit_file("sources/development-credentials/minio.env", "secretKey=spira-development-minio", "secretKey=" + canary_);
  auto told = diff("kind-dev");
  EXPECT_EQ(told.code, 1);
  for (const char* user :
       {"change Tenant.minio.min.io spira/spira", "change Deployment.apps spira/mlflow",
        "change Deployment.apps spira/spira-api-server", "change Deployment.apps spira/spira-inf-server",
        "change Secret spira/spira-env-configuration", "change Secret spira/spira-minio-tenant-secret"}) {
    EXPECT_THAT(told.text, HasSubstr(user));
  }
  EXPECT_THAT(told.text, Not(HasSubstr("StatefulSet.apps")));
  EXPECT_THAT(told.text, Not(HasSubstr("spira/my-nats-box")));
  EXPECT_THAT(told.text, Not(HasSubstr(canary_)));

  edit_file("sources/development-credentials/minio.env", "secretKey=" + canary_, "secretKey=spira-development-minio");
  edit_file("sources/development-credentials/postgres.env", "password=spira-development-postgres",
            "password=" + canary_);
  told = diff("kind-dev");
  EXPECT_THAT(told.text, HasSubstr("change Deployment.apps spira/mlflow"));
  EXPECT_THAT(told.text, Not(HasSubstr("Deployment.apps spira/spira-")));
  EXPECT_THAT(told.text, Not(HasSubstr(canary_)));
}

}  // namespace
}  // namespace reconciler::test
