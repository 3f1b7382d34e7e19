#include "support/e2e/service_test.h"

namespace reconciler::test {
namespace {

using testing::HasSubstr;

/// Waves and dependencies. A Deployment whose pods must have been ready for some seconds is what others wait for.
class OrderTest : public ServiceTest {
 protected:
  static std::string annotated(std::string manifest, const std::string& annotation, const std::string& value) {
    return manifest.insert(manifest.find("metadata:\n") + 10,
                           "  annotations:\n    gitops.spira.dev/" + annotation + ": \"" + value + "\"\n");
  }

  static std::string in_wave(const std::string& manifest, int wave) {
    return annotated(manifest, "wave", std::to_string(wave));
  }

  static std::string slow(const std::string& name, int seconds) {
    auto manifest = deployment(name, 1);
    return manifest.insert(manifest.find("  replicas:"), "  minReadySeconds: " + std::to_string(seconds) + "\n");
  }

  /// Two waves, of which the first takes some seconds.
  static Files two_waves(int seconds) {
    return {{"slow.yaml", slow("slow", seconds)}, {"late.yaml", in_wave(config_map("late", "1"), 1)}};
  }

  bool is_available(const std::string& name) const {
    const auto live = plane_.get("apps/v1/Deployment", name_, name);
    return live && live->at("status").value("availableReplicas", 0) == 1;
  }

  /// Waits until the status says that a sync waits for that Deployment.
  nlohmann::json wait_waiting_for(const std::string& name) const {
    nlohmann::json status;
    wait_until(
        "the sync waits for " + name,
        [&] {
          status = service_.status(name_);
          const auto waits = status.value("waitsFor", nlohmann::json::array());
          return !waits.empty() && waits[0].get<std::string>().starts_with("Deployment.apps " + name_ + "/" + name);
        },
        kPatience, [&] { return service_.status(name_).dump(2); });
    return status;
  }
};

TEST_F(OrderTest, a_wave_starts_when_the_one_before_is_healthy) {
  service_.start();
  const auto commit = push_overlay(two_waves(3));
  const auto status = wait_waiting_for("slow");
  EXPECT_EQ(status["sync"], "Syncing");
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("waits for Deployment.apps " + name_ + "/slow"));
  EXPECT_TRUE(is_available("slow") || !plane_.exists("v1/ConfigMap", name_, "late"));
  wait_until("late lives", [&] { return plane_.exists("v1/ConfigMap", name_, "late"); });
  EXPECT_TRUE(is_available("slow"));
  wait_synced(commit);
  EXPECT_FALSE(service_.status(name_).contains("waitsFor"));
}

TEST_F(OrderTest, negative_waves_go_first_and_bring_their_namespace) {
  const auto fresh = name_ + "-fresh";
  forget_later("v1/Namespace", fresh);
  auto early = in_wave(config_map("early", "1"), -1);
  early.insert(early.find("  name: "), "  namespace: " + fresh + "\n");
  repository_.write_folder("overlays/" + name_,
                           overlay("", {{"namespace.yaml", namespace_manifest(fresh)}, {"early.yaml", early}}));
  service_.start();
  wait_synced(push());
  EXPECT_TRUE(plane_.exists("v1/ConfigMap", fresh, "early"));
}

TEST_F(OrderTest, an_object_waits_for_what_it_depends_on_and_others_do_not) {
  service_.start();
  const auto commit = push_overlay(
      {{"slow.yaml", slow("slow", 3)},
       {"free.yaml", config_map("free", "1")},
       {"bound.yaml", annotated(config_map("bound", "1"), "depends-on", "apps/Deployment/" + name_ + "/slow")}});
  wait_waiting_for("slow");
  EXPECT_TRUE(plane_.exists("v1/ConfigMap", name_, "free"));
  wait_until("bound lives", [&] { return plane_.exists("v1/ConfigMap", name_, "bound"); });
  EXPECT_TRUE(is_available("slow"));
  wait_synced(commit);
}

TEST_F(OrderTest, a_newer_commit_supersedes_a_sync_that_waits) {
  service_.start();
  push_overlay(two_waves(500));
  const auto waiting = wait_waiting_for("slow");
  const auto commit = push_overlay({{"late.yaml", in_wave(config_map("late", "2"), 1)}});
  wait_synced(commit);
  EXPECT_EQ(value_of("late"), "2");
  const auto status = service_.status(name_);
  EXPECT_NE(status["lastSync"]["id"], waiting["lastSync"]["id"]);
  EXPECT_EQ(status["lastSync"]["revision"], commit);
}

TEST_F(OrderTest, a_sync_that_waits_says_at_which_commit_each_object_is_also_after_a_kill_and_of_a_newer_commit) {
  const auto revision_of = [&](const std::string& name) {
    const auto objects = service_.objects(name_);
    const auto found = objects.find("ConfigMap " + name_ + "/" + name);
    return found == objects.end() ? "" : found->second.value("revision", "");
  };
  const auto files = [](const std::string& value) {
    auto files = two_waves(500);
    files["early.yaml"] = config_map("early", value);
    files["late.yaml"] = in_wave(config_map("late", value), 1);
    return files;
  };
  const auto wait_told = [&](const std::string& early, const std::string& late) {
    wait_waiting_for("slow");
    wait_until(
        "each object has its commit", [&] { return revision_of("early") == early && revision_of("late") == late; },
        kPatience, [&] { return service_.get("/api/v1/environments/" + name_ + "/objects").body; });
  };
  service_.start();
  const auto first = push_overlay({{"late.yaml", in_wave(config_map("late", "1"), 1)}});
  wait_synced(first);
  const auto second = push_overlay(files("2"));
  wait_told(second, first);
  service_.kill();
  service_.start();
  wait_told(second, first);
  const auto third = push_overlay(files("3"));
  wait_told(third, first);
  EXPECT_EQ(service_.status(name_)["revision"]["applied"], first);
}

TEST_F(OrderTest, a_sync_that_takes_too_long_fails_with_what_is_not_healthy_and_goes_on_once_it_is) {
  write_environment("  timeout: 2s\n");
  service_.start();
  const auto commit = push_overlay(two_waves(6));
  const auto status = wait_reason("Synced", "NotHealthy");
  EXPECT_EQ(status["lastSync"]["result"], "Failed");
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("waited in vain for 2s (spec.timeout)"));
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("Deployment.apps " + name_ + "/slow"));
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "late"));
  wait_synced(commit);
  EXPECT_EQ(service_.status(name_)["lastSync"]["trigger"], "retry");
}

