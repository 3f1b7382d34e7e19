#include "cli/program.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace reconciler::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr const char* kEnvironment =
    "apiVersion: gitops.spira.dev/v1alpha1\n"
    "kind: Environment\n"
    "metadata:\n"
    "  name: dev\n"
    "spec:\n"
    "  source:\n"
    "    branch: main\n"
    "    path: overlays/dev\n";

constexpr const char* kConfigMap =
    "apiVersion: v1\n"
    "data:\n"
    "  a: b\n"
    "kind: ConfigMap\n"
    "metadata:\n"
    "  name: settings\n";

class ProgramTest : public testing::Test {
 protected:
  ProgramTest() {
    std::string folder = (std::filesystem::temp_directory_path() / "reconciler-program-XXXXXX").string();
    folder_ = mkdtemp(folder.data());
    write("overlays/dev/kustomization.yaml", "resources:\n- settings.yaml\n");
    write("overlays/dev/settings.yaml", kConfigMap);
    write("environments/dev.yaml", kEnvironment);
  }
  ~ProgramTest() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path) << text;
  }

  std::string path(const std::string& inside) const { return (folder_ / inside).string(); }

  int reconciler(const std::vector<std::string>& arguments) {
    std::vector<const char*> argv = {"reconciler"};
    for (const auto& argument : arguments) argv.push_back(argument.c_str());
    out_.str("");
    err_.str("");
    Console console{out_, err_, false};
    return run(static_cast<int>(argv.size()), argv.data(), console);
  }

  std::filesystem::path folder_;
  std::ostringstream out_, err_;
};

TEST_F(ProgramTest, has_help_with_an_example_for_each_verb) {
  for (const char* verb : {"serve", "build", "diff", "sync", "suspend", "resume", "status", "validate", "version"}) {
    EXPECT_EQ(reconciler({verb, "--help"}), kOk) << verb;
    EXPECT_THAT(out_.str(), AllOf(HasSubstr("Example:\n  reconciler "), HasSubstr(verb)));
    EXPECT_EQ(reconciler({"--help"}), kOk);
    EXPECT_THAT(out_.str(), HasSubstr(verb));
  }
  EXPECT_THAT(out_.str(), HasSubstr("Exit codes:"));
}

TEST_F(ProgramTest, ends_with_2_when_the_command_line_is_wrong) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{},
                                                    {"frobnicate"},
                                                    {"build", "--nope"},
                                                    {"build", "--reorder", "random"},
                                                    {"sync"},
                                                    {"suspend", "x"},
                                                    {"resume"},
                                                    {"status", "--objects"},
                                                    {"version", "--output", "xml"},
                                                    {"sync", "x", "--wait", "--timeout", "soon"}}) {
    EXPECT_EQ(reconciler(arguments), kUsage);
    EXPECT_THAT(err_.str(), Not(IsEmpty()));
    EXPECT_THAT(out_.str(), IsEmpty());
  }
}

TEST_F(ProgramTest, names_a_word_that_is_no_verb) {
  EXPECT_EQ(reconciler({"frobnicate"}), kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("frobnicate"));
  EXPECT_EQ(reconciler({}), kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("subcommand is required"));
}

TEST_F(ProgramTest, tells_its_version) {
  EXPECT_EQ(reconciler({"version"}), kOk);
  EXPECT_THAT(out_.str(), StartsWith("reconciler "));
  EXPECT_EQ(reconciler({"version", "--output", "json"}), kOk);
  EXPECT_TRUE(nlohmann::json::parse(out_.str()).at("version").is_string());
}

TEST_F(ProgramTest, builds_an_overlay) {
  EXPECT_EQ(reconciler({"build", path("overlays/dev")}), kOk) << err_.str();
  EXPECT_EQ(out_.str(), kConfigMap);
}

TEST_F(ProgramTest, builds_into_a_file_or_a_folder) {
  EXPECT_EQ(reconciler({"build", path("overlays/dev"), "-o", path("all.yaml")}), kOk) << err_.str();
  EXPECT_THAT(out_.str(), IsEmpty());
  std::filesystem::create_directory(path("each"));
  EXPECT_EQ(reconciler({"build", path("overlays/dev"), "-o", path("each")}), kOk) << err_.str();
  for (const char* file : {"all.yaml", "each/v1_configmap_settings.yaml"}) {
    std::stringstream text;
    text << std::ifstream(path(file)).rdbuf();
    EXPECT_EQ(text.str(), kConfigMap) << file;
  }
}

