// Strategic merge patch: the first part of the input is the object, the second the patch, the third an OpenAPI
// document.
#include "kustomize/strategic_merge.h"
#include "parts.h"
#include "yaml/json.h"
#include "yaml/parse.h"

namespace {

using namespace reconciler;

yaml::Node* read(std::string_view text, yaml::Arena& arena) {
  const auto root = yaml::parse_document(text, "input", arena);
  return root ? *root : nullptr;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parts = fuzz::parts_of(fuzz::text_of(data, size));
  if (parts.size() < 2) return 0;
  yaml::Arena arena;
  yaml::Node* target = read(parts[0].text, arena);
  yaml::Node* patch = read(parts[1].text, arena);
  if (target == nullptr || patch == nullptr) return 0;
  const yaml::Node* document = parts.size() > 2 ? read(parts[2].text, arena) : nullptr;
  const auto own = document == nullptr ? Result<kustomize::Schema>(fail(ErrorKind::kNotFound, ""))
                                       : kustomize::Schema::from_openapi(*document);
  const yaml::Node* before = yaml::clone(*patch, arena);
  const auto merged = kustomize::merge_patch(*target, *patch, own ? *own : kustomize::Schema::built_in(), arena);
  fuzz::require(yaml::equal(*before, *patch), "a patch is not changed");
  if (merged) {
    fuzz::require(yaml::depth(*target) <= yaml::kMaxDepth, "a merge keeps to the depth");
    static_cast<void>(yaml::to_json(*target));
  }
  return 0;
}
