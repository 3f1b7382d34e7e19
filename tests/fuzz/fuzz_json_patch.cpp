// JSON patch: the first part of the input is the object, the second the operations.
#include "kustomize/json_patch.h"
#include "parts.h"
#include "yaml/json.h"
#include "yaml/parse.h"

using namespace reconciler;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parts = fuzz::parts_of(fuzz::text_of(data, size));
  if (parts.size() < 2) return 0;
  yaml::Arena arena;
  const auto target = yaml::parse_document(parts[0].text, "target", arena);
  if (!target || *target == nullptr || !(*target)->is_mapping()) return 0;
  const auto patch = kustomize::JsonPatch::parse(parts[1].text, "patch", arena);
  if (!patch || !patch->apply(**target, arena)) return 0;
  fuzz::require(yaml::depth(**target) <= yaml::kMaxDepth, "a patch keeps to the depth");
  static_cast<void>(yaml::to_json(**target));
  return 0;
}
