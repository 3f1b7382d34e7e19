#include "controller/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/memory_tree.h"

namespace reconciler::controller {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Files = std::map<TreePath, std::string>;

constexpr const char* kHead = "apiVersion: gitops.spira.dev/v1alpha1\nkind: Environment\n";

std::string with_name(const std::string& name) {
  return std::string(kHead) + "metadata: {name: " + name + "}\nspec:\n  source: {branch: main, path: overlays/" + name +
         "}\n";
}

/// A good document with more fields of its spec, from line 6 on.
std::string with_spec(const std::string& fields) {
  return std::string(kHead) + "metadata: {name: a}\nspec:\n  source: {branch: main, path: overlays/a}\n" + fields;
}

Environments read(const Files& files) { return read_environments(test::MemoryTree(files), "environments").value(); }

Environments read_one(const std::string& text) { return read({{"environments/a.yaml", text}}); }

Environment good(const std::string& text) {
  auto environments = read_one(text);
  for (const auto& bad : environments.bad) ADD_FAILURE() << bad.error.text();
  return environments.good.empty() ? Environment{} : environments.good.begin()->second;
}

Error bad(const std::string& text) {
  auto environments = read_one(text);
  EXPECT_TRUE(environments.good.empty()) << text;
  EXPECT_EQ(environments.bad.size(), 1U) << text;
  return environments.bad.empty() ? Error{} : environments.bad[0].error;
}

/// The only cause of the only bad environment.
Cause only_cause(const std::string& text) {
  const auto error = bad(text);
  EXPECT_EQ(error.kind, ErrorKind::kInvalid);
  EXPECT_EQ(error.causes.size(), 1U) << error.text();
  return error.causes.empty() ? Cause{} : error.causes[0];
}

TEST(Environment, every_field_is_read) {
  const auto environment = good(std::string(kHead) + R"(metadata:
  name: kind-dev
  labels: {team: spira}
  annotations: {note: "1"}
spec:
  source: {repository: "https://example.org/other.git", branch: env/dev, path: overlays/kind-dev}
  namespace: spira
  interval: 1m30s
  suspend: true
  prune: false
  selfHeal: false
  deletion: Delete
)");
  EXPECT_EQ(environment.name, "kind-dev");
  EXPECT_EQ(environment.labels, (std::map<std::string, std::string>{{"team", "spira"}}));
  EXPECT_EQ(environment.annotations, (std::map<std::string, std::string>{{"note", "1"}}));
  EXPECT_EQ(environment.source, (Source{"https://example.org/other.git", "env/dev", "overlays/kind-dev"}));
  EXPECT_EQ(environment.namespace_, "spira");
  EXPECT_EQ(environment.interval, 90s);
  EXPECT_TRUE(environment.suspend);
  EXPECT_FALSE(environment.prune);
  EXPECT_FALSE(environment.self_heal);
  EXPECT_EQ(environment.deletion, Deletion::kDelete);
  EXPECT_THAT(environment.origin, StartsWith("environments/a.yaml:1"));
}

TEST(Environment, what_is_left_out_has_its_default) {
  const auto environment = good(with_name("a"));
  EXPECT_EQ(environment.source.repository, "");
  EXPECT_EQ(environment.namespace_, "");
  EXPECT_EQ(environment.interval, 0s);
  EXPECT_FALSE(environment.suspend);
  EXPECT_TRUE(environment.prune);
  EXPECT_TRUE(environment.self_heal);
  EXPECT_EQ(environment.deletion, Deletion::kOrphan);
  EXPECT_EQ(good(with_spec("  deletion: Orphan\n")).deletion, Deletion::kOrphan);
}

TEST(Environment, prune_says_more_in_a_mapping) {
  const auto environment = good(with_spec("  prune: {maxFraction: 0.25, confirm: 0123456789ab}\n"));
  EXPECT_TRUE(environment.prune);
  EXPECT_EQ(environment.max_prune_fraction, 0.25);
  EXPECT_EQ(environment.confirmed_prune, "0123456789ab");
  EXPECT_FALSE(good(with_spec("  prune: {enabled: false}\n")).prune);
  EXPECT_EQ(good(with_spec("  prune: true\n")).max_prune_fraction, 0.5);
}

TEST(Environment, ignore_rules_match_by_what_they_say) {
  const auto environment = good(with_spec("  ignore:\n    - {group: \"\", kind: ConfigMap, pointers: [/data/a]}\n"));
  ASSERT_EQ(environment.ignore.size(), 1U);
  EXPECT_TRUE(environment.ignore[0].matches({{"", "ConfigMap"}, "spira", "a"}));
  EXPECT_FALSE(environment.ignore[0].matches({{"example.org", "ConfigMap"}, "spira", "a"}));
  EXPECT_FALSE(environment.ignore[0].matches({{"", "Secret"}, "spira", "a"}));
  EXPECT_EQ(only_cause(with_spec("  ignore: [{pointers: [data.a]}]\n")).field, "spec.ignore[0].pointers");
  EXPECT_EQ(only_cause(with_spec("  ignore: [{kind: ConfigMap}]\n")).field, "spec.ignore[0].pointers");
}

TEST(Environment, its_account_is_one_of_its_namespace) {
  const auto environment = good(with_spec("  namespace: spira\n  serviceAccountName: deployer\n"));
  EXPECT_EQ(account_of(environment.service_account, environment.namespace_), "system:serviceaccount:spira:deployer");
  EXPECT_EQ(account_of("deployer", ""), "system:serviceaccount:default:deployer");
  EXPECT_EQ(account_of("", "spira"), "");
  EXPECT_EQ(only_cause(with_spec("  serviceAccountName: \"a\\r\\nb\"\n")).field, "spec.serviceAccountName");
}

TEST(Environment, a_fraction_is_a_number_from_0_to_1) {
  for (const auto* bad : {"1.1", "-0.1", "half", "50%", "0.5x"}) {
    EXPECT_EQ(only_cause(with_spec("  prune: {maxFraction: " + std::string(bad) + "}\n")).field,
              "spec.prune.maxFraction")
        << bad;
  }
}

TEST(Environment, the_path_is_normalised) {
  const auto path = [](const std::string& text) {
    return good(std::string(kHead) + "metadata: {name: a}\nspec: {source: {branch: main, path: " + text + "}}\n")
        .source.path;
  };
  EXPECT_EQ(path("./overlays//a/"), "overlays/a");
  EXPECT_EQ(path("overlays/b/../a"), "overlays/a");
  EXPECT_EQ(path("."), "");
}

TEST(Environment, an_unknown_field_is_named_with_its_place_and_what_was_meant) {
  const auto cause = only_cause(with_spec("  selfheal: true\n"));
  EXPECT_THAT(cause.where, StartsWith("environments/a.yaml:6:"));
  EXPECT_EQ(cause.field, "spec.selfheal");
  EXPECT_THAT(cause.message, HasSubstr("selfHeal"));
}

TEST(Environment, unknown_fields_are_found_at_every_level) {
  EXPECT_EQ(only_cause(with_name("a") + "status: {}\n").field, "status");
  EXPECT_EQ(
      only_cause(std::string(kHead) + "metadata: {name: a, namespace: b}\nspec: {source: {branch: main, path: o}}\n")
          .field,
      "metadata.namespace");
  EXPECT_EQ(
      only_cause(std::string(kHead) + "metadata: {name: a}\nspec: {source: {branch: main, path: o, tag: v1}}\n").field,
      "spec.source.tag");
}

TEST(Environment, all_mistakes_of_a_file_are_told_at_once) {
  const auto error = bad(with_spec("  prune: perhaps\n  interval: soon\n  deletion: Never\n  colour: red\n"));
  std::set<std::string> fields;
  for (const auto& cause : error.causes) fields.insert(cause.field);
  EXPECT_EQ(fields, (std::set<std::string>{"spec.prune", "spec.interval", "spec.deletion", "spec.colour"}));
}

TEST(Environment, what_must_be_there_is_asked_for) {
  EXPECT_EQ(only_cause("kind: Environment\nmetadata: {name: a}\nspec: {source: {branch: main, path: o}}\n").field,
            "apiVersion");
  EXPECT_EQ(
      only_cause("apiVersion: gitops.spira.dev/v1alpha1\nmetadata: {name: a}\nspec: {source: {branch: m, path: o}}\n")
          .field,
      "kind");
  EXPECT_EQ(only_cause(std::string(kHead) + "spec: {source: {branch: main, path: o}}\n").field, "metadata");
  EXPECT_EQ(only_cause(std::string(kHead) + "metadata: {}\nspec: {source: {branch: main, path: o}}\n").field,
            "metadata.name");
  EXPECT_EQ(only_cause(std::string(kHead) + "metadata: {name: a}\n").field, "spec");
  EXPECT_EQ(only_cause(std::string(kHead) + "metadata: {name: a}\nspec: {}\n").field, "spec.source");
  EXPECT_EQ(only_cause(std::string(kHead) + "metadata: {name: a}\nspec: {source: {path: o}}\n").field,
            "spec.source.branch");
  EXPECT_EQ(only_cause(std::string(kHead) + "metadata: {name: a}\nspec: {source: {branch: main}}\n").field,
            "spec.source.path");
}

TEST(Environment, another_kind_or_version_is_refused) {
  EXPECT_EQ(only_cause("apiVersion: gitops.spira.dev/v2\nkind: Environment\nmetadata: {name: a}\n"
                       "spec: {source: {branch: main, path: o}}\n")
                .field,
            "apiVersion");
  EXPECT_EQ(only_cause("apiVersion: gitops.spira.dev/v1alpha1\nkind: Place\nmetadata: {name: a}\n"
                       "spec: {source: {branch: main, path: o}}\n")
                .field,
            "kind");
}

TEST(Environment, values_of_the_wrong_type_are_refused) {
  for (const auto* field : {"suspend: maybe", "prune: \"true\"", "selfHeal: [true]", "interval: [1s]",
                            "namespace: {a: b}", "deletion: [Delete]"}) {
    EXPECT_EQ(only_cause(with_spec("  " + std::string(field) + "\n")).where.substr(0, 21), "environments/a.yaml:6")
        << field;
  }
}

TEST(Environment, names_that_kubernetes_would_not_take_are_refused) {
  for (const auto* name : {"Kind", "kind_dev", "-a", "a-", "\"\"", "a..b", "a.-b", ".a", "a b",
                           "a234567890123456789012345678901234567890123456789012345678901234"}) {
    EXPECT_EQ(
        only_cause(std::string(kHead) + "metadata: {name: " + name + "}\nspec: {source: {branch: main, path: o}}\n")
            .field,
        "metadata.name")
        << name;
  }
  for (const auto* name : {"a", "kind-dev", "dev.example", "0-1", "a--b"}) {
    EXPECT_EQ(
        good(std::string(kHead) + "metadata: {name: \"" + name + "\"}\nspec: {source: {branch: main, path: o}}\n").name,
        name);
  }
}

TEST(Environment, branches_that_git_would_not_take_are_refused) {
  for (const auto* branch : {"\"\"", "-a", "/a", "a/", "a..b", "a//b", "\"a b\"", "a~1", "a^", "\"a:b\"", "\"a?\"",
                             "\"a*\"", "\"a[0]\"", "'a\\b'", "a.lock", "a.", "\"a@{0}\""}) {
    EXPECT_EQ(
        only_cause(std::string(kHead) + "metadata: {name: a}\nspec: {source: {branch: " + branch + ", path: o}}\n")
            .field,
        "spec.source.branch")
        << branch;
  }
  for (const auto* branch : {"main", "env/chaos", "v1.2", "a_b-c", "feature/#12", "a@b"}) {
    EXPECT_EQ(good(std::string(kHead) + "metadata: {name: a}\nspec: {source: {branch: '" + branch + "', path: o}}\n")
                  .source.branch,
              branch);
  }
}

TEST(Environment, paths_out_of_the_repository_are_refused) {
  for (const auto* path : {"/etc", "..", "overlays/../../x", "\"\""}) {
    EXPECT_EQ(
        only_cause(std::string(kHead) + "metadata: {name: a}\nspec: {source: {branch: main, path: " + path + "}}\n")
            .field,
        "spec.source.path")
        << path;
  }
}

TEST(Environment, namespaces_that_kubernetes_would_not_take_are_refused) {
  for (const auto* name : {"Spira", "a.b", "-a", "a_b"}) {
    EXPECT_EQ(only_cause(with_spec("  namespace: " + std::string(name) + "\n")).field, "spec.namespace") << name;
  }
}

TEST(Environment, a_repository_with_credentials_is_refused_and_not_quoted) {
  for (const auto* url : {"https://user:canary-51@example.org/r.git", "https://canary-51@example.org/r.git"}) {
    const auto error =
        bad(std::string(kHead) + "metadata: {name: a}\nspec: {source: {branch: main, path: o, repository: \"" + url +
            "\"}}\n");
    ASSERT_EQ(error.causes.size(), 1U) << url;
    EXPECT_EQ(error.causes[0].field, "spec.source.repository");
    EXPECT_EQ(error.text().find("canary-51"), std::string::npos);
  }
}

TEST(Environment, repositories_are_what_git_clone_takes) {
  for (const auto* url :
       {"https://example.org/r.git", "ssh://git@example.org/r.git", "git@example.org:r.git", "/srv/r.git"}) {
    EXPECT_EQ(good(std::string(kHead) + "metadata: {name: a}\nspec: {source: {branch: main, path: o, repository: \"" +
                   url + "\"}}\n")
                  .source.repository,
              url);
  }
  EXPECT_EQ(only_cause(std::string(kHead) + "metadata: {name: a}\nspec: {source: {branch: main, path: o, "
                                            "repository: \"ftp://example.org/r\"}}\n")
                .field,
            "spec.source.repository");
}

TEST(Environment, intervals_below_a_second_are_refused) {
  for (const auto* interval : {"0s", "999ms", "30", "s", "1d", "-1s", "1.5s", "\"\""}) {
    EXPECT_EQ(only_cause(with_spec("  interval: " + std::string(interval) + "\n")).field, "spec.interval") << interval;
  }
  EXPECT_EQ(good(with_spec("  interval: 1s\n")).interval, 1s);
}

TEST(ReadEnvironments, takes_the_yaml_files_of_the_folder_alone) {
  const auto environments = read({{"environments/a.yaml", with_name("a")},
                                  {"environments/b.yml", with_name("b")},
                                  {"environments/README.md", "# no"},
                                  {"environments/sub/c.yaml", with_name("c")},
                                  {"environments/sub.yaml/d.yaml", with_name("d")},
                                  {"environments/.yaml", "x"},
                                  {"other/e.yaml", with_name("e")}});
  EXPECT_EQ(environments.good.size(), 2U);
  EXPECT_TRUE(environments.bad.empty());
}

TEST(ReadEnvironments, a_folder_that_is_missing_is_not_found) {
  const auto environments = read_environments(test::MemoryTree(Files{{"a", ""}}), "environments");
  ASSERT_FALSE(environments);
  EXPECT_EQ(environments.error().kind, ErrorKind::kNotFound);
}

TEST(ReadEnvironments, a_file_may_hold_several_documents) {
  const auto environments = read_one(with_name("a") + "---\n" + with_name("b") + "---\n# nothing\n");
  EXPECT_EQ(environments.good.size(), 2U);
  EXPECT_TRUE(environments.bad.empty());
}

TEST(ReadEnvironments, a_bad_document_leaves_the_others_good) {
  const auto environments = read_one(with_name("a") + "---\n" + with_name("b") + "colour: red\n");
  EXPECT_EQ(environments.good.count("a"), 1U);
  ASSERT_EQ(environments.bad.size(), 1U);
  EXPECT_EQ(environments.bad[0].name, "b");
  EXPECT_THAT(environments.bad[0].error.causes.at(0).where, StartsWith("environments/a.yaml:"));
}

TEST(ReadEnvironments, a_file_that_is_no_yaml_is_known_by_its_own_name) {
  const auto environments = read({{"environments/broken.yaml", "a: [b\n"}, {"environments/a.yaml", with_name("a")}});
  EXPECT_EQ(environments.good.size(), 1U);
  ASSERT_EQ(environments.bad.size(), 1U);
  EXPECT_EQ(environments.bad[0].name, "broken");
  EXPECT_THAT(environments.bad[0].error.causes.at(0).where, StartsWith("environments/broken.yaml:"));
}

TEST(ReadEnvironments, a_file_without_a_name_in_it_is_known_by_its_own) {
  const auto environments =
      read({{"environments/nameless.yaml", std::string(kHead) + "spec: {source: {branch: m, path: o}}\n"}});
  ASSERT_EQ(environments.bad.size(), 1U);
  EXPECT_EQ(environments.bad[0].name, "nameless");
}

TEST(ReadEnvironments, a_file_that_is_too_large_is_bad) {
  const auto environments = read({{"environments/large.yaml", with_name("large") + "#" + std::string(1 << 20, 'x')}});
  EXPECT_TRUE(environments.good.empty());
  ASSERT_EQ(environments.bad.size(), 1U);
  EXPECT_EQ(environments.bad[0].name, "large");
}

TEST(ReadEnvironments, two_of_one_name_are_both_refused_and_both_places_are_told) {
  const auto environments =
      read({{"environments/one.yaml", with_name("a")}, {"environments/two.yaml", with_name("a")}});
  EXPECT_TRUE(environments.good.empty());
  ASSERT_EQ(environments.bad.size(), 1U);
  EXPECT_EQ(environments.bad[0].name, "a");
  const auto text = environments.bad[0].error.text();
  EXPECT_THAT(text, HasSubstr("environments/one.yaml:1"));
  EXPECT_THAT(text, HasSubstr("environments/two.yaml:1"));
}

TEST(ReadEnvironments, three_of_one_name_are_all_refused) {
  const auto environments = read({{"environments/one.yaml", with_name("a")},
                                  {"environments/three.yaml", with_name("a")},
                                  {"environments/two.yaml", with_name("a")}});
  EXPECT_TRUE(environments.good.empty());
}

TEST(ReadEnvironments, a_name_that_a_bad_file_has_is_taken) {
  const auto environments =
      read({{"environments/one.yaml", with_name("a") + "colour: red\n"}, {"environments/two.yaml", with_name("a")}});
  EXPECT_TRUE(environments.good.empty());
}

Json resource(const std::string& text) { return to_resource(good(text)); }

TEST(ToResource, mirrors_every_field) {
  const auto json =
      resource(std::string(kHead) + R"(metadata: {name: a, labels: {team: spira}, annotations: {note: "1"}}
spec:
  source: {repository: "https://example.org/other.git", branch: env/dev, path: overlays/a}
  namespace: spira
  suspend: true
  prune: false
  selfHeal: false
  deletion: Delete
)");
  EXPECT_EQ(json, Json::parse(R"({"apiVersion": "gitops.spira.dev/v1alpha1", "kind": "Environment",
    "metadata": {"name": "a", "labels": {"team": "spira"}, "annotations": {"note": "1"}},
    "spec": {"source": {"repository": "https://example.org/other.git", "branch": "env/dev", "path": "overlays/a"},
             "namespace": "spira", "suspend": true, "prune": false, "selfHeal": false, "deletion": "Delete"}})"));
}

TEST(ToResource, says_of_prune_what_the_file_says) {
  EXPECT_EQ(resource(with_name("a"))["spec"]["prune"], true);
  EXPECT_EQ(resource(with_spec("  prune: {confirm: 0123456789ab}\n"))["spec"]["prune"],
            (Json{{"enabled", true}, {"maxFraction", 0.5}, {"confirm", "0123456789ab"}}));
}

TEST(ToResource, leaves_out_what_the_file_leaves_to_the_service) {
  const auto json = resource(with_name("a"));
  for (const auto* field : {"namespace", "interval"}) EXPECT_FALSE(json["spec"].contains(field)) << field;
  EXPECT_FALSE(json["spec"]["source"].contains("repository"));
  EXPECT_EQ(json["metadata"], (Json{{"name", "a"}}));
}

TEST(ToResource, the_root_of_the_repository_has_a_path) {
  const auto json = resource(std::string(kHead) + "metadata: {name: a}\nspec: {source: {branch: main, path: .}}\n");
  EXPECT_EQ(json["spec"]["source"]["path"], ".");
}

// The pattern and the length are those of the definition in deploy/.
TEST(ToResource, intervals_are_written_as_the_definition_takes_them) {
  for (const auto* interval : {"1s", "30s", "90s", "1m30s", "1h", "24h", "1500ms", "1h1m1s1ms", "999999s"}) {
    const auto text =
        resource(with_spec("  interval: " + std::string(interval) + "\n"))["spec"]["interval"].get<std::string>();
    EXPECT_EQ(parse_duration(text), parse_duration(interval)) << text;
    EXPECT_THAT(text, testing::MatchesRegex("([0-9]{1,6}(ms|s|m|h))+"));
    EXPECT_LE(text.size(), 16U) << text;
  }
}

TEST(ParseDuration, adds_up_the_parts) {
  EXPECT_EQ(parse_duration("30s"), Duration(30s));
  EXPECT_EQ(parse_duration("1m30s"), Duration(90s));
  EXPECT_EQ(parse_duration("1500ms"), Duration(1500ms));
  EXPECT_EQ(parse_duration("2h3m4s5ms"), Duration(2h + 3min + 4s + 5ms));
  EXPECT_EQ(parse_duration("0s"), Duration(0s));
}

TEST(ParseDuration, takes_nothing_else) {
  for (const auto* text : {"", "s", "30", "1 s", " 1s", "1s ", "1S", "-1s", "+1s", "1.5s", "1d", "1us", "1m30",
                           "1000000s", "99999999999999999999s", "1sm"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

constexpr const char* kRules = R"(  healthRules:
    - group: example.org
      kind: Widget
      path: /status/conditions/Ready/status
      values: {Healthy: [True, "1"], Degraded: [False]}
      message: /status/why
    - {kind: Pod, path: /status/phase, values: {Suspended: ["*"]}}
)";

TEST(Environment, health_rules_are_read) {
  using enum health::HealthStatus;
  const auto rules = good(with_spec(kRules)).health_rules;
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_EQ(rules[0], (health::HealthRule{{"example.org", "Widget"},
                                          "/status/conditions/Ready/status",
                                          {{kHealthy, {"True", "1"}}, {kDegraded, {"False"}}},
                                          "/status/why"}));
  EXPECT_EQ(rules[1], (health::HealthRule{{"", "Pod"}, "/status/phase", {{kSuspended, {"*"}}}, ""}));
}

TEST(Environment, health_rules_are_mirrored) {
  const auto rules = to_resource(good(with_spec(kRules)))["spec"]["healthRules"];
  EXPECT_EQ(rules[0], Json::parse(R"({"group":"example.org","kind":"Widget","path":"/status/conditions/Ready/status",
                                      "values":{"Healthy":["True","1"],"Degraded":["False"]},"message":"/status/why"})"));
  EXPECT_EQ(rules[1]["values"], Json::parse(R"({"Suspended":["*"]})"));
}

TEST(Environment, what_is_wrong_with_a_health_rule_is_named_with_its_place) {
  const auto cause_of = [](const std::string& rule) {
    return only_cause(with_spec("  healthRules:\n    - " + rule + "\n"));
  };
  EXPECT_EQ(cause_of("{path: /a, values: {Healthy: [x]}}").field, "spec.healthRules[0].kind");
  EXPECT_EQ(cause_of("{kind: Widget, path: status.phase, values: {Healthy: [x]}}").field, "spec.healthRules[0].path");
  EXPECT_EQ(cause_of("{kind: Widget, path: /a, values: {Healthy: [x]}, message: a//b}").field,
            "spec.healthRules[0].message");
  EXPECT_THAT(cause_of("{kind: Widget, path: /a, values: {}}").message, HasSubstr("must list a value"));
  EXPECT_THAT(cause_of("{kind: Widget, path: /a, values: {Healthy: [x], Degraded: [x]}}").message,
              HasSubstr("both Healthy and Degraded"));
  const auto misspelt = cause_of("{kind: Widget, path: /a, values: {Helthy: [x], Degraded: [y]}}");
  EXPECT_EQ(misspelt.where, "environments/a.yaml:7:49");
  EXPECT_THAT(misspelt.message, HasSubstr("Healthy"));
}

}  // namespace
}  // namespace reconciler::controller
