#include "kustomize/charts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "memory_tree.h"

namespace reconciler::kustomize {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Notes what it is asked for, and answers with a ConfigMap in a namespace of the chart's choice.
class FakeCharts final : public Charts {
 public:
  Result<std::shared_ptr<const FileTree>> pull(const ChartPull& pull) override {
    pulls.push_back(pull.repository + " " + pull.name + " " + pull.version);
    return std::make_shared<MemoryTree>(Files{{"web/values.yaml", "a: published\n"}});
  }
  Result<std::string> render(const ChartCall& call) override {
    calls.push_back(call);
    const std::string number = calls.size() == 1 ? "" : std::to_string(calls.size());
    return "---\n# Source: web\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: made" + number +
           ", namespace: own}\n";
  }
  std::vector<std::string> pulls;
  std::vector<ChartCall> calls;
};

class ChartsTest : public testing::Test {
 protected:
  Result<std::string> render(const std::string& kustomization, Files more = {}) {
    more["app/kustomization.yaml"] = kustomization;
    more["app/charts/web/values.yaml"] = "a: {own: 1, other: 2}\nlist: [1, 2]\n";
    Options options;
    options.charts = &charts_;
    TRY(const auto rendering, build(MemoryTree(std::move(more)), "app", options));
    return rendering.yaml();
  }
  std::vector<std::string> values() const { return charts_.calls.at(0).values; }
  std::vector<std::string> arguments() const { return charts_.calls.at(0).arguments; }

