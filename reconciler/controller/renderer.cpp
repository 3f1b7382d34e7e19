#include "controller/renderer.h"

#include <utility>

namespace reconciler::controller {

using kustomize::Rendering;

Result<std::shared_ptr<const Rendering>> Renderer::render(const std::string& environment, const FileTree& tree,
                                                          const TreePath& path, bool anew) {
  if (auto known = find(environment, tree, path, anew)) return known;
  TRY(auto built, kustomize::build(tree, path, options_));
  auto rendering = std::make_shared<const Rendering>(std::move(built));
  const std::scoped_lock lock(mutex_);
  kept_[environment] = {tree.content_id("").value_or(""), path, rendering};
  return rendering;
}

std::shared_ptr<const Rendering> Renderer::find(const std::string& environment, const FileTree& tree,
                                                const TreePath& path, bool anew) {
  const std::scoped_lock lock(mutex_);
  const auto known = kept_.find(environment);
  if (known == kept_.end() || known->second.path != path) return nullptr;
  const auto& [content_id, _, rendering] = known->second;
  if (rendering->is_fixed()) return rendering->holds_for(tree) ? rendering : nullptr;
  const bool is_same_tree = !content_id.empty() && tree.content_id("") == content_id;
  return is_same_tree && !anew ? rendering : nullptr;
}

void Renderer::forget(const std::string& environment) {
  const std::scoped_lock lock(mutex_);
  kept_.erase(environment);
}

}  // namespace reconciler::controller
