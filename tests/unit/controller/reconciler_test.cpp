#include "controller/reconciler.h"

#include <semaphore>

#include <gtest/gtest.h>

#include "support/fake_clock.h"
#include "support/fake_cluster.h"
#include "support/fake_mirror.h"

namespace reconciler::controller {
namespace {

using namespace std::chrono_literals;

constexpr const char* kUrl = "https://example.org/r.git";

/// One environment, of a repository that nobody has looked at yet.
class ReconcilerTest : public ::testing::Test {
 protected:
  ReconcilerTest() { cluster_.serve({kGroup, kEnvironmentKind}, "v1alpha1", false); }

  void SetUp() override {
    resources_.start();
    ASSERT_TRUE(resources_.wait_listed(60s, {}));
  }

  static Environment environment() {
    Environment environment;
    environment.name = "kind-dev";
    environment.source = {"", "main", "overlays/kind-dev"};
    return environment;
  }
  void read_git() { registry_.update({{{"kind-dev", environment()}}, {}}); }

  /// What is said of its sync, or of another condition: reason and message.
  std::string told(const std::string& type) const {
    for (const auto& condition : statuses_.find("kind-dev")->conditions) {
      if (condition.type == type) return condition.reason + ": " + condition.message;
    }
    return "";
  }

  Result<std::unique_ptr<git::Mirror>> open() const {
    if (!remote_) return fail(ErrorKind::kUnavailable, "no remote");
    return std::make_unique<test::FakeMirror>(remote_);
  }

  std::shared_ptr<test::FakeRemote> remote_;  ///< Null while none can be opened.
  std::counting_semaphore<> looked_{0};
  test::FakeCluster cluster_;
  Metrics metrics_;
  Registry registry_;
  Renderer renderer_{kustomize::Options()};
  StatusStore statuses_;
  EventLog events_{"run"};
  Members members_{cluster_, [](const std::string&) {}};
  Members hooks_{cluster_, [](const std::string&) {}, system_clock(), sync::kHookOfLabel};
  Resources resources_{cluster_, "service", [](const std::string&) {}};
  /// Until they are followed, it is as if nobody had looked at them yet.
  Sources sources_{[this](const std::string&) { return open(); }, system_clock(),
                   [this](const std::string&, const SourceState&) { looked_.release(); }};
  test::FakeClock clock_;
  Reconciler reconciler_{Workplace{clock_, cluster_, registry_, sources_, renderer_, members_, hooks_, resources_,
                                   statuses_, metrics_, events_, kUrl, "main"}};
};

TEST_F(ReconcilerTest, a_defect_is_told_of_the_environment_and_tried_again_later_and_later) {
  read_git();
  cluster_.on_call([](const test::FakeCluster::Call& call) -> std::optional<Error> {
    if (call.verb == "apply" && call.key.name == "kind-dev") throw std::runtime_error("index; last read: 'secret'");
    return std::nullopt;
  });
  const auto first = reconciler_.reconcile("kind-dev", {});
  EXPECT_EQ(statuses_.find("kind-dev")->sync, SyncStatus::kFailed);
  EXPECT_EQ(told("Synced"), "InternalError: a defect of the service, please report it: index");
  const auto second = reconciler_.reconcile("kind-dev", {});
  ASSERT_TRUE(first && second);
  EXPECT_GT(*second, *first);
  cluster_.on_call({});
  reconciler_.reconcile("kind-dev", {});
  EXPECT_NE(statuses_.find("kind-dev")->sync, SyncStatus::kFailed);
}

TEST_F(ReconcilerTest, one_that_left_git_while_it_is_suspended_is_deleted_once_it_is_resumed) {
  auto deleted = environment();
  deleted.deletion = Deletion::kDelete;
  deleted.suspend = true;
  ASSERT_TRUE(resources_.ensure(deleted));
  const auto key = resource_key("kind-dev");
  const auto annotate = [&](const Json& value) {
    cluster_.edit(key, {{"metadata", {{"annotations", {{kSuspendAnnotation, value}}}}}});
  };
  annotate("maintenance");
  registry_.update({});
  const auto look = [&] {
    EXPECT_TRUE(resources_.wait_published("kind-dev", 60s, {}));  // A status makes another version of the resource.
    cluster_.settle();
    reconciler_.reconcile("kind-dev", {});
  };
  look();
  EXPECT_TRUE(told("Ready").starts_with("Suspended: suspended by kubectl-edit since "));
  EXPECT_TRUE(told("Ready").ends_with("kubectl annotate environment kind-dev gitops.spira.dev/suspend-"));
  annotate(nullptr);
  look();
  EXPECT_TRUE(told("Ready").starts_with("Suspended: suspended by Git since "));
  EXPECT_TRUE(
      told("Ready").ends_with(R"(kubectl patch environment kind-dev --type merge -p '{"spec":{"suspend":false}}')"));
  EXPECT_TRUE(cluster_.object(key));
  cluster_.edit(key, {{"spec", {{"suspend", false}}}});
  look();
  EXPECT_FALSE(cluster_.object(key));
}

TEST_F(ReconcilerTest, an_outage_is_told_also_of_an_environment_of_which_nothing_lives) {
  read_git();
  reconciler_.reconcile("kind-dev", {});
  cluster_.go_down();
  cluster_.settle();
  reconciler_.reconcile("kind-dev", {});
  EXPECT_EQ(told("Synced"), "ClusterUnavailable: the API server cannot be reached");
  cluster_.come_back();
  cluster_.settle();
  reconciler_.reconcile("kind-dev", {});
  EXPECT_EQ(told("Synced").find("ClusterUnavailable"), std::string::npos);
}

TEST_F(ReconcilerTest, requests_are_one_until_a_reconciliation_takes_them_and_owed_until_one_answers) {
  read_git();
  const auto first = reconciler_.request("kind-dev");
  EXPECT_EQ(reconciler_.request("kind-dev"), first);
  cluster_.go_down();
  cluster_.settle();
  reconciler_.reconcile("kind-dev", {});
  EXPECT_TRUE(reconciler_.owes_resync("kind-dev"));
  EXPECT_EQ(resources_.asked_resync("kind-dev"), first);
  EXPECT_GT(reconciler_.request("kind-dev"), first);
}

TEST_F(ReconcilerTest, a_kind_out_of_reach_keeps_back_only_the_environments_that_have_it) {
  const GroupKind config_map{"", "ConfigMap"};
  read_git();
  ASSERT_TRUE(members_.follow({config_map}, 60s, {}));
  cluster_.break_watches(config_map);
  cluster_.settle();
  reconciler_.reconcile("kind-dev", {});
  EXPECT_EQ(told("Synced").find("ClusterUnavailable"), std::string::npos);
  sync::ApplySetScope scope;
  scope.include({config_map, "default", "a"});
  ASSERT_TRUE(resources_.set_scope("kind-dev", scope));
  reconciler_.reconcile("kind-dev", {});
  EXPECT_EQ(told("Synced"), "ClusterUnavailable: the API server cannot be reached");
}

/// A process before this one has said of the environment that it is out of sync, or suspended.
class RestartTest : public ReconcilerTest {
 protected:
  void said(const Json& status) {
    ASSERT_TRUE(resources_.ensure(environment()));
    cluster_.edit(resource_key("kind-dev"), {{"status", status}}, "spira-reconciler-status");
    cluster_.settle();
    cluster_.forget_calls();
  }
  void said_out_of_sync() {
    said({{"sync", "OutOfSync"},
          {"health", "Healthy"},
          {"revision", {{"head", "aaa"}, {"applied", "aaa"}}},
          {"conditions",
           {{{"type", "Synced"}, {"status", "False"}, {"reason", "Contested"}, {"message", "by an operator"}}}}});
  }

