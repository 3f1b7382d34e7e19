#include "sync/hooks.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/digest.h"
#include "health/json_view.h"
#include "object/redact.h"
#include "sync/desired.h"
#include "sync/names.h"
#include "sync/order.h"

namespace reconciler::sync {
namespace {

constexpr std::array kPhases{HookPhase::kPreSync, HookPhase::kPostSync, HookPhase::kSyncFail, HookPhase::kPreDelete};
/// Shorter ones would take half of any text with them.
constexpr std::size_t kTellingLength = 4;

/// Reads one annotation as a list of words.
class Words {
 public:
  Words(const Desired& desired, const Json& body, const char* annotation, std::vector<Cause>& causes)
      : desired_(desired), annotation_(annotation), causes_(causes) {
    const Json* value = health::find(body, {"metadata", "annotations", annotation});
    if (value != nullptr && value->is_string()) words_ = split_list(value->get<std::string>());
    if (value != nullptr && !value->is_string()) refuse("must be a text");
  }

  const std::vector<std::string>& all() const { return words_; }
  void refuse(const std::string& message) {
    causes_.push_back({where(desired_), annotation_field(annotation_), message});
  }

 private:
  const Desired& desired_;
  const char* annotation_;
  std::vector<Cause>& causes_;
  std::vector<std::string> words_;
};

void read_delete_policy(Words&& words, HookRules& rules) {
  for (const auto& word : words.all()) {
    if (word == "HookSucceeded") {
      rules.delete_succeeded = true;
    } else if (word == "HookFailed") {
      rules.delete_failed = true;
    } else if (word != "BeforeHookCreation") {
      words.refuse("'" + word + "' is none of BeforeHookCreation, HookSucceeded, HookFailed");
    }
  }
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

bool stands_alone(const std::string& text, std::size_t at, std::size_t length) {
  return (at == 0 || !is_word(text[at - 1])) && (at + length == text.size() || !is_word(text[at + length]));
}

void hide(std::string& text, const std::string& value) {
  for (auto at = text.find(value); at != std::string::npos; at = text.find(value, at)) {
    if (value.size() >= kTellingLength || stands_alone(text, at, value.size())) {
      text.replace(at, value.size(), kRedacted);
      at += std::string_view(kRedacted).size();
    } else {
      at += value.size();
    }
  }
}

void add_lines(std::vector<std::string>& forms, std::string_view value) {
  while (!value.empty()) {
    const auto end = value.find('\n');
    if (const auto line = value.substr(0, end); !line.empty()) forms.emplace_back(line);
    value = end == std::string_view::npos ? std::string_view() : value.substr(end + 1);
  }
}

}  // namespace

const char* to_string(HookPhase phase) {
  switch (phase) {
    case HookPhase::kPreSync:
      return "PreSync";
    case HookPhase::kPostSync:
      return "PostSync";
    case HookPhase::kSyncFail:
      return "SyncFail";
    case HookPhase::kPreDelete:
      return "PreDelete";
  }
  return "PreSync";
}

std::optional<HookPhase> hook_phase_of(const std::string& word) {
  const auto found =
      std::find_if(kPhases.begin(), kPhases.end(), [&](HookPhase each) { return word == to_string(each); });
  return found == kPhases.end() ? std::nullopt : std::optional(*found);
}

const char* to_string(HookOutcome outcome) {
  switch (outcome) {
    case HookOutcome::kRunning:
      return "Running";
    case HookOutcome::kSucceeded:
      return "Succeeded";
    case HookOutcome::kFailed:
      return "Failed";
  }
  return "Running";
}

std::optional<HookRules> read_hook(const Desired& desired, std::vector<Cause>& causes) {
  if (desired.manifest->body.find(kHookAnnotation) == std::string::npos) return std::nullopt;
  const Json body = desired.manifest->parse();
  if (health::find(body, {"metadata", "annotations", kHookAnnotation}) == nullptr) {
    if (health::find(body, {"metadata", "annotations", kHookDeletePolicyAnnotation}) != nullptr) {
      Words(desired, body, kHookDeletePolicyAnnotation, causes)
          .refuse(std::string("is for hooks, and this object has no annotation ") + kHookAnnotation);
    }
    return std::nullopt;
  }
  HookRules rules;
  Words words(desired, body, kHookAnnotation, causes);
  for (const auto& word : words.all()) {
    if (const auto phase = hook_phase_of(word)) {
      rules.phases.insert(*phase);
    } else {
      words.refuse("'" + word + "' is none of PreSync, PostSync, SyncFail, PreDelete");
    }
  }
  read_delete_policy({desired, body, kHookDeletePolicyAnnotation, causes}, rules);
  return rules;
}

bool HookResult::is_of(const Revision& other) const {
  return revision == other.commit && (set.empty() || set == other.set);
}

std::string HookResult::run() const {
  const auto text = key.text() + "\n" + to_string(phase) + "\n" + revision + set + "\n" + digest + "\n";
  return sha256_hex(text + std::to_string(attempt)).substr(0, 32);
}

std::string without_secrets(std::string text, const std::vector<std::string>& values) {
  std::vector<std::string> forms;
  for (const auto& value : values) {
    if (value.empty()) continue;
    forms.push_back(value);
    forms.push_back(base64(value));
    add_lines(forms, value);
  }
  std::sort(forms.begin(), forms.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
  for (const auto& form : forms) hide(text, form);
  return text;
}

std::vector<std::string> secret_values(const Json& secret) {
  std::vector<std::string> values;
  const auto collect = [&](const char* field, auto decode) {
    const Json* map = health::find(secret, {field});
    if (map == nullptr || !map->is_object()) return;
    for (const Json& value : *map) {
      if (value.is_string()) values.push_back(decode(value.template get<std::string>()));
    }
  };
  collect("stringData", [](std::string text) { return text; });
  collect("data", [](const std::string& text) { return from_base64(text).value_or(text); });
  return values;
}

}  // namespace reconciler::sync
