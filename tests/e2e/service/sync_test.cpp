#include "support/e2e/service_test.h"

namespace reconciler::test {
namespace {

using nlohmann::json;
using std::chrono::seconds;

class SyncTest : public ServiceTest {
 protected:
  /// Brings the environment to two ConfigMaps and returns the commit.
  std::string begin() {
    const auto commit = push_overlay(files_);
    service_.start();
    wait_synced(commit);
    return commit;
  }

  std::string uid_of(const std::string& config_map) const {
    const auto object = plane_.get("v1/ConfigMap", name_, config_map);
    return object ? object->at("metadata").at("uid").get<std::string>() : "";
  }

  Files files_{{"a.yaml", config_map("a", "1")}, {"b.yaml", config_map("b", "1")}};
};

TEST_F(SyncTest, what_git_holds_lives_and_says_where_it_belongs) {
  begin();
  EXPECT_EQ(value_of("a"), "1");
  EXPECT_EQ(value_of("b"), "1");
  const auto object = plane_.get("v1/ConfigMap", name_, "a");
  EXPECT_TRUE(object->at("metadata").at("labels").contains("applyset.kubernetes.io/part-of"));
  EXPECT_EQ(object->at("metadata").at("managedFields")[0]["manager"], "spira-reconciler");
  EXPECT_EQ(service_.objects(name_).at("ConfigMap " + name_ + "/a")["sync"], "Synced");
}

TEST_F(SyncTest, a_change_goes_live_without_anybody_telling_of_it) {
  begin();
  files_["a.yaml"] = config_map("a", "2");
  const auto uid = uid_of("a");
  write_overlay(files_);
  const auto commit = repository_.push();
  wait_value("a", "2");
  wait_synced(commit);
  EXPECT_EQ(uid_of("a"), uid);
}

TEST_F(SyncTest, what_left_git_is_pruned_and_nothing_else) {
  begin();
  const auto kept = uid_of("a");
  plane_.apply("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: of-nobody\n  namespace: " + name_ + "\n");
  files_.erase("b.yaml");
  const auto commit = push_overlay(files_);
  wait_until("b is pruned", [&] { return !plane_.exists("v1/ConfigMap", name_, "b"); });
  wait_synced(commit);
  EXPECT_EQ(uid_of("a"), kept);
  EXPECT_TRUE(plane_.exists("v1/ConfigMap", name_, "of-nobody"));
  EXPECT_EQ(service_.status(name_)["objects"]["pruned"], 1);
}

/// The controller of Endpoints gives them the labels of their Service.
TEST_F(SyncTest, what_a_controller_labels_like_its_service_is_not_pruned) {
  plane_.allow("", "endpoints");
  const auto service = [](const std::string& name, const std::string& selector) {
    return "apiVersion: v1\nkind: Service\nmetadata:\n  name: " + name + "\nspec:\n" + selector +
           "  ports:\n    - port: 80\n";
  };
  files_["web.yaml"] = service("web", "  selector: {app: web}\n");
  files_["db.yaml"] = service("db", "");
  files_["endpoints.yaml"] =
      "apiVersion: v1\nkind: Endpoints\nmetadata:\n  name: db\nsubsets:\n  - addresses:\n      - ip: 192.0.2.1\n"
      "    ports:\n      - port: 80\n";
  begin();
  wait_until("the controller has made Endpoints", [&] { return plane_.exists("v1/Endpoints", name_, "web"); });
  const auto made = plane_.get("v1/Endpoints", name_, "web")->at("metadata");
  ASSERT_TRUE(made.at("labels").contains("applyset.kubernetes.io/part-of"));
  plane_.edit("v1/Endpoints", name_, "db", {{"subsets", nullptr}});
  wait_until("the Endpoints of Git are put back",
             [&] { return plane_.get("v1/Endpoints", name_, "db")->contains("subsets"); });
  files_.erase("endpoints.yaml");
  const auto commit = push_overlay(files_);
  wait_until("they are pruned once they left", [&] { return !plane_.exists("v1/Endpoints", name_, "db"); });
  wait_synced(commit);
  EXPECT_EQ(plane_.get("v1/Endpoints", name_, "web")->at("metadata").at("uid"), made.at("uid"));
  EXPECT_EQ(service_.metric("reconciler_objects_pruned_total", name_), 1);
}

TEST_F(SyncTest, an_object_that_git_renames_is_made_before_the_old_one_goes) {
  begin();
  files_.erase("b.yaml");
  files_["c.yaml"] = config_map("c", "1");
  const auto commit = push_overlay(files_);
  wait_synced(commit);
  EXPECT_TRUE(plane_.exists("v1/ConfigMap", name_, "c"));
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "b"));
}

TEST_F(SyncTest, a_generated_name_changes_with_its_content_and_the_old_one_goes) {
  const auto generator = [](const std::string& value) {
    return "configMapGenerator:\n  - name: generated\n    literals: [key=" + value + "]\n";
  };
  service_.start();
  wait_synced(push_overlay(files_, generator("1")));
  const auto before = plane_.list("v1/ConfigMap", name_);
  wait_synced(push_overlay(files_, generator("2")));
  const auto after = plane_.list("v1/ConfigMap", name_);
  EXPECT_EQ(before.size(), after.size());
  const auto generated = [](const auto& entry) { return entry.first.starts_with("generated-"); };
  const auto old_one = std::find_if(before.begin(), before.end(), generated);
  const auto new_one = std::find_if(after.begin(), after.end(), generated);
  ASSERT_NE(old_one, before.end());
  ASSERT_NE(new_one, after.end());
  EXPECT_NE(old_one->first, new_one->first);
  EXPECT_EQ(new_one->second["data"]["key"], "2");
}

