#include "kube/page.h"

#include "kube/json_access.h"

namespace reconciler::kube {

std::optional<PageEnd> read_page(std::string_view text, const std::function<void(Json&& item)>& each) {
  bool in_items = false;
  const auto keep = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth == 1 && event == Json::parse_event_t::key) in_items = parsed == "items";
    if (depth != 2 || event != Json::parse_event_t::object_end || !in_items) return true;
    each(std::move(parsed));
    return false;
  };
  const auto list = Json::parse(text, keep, false);
  const auto& metadata = member(list, "metadata");
  if (!list.is_object() || !metadata.is_object()) return std::nullopt;
  return PageEnd{text_of(metadata, "resourceVersion"), text_of(metadata, "continue")};
}

void set_type(Json& object, const std::string& api_version, const std::string& kind) {
  if (!object.is_object()) return;
  object["apiVersion"] = api_version;
  object["kind"] = kind;
}

}  // namespace reconciler::kube