TEST_F(OrderTest, what_is_degraded_in_a_wave_ends_the_sync_with_its_cause_and_it_goes_on_once_that_is_mended) {
  auto files = two_waves(1);
  files["slow.yaml"] = with_waiting_pods(files["slow.yaml"], "ImagePullBackOff");
  service_.start();
  push_overlay(files);
  const std::string message = wait_reason("Synced", "NotHealthy")["message"];
  EXPECT_THAT(message, HasSubstr("the sync cannot go on"));
  EXPECT_THAT(message, HasSubstr("Deployment.apps " + name_ + "/slow"));
  EXPECT_THAT(message, HasSubstr("ImagePullBackOff"));
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "late"));
  wait_synced(push_overlay(two_waves(1)));
  EXPECT_TRUE(plane_.exists("v1/ConfigMap", name_, "late"));
}

TEST_F(OrderTest, a_service_killed_between_waves_goes_on_with_the_same_sync) {
  service_.start();
  const auto commit = push_overlay(two_waves(4));
  const auto before = wait_waiting_for("slow");
  wait_until("that is in the cluster", [&] {
    const auto resource = plane_.get("gitops.spira.dev/v1alpha1/Environment", "", name_);
    return resource->value("status", nlohmann::json::object()).contains("waitsFor");
  });
  service_.kill();
  service_.start();
  wait_synced(commit);
  const auto after = service_.status(name_);
  EXPECT_EQ(after["lastSync"]["id"], before["lastSync"]["id"]);
  EXPECT_EQ(after["lastSync"]["startedAt"], before["lastSync"]["startedAt"]);
  EXPECT_EQ(after["lastSync"]["result"], "Succeeded");
}

TEST_F(OrderTest, an_object_that_is_deleted_in_a_late_wave_is_made_again_whatever_the_health_of_the_first) {
  service_.start();
  wait_synced(push_overlay(two_waves(0)));
  plane_.edit("apps/v1/Deployment", name_, "slow",
              {{"spec", {{"template", {{"spec", {{"nodeSelector", {{"nobody", "has"}}}}}}}}}});
  wait_until("it is not healthy", [&] { return service_.status(name_)["health"] != "Healthy"; });
  plane_.remove("v1/ConfigMap", name_, "late");
  wait_until("late lives again", [&] { return plane_.exists("v1/ConfigMap", name_, "late"); });
}

