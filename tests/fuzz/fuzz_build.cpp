// Kustomization -> rendered, on a tree whose files are the parts of the input. The target is `overlay`, else the root.
#include "kustomize/build.h"
#include "parts.h"
#include "support/memory_tree.h"
#include "yaml/parse.h"

namespace {

using namespace reconciler;

kustomize::Options small() {
  kustomize::Options options;
  options.limits.layers = 20;
  options.limits.files = 1000;
  options.limits.total_bytes = 4u << 20;
  options.limits.resources = 2000;
  return options;
}

void check(const kustomize::Rendering& rendering) {
  const auto text = rendering.yaml();
  fuzz::require(text.has_value(), "what was rendered can be written");
  yaml::Arena arena;
  const auto again = yaml::parse_manifests(*text, "output", arena);
  fuzz::require(again.has_value(), "what was written can be read");
  fuzz::require(again->size() == rendering.manifests().size(), "as many objects are read as were written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const test::MemoryTree tree(fuzz::files_of(fuzz::text_of(data, size)));
  const auto overlay = tree.kind("overlay");
  const bool has_overlay = overlay && *overlay == EntryKind::kFolder;
  const std::string target = has_overlay ? "overlay" : "";
  const auto rendering = kustomize::build(tree, target, small());
  const auto documents = kustomize::build_documents(tree, target, small());
  fuzz::require(rendering.has_value() == documents.has_value(), "both ways to build succeed or fail");
  if (rendering) {
    check(*rendering);
    fuzz::require(*rendering->yaml() == documents->yaml, "both ways to build come to the same");
  } else {
    fuzz::require(!rendering.error().text().empty(), "a failure says something");
  }
  return 0;
}
