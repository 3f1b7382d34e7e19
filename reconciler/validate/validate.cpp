#include "validate/validate.h"

#include <algorithm>
#include <tuple>

#include "validate/addresses.h"
#include "validate/annotations.h"
#include "validate/api_versions.h"
#include "validate/collisions.h"
#include "validate/containers.h"
#include "validate/namespaces.h"
#include "validate/objects.h"
#include "validate/references.h"
#include "validate/selectors.h"

namespace reconciler::validate {

Result<std::vector<Finding>> validate(const Rendered& rendered, const Options& options) {
  Report report;
  const bool has_default = !options.default_namespace.empty();
  const std::string_view home = has_default ? std::string_view(options.default_namespace) : "default";
  TRY(const auto objects, Objects::of(rendered, home, report));
  check_references(objects, report);
  check_selectors(objects, report);
  check_containers(objects, report);
  check_addresses(objects, report);
  check_collisions(objects, report);
  check_namespaces(objects, has_default, report);
  check_api_versions(objects, report);
  check_annotations(objects, report);
  auto findings = report.take();
  std::ranges::stable_sort(findings, {}, [](const Finding& each) { return std::tie(each.file, each.line); });
  return findings;
}

}  // namespace reconciler::validate