  /// Whether anything was written, statuses and Events included.
  bool has_written() {
    resources_.flush(60s);
    const auto calls = cluster_.calls();
    return std::any_of(calls.begin(), calls.end(), [](const auto& call) { return call.verb != "list"; });
  }
  void fail_to_look() { sources_.follow({{kUrl, {{"main"}, 60s}}}); }
};

TEST_F(RestartTest, until_git_is_read_the_word_of_the_process_before_stands) {
  said_out_of_sync();
  reconciler_.reconcile("kind-dev", {});
  EXPECT_FALSE(has_written());
  EXPECT_EQ(statuses_.find("kind-dev")->sync, SyncStatus::kOutOfSync);
  EXPECT_EQ(told("Synced"), "Contested: by an operator");
  EXPECT_NE(metrics_.text().find(R"(sync_status{environment="kind-dev",status="OutOfSync"} 1)"), std::string::npos);
}

TEST_F(RestartTest, until_a_remote_of_its_own_is_asked_the_word_of_the_process_before_stands) {
  read_git();
  said_out_of_sync();
  reconciler_.reconcile("kind-dev", {});
  EXPECT_FALSE(has_written());
  EXPECT_EQ(told("Synced"), "Contested: by an operator");
}

TEST_F(RestartTest, that_git_cannot_be_read_is_told) {
  said_out_of_sync();
  reconciler_.reconcile("kind-dev", {});
  fail_to_look();
  reconciler_.reconcile("kind-dev", {});
  EXPECT_EQ(told("SourceReady"), "FetchFailed: no remote");
  EXPECT_TRUE(has_written());
}

TEST_F(RestartTest, a_suspended_environment_is_suspended_also_while_git_cannot_be_read) {
  said({{"sync", "Suspended"},
        {"revision", {{"head", "aaa"}, {"applied", "aaa"}}},
        {"suspension", {{"by", "alice"}, {"reason", "maintenance"}, {"since", "2026-01-31T12:00:00Z"}}}});
  fail_to_look();
  reconciler_.reconcile("kind-dev", {});
  EXPECT_EQ(statuses_.find("kind-dev")->sync, SyncStatus::kSuspended);
  EXPECT_EQ(told("Synced"), "Suspended: suspended by alice since 2026-01-31T12:00:00Z: maintenance");
}

/// An environment of one ConfigMap.
class SyncTest : public ReconcilerTest {
 protected:
  void SetUp() override {
    ReconcilerTest::SetUp();
    remote_ = std::make_shared<test::FakeRemote>();
    read_git();
    commit("aaa", "git");
    sources_.follow({{kUrl, {{"main"}, 1h}}});
    looked_.acquire();
    reconcile();
    ASSERT_EQ(value(), "git") << told("Synced");
  }