TEST_F(ProgramTest, names_the_files_of_a_folder_as_kustomize_does) {
  write("overlays/dev/settings.yaml",
        "{apiVersion: v1, kind: Service, metadata: {name: a}}\n---\n"
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a, namespace: Other}}\n---\n"
        "{apiVersion: v1, kind: Namespace, metadata: {name: other}}\n");
  std::filesystem::create_directory(path("each"));
  EXPECT_EQ(reconciler({"build", path("overlays/dev"), "-o", path("each")}), kOk) << err_.str();
  for (const char* file : {"default_v1_service_a.yaml", "other_apps_v1_deployment_a.yaml", "v1_namespace_other.yaml"})
    EXPECT_TRUE(std::filesystem::exists(path("each") + "/" + file)) << file;
}

// What goes to the output is written and read once more before, which adds an empty line to such a text.
TEST_F(ProgramTest, writes_folded_texts_into_a_folder_as_they_are) {
  write("overlays/dev/settings.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata:\n  text: >\n    a\n      b\n    c\n");
  std::filesystem::create_directory(path("each"));
  EXPECT_EQ(reconciler({"build", path("overlays/dev"), "-o", path("each")}), kOk) << err_.str();
  std::stringstream text;
  text << std::ifstream(path("each/v1_configmap_settings.yaml")).rdbuf();
  EXPECT_THAT(text.str(), HasSubstr("text: |\n    a\n      b\n    c\n"));
  EXPECT_EQ(reconciler({"build", path("overlays/dev")}), kOk) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("text: |\n    a\n\n      b\n    c\n"));
}

TEST_F(ProgramTest, builds_with_a_command_line_of_kustomize) {
  EXPECT_EQ(reconciler({"build", "--enable-helm", "--helm-command", "helm", "-e", "A=B", "--as-current-user",
                        "--reorder", "none", "--load-restrictor", "LoadRestrictionsNone", path("overlays/dev")}),
            kOk)
      << err_.str();
  EXPECT_EQ(out_.str(), kConfigMap);
}

TEST_F(ProgramTest, fails_when_its_output_cannot_be_written) {
  out_.setstate(std::ios::badbit);
  EXPECT_EQ(reconciler({"version"}), kFailed);
}

TEST_F(ProgramTest, says_where_an_overlay_is_wrong) {
  write("overlays/dev/settings.yaml", "kind: [\n");
  EXPECT_EQ(reconciler({"build", path("overlays/dev")}), kFailed);
  EXPECT_THAT(err_.str(), AllOf(StartsWith("error: "), HasSubstr("settings.yaml")));
  EXPECT_THAT(out_.str(), IsEmpty());
  write("overlays/dev/kustomization.yaml", "resources: [none.yaml]\n");
  EXPECT_EQ(reconciler({"build", path("overlays/dev")}), kFailed);
  EXPECT_THAT(err_.str(), HasSubstr("none.yaml"));
}

TEST_F(ProgramTest, cannot_build_what_is_not_there) {
  for (const char* target : {"overlays/none", "overlays/dev/settings.yaml"}) {
    EXPECT_EQ(reconciler({"build", path(target)}), kUsage);
    EXPECT_THAT(err_.str(), HasSubstr("there is no folder '" + path(target) + "'"));
  }
  EXPECT_EQ(reconciler({"build", ".", "--revision", "HEAD", "--repo", path("nowhere")}), kUsage);
}

TEST_F(ProgramTest, validates_every_environment) {
  EXPECT_EQ(reconciler({"validate", "--repo", folder_.string()}), kOk) << err_.str();
  EXPECT_EQ(out_.str(), "dev: valid, 1 objects\n");
}

