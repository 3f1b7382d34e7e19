#include "http/push_event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace reconciler::http {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string kCommit = "da1560886d4f094c3e6c9ef40349f7d38b5d27d7";
const std::string kOther = "59b20b8d5c6ff8d09518454d4dd8b7b30f095ab5";
const std::string kZero(40, '0');

// The fields that the forges document for these events, those that nobody reads left out.

Json github_push(const std::string& ref, const std::string& after) {
  return {{"ref", ref},
          {"before", kOther},
          {"after", after},
          {"deleted", after == kZero},
          {"repository",
           {{"full_name", "spira/gitops"},
            {"html_url", "https://github.com/spira/gitops"},
            {"git_url", "git://github.com/spira/gitops.git"},
            {"ssh_url", "git@github.com:spira/gitops.git"},
            {"clone_url", "https://github.com/spira/gitops.git"}}}};
}

Json gitlab_push(const std::string& kind, const std::string& ref, const std::string& after) {
  return {{"object_kind", kind},
          {"event_name", kind},
          {"ref", ref},
          {"after", after},
          {"checkout_sha", after},
          {"project",
           {{"web_url", "https://gitlab.example.com/spira/gitops"},
            {"git_ssh_url", "git@gitlab.example.com:spira/gitops.git"},
            {"git_http_url", "https://gitlab.example.com/spira/gitops.git"}}}};
}

Json bitbucket_change(const std::string& type, const std::string& name, const std::string& commit) {
  return {{"new", {{"type", type}, {"name", name}, {"target", {{"type", "commit"}, {"hash", commit}}}}},
          {"old", nullptr},
          {"created", false},
          {"closed", false}};
}

Json bitbucket_push(Json changes) {
  return {{"push", {{"changes", std::move(changes)}}},
          {"repository", {{"links", {{"html", {{"href", "https://bitbucket.org/spira/gitops"}}}}}}}};
}

Json data_center_change(const std::string& ref, const std::string& type, const std::string& commit) {
  return {{"ref", {{"id", ref}, {"displayId", "any"}, {"type", "BRANCH"}}}, {"toHash", commit}, {"type", type}};
}

Json data_center_push(Json changes) {
  return {{"eventKey", "repo:refs_changed"},
          {"changes", std::move(changes)},
          {"repository",
           {{"links",
             {{"clone",
               {{{"href", "ssh://git@bitbucket.example.com:7999/spira/gitops.git"}, {"name", "ssh"}},
                {{"href", "https://bitbucket.example.com/scm/spira/gitops.git"}, {"name", "http"}}}}}}}}};
}

Delivery deliver(Forge forge, const char* event, const Json& body) {
  auto delivery = parse_delivery(forge, event, body.dump());
  EXPECT_TRUE(delivery) << delivery.error().text();
  return delivery ? *delivery : Delivery{};
}

std::vector<std::string> heads(const Delivery& delivery) {
  std::vector<std::string> heads;
  for (const auto& push : delivery.pushes) heads.push_back(push.branch + "@" + push.commit);
  return heads;
}

TEST(PushEvent, of_github_names_branch_commit_and_repository) {
  const auto delivery = deliver(Forge::kGitHub, "push", github_push("refs/heads/env/chaos", kCommit));
  ASSERT_EQ(delivery.kind, Delivery::Kind::kPush);
  EXPECT_THAT(heads(delivery), ElementsAre("env/chaos@" + kCommit));
  EXPECT_THAT(delivery.pushes[0].repositories,
              ElementsAre("https://github.com/spira/gitops.git", "git@github.com:spira/gitops.git",
                          "git://github.com/spira/gitops.git", "https://github.com/spira/gitops"));
}

TEST(PushEvent, of_gitea_reads_as_githubs_does) {
  EXPECT_THAT(heads(deliver(Forge::kGitea, "push", github_push("refs/heads/main", kCommit))),
              ElementsAre("main@" + kCommit));
}

