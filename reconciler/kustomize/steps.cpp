#include "kustomize/steps.h"

#include <memory>

#include "kustomize/patches.h"
#include "kustomize/problems.h"
#include "kustomize/replacements.h"
#include "kustomize/transformers.h"

namespace reconciler::kustomize {
namespace {

struct Builder {
  Session& session;
  const Layer& layer;
  const Kustomization& k;
  const TransformerConfig& config;
  std::vector<Step> steps{};
  Problems problems{k.file};

  yaml::Arena& arena() const { return session.arena; }
  void add(std::string_view kind, std::function<Status(ResourceMap&)> run, std::size_t times = 1) {
    steps.push_back({kind, std::move(run), times, std::nullopt});
  }
};

void strategic_merges(Builder& b) {
  if (b.k.patches_strategic_merge.empty()) return;
  auto merges = read_strategic_merges(b.session, b.layer, b.k.patches_strategic_merge, "", b.k.file);
  if (!merges) {
    const yaml::Mark mark = b.k.patches_strategic_merge.front().mark;
    return b.problems.add(std::move(merges).error(), mark, "patchesStrategicMerge");
  }
  b.add("PatchStrategicMergeTransformer", [&session = b.session, list = std::move(*merges)](ResourceMap& resources) {
    return apply_strategic_merges(session, list, resources);
  });
}

void patches(Builder& b) {
  for (const PatchArgs& args : b.k.patches) {
    auto read = read_patch(b.session, b.layer, args, b.k.file);
    if (!read) {
      b.problems.add(std::move(read).error(), args.mark, "patches");
      continue;
    }
    const auto patch = std::make_shared<const Patch>(std::move(*read));
    b.add("PatchTransformer",
          [&session = b.session, patch](ResourceMap& resources) { return apply_patch(session, *patch, resources); });
  }
}

void namespaces(Builder& b) {
  if (b.k.namespace_.empty()) return;
  b.add("NamespaceTransformer", [&config = b.config, &k = b.k, &arena = b.session.arena](ResourceMap& resources) {
    return set_namespace(resources, {k.namespace_, false, Subjects::kNamedDefault}, config.namespace_, arena);
  });
}

void prefixes(Builder& b) {
  if (b.k.name_prefix.empty()) return;
  b.add("PrefixTransformer", [&config = b.config, &k = b.k, &arena = b.session.arena](ResourceMap& resources) {
    return add_prefix(resources, k.name_prefix, config.name_prefix, arena);
  });
}

void suffixes(Builder& b) {
  if (b.k.name_suffix.empty()) return;
  b.add("SuffixTransformer", [&config = b.config, &k = b.k, &arena = b.session.arena](ResourceMap& resources) {
    return add_suffix(resources, k.name_suffix, config.name_suffix, arena);
  });
}

Result<FieldSpecs> label_specs(const LabelArgs& args, const TransformerConfig& config, yaml::Arena& arena) {
  FieldSpecs specs = args.fields;
  TRY_VOID(merge_field_specs(specs, config.labels));
  if (args.include_selectors) {
    TRY_VOID(merge_field_specs(specs, config.common_labels));
    return specs;
  }
  if (args.include_templates) TRY_VOID(merge_field_specs(specs, config.template_labels));
  TRY_VOID(merge_field_spec(specs, make_field_spec({}, "metadata/labels", true, arena)));
  return specs;
}

void labels(Builder& b) {
  if (b.k.labels.empty() && b.k.common_labels.empty()) return;
  for (const LabelArgs& args : b.k.labels) {
    auto specs = label_specs(args, b.config, b.arena());
    if (!specs) {
      b.problems.add(std::move(specs).error(), {}, "labels");
      continue;
    }
    b.add("LabelTransformer", [&args, specs = std::move(*specs), &arena = b.session.arena](ResourceMap& resources) {
      return set_pairs(resources, args.pairs, specs, arena);
    });
  }
  b.add("LabelTransformer", [&config = b.config, &k = b.k, &arena = b.session.arena](ResourceMap& resources) {
    return set_pairs(resources, k.common_labels, config.common_labels, arena);
  });
}

void annotations(Builder& b) {
  if (b.k.common_annotations.empty()) return;
  b.add("AnnotationsTransformer", [&config = b.config, &k = b.k, &arena = b.session.arena](ResourceMap& resources) {
    return set_pairs(resources, k.common_annotations, config.common_annotations, arena);
  });
}

void json_patches(Builder& b) {
  for (const PatchArgs& args : b.k.patches_json6902) {
    auto patch = read_json6902(b.session, b.layer, args, b.k.file);
    if (!patch) {
      b.problems.add(std::move(patch).error(), args.mark, "patchesJson6902");
      continue;
    }
    b.add("PatchJson6902Transformer", [&session = b.session, one = std::move(*patch)](ResourceMap& resources) {
      return apply_json6902(session, one, resources);
    });
  }
}

void replicas(Builder& b) {
  for (const ReplicaArgs& args : b.k.replicas) {
    b.add("ReplicaCountTransformer", [&config = b.config, &args, &arena = b.session.arena](ResourceMap& resources) {
      return set_replicas(resources, args, config.replicas, arena);
    });
  }
}

void images(Builder& b) {
  if (b.k.images.empty()) return;
  const auto run = [&config = b.config, &k = b.k, &arena = b.session.arena](ResourceMap& resources) {
    return set_images(resources, k.images, config.images, arena);
  };
  b.add("ImageTagTransformer", run, b.k.images.size());
}

Result<std::vector<Replacement>> load_replacements(Builder& b) {
  const LoadText load_text = [&b](std::string_view path) -> Result<std::string> {
    TRY(TreeFile file, load(b.session, b.layer, path));
    return std::move(file.content);
  };
  Decoder decoder(b.k.file, Decoder::Mode::kStrict, b.arena());
  auto read = read_replacements(decoder, *b.k.replacements, load_text);
  TRY_VOID(decoder.status());
  return read;
}

void replacements(Builder& b) {
  if (b.k.replacements == nullptr || (b.k.replacements->is_sequence() && b.k.replacements->empty())) return;
  auto read = load_replacements(b);
  if (!read) return b.problems.add(std::move(read).error(), b.k.replacements->mark(), "replacements");
  b.add("ReplacementTransformer", [list = std::move(*read), &arena = b.session.arena](ResourceMap& resources) {
    return apply_replacements(resources, list, arena);
  });
}

// The order of work.
constexpr void (*kTable[])(Builder&) = {strategic_merges, patches,      namespaces, prefixes, suffixes,    labels,
                                        annotations,      json_patches, replicas,   images,   replacements};

}  // namespace

Result<std::vector<Step>> steps_of(Session& session, const Layer& layer, const Kustomization& k,
                                   const TransformerConfig& config) {
  Builder builder{session, layer, k, config};
  for (const auto add : kTable) add(builder);
  TRY_VOID(builder.problems.status());
  return std::move(builder.steps);
}

}  // namespace reconciler::kustomize
