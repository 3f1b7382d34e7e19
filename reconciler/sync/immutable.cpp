#include "sync/immutable.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace reconciler::sync {
namespace {

constexpr auto kWords = std::to_array<std::string_view>({
    "is immutable",                                       // most, and rules of definitions
    "updates to statefulset spec for fields other than",  // StatefulSet
    "cannot change roleRef",                              // RoleBinding, ClusterRoleBinding
    "may not change once set",                            // Service
    "pod updates may not change fields other than",       // Pod
    "pod updates may not add or remove containers",       // Pod
    "may not be changed in an update",                    // PriorityClass
    "updates to parameters are forbidden",                // StorageClass, before Kubernetes 1.35
    "updates to provisioner are forbidden",               // StorageClass, before Kubernetes 1.35
});

bool says_so(const Cause& cause) {
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view words) { return cause.message.find(words) != std::string::npos; });
}

}  // namespace

bool is_immutable(const Error& error) {
  return error.kind == ErrorKind::kRejected && !error.causes.empty() &&
         std::all_of(error.causes.begin(), error.causes.end(), says_so);
}

Error with_advice(Error error) {
  for (auto& cause : error.causes) {
    cause.message +=
        "; annotate the object with gitops.spira.dev/replace: enabled to have it deleted and made anew for such a "
        "change";
  }
  return error;
}

}  // namespace reconciler::sync
