#include <map>
#include <string>
#include <tuple>

#include "kustomize/name_candidates.h"
#include "kustomize/node_edit.h"
#include "kustomize/per_resource.h"
#include "kustomize/transformers.h"

namespace reconciler::kustomize {
namespace {

using yaml::Arena;
using yaml::Node;
using yaml::Tag;

// One field of the objects of one type, and the type of what it names.
struct Rule {
  const Gvk* target;
  FieldSpec field;
};

// The rules for a type, looked up in the tables once.
class Rules {
 public:
  explicit Rules(const std::vector<NameReference>& references) : references_(references) {}

  const std::vector<Rule>& of(const Gvk& type) {
    const auto [entry, is_new] = by_type_.try_emplace({type.group, type.version, type.kind});
    if (!is_new) return entry->second;
    for (const NameReference& reference : references_) {
      for (const FieldSpec& field : reference.referrers) {
        if (!selects(field.type, type)) continue;
        entry->second.push_back({&reference.target, field});
        entry->second.back().field.type = {};  // It is for the original type, which the object may have no more.
      }
    }
    return entry->second;
  }

 private:
  const std::vector<NameReference>& references_;
  std::map<std::tuple<std::string_view, std::string_view, std::string_view>, std::vector<Rule>> by_type_;
};

// Rewrites the names that one field of one object holds.
class Fixer {
 public:
  Fixer(const NameCandidates& candidates, const Referrer& referrer, const Rule& rule, Arena& arena)
      : candidates_(candidates), referrer_(referrer), rule_(rule), arena_(arena) {}

  Status fix(Node& field) const {
    if (field.is_null()) return {};
    if (!field.is_sequence()) return fix_one(field);
    for (Node* item : field.items()) {
      if (item->is_null()) continue;
      if (item->is_sequence()) return fail(ErrorKind::kInvalid, "expected texts or mappings in the list");
      TRY_VOID(fix_one(*item));
    }
    return {};
  }

 private:
  Status fix_one(Node& node) const { return node.is_mapping() ? fix_mapping(node) : fix_scalar(node); }

  bool is_role() const { return rule_.field.path.ends_with("roleRef/name"); }

  Status fix_scalar(Node& node) const {
    TRY(const Resource* meant,
        candidates_.find(node.text(), referrer_, {*rule_.target, is_role(), std::nullopt, false}));
    if (meant == nullptr || meant->name() == node.text()) return {};
    return set_scalar(node, meant->name(), Tag::kNone, arena_);
  }

  // A mapping says the namespace beside the name, and takes both.
  Status fix_mapping(Node& node) const {
    const Node* name = node.find("name");
    if (name == nullptr) return fail(ErrorKind::kInvalid, "the mapping has no 'name'");
    Reference reference{*rule_.target, is_role(), std::nullopt, true};
    if (const Node* space = node.find("namespace")) reference.namespace_ = space->text();
    TRY(const Resource* meant, candidates_.find(name->text(), referrer_, reference));
    if (meant == nullptr) return {};
    const std::string_view space = meant->namespace_();
    if (meant->name() == name->text() && space.empty()) return {};
    set_field(node, "name", yaml::make_untyped(arena_, meant->name()), arena_);
    if (!space.empty()) set_field(node, "namespace", yaml::make_untyped(arena_, space), arena_);
    return {};
  }

  const NameCandidates& candidates_;
  const Referrer& referrer_;
  const Rule& rule_;
  Arena& arena_;
};

Status fix_references_of(Resource& resource, Rules& rules, const NameCandidates& candidates, Arena& arena) {
  const auto& mine = rules.of(resource.original_id().type);
  if (mine.empty()) return {};
  TRY(const Referrer referrer, make_referrer(resource));
  for (const Rule& rule : mine) {
    const Fixer fixer(candidates, referrer, rule, arena);
    TRY_VOID(
        for_each_field(*resource.node, rule.field, kNoCreation, [&](Node& node) { return fixer.fix(node); }, arena));
  }
  return {};
}

}  // namespace

Status fix_name_references(ResourceMap& resources, const std::vector<NameReference>& references, Arena& arena) {
  const NameCandidates candidates(resources);
  Rules rules(references);
  return for_each_resource(resources.all(),
                           [&](Resource& resource) { return fix_references_of(resource, rules, candidates, arena); });
}

}  // namespace reconciler::kustomize
