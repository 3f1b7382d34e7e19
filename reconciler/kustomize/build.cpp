#include "kustomize/build.h"

#include <algorithm>
#include <span>

#include "base/parallel.h"
#include "kustomize/accumulate.h"
#include "kustomize/transformers.h"
#include "yaml/emit.h"
#include "yaml/json.h"

namespace reconciler::kustomize {
namespace {

using yaml::Arena;
using yaml::Node;

// Annotations by which the reference remembers things; they never reach its output.
constexpr std::string_view kNotes[] = {"internal.config.kubernetes.io/previousKinds",
                                       "internal.config.kubernetes.io/previousNames",
                                       "internal.config.kubernetes.io/prefixes",
                                       "internal.config.kubernetes.io/suffixes",
                                       "internal.config.kubernetes.io/previousNamespaces",
                                       "internal.config.kubernetes.io/allowNameChange",
                                       "internal.config.kubernetes.io/allowKindChange",
                                       "internal.config.kubernetes.io/refBy",
                                       "internal.config.kubernetes.io/generatorBehavior",
                                       "internal.config.kubernetes.io/needsHashSuffix",
                                       "internal.config.kubernetes.io/path",
                                       "internal.config.kubernetes.io/index",
                                       "internal.config.kubernetes.io/seqindent",
                                       "internal.config.kubernetes.io/id",
                                       "internal.config.kubernetes.io/annotations-migration-resource-id",
                                       "internal.config.kubernetes.io/helm-generated",
                                       "config.kubernetes.io/path",
                                       "config.kubernetes.io/index",
                                       "config.k8s.io/id"};

bool is_note(std::string_view annotation) {
  return std::find(std::begin(kNotes), std::end(kNotes), annotation) != std::end(kNotes);
}

// Only for whoever prepares manifests, not for the cluster.
bool is_local(const Resource& resource) {
  const Node* annotations = metadata_map(*resource.node, "annotations");
  const Node* local = annotations == nullptr ? nullptr : annotations->find("config.kubernetes.io/local-config");
  return local != nullptr && local->text() != "false";
}

// Transformers may have taken an object's name or kind away, or given two objects one id.
Status check_identities(const ResourceMap& resources) {
  std::vector<Cause> causes;
  for (const Resource* resource : resources.all()) {
    const auto refuse = [&](const char* field, std::string message) {
      causes.push_back({resource->origin(), field, std::move(message)});
    };
    if (resource->kind().empty()) {
      refuse("kind", "the object has no kind any more");
    } else if (resource->name().empty() && !resource->kind().ends_with("List")) {
      refuse("metadata.name", "the object has no name any more");
    } else if (const auto same = resources.with_id(resource->id()); same.size() > 1 && same.front() != resource) {
      refuse("metadata.name",
             "there are two " + resource->id().text() + " now; the other one is from " + same.front()->origin());
    }
  }
  if (causes.empty()) return {};
  return fail(ErrorKind::kConflict, "malformed objects", std::move(causes));
}

void drop_local(ResourceMap& resources) {
  std::vector<Resource*> kept;
  for (Resource* resource : resources.all()) {
    if (!is_local(*resource)) kept.push_back(resource);
  }
  if (kept.size() != resources.size()) resources.reorder(std::move(kept));
}

Status sort(ResourceMap& resources, const Kustomization& k, Reorder reorder) {
  if (!k.sort_options) {
    if (reorder == Reorder::kLegacy) sort_legacy(resources);
    return {};
  }
  const SortOptions& options = *k.sort_options;
  if (options.order != "legacy" && options.order != "fifo") {
    return fail(ErrorKind::kInvalid, "", {Cause{k.file, "sortOptions.order", "must be one of: fifo, legacy"}});
  }
  if (options.order == "fifo" && options.has_legacy) {
    return fail(ErrorKind::kInvalid, "",
                {Cause{k.file, "sortOptions.legacySortOptions", "only goes with the order 'legacy'"}});
  }
  if (options.order == "fifo") return {};
  if (options.has_legacy) {
    sort_by_kind(resources, options.first, options.last);
  } else {
    sort_legacy(resources);
  }
  return {};
}

Status add_managed_by(ResourceMap& resources, Arena& arena) {
  const FieldSpecs specs = {make_field_spec({}, "metadata/labels", true, arena)};
  return set_pairs(resources, {{"app.kubernetes.io/managed-by", "kustomize-v5.8.1"}}, specs, arena);
}

// The reference writes all annotations anew at the end: sorted, each a string, its own notes left out.
void clean_annotations(Resource& resource, const Kustomization& k, Arena& arena) {
  Pairs pairs = metadata_pairs(*resource.node, "annotations");
  std::erase_if(pairs, [&](const auto& pair) {
    if (pair.first == kOriginAnnotation) return !k.has_build_metadata("originAnnotations");
    if (pair.first == kTransformationsAnnotation) return !k.has_build_metadata("transformerAnnotations");
    return is_note(pair.first);
  });
  set_metadata_map(*resource.node, "annotations", std::move(pairs), arena);
}

// Leaves of how values were written only what says which they are.
void forget_styles(yaml::Node& node) {
  if (node.is_scalar()) {
    const bool is_text = node.style() != yaml::Style::kPlain || node.text().find('\n') != std::string_view::npos;
    if (is_text) node.set_style(yaml::Style::kDoubleQuoted);
    return;
  }
  node.set_style(yaml::Style::kPlain);
  for (const yaml::Entry& field : node.entries()) forget_styles(*field.value);
  for (yaml::Node* item : node.items()) forget_styles(*item);
}

/// What is wrong with objects, at the places that they came from.
class Refusals {
 public:
  void add(Error error, const Resource& resource) {
    if (error.causes.empty()) error.causes.push_back({"", "", std::move(error.message)});
    const std::string file = resource.file ? *resource.file : resource.id().text();
    for (Cause& cause : error.causes) {
      cause.where = cause.where.empty() ? resource.origin() : file + ":" + cause.where;
      causes_.push_back(std::move(cause));
    }
  }

