#include "support/e2e/service_test.h"

namespace reconciler::test {
namespace {

using testing::HasSubstr;

constexpr const char* kEnvironment = "gitops.spira.dev/v1alpha1/Environment";

/// The service looks at the remote by itself so seldom that only webhooks count.
class WebhookTest : public ServiceTest {
 protected:
  WebhookTest() : ServiceTest("1h"), first_(push_overlay({{"a.yaml", config_map("a", "1")}})) {
    service_.start();
    wait_synced(first_);
  }

  double looks() const { return service_.metric("reconciler_git_looks_total"); }

  /// Looks at the remote as often as is asked for by a good webhook, and returns when that is done.
  void look_once() {
    const auto before = looks();
    service_.tell_of_push("main");
    wait_until("the remote was looked at", [&] { return looks() > before; });
  }

  HttpAnswer post_signed(const std::string& body, const std::string& signature) const {
    HttpHeaders headers{{"Content-Type", "application/json"}};
    if (!signature.empty()) headers["X-Signature"] = signature;
    return service_.post("/webhooks/generic", body, headers);
  }

  const std::string body_ = R"({"ref":"refs/heads/main"})";
  const std::string first_;
};

TEST_F(WebhookTest, a_push_goes_live_at_once) {
  write_overlay({{"a.yaml", config_map("a", "2")}});
  const auto commit = repository_.push();
  const auto answer = service_.tell_of_push("main");
  EXPECT_EQ(answer.status, 202);
  EXPECT_THAT(answer.body, HasSubstr(name_));
  wait_value("a", "2");
  wait_synced(commit);
}

TEST_F(WebhookTest, what_nobody_signed_is_refused_and_costs_no_look) {
  write_overlay({{"a.yaml", config_map("a", "2")}});
  repository_.push();
  const auto before = looks();
  EXPECT_EQ(post_signed(body_, "").status, 401);
  EXPECT_EQ(post_signed(body_, "sha256=" + std::string(64, '0')).status, 401);
  EXPECT_EQ(post_signed(body_, service_.signature_of(body_ + " ")).status, 401);
  EXPECT_EQ(post_signed("not even json", "").status, 401);
  EXPECT_EQ(looks(), before);
  EXPECT_EQ(service_.status(name_)["revision"]["head"], first_);
  look_once();
  EXPECT_EQ(looks(), before + 1);
}

TEST_F(WebhookTest, a_body_over_the_cap_is_refused_and_costs_no_look) {
  const auto before = looks();
  const std::string huge = body_ + std::string(1024 * 1024, ' ');
  EXPECT_EQ(post_signed(huge, service_.signature_of(huge)).status, 413);
  EXPECT_EQ(post_signed(huge, "").status, 413);
  look_once();
  EXPECT_EQ(looks(), before + 1);
}

TEST_F(WebhookTest, a_push_to_a_branch_that_nobody_follows_costs_nothing) {
  wait_ready(first_);
  wait_told();
  wait_until("a look goes by without a request", [&] {
    const auto before = service_.api_requests();
    look_once();
    return service_.api_requests() == before;
  });
  const auto looked = looks();
  const auto requests = service_.api_requests();
  const auto answer = service_.tell_of_push("somebodys-branch");
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.json()["environments"], nlohmann::json::array());
  look_once();
  EXPECT_EQ(looks(), looked + 1);
  EXPECT_EQ(service_.api_requests(), requests);
}

TEST_F(WebhookTest, resyncs_that_are_asked_for_close_together_all_end) {
  wait_ready(first_);
  for (int i = 0; i < 5; ++i) {
    std::vector<std::string> asked;
    for (int each = 0; each < 3; ++each) asked.push_back(service_.ask_for_sync(name_));
    wait_until("the last one has ended", [&] {
      const auto sync = service_.status(name_)["lastSync"];
      return sync["id"] == asked.back() && sync["result"] == "Succeeded";
    });
    EXPECT_LE(asked.front(), asked.back());
  }
}

TEST_F(WebhookTest, a_push_of_a_tag_costs_nothing_even_if_it_is_called_like_a_branch) {
  const auto before = looks();
  const std::string tag = R"({"ref":"refs/tags/main","after":"0123456789abcdef0123456789abcdef01234567"})";
  const std::vector<std::pair<std::string, HttpHeaders>> deliveries{
      {"generic", {{"X-Signature", service_.signature_of(tag)}}},
      {"github", {{"X-GitHub-Event", "push"}, {"X-Hub-Signature-256", service_.signature_of(tag)}}}};
  for (auto [forge, headers] : deliveries) {
    headers.emplace("Content-Type", "application/json");
    const auto answer = service_.post("/webhooks/" + forge, tag, headers);
    EXPECT_EQ(answer.status, 202) << forge;
    EXPECT_EQ(answer.json()["environments"], nlohmann::json::array()) << forge;
  }
  look_once();
  EXPECT_EQ(looks(), before + 1);
}

TEST_F(WebhookTest, a_ping_is_answered) {
  const std::string body = R"({"zen":"Keep it logically awesome.","hook_id":1})";
  const auto answer = service_.post("/webhooks/github", body,
                                    {{"Content-Type", "application/json"},
                                     {"X-GitHub-Event", "ping"},
                                     {"X-Hub-Signature-256", service_.signature_of(body)}});
  EXPECT_EQ(answer.status, 200);
}

TEST_F(WebhookTest, many_pushes_end_at_the_last_one) {
  std::string last;
  for (int i = 2; i <= 10; ++i) {
    last = push_overlay({{"a.yaml", config_map("a", std::to_string(i))}});
  }
  wait_synced(last);
  EXPECT_EQ(value_of("a"), "10");
}

TEST_F(WebhookTest, a_resync_carries_its_id_and_applies_every_object) {
  const auto before = service_.metric("reconciler_objects_applied_total", name_);
  write_overlay({{"a.yaml", config_map("a", "2")}});
  const auto commit = repository_.push();
  const auto id = service_.ask_for_sync(name_);
  wait_until("the resync has ended", [&] {
    const auto sync = service_.status(name_)["lastSync"];
    return sync["id"] == id && sync["result"] == "Succeeded";
  });
  const auto status = service_.status(name_);
  EXPECT_EQ(status["lastSync"]["trigger"], "manual");
  EXPECT_EQ(status["lastSync"]["revision"], commit);
  EXPECT_EQ(value_of("a"), "2");
  EXPECT_GE(service_.metric("reconciler_objects_applied_total", name_), before + 2);
}

TEST_F(WebhookTest, a_resync_of_what_is_in_sync_ends_too) {
  const auto id = service_.ask_for_sync(name_);
  wait_until("the resync has ended", [&] { return service_.status(name_)["lastSync"]["id"] == id; });
  wait_synced(first_);
}

TEST_F(WebhookTest, a_resync_that_fails_carries_its_id_too) {
  write_overlay({{"a.yaml", "kind: [\n"}});
  repository_.push();
  const auto id = service_.ask_for_sync(name_);
  wait_until("the resync has failed", [&] {
    const auto sync = service_.status(name_)["lastSync"];
    return sync["id"] == id && sync["result"] == "Failed";
  });
}

TEST_F(WebhookTest, a_resync_that_was_asked_for_is_done_by_the_next_process_when_this_one_ends) {
  for (int i = 0; i < 3; ++i) {
    const auto id = service_.ask_for_sync(name_);
    service_.stop();
    service_.start();
    wait_until("the resync has ended", [&] {
      const auto sync = service_.status(name_).value("lastSync", nlohmann::json::object());
      return sync.value("id", "") == id && sync["result"] == "Succeeded";
    });
  }
}

TEST_F(WebhookTest, a_resync_that_was_answered_outlives_a_kill) {
  for (int i = 0; i < 3; ++i) {
    const auto id = service_.ask_for_sync(name_);
    wait_until("it is written", [&] {
      const auto annotations =
          plane_.get("gitops.spira.dev/v1alpha1/Environment", "", name_)->at("metadata")["annotations"];
      return annotations.value("gitops.spira.dev/resync", "") == id;
    });
    service_.kill();
    service_.start();
    wait_until("the resync has ended", [&] {
      const auto sync = service_.status(name_).value("lastSync", nlohmann::json::object());
      return sync.value("id", "") == id && sync["result"] == "Succeeded";
    });
  }
}

TEST_F(WebhookTest, a_resync_is_asked_for_by_annotation_once_for_each_value) {
  const auto annotate = [&](const std::string& value) {
    plane_.kubectl("annotate --overwrite environment " + name_ + " gitops.spira.dev/resync=" + value);
  };
  write_overlay({{"a.yaml", config_map("a", "2")}});
  const auto commit = repository_.push();
  annotate("now");
  wait_synced(commit);
  const auto manual_sync = [&](const std::string& other_than) {
    wait_until("a resync has ended", [&] {
      const auto sync = service_.status(name_)["lastSync"];
      return sync["trigger"] == "manual" && sync["result"] == "Succeeded" && sync["id"] != other_than;
    });
    return service_.status(name_)["lastSync"]["id"].get<std::string>();
  };
  const auto first = manual_sync("");
  wait_until("the answer is in the resource",
             [&] { return (*plane_.get(kEnvironment, "", name_))["status"].value("lastHandledResync", "") == "now"; });
  service_.stop();
  service_.start();
  wait_synced(commit);
  EXPECT_EQ(service_.status(name_)["lastSync"]["id"], first);
  annotate("again");
  EXPECT_NE(manual_sync(first), first);
}

TEST_F(WebhookTest, a_suspended_environment_refuses_a_resync) {
  write_environment("  suspend: true\n");
  repository_.push();
  service_.tell_of_push("main");
  wait_until("it is suspended", [&] { return service_.status(name_)["sync"] == "Suspended"; });
  const auto path = "/api/v1/environments/" + name_ + "/sync";
  EXPECT_EQ(service_.post(path, "", {{"Authorization", "Bearer " + service_.token()}}).status, 409);
}

TEST_F(WebhookTest, a_bad_commit_is_tried_once) {
  const auto failures = [&] { return service_.metric("reconciler_reconciles_total", "failed"); };
  const auto before = failures();
  write_overlay({{"a.yaml", "kind: [\n"}});
  repository_.push();
  service_.tell_of_push("main");
  wait_reason("Synced", "BuildFailed");
  look_once();
  EXPECT_EQ(failures(), before + 1);
}

TEST_F(WebhookTest, a_resync_needs_the_token_and_an_environment) {
  const auto path = "/api/v1/environments/" + name_ + "/sync";
  EXPECT_EQ(service_.post(path, "", {}).status, 401);
  EXPECT_EQ(service_.post(path, "", {{"Authorization", "Bearer wrong"}}).status, 401);
  EXPECT_EQ(
      service_.post("/api/v1/environments/nobody/sync", "", {{"Authorization", "Bearer " + service_.token()}}).status,
      404);
}

}  // namespace
}  // namespace reconciler::test
