#include "base/digest.h"
#include "support/e2e/service_test.h"

namespace reconciler::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

/// What others do to live objects.
class DriftTest : public ServiceTest {
 protected:
  explicit DriftTest(const std::string& verify_interval = "1h") : ServiceTest("1s", verify_interval) {}

  void begin(const std::string& policy = "") {
    write_environment(policy);
    const auto commit = push_overlay(files_);
    service_.start();
    wait_synced(commit);
  }

  void edit(const std::string& value) const { plane_.edit("v1/ConfigMap", name_, "a", {{"data", {{"key", value}}}}); }
  json object(const std::string& name) const { return service_.objects(name_).at(name); }

  Files files_{{"a.yaml", config_map("a", "1")}};
};

TEST_F(DriftTest, what_is_changed_each_time_is_contested_and_named_and_put_back_later) {
  begin();
  for (int i = 0; i < 3; ++i) {
    edit("by hand " + std::to_string(i));
    wait_value("a", "1");
  }
  edit("by hand again");
  const auto status = wait_reason("Synced", "Contested");
  const auto contested = condition(status, "Contested");
  EXPECT_EQ(contested["status"], "True");
  EXPECT_EQ(contested["message"], "ConfigMap " + name_ + "/a: data.key by kubectl-edit");
  EXPECT_EQ(status["sync"], "OutOfSync");
  EXPECT_EQ(value_of("a"), "by hand again");
  wait_value("a", "1");
  wait_until("nothing is contested any more", [&] { return condition(service_.status(name_), "Contested").empty(); });
}

TEST_F(DriftTest, what_is_deleted_each_time_is_contested_and_named_and_made_again_later) {
  begin();
  for (int i = 0; i < 3; ++i) {
    plane_.remove("v1/ConfigMap", name_, "a");
    wait_value("a", "1");
  }
  plane_.remove("v1/ConfigMap", name_, "a");
  const auto status = wait_reason("Synced", "Contested");
  EXPECT_EQ(condition(status, "Contested")["message"],
            "ConfigMap " + name_ + "/a: is deleted each time that it is made; left for a while");
  EXPECT_EQ(status["sync"], "OutOfSync");
  EXPECT_EQ(value_of("a"), "");
  wait_value("a", "1");
  wait_until("nothing is contested any more", [&] { return condition(service_.status(name_), "Contested").empty(); });
}

TEST_F(DriftTest, a_new_commit_goes_through_whatever_is_contested) {
  begin();
  for (int i = 0; i < 3; ++i) {
    edit("by hand " + std::to_string(i));
    wait_value("a", "1");
  }
  edit("by hand again");
  wait_reason("Synced", "Contested");
  files_["a.yaml"] = config_map("a", "2");
  wait_synced(push_overlay(files_));
  EXPECT_EQ(value_of("a"), "2");
}

TEST_F(DriftTest, self_heal_off_shows_field_by_field_what_differs) {
  begin("  selfHeal: false\n");
  edit("by hand");
  wait_reason("Synced", "OutOfSync");
  const auto told = object("ConfigMap " + name_ + "/a");
  EXPECT_EQ(told["sync"], "OutOfSync");
  EXPECT_EQ(told["action"], "tolerate");
  EXPECT_EQ(told["changes"], (json::array({{{"path", "data.key"}, {"before", "\"by hand\""}, {"after", "\"1\""}}})));
  edit("1");
  wait_until("it is in sync again", [&] { return service_.status(name_)["sync"] == "Synced"; });
}

TEST_F(DriftTest, self_heal_off_shows_no_value_of_a_secret) {
  begin("  selfHeal: false\n");
  plane_.edit("v1/Secret", name_, "login", {{"data", {{"encoded", "Y2hhbmdlZA=="}}}});
  wait_reason("Synced", "OutOfSync");
  const auto changes = object("Secret " + name_ + "/login")["changes"];
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0]["path"], "data.encoded");
  EXPECT_EQ(changes[0]["before"], "<redacted>");
  EXPECT_EQ(changes[0]["after"], "<redacted>");
}

