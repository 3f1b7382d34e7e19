#include <fstream>
#include <sstream>

#include "support/e2e/service_test.h"

namespace reconciler::test {
namespace {

using testing::HasSubstr;

/// An environment whose objects are written as an account of its own.
class ImpersonationTest : public ServiceTest {
 protected:
  ImpersonationTest() {
    write_environment("  namespace: " + name_ + "\n  serviceAccountName: deployer\n");
    std::stringstream rule;
    rule << std::ifstream(std::string(RECONCILER_SOURCE_DIR) + "/deploy/rbac-impersonates.yaml").rdbuf();
    apply(rule.str());
    apply("apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: deployer\n");
  }

  void apply(const std::string& manifests) const {
    const auto file = folder_ + "/rights.yaml";
    std::ofstream(file) << manifests;
    plane_.kubectl("-n " + name_ + " apply --server-side -f '" + file + "'");
  }

  static std::string role(const std::string& name, const std::string& resources, const std::string& verbs,
                          const std::string& group = "\"\"") {
    return "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: " + name +
           "\nrules:\n  - apiGroups: [" + group + "]\n    resources: [" + resources + "]\n    verbs: [" + verbs + "]\n";
  }

  static std::string binding(const std::string& role, const std::string& account) {
    return "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata:\n  name: " + role +
           "\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: " + role +
           "}\nsubjects:\n  - {kind: ServiceAccount, name: " + account + "}\n";
  }

  void grant(const std::string& resources, const std::string& verbs) const {
    apply(role("deployer", resources, verbs) + "---\n" + binding("deployer", "deployer"));
  }

  /// The account may write roles and bindings, and thus grant what it holds itself; Git has one of each.
  void let_grant() {
    grant("configmaps, secrets", "create, patch, delete");
    apply(role("grantor", "roles, rolebindings", "create, patch, delete", "rbac.authorization.k8s.io") + "---\n" +
          binding("grantor", "deployer"));
    files_["access.yaml"] = role("reader", "configmaps", "patch") + "---\n" + binding("reader", "default");
  }

  std::string begin() {
    const auto commit = push_overlay(files_);
    service_.start();
    return commit;
  }

  Files files_{{"a.yaml", config_map("a", "1")}, {"b.yaml", config_map("b", "1")}};
};

TEST_F(ImpersonationTest, impersonation_an_account_without_rights_fails_and_the_error_names_all) {
  const auto commit = begin();
  const std::string message = wait_reason("Synced", "Forbidden")["message"];
  for (const auto& words : {std::string("cannot patch"), std::string("\"configmaps\""), "namespace \"" + name_ + "\"",
                            "system:serviceaccount:" + name_ + ":deployer"}) {
    EXPECT_THAT(message, HasSubstr(words));
  }
  EXPECT_EQ(value_of("a"), "");
  grant("configmaps, secrets", "create, patch, delete");
  wait_synced(commit);
}

TEST_F(ImpersonationTest, impersonation_a_pre_delete_hook_is_made_as_the_account) {
  write_environment("  namespace: " + name_ + "\n  serviceAccountName: deployer\n  deletion: Delete\n");
  repository_.write("environments/README.md", "Git holds no empty folders.\n");
  files_["farewell.yaml"] =
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: farewell\n  annotations:\n    gitops.spira.dev/hook: "
      "PreDelete\n";
  grant("configmaps, secrets", "create, patch, delete");
  wait_synced(begin());
  grant("configmaps, secrets", "patch, delete");
  repository_.remove("environments/" + name_ + ".yaml");
  push();
  wait_until(
      "the refusal is told",
      [&] {
        const auto message = service_.status(name_).value("message", "");
        return message.find("cannot create") != std::string::npos &&
               message.find("system:serviceaccount:" + name_ + ":deployer") != std::string::npos;
      },
      kPatience, [&] { return service_.status(name_).dump(2); });
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "farewell"));
  EXPECT_EQ(value_of("a"), "1");
  grant("configmaps, secrets", "create, get, patch, delete");
  plane_.kubectl("annotate --overwrite environment " + name_ + " gitops.spira.dev/resync=again");
  wait_until("the environment is gone",
             [&] { return !plane_.exists("gitops.spira.dev/v1alpha1/Environment", "", name_); });
  EXPECT_EQ(value_of("a"), "");
}

