#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "http/server.h"
#include "unit/http/fake_api.h"

namespace reconciler::cli {
namespace {

using controller::ConditionStatus;
using controller::EnvironmentStatus;
using health::HealthStatus;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

EnvironmentStatus after_sync(const std::string& result, HealthStatus health, const std::string& message = "",
                             const std::string& id = "sync-1") {
  EnvironmentStatus status;
  status.name = "kind-dev";
  status.health = health;
  status.message = message;
  status.last_sync = controller::LastSync{id, "manual", std::string(40, 'a'), {}, {}, result, message, {}};
  return status;
}

/// The verbs that ask a running service, against one that is told what to answer.
class ServiceVerbsTest : public testing::Test {
 protected:
  ServiceVerbsTest() : token_(std::filesystem::temp_directory_path() / ("token-" + std::to_string(getpid()))) {
    std::ofstream(token_) << "open-sesame";
    auto server = http::serve({{"127.0.0.1", 0}, token_.string(), "", {}}, api_);
    EXPECT_TRUE(server) << server.error().text();
    server_ = std::move(*server);
  }
  ~ServiceVerbsTest() override {
    server_ = nullptr;
    std::filesystem::remove(token_);
  }

  int reconciler(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "reconciler");
    arguments.insert(arguments.end(), {"--server", "http://127.0.0.1:" + std::to_string(server_->port()),
                                       "--token-file", token_.string()});
    std::vector<const char*> argv;
    for (const auto& argument : arguments) argv.push_back(argument.c_str());
    out_.str("");
    err_.str("");
    Console console{out_, err_, false};
    return run(static_cast<int>(argv.size()), argv.data(), console);
  }
  nlohmann::json printed() const { return nlohmann::json::parse(out_.str()); }

  http::FakeApi api_;
  const std::filesystem::path token_;
  std::unique_ptr<http::Server> server_;
  std::ostringstream out_, err_;
};

TEST_F(ServiceVerbsTest, status_shows_at_which_commit_each_object_is) {
  EXPECT_EQ(reconciler({"status", "kind-dev", "--objects"}), kOk);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("REVISION"), HasSubstr(" " + std::string(12, 'a') + " ")));
}

TEST_F(ServiceVerbsTest, sync_asks_and_does_not_wait) {
  EXPECT_EQ(reconciler({"sync", "kind-dev"}), kOk);
  EXPECT_EQ(out_.str(), "sync sync-1 is asked for\n");
  EXPECT_THAT(err_.str(), IsEmpty());
  EXPECT_THAT(api_.syncs(), testing::ElementsAre("kind-dev"));
}

TEST_F(ServiceVerbsTest, sync_says_what_it_will_wait_for) {
  EnvironmentStatus status;
  status.conditions = {{"SourceReady", ConditionStatus::kTrue, "Fetched", "at commit", {}},
                       {"Synced", ConditionStatus::kUnknown, "ClusterUnavailable", "no route to host", {}}};
  api_.tell({status});
  EXPECT_EQ(reconciler({"sync", "kind-dev"}), kOk);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("warning: "), HasSubstr("no route to host"), Not(HasSubstr("at commit"))));
  status.conditions = {{"SourceReady", ConditionStatus::kFalse, "FetchFailed", "the remote is down", {}}};
  api_.tell({status});
  EXPECT_EQ(reconciler({"sync", "kind-dev"}), kOk);
  EXPECT_THAT(err_.str(), HasSubstr("the remote is down"));
}

TEST_F(ServiceVerbsTest, sync_waits_until_its_objects_are_healthy) {
  api_.tell({after_sync("Running", HealthStatus::kHealthy), after_sync("Running", HealthStatus::kHealthy),
             after_sync("Succeeded", HealthStatus::kProgressing), after_sync("Succeeded", HealthStatus::kHealthy)});
  EXPECT_EQ(reconciler({"sync", "kind-dev", "--wait", "--timeout", "20s"}), kOk) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("sync sync-1: Succeeded at aaaa"));
  EXPECT_THAT(out_.str(), HasSubstr(", Healthy\n"));
}

