#pragma once

#include <memory>
#include <vector>

#include "kustomize/decoder.h"
#include "kustomize/field_spec.h"

namespace reconciler::kustomize {

/// Where objects hold names of objects of one type.
struct NameReference {
  Gvk target;
  FieldSpecs referrers;
};

/// The field specs by which transformers work: the built-in ones, with what `configurations` and `crds` add.
struct TransformerConfig {
  FieldSpecs name_prefix;
  FieldSpecs name_suffix;
  FieldSpecs namespace_;
  FieldSpecs common_labels;
  FieldSpecs labels;
  FieldSpecs template_labels;
  FieldSpecs common_annotations;
  FieldSpecs var_references;
  FieldSpecs images;
  FieldSpecs replicas;
  std::vector<NameReference> name_references;
};
using SharedConfig = std::shared_ptr<const TransformerConfig>;

/// What the reference has built in (kustomize 5.8).
const SharedConfig& built_in_config();

/// Both, sorted by type; either may be null. Specs are added one by one even to nothing: one for any type is dropped
/// behind one for some type and the same path, by which the reference lets `configurations` override its built-in
/// specs. Errors: kInvalid when two specs for one field differ in `create`.
Result<SharedConfig> merged(const SharedConfig& config, const SharedConfig& more);
/// Sorts every list by type, as the reference does after each merge.
void sort_config(TransformerConfig& config);
Status add_name_reference(std::vector<NameReference>& into, const NameReference& reference);

/// Reads a configuration file's document. Errors: through the decoder.
TransformerConfig decode_config(Decoder& decoder, const yaml::Node& document);
void decode_field_spec(Decoder& decoder, const yaml::Node& node, FieldSpec& spec);

/// What the annotations of an OpenAPI document (field `crds`) say of custom types: which of their fields hold labels,
/// annotations, names and names of other objects. Unknown fields are passed over.
Result<TransformerConfig> config_of_crds(Decoder& decoder, const yaml::Node& document);

}  // namespace reconciler::kustomize