TEST_F(ImpersonationTest, impersonation_a_hook_that_the_account_may_not_make_is_told_and_runs_once_it_may) {
  files_ = {{"hook.yaml",
             "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: before\n  annotations:\n"
             "    gitops.spira.dev/hook: PreSync\n"}};
  grant("secrets", "create, patch, delete");
  const auto commit = begin();
  const std::string message = wait_reason("Synced", "Forbidden")["message"];
  for (const auto& words : {"ConfigMap " + name_ + "/before", std::string("resource \"configmaps\""),
                            "namespace \"" + name_ + "\"", "system:serviceaccount:" + name_ + ":deployer"}) {
    EXPECT_THAT(message, HasSubstr(words));
  }
  EXPECT_THAT(message, testing::AnyOf(HasSubstr("cannot create"), HasSubstr("cannot patch")));
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "before"));
  EXPECT_FALSE(plane_.exists("v1/Secret", name_, "login"));
  grant("configmaps, secrets", "create, get, patch, delete");
  wait_synced(commit);
  EXPECT_TRUE(plane_.exists("v1/ConfigMap", name_, "before"));
}

TEST_F(ImpersonationTest, impersonation_a_bound_account_applies_and_prunes_and_no_more) {
  grant("configmaps, secrets", "create, patch, delete");
  wait_synced(begin());
  files_.erase("b.yaml");
  wait_synced(push_overlay(files_));
  EXPECT_EQ(value_of("b"), "");
  files_["web.yaml"] = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports:\n    - port: 80\n";
  push_overlay(files_);
  const std::string message = wait_reason("Synced", "Forbidden")["message"];
  EXPECT_THAT(message, HasSubstr("\"services\""));
}

TEST_F(ImpersonationTest, impersonation_an_account_that_may_not_delete_is_told_and_prunes_once_it_may) {
  grant("configmaps, secrets", "create, patch");
  wait_synced(begin());
  files_ = {{"a.yaml", config_map("a", "2")}};
  const auto commit = push_overlay(files_);
  const std::string message = wait_reason("Synced", "Forbidden")["message"];
  const auto object = "ConfigMap " + name_ + "/b";
  EXPECT_THAT(message, HasSubstr(object + ": configmaps \"b\" is forbidden"));
  EXPECT_THAT(message, HasSubstr("cannot delete resource"));
  EXPECT_EQ(value_of("b"), "1");
  EXPECT_EQ(value_of("a"), "2");
  EXPECT_EQ(service_.objects(name_)[object]["sync"], "Failed");
  grant("configmaps, secrets", "create, patch, delete");
  wait_synced(commit);
  EXPECT_EQ(value_of("b"), "");
}

TEST_F(ImpersonationTest, impersonation_an_account_that_the_service_may_not_be_is_named) {
  write_environment("  namespace: " + name_ + "\n  serviceAccountName: admin\n");
  begin();
  const std::string message = wait_reason("Synced", "Forbidden")["message"];
  EXPECT_THAT(message, HasSubstr("cannot impersonate resource \"serviceaccounts\""));
  EXPECT_THAT(message, HasSubstr("\"admin\""));
}

TEST_F(ImpersonationTest, a_role_and_its_binding_come_in_one_commit_of_a_limited_account) {
  let_grant();
  wait_synced(begin());
  EXPECT_TRUE(plane_.get("rbac.authorization.k8s.io/v1/RoleBinding", name_, "reader"));
}

TEST_F(ImpersonationTest, a_role_and_its_binding_come_where_a_role_lives_that_the_account_may_not_grant) {
  let_grant();
  apply(role("reader", "secrets", "get"));
  wait_synced(begin());
  EXPECT_TRUE(plane_.get("rbac.authorization.k8s.io/v1/RoleBinding", name_, "reader"));
}

TEST_F(ImpersonationTest, a_binding_of_a_role_that_the_account_may_not_grant_is_refused) {
  let_grant();
  files_["access.yaml"] = role("reader", "secrets", "get") + "---\n" + binding("reader", "default");
  begin();
  const auto message = wait_reason("Synced", "Forbidden")["message"].get<std::string>();
  EXPECT_THAT(message, HasSubstr("attempting to grant RBAC permissions not currently held"));
  EXPECT_EQ(value_of("a"), "");
}

TEST_F(ImpersonationTest, finalize_as_the_account_when_the_environment_leaves_git) {
  write_environment("  namespace: " + name_ + "\n  serviceAccountName: deployer\n  deletion: Delete\n");
  grant("configmaps, secrets", "create, patch");
  repository_.write("environments/README.md", "Git holds no empty folders.\n");
  wait_synced(begin());
  repository_.remove("environments/" + name_ + ".yaml");
  push();
  wait_until("the log names the account",
             [&] { return service_.log().find("system:serviceaccount:" + name_ + ":deployer") != std::string::npos; });
  EXPECT_EQ(value_of("a"), "1");
  grant("configmaps, secrets", "create, patch, delete");
  wait_until("the objects are gone", [&] { return value_of("a").empty(); });
}

}  // namespace
}  // namespace reconciler::test
