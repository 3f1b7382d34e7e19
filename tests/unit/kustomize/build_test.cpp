#include "kustomize/build.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "memory_tree.h"

namespace reconciler::kustomize {
namespace {

std::string config_map(const std::string& name) {
  return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + name + "}\n";
}

Error error_of(const Files& files, const std::string& target, const Options& options = {}) {
  const auto rendering = build(MemoryTree(files), target, options);
  return rendering ? Error{ErrorKind::kInternal, "no error", {}} : rendering.error();
}

TEST(Build, manifests_have_key_origin_and_a_json_body) {
  const auto rendering = build(
      MemoryTree(Files{
          {"app/kustomization.yaml", "resources: [all.yaml]\nnamespace: spira\n"},
          {"app/all.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\n---\n" + config_map("c")}}),
      "app");
  ASSERT_TRUE(rendering);
  const auto& manifests = rendering->manifests();
  ASSERT_EQ(manifests.size(), 2u);
  EXPECT_EQ(manifests[1].key, (ObjectKey{{"apps", "Deployment"}, "spira", "api"}));
  EXPECT_EQ(manifests[1].origin, "app/all.yaml:1");
  EXPECT_EQ(manifests[1].body,
            R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"api","namespace":"spira"}})");
  EXPECT_EQ(manifests[0].origin, "app/all.yaml:5");
}

TEST(Build, the_same_input_gives_the_same_bytes) {
  const MemoryTree tree(Files{
      {"kustomization.yaml", "configMapGenerator: [{name: a, literals: [x=1, b=2]}, {name: b, literals: [x=1]}]\n"}});
  EXPECT_EQ(build(tree, "")->yaml().value(), build(tree, "")->yaml().value());
}

TEST(Build, independent_mistakes_are_told_at_once_with_the_way_to_each) {
  const Error error =
      error_of({{"overlays/chaos/kustomization.yaml", "resources:\n- ../../sources/nats\n- missing.yaml\n"},
                {"sources/nats/kustomization.yaml", "resources: [service.yaml, other.yaml]\n"},
                {"sources/nats/service.yaml", "a: b\n c: d\n"},
                {"sources/nats/other.yaml", "kind: X\napiVersion: v1\n"}},
               "overlays/chaos");
  ASSERT_EQ(error.causes.size(), 3u);
  EXPECT_EQ(error.causes[0].where, "overlays/chaos → sources/nats → service.yaml:2:3");
  EXPECT_EQ(error.causes[1].where, "overlays/chaos → sources/nats → other.yaml:1:1");
  EXPECT_EQ(error.causes[2].where, "overlays/chaos → kustomization.yaml:3:3");
}

TEST(Build, no_error_holds_a_value) {
  const std::string canary = "canary-value";
  const Files broken[] = {
      {{"kustomization.yaml", "resources: [a.yaml]\n"}, {"a.yaml", "password: " + canary + "\n x: y\n"}},
      {{"kustomization.yaml", "resources: [a.yaml]\n"},
       {"a.yaml", config_map("a") + "data: {a: " + canary + ", a: " + canary + "}\n"}},
      {{"kustomization.yaml", "secretGenerator: [{name: a, literals: [" + canary + "]}]\n"}},
      {{"kustomization.yaml", "secretGenerator: [{name: a, literals: [k=" + canary + ", k=" + canary + "]}]\n"}},
      {{"kustomization.yaml", "secretGenerator: [{name: a, envs: [e]}]\n"}, {"e", "A=" + canary + "\xff\n"}},
      {{"kustomization.yaml", "resources: [a.yaml]\npatches: [{patch: \"[{op: test, path: /data/a, value: " + canary +
                                  "}]\", target: {kind: ConfigMap}}]\n"},
       {"a.yaml", config_map("a") + "data: {a: " + canary + "2}\n"}},
      {{"kustomization.yaml", "resources: [a.yaml]\npatches: [{path: p.yaml}]\n"},
       {"a.yaml", config_map("a")},
       {"p.yaml", "- " + canary + "\n"}},
  };
  for (const auto& files : broken) {
    const Error error = error_of(files, "");
    EXPECT_NE(error.message, "no error");
    EXPECT_EQ(error.text().find(canary), std::string::npos) << error.text();
  }
}

TEST(Build, a_target_that_does_not_exist_is_not_found) {
  EXPECT_EQ(error_of({{"a/kustomization.yaml", ""}}, "b").kind, ErrorKind::kNotFound);
}

TEST(Build, a_remote_base_without_remotes_is_a_clear_error) {
  const Error error = error_of({{"kustomization.yaml", "resources: ['https://example.com/a/b//c?ref=1']\n"}}, "");
  EXPECT_NE(error.line().find("remote bases are not available here"), std::string::npos);
}

