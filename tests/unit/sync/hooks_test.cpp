#include "sync/hooks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/digest.h"
#include "sets.h"
#include "sync/names.h"

namespace reconciler::sync {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

Json job(const std::string& name, const std::string& phases, const std::string& policy = "") {
  Json body = test::object("batch/v1", "Job", "", name);
  body["metadata"]["annotations"] = {{kHookAnnotation, phases}};
  if (!policy.empty()) body["metadata"]["annotations"][kHookDeletePolicyAnnotation] = policy;
  return body;
}

class ReadingHooks : public ::testing::Test {
 protected:
  Result<DesiredSet> place_all(const std::vector<Json>& bodies) {
    return place(test::rendered(bodies), kOurs, "default", cluster_);
  }
  std::string refusal(const Json& body) {
    const auto set = place_all({body});
    return set ? "accepted" : set.error().text();
  }

  test::FakeCluster cluster_;
};

TEST_F(ReadingHooks, a_hook_is_no_object_of_the_set) {
  const auto set =
      place_all({test::config_map("", "a"), job("migrate", "PreSync, PostSync", "HookSucceeded,HookFailed")});
  ASSERT_TRUE(set) << set.error().text();
  EXPECT_EQ(set->objects.size(), 1U);
  ASSERT_EQ(set->hooks.size(), 1U);
  const auto& rules = set->hooks[0].rules;
  EXPECT_THAT(rules.phases, ElementsAre(HookPhase::kPreSync, HookPhase::kPostSync));
  EXPECT_TRUE(rules.delete_succeeded);
  EXPECT_TRUE(rules.delete_failed);
}

TEST_F(ReadingHooks, without_a_policy_the_object_stays_until_the_next_run) {
  const auto set = place_all({job("migrate", "SyncFail")});
  EXPECT_FALSE(set->hooks.at(0).rules.delete_succeeded);
  EXPECT_FALSE(set->hooks.at(0).rules.delete_failed);
}

TEST_F(ReadingHooks, unknown_words_are_errors_that_name_what_there_is) {
  EXPECT_THAT(refusal(job("a", "presync")),
              HasSubstr("Job.batch default/a: metadata.annotations[gitops.spira.dev/hook]: "
                        "'presync' is none of PreSync, PostSync, SyncFail, PreDelete"));
  EXPECT_THAT(refusal(job("a", "")), HasSubstr("'' is none of PreSync"));
  EXPECT_THAT(refusal(job("a", "PreSync", "Always")), HasSubstr("'Always' is none of BeforeHookCreation"));
}

TEST_F(ReadingHooks, a_deletion_policy_of_what_is_no_hook_is_an_error) {
  Json body = test::object("batch/v1", "Job", "", "a");
  body["metadata"]["annotations"] = {{kHookDeletePolicyAnnotation, "HookSucceeded"}};
  EXPECT_THAT(refusal(body),
              HasSubstr("Job.batch default/a: metadata.annotations[gitops.spira.dev/hook-delete-policy]: "
                        "is for hooks, and this object has no annotation gitops.spira.dev/hook"));
}

TEST_F(ReadingHooks, a_hook_has_waves_and_no_dependencies) {
  Json late = job("late", "PreSync");
  late["metadata"]["annotations"]["gitops.spira.dev/wave"] = "5";
  const auto set = place_all({late, job("early", "PreSync")});
  EXPECT_EQ(set->hooks.at(0).desired.key.name, "early");
  late["metadata"]["annotations"]["gitops.spira.dev/depends-on"] = "/ConfigMap/default/a";
  EXPECT_THAT(refusal(late), HasSubstr("a hook has no dependencies"));
}

TEST(RunOfAHook, differs_by_revision_phase_manifest_and_attempt) {
  HookResult result;
  result.key = {{"batch", "Job"}, "spira", "a"};
  result.revision = "1";
  result.digest = "digest";
  std::set<std::string> runs{result.run()};
  auto other = result;
  other.revision = "2";
  runs.insert(other.run());
  other = result;
  other.phase = HookPhase::kPostSync;
  runs.insert(other.run());
  other = result;
  other.digest = "another";
  runs.insert(other.run());
  other = result;
  other.attempt = 2;
  runs.insert(other.run());
  EXPECT_EQ(runs.size(), 5U);
  other = result;
  other.outcome = HookOutcome::kFailed;
  EXPECT_EQ(other.run(), result.run());
}

TEST(SecretsInLogs, values_are_hidden_in_every_form) {
  const std::string value = "correct horse\nbattery staple";
  const auto hidden =
      without_secrets("x correct horse\nbattery staple y " + base64(value) + " z battery staple", {value});
  EXPECT_THAT(hidden, ::testing::Not(HasSubstr("horse")));
  EXPECT_THAT(hidden, ::testing::Not(HasSubstr("staple")));
  EXPECT_THAT(hidden, ::testing::Not(HasSubstr(base64(value))));
  EXPECT_THAT(hidden, HasSubstr("x <redacted>"));
}

TEST(SecretsInLogs, a_short_value_is_hidden_where_it_stands_alone) {
  EXPECT_EQ(without_secrets("pin 12, not 123", {"12"}), "pin <redacted>, not 123");
}

TEST(SecretsInLogs, a_longer_value_that_holds_a_shorter_one_goes_whole) {
  EXPECT_EQ(without_secrets("password1234", {"word", "password1234"}), "<redacted>");
}

TEST(SecretsInLogs, an_empty_value_hides_nothing) { EXPECT_EQ(without_secrets("text", {""}), "text"); }

TEST(SecretValues, are_those_of_both_fields_as_they_are_used) {
  const Json secret{{"data", {{"a", base64("one")}}}, {"stringData", {{"b", "two"}}}};
  EXPECT_THAT(secret_values(secret), UnorderedElementsAre("one", "two"));
  EXPECT_THAT(secret_values({{"data", "no map"}}), IsEmpty());
}

}  // namespace
}  // namespace reconciler::sync
