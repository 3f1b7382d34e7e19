#include "object/key.h"

namespace reconciler {
namespace {

std::size_t mix(std::size_t seed, std::string_view text) { return seed * 31 + std::hash<std::string_view>{}(text); }

}  // namespace

std::string_view group_of(std::string_view api_version) {
  const auto slash = api_version.find('/');
  return slash == std::string_view::npos ? std::string_view() : api_version.substr(0, slash);
}

std::string_view version_of(std::string_view api_version) {
  const auto slash = api_version.find('/');
  return slash == std::string_view::npos ? api_version : api_version.substr(slash + 1);
}

}  // namespace reconciler

std::size_t std::hash<reconciler::GroupKind>::operator()(const reconciler::GroupKind& type) const noexcept {
  return reconciler::mix(std::hash<std::string>{}(type.group), type.kind);
}

std::size_t std::hash<reconciler::ObjectKey>::operator()(const reconciler::ObjectKey& key) const noexcept {
  const auto seed = std::hash<reconciler::GroupKind>{}(key.type);
  return reconciler::mix(reconciler::mix(seed, key.namespace_), key.name);
}
