#include "controller/renderer.h"

#include <utility>

#include "kustomize/build.h"

namespace reconciler::controller {

Result<std::shared_ptr<const Rendered>> Renderer::render(const std::string& environment, const FileTree& tree,
                                                         const TreePath& path) {
  const auto content_id = tree.content_id("").value_or("");
  if (auto known = find(environment, content_id, path)) return known;
  TRY(const auto rendering, kustomize::build(tree, path, kustomize::Options{}));
  auto rendered = std::make_shared<const Rendered>(rendering.manifests());
  const std::scoped_lock lock(mutex_);
  kept_[environment] = {content_id, path, rendered};
  return rendered;
}

std::shared_ptr<const Rendered> Renderer::find(const std::string& environment, const std::string& content_id,
                                               const TreePath& path) {
  if (content_id.empty()) return nullptr;
  const std::scoped_lock lock(mutex_);
  const auto known = kept_.find(environment);
  const bool is_same = known != kept_.end() && known->second.content_id == content_id && known->second.path == path;
  return is_same ? known->second.rendered : nullptr;
}

void Renderer::forget(const std::string& environment) {
  const std::scoped_lock lock(mutex_);
  kept_.erase(environment);
}

}  // namespace reconciler::controller
