#include <memory>
#include <string>

#include <re2/re2.h>

#include "kustomize/node_edit.h"
#include "kustomize/node_rules.h"
#include "kustomize/per_resource.h"
#include "kustomize/transformers.h"

namespace reconciler::kustomize {
namespace {

using yaml::Node;

struct ImageName {
  std::string_view name;
  std::string_view tag;
  std::string_view digest;
};

// A registry's port is before the first slash, so the colon of a tag is looked for behind it.
ImageName split(std::string_view image) {
  const auto slash = image.find('/');
  const std::size_t from = slash == std::string_view::npos || slash == 0 ? 0 : slash;
  const auto at = image.find('@', from);
  const auto colon = image.find(':', from);
  const auto none = std::string_view::npos;
  if (at == none && colon == none) return {image, {}, {}};
  if (at != none && at < colon) return {image.substr(0, at), {}, image.substr(at + 1)};
  if (at == none) return {image.substr(0, colon), image.substr(colon + 1), {}};
  return {image.substr(0, colon), image.substr(colon + 1, at - colon - 1), image.substr(at + 1)};
}

std::string changed(std::string_view image, const ImageArgs& args) {
  auto [name, tag, digest] = split(image);
  std::string result(args.new_name.empty() ? name : args.new_name);
  std::string new_tag(tag);
  if (!args.new_tag.empty() || !args.digest.empty()) {
    new_tag = args.new_tag;
    digest = args.digest;
  } else if (!args.tag_suffix.empty()) {
    new_tag += args.tag_suffix;
    digest = {};
  }
  if (!new_tag.empty()) result += ":" + new_tag;
  if (!digest.empty()) result += "@" + std::string(digest);
  return result;
}

// An image to change: its name is a regular expression.
struct Rule {
  const ImageArgs& args;
  std::unique_ptr<RE2> pattern;

  Status apply(Node& field, yaml::Arena& arena) const {
    if (!field.is_scalar()) {
      return fail(ErrorKind::kInvalid, "",
                  {Cause{"", "image", std::string("expected a text, found a ") + kind_word(field)}});
    }
    if (!RE2::PartialMatch(re2::StringPiece(field.text().data(), field.text().size()), *pattern)) return {};
    return set_scalar(field, changed(field.text(), args), yaml::Tag::kNone, arena);
  }
};

Result<std::vector<Rule>> compile(const std::vector<ImageArgs>& images) {
  std::vector<Rule> rules;
  for (const ImageArgs& args : images) {
    const std::string name(args.name);
    auto pattern = std::make_unique<RE2>("^" + name + "(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$", RE2::Quiet);
    if (!pattern->ok()) {
      return fail(ErrorKind::kInvalid, "invalid image",
                  {Cause{"", "images", "name '" + name + "' is no regular expression: " + pattern->error()}});
    }
    rules.push_back({args, std::move(pattern)});
  }
  return rules;
}

// Every `image` in a list called `containers` or `initContainers`, at any depth.
Status collect(Node& node, std::vector<Node*>& found) {
  for (Node* item : node.items()) TRY_VOID(collect(*item, found));
  for (const auto& entry : node.entries()) {
    TRY_VOID(collect(*entry.value, found));
    const bool holds_images = entry.key->text() == "containers" || entry.key->text() == "initContainers";
    if (!holds_images) continue;
    for (Node* container : entry.value->items()) {
      if (container->is_null()) continue;
      if (!container->is_mapping())
        return fail(ErrorKind::kInvalid, "",
                    {Cause{"", std::string(entry.key->text()), "expected a list of mappings"}});
      if (Node* image = container->find("image")) found.push_back(image);
    }
  }
  return {};
}

Status change_images(Resource& resource, const std::vector<Rule>& rules, const FieldSpecs& specs, yaml::Arena& arena) {
  if (resource.kind() == "CustomResourceDefinition") return {};
  std::vector<Node*> containers;
  TRY_VOID(collect(*resource.node, containers));
  std::vector<Node*> named;
  for (const FieldSpec& spec : specs) {
    const auto note = [&](Node& field) -> Status { return named.push_back(&field), Status(); };
    TRY_VOID(for_each_field(*resource.node, spec, kNoCreation, note, arena));
  }
  for (const Rule& rule : rules) {
    for (Node* field : containers) TRY_VOID(rule.apply(*field, arena));
    for (Node* field : named) TRY_VOID(rule.apply(*field, arena));
  }
  return {};
}

}  // namespace

Status set_images(ResourceMap& resources, const std::vector<ImageArgs>& images, const FieldSpecs& specs,
                  yaml::Arena& arena) {
  if (images.empty()) return {};
  TRY(const auto rules, compile(images));
  return for_each_resource(resources.all(),
                           [&](Resource& resource) { return change_images(resource, rules, specs, arena); });
}

}  // namespace reconciler::kustomize