TEST_F(SyncTest, a_hand_edit_is_put_back) {
  begin();
  plane_.edit("v1/ConfigMap", name_, "a", {{"data", {{"key", "by hand"}}}});
  wait_value("a", "1");
  wait_until("the revert is counted", [&] { return service_.metric("reconciler_drift_reverted_total", name_) >= 1; });
}

TEST_F(SyncTest, a_field_that_was_removed_by_hand_is_put_back) {
  begin();
  plane_.edit("v1/ConfigMap", name_, "a", {{"data", {{"key", nullptr}}}});
  wait_value("a", "1");
}

TEST_F(SyncTest, a_field_that_git_does_not_say_is_left_alone) {
  begin();
  plane_.edit("v1/ConfigMap", name_, "a", {{"data", {{"of-somebody", "else"}}}});
  files_["a.yaml"] = config_map("a", "2");
  wait_synced(push_overlay(files_));
  EXPECT_EQ(plane_.get("v1/ConfigMap", name_, "a")->at("data"), (json{{"key", "2"}, {"of-somebody", "else"}}));
}

TEST_F(SyncTest, a_deleted_object_is_made_again) {
  begin();
  const auto uid = uid_of("a");
  plane_.remove("v1/ConfigMap", name_, "a");
  wait_until("a lives again", [&] { return !uid_of("a").empty() && uid_of("a") != uid; });
  wait_value("a", "1");
}

/// Such as a large definition; client-side apply ends at 256 KiB.
TEST_F(SyncTest, an_object_of_half_a_megabyte_goes_live_and_changes) {
  service_.start();
  for (const char letter : {'a', 'b'}) {
    const std::string value(512 * 1024, letter);
    wait_synced(push_overlay({{"a.yaml", config_map("a", value)}}));
    EXPECT_EQ(value_of("a"), value);
  }
}

TEST_F(SyncTest, a_commit_without_effect_applies_nothing) {
  begin();
  const auto before = versions();
  const auto applied = service_.metric("reconciler_objects_applied_total", name_);
  repository_.write("README.md", "nothing that an overlay reads");
  wait_synced(push());
  EXPECT_EQ(versions(), before);
  EXPECT_EQ(service_.metric("reconciler_objects_applied_total", name_), applied);
}

TEST_F(SyncTest, a_force_push_is_followed_back) {
  const auto first = begin();
  files_["a.yaml"] = config_map("a", "2");
  files_["c.yaml"] = config_map("c", "1");
  wait_synced(push_overlay(files_));
  repository_.reset("main", first);
  service_.tell_of_push("main");
  wait_synced(first);
  EXPECT_EQ(value_of("a"), "1");
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "c"));
}

TEST_F(SyncTest, an_object_that_lives_already_is_taken_over) {
  plane_.apply("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: " + name_ +
               "\ndata:\n  key: before\n");
  const auto uid = uid_of("a");
  begin();
  EXPECT_EQ(value_of("a"), "1");
  EXPECT_EQ(uid_of("a"), uid);
}

TEST_F(SyncTest, nothing_costs_no_request) {
  const auto commit = begin();
  wait_ready(commit);
  const auto looks = [&] { return service_.metric("reconciler_git_looks_total"); };
  const auto look_once = [&] {
    const auto before = looks();
    service_.tell_of_push("main");
    wait_until("the remote was looked at", [&] { return looks() > before; });
  };
  wait_told();
  wait_until("a look goes by without a request", [&] {
    const auto before = service_.api_requests();
    look_once();
    return service_.api_requests() == before;
  });
  const auto before = service_.api_requests();
  const auto began = std::chrono::steady_clock::now();
  wait_until("five intervals have passed", [&] { return std::chrono::steady_clock::now() - began > seconds(5); });
  look_once();
  EXPECT_EQ(service_.api_requests(), before);
}

TEST_F(SyncTest, a_restart_writes_nothing) {
  const auto commit = begin();
  wait_ready(commit);
  service_.stop();
  const auto before = versions();
  const auto resource = [this] { return *plane_.get("gitops.spira.dev/v1alpha1/Environment", "", name_); };
  const auto said = resource();
  for (int i = 0; i < 3; ++i) {
    service_.start();
    wait_until("it has looked",
               [&] { return service_.metric("reconciler_reconciles_total", name_ + "\",result=\"synced\"") > 0; });
    EXPECT_EQ(service_.metric("reconciler_objects_applied_total"), 0);
    wait_until("the service is ready", [&] { return service_.get("/readyz").status == 200; });
    service_.stop();  // Writes what waits for it.
    EXPECT_EQ(resource(), said);
  }
  EXPECT_EQ(versions(), before);
}

TEST_F(SyncTest, a_restart_reverts_what_was_edited_and_prunes_what_left_meanwhile) {
  begin();
  service_.stop();
  plane_.edit("v1/ConfigMap", name_, "a", {{"data", {{"key", "by hand"}}}});
  files_.erase("b.yaml");
  const auto commit = push_overlay(files_);
  service_.start();
  wait_synced(commit);
  EXPECT_EQ(value_of("a"), "1");
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "b"));
}

TEST_F(SyncTest, a_sigterm_ends_it_in_time_also_in_a_sync) {
  for (int i = 0; i < 60; ++i)
    files_["many-" + std::to_string(i) + ".yaml"] = config_map("many-" + std::to_string(i), "1");
  const auto commit = push_overlay(files_);
  service_.start();
  wait_until("the sync has begun", [&] { return plane_.list("v1/ConfigMap", name_).size() > 2; });
  service_.stop();
  service_.start();
  wait_synced(commit);
  EXPECT_EQ(service_.status(name_)["objects"]["total"], 63);
}

}  // namespace
}  // namespace reconciler::test
