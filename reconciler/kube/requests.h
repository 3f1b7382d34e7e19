#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "kube/cluster.h"
#include "kube/transport.h"

namespace reconciler::kube {

/// The HTTP form of each call: pure, without credentials and time limits.
HttpRequest apply_request(const ApiResource& resource, const ApplyRequest& request);
HttpRequest remove_request(const ApiResource& resource, const RemoveRequest& request);
HttpRequest get_request(const ApiResource& resource, const ObjectKey& key, Projection projection);
/// How many objects a page of a list has.
class PageSize {
 public:
  int objects() const { return objects_; }
  /// After an answer that was too large. Returns false when a single object is.
  bool shrink() { return std::exchange(objects_, std::max(1, objects_ / 8)) > 1; }

 private:
  int objects_ = 500;  ///< As many as kubectl takes.
};

/// A page of a list; `next` is the `continue` of the page before, "" for the first.
HttpRequest list_request(const ApiResource& resource, const ListRequest& request, const std::string& next,
                         PageSize size = {});
/// The events after `resource_version`, bookmarks included, for `seconds`; the client's own limit is half a minute
/// more.
HttpRequest watch_request(const ApiResource& resource, const ListRequest& request, const std::string& resource_version,
                          int seconds);
HttpRequest patch_request(const ApiResource& resource, const PatchRequest& request);
HttpRequest create_request(const ApiResource& resource, const CreateRequest& request);
/// How much of a log is asked for.
inline constexpr std::size_t kLogBytes = 65536;
HttpRequest log_request(const ApiResource& pods, const ObjectKey& pod, const std::string& container, int lines);
/// A log of that request without its last line, where that was cut: nobody knows a part of a secret for one.
std::string without_cut_line(std::string log);

/// For what is no resource: `/version`.
HttpRequest plain_request(const std::string& path);

}  // namespace reconciler::kube
