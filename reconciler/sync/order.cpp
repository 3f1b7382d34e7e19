#include "sync/order.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include <nlohmann/json.hpp>

#include "health/json_view.h"
#include "object/kind_order.h"
#include "sync/names.h"

namespace reconciler::sync {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\n");
  return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<ObjectKey> parse_reference(std::string_view text) {
  auto parts = split(text, '/');
  if (parts.size() != 4 || parts[1].empty() || parts[3].empty()) return std::nullopt;
  return ObjectKey{{std::move(parts[0]), std::move(parts[1])}, std::move(parts[2]), std::move(parts[3])};
}

std::string reference_of(const ObjectKey& key) {
  return key.type.group + "/" + key.type.kind + "/" + key.namespace_ + "/" + key.name;
}

/// Reads the annotations of one object.
class Reader {
 public:
  explicit Reader(Desired& desired) : desired_(desired) {}

  std::vector<Cause> read() {
    const Json body = desired_.manifest->parse();
    if (const auto text = text_of(body, kWaveAnnotation)) read_wave(*text);
    if (const auto text = text_of(body, kDependsOnAnnotation)) read_dependencies(*text);
    return std::move(causes_);
  }

 private:
  std::optional<std::string> text_of(const Json& body, const char* annotation) {
    const Json* value = health::find(body, {"metadata", "annotations", annotation});
    if (value == nullptr) return std::nullopt;
    if (value->is_string()) return value->get<std::string>();
    refuse(annotation, "must be a text: write it in quotes");
    return std::nullopt;
  }

  void read_wave(const std::string& text) {
    desired_.wave = parse_integer(text);
    if (!desired_.wave) refuse(kWaveAnnotation, "must be an integer, as \"1\" or \"-5\", and is \"" + text + "\"");
  }

  void read_dependencies(const std::string& text) {
    for (const auto& part : split_list(text)) {
      if (auto key = parse_reference(part)) {
        desired_.depends_on.push_back(*std::move(key));
      } else {
        refuse(kDependsOnAnnotation, "must name objects as group/kind/namespace/name (/Secret/spira/login, " +
                                         std::string("apps/Deployment/spira/web), separated by commas; \"") + part +
                                         "\" names none");
      }
    }
  }

  void refuse(const char* annotation, std::string message) {
    causes_.push_back({where(desired_), annotation_field(annotation), std::move(message)});
  }

  Desired& desired_;
  std::vector<Cause> causes_;
};

/// What an object cannot be created without, when the set brings it: its namespace, and the definition of its kind.
class Ground {
 public:
  explicit Ground(std::vector<Desired>& objects) {
    for (auto& desired : objects) {
      if (is_namespace(desired.key.type)) namespaces_.emplace(desired.key.name, &desired);
      if (is_definition(desired.key.type)) definitions_.emplace(defined_kind(*desired.manifest), &desired);
    }
  }

  std::vector<Desired*> of(const Desired& desired) const {
    std::vector<Desired*> ground;
    if (const auto found = namespaces_.find(desired.key.namespace_); found != namespaces_.end()) {
      ground.push_back(found->second);
    }
    if (const auto found = definitions_.find(desired.key.type); found != definitions_.end()) {
      ground.push_back(found->second);
    }
    return ground;
  }

 private:
  std::unordered_map<std::string, Desired*> namespaces_;
  std::map<GroupKind, Desired*> definitions_;
};

class Settler {
 public:
  explicit Settler(std::vector<Desired>& objects) : objects_(objects), ground_(objects) {
    for (auto& desired : objects) by_key_.emplace(desired.key, &desired);
  }

  std::vector<Cause> settle() {
    settle_ground();
    for (const auto& desired : objects_) check_dependencies(desired);
    if (causes_.empty()) find_cycles();
    return std::move(causes_);
  }