TEST(PushEvent, of_gitlab_names_branch_commit_and_repository) {
  const auto delivery = deliver(Forge::kGitLab, "Push Hook", gitlab_push("push", "refs/heads/main", kCommit));
  EXPECT_THAT(heads(delivery), ElementsAre("main@" + kCommit));
  EXPECT_THAT(delivery.pushes[0].repositories,
              ElementsAre("https://gitlab.example.com/spira/gitops.git", "git@gitlab.example.com:spira/gitops.git",
                          "https://gitlab.example.com/spira/gitops"));
}

TEST(PushEvent, of_a_gitlab_system_hook_is_known_by_its_body) {
  EXPECT_THAT(heads(deliver(Forge::kGitLab, "System Hook", gitlab_push("push", "refs/heads/main", kCommit))),
              ElementsAre("main@" + kCommit));
  EXPECT_EQ(deliver(Forge::kGitLab, "System Hook", {{"event_name", "project_create"}}).kind, Delivery::Kind::kIgnored);
}

TEST(PushEvent, of_bitbucket_cloud_has_all_changes) {
  const auto delivery = deliver(
      Forge::kBitbucket, "repo:push",
      bitbucket_push({bitbucket_change("branch", "main", kCommit), bitbucket_change("tag", "v1", kCommit),
                      Json{{"new", nullptr}, {"closed", true}}, bitbucket_change("branch", "env/chaos", kOther)}));
  EXPECT_THAT(heads(delivery), ElementsAre("main@" + kCommit, "env/chaos@" + kOther));
  EXPECT_THAT(delivery.pushes[1].repositories, ElementsAre("https://bitbucket.org/spira/gitops"));
}

TEST(PushEvent, of_bitbucket_data_center_has_all_changes) {
  const auto delivery = deliver(Forge::kBitbucket, "repo:refs_changed",
                                data_center_push({data_center_change("refs/heads/main", "UPDATE", kCommit),
                                                  data_center_change("refs/heads/gone", "DELETE", kZero),
                                                  data_center_change("refs/tags/v1", "ADD", kCommit),
                                                  data_center_change("refs/heads/env/chaos", "ADD", kOther)}));
  EXPECT_THAT(heads(delivery), ElementsAre("main@" + kCommit, "env/chaos@" + kOther));
  EXPECT_THAT(delivery.pushes[0].repositories, ElementsAre("ssh://git@bitbucket.example.com:7999/spira/gitops.git",
                                                           "https://bitbucket.example.com/scm/spira/gitops.git"));
}

TEST(PushEvent, of_anyone_else_names_a_branch_or_a_ref) {
  EXPECT_THAT(heads(deliver(Forge::kGeneric, "", {{"branch", "main"}})), ElementsAre("main@"));
  EXPECT_THAT(heads(deliver(Forge::kGeneric, "", {{"ref", "refs/heads/main"}, {"commit", kCommit}})),
              ElementsAre("main@" + kCommit));
  EXPECT_THAT(heads(deliver(Forge::kGeneric, "", {{"ref", "refs/heads/main"}, {"after", kCommit}})),
              ElementsAre("main@" + kCommit));
  EXPECT_THAT(heads(deliver(Forge::kGeneric, "", {{"branch", "main"}, {"commit", kCommit}, {"after", kOther}})),
              ElementsAre("main@" + kCommit));
  const auto delivery = deliver(Forge::kGeneric, "", {{"branch", "main"}, {"repository", "file:///srv/gitops"}});
  EXPECT_THAT(delivery.pushes[0].repositories, ElementsAre("file:///srv/gitops"));
}

TEST(PushEvent, of_tags_and_deleted_branches_is_no_push_of_any_branch) {
  const std::pair<Forge, Json> events[] = {
      {Forge::kGitHub, github_push("refs/tags/v1", kCommit)},
      {Forge::kGitHub, github_push("refs/heads/gone", kZero)},
      {Forge::kGitea, github_push("refs/tags/v1", kCommit)},
      {Forge::kGitLab, gitlab_push("tag_push", "refs/tags/v1", kCommit)},
      {Forge::kGitLab, gitlab_push("push", "refs/heads/gone", kZero)},
      {Forge::kBitbucket, bitbucket_push(Json::array({bitbucket_change("tag", "v1", kCommit)}))},
      {Forge::kGeneric, {{"ref", "refs/tags/v1"}}},
      {Forge::kGeneric, {{"ref", "refs/heads/gone"}, {"after", kZero}}},
      {Forge::kGeneric, {{"branch", "gone"}, {"commit", kZero}}},
  };
  for (const auto& [forge, body] : events) {
    const auto delivery = deliver(forge, "", body);
    EXPECT_EQ(delivery.kind, Delivery::Kind::kPush) << body;
    EXPECT_THAT(delivery.pushes, IsEmpty()) << body;
  }
}

