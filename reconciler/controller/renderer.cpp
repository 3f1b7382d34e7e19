#include "controller/renderer.h"

#include <utility>

namespace reconciler::controller {

using kustomize::Rendering;

Result<std::shared_ptr<const Rendering>> Renderer::render(const std::string& environment, const FileTree& tree,
                                                          const TreePath& path, bool anew) {
  const auto content_id = tree.content_id("").value_or("");
  if (auto known = find(environment, content_id, path); known && (known->is_fixed() || !anew)) return known;
  TRY(auto built, kustomize::build(tree, path, options_));
  auto rendering = std::make_shared<const Rendering>(std::move(built));
  const std::scoped_lock lock(mutex_);
  kept_[environment] = {content_id, path, rendering};
  return rendering;
}

std::shared_ptr<const Rendering> Renderer::find(const std::string& environment, const std::string& content_id,
                                                const TreePath& path) {
  if (content_id.empty()) return nullptr;
  const std::scoped_lock lock(mutex_);
  const auto known = kept_.find(environment);
  const bool is_same = known != kept_.end() && known->second.content_id == content_id && known->second.path == path;
  return is_same ? known->second.rendering : nullptr;
}

void Renderer::forget(const std::string& environment) {
  const std::scoped_lock lock(mutex_);
  kept_.erase(environment);
}

}  // namespace reconciler::controller
