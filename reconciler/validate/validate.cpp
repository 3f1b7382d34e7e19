#include "validate/validate.h"

#include <algorithm>
#include <tuple>

#include "validate/objects.h"
#include "validate/references.h"

namespace reconciler::validate {

Result<std::vector<Finding>> validate(const Rendered& rendered, const Options& options) {
  Report report;
  TRY(const auto objects, Objects::of(rendered, options.default_namespace, report));
  check_references(objects, report);
  auto findings = report.take();
  std::ranges::stable_sort(findings, {}, [](const Finding& each) { return std::tie(each.file, each.line); });
  return findings;
}

}  // namespace reconciler::validate
