#pragma once

#include <string>

#include "base/result.h"
#include "object/key.h"
#include "object/manifest.h"

namespace reconciler::kube {

enum class Projection {
  kFull,
  kMetadata,  ///< `apiVersion`, `kind` and `metadata` alone (`PartialObjectMetadata`): managed fields, but no spec,
              ///< data or status.
};

/// Which objects: of one kind, in one namespace or all, with the labels of a selector.
struct ListRequest {
  GroupKind type;
  std::string version;         ///< "" takes the server's preferred version.
  std::string namespace_;      ///< "" takes all namespaces.
  std::string label_selector;  ///< As `kubectl -l` takes it; "" takes all.
  std::string field_selector;  ///< As `metadata.name=nats`; "" takes all.
  Projection projection = Projection::kFull;
};

/// Who follows a watch. All calls come from the connection's transport thread, one at a time: do little in them, never
/// block, and make no call of `Cluster` that waits.
///
///   begin_list, item…, end_list         at the start, and whenever the server no longer knows where the watch was
///   (410) changed | deleted                   in between, in the server's order for each object failing, then
///   begin_list or recovered
class WatchHandler {
 public:
  virtual ~WatchHandler() = default;

  /// A whole list begins. It may be begun anew before it ended.
  virtual void begin_list() {}
  /// An object of the list.
  virtual void item(Json&& object) = 0;
  /// The list is whole: what was known before and did not come as an item since `begin_list` is gone.
  virtual void end_list(const std::string& resource_version) = 0;
  /// An object was made, changed, or came into the selection.
  virtual void changed(Json&& object) = 0;
  /// An object was deleted or left the selection; the object as it was last.
  virtual void deleted(Json&& object) = 0;
  /// The server is out of reach, forbids it (kForbidden) or does not serve the kind (kNotFound). Tried again without
  /// end, at growing distances. Called for each try that fails; what was reported before may be out of date from here
  /// on.
  virtual void failing(const Error& error) = 0;
  /// The watch goes on where it was, after `failing`, and nothing was missed.
  virtual void recovered() {}
};

/// A watch under way. Destroying it ends it: no call of the handler runs or begins after the destructor, which waits
/// for a running one (and returns at once when that very call destroys it).
class Watch {
 public:
  virtual ~Watch() = default;
};

}  // namespace reconciler::kube
