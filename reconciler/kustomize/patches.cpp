#include "kustomize/patches.h"

#include <algorithm>

#include "kustomize/node_edit.h"
#include "kustomize/per_resource.h"
#include "kustomize/read_resources.h"
#include "kustomize/selector.h"
#include "kustomize/strategic_merge.h"

namespace reconciler::kustomize {
namespace {

using yaml::Arena;
using yaml::Node;

std::string place_of(const std::string& file, const yaml::Mark& mark, const char* what) {
  return file + (mark.line == 0 ? "" : ":" + std::to_string(mark.line)) + " (" + what + ")";
}

tl::unexpected<Error> wrong(const std::string& where, std::string message, ErrorKind kind = ErrorKind::kInvalid) {
  return fail(kind, "patch cannot be applied", {Cause{where, "", std::move(message)}});
}

// Tells of which object and which patch an error is; the patch's own error says `line:column`.
tl::unexpected<Error> with_source(Error error, const std::string& source, const Resource& target) {
  if (error.causes.empty()) error.causes.push_back({"", "", error.message});
  for (Cause& cause : error.causes) {
    cause.where = cause.where.empty() ? source : source + ":" + cause.where;
    cause.message += " (patching " + target.id().text() + ")";
  }
  error.message = "patch cannot be applied";
  return fail(std::move(error));
}

// What the reference makes of a patch for selected objects: its labels and annotations become texts, its type the
// object's.
Node* fitted(const Resource& patch, const Resource& target, Arena& arena) {
  Resource copy = patch;
  copy.node = yaml::clone(*patch.node, arena);
  for (const char* map : {"labels", "annotations"})
    set_metadata_map(*copy.node, map, metadata_pairs(*copy.node, map), arena);
  copy.set_name(patch.name(), arena);
  copy.set_namespace(patch.namespace_(), arena);
  set_field(*copy.node, "apiVersion", yaml::make_untyped(arena, target.api_version()), arena);
  return copy.node;
}

Status merge(Session& session, const Resource& patch, const Node& tree, const std::string& source, Resource& target) {
  Arena& arena = session.arena;
  const std::string_view name = target.name();
  const std::string_view space = target.namespace_();
  const std::string_view kind = target.kind();
  if (patch.allows_name_change || patch.allows_kind_change) target.remember_id();
  session.has_used_built_in = true;
  auto outcome = merge_patch(*target.node, tree, *session.schema, arena);
  if (!outcome) return with_source(std::move(outcome).error(), source, target);
  if (*outcome == MergeOutcome::kDeleted || target.node->is_null_or_empty()) {
    target.node = nullptr;
    return {};
  }
  if (!patch.allows_kind_change) target.set_kind(kind, arena);
  if (!patch.allows_name_change) target.set_name(name, arena);
  target.set_namespace(space, arena);
  return {};
}

Result<Resource*> target_of(const Resource& patch, const std::string& source, const ResourceMap& resources) {
  const Id id = patch.original_id();
  const auto found = resources.with_any_id(id);
  if (found.size() == 1) return found.front();
  if (found.empty()) return wrong(source, "there is no " + id.text() + " to patch", ErrorKind::kNotFound);
  return wrong(source, "several objects are or were " + id.text());
}

Status check_still_unique(const std::vector<Resource*>& changed, const std::string& source,
                          const ResourceMap& resources) {
  for (const Resource* resource : changed) {
    if (resource->node != nullptr && resources.with_id(resource->id()).size() > 1) {
      return wrong(source, "there are two " + resource->id().text() + " after it", ErrorKind::kConflict);
    }
  }
  return {};
}

Status merge_selected(Session& session, const Resource& patch, const std::string& source,
                      const std::vector<Resource*>& selected, ResourceMap& resources) {
  TRY_VOID(for_each_resource(selected, [&](Resource& target) {
    return merge(session, patch, *fitted(patch, target, session.arena), source, target);
  }));
  resources.drop_deleted(selected);
  if (!patch.allows_name_change && !patch.allows_kind_change) return {};
  resources.ids_changed(selected);
  return check_still_unique(selected, source, resources);
}

Status apply_merges(Session& session, const Patch& patch, ResourceMap& resources) {
  if (patch.target) {
    if (patch.merges.size() > 1)
      return wrong(patch.source, "an entry with a target may hold only one strategic merge patch");
    TRY(const auto selected, select(resources, *patch.target));
    return merge_selected(session, patch.merges.front(), patch.source, selected, resources);
  }
  for (const Resource& one : patch.merges) {
    TRY(Resource * target, target_of(one, patch.source, resources));
    TRY_VOID(merge(session, one, *one.node, patch.source, *target));
    resources.drop_deleted({target});
    if (one.allows_name_change || one.allows_kind_change) resources.ids_changed({target});
  }
  return {};
}

// The reference keeps its notes of an object among its annotations: where it has some, a JSON patch finds that map.
void show_annotations(Resource& resource, yaml::Arena& arena) {
  const bool has_notes = !resource.previous.empty() || !resource.prefixes.empty() || !resource.suffixes.empty() ||
                         resource.needs_hash || resource.behavior != Behavior::kUnspecified;
  yaml::Node* metadata = resource.node->find("metadata");
  if (has_notes && metadata != nullptr && metadata_map(*resource.node, "annotations") == nullptr)
    metadata->set(arena, "annotations", yaml::make_mapping(arena));
}

Status apply_operations(Session& session, const JsonPatch& operations, const SelectorFields& target, bool remembers,
                        const std::string& source, ResourceMap& resources) {
  TRY(const auto selected, select(resources, target));
  bool renamed = false;
  const Status done = for_each_resource(selected, [&](Resource& resource) -> Status {
    const Id before = resource.id();
    if (remembers) resource.remember_id();
    show_annotations(resource, session.arena);
    auto applied = operations.apply(*resource.node, session.arena);
    if (!applied) return with_source(std::move(applied).error(), source, resource);
    renamed = renamed || resource.id() != before;
    return {};
  });
  if (renamed) resources.ids_changed(selected);
  return done;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\v\f\r";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

struct PatchText {
  std::string text;
  TextOrigin origin;
};

Result<PatchText> text_of(Session& session, const Layer& layer, std::string_view path, std::string_view inline_text,
                          const std::string& place) {
  if (path.empty()) return PatchText{std::string(inline_text), {place, nullptr}};
  TRY(TreeFile file, load(session, layer, path));
  return PatchText{std::move(file.content), {std::string(path), nullptr}};
}

// Of the two readings' errors, the one that knows more: where the text is no YAML at all, both say so.
tl::unexpected<Error> neither(Error merge_error, Error operations_error, const std::string& source) {
  if (merge_error.message == "malformed YAML") return fail(std::move(merge_error));
  Error error = wrong(source, "this is neither a strategic merge patch nor a list of JSON patch operations").value();
  for (const Error* reason : {&merge_error, &operations_error})
    error.causes.insert(error.causes.end(), reason->causes.begin(), reason->causes.end());
  return fail(std::move(error));
}

}  // namespace

Result<Patch> read_patch(Session& session, const Layer& layer, const PatchArgs& args, const std::string& file) {
  const std::string place = place_of(file, args.mark, "patch");
  const std::string_view inline_text = trimmed(args.patch);
  if (inline_text.empty() == args.path.empty()) {
    return wrong(place, inline_text.empty() ? "one of 'patch' and 'path' is required"
                                            : "'patch' and 'path' cannot be set at the same time");
  }
  TRY(const PatchText text, text_of(session, layer, args.path, inline_text, place));
  Patch patch{text.origin.name, {}, std::nullopt, args.target};
  auto merges = read_resources(session, text.text, text.origin);
  auto operations = JsonPatch::parse(text.text, text.origin.name, session.arena);
  if (!merges && !operations) return neither(std::move(merges).error(), std::move(operations).error(), patch.source);
  if (merges && operations && !merges->empty() && !operations->empty()) {
    return wrong(patch.source, "this is both a strategic merge patch and a list of JSON patch operations");
  }
  if (!merges) {
    patch.operations = std::move(*operations);
    return patch;
  }
  patch.merges = std::move(*merges);
  for (Resource& one : patch.merges) {
    one.allows_name_change = one.allows_name_change || args.allow_name_change;
    one.allows_kind_change = one.allows_kind_change || args.allow_kind_change;
  }
  return patch;
}

Status apply_patch(Session& session, const Patch& patch, ResourceMap& resources) {
  if (!patch.merges.empty()) return apply_merges(session, patch, resources);
  if (!patch.operations || patch.operations->empty()) return {};
  if (!patch.target) return wrong(patch.source, "a JSON patch needs a target");
  return apply_operations(session, *patch.operations, *patch.target, true, patch.source, resources);
}

Result<StrategicMerges> read_strategic_merges(Session& session, const Layer& layer, const PathArgs& entries,
                                              std::string_view text, const std::string& file) {
  StrategicMerges merges;
  const auto keep = [&](const std::string& source, std::vector<Resource> patches) {
    for (Resource& patch : patches) merges.patches.emplace_back(source, std::move(patch));
  };
  for (const PathArg& entry : entries) {
    const std::string source = place_of(file, entry.mark, "patch");
    auto inline_patches = read_resources(session, entry.path, {source, nullptr});
    if (inline_patches) {
      keep(source, std::move(*inline_patches));
      continue;
    }
    TRY(auto patches, read_resource_file(session, layer, entry.path));
    keep(std::string(entry.path), std::move(patches));
  }
  if (!text.empty()) {
    TRY(auto patches, read_resources(session, text, {file + " (patches)", nullptr}));
    keep(file + " (patches)", std::move(patches));
  }
  if (merges.patches.empty()) return wrong(file, "the strategic merge patches appear to be empty");
  return merges;
}

Status apply_strategic_merges(Session& session, const StrategicMerges& merges, ResourceMap& resources) {
  for (const auto& [source, patch] : merges.patches) {
    TRY(Resource * target, target_of(patch, source, resources));
    TRY_VOID(merge_selected(session, patch, source, {target}, resources));
  }
  return {};
}

Result<Patch> read_json6902(Session& session, const Layer& layer, const PatchArgs& args, const std::string& file) {
  const std::string place = place_of(file, args.mark, "patch");
  if (!args.target || args.target->name.empty()) return wrong(place, "must specify the target name");
  if (args.path.empty() == args.patch.empty())
    return wrong(place, "one of 'patch' and 'path' is required, and only one");
  TRY(const PatchText text, text_of(session, layer, args.path, args.patch, place));
  TRY(JsonPatch operations, JsonPatch::parse(text.text, text.origin.name, session.arena));
  if (operations.empty()) return wrong(text.origin.name, "the patch appears to be empty");
  return Patch{text.origin.name, {}, std::move(operations), args.target};
}

Status apply_json6902(Session& session, const Patch& patch, ResourceMap& resources) {
  return apply_operations(session, *patch.operations, *patch.target, false, patch.source, resources);
}

}  // namespace reconciler::kustomize
