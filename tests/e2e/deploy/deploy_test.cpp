#include "kind_dev_test.h"

namespace reconciler::test {
namespace {

using testing::HasSubstr;
using testing::Not;

/// `deploy/` itself. That it can be rendered and applied, all but the Deployment, every test of the service shows.
TEST(DeployTest, its_deployment_is_admitted_to_its_namespace_and_its_pod_runs) {
  const auto& plane = ControlPlane::shared();
  plane.apply(run("'" + kBinary + "' build '" + kSource + "/deploy'"));
  EXPECT_THAT(plane.kubectl("-n spira-system wait --for=condition=Available --timeout=60s deployment/spira-reconciler"),
              HasSubstr("condition met"));
  plane.kubectl("-n spira-system delete deployment/spira-reconciler");
}

TEST_F(KindDevTest, they_become_ready_and_a_difference_is_shown_field_by_field) {
  const auto commit = push();
  service_.start();
  wait_environment_ready("kind-dev", commit);
  EXPECT_EQ(condition(service_.status("chaos"), "SourceReady")["reason"], "BranchNotFound");

  auto told = diff("kind-dev");
  EXPECT_EQ(told.code, 0) << told.text;
  EXPECT_EQ(told.text, "");

  edit_file("overlays/kind-dev/kustomization.yaml", "count: 3", "count: 2");
  edit_file("sources/development-credentials/spira-api.env", "SPIRA_API_PASSWORD=password",
            "SPIRA_API_PASSWORD=" + canary_);
  told = diff("kind-dev");
  EXPECT_EQ(told.code, 1);
  EXPECT_THAT(told.text, HasSubstr("change StatefulSet.apps spira/my-nats"));
  EXPECT_THAT(told.text, HasSubstr("spec.replicas: 3 -> 2"));
  EXPECT_THAT(told.text, HasSubstr("Secret spira/spira-api-creds"));
  EXPECT_THAT(told.text, Not(HasSubstr(canary_)));

  wait_environment_ready("kind-dev", push());
  EXPECT_EQ(diff("kind-dev").code, 0);

  repository_.switch_to("env/chaos");
  wait_environment_ready("chaos", push("env/chaos"));
}

}  // namespace
}  // namespace reconciler::test
