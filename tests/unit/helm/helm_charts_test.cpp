#include "helm/helm_charts.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/folder_tree.h"

namespace reconciler::helm {
namespace {

using testing::HasSubstr;

/// Stands in for helm, to tell what it was called with and to fail on demand.
class HelmChartsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string path = (std::filesystem::temp_directory_path() / "reconciler-test-XXXXXX").string();
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    folder_ = path;
    write("charts/web/Chart.yaml", "name: web\n");
    write("charts/web/templates/all.yaml", "{{ .Values.a }}\n");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& path, const std::string& content) const {
    std::filesystem::create_directories(std::filesystem::path(folder_ + "/" + path).parent_path());
    std::ofstream(folder_ + "/" + path) << content;
  }
  /// A program that answers the question for its version, and else does what the script says.
  std::unique_ptr<kustomize::Charts> charts(const std::string& script, std::chrono::seconds timeout = {}) const {
    write("helm", "#!/bin/sh\n[ \"$1\" = version ] && echo v3.20.0 && exit\n" + script + "\n");
    chmod((folder_ + "/helm").c_str(), 0700);
    HelmOptions options;
    options.command = folder_ + "/helm";
    if (timeout.count() != 0) options.timeout = timeout;
    return helm_charts(options);
  }
  kustomize::ChartCall call() const {
    kustomize::ChartCall call;
    call.tree = std::shared_ptr<const FileTree>(open_folder(folder_).value());
    call.chart = "charts/web";
    call.arguments = {"one", "--namespace", "spira"};
    call.values = {"a: 1\n", "a: 2\n"};
    return call;
  }
  std::string folder_;
};

TEST_F(HelmChartsTest, a_chart_is_rendered_from_a_copy_with_its_values_in_order) {
  const auto out =
      charts(R"(echo "$1 $2 $3 $4 ${5##*/} $6 $8"; cat "$5/templates/all.yaml" "$7" "$9")")->render(call());
  ASSERT_TRUE(out) << out.error().text();
  EXPECT_EQ(*out, "template one --namespace spira web --values --values\n{{ .Values.a }}\na: 1\na: 2\n");
}

TEST_F(HelmChartsTest, nothing_of_the_persons_configuration_is_seen_and_nothing_stays) {
  const auto out = charts(R"(echo "$HELM_CONFIG_HOME"; echo "$HELM_PLUGINS")")->render(call());
  ASSERT_TRUE(out);
  EXPECT_THAT(*out, HasSubstr("reconciler-helm-"));
  EXPECT_FALSE(std::filesystem::exists(out->substr(0, out->find('\n'))));
}

TEST_F(HelmChartsTest, a_published_chart_is_pulled_and_lives_as_long_as_its_tree) {
  const auto helm = charts(R"(mkdir -p "$4/web"; echo "$1 $2 $3 $5 $6 $7 $8 $9" > "$4/web/values.yaml")");
  const auto pulled = helm->pull({"web", "1.2.3", "https://charts.example", false});
  ASSERT_TRUE(pulled) << pulled.error().text();
  EXPECT_EQ((*pulled)->read("web/values.yaml", "", 1000)->content,
            "pull --untar --untardir --repo https://charts.example web --version 1.2.3\n");
}

TEST_F(HelmChartsTest, a_failure_says_what_helm_said) {
  const auto out = charts("echo 'Error: no template x' >&2; exit 1")->render(call());
  ASSERT_FALSE(out);
  EXPECT_THAT(out.error().text(), HasSubstr("Error: no template x"));
}

TEST_F(HelmChartsTest, a_program_that_does_not_end_is_killed) {
  const auto out = charts("exec sleep 600", std::chrono::seconds(1))->render(call());
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().kind, ErrorKind::kUnavailable);
}

TEST_F(HelmChartsTest, another_program_or_none_is_refused) {
  HelmOptions options;
  options.command = folder_ + "/none";
  EXPECT_EQ(helm_charts(options)->render(call()).error().kind, ErrorKind::kNotFound);
  options.command = "echo";
  EXPECT_THAT(helm_charts(options)->render(call()).error().text(), HasSubstr("is no helm 3 or 4"));
}

TEST_F(HelmChartsTest, a_chart_of_endless_folders_is_refused) {
  std::filesystem::create_directory_symlink(".", folder_ + "/charts/web/again");
  EXPECT_THAT(charts("exit 0")->render(call()).error().text(), HasSubstr("nested too deep"));
}

}  // namespace
}  // namespace reconciler::helm
