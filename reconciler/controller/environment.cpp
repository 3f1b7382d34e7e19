#include "controller/environment.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "yaml/config.h"

namespace reconciler::controller {
namespace {

using yaml::ConfigNode;

constexpr std::size_t kMaxFileBytes = 1 << 20;

/// Reads the fields of one document and collects everything that is wrong with it.
class Reader {
 public:
  Environment read(const ConfigNode& root) {
    environment_.origin = root.where();
    collect(root.allow_only({"apiVersion", "kind", "metadata", "spec"}));
    expect_text(root, "apiVersion", kApiVersion);
    expect_text(root, "kind", kEnvironmentKind);
    if (const auto metadata = required(root, "metadata")) read_metadata(*metadata);
    if (const auto spec = required(root, "spec")) read_spec(*spec);
    return std::move(environment_);
  }

  std::vector<Cause> causes() && { return std::move(causes_); }

 private:
  void read_metadata(const ConfigNode& metadata) {
    collect(metadata.allow_only({"name", "labels", "annotations"}));
    if (const auto name = required(metadata, "name")) read_name(*name);
    read_texts(metadata.at("labels"), environment_.labels);
    read_texts(metadata.at("annotations"), environment_.annotations);
  }

  void read_name(const ConfigNode& node) {
    if (!yaml::read_into(node.string(), environment_.name, causes_)) return;
    const auto& name = environment_.name;
    const auto is_end = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    const bool is_good = !name.empty() && name.size() <= 63 && is_end(name.front()) && is_end(name.back()) &&
                         std::all_of(name.begin(), name.end(), [&](char c) { return is_end(c) || c == '-' || c == '.'; });
    if (!is_good) causes_.push_back(node.cause("must be a name of at most 63 lower-case letters, digits, '-' and '.'"));
  }

  void read_texts(const std::optional<ConfigNode>& node, std::map<std::string, std::string>& texts) {
    std::vector<std::pair<std::string, ConfigNode>> entries;
    if (!node || !yaml::read_into(node->entries(), entries, causes_)) return;
    for (const auto& [key, value] : entries) yaml::read_into(value.string(), texts[key], causes_);
  }

  void read_spec(const ConfigNode& spec) {
    collect(spec.allow_only({"source", "namespace", "interval", "suspend", "prune", "selfHeal", "deletion"}));
    if (const auto source = required(spec, "source")) read_source(*source);
    read(spec.at("namespace"), environment_.namespace_);
    read(spec.at("suspend"), environment_.suspend);
    read(spec.at("prune"), environment_.prune);
    read(spec.at("selfHeal"), environment_.self_heal);
    if (const auto interval = spec.at("interval")) read_interval(*interval);
    if (const auto deletion = spec.at("deletion")) read_deletion(*deletion);
  }

  void read_source(const ConfigNode& source) {
    collect(source.allow_only({"repository", "branch", "path"}));
    read(source.at("repository"), environment_.source.repository);
    if (const auto branch = required(source, "branch")) read_branch(*branch);
    if (const auto path = required(source, "path")) read_path(*path);
  }

  void read_branch(const ConfigNode& node) {
    std::string& branch = environment_.source.branch;
    if (!yaml::read_into(node.string(), branch, causes_)) return;
    const bool is_bad = branch.empty() || branch.front() == '-' || branch.front() == '/' || branch.back() == '/' ||
                        branch.find("..") != std::string::npos || branch.find("//") != std::string::npos ||
                        branch.find_first_of(" \t\n~^:?*[\\") != std::string::npos;
    if (is_bad) causes_.push_back(node.cause("must be a branch's name, without refs/heads/"));
  }

  void read_path(const ConfigNode& node) {
    std::string text;
    if (!yaml::read_into(node.string(), text, causes_)) return;
    auto path = join("", text);
    if (path && !text.empty()) {
      environment_.source.path = *std::move(path);
    } else {
      causes_.push_back(node.cause("must be a folder of the repository, relative to its root"));
    }
  }

  void read_interval(const ConfigNode& node) {
    std::string text;
    if (!yaml::read_into(node.string(), text, causes_)) return;
    const auto interval = parse_duration(text);
    if (interval && *interval >= std::chrono::seconds(1)) {
      environment_.interval = *interval;
    } else {
      causes_.push_back(node.cause("must be a duration of at least one second, as 30s or 1m30s"));
    }
  }

  void read_deletion(const ConfigNode& node) {
    std::string text;
    if (!yaml::read_into(node.string(), text, causes_)) return;
    if (text != "Orphan" && text != "Delete") causes_.push_back(node.cause("must be Orphan or Delete"));
    environment_.deletion = text == "Delete" ? Deletion::kDelete : Deletion::kOrphan;
  }

  void read(const std::optional<ConfigNode>& node, std::string& into) {
    if (node) yaml::read_into(node->string(), into, causes_);
  }
  void read(const std::optional<ConfigNode>& node, bool& into) {
    if (node) yaml::read_into(node->boolean(), into, causes_);
  }

