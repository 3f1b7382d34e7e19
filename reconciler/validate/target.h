#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reconciler::validate {

struct Object;

/// A port of a Service or of a pod's container. A name or number that is not known is "" or 0.
struct Port {
  std::string_view name;
  int number = 0;
  std::string_view protocol = "TCP";

  bool operator==(const Port&) const = default;
};

/// Sorted by key.
using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

/// What a field can name: an object of the set, or one that an annotation declares. Texts belong to the set.
struct Target {
  std::string_view group;
  std::string_view kind;
  std::string_view namespace_;
  std::string_view name;
  Labels labels;
  std::optional<std::vector<std::string_view>> keys;  ///< Of a ConfigMap or Secret; nothing: any.
  std::optional<std::vector<Port>> ports;             ///< Of a Service or Pod; nothing: any.
  const Object* object = nullptr;                     ///< Of the set; for a workload's pods, the workload.
};

/// The number of a port; 0 when the text is none.
int port_number(std::string_view text);
/// Whether the target has a port of that name, or of that number when the text is one.
bool has_port(const Target& target, std::string_view name_or_number);
bool has_key(const Target& target, std::string_view key);

}  // namespace reconciler::validate