TEST(PushEvent, keeps_nothing_but_a_whole_commit_id) {
  for (const std::string commit :
       {"", "HEAD", "da15608", "../../etc/passwd", "DA1560886D4F094C3E6C9EF40349F7D38B5D27D7"}) {
    EXPECT_THAT(heads(deliver(Forge::kGitHub, "push", github_push("refs/heads/main", commit))), ElementsAre("main@"));
  }
}

TEST(PushEvent, that_pings_is_a_ping) {
  EXPECT_EQ(deliver(Forge::kGitHub, "ping", {{"zen", "Keep it logically awesome."}}).kind, Delivery::Kind::kPing);
}

TEST(PushEvent, of_another_kind_is_ignored) {
  EXPECT_EQ(deliver(Forge::kGitHub, "issues", {{"action", "opened"}}).kind, Delivery::Kind::kIgnored);
  EXPECT_EQ(deliver(Forge::kGitLab, "Issue Hook", {{"object_kind", "issue"}}).kind, Delivery::Kind::kIgnored);
  EXPECT_EQ(deliver(Forge::kGitea, "create", {{"ref", "v1"}}).kind, Delivery::Kind::kIgnored);
  EXPECT_EQ(deliver(Forge::kBitbucket, "repo:fork", Json::object()).kind, Delivery::Kind::kIgnored);
}

TEST(PushEvent, that_cannot_be_read_is_an_error_that_quotes_nothing) {
  const std::pair<Forge, std::string> bodies[] = {
      {Forge::kGitHub, ""},
      {Forge::kGitHub, "hunter2"},
      {Forge::kGitHub, "[\"hunter2\"]"},
      {Forge::kGitHub, "{\"ref\": \"hunter2"},
      {Forge::kGitHub, "{\"ref\": [\"hunter2\"]}"},
      {Forge::kGitHub, "{\"hunter2\": 1}"},
      {Forge::kGitLab, "{\"hunter2\": 1}"},
      {Forge::kGitea, "null"},
      {Forge::kBitbucket, "{\"push\": [\"hunter2\"]}"},
      {Forge::kGeneric, "{\"branch\": {\"hunter2\": true}}"},
      {Forge::kGeneric, std::string(1024, '[')},
      {Forge::kGeneric, "{\"branch\": \"\xff\"}"},
  };
  for (const auto& [forge, body] : bodies) {
    const auto delivery = parse_delivery(forge, "", body);
    ASSERT_FALSE(delivery) << body;
    EXPECT_EQ(delivery.error().kind, ErrorKind::kInvalid);
    EXPECT_EQ(delivery.error().text().find("hunter2"), std::string::npos);
  }
}

TEST(PushEvent, of_any_shape_is_read_without_harm) {
  const char* const values[] = {"null", "1", "\"x\"", "[]", "[null]", "{}", "[{}]", "[[]]"};
  for (const auto forge : {Forge::kGitHub, Forge::kGitLab, Forge::kGitea, Forge::kBitbucket, Forge::kGeneric}) {
    for (const std::string value : values) {
      for (const auto& body :
           {"{\"ref\":\"refs/heads/main\",\"repository\":" + value + ",\"project\":" + value + ",\"after\":" + value +
                "}",
            "{\"push\":{\"changes\":" + value + "}}", "{\"push\":{\"changes\":[{\"new\":" + value + "}]}}",
            "{\"changes\":" + value + "}", "{\"changes\":[{\"ref\":" + value + "}]}"}) {
        for (const char* event : {"", "push", "repo:refs_changed", "System Hook"}) {
          const auto delivery = parse_delivery(forge, event, body);
          if (delivery && delivery->kind == Delivery::Kind::kPush) {
            EXPECT_LE(delivery->pushes.size(), 1U) << body;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace reconciler::http
