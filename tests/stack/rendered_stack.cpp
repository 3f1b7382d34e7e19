#include "rendered_stack.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "kustomize/build.h"
#include "support/memory_tree.h"

namespace reconciler::test {
namespace {

std::string read(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

StackFiles read_stack() {
  const std::filesystem::path root(RECONCILER_SOURCE_DIR);
  StackFiles files;
  for (const char* folder : {"sources", "overlays", "deploy"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      if (entry.is_regular_file()) files[entry.path().lexically_relative(root).string()] = read(entry.path());
    }
  }
  return files;
}

}  // namespace

const StackFiles& stack_files() {
  static const StackFiles kFiles = read_stack();
  return kFiles;
}

Objects render_stack(const std::string& overlay, const StackFiles& files) {
  const auto rendering = kustomize::build(MemoryTree(files), "overlays/" + overlay);
  if (!rendering) throw std::runtime_error(rendering.error().text());
  Objects objects;
  for (const auto& manifest : rendering->manifests()) {
    const auto& key = manifest.key;
    objects[key.type.kind + " " + (key.namespace_.empty() ? "" : key.namespace_ + "/") + key.name] = manifest.parse();
  }
  return objects;
}

nlohmann::json value_at(const nlohmann::json& object, const std::string& pointer) {
  const nlohmann::json::json_pointer path(pointer);
  return object.contains(path) ? object.at(path) : nlohmann::json();
}

}  // namespace reconciler::test
