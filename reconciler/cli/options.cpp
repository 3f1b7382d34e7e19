#include "cli/options.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "git/url.h"
#include "yaml/config.h"

namespace reconciler::cli {
namespace {

/// A value and where it was given, for errors.
struct Given {
  std::string value;
  Cause source;  ///< Without a message.
};
using Values = std::map<std::string, Given>;  // By flag.

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  if (!file || file.bad()) return fail(ErrorKind::kInvalid, "the configuration file '" + path + "' cannot be read");
  return text.str();
}

const Setting* setting_of(const std::string& key) {
  const auto& all = serve_settings();
  const auto found =
      std::ranges::find_if(all, [&](const Setting& setting) { return setting.key == key && setting.set; });
  return found == all.end() ? nullptr : &*found;
}

std::string unknown_key(const std::string& key) {
  std::vector<std::string_view> known;
  for (const auto& setting : serve_settings()) {
    if (setting.set) known.push_back(setting.key);
  }
  const auto meant = yaml::nearest(key, known);
  return meant ? "unknown field, did you mean '" + std::string(*meant) + "'?" : "unknown field";
}

void take_field(const std::string& key, const yaml::ConfigNode& node, Values& values, std::vector<Cause>& causes) {
  const Setting* setting = setting_of(key);
  if (setting == nullptr) {
    causes.push_back(node.cause(unknown_key(key)));
    return;
  }
  std::string value;
  if (yaml::read_into(node.string(), value, causes)) values[setting->flag] = {value, {node.where(), node.field(), ""}};
}

/// Adds what the file gives.
Status take_file(const std::string& path, Values& values, std::vector<Cause>& causes) {
  TRY(const auto text, read_file(path));
  TRY(const auto root, yaml::parse_config(text, path));
  TRY(const auto entries, root.entries());
  for (const auto& [key, node] : entries) take_field(key, node, values, causes);
  return {};
}

void take_variables(const Variables& variables, Values& values) {
  for (const auto& setting : serve_settings()) {
    if (auto value = variables(setting.variable); value && !value->empty()) {
      values[setting.flag] = {std::move(*value), {setting.variable, "", ""}};
    }
  }
}

void take_flags(const std::map<std::string, std::string>& flags, Values& values) {
  for (const auto& [flag, value] : flags) values[flag] = {value, {flag, "", ""}};
}

ServeOptions put_together(const Values& values, std::vector<Cause>& causes) {
  ServeOptions options;
  for (const auto& setting : serve_settings()) {
    const auto given = values.find(setting.flag);
    if (given == values.end() || !setting.set) continue;
    if (auto wrong = setting.set(options, given->second.value)) {
      causes.push_back(given->second.source);
      causes.back().message = std::move(*wrong);
    }
  }
  return options;
}

/// Where programs keep what they can do without, by the XDG base directory specification.
std::string state_folder(const Variables& variables) {
  if (const auto state = variables("XDG_STATE_HOME"); state && !state->empty()) return *state + "/reconciler";
  if (const auto home = variables("HOME"); home && !home->empty()) return *home + "/.local/state/reconciler";
  return "";
}

/// Checks what no setting can check by itself.
void complete(ServeOptions& options, const Variables& variables, std::vector<Cause>& causes) {
  if (options.repository.url.empty()) {
    causes.push_back({"--repository", "", "must be given: the URL or path of the Git repository to follow"});
  } else if (const auto url = git::parse_url(options.repository.url); !url) {
    causes.push_back({"--repository", "", url.error().message});
  }
  if (options.data_dir.empty()) options.data_dir = state_folder(variables);
  if (options.data_dir.empty()) causes.push_back({"--data-dir", "", "must be given, because there is no home folder"});
}

}  // namespace

Variables process_variables() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

Result<ServeOptions> resolve_serve_options(const std::map<std::string, std::string>& flags,
                                           const Variables& variables) {
  Values values;
  take_variables(variables, values);
  take_flags(flags, values);
  std::vector<Cause> causes;
  if (const auto config = values.find("--config"); config != values.end()) {
    Values of_file;
    TRY_VOID(take_file(config->second.value, of_file, causes));
    values.merge(of_file);  // Keeps what is there already: variables and flags.
  }
  auto options = put_together(values, causes);
  complete(options, variables, causes);
  if (!causes.empty()) return fail(ErrorKind::kInvalid, "the configuration is wrong", std::move(causes));
  return options;
}

}  // namespace reconciler::cli
