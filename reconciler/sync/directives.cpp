#include "sync/directives.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <nlohmann/json.hpp>

#include "health/json_view.h"
#include "sync/names.h"

namespace reconciler::sync {
namespace {

constexpr std::string_view kBlanks = " \t\n\r";

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> parts;
  for (;;) {
    const auto comma = list.find(',');
    if (const auto part = trimmed(list.substr(0, comma)); !part.empty()) parts.emplace_back(part);
    if (comma == std::string_view::npos) return parts;
    list.remove_prefix(comma + 1);
  }
}

/// RFC 6901, section 3: begins with a slash, and a tilde is followed by 0 or 1.
bool is_pointer(std::string_view text) {
  if (!text.starts_with('/')) return false;
  for (auto tilde = text.find('~'); tilde != std::string_view::npos; tilde = text.find('~', tilde + 1)) {
    if (tilde + 1 == text.size() || (text[tilde + 1] != '0' && text[tilde + 1] != '1')) return false;
  }
  return true;
}

/// Reads one object's annotations.
class Reader {
 public:
  Reader(const Json& body, const std::string& where, std::vector<Cause>& causes)
      : body_(body), where_(where), causes_(causes) {}

  Directives read() {
    Directives directives;
    if (const auto mode = annotation(kApplyAnnotation); mode == "IfNotPresent") {
      directives.mode = ApplyMode::kIfNotPresent;
    } else if (mode == "Ignore") {
      directives.mode = ApplyMode::kIgnore;
    } else if (!mode.empty()) {
      complain(kApplyAnnotation, "must be IfNotPresent or Ignore");
    }
    const auto replace = annotation(kReplaceAnnotation);
    directives.replace = replace == "enabled";
    if (!replace.empty() && !directives.replace) complain(kReplaceAnnotation, "must be enabled");
    // What it asks for is read of the live object, once its manifest is gone (see `live.h`).
    if (const auto prune = annotation(kPruneAnnotation);
        !prune.empty() && prune != kPruneDisabled && prune != kPruneConfirmed)
      complain(kPruneAnnotation, "must be disabled or confirmed");
    directives.ignore = split(annotation(kIgnoreAnnotation));
    for (const auto& pointer : directives.ignore) {
      if (!is_ignorable(pointer))
        complain(kIgnoreAnnotation, "'" + pointer + "' must be a JSON pointer to a field, as /spec/replicas");
    }
    return directives;
  }

 private:
  std::string annotation(const char* name) const { return health::text(body_, {"metadata", "annotations", name}); }
  void complain(const char* name, std::string message) {
    causes_.push_back({where_, std::string("metadata.annotations[") + name + "]", std::move(message)});
  }

  const Json& body_;
  const std::string& where_;
  std::vector<Cause>& causes_;
};

}  // namespace

bool is_ignorable(const std::string& pointer) {
  static constexpr auto kIdentity =
      std::to_array<std::string_view>({"/apiVersion", "/kind", "/metadata", "/metadata/name", "/metadata/namespace",
                                       "/metadata/labels", "/metadata/annotations"});
  return is_pointer(pointer) && pointer.size() > 1 &&
         std::find(kIdentity.begin(), kIdentity.end(), pointer) == kIdentity.end();
}

Directives read_directives(const Manifest& manifest, const std::string& where, std::vector<Cause>& causes) {
  // Parsing costs more than all the rest of placing an object; few objects have a directive.
  if (manifest.body.find(kDirectivePrefix) == std::string::npos) return {};
  const Json body = manifest.parse();
  return Reader(body, where, causes).read();
}

}  // namespace reconciler::sync
