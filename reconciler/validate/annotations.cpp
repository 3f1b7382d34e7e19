#include "validate/annotations.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_map>

#include "validate/text.h"

namespace reconciler::validate {
namespace {

constexpr const char* kHook = "gitops.spira.dev/hook";
constexpr const char* kHookDeletePolicy = "gitops.spira.dev/hook-delete-policy";
constexpr const char* kWave = "gitops.spira.dev/wave";
constexpr const char* kDependsOn = "gitops.spira.dev/depends-on";
constexpr const char* kIgnore = "gitops.spira.dev/ignore";

/// Annotations whose value is one or more of a few words.
struct Words {
  const char* annotation;
  std::string_view words;  ///< With `|` between them.
  bool is_list;            ///< Several may be given, with commas.
};
constexpr auto kWords = std::to_array<Words>({
    {"gitops.spira.dev/apply", "IfNotPresent|Ignore", false},
    {kHook, "PreSync|PostSync|SyncFail|PreDelete", true},
    {kHookDeletePolicy, "HookSucceeded|HookFailed|BeforeHookCreation", true},
    {"gitops.spira.dev/prune", "confirmed|disabled", false},
    {"gitops.spira.dev/replace", "enabled", false},
});

std::string listed(std::string_view words) {
  std::string text(words);
  std::ranges::replace(text, '|', ' ');
  return text;
}

bool is_integer(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

void check_words(const Object& object, Report& report) {
  for (const auto& [annotation, words, is_list] : kWords) {
    const auto value = object.annotation(annotation);
    if (value.empty()) continue;
    for (const auto word : is_list ? words_of(value) : std::vector{value}) {
      if (!is_one_of(words, word))
        report.add(kAnnotation, object, annotation_field(annotation),
                   quoted(word) + " must be one of: " + listed(words));
    }
  }
}

void check_values(const Object& object, Report& report) {
  if (const auto wave = object.annotation(kWave); !wave.empty() && !is_integer(wave))
    report.add(kAnnotation, object, annotation_field(kWave), quoted(wave) + " must be an integer, as \"1\" or \"-5\"");
  if (!object.annotation(kHookDeletePolicy).empty() && object.annotation(kHook).empty())
    report.add(kAnnotation, object, annotation_field(kHookDeletePolicy),
               std::string("is for hooks, and this object has no annotation ") + kHook);
  for (const auto pointer : words_of(object.annotation(kIgnore))) {
    if (!pointer.starts_with('/'))
      report.add(kAnnotation, object, annotation_field(kIgnore),
                 quoted(pointer) + " must be a JSON pointer, as /spec/replicas");
  }
  for (const auto rule : object.ignored) {
    if (find_rule(rule) == nullptr)
      report.add(kAnnotation, object, annotation_field(kIgnoreAnnotation), "there is no rule " + quoted(rule));
  }
}

/// `group/kind/namespace/name`; empty when it is not of that form.
ObjectKey key_of(std::string_view text) {
  std::vector<std::string> parts(1);
  for (const char c : text) c == '/' ? void(parts.emplace_back()) : parts.back().push_back(c);
  if (parts.size() != 4) return {};
  return {{parts[0], parts[1]}, parts[2], parts[3]};
}

/// The objects of the set that each depends on.
class Dependencies {
 public:
  Dependencies(const Objects& objects, Report& report) : objects_(objects), report_(report) {}

  void read(const Object& object) {
    for (const auto text : words_of(object.annotation(kDependsOn))) {
      const auto key = key_of(text);
      const auto* target = key.type.kind.empty() ? nullptr : objects_.find(key);
      if (key.type.kind.empty() || key.name.empty()) {
        wrong(object, quoted(text) + " must name an object as group/kind/namespace/name, as apps/Deployment/spira/web");
      } else if (target == nullptr || target->object == nullptr) {
        wrong(object, "the set has no " + key.text() + perhaps(key.name, objects_.names(key.type, key.namespace_)));
      } else {
        of_[&object].push_back(target->object);
      }
    }
  }

  void check_circles() {
    for (const auto& object : objects_.all()) visit(object);
  }

 private:
  enum class State { kNew, kOpen, kDone };

  void wrong(const Object& object, std::string message) {
    report_.add(kAnnotation, object, annotation_field(kDependsOn), std::move(message));
  }

  // Depth first: a dependency that is still open leads back to itself.
  void visit(const Object& object) {
    const auto found = of_.find(&object);
    if (found == of_.end() || state_[&object] != State::kNew) return;
    state_[&object] = State::kOpen;
    for (const auto* next : found->second) {
      if (state_[next] == State::kOpen) wrong(object, "leads in a circle, by way of " + next->manifest->key.text());
      visit(*next);
    }
    state_[&object] = State::kDone;
  }

  const Objects& objects_;
  Report& report_;
  std::unordered_map<const Object*, std::vector<const Object*>> of_;
  std::unordered_map<const Object*, State> state_;
};

}  // namespace

void check_annotations(const Objects& objects, Report& report) {
  Dependencies dependencies(objects, report);
  for (const auto& object : objects.all()) {
    check_words(object, report);
    check_values(object, report);
    dependencies.read(object);
  }
  dependencies.check_circles();
}

}  // namespace reconciler::validate