 private:
  void settle_ground() {
    std::unordered_map<const Desired*, int> first;
    for (const auto& desired : objects_) {
      for (const auto* below : ground_.of(desired)) {
        const auto [known, is_new] = first.emplace(below, desired.place());
        if (!is_new) known->second = std::min(known->second, desired.place());
        if (below->wave && *below->wave > desired.place()) refuse_late_ground(desired, *below);
      }
    }
    for (auto& desired : objects_) {
      const auto needed = first.find(&desired);
      if (!desired.wave && needed != first.end()) desired.wave = std::min(0, needed->second);
    }
  }

  void refuse_late_ground(const Desired& desired, const Desired& below) {
    causes_.push_back({where(below), annotation_field(kWaveAnnotation),
                       "is in wave " + std::to_string(*below.wave) + ", but " + desired.key.text() + " of wave " +
                           std::to_string(desired.place()) + " needs it"});
  }

  void check_dependencies(const Desired& desired) {
    for (const auto& key : desired.depends_on) {
      const auto found = by_key_.find(key);
      if (found == by_key_.end()) {
        refuse(desired, "this environment has no " + reference_of(key));
      } else if (found->second->place() > desired.place()) {
        refuse(desired, "cannot wait for " + key.text() + " of wave " + std::to_string(found->second->place()) +
                            ", which itself waits for wave " + std::to_string(desired.place()));
      }
    }
  }

  /// Depth first; an object that is met again on the way to itself closes a cycle.
  void find_cycles() {
    for (const auto& desired : objects_) visit(desired);
  }

  void visit(const Desired& desired) {
    Mark& mark = marks_[&desired];
    if (mark == Mark::kDone) return;
    if (mark == Mark::kOnPath) return refuse_cycle(desired);
    mark = Mark::kOnPath;
    path_.push_back(&desired);
    for (const auto& key : desired.depends_on) visit(*by_key_.at(key));
    for (const auto* below : ground_.of(desired)) visit(*below);
    path_.pop_back();
    marks_[&desired] = Mark::kDone;
  }

  void refuse_cycle(const Desired& desired) {
    std::string cycle;
    const auto first = std::find(path_.begin(), path_.end(), &desired);
    for (auto at = first; at != path_.end(); ++at) cycle += (*at)->key.text() + " → ";
    refuse(desired, "waits for itself: " + cycle + desired.key.text());
  }

  void refuse(const Desired& desired, std::string message) {
    causes_.push_back({where(desired), annotation_field(kDependsOnAnnotation), std::move(message)});
  }

  enum class Mark { kNew, kOnPath, kDone };

  std::vector<Desired>& objects_;
  const Ground ground_;
  std::unordered_map<ObjectKey, Desired*> by_key_;
  std::unordered_map<const Desired*, Mark> marks_;
  std::vector<const Desired*> path_;
  std::vector<Cause> causes_;
};

}  // namespace

std::string annotation_field(const char* annotation) { return std::string("metadata.annotations[") + annotation + "]"; }

std::vector<std::string> split_list(std::string_view text) {
  auto parts = split(text, ',');
  for (auto& part : parts) part = trimmed(part);
  return parts;
}

std::optional<int> parse_integer(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

std::vector<Cause> read_order(Desired& desired) {
  // Parsing costs more than all the rest of placing, and few objects say anything of their order.
  const auto& body = desired.manifest->body;
  const bool says_something =
      body.find(kWaveAnnotation) != std::string::npos || body.find(kDependsOnAnnotation) != std::string::npos;
  return says_something ? Reader(desired).read() : std::vector<Cause>();
}

std::vector<Cause> settle_order(std::vector<Desired>& objects) {
  auto causes = Settler(objects).settle();
  std::stable_sort(objects.begin(), objects.end(), [](const Desired& a, const Desired& b) {
    return std::make_tuple(a.place(), apply_rank(a.key.type)) < std::make_tuple(b.place(), apply_rank(b.key.type));
  });
  return causes;
}

}  // namespace reconciler::sync
