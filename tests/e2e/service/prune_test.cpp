#include "support/e2e/service_test.h"

namespace reconciler::test {
namespace {

using testing::HasSubstr;

constexpr const char* kEnvironment = "gitops.spira.dev/v1alpha1/Environment";

/// What a sync may delete, and what it asks about first.
class PruneTest : public ServiceTest {
 protected:
  void begin(int count) {
    for (int i = 0; i < count; ++i) {
      const auto name = "many-" + std::to_string(i);
      files_[name + ".yaml"] = config_map(name, "1");
    }
    const auto commit = push_overlay(files_);
    service_.start();
    wait_synced(commit);
  }

  /// The digest that the message asks to be confirmed.
  std::string wait_digest() {
    const std::string message = condition(wait_reason("Synced", "PruneNeedsConfirmation"), "Synced")["message"];
    const std::string mark = "confirm-prune=";
    const auto begin = message.find(mark);
    return begin == std::string::npos ? "" : message.substr(begin + mark.size(), 12);
  }

  void annotate(const std::string& digest) const {
    plane_.kubectl("annotate --overwrite environment " + name_ + " gitops.spira.dev/confirm-prune=" + digest);
  }

  Files files_{{"a.yaml", config_map("a", "1")}};
};

TEST_F(PruneTest, more_than_half_waits_with_a_list_and_writes_nothing_until_git_confirms_it) {
  begin(6);
  const auto before = versions();
  push_overlay({{"a.yaml", config_map("a", "2")}, {"new.yaml", config_map("new", "1")}});
  const auto digest = wait_digest();
  const auto status = service_.status(name_);
  EXPECT_EQ(status["sync"], "OutOfSync");
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("6 of 8 objects would be pruned"));
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("ConfigMap " + name_ + "/many-5"));
  EXPECT_EQ(versions(), before);
  write_environment("  prune:\n    confirm: " + digest + "\n");
  wait_synced(push());
  EXPECT_EQ(value_of("a"), "2");
  EXPECT_EQ(value_of("new"), "1");
  EXPECT_EQ(value_of("many-0"), "");
}

TEST_F(PruneTest, the_overlay_that_renders_to_nothing_waits_and_an_annotation_confirms_it) {
  begin(0);
  repository_.write_folder("overlays/" + name_, overlay(name_, {}));
  const auto commit = push();
  annotate("000000000000");
  const auto digest = wait_digest();
  EXPECT_EQ(value_of("a"), "1");
  annotate(digest);
  wait_synced(commit);
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "a"));
  EXPECT_FALSE(plane_.exists("v1/Secret", name_, "login"));
  const auto annotations = plane_.get(kEnvironment, "", name_)->at("metadata").at("annotations");
  EXPECT_FALSE(annotations.contains("gitops.spira.dev/pruning"));
}

TEST_F(PruneTest, a_volume_claim_that_left_git_stays_with_its_reason_and_goes_once_that_is_confirmed) {
  const auto claim = [](const std::string& more) {
    return "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: data\n" + more +
           "spec:\n  storageClassName: none\n  accessModes: [ReadWriteOnce]\n  resources: {requests: {storage: 1Mi}}\n";
  };
  files_["data.yaml"] = claim("");
  begin(0);
  files_.erase("data.yaml");
  wait_synced(push_overlay(files_));
  const std::string message = service_.objects(name_).at("PersistentVolumeClaim " + name_ + "/data")["message"];
  EXPECT_THAT(message, HasSubstr("kept, since all that it holds would go with it"));
  EXPECT_THAT(message, HasSubstr("gitops.spira.dev/prune: confirmed"));
  EXPECT_TRUE(plane_.exists("v1/PersistentVolumeClaim", name_, "data"));
  files_["data.yaml"] = claim("  annotations: {gitops.spira.dev/prune: confirmed}\n");
  wait_synced(push_overlay(files_));
  files_.erase("data.yaml");
  wait_synced(push_overlay(files_));
  EXPECT_FALSE(plane_.exists("v1/PersistentVolumeClaim", name_, "data"));
}

TEST_F(PruneTest, a_confirmation_lets_no_later_prune_through) {
  begin(6);
  push_overlay({{"a.yaml", config_map("a", "1")}});
  const auto digest = wait_digest();
  annotate(digest);
  wait_until("the first six are gone", [&] { return value_of("many-0").empty(); });
  wait_synced(push_overlay(files_));
  push_overlay({{"a.yaml", config_map("a", "1")}});
  EXPECT_NE(wait_digest(), digest);
  EXPECT_EQ(value_of("many-0"), "1");
}

TEST_F(PruneTest, an_environment_says_how_much_is_too_much) {
  write_environment("  prune:\n    maxFraction: 1\n");
  begin(6);
  const auto commit = push_overlay({{"a.yaml", config_map("a", "1")}});
  wait_synced(commit);
  EXPECT_EQ(value_of("many-0"), "");
}

/// What keeps an object that left Git from going.
class HeldPruneTest : public ServiceTest {
 protected:
  void begin() {
    service_.start();
    wait_synced(push_overlay({{"a.yaml", config_map("a", "1")}, {"b.yaml", config_map("b", "1")}}));
  }

  nlohmann::json object(const std::string& name) const {
    const auto objects = service_.objects(name_);
    const auto found = objects.find("ConfigMap " + name_ + "/" + name);
    return found == objects.end() ? nlohmann::json::object() : found->second;
  }

  /// No ConfigMap of that name is deleted in the namespace.
  void forbid_deletion(const std::string& name) {
    deny({name_, "DELETE", "configmaps", "oldObject.metadata.name != '" + name + "'"});
    const kube::RemoveRequest probe{
        {{"", "ConfigMap"}, name_, name}, "v1", "", kube::Propagation::kBackground, kube::DryRun::kYes, ""};
    wait_until("the policy holds", [&] { return !plane_.admin().remove(probe); });
  }
};

TEST_F(HeldPruneTest, a_delete_that_a_policy_refuses_is_told_and_done_once_it_allows_it) {
  begin();
  forbid_deletion("b");
  const auto commit = push_overlay({{"a.yaml", config_map("a", "2")}});
  wait_until("the refusal is told", [&] {
    const auto status = service_.status(name_);
    return status.value("message", "").find("not this one") != std::string::npos && object("b")["sync"] == "Failed" &&
           status["lastSync"]["result"] == "Failed";
  });
  EXPECT_EQ(value_of("a"), "2");
  EXPECT_EQ(value_of("b"), "1");
  EXPECT_NE(service_.status(name_)["revision"]["applied"], commit);
  plane_.remove("admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding", "", name_);
  wait_synced(commit);
  EXPECT_EQ(value_of("b"), "");
}

TEST_F(HeldPruneTest, a_member_that_a_finalizer_holds_is_named_and_the_commit_counts_once_it_is_gone) {
  begin();
  plane_.edit("v1/ConfigMap", name_, "b", {{"metadata", {{"finalizers", {"example.org/hold"}}}}});
  const auto commit = push_overlay({{"a.yaml", config_map("a", "2")}});
  wait_until("what holds it is named",
             [&] { return object("b").value("message", "").find("example.org/hold") != std::string::npos; });
  wait_value("a", "2");
  EXPECT_NE(service_.status(name_)["sync"], "Synced");
  EXPECT_NE(service_.status(name_)["revision"]["applied"], commit);
  plane_.edit("v1/ConfigMap", name_, "b", {{"metadata", {{"finalizers", nullptr}}}});
  wait_synced(commit);
  EXPECT_EQ(value_of("b"), "");
}

}  // namespace
}  // namespace reconciler::test