  std::optional<ConfigNode> required(const ConfigNode& node, const char* name) {
    auto field = node.required(name);
    if (field) return *std::move(field);
    collect(fail(std::move(field).error()));
    return std::nullopt;
  }

  void expect_text(const ConfigNode& root, const char* name, const std::string& expected) {
    const auto field = required(root, name);
    std::string text;
    if (!field || !yaml::read_into(field->string(), text, causes_)) return;
    if (text != expected) causes_.push_back(field->cause("must be " + expected));
  }

  void collect(Status status) {
    if (status) return;
    for (auto& cause : status.error().causes) causes_.push_back(std::move(cause));
  }

  Environment environment_;
  std::vector<Cause> causes_;
};

bool has_ending(const std::string& name, const std::string& ending) {
  return name.size() > ending.size() && name.compare(name.size() - ending.size(), ending.size(), ending) == 0;
}

std::string stem(const std::string& name) { return name.substr(0, name.rfind('.')); }

void take(Environments& environments, Environment environment, const std::string& file_name, std::vector<Cause> causes) {
  const auto name = environment.name.empty() ? file_name : environment.name;
  const auto other = environments.good.find(name);
  if (other != environments.good.end()) {
    causes.push_back({environment.origin, "metadata.name", "'" + name + "' is already taken at " + other->second.origin});
    environments.good.erase(other);
  }
  if (causes.empty()) {
    environments.good.emplace(name, std::move(environment));
  } else {
    environments.bad.push_back({name, Error{ErrorKind::kInvalid, "bad environment", std::move(causes)}});
  }
}

void read_file(const FileTree& tree, const TreePath& path, const std::string& file_name, Environments& environments) {
  auto file = tree.read(path, "", kMaxFileBytes);
  if (!file) return environments.bad.push_back({stem(file_name), std::move(file).error().within(path)});
  auto documents = yaml::parse_config_documents(file->content, path);
  if (!documents) return environments.bad.push_back({stem(file_name), std::move(documents).error()});
  for (const auto& document : *documents) {
    Reader reader;
    auto environment = reader.read(document);
    take(environments, std::move(environment), stem(file_name), std::move(reader).causes());
  }
}

struct Unit {
  std::string_view name;
  Duration length;
};

constexpr auto kUnits = std::to_array<Unit>({{"ms", std::chrono::milliseconds(1)},
                                             {"s", std::chrono::seconds(1)},
                                             {"m", std::chrono::minutes(1)},
                                             {"h", std::chrono::hours(1)}});

std::optional<Duration> length_of(std::string_view unit) {
  for (const auto& known : kUnits) {
    if (known.name == unit) return known.length;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Duration> parse_duration(const std::string& text) {
  std::string_view rest = text;
  Duration total{0};
  while (!rest.empty()) {
    const auto digits = rest.find_first_not_of("0123456789");
    if (digits == 0 || digits == std::string_view::npos || digits > 6) return std::nullopt;
    const auto end = std::min(rest.find_first_of("0123456789", digits), rest.size());
    const auto length = length_of(rest.substr(digits, end - digits));
    if (!length) return std::nullopt;
    total += *length * std::stol(std::string(rest.substr(0, digits)));
    rest.remove_prefix(end);
  }
  return text.empty() ? std::nullopt : std::optional(total);
}

Result<Environments> read_environments(const FileTree& tree, const TreePath& folder) {
  TRY(const auto names, tree.list(folder));
  Environments environments;
  for (const auto& name : names) {
    const auto path = folder.empty() ? name : folder + "/" + name;
    const auto kind = tree.kind(path);
    const bool is_file = !kind || (*kind && **kind == EntryKind::kFile);
    if (is_file && (has_ending(name, ".yaml") || has_ending(name, ".yml"))) read_file(tree, path, name, environments);
  }
  return environments;
}

Json to_resource(const Environment& environment) {
  Json source{{"branch", environment.source.branch}, {"path", environment.source.path}};
  if (!environment.source.repository.empty()) source["repository"] = environment.source.repository;
  Json spec{{"source", std::move(source)},
            {"suspend", environment.suspend},
            {"prune", environment.prune},
            {"selfHeal", environment.self_heal},
            {"deletion", environment.deletion == Deletion::kDelete ? "Delete" : "Orphan"}};
  if (!environment.namespace_.empty()) spec["namespace"] = environment.namespace_;
  if (environment.interval.count() > 0) spec["interval"] = std::to_string(environment.interval.count()) + "ms";
  Json metadata{{"name", environment.name}};
  if (!environment.labels.empty()) metadata["labels"] = environment.labels;
  if (!environment.annotations.empty()) metadata["annotations"] = environment.annotations;
  return {{"apiVersion", kApiVersion}, {"kind", kEnvironmentKind}, {"metadata", std::move(metadata)}, {"spec", std::move(spec)}};
}

}  // namespace reconciler::controller
