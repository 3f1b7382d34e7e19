#include "validate/namespaces.h"

#include <set>

#include "validate/scope.h"
#include "validate/text.h"

namespace reconciler::validate {

void check_namespaces(const Objects& objects, bool has_default, Report& report) {
  std::set<std::string_view> missing;  // Told once each.
  for (const auto& object : objects.all()) {
    const auto& said = object.manifest->key.namespace_;
    if (!objects.namespaced(object.type()).value_or(!said.empty())) continue;
    if (said.empty() && !has_default) {
      report.add(kNamespace, object, "metadata.namespace",
                 "names no namespace: where it goes depends on who applies it");
    } else if (objects.find({{"", "Namespace"}, "", std::string(object.namespace_)}) == nullptr &&
               !is_of_every_cluster("", "Namespace", "", object.namespace_) &&
               missing.insert(object.namespace_).second) {
      report.add(kNamespace, object, "metadata.namespace",
                 "the set has no Namespace " + quoted(object.namespace_) +
                     ", nor is it declared by gitops.spira.dev/provides");
    }
  }
}

}  // namespace reconciler::validate
