#include "kustomize/schema.h"

#include <algorithm>

#include "kustomize/schema_builder.h"

namespace reconciler::kustomize {

const FieldSchema* FieldSchema::field(std::string_view name) const {
  const auto at =
      std::ranges::lower_bound(fields_, name, {}, [](const auto& field) -> std::string_view { return field.first; });
  return at != fields_.end() && at->first == name ? at->second : other_fields_;
}

const FieldSchema* Schema::find(std::string_view api_version, std::string_view kind) const {
  const auto kinds = types_.find(api_version);
  if (kinds == types_.end()) return nullptr;
  const auto type = kinds->second.find(kind);
  return type == kinds->second.end() ? nullptr : type->second;
}

const FieldSchema* Schema::definition(std::string_view name) const {
  const auto at = definitions_.find(name);
  return at == definitions_.end() ? nullptr : at->second;
}

Schema SchemaBuilder::finish() && {
  for (auto& type : schema_.storage_)
    std::ranges::sort(type.fields_, {}, &std::pair<std::string, const FieldSchema*>::first);
  return std::move(schema_);
}

}  // namespace reconciler::kustomize
