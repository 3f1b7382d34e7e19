#include "http/push_event.h"

#include <algorithm>
#include <initializer_list>
#include <optional>

#include <nlohmann/json.hpp>

namespace reconciler::http {
namespace {

using Pushes = std::vector<controller::Push>;

constexpr std::string_view kBranchPrefix = "refs/heads/";

/// The value at the end of the path; null when any step is missing or is no object.
const Json* find(const Json& json, std::initializer_list<const char*> path) {
  const Json* at = &json;
  for (const char* step : path) {
    if (!at->is_object()) return nullptr;
    const auto found = at->find(step);
    if (found == at->end()) return nullptr;
    at = &*found;
  }
  return at;
}

std::string text(const Json& json, std::initializer_list<const char*> path) {
  const Json* found = find(json, path);
  return found != nullptr && found->is_string() ? found->get<std::string>() : "";
}

/// The elements of a list; none when it is missing or is none.
const Json& elements(const Json& json, std::initializer_list<const char*> path) {
  static const Json kNone = Json::array();
  const Json* found = find(json, path);
  return found != nullptr && found->is_array() ? *found : kNone;
}

/// A commit id as it is, or "" for anything else; the id of zeros, which stands for "none", is nothing else.
std::string commit_id(const std::string& id) {
  const bool whole = id.size() == 40 || id.size() == 64;
  const bool digits = id.find_first_not_of("0123456789abcdef") == std::string::npos;
  const bool zero = id.find_first_not_of('0') == std::string::npos;
  return whole && digits && !zero ? id : std::string();
}

bool is_zero_id(const std::string& id) { return !id.empty() && id.find_first_not_of('0') == std::string::npos; }

std::vector<std::string> said(std::initializer_list<std::string> urls) {
  std::vector<std::string> present;
  std::copy_if(urls.begin(), urls.end(), std::back_inserter(present), [](const auto& url) { return !url.empty(); });
  return present;
}

tl::unexpected<Error> lacks(const std::string& field) {
  return fail(ErrorKind::kInvalid, "the payload has no " + field);
}

/// The one push of an event that speaks of one ref.
Pushes push_of_ref(std::vector<std::string> repositories, const std::string& ref, const std::string& commit) {
  if (!ref.starts_with(kBranchPrefix) || is_zero_id(commit)) return {};
  return {controller::Push{std::move(repositories), ref.substr(kBranchPrefix.size()), commit_id(commit)}};
}

Result<Pushes> github_pushes(const Json& event) {
  const auto ref = text(event, {"ref"});
  if (ref.empty()) return lacks("'ref'");
  return push_of_ref(said({text(event, {"repository", "clone_url"}), text(event, {"repository", "ssh_url"}),
                           text(event, {"repository", "git_url"}), text(event, {"repository", "html_url"})}),
                     ref, text(event, {"after"}));
}

Result<Pushes> gitlab_pushes(const Json& event) {
  const auto ref = text(event, {"ref"});
  if (ref.empty()) return lacks("'ref'");
  return push_of_ref(said({text(event, {"project", "git_http_url"}), text(event, {"project", "git_ssh_url"}),
                           text(event, {"project", "web_url"})}),
                     ref, text(event, {"after"}));
}

Result<Pushes> bitbucket_cloud_pushes(const Json& event) {
  if (find(event, {"push", "changes"}) == nullptr) return lacks("'push.changes'");
  const auto repositories = said({text(event, {"repository", "links", "html", "href"})});
  Pushes pushes;
  for (const auto& change : elements(event, {"push", "changes"})) {
    const auto name = text(change, {"new", "name"});
    if (text(change, {"new", "type"}) != "branch" || name.empty()) continue;
    pushes.push_back({repositories, name, commit_id(text(change, {"new", "target", "hash"}))});
  }
  return pushes;
}

Result<Pushes> bitbucket_data_center_pushes(const Json& event) {
  if (find(event, {"changes"}) == nullptr) return lacks("'changes'");
  std::vector<std::string> repositories;
  for (const auto& link : elements(event, {"repository", "links", "clone"})) {
    if (auto url = text(link, {"href"}); !url.empty()) repositories.push_back(std::move(url));
  }
  Pushes pushes;
  for (const auto& change : elements(event, {"changes"})) {
    if (text(change, {"type"}) == "DELETE") continue;
    std::ranges::move(push_of_ref(repositories, text(change, {"ref", "id"}), text(change, {"toHash"})),
                      std::back_inserter(pushes));
  }
  return pushes;
}

Result<Pushes> generic_pushes(const Json& event) {
  const auto branch = text(event, {"branch"});
  const auto ref = branch.empty() ? text(event, {"ref"}) : std::string(kBranchPrefix) + branch;
  if (ref.empty()) return lacks("'branch' and no 'ref'");
  const auto commit = text(event, {"commit"});
  return push_of_ref(said({text(event, {"repository"})}), ref, commit.empty() ? text(event, {"after"}) : commit);
}

enum class Reading { kPing, kGitHub, kGitLab, kBitbucketCloud, kBitbucketDataCenter, kGeneric };

struct Event {
  Forge forge;
  std::string_view name;
  Reading reading;
};

/// The events that mean something here. Gitea's push has the fields of GitHub's.
constexpr Event kEvents[] = {
    {Forge::kGitHub, "ping", Reading::kPing},
    {Forge::kGitHub, "push", Reading::kGitHub},
    {Forge::kGitHub, "", Reading::kGitHub},
    {Forge::kGitLab, "Push Hook", Reading::kGitLab},
    {Forge::kGitLab, "Tag Push Hook", Reading::kGitLab},
    {Forge::kGitLab, "", Reading::kGitLab},
    {Forge::kGitea, "push", Reading::kGitHub},
    {Forge::kGitea, "", Reading::kGitHub},
    {Forge::kBitbucket, "repo:push", Reading::kBitbucketCloud},
    {Forge::kBitbucket, "", Reading::kBitbucketCloud},
    {Forge::kBitbucket, "repo:refs_changed", Reading::kBitbucketDataCenter},
    {Forge::kGeneric, "", Reading::kGeneric},
};

std::optional<Reading> reading_of(Forge forge, std::string_view event) {
  const auto known = std::ranges::find_if(kEvents, [&](const Event& e) { return e.forge == forge && e.name == event; });
  return known == std::end(kEvents) ? std::nullopt : std::optional(known->reading);
}

Result<Pushes> read(Reading reading, const Json& event) {
  switch (reading) {
    case Reading::kGitHub:
      return github_pushes(event);
    case Reading::kGitLab:
      return gitlab_pushes(event);
    case Reading::kBitbucketCloud:
      return bitbucket_cloud_pushes(event);
    case Reading::kBitbucketDataCenter:
      return bitbucket_data_center_pushes(event);
    case Reading::kGeneric:
      return generic_pushes(event);
    case Reading::kPing:
      break;
  }
  return Pushes{};
}

/// GitLab's system hooks send every event of the instance under one name; the body tells which it is.
bool is_system_push(Forge forge, std::string_view event, const Json& body) {
  return forge == Forge::kGitLab && event == "System Hook" && text(body, {"event_name"}) == "push";
}

}  // namespace

Result<Delivery> parse_delivery(Forge forge, std::string_view event, std::string_view body) {
  auto reading = reading_of(forge, event);
  if (reading == Reading::kPing) return Delivery{Delivery::Kind::kPing, {}};
  const auto json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return fail(ErrorKind::kInvalid, "the payload is not a JSON object");
  if (is_system_push(forge, event, json)) reading = Reading::kGitLab;
  if (!reading) return Delivery{Delivery::Kind::kIgnored, {}};
  TRY(auto pushes, read(*reading, json));
  return Delivery{Delivery::Kind::kPush, std::move(pushes)};
}

}  // namespace reconciler::http