  FakeCharts charts_;
};

std::string message_of(const Result<std::string>& result) { return result ? "no error" : result.error().text(); }

TEST_F(ChartsTest, are_refused_unless_enabled) {
  for (const char* field : {"helmCharts: [{name: web}]", "helmChartInflationGenerator: [{chartName: web}]"}) {
    const auto result =
        build(MemoryTree(Files{{"kustomization.yaml", std::string("namespace: x\n") + field + "\n"}}), "");
    ASSERT_FALSE(result) << field;
    EXPECT_THAT(result.error().text(), HasSubstr("must specify --enable-helm"));
  }
}

TEST_F(ChartsTest, get_their_own_values_as_a_file) {
  ASSERT_TRUE(render("helmCharts: [{name: web}]\n"));
  EXPECT_EQ(charts_.calls.at(0).chart, "app/charts/web");
  EXPECT_THAT(values(), ElementsAre("a: {own: 1, other: 2}\nlist: [1, 2]\n"));
  EXPECT_THAT(arguments(), ElementsAre("--generate-name"));
}

TEST_F(ChartsTest, care_for_the_namespace_themselves_but_are_told_that_of_the_kustomization) {
  const auto text = render("namespace: spira\nnamePrefix: p-\nhelmCharts: [{name: web, releaseName: one}]\n");
  EXPECT_EQ(text, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: p-made\n  namespace: own\n");
  EXPECT_THAT(arguments(), ElementsAre("one", "--namespace", "spira"));
}

TEST_F(ChartsTest, take_the_namespace_of_the_nearest_overlay_above) {
  Options options;
  options.charts = &charts_;
  const MemoryTree tree(Files{{"over/kustomization.yaml", "namespace: above\nresources: [../app]\n"},
                              {"app/kustomization.yaml", "helmCharts: [{name: web, releaseName: one}]\n"},
                              {"app/charts/web/values.yaml", ""}});
  ASSERT_TRUE(build(tree, "over", options));
  EXPECT_THAT(arguments(), ElementsAre("one", "--namespace", "above"));
}

TEST_F(ChartsTest, values_inline_override_merge_or_replace_those_of_the_chart) {
  const std::string inline_values = "valuesInline: {a: {own: 9}, list: [3]}";
  const std::pair<const char*, const char*> kExpected[] = {{"override", R"({"a":{"other":2,"own":9},"list":[3]})"},
                                                           {"merge", R"({"a":{"other":2,"own":1},"list":[1,2]})"},
                                                           {"replace", R"({"a":{"own":9},"list":[3]})"}};
  for (const auto& [how, expected] : kExpected) {
    charts_.calls.clear();
    ASSERT_TRUE(render("helmCharts: [{name: web, valuesMerge: " + std::string(how) + ", " + inline_values + "}]\n"));
    EXPECT_THAT(values(), ElementsAre(expected)) << how;
  }
}

TEST_F(ChartsTest, more_values_files_come_behind) {
  ASSERT_TRUE(render("helmCharts: [{name: web, valuesFile: v.yaml, additionalValuesFiles: [w.yaml]}]\n",
                     {{"app/v.yaml", "v: 1\n"}, {"app/w.yaml", "w: 1\n"}}));
  EXPECT_THAT(values(), ElementsAre("v: 1\n", "w: 1\n"));
}

TEST_F(ChartsTest, pass_every_option_on) {
  const auto rendered = render(
      "helmCharts: [{name: web, releaseName: r, namespace: spira, nameTemplate: t, apiVersions: [x/v1, y/v1], "
      "kubeVersion: '1.30', includeCRDs: true, skipHooks: true, skipTests: true, devel: true}]\n");
  ASSERT_TRUE(rendered) << message_of(rendered);
  EXPECT_THAT(arguments(), ElementsAre("r", "--namespace", "spira", "--name-template", "t", "--api-versions", "x/v1",
                                       "--api-versions", "y/v1", "--kube-version", "1.30", "--include-crds",
                                       "--skip-tests", "--no-hooks", "--devel"));
}

TEST_F(ChartsTest, are_pulled_when_they_are_not_there) {
  ASSERT_TRUE(render("helmCharts: [{name: web, repo: 'https://charts.example', version: 1.2.3}]\n"));
  EXPECT_THAT(charts_.pulls, ElementsAre("https://charts.example web 1.2.3"));
  EXPECT_THAT(values(), ElementsAre("a: published\n"));
}

TEST_F(ChartsTest, are_pulled_once_under_the_name_with_the_version) {
  ASSERT_TRUE(render("helmCharts: [{name: web, repo: 'https://charts.example', version: 1.2.3}]\n",
                     {{"app/charts/web-1.2.3/web/values.yaml", "a: kept\n"}}));
  EXPECT_TRUE(charts_.pulls.empty());
  EXPECT_THAT(values(), ElementsAre("a: kept\n"));
}

TEST_F(ChartsTest, the_old_field_and_a_generator_file_mean_the_same) {
  ASSERT_TRUE(
      render("namespace: spira\nhelmChartInflationGenerator: [{chartName: web, releaseName: old}]\n"
             "generators: [g.yaml]\n",
             {{"app/g.yaml",
               "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: x}\n"
               "name: web\nreleaseName: plugin\nnamespace: chaos\n"}}));
  ASSERT_EQ(charts_.calls.size(), 2u);
  EXPECT_THAT(charts_.calls[0].arguments, ElementsAre("old", "--namespace", "spira"));
  EXPECT_THAT(charts_.calls[1].arguments, ElementsAre("plugin", "--namespace", "chaos"));
}

TEST_F(ChartsTest, mistakes_are_told_with_their_place) {
  const std::pair<const char*, const char*> kMistakes[] = {
      {"helmCharts: [{releaseName: x}]", "chart name cannot be empty"},
      {"helmCharts: [{name: web, valuesMerge: both}]", "merge, override, replace"},
      {"helmCharts: [{name: none}]", "no chart found at 'charts/none'"},
      {"helmCharts: [{name: web, valuesFile: ../v.yaml}]", "not in or below"},
      {"helmCharts: [{name: web, additionalValuesFiles: [none.yaml]}]", "none.yaml"},
      {"helmCharts: [{name: web, vesion: 1}]", "vesion"},
      {"helmCharts: [{name: web, valuesInline: [1]}]", "expected a mapping"},
      {"helmGlobals: {configHome: /root}\nhelmCharts: [{name: web}]", "configHome is not supported"},
  };
  for (const auto& [text, expected] : kMistakes) {
    const auto result = render(text + std::string("\n"), {{"v.yaml", ""}});
    EXPECT_THAT(message_of(result), HasSubstr(expected));
    EXPECT_THAT(message_of(result), HasSubstr("kustomization.yaml:")) << text;
  }
}

}  // namespace
}  // namespace reconciler::kustomize