  Status status() && {
    if (causes_.empty()) return {};
    return fail(ErrorKind::kInvalid, "malformed objects", std::move(causes_));
  }

 private:
  std::vector<Cause> causes_;
};

Result<Manifest> manifest_of(const Resource& resource) {
  TRY(auto body, yaml::to_json(*resource.node));
  body.shrink_to_fit();  // It stays for long.
  const Gvk type = resource.type();
  ObjectKey key{{std::string(type.group), std::string(type.kind)},
                std::string(resource.namespace_()),
                std::string(resource.name())};
  return Manifest{std::move(key), std::string(resource.api_version()), std::move(body),
                  resource.file ? resource.origin() : std::string()};
}

Result<Rendered> manifests_of(std::span<Resource* const> resources) {
  Rendered manifests;
  Refusals refusals;
  for (const Resource* resource : resources) {
    auto manifest = manifest_of(*resource);
    manifest ? manifests.push_back(std::move(*manifest)) : refusals.add(std::move(manifest).error(), *resource);
  }
  TRY_VOID(std::move(refusals).status());
  return manifests;
}

// The documents of some objects, each but the first of all after a separator.
Result<std::string> documents_of(std::span<Resource* const> resources, bool is_first) {
  std::optional<yaml::DocumentWriter> writer(is_first);
  Refusals refusals;
  for (const Resource* resource : resources) {
    if (auto added = writer->add(*resource->node); !added) {
      refusals.add(std::move(added).error(), *resource);
      writer.emplace(is_first);
    }
  }
  TRY_VOID(std::move(refusals).status());
  return writer->take();
}

Result<std::string> documents_of(std::span<const Manifest> manifests, bool is_first) {
  yaml::DocumentWriter writer(is_first);
  for (const Manifest& manifest : manifests) TRY_VOID(writer.add(manifest.body));
  return writer.take();
}

std::string joined(const std::vector<std::string>& texts) {
  std::size_t size = 0;
  for (const std::string& text : texts) size += text.size();
  std::string whole;
  whole.reserve(size);
  for (const std::string& text : texts) whole += text;
  return whole;
}

Rendered joined(std::vector<Rendered> lists) {
  Rendered whole;
  for (Rendered& list : lists) std::ranges::move(list, std::back_inserter(whole));
  return whole;
}

/// What `work(items, is_first)` makes of batches of the items, one behind the other, or all that is wrong with any. The
/// calls may come at the same time.
template <class Whole, class Item, class Work>
Result<Whole> in_batches(std::span<Item> items, const Work& work) {
  constexpr std::size_t kBatch = 64;
  std::vector<Result<Whole>> made((items.size() + kBatch - 1) / kBatch);
  const auto batch = [&](std::size_t i) {
    const std::size_t first = i * kBatch;
    made[i] = work(items.subspan(first, std::min(kBatch, items.size() - first)), i == 0);
  };
  made.size() == 1 ? batch(0) : parallel_for(made.size(), batch);
  std::vector<Whole> parts;
  std::vector<Cause> causes;
  for (auto& part : made) {
    if (part) {
      parts.push_back(std::move(*part));
    } else if (part.error().causes.empty()) {
      return part;
    } else {
      std::ranges::move(part.error().causes, std::back_inserter(causes));
    }
  }
  if (!causes.empty()) return fail(ErrorKind::kInvalid, "malformed objects", std::move(causes));
  return joined(std::move(parts));
}

// What needs the whole set: hashes in names, references to names, and what is done once at the end.
Status finish(Session& session, const Kustomization& k, Accumulated& all) {
  Arena& arena = session.arena;
  TRY_VOID(add_hashes(all.resources, arena));
  TRY_VOID(fix_name_references(all.resources, all.config->name_references, arena));
  TRY_VOID(resolve_vars(all.resources, all.vars, all.config->var_references, arena));
  TRY_VOID(check_identities(all.resources));
  drop_local(all.resources);
  TRY_VOID(sort(all.resources, k, session.options.reorder));
  if (session.options.managed_by_label || k.has_build_metadata("managedByLabel"))
    TRY_VOID(add_managed_by(all.resources, arena));
  for (Resource* resource : all.resources.all()) {
    clean_annotations(*resource, k, arena);
    if (session.options.one_file_an_object) forget_styles(*resource->node);
  }
  return {};
}

Result<ResourceMap> resources_of(Session& session, Layer& layer) {
  TRY(const Kustomization k, read_kustomization(session, layer));
  if (!k.build_metadata.empty()) layer.origin.emplace();
  TRY(Accumulated all, accumulate(session, layer, k));
  TRY_VOID(finish(session, k, all));
  return std::move(all.resources);
}

/// What `make` makes of the objects that the target renders to.
template <class Make>
auto build_with(Session& session, const FileTree& tree, const TreePath& target, const Make& make)
    -> decltype(make(ResourceMap())) {
  TRY(Layer layer, open_target(session, tree, target));
  const auto all = [&]() -> decltype(make(ResourceMap())) {
    TRY(const ResourceMap resources, resources_of(session, layer));
    return make(resources);
  };
  auto made = all();
  if (made) return made;
  Error error = within_layer(std::move(made).error(), layer.name);
  error.message = "cannot build " + layer.name;
  return fail(std::move(error));
}

}  // namespace

Result<std::string> Rendering::yaml() const {
  return in_batches<std::string>(std::span(manifests_),
                                 [](auto manifests, bool is_first) { return documents_of(manifests, is_first); });
}

bool Rendering::holds_for(const FileTree& tree) const {
  const auto is_as_it_was = [&](const ReadFolder& folder) {
    const auto root = tree.resolve(folder.asked);
    return !folder.content_id.empty() && root && *root == folder.root &&
           tree.content_id(folder.root) == folder.content_id;
  };
  return !folders_.empty() && std::all_of(folders_.begin(), folders_.end(), is_as_it_was);
}

Result<Rendering> build(const FileTree& tree, const TreePath& target, const Options& options) {
  Arena arena;
  Session session{options, arena, &Schema::built_in(), nullptr};
  TRY(Rendered manifests, build_with(session, tree, target, [](const ResourceMap& resources) {
        return in_batches<Rendered>(std::span(resources.all()), [](auto batch, bool) { return manifests_of(batch); });
      }));
  // Without restrictions, files may have come from anywhere.
  if (options.load_restrictions == LoadRestrictions::kNone) session.folders.clear();
  return Rendering(std::move(manifests), std::move(session.notes), session.is_fixed, std::move(session.folders),
                   std::move(session.packed));
}

Result<Documents> build_documents(const FileTree& tree, const TreePath& target, const Options& options) {
  Arena arena;
  Session session{options, arena, &Schema::built_in(), nullptr};
  TRY(std::string text, build_with(session, tree, target, [](const ResourceMap& resources) {
        return in_batches<std::string>(std::span(resources.all()),
                                       [](auto batch, bool is_first) { return documents_of(batch, is_first); });
      }));
  return Documents{std::move(text), std::move(session.notes)};
}

}  // namespace reconciler::kustomize
