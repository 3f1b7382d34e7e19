#pragma once

#include <set>
#include <string>

#include "base/result.h"
#include "object/manifest.h"

namespace reconciler::controller {

/// Fields that the definition of a kind in the cluster does not know, where it is older than this service: server-side
/// apply refuses an object for a single one, so they are left out.
class UndeclaredFields {
 public:
  /// Takes over what the API server refuses as not declared. Whether that is all that it refuses, and any of it news:
  /// only then is it worth another try.
  bool learn(const Error& refusal);
  void leave_out_of(Json& object) const;

  std::size_t count() const { return fields_.size(); }
  /// The fields, with commas.
  std::string text() const;

 private:
  std::set<std::string> fields_;  ///< As `status.hooks.set`: of all items of a list.
};

}  // namespace reconciler::controller
