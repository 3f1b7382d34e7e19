#include "sync/lost_fields.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "health/json_view.h"
#include "sync/left_fields.h"
#include "sync/managed_fields.h"
#include "sync/names.h"

namespace reconciler::sync {
namespace {

using health::text;
using Pointer = Json::json_pointer;

/// Calls `each` with the pointer of every value that is no map and no list of maps, and with the name that people know.
template <class Each>
void walk(const Json& value, const Pointer& pointer, const std::string& name, const Each& each) {
  if (value.is_object() && !value.empty()) {
    for (const auto& [key, below] : value.items())
      walk(below, pointer / key, name.empty() ? key : name + "." + key, each);
  } else if (value.is_array() && !value.empty() && value[0].is_object()) {
    for (std::size_t i = 0; i < value.size(); ++i)
      walk(value[i], pointer / i, name + "[" + std::to_string(i) + "]", each);
  } else {
    each(pointer.to_string(), name);
  }
}

bool is_identity(const std::string& pointer) {
  return pointer == "/apiVersion" || pointer == "/kind" || pointer == "/metadata/name" ||
         pointer == "/metadata/namespace";
}

/// Whether the set holds the place, or something that it is a part of.
bool covers(const Json& fields, const FieldPath& path) {
  for (auto pointer = Pointer(path); !pointer.empty(); pointer.pop_back()) {
    if (fields.is_object() && fields.contains(pointer)) return pointer.to_string() == path || fields[pointer].empty();
  }
  return false;
}

class Search {
 public:
  Search(const Json& body, const Json& live) : body_(body), live_(live) {
    const Json* list = health::find(live, {"metadata", "managedFields"});
    if (list == nullptr) return;
    std::string latest;
    for (const Json& entry : *list) {
      if (text(entry, {"manager"}) == kFieldManager && text(entry, {"operation"}) == "Apply") continue;
      others_.push_back(&entry);
      if (text(entry, {"time"}) < latest) continue;
      latest = text(entry, {"time"});
      last_manager_ = text(entry, {"manager"});
    }
  }

  std::vector<LostField> run() {
    const Json& ours = owned_fields(live_);
    const auto left = parse_paths(text(live_, {"metadata", "annotations", kLeftAnnotation}));
    std::vector<LostField> lost;
    walk(body_, Pointer(), "", [&](const std::string& pointer, const std::string& name) {
      const auto path = field_path(pointer, body_, live_);
      if (is_identity(pointer) || !path || covers(ours, *path)) return;
      if (std::find(left.begin(), left.end(), *path) == left.end()) lost.push_back({name, owner_of(*path)});
    });
    return lost;
  }

 private:
  std::string owner_of(const FieldPath& path) const {
    for (const Json* entry : others_) {
      const Json* fields = health::find(*entry, {"fieldsV1"});
      if (fields != nullptr && covers(*fields, path)) return text(*entry, {"manager"});
    }
    return last_manager_;
  }

  const Json& body_;
  const Json& live_;
  std::vector<const Json*> others_;
  std::string last_manager_;
};

}  // namespace

std::vector<LostField> lost_fields(const Json& body, const Json& live) { return Search(body, live).run(); }

std::string text_of(const std::vector<LostField>& fields) {
  std::string list;
  for (const auto& [field, manager] : fields) {
    list += (list.empty() ? "" : ", ") + field + (manager.empty() ? "" : " by " + manager);
  }
  return list;
}

}  // namespace reconciler::sync
