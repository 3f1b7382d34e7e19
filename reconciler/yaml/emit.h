#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "yaml/node.h"

namespace reconciler::yaml {

/// Writes documents as `kustomize build` prints them, byte for byte: block style, keys in natural order (`a2` before
/// `a10`), 80 columns, strings with line breaks as literals, strings that would be read as something else in double
/// quotes. It is what sigs.k8s.io/yaml's JSONToYAML makes of an object's JSON, through libyaml's emitter.
class DocumentWriter {
 public:
  /// With `is_first` false it goes on behind documents of another writer: the first one gets a separator, too.
  explicit DocumentWriter(bool is_first = true);
  ~DocumentWriter();
  DocumentWriter(const DocumentWriter&) = delete;

  /// One document, with `---` before all but the first: a tree, or a JSON text. Nothing may be added after an error.
  /// Errors: kInvalid for what `to_json` refuses, or for text that is no JSON; kInternal when libyaml refuses.
  Status add(const Node& root);
  Status add(std::string_view json);

  /// Everything so far; nothing may be added after it.
  Result<std::string> take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The order of keys in that output: runs of digits count as numbers, letters come after everything else.
bool key_less(std::string_view a, std::string_view b);

}  // namespace reconciler::yaml
