#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "object/manifest.h"

namespace reconciler::kube {

/// What a page of a list says of the whole.
struct PageEnd {
  std::string resource_version;
  std::string next;  ///< The `continue` of the next page; "" on the last.
};

/// Hands on the items of a list one after the other, so that only one stands in memory parsed.
/// Nothing when the text is no list in JSON: items may have been handed on by then.
std::optional<PageEnd> read_page(std::string_view text, const std::function<void(Json&& item)>& each);

/// Says what an object is, where the server leaves that out.
void set_type(Json& object, const std::string& api_version, const std::string& kind);

}  // namespace reconciler::kube
