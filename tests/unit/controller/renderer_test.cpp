#include "controller/renderer.h"

#include <gtest/gtest.h>

#include "git/repository.h"
#include "support/git/scratch.h"

namespace reconciler::controller {
namespace {

using git::testing::ScratchFolder;
using git::testing::Upstream;

class RendererTest : public ::testing::Test {
 protected:
  void SetUp() override {
    file("overlay/kustomization.yaml", "resources: [../base]\nnamePrefix: live-\n");
    file("base/kustomization.yaml", "resources: [a.yaml, b.yaml]\n");
    file("base/a.yaml", config_map("a"));
    file("base/b.yaml", config_map("b"));
    file("other/kustomization.yaml", "resources: [../base]\n");
  }

  static std::string config_map(const std::string& name) {
    return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + name + "}\n";
  }
  void file(const std::string& path, const std::string& content) {
    git::testing::write_file(upstream_.work() / path, content);
  }
  std::shared_ptr<const kustomize::Rendering> render(const std::string& path = "overlay") {
    const auto commit = upstream_.commit_all();
    const auto tree = git::open_local(upstream_.work().string()).value()->tree(commit).value();
    return renderer_.render("env", *tree, path, false).value();
  }
  static std::string names(const kustomize::Rendering& rendering) {
    std::string all;
    for (const auto& manifest : rendering.manifests()) all += manifest.key.name + " ";
    return all;
  }

  ScratchFolder scratch_;
  Upstream upstream_{scratch_};
  Renderer renderer_{kustomize::Options()};
};

TEST_F(RendererTest, a_commit_that_leaves_the_overlay_and_its_bases_alone_costs_nothing) {
  const auto first = render();
  file("readme.md", "text");
  file("other/kustomization.yaml", "resources: [../base]\nnamePrefix: other-\n");
  EXPECT_EQ(render(), first);
}

TEST_F(RendererTest, a_change_in_the_overlay_or_in_a_base_is_rendered) {
  const auto first = render();
  file("base/b.yaml", config_map("c"));
  EXPECT_EQ(names(*render()), "live-a live-c ");
  file("overlay/kustomization.yaml", "resources: [../base]\nnamePrefix: new-\n");
  EXPECT_EQ(names(*render()), "new-a new-c ");
  EXPECT_EQ(names(*first), "live-a live-b ");
}

TEST_F(RendererTest, a_base_that_is_another_folder_now_is_rendered) {
  std::filesystem::create_directories(upstream_.work() / "bases/two");
  file("bases/one/kustomization.yaml", "resources: [../../base]\nnamePrefix: one-\n");
  file("bases/two/kustomization.yaml", "resources: [../../base]\nnamePrefix: two-\n");
  file("linked/kustomization.yaml", "resources: [../bases/now]\n");
  const auto now = upstream_.work() / "bases/now";
  std::filesystem::create_directory_symlink("one", now);
  EXPECT_EQ(names(*render("linked")), "one-a one-b ");
  std::filesystem::remove(now);
  std::filesystem::create_directory_symlink("two", now);
  EXPECT_EQ(names(*render("linked")), "two-a two-b ");
}

}  // namespace
}  // namespace reconciler::controller