TEST_F(ServiceVerbsTest, a_later_sync_stands_for_the_one_that_is_waited_for) {
  api_.tell({after_sync("Succeeded", HealthStatus::kHealthy, "", "sync-0"),
             after_sync("Succeeded", HealthStatus::kHealthy, "", "sync-2")});
  EXPECT_EQ(reconciler({"sync", "kind-dev", "--wait", "--timeout", "20s"}), kOk) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("sync sync-2: Succeeded"));
}

TEST_F(ServiceVerbsTest, sync_need_not_wait_for_health) {
  api_.tell({after_sync("Succeeded", HealthStatus::kProgressing)});
  EXPECT_EQ(reconciler({"sync", "kind-dev", "--wait=synced", "--timeout", "20s", "--output", "json"}), kOk)
      << err_.str();
  EXPECT_EQ(printed()["result"], "Succeeded");
  EXPECT_EQ(printed()["health"], "Progressing");
}

TEST_F(ServiceVerbsTest, sync_fails_with_what_it_waited_for) {
  api_.tell({after_sync("Failed", HealthStatus::kHealthy, "Rejected: no such field")});
  EXPECT_EQ(reconciler({"sync", "kind-dev", "--wait", "--timeout", "20s"}), kFailed);
  EXPECT_THAT(err_.str(), HasSubstr("no such field"));
  api_.tell({after_sync("Succeeded", HealthStatus::kDegraded, "Deployment a: CrashLoopBackOff", "sync-2")});
  EXPECT_EQ(reconciler({"sync", "kind-dev", "--wait", "--timeout", "20s"}), kFailed);
  EXPECT_THAT(err_.str(), HasSubstr("CrashLoopBackOff"));
}

TEST_F(ServiceVerbsTest, sync_says_what_it_waited_for_in_vain) {
  api_.tell({after_sync("Running", HealthStatus::kHealthy)});
  EXPECT_EQ(reconciler({"sync", "kind-dev", "--wait", "--timeout", "0s"}), kUnavailable);
  EXPECT_THAT(err_.str(), HasSubstr("sync sync-1 did not end in time"));
  api_.tell({after_sync("Succeeded", HealthStatus::kProgressing, "Deployment a: 0 of 1", "sync-2")});
  EXPECT_EQ(reconciler({"sync", "kind-dev", "--wait", "--timeout", "0s"}), kUnavailable);
  EXPECT_THAT(err_.str(), HasSubstr("Deployment a: 0 of 1"));
}

TEST_F(ServiceVerbsTest, suspend_and_resume_say_whether_that_is_kept) {
  EXPECT_EQ(reconciler({"suspend", "kind-dev", "--reason", "maintenance", "--by", "alice"}), kOk);
  EXPECT_EQ(out_.str(), "environment kind-dev is suspended\n");
  EXPECT_EQ(reconciler({"suspend", "kind-dev", "--reason", "maintenance", "--output", "json"}), kOk);
  EXPECT_EQ(printed(), nlohmann::json({{"environment", "kind-dev"}, {"suspended", true}, {"kept", true}}));
  api_.is_kept_ = false;
  EXPECT_EQ(reconciler({"resume", "kind-dev", "--output", "json"}), kOk);
  EXPECT_EQ(printed(), nlohmann::json({{"environment", "kind-dev"}, {"suspended", false}, {"kept", false}}));
  EXPECT_EQ(reconciler({"resume", "kind-dev"}), kOk);
  EXPECT_THAT(out_.str(), HasSubstr("lost if the service ends"));
}

TEST_F(ServiceVerbsTest, an_environment_that_is_not_there_is_a_wrong_command_line) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"status", "nope"},
                                                    {"sync", "nope"},
                                                    {"resume", "nope"},
                                                    {"suspend", "nope", "--reason", "x"}}) {
    EXPECT_EQ(reconciler(arguments), kUsage) << arguments[0];
    EXPECT_THAT(err_.str(), HasSubstr("there is no environment 'nope'"));
  }
}

}  // namespace
}  // namespace reconciler::cli
