// Every way that is known to lead a kustomization out of where it may read, tried on a folder and on a Git tree.
#include <filesystem>
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/folder_tree.h"
#include "git/repository.h"
#include "kustomize/build.h"
#include "support/git/scratch.h"

namespace reconciler::remote {
namespace {

namespace fs = std::filesystem;
using git::testing::ScratchFolder;
using git::testing::Upstream;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kContent = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: hush}\n";
constexpr const char* kCanary = "hush";

struct Link {
  const char* at;
  const char* to;
};

/// What stands in the folder `overlay` that is built. Beside it is the file `above.yaml`, and beside the tree of files
/// the file `outside.yaml`.
struct Escape {
  const char* name;
  const char* kustomization;
  const char* message;
  std::vector<Link> links = {};
};

void PrintTo(const Escape& escape, std::ostream* out) { *out << escape.name; }

const Escape kEscapes[] = {
    {"resource_above", "resources: [../above.yaml]", "is not in or below the folder 'overlay'"},
    {"resource_above_by_a_detour", "resources: [./x/../../above.yaml]", "is not in or below the folder 'overlay'"},
    {"resource_by_absolute_path", "resources: [/etc/passwd]", "is absolute"},
    {"resource_above_the_tree", "resources: [../../outside.yaml]", "leads out of the tree"},
    {"base_by_absolute_path", "resources: [/etc]", "absolute"},
    {"base_above_the_tree", "resources: [../..]", "leads out of the tree"},
    {"base_that_is_the_own_folder", "resources: [../overlay]", "cycle detected"},
    {"base_that_holds_the_own_folder", "resources: [..]", "cycle detected"},
    {"component_above_the_tree", "components: [../../part]", "leads out of the tree"},
    {"generator_file", "configMapGenerator: [{name: a, files: [../above.yaml]}]", "not in or below the folder"},
    {"generator_file_with_key", "secretGenerator: [{name: a, files: [k=../above.yaml]}]", "not in or below the folder"},
    {"generator_env_file", "configMapGenerator: [{name: a, envs: [../above.yaml]}]", "not in or below the folder"},
    {"generator_file_by_absolute_path", "secretGenerator: [{name: a, files: [/etc/passwd]}]", "is absolute"},
    {"patch", "patches: [{path: ../above.yaml}]", "not in or below the folder"},
    {"strategic_merge_patch", "patchesStrategicMerge: [../above.yaml]", "not in or below the folder"},
    {"json_patch", "patchesJson6902: [{path: ../above.yaml, target: {version: v1, kind: A, name: a}}]",
     "not in or below the folder"},
    {"replacement", "replacements: [{path: ../above.yaml}]", "not in or below the folder"},
    {"openapi", "openapi: {path: ../above.yaml}", "not in or below the folder"},
    {"crds", "crds: [../above.yaml]", "not in or below the folder"},
    {"configurations", "configurations: [../above.yaml]", "not in or below the folder"},
    {"transformer", "transformers: [../above.yaml]", "not in or below the folder"},
    {"generator", "generators: [../above.yaml]", "not in or below the folder"},
    {"validator", "validators: [../above.yaml]", "not in or below the folder"},
    {"file_of_a_configured_transformer",
     "transformers: ['{apiVersion: builtin, kind: PatchTransformer, metadata: {name: a}, path: ../above.yaml}']",
     "not in or below the folder"},
    {"file_of_a_configured_generator",
     "generators: ['{apiVersion: builtin, kind: ConfigMapGenerator, metadata: {name: a}, files: [../above.yaml]}']",
     "not in or below the folder"},
    {"program_of_a_function",
     "transformers: ['{apiVersion: a/v1, kind: B, metadata: {name: a, annotations: {config.kubernetes.io/function: "
     "\"exec: {path: ./run}\"}}}']",
     "is a program or container"},
    {"link_to_a_file_above", "resources: [link.yaml]", "not in or below the folder", {{"link.yaml", "../above.yaml"}}},
    {"link_to_a_link_above",
     "resources: [one.yaml]",
     "not in or below the folder",
     {{"one.yaml", "two.yaml"}, {"two.yaml", "../above.yaml"}}},
    {"link_to_a_folder_above", "resources: [up/above.yaml]", "not in or below the folder", {{"up", ".."}}},
    {"link_out_of_the_tree", "resources: [link.yaml]", "leads out of the", {{"link.yaml", "../../outside.yaml"}}},
    {"link_to_an_absolute_path", "resources: [link.yaml]", "leads out of the", {{"link.yaml", "/etc/passwd"}}},
    {"link_to_a_base_out_of_the_tree", "resources: [link]", "leads out of the", {{"link", "../.."}}},
    {"link_for_a_generator",
     "secretGenerator: [{name: a, files: [link]}]",
     "not in or below the folder",
     {{"link", "../above.yaml"}}},
    {"link_in_a_circle", "resources: [a.yaml]", "circle", {{"a.yaml", "b.yaml"}, {"b.yaml", "a.yaml"}}},
};

enum class Kind { kFolder, kCommit };
void PrintTo(Kind kind, std::ostream* out) { *out << (kind == Kind::kFolder ? "folder" : "commit"); }

class Escapes : public ::testing::TestWithParam<std::tuple<Escape, Kind>> {
 protected:
  Error error_of(const Escape& escape) {
    git::testing::write_file(scratch_.path() / "outside.yaml", kContent);
    git::testing::write_file(upstream_.work() / "above.yaml", kContent);
    git::testing::write_file(upstream_.work() / "kustomization.yaml", "resources: [overlay]\n");
    git::testing::write_file(upstream_.work() / "overlay/kustomization.yaml", escape.kustomization);
    for (const auto& [at, to] : escape.links) fs::create_symlink(to, upstream_.work() / "overlay" / at);
    const auto built = kustomize::build(*tree(), "overlay");
    return built ? Error{ErrorKind::kInternal, "no error", {}} : built.error();
  }

 private:
  std::shared_ptr<const FileTree> tree() {
    if (std::get<Kind>(GetParam()) == Kind::kFolder) return open_folder(upstream_.work().string()).value();
    const auto commit = upstream_.commit_all();
    return git::open_local(upstream_.work().string()).value()->tree(commit).value();
  }

  ScratchFolder scratch_;
  Upstream upstream_{scratch_};
};

TEST_P(Escapes, fails_with_a_clear_error) {
  const auto& escape = std::get<Escape>(GetParam());
  const Error error = error_of(escape);
  EXPECT_THAT(error.text(), HasSubstr(escape.message));
  EXPECT_THAT(error.text(), HasSubstr("overlay → kustomization.yaml"));
  EXPECT_THAT(error.text(), Not(HasSubstr(kCanary)));
}

INSTANTIATE_TEST_SUITE_P(
    All, Escapes, ::testing::Combine(::testing::ValuesIn(kEscapes), ::testing::Values(Kind::kFolder, Kind::kCommit)),
    [](const auto& info) {
      const bool is_folder = std::get<Kind>(info.param) == Kind::kFolder;
      return std::string(std::get<Escape>(info.param).name) + (is_folder ? "_from_a_folder" : "_from_a_commit");
    });

}  // namespace
}  // namespace reconciler::remote
