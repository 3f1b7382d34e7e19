#include <filesystem>
#include <fstream>

#include <sys/wait.h>

#include "support/e2e/service_test.h"

namespace reconciler::test {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kSource = RECONCILER_SOURCE_DIR;
const std::string kBinary = RECONCILER_BINARY;

constexpr const char* kEnvironment = "gitops.spira.dev/v1alpha1/Environment";

/// `deploy/` itself. That it can be rendered and applied, all but the Deployment, every test of the service shows.
TEST(DeployTest, its_deployment_is_admitted_to_its_namespace_and_its_pod_runs) {
  const auto& plane = ControlPlane::shared();
  plane.apply(run("'" + kBinary + "' build '" + kSource + "/deploy'"));
  EXPECT_THAT(plane.kubectl("-n spira-system wait --for=condition=Available --timeout=60s deployment/spira-reconciler"),
              HasSubstr("condition met"));
  plane.kubectl("-n spira-system delete deployment/spira-reconciler");
}

/// The environments of this repository, followed with the rights of `deploy/` and no others.
class KindDevTest : public ServiceTest {
 protected:
  KindDevTest() {
    for (const char* name : {"kind-dev", "chaos"}) forget_later(kEnvironment, name);
    for (const char* name : {"spira", "spira-chaos"}) forget_later("v1/Namespace", name);
    repository_.remove("environments");
    for (const char* folder : {"environments", "overlays", "sources"}) copy(folder);
  }

  void copy(const std::string& folder) const {
    std::filesystem::copy(kSource + "/" + folder, clone() + "/" + folder, std::filesystem::copy_options::recursive);
  }
  std::string clone() const { return folder_ + "/clone"; }

  void wait_environment_ready(const std::string& name, const std::string& commit) const {
    const auto status = [&] {
      const auto resource = plane_.get(kEnvironment, "", name);
      return resource ? resource->value("status", nlohmann::json::object()) : nlohmann::json::object();
    };
    wait_until(
        name + " is Ready",
        [&] {
          return condition(status(), "Ready").value("status", "") == "True" &&
                 status()["revision"]["applied"] == commit;
        },
        std::chrono::seconds(120), [&] { return status().dump(2); });
  }

  struct Told {
    int code;
    std::string text;
  };
  Told diff(const std::string& environment) const {
    const auto file = folder_ + "/diff";
    ChildProcess process({kBinary, "diff", environment, "--repo", clone(), "--kubeconfig", plane_.service_kubeconfig()},
                         file);
    const int code = process.wait(kPatience).value_or(-1);
    std::ifstream stream(file);
    std::string text{std::istreambuf_iterator<char>(stream), {}};
    std::filesystem::remove(file);
    return {code, text};
  }

  void edit_file(const std::string& path, const std::string& old_text, const std::string& new_text) const {
    std::ifstream stream(clone() + "/" + path);
    std::string text{std::istreambuf_iterator<char>(stream), {}};
    const auto found = text.find(old_text);
    ASSERT_NE(found, std::string::npos) << path;
    repository_.write(path, text.replace(found, old_text.size(), new_text));
  }
};

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
