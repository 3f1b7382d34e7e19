#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "yaml/node.h"

namespace reconciler::kustomize {

/// Reads typed values from the reference's own files (kustomization.yaml, configurations, plugin configurations), which
/// it decodes with Go's encoding/json: names without regard to letter case, nulls as absence. Reads on after a mistake,
/// so that all are told at once. Text points into the nodes.
class Decoder {
 public:
  enum class Mode {
    kStrict,   ///< An unknown field is a mistake, and so is a number where a text belongs.
    kLenient,  ///< Unknown fields are passed over, and a number is taken for the text it is.
  };
  using Read = std::function<void(const yaml::Node&)>;
  struct Field {
    std::string_view name;
    Read read;
  };

  /// `file` is the name for errors.
  Decoder(std::string file, Mode mode, yaml::Arena& arena) : file_(std::move(file)), mode_(mode), arena_(arena) {}

  /// Calls the reader of each field that the mapping has.
  void object(const yaml::Node& node, std::span<const Field> fields);
  void object(const yaml::Node& node, std::initializer_list<Field> fields) {
    object(node, std::span(fields.begin(), fields.size()));
  }
  void text(const yaml::Node& node, std::string_view& into);
  void flag(const yaml::Node& node, bool& into);
  void number(const yaml::Node& node, std::int64_t& into);
  void texts(const yaml::Node& node, std::vector<std::string_view>& into);
  void pairs(const yaml::Node& node, std::vector<std::pair<std::string_view, std::string_view>>& into);
  void items(const yaml::Node& node, const Read& read);

  /// Readers that fill a variable, for `object`.
  Read into(std::string_view& text_) {
    return [this, &text_](const yaml::Node& n) { text(n, text_); };
  }
  Read into(bool& flag_) {
    return [this, &flag_](const yaml::Node& n) { flag(n, flag_); };
  }
  Read into(std::int64_t& number_) {
    return [this, &number_](const yaml::Node& n) { number(n, number_); };
  }
  Read into(std::vector<std::string_view>& list) {
    return [this, &list](const yaml::Node& n) { texts(n, list); };
  }
  Read into(std::vector<std::pair<std::string_view, std::string_view>>& map) {
    return [this, &map](const yaml::Node& n) { pairs(n, map); };
  }
  /// A list whose items `read(decoder, node, item)` fills.
  template <class T>
  Read into(std::vector<T>& list, void (*read)(Decoder&, const yaml::Node&, T&)) {
    return [this, &list, read](const yaml::Node& n) {
      list.clear();
      items(n, [&](const yaml::Node& item) { read(*this, item, list.emplace_back()); });
    };
  }

  void wrong(const yaml::Node& at, std::string message);
  yaml::Arena& arena() { return arena_; }
  const std::string& file() const { return file_; }
  bool is_strict() const { return mode_ == Mode::kStrict; }

  /// Every mistake so far, as one error.
  Status status() const;

 private:
  void unknown(const yaml::Node& key, std::span<const Field> fields);

  std::string file_;
  Mode mode_;
  yaml::Arena& arena_;
  std::vector<Cause> causes_;
  std::vector<std::string> path_;
};

}  // namespace reconciler::kustomize
