#include "kustomize/transformer_config.h"

#include <algorithm>

namespace reconciler::kustomize {
namespace {

using yaml::Node;

constexpr FieldSpecs TransformerConfig::* kLists[] = {&TransformerConfig::name_prefix,
                                                      &TransformerConfig::name_suffix,
                                                      &TransformerConfig::namespace_,
                                                      &TransformerConfig::common_labels,
                                                      &TransformerConfig::labels,
                                                      &TransformerConfig::template_labels,
                                                      &TransformerConfig::common_annotations,
                                                      &TransformerConfig::var_references,
                                                      &TransformerConfig::images,
                                                      &TransformerConfig::replicas};

void decode_name_reference(Decoder& decoder, const Node& node, NameReference& reference) {
  decoder.object(node, {{"group", decoder.into(reference.target.group)},
                        {"version", decoder.into(reference.target.version)},
                        {"kind", decoder.into(reference.target.kind)},
                        {"fieldSpecs", decoder.into(reference.referrers, decode_field_spec)}});
}

}  // namespace

void decode_field_spec(Decoder& decoder, const Node& node, FieldSpec& spec) {
  decoder.object(node, {{"group", decoder.into(spec.type.group)},
                        {"version", decoder.into(spec.type.version)},
                        {"kind", decoder.into(spec.type.kind)},
                        {"path", decoder.into(spec.path)},
                        {"create", decoder.into(spec.create)}});
  spec = make_field_spec(spec.type, spec.path, spec.create, decoder.arena());
}

TransformerConfig decode_config(Decoder& decoder, const Node& document) {
  TransformerConfig config;
  const auto list = [&](FieldSpecs& specs) { return decoder.into(specs, decode_field_spec); };
  decoder.object(document, {{"namePrefix", list(config.name_prefix)},
                            {"nameSuffix", list(config.name_suffix)},
                            {"namespace", list(config.namespace_)},
                            {"commonLabels", list(config.common_labels)},
                            {"labels", list(config.labels)},
                            {"templateLabels", list(config.template_labels)},
                            {"commonAnnotations", list(config.common_annotations)},
                            {"nameReference", decoder.into(config.name_references, decode_name_reference)},
                            {"varReference", list(config.var_references)},
                            {"images", list(config.images)},
                            {"replicas", list(config.replicas)}});
  sort_config(config);
  return config;
}

void sort_config(TransformerConfig& config) {
  for (const auto member : kLists) sort_field_specs(config.*member);
  std::stable_sort(config.name_references.begin(), config.name_references.end(),
                   [](const NameReference& a, const NameReference& b) { return legacy_less(a.target, b.target); });
}

Status add_name_reference(std::vector<NameReference>& into, const NameReference& reference) {
  bool found = false;
  for (NameReference& present : into) {
    if (present.target != reference.target) continue;
    TRY_VOID(merge_field_specs(present.referrers, reference.referrers));
    found = true;
  }
  if (!found) into.push_back(reference);
  return {};
}

Result<SharedConfig> merged(const SharedConfig& config, const SharedConfig& more) {
  if (!more || config == more) return config;
  if (!config && more == built_in_config()) return more;
  TransformerConfig result = config ? *config : TransformerConfig();
  for (const auto member : kLists) {
    TRY_VOID(merge_field_specs(result.*member, (*more).*member));
  }
  for (const NameReference& reference : more->name_references) {
    TRY_VOID(add_name_reference(result.name_references, reference));
  }
  sort_config(result);
  return std::make_shared<const TransformerConfig>(std::move(result));
}

}  // namespace reconciler::kustomize