/// Takes the service's mark away from ConfigMap a whenever somebody writes it, and says when it does.
class StripTest : public DriftTest {
 protected:
  void strip() {
    const std::string group = "admissionregistration.k8s.io/v1";
    for (const char* kind : {"/MutatingAdmissionPolicy", "/MutatingAdmissionPolicyBinding"}) {
      forget_later(group + kind, name_);
    }
    plane_.apply("apiVersion: " + group + "\nkind: MutatingAdmissionPolicy\nmetadata:\n  name: " + name_ + R"(
spec:
  reinvocationPolicy: Never
  matchConstraints:
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: )" +
                 name_ + R"(}}
    resourceRules:
      - {apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [configmaps]}
  matchConditions:
    - name: marked
      expression: |-
        object.metadata.name in ["a", "probe"] && has(object.metadata.annotations) &&
        "gitops.spira.dev/digest" in object.metadata.annotations
  mutations:
    - patchType: JSONPatch
      jsonPatch:
        expression: |-
          [JSONPatch{op: "remove",
                     path: "/metadata/annotations/" + jsonpatch.escapeKey("gitops.spira.dev/digest")}]
---
apiVersion: )" + group +
                 "\nkind: MutatingAdmissionPolicyBinding\nmetadata:\n  name: " + name_ +
                 "\nspec:\n  policyName: " + name_ + "\n");
    plane_.apply("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: probe\n  namespace: " + name_ + "\n");
    wait_until("the policy holds", [&] {
      plane_.edit("v1/ConfigMap", name_, "probe",
                  {{"metadata", {{"annotations", {{"gitops.spira.dev/digest", "x"}}}}}});
      const auto metadata = plane_.get("v1/ConfigMap", name_, "probe")->at("metadata");
      return !metadata.contains("annotations") || !metadata["annotations"].contains("gitops.spira.dev/digest");
    });
  }
};

TEST_F(StripTest, what_is_changed_as_it_is_written_is_named_with_what_differs) {
  strip();
  write_environment();
  push_overlay({{"a.yaml", config_map("a", "1")}, {"b.yaml", config_map("b", "1")}});
  service_.start();
  const std::string message = wait_reason("Synced", "ApplyFailed")["message"];
  EXPECT_THAT(message, HasSubstr("objects change again as soon as they are applied"));
  EXPECT_THAT(message, HasSubstr("ConfigMap " + name_ + "/a: its annotation gitops.spira.dev/digest was removed"));
  EXPECT_THAT(message, Not(HasSubstr("/b")));
  EXPECT_EQ(value_of("b"), "1");
}

/// A look at the content of all objects every second.
class BackstopTest : public DriftTest {
 protected:
  BackstopTest() : DriftTest("1s") {}

  /// Changes a field, and makes the object say that the fields which are the service's now are all that it ever had.
  void edit_unseen() const {
    const auto live = *plane_.get("v1/ConfigMap", name_, "a");
    json fields;
    for (const auto& entry : live["metadata"]["managedFields"]) {
      if (entry["manager"] == "spira-reconciler") fields = entry["fieldsV1"];
    }
    fields.erase("f:data");
    fields["f:metadata"]["f:annotations"].erase("f:gitops.spira.dev/fields");
    const auto digest = sha256_hex(fields.dump()).substr(0, 32);
    plane_.edit(
        "v1/ConfigMap", name_, "a",
        {{"data", {{"key", "by hand"}}}, {"metadata", {{"annotations", {{"gitops.spira.dev/fields", digest}}}}}});
  }
};

TEST_F(BackstopTest, what_was_changed_unseen_is_found_and_put_back) {
  begin();
  edit_unseen();
  wait_value("a", "1");
  EXPECT_THAT(service_.log(), HasSubstr("ConfigMap " + name_ + "/a was changed unseen"));
}

TEST_F(BackstopTest, what_a_new_policy_would_refuse_is_logged_and_stays_in_sync) {
  begin();
  const auto transition = condition(service_.status(name_), "Synced")["lastTransitionTime"];
  deny({name_, "UPDATE", "configmaps", "object.metadata.name != 'a'"});
  wait_until("the look at all content has met the policy", [&] {
    const auto log = service_.log();
    return log.find("ConfigMap " + name_ + "/a is in sync, and would be refused now") != std::string::npos;
  });
  wait_until("it was looked at again", [&] {
    const auto log = service_.log();
    return log.find("not this one") != log.rfind("not this one");
  });
  EXPECT_EQ(service_.status(name_)["sync"], "Synced");
  EXPECT_EQ(condition(service_.status(name_), "Synced")["lastTransitionTime"], transition);
}

TEST_F(BackstopTest, what_counts_as_in_sync_is_left_alone) {
  begin();
  const auto before = versions();
  const auto dry_runs = service_.api_requests();
  wait_until("it was looked at twice", [&] { return service_.api_requests() >= dry_runs + 8; });
  EXPECT_EQ(versions(), before);
  EXPECT_EQ(service_.status(name_)["sync"], "Synced");
}

}  // namespace
}  // namespace reconciler::test
