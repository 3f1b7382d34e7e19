#include "controller/environment.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <nlohmann/json.hpp>

#include "controller/health_rules.h"
#include "git/url.h"
#include "yaml/config.h"

namespace reconciler::controller {
namespace {

using yaml::ConfigNode;

constexpr std::size_t kMaxFileBytes = 1 << 20;
constexpr std::size_t kMaxNameLength = 63;

/// RFC 1123, as Kubernetes wants it of names.
bool is_label(std::string_view text) {
  const auto is_end = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= kMaxNameLength && is_end(text.front()) && is_end(text.back()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return is_end(c) || c == '-'; });
}

/// One or more labels with dots between them.
bool is_name(std::string_view text) {
  if (text.size() > kMaxNameLength) return false;
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) return is_label(text);
  return is_label(text.substr(0, dot)) && is_name(text.substr(dot + 1));
}

/// What git-check-ref-format(1) says of a branch.
bool is_branch(const std::string& text) {
  const auto has = [&](const char* part) { return text.find(part) != std::string::npos; };
  return !text.empty() && text.front() != '-' && text.front() != '/' && text.back() != '/' && text.back() != '.' &&
         !text.ends_with(".lock") && !has("..") && !has("//") && !has("@{") &&
         text.find_first_of(" \t\n~^:?*[\\") == std::string::npos;
}

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
    if (!yaml::read_into(node.string(), environment_.name, causes_) || is_name(environment_.name)) return;
    causes_.push_back(node.cause("must be a name of at most 63 lower-case letters, digits, '-' and '.'"));
  }

  void read_texts(const std::optional<ConfigNode>& node, std::map<std::string, std::string>& texts) {
    std::vector<std::pair<std::string, ConfigNode>> entries;
    if (!node || !yaml::read_into(node->entries(), entries, causes_)) return;
    for (const auto& [key, value] : entries) yaml::read_into(value.string(), texts[key], causes_);
  }

  void read_spec(const ConfigNode& spec) {
    collect(spec.allow_only({"source", "namespace", "interval", "timeout", "suspend", "prune", "selfHeal", "deletion",
                             "ignore", "serviceAccountName", "healthRules"}));
    if (const auto source = required(spec, "source")) read_source(*source);
    if (const auto name = spec.at("namespace")) read_namespace(*name);
    read(spec.at("suspend"), environment_.suspend);
    if (const auto prune = spec.at("prune")) read_prune(*prune);
    read(spec.at("selfHeal"), environment_.self_heal);
    if (const auto interval = spec.at("interval")) read_duration(*interval, environment_.interval);
    if (const auto timeout = spec.at("timeout")) read_duration(*timeout, environment_.timeout);
    if (const auto deletion = spec.at("deletion")) read_deletion(*deletion);
    if (const auto ignore = spec.at("ignore")) read_ignore(*ignore);
    if (const auto account = spec.at("serviceAccountName")) read_account(*account);
    if (const auto rules = spec.at("healthRules")) environment_.health_rules = read_health_rules(*rules, causes_);
  }

  void read_source(const ConfigNode& source) {
    collect(source.allow_only({"repository", "branch", "path"}));
    if (const auto repository = source.at("repository")) read_repository(*repository);
    if (const auto branch = required(source, "branch")) read_branch(*branch);
    if (const auto path = required(source, "path")) read_path(*path);
  }

  void read_branch(const ConfigNode& node) {
    std::string& branch = environment_.source.branch;
    if (!yaml::read_into(node.string(), branch, causes_) || is_branch(branch)) return;
    causes_.push_back(node.cause("must be a branch's name, without refs/heads/"));
  }

  void read_repository(const ConfigNode& node) {
    std::string& repository = environment_.source.repository;
    if (!yaml::read_into(node.string(), repository, causes_)) return;
    const auto url = git::parse_url(repository);
    if (!url) {
      causes_.push_back(node.cause("must be the URL of a Git repository: " + url.error().message));
    } else if (!url->password.empty() || (url->scheme != git::Scheme::kSsh && !url->user.empty())) {
      causes_.push_back(node.cause("must not hold credentials; give them to the service as files"));
    }
  }

  void read_namespace(const ConfigNode& node) {
    if (!yaml::read_into(node.string(), environment_.namespace_, causes_) || is_label(environment_.namespace_)) return;
    causes_.push_back(node.cause("must be a name of at most 63 lower-case letters, digits and '-'"));
  }

  void read_account(const ConfigNode& node) {
    std::string& account = environment_.service_account;
    if (!yaml::read_into(node.string(), account, causes_) || is_name(account)) return;
    causes_.push_back(node.cause("must be the name of a ServiceAccount in the environment's namespace"));
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

  void read_duration(const ConfigNode& node, Duration& into) {
    std::string text;
    if (!yaml::read_into(node.string(), text, causes_)) return;
    const auto duration = parse_duration(text);
    if (duration && *duration >= std::chrono::seconds(1)) {
      into = *duration;
    } else {
      causes_.push_back(node.cause("must be a duration of at least one second, as 30s or 1m30s"));
    }
  }

  /// `true`, `false`, or a mapping that says more.
  void read_prune(const ConfigNode& node) {
    if (node.kind() != ConfigNode::Kind::kMap) return read(node, environment_.prune);
    collect(node.allow_only({"enabled", "maxFraction", "confirm"}));
    read(node.at("enabled"), environment_.prune);
    if (const auto fraction = node.at("maxFraction")) read_fraction(*fraction);
    if (const auto confirm = node.at("confirm"))
      yaml::read_into(confirm->string(), environment_.confirmed_prune, causes_);
  }

  void read_ignore(const ConfigNode& node) {
    std::vector<ConfigNode> rules;
    if (!yaml::read_into(node.list(), rules, causes_)) return;
    for (const auto& rule : rules) environment_.ignore.push_back(read_rule(rule));
  }

  sync::IgnoreRule read_rule(const ConfigNode& node) {
    sync::IgnoreRule rule;
    collect(node.allow_only({"group", "kind", "namespace", "name", "pointers"}));
    read(node.at("group"), rule.group);
    read(node.at("kind"), rule.kind);
    read(node.at("namespace"), rule.namespace_);
    read(node.at("name"), rule.name);
    if (const auto pointers = required(node, "pointers")) read_pointers(*pointers, rule.pointers);
    return rule;
  }

  void read_pointers(const ConfigNode& node, std::vector<std::string>& pointers) {
    if (!yaml::read_into(node.strings(), pointers, causes_)) return;
    for (const auto& pointer : pointers) {
      if (!sync::is_ignorable(pointer))
        causes_.push_back(node.cause("'" + pointer + "' must be a JSON pointer to a field, as /spec/replicas"));
    }
  }

  void read_fraction(const ConfigNode& node) {
    std::string text;
    if (!yaml::read_into(node.string(), text, causes_)) return;
    double& fraction = environment_.max_prune_fraction;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), fraction);
    const bool is_number = error == std::errc() && end == text.data() + text.size();
    if (is_number && fraction >= 0 && fraction <= 1) return;
    causes_.push_back(node.cause("must be a number from 0 to 1, as 0.5"));
  }

  void read_deletion(const ConfigNode& node) {
    std::string text;
    if (!yaml::read_into(node.string(), text, causes_)) return;
    if (text != "Orphan" && text != "Delete") causes_.push_back(node.cause("must be Orphan or Delete"));
    environment_.deletion = text == "Delete" ? Deletion::kDelete : Deletion::kOrphan;
  }

  void read(const std::optional<ConfigNode>& node, bool& into) {
    if (node) yaml::read_into(node->boolean(), into, causes_);
  }

  void read(const std::optional<ConfigNode>& node, std::optional<std::string>& into) {
    if (node) yaml::read_into(node->string(), into, causes_);
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

/// Where an environment of that name was read before; nothing when there was none.
std::optional<std::string> taken_at(const Environments& environments, const std::string& name) {
  if (const auto good = environments.good.find(name); good != environments.good.end()) return good->second.origin;
  for (const auto& bad : environments.bad) {
    if (bad.name == name) return bad.error.causes.empty() ? "another file" : bad.error.causes.front().where;
  }
  return std::nullopt;
}

void take(Environments& environments, Environment environment, const std::string& file_name,
          std::vector<Cause> causes) {
  const auto name = environment.name.empty() ? file_name : environment.name;
  if (const auto other = taken_at(environments, name)) {
    causes.push_back({environment.origin, "metadata.name", "'" + name + "' is already taken at " + *other});
    environments.good.erase(name);
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

std::string account_of(const std::string& service_account, const std::string& namespace_) {
  if (service_account.empty()) return "";
  return "system:serviceaccount:" + (namespace_.empty() ? "default" : namespace_) + ":" + service_account;
}

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

namespace {

Json prune_json(const Environment& environment) {
  if (environment.max_prune_fraction == kMaxPruneFraction && environment.confirmed_prune.empty())
    return environment.prune;
  Json json{{"enabled", environment.prune}, {"maxFraction", environment.max_prune_fraction}};
  if (!environment.confirmed_prune.empty()) json["confirm"] = environment.confirmed_prune;
  return json;
}

Json rule_json(const sync::IgnoreRule& rule) {
  Json json{{"pointers", rule.pointers}};
  if (rule.group) json["group"] = *rule.group;
  if (rule.kind) json["kind"] = *rule.kind;
  if (rule.namespace_) json["namespace"] = *rule.namespace_;
  if (rule.name) json["name"] = *rule.name;
  return json;
}

}  // namespace

std::string duration_text(Duration duration) {
  std::string text;
  for (auto unit = kUnits.rbegin(); unit != kUnits.rend(); ++unit) {
    const auto count = duration / unit->length;
    if (count > 0) text += std::to_string(count) + std::string(unit->name);
    duration %= unit->length;
  }
  return text;
}

Json to_resource(const Environment& environment) {
  const auto& path = environment.source.path;
  Json source{{"branch", environment.source.branch}, {"path", path.empty() ? "." : path}};
  if (!environment.source.repository.empty()) source["repository"] = environment.source.repository;
  Json spec{{"source", std::move(source)},
            {"suspend", environment.suspend},
            {"prune", prune_json(environment)},
            {"selfHeal", environment.self_heal},
            {"deletion", environment.deletion == Deletion::kDelete ? "Delete" : "Orphan"}};
  if (!environment.namespace_.empty()) spec["namespace"] = environment.namespace_;
  if (environment.interval.count() > 0) spec["interval"] = duration_text(environment.interval);
  if (!environment.service_account.empty()) spec["serviceAccountName"] = environment.service_account;
  for (const auto& rule : environment.ignore) spec["ignore"].push_back(rule_json(rule));
  if (!environment.health_rules.empty()) spec["healthRules"] = to_json(environment.health_rules);
  if (environment.timeout != Environment{}.timeout) spec["timeout"] = duration_text(environment.timeout);
  Json metadata{{"name", environment.name}};
  if (!environment.labels.empty()) metadata["labels"] = environment.labels;
  if (!environment.annotations.empty()) metadata["annotations"] = environment.annotations;
  return {{"apiVersion", kApiVersion},
          {"kind", kEnvironmentKind},
          {"metadata", std::move(metadata)},
          {"spec", std::move(spec)}};
}

}  // namespace reconciler::controller