TEST_F(OrderTest, an_object_that_is_deleted_while_a_wave_waits_is_made_again_before_the_next_one) {
  service_.start();
  auto files = two_waves(4);
  files["early.yaml"] = config_map("early", "1");
  const auto commit = push_overlay(files);
  wait_waiting_for("slow");
  const auto first = plane_.get("v1/ConfigMap", name_, "early")->at("metadata").at("uid");
  plane_.remove("v1/ConfigMap", name_, "early");
  wait_until("early is another one", [&] {
    const auto live = plane_.get("v1/ConfigMap", name_, "early");
    return live && live->at("metadata").at("uid") != first;
  });
  wait_synced(commit);
  EXPECT_EQ(value_of("late"), "1");
}

TEST_F(OrderTest, an_object_that_a_finalizer_holds_while_it_is_deleted_is_awaited_and_made_anew) {
  service_.start();
  wait_synced(push_overlay({{"a.yaml", config_map("a", "1")}, {"b.yaml", config_map("b", "1")}}));
  const auto first = plane_.get("v1/ConfigMap", name_, "a")->at("metadata").at("uid");
  plane_.edit("v1/ConfigMap", name_, "a", {{"metadata", {{"finalizers", {"example.org/hold"}}}}});
  plane_.remove("v1/ConfigMap", name_, "a");
  const auto commit = push_overlay({{"a.yaml", config_map("a", "2")}, {"b.yaml", config_map("b", "2")}});
  wait_value("b", "2");
  EXPECT_EQ(value_of("a"), "1") << "what is being deleted takes no change with it";
  EXPECT_NE(service_.status(name_)["revision"]["applied"], commit);
  plane_.edit("v1/ConfigMap", name_, "a", {{"metadata", {{"finalizers", nullptr}}}});
  wait_synced(commit);
  EXPECT_EQ(value_of("a"), "2");
  EXPECT_NE(plane_.get("v1/ConfigMap", name_, "a")->at("metadata").at("uid"), first);
}

TEST_F(OrderTest, waves_are_pruned_from_the_last_to_the_first) {
  auto held = in_wave(config_map("last", "1"), 2);
  held.insert(held.find("metadata:\n") + 10, "  finalizers: [example.org/hold]\n");
  service_.start();
  wait_synced(push_overlay({{"first.yaml", in_wave(config_map("first", "1"), -2)}, {"last.yaml", held}}));
  const auto commit = push_overlay({});
  wait_until("the last wave is being deleted", [&] {
    const auto last = plane_.get("v1/ConfigMap", name_, "last");
    return last && last->at("metadata").contains("deletionTimestamp");
  });
  wait_until("the service has seen that", [&] { return service_.status(name_)["sync"] == "Syncing"; });
  EXPECT_TRUE(plane_.exists("v1/ConfigMap", name_, "first"));
  plane_.edit("v1/ConfigMap", name_, "last", {{"metadata", {{"finalizers", nullptr}}}});
  wait_until("the first wave goes", [&] { return !plane_.exists("v1/ConfigMap", name_, "first"); });
  wait_synced(commit);
}

TEST_F(OrderTest, a_wave_that_is_no_integer_and_a_cycle_are_told_with_file_and_object) {
  const auto reference = [&](const std::string& name) { return "/ConfigMap/" + name_ + "/" + name; };
  push_overlay({{"a.yaml", annotated(config_map("a", "1"), "wave", "first")},
                {"b.yaml", annotated(config_map("b", "1"), "depends-on", reference("unknown"))}});
  service_.start();
  const auto status = wait_reason("Synced", "Rejected");
  EXPECT_THAT(status["message"].get<std::string>(),
              HasSubstr("ConfigMap " + name_ + "/a (overlays/" + name_ + "/a.yaml"));
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("must be an integer"));
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("this environment has no " + reference("unknown")));
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "a"));

  push_overlay({{"a.yaml", annotated(config_map("a", "1"), "depends-on", reference("b"))},
                {"b.yaml", annotated(config_map("b", "1"), "depends-on", reference("a"))}});
  wait_until("the cycle is named", [&] {
    return service_.status(name_)["message"].get<std::string>().find("waits for itself") != std::string::npos;
  });
}

}  // namespace
}  // namespace reconciler::test
