#include "validate/mounts.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "validate/fields.h"
#include "validate/text.h"

namespace reconciler::validate {
namespace {

using yaml::Node;

/// The files of a volume, with what it is made of.
struct Files {
  std::string of;  ///< "ConfigMap 'settings'".
  std::vector<std::string_view> paths;
};

std::string_view first_of(std::string_view path) { return path.substr(0, path.find('/')); }

bool has_file(const Files& files, std::string_view path) {
  return std::ranges::any_of(files.paths, [&](std::string_view file) { return first_of(file) == first_of(path); });
}

/// Reads volumes of one pod template.
class Volumes {
 public:
  Volumes(const Objects& objects, const Object& object, const PodTemplate& pods)
      : objects_(objects), object_(object), pods_(pods) {}

  /// Nothing when the volume is of another sort, or has files that nobody knows.
  std::optional<Files> files_of(std::string_view volume) const {
    std::optional<Files> files;
    visit(*pods_.spec, "volumes", [&](const Node& each, const std::string&) {
      if (each.text_of("name") == volume) files = read(each);
    });
    return files;
  }

 private:
  std::optional<Files> read(const Node& volume) const {
    std::optional<Files> files = Files();
    if (const Node* source = volume.find("configMap")) return add(files, *source, "ConfigMap", "name"), files;
    if (const Node* source = volume.find("secret")) return add(files, *source, "Secret", "secretName"), files;
    if (volume.find("projected") == nullptr) return std::nullopt;
    visit(volume, "projected/sources", [&](const Node& source, const std::string&) {
      const Node* map = source.find("configMap");
      const Node* secret = source.find("secret");
      if (map == nullptr && secret == nullptr) return files.reset();
      map != nullptr ? add(files, *map, "ConfigMap", "name") : add(files, *secret, "Secret", "name");
    });
    return files;
  }

  void add(std::optional<Files>& files, const Node& source, const char* kind, const char* name) const {
    const auto* target =
        objects_.find({{"", kind}, std::string(object_.namespace_), std::string(source.text_of(name))});
    if (target == nullptr || !target->keys || source.text_of("optional") == "true") return files.reset();
    if (!files) return;
    files->of += (files->of.empty() ? "" : ", ") + std::string(kind) + ' ' + quoted(target->name);
    const Node* items = source.find("items");
    if (items == nullptr || items->empty()) {
      files->paths.insert(files->paths.end(), target->keys->begin(), target->keys->end());
    } else {
      for (const Node* item : items->items()) files->paths.push_back(item->text_of("path"));
    }
  }

  const Objects& objects_;
  const Object& object_;
  const PodTemplate& pods_;
};

/// The mount that a path is below, and the rest of the path. Of several the innermost.
struct Place {
  const Node* mount = nullptr;
  std::string_view rest;
};

Place place_of(const Node& container, std::string_view path) {
  Place place;
  std::size_t longest = 0;
  visit(container, "volumeMounts", [&](const Node& mount, const std::string&) {
    auto root = mount.text_of("mountPath");
    while (root.ends_with('/')) root.remove_suffix(1);
    const bool is_below = path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/');
    if (!is_below || root.size() <= longest) return;
    longest = root.size();
    place = {&mount, path.substr(std::min(root.size() + 1, path.size()))};
  });
  return place;
}

/// Whether a text is a path that means itself: no pattern, variable or list.
bool is_plain_path(std::string_view text) {
  return text.starts_with('/') && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '.' ||
                  c == '_' || c == '-';
         });
}

std::string_view value_of_flag(std::string_view word) {
  const auto equal = word.find('=');
  return word.starts_with('-') && equal != std::string_view::npos ? word.substr(equal + 1) : word;
}

}  // namespace

void check_mounts(const Objects& objects, const Object& object, const PodTemplate& pods, const Node& container,
                  const std::string& field, Report& report) {
  const Volumes volumes(objects, object, pods);
  const auto check = [&](std::string_view volume, std::string_view path, const std::string& at) {
    const auto files = volumes.files_of(volume);
    if (path.empty() || path.starts_with("..") || !files || has_file(*files, path)) return;
    report.add(kKey, object, at,
               "the volume of " + files->of + " has no file " + quoted(path) + perhaps(path, files->paths));
  };
  const auto check_word = [&](std::string_view word, const std::string& at) {
    if (!is_plain_path(word)) return;
    const auto place = place_of(container, word);
    if (place.mount != nullptr && place.mount->text_of("subPath").empty() &&
        place.mount->text_of("subPathExpr").empty())
      check(place.mount->text_of("name"), place.rest, at);
  };
  std::string place = field;
  visit(container, "volumeMounts", place, [&](const Node& mount, const std::string& at) {
    check(mount.text_of("name"), mount.text_of("subPath"), field_below(at, "subPath"));
  });
  if (pods.is_partial) return;  // An operator may mount more.
  visit(container, "command|args", place,
        [&](const Node& word, const std::string& at) { check_word(value_of_flag(word.text()), at); });
  visit(container, "env/value", place, [&](const Node& value, const std::string& at) { check_word(value.text(), at); });
}

}  // namespace reconciler::validate
