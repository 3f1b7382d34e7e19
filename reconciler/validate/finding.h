#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "object/key.h"

namespace reconciler::validate {

/// How bad a finding is: an error will not work; a warning works, until the day that it does not.
enum class Severity { kWarning, kError };
const char* to_string(Severity severity);

/// One kind of mistake. Its id is what people write into `gitops.spira.dev/validate-ignore`, and the `ruleId` of SARIF.
struct Rule {
  std::string_view id;
  Severity severity;
  std::string_view summary;  ///< A sentence for people.
};

inline constexpr Rule kAddress{"address", Severity::kWarning,
                               "A URL names a Service or port that is neither in the set nor declared."};
inline constexpr Rule kAnnotation{"annotation", Severity::kError,
                                  "An annotation of gitops.spira.dev holds what the service cannot read."};
inline constexpr Rule kCollision{"collision", Severity::kError, "Two objects of the set claim one and the same thing."};
inline constexpr Rule kDeprecatedApi{"deprecated-api", Severity::kWarning, "An API version will be gone one day."};
inline constexpr Rule kImage{"image", Severity::kWarning, "The name of an image does not always mean the same image."};
inline constexpr Rule kKey{"key", Severity::kError, "A field names a key that the ConfigMap or Secret does not have."};
inline constexpr Rule kNamespace{"namespace", Severity::kWarning,
                                 "An object names no namespace, or one that is neither in the set nor declared."};
inline constexpr Rule kPort{"port", Severity::kError, "A field names a port that its target does not have."};
inline constexpr Rule kReference{"reference", Severity::kError,
                                 "A field names an object that is neither in the set nor declared."};
inline constexpr Rule kRemovedApi{"removed-api", Severity::kError,
                                  "An API version that Kubernetes does not serve any more."};
inline constexpr Rule kSelector{"selector", Severity::kError, "A selector selects nothing of the set."};
inline constexpr Rule kUndeclaredPort{"undeclared-port", Severity::kWarning,
                                      "A number is no port that the container declares."};
inline constexpr Rule kUnselected{"unselected", Severity::kWarning,
                                  "A monitor is selected by no Prometheus of the set."};
inline constexpr Rule kVariable{"variable", Severity::kWarning,
                                "$(NAME) names no variable of the container, and stays as it is."};
/// Every rule of this module, by id.
std::span<const Rule* const> rules();
/// Null when there is none of that id.
const Rule* find_rule(std::string_view id);

/// One mistake in one object of a rendered set. Holds no value of a Secret.
struct Finding {
  const Rule* rule = nullptr;  ///< Never null; lives for ever.
  ObjectKey object;            ///< As rendered.
  std::string file;            ///< Where the object came from, as the renderer shows paths; "" when that is not known.
  std::size_t line = 0;        ///< Of the object in it, from 1; 0 when that is not known.
  std::string field;           ///< As `spec.containers[0].image`; "" when it is about the object.
  std::string message;         ///< What is wrong and what would be right.
};

}  // namespace reconciler::validate
