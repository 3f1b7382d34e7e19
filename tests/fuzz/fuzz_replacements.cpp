// Replacements: the first part of the input is the objects, the second the list; others are files that it may name.
#include <span>

#include "kustomize/replacements.h"
#include "parts.h"
#include "yaml/json.h"
#include "yaml/parse.h"

namespace {

using namespace reconciler;
using namespace reconciler::kustomize;

ResourceMap objects_of(std::string_view text, yaml::Arena& arena) {
  ResourceMap resources;
  const auto documents = yaml::parse_manifests(text, "objects", arena);
  if (!documents) return resources;
  for (yaml::Node* document : *documents) {
    Resource resource;
    resource.node = document;
    const bool is_object = document->is_mapping() && !resource.kind().empty() && !resource.name().empty();
    if (is_object) static_cast<void>(resources.append(std::move(resource)));
  }
  return resources;
}

Result<std::vector<Replacement>> list_of(const std::vector<fuzz::Part>& parts, yaml::Arena& arena) {
  TRY(const yaml::Node* list, yaml::parse_document(parts[1].text, "k.yaml", arena, yaml::Dialect::kVersion2));
  if (list == nullptr) return std::vector<Replacement>();
  const LoadText load = [&](std::string_view path) -> Result<std::string> {
    for (const auto& part : std::span(parts).subspan(2)) {
      if (part.name == path) return std::string(part.text);
    }
    return fail(ErrorKind::kNotFound, "no such file");
  };
  Decoder decoder("k.yaml", Decoder::Mode::kStrict, arena);
  auto read = read_replacements(decoder, *list, load);
  TRY_VOID(decoder.status());
  return read;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parts = fuzz::parts_of(fuzz::text_of(data, size));
  if (parts.size() < 2) return 0;
  yaml::Arena arena;
  ResourceMap resources = objects_of(parts[0].text, arena);
  const auto list = list_of(parts, arena);
  if (!list || !apply_replacements(resources, *list, arena)) return 0;
  for (const Resource* resource : resources.all()) {
    fuzz::require(yaml::depth(*resource->node) <= yaml::kMaxDepth, "a replacement keeps to the depth");
    static_cast<void>(yaml::to_json(*resource->node));
  }
  return 0;
}