  void commit(const std::string& id, const std::string& value) {
    remote_->set_files(id, {{"overlays/kind-dev/kustomization.yaml", "resources: [a.yaml]"},
                            {"overlays/kind-dev/a.yaml",
                             "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {key: " + value + "}}"}});
    remote_->set_head("main", id);
  }
  void reconcile() {
    reconciler_.reconcile("kind-dev", {});
    cluster_.settle();
  }

  std::string value() const { return cluster_.object(kObject).value_or(Json())["data"].value("key", ""); }
  void change(const Json& merge_patch) {
    cluster_.edit(kObject, merge_patch);
    cluster_.settle();
  }
  /// The object is taken when it is tried, and refused when it is applied.
  void refuse_writes() {
    cluster_.on_call([](const test::FakeCluster::Call& call) -> std::optional<Error> {
      if (call.verb != "apply" || call.key != kObject || call.dry_run == kube::DryRun::kYes) return std::nullopt;
      return Error{ErrorKind::kRejected, "no room", {}};
    });
  }
  /// An edit that leaves the marks by which the watches tell it.
  void change_unseen(const std::string& value) {
    const auto with_fields = [&](const std::string& fields) {
      return Json{{"metadata", {{"annotations", {{sync::kFieldsAnnotation, fields}}}}}, {"data", {{"key", value}}}};
    };
    change(with_fields("others'"));
    change(with_fields(sync::owned_fields_digest(*cluster_.object(kObject))));
  }
  bool has_reverted(const std::string& times) const {
    return metrics_.text().find(R"(drift_reverted_total{environment="kind-dev"} )" + times + "\n") != std::string::npos;
  }

  inline static const ObjectKey kObject{{"", "ConfigMap"}, "default", "a"};
};

TEST_F(SyncTest, drift_that_cannot_be_put_back_is_no_fight) {
  change({{"data", {{"key", "by hand"}}}});
  refuse_writes();
  for (int attempt = 0; attempt < 4; ++attempt) reconcile();
  EXPECT_EQ(told("Synced").find("Contested"), std::string::npos) << told("Synced");
  EXPECT_FALSE(has_reverted("1"));
  cluster_.on_call({});
  reconcile();
  EXPECT_EQ(value(), "git");
  EXPECT_TRUE(has_reverted("1"));
}

TEST_F(SyncTest, after_a_try_that_failed_news_waits_nine_times_as_long_as_that_took) {
  EXPECT_EQ(reconciler_.rests_until("kind-dev"), SteadyTime{});
  change({{"data", {{"key", "by hand"}}}});
  cluster_.on_call([this](const test::FakeCluster::Call& call) -> std::optional<Error> {
    if (call.verb != "apply" || call.key != kObject) return std::nullopt;
    clock_.advance(2s);
    return Error{ErrorKind::kRejected, "no room", {}};
  });
  reconcile();
  EXPECT_EQ(reconciler_.rests_until("kind-dev") - clock_.steady(), 18s);
  cluster_.on_call({});
  reconcile();
  EXPECT_EQ(reconciler_.rests_until("kind-dev"), SteadyTime{});
}

TEST_F(SyncTest, drift_that_only_a_verification_finds_is_put_back_also_when_that_fails_at_first) {
  change_unseen("by hand");
  reconcile();
  ASSERT_EQ(value(), "by hand");
  clock_.advance(1h);
  refuse_writes();
  reconcile();
  cluster_.on_call({});
  reconcile();
  EXPECT_EQ(value(), "git");
  cluster_.forget_calls();
  reconcile();
  for (const auto& write : cluster_.writes()) EXPECT_NE(write, "apply ConfigMap default/a") << "it is as Git says";
}

}  // namespace
}  // namespace reconciler::controller