class OneRemote final : public RemoteBases {
 public:
  Result<RemoteTree> repository(const RepoSpec& spec) override {
    asked.push_back(spec.repository + " " + spec.ref);
    auto tree = std::make_shared<MemoryTree>(Files{{"base/kustomization.yaml", "resources: [a.yaml, ../more]\n"},
                                                   {"base/a.yaml", config_map("a")},
                                                   {"more/kustomization.yaml", "resources: [b.yaml]\n"},
                                                   {"more/b.yaml", config_map("b")}});
    return RemoteTree{tree, "down"};
  }
  Result<RemoteFile> file(const std::string& url, std::size_t) override {
    asked.push_back(url);
    if (!url.ends_with(".yaml")) return fail(ErrorKind::kNotFound, "no such file");
    return RemoteFile{config_map("from-web"), ""};
  }
  std::vector<std::string> asked;
};

TEST(Build, a_remote_base_is_built_in_its_own_tree) {
  OneRemote remote;
  Options options;
  options.remote_bases = &remote;
  const auto rendering =
      build(MemoryTree(
                Files{{"kustomization.yaml", "resources: ['https://example.com/a/b//base?ref=v1']\nnamePrefix: p-\n"}}),
            "", options);
  ASSERT_TRUE(rendering);
  EXPECT_EQ(rendering->manifests().at(1).key.name, "p-b");
  EXPECT_EQ(remote.asked, std::vector<std::string>{"https://example.com/a/b v1"});
  EXPECT_EQ(rendering->notes(), std::vector<std::string>{"down"});
  EXPECT_FALSE(rendering->is_fixed());
}

TEST(Build, a_rendering_is_fixed_when_its_remote_bases_are_named_by_commit) {
  OneRemote remote;
  Options options;
  options.remote_bases = &remote;
  const std::string commit(40, 'a');
  const auto fixed = build(
      MemoryTree(Files{{"kustomization.yaml", "resources: ['https://example.com/a/b//base?ref=" + commit + "']\n"}}),
      "", options);
  ASSERT_TRUE(fixed);
  EXPECT_TRUE(fixed->is_fixed());
}

TEST(Build, a_web_url_is_tried_as_a_file_and_then_as_a_repository) {
  OneRemote remote;
  Options options;
  options.remote_bases = &remote;
  const auto file = build(
      MemoryTree(Files{{"kustomization.yaml", "resources: ['https://example.com/x/y/all.yaml']\n"}}), "", options);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->manifests().at(0).key.name, "from-web");
  const auto repository =
      build(MemoryTree(Files{{"kustomization.yaml", "resources: ['https://example.com/x/y/base']\n"}}), "", options);
  ASSERT_TRUE(repository) << repository.error().text();
  EXPECT_EQ(remote.asked, (std::vector<std::string>{"https://example.com/x/y/all.yaml", "https://example.com/x/y/base",
                                                    "https://example.com/x/y "}));
}

TEST(Build, limits_end_a_build_with_a_clear_error) {
  const Files files = {{"kustomization.yaml", "resources: [a.yaml]\n"},
                       {"a.yaml", config_map("a") + "---\n" + config_map("b")}};
  Options options;
  options.limits.resources = 1;
  EXPECT_NE(error_of(files, "", options).line().find("more than 1 objects"), std::string::npos);
  options.limits = {};
  options.limits.file_bytes = 30;
  EXPECT_NE(error_of(files, "", options).line().find("too large"), std::string::npos);
  options.limits = {};
  options.limits.files = 3;
  EXPECT_NE(error_of(files, "", options).line().find("more than 3 files"), std::string::npos);
}

TEST(Build, kustomizations_cannot_stand_on_each_other_without_end) {
  Files files;
  for (int i = 0; i < 200; ++i)
    files["k" + std::to_string(i) + "/kustomization.yaml"] = "resources: [../k" + std::to_string(i + 1) + "]\n";
  EXPECT_NE(error_of(files, "k0").line().find("on top of each other"), std::string::npos);
}

TEST(Build, absolute_paths_lead_nowhere_in_a_tree_of_a_commit) {
  EXPECT_NE(error_of({{"kustomization.yaml", "resources: [/a.yaml]\n"}, {"a.yaml", config_map("a")}}, "")
                .line()
                .find("is absolute"),
            std::string::npos);
}

TEST(Build, objects_for_preparation_only_are_left_out) {
  const auto rendering = build(MemoryTree(Files{{"kustomization.yaml", "resources: [a.yaml, b.yaml]\n"},
                                                {"a.yaml",
                                                 "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: "
                                                 "{config.kubernetes.io/local-config: \"true\"}}\n"},
                                                {"b.yaml", config_map("b")}}),
                               "");
  ASSERT_TRUE(rendering);
  ASSERT_EQ(rendering->manifests().size(), 1u);
  EXPECT_EQ(rendering->manifests()[0].key.name, "b");
}

}  // namespace
}  // namespace reconciler::kustomize