TEST_F(ProgramTest, lists_every_mistake_of_every_environment) {
  write("environments/typo.yaml", std::string(kEnvironment) + "  purne: true\n");
  write("environments/lost.yaml",
        "apiVersion: gitops.spira.dev/v1alpha1\nkind: Environment\nmetadata: {name: lost}\n"
        "spec: {source: {branch: main, path: overlays/lost}}\n");
  EXPECT_EQ(reconciler({"validate", "--repo", folder_.string()}), kFailed);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("environments/typo.yaml:9: error: "), HasSubstr("purne"),
                                HasSubstr("overlays/lost: error: "), HasSubstr("lost: 1 error")));

  EXPECT_EQ(reconciler({"validate", "--repo", folder_.string(), "--output", "json"}), kFailed);
  const auto json = nlohmann::json::parse(out_.str());
  EXPECT_EQ(json.at("valid"), false);
  EXPECT_EQ(json.at("environments").size(), 2U);
  EXPECT_THAT(err_.str(), IsEmpty());
}

constexpr const char* kBrokenPod =
    "# A comment.\n"
    "apiVersion: v1\n"
    "kind: Pod\n"
    "metadata: {name: web, namespace: default}\n"
    "spec:\n"
    "  containers: [{name: c, image: 'i:1', envFrom: [{configMapRef: {name: sattings}}]}]\n";

TEST_F(ProgramTest, validates_what_an_overlay_renders_to) {
  EXPECT_EQ(reconciler({"validate", path("overlays/dev")}), kFailed);
  EXPECT_THAT(out_.str(), HasSubstr("settings.yaml:1: warning: ConfigMap settings: metadata.namespace: names no"));
  write("overlays/dev/kustomization.yaml", "namespace: default\nresources: [settings.yaml]\n");
  EXPECT_EQ(reconciler({"validate", path("overlays/dev")}), kOk) << out_.str();
  write("overlays/dev/kustomization.yaml", "namespace: default\nresources: [settings.yaml, pod.yaml]\n");
  write("overlays/dev/pod.yaml", kBrokenPod);
  EXPECT_EQ(reconciler({"validate", path("overlays/dev")}), kFailed);
  EXPECT_THAT(
      out_.str(),
      AllOf(HasSubstr("overlays/dev/pod.yaml:2: error: Pod default/web: "
                      "spec.containers[0].envFrom[0].configMapRef.name: ConfigMap default/sattings"),
            HasSubstr("did you mean 'settings'? [reference]\n"), HasSubstr(": 1 error, 0 warnings in 2 objects\n")));
  EXPECT_EQ(reconciler({"validate", folder_.string()}), kFailed);
  EXPECT_THAT(out_.str(), StartsWith("overlays/dev/pod.yaml:2: error: "));
}

TEST_F(ProgramTest, validates_for_code_forges) {
  write("overlays/dev/kustomization.yaml", "resources: [settings.yaml, 'a pod.yaml']\n");
  write("overlays/dev/a pod.yaml", kBrokenPod);
  EXPECT_EQ(reconciler({"validate", "--repo", folder_.string(), "--output", "sarif"}), kFailed);
  const auto log = nlohmann::json::parse(out_.str());
  EXPECT_EQ(log.at("version"), "2.1.0");
  const auto& run = log.at("runs").at(0);
  const auto& result = run.at("results").at(0);
  EXPECT_EQ(result.at("ruleId"), "reference");
  EXPECT_EQ(result.at("level"), "error");
  EXPECT_EQ(run.at("tool").at("driver").at("rules").at(result.at("ruleIndex").get<std::size_t>()).at("id"),
            "reference");
  const auto& place = result.at("locations").at(0).at("physicalLocation");
  EXPECT_EQ(place.at("artifactLocation").at("uri"), "overlays/dev/a%20pod.yaml");
  EXPECT_EQ(place.at("region").at("startLine"), 2);
}

TEST_F(ProgramTest, cannot_validate_what_is_not_there) {
  EXPECT_EQ(reconciler({"validate", path("nowhere")}), kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("nowhere"));
  EXPECT_EQ(reconciler({"validate", path("overlays/dev/settings.yaml")}), kUsage);
}

TEST_F(ProgramTest, says_that_the_service_does_not_answer) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"status"}, {"sync", "dev"}}) {
    auto all = arguments;
    all.insert(all.end(), {"--server", "http://127.0.0.1:1"});
    EXPECT_EQ(reconciler(all), kUnavailable);
    EXPECT_THAT(err_.str(), HasSubstr("http://127.0.0.1:1"));
  }
}

TEST_F(ProgramTest, does_not_serve_without_a_repository) {
  EXPECT_EQ(reconciler({"serve", "--config", path("none.yaml")}), kUsage);
}

}  // namespace
}  // namespace reconciler::cli
