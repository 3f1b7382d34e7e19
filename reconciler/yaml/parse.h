#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "yaml/node.h"
#include "yaml/scalar.h"

namespace reconciler::yaml {

/// Bounds on what one text may grow to; the text's own size is bounded by whoever reads it.
struct ParseLimits {
  std::size_t nodes = 3'000'000;      ///< Scalars and collections of all documents, aliases written out.
  std::size_t alias_nodes = 500'000;  ///< Of these, the ones that aliases and merge keys copied.
  std::size_t documents = 50'000;
};

/// The documents of a file of manifests, as the reference reads them: split at lines that start with `---`, CRLF read
/// as LF, of each part only the first document, empty and null documents left out; aliases written out and merge keys
/// (`<<`) applied, where the mapping's own fields win and then the source that is named first. Repeated keys stay:
/// `to_json` and the emitter refuse them. Everything lives in `arena`; `text` may go. Errors (kInvalid): one cause,
/// `file:line:column` and what libyaml says, never the content.
Result<std::vector<Node*>> parse_manifests(std::string_view text, const std::string& file, Arena& arena,
                                           const ParseLimits& limits = {});

/// Whether a key may stand in a mapping twice.
enum class RepeatedKeys { kAllowed, kRefused };

/// A file of manifests.
struct ManifestFile {
  std::string_view text;
  std::string name;  ///< For errors.
};

/// The same of several files, which are read at the same time where that pays. One result a file.
std::vector<Result<std::vector<Node*>>> parse_manifests(std::span<const ManifestFile> files, Arena& arena,
                                                        const ParseLimits& limits = {});

/// The first document of a text; null when there is none. For Dialect::kVersion2, as the reference reads its own files:
/// the last of repeated keys wins, keys that are no strings become strings, dates are texts, merge keys apply where
/// they stand. Some of these files it reads strictly: RepeatedKeys::kRefused makes a repeated key an error.
Result<Node*> parse_document(std::string_view text, const std::string& file, Arena& arena,
                             Dialect dialect = Dialect::kVersion3, RepeatedKeys repeated = RepeatedKeys::kAllowed,
                             const ParseLimits& limits = {});

}  // namespace reconciler::yaml
