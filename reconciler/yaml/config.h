#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace reconciler::yaml {

/// One value of a file that people write for this program (configuration, Environments, kubeconfig), with its place.
/// Cheap to copy, immutable, thread-safe. Every error is kInvalid with one cause: `where` is `file:line:column`,
/// `field` the path of the value from the document's root (`spec.source.branch`), the message what was expected. Values
/// are never in it.
class ConfigNode {
 public:
  enum class Kind { kNull, kScalar, kList, kMap };

  Kind kind() const;
  /// `file:line:column`, counted from 1.
  std::string where() const;
  /// `spec.source.branch`, `users[0].name`; "" for the root.
  const std::string& field() const { return field_; }

  /// The field of a map; nothing when it is absent or null, or when this is no map.
  std::optional<ConfigNode> at(std::string_view name) const;
  /// The field of a map, which must be there and not null.
  Result<ConfigNode> required(std::string_view name) const;

  /// Any scalar but null, as it is written (`1.20` stays so).
  Result<std::string> string() const;
  /// A plain `true` or `false`.
  Result<bool> boolean() const;
  /// A plain decimal integer.
  Result<std::int64_t> integer() const;
  Result<std::vector<ConfigNode>> list() const;
  Result<std::vector<std::string>> strings() const;
  /// The fields of a map, in the order of the file.
  Result<std::vector<std::pair<std::string, ConfigNode>>> entries() const;

  /// Checks that this is a map without other fields than these. One cause for each unknown field, with the name that
  /// was probably meant.
  Status allow_only(std::initializer_list<std::string_view> names) const;

  /// A cause at this place, for what only the caller can check.
  Cause cause(std::string message) const;
  Error error(std::string message) const;

  struct Data;
  ConfigNode(std::shared_ptr<const Data> data, std::shared_ptr<const std::string> file, std::string field);

 private:
  ConfigNode child(const std::shared_ptr<const Data>& data, std::string field) const;
  Status expect(Kind kind, const char* what) const;

  std::shared_ptr<const Data> data_;
  std::shared_ptr<const std::string> file_;
  std::string field_;
};

/// The documents of a text, in order, empty ones left out. `file` is the name for errors. A repeated key is an error.
Result<std::vector<ConfigNode>> parse_config_documents(const std::string& text, const std::string& file);
/// The only document of a text. An empty file, or one of several documents, is an error.
Result<ConfigNode> parse_config(const std::string& text, const std::string& file);

/// Moves the value to `into`, or the error's causes to the end of `causes`: for reading on to the next field, so that
/// all mistakes of a file are told at once. Returns whether there was a value.
template <class T, class U>
bool read_into(Result<T> value, U& into, std::vector<Cause>& causes) {
  if (value) {
    into = std::move(*value);
    return true;
  }
  for (Cause& cause : value.error().causes) causes.push_back(std::move(cause));
  return false;
}

/// The name of `known` that `name` was probably meant to be; nothing when none is near.
std::optional<std::string_view> nearest(std::string_view name, const std::vector<std::string_view>& known);

}  // namespace reconciler::yaml
