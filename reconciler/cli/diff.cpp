#include "sync/diff.h"

#include <ostream>
#include <set>
#include <utility>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/flags.h"
#include "cli/rendering.h"
#include "cli/verbs.h"
#include "controller/autoscalers.h"
#include "controller/environment.h"
#include "controller/owners.h"
#include "controller/resource.h"
#include "controller/status.h"
#include "git/repository.h"
#include "kube/connect.h"
#include "kustomize/build.h"
#include "sync/execution.h"
#include "sync/find_parent.h"
#include "sync/prune_guard.h"
#include "sync/unused_definitions.h"

namespace reconciler::cli {
namespace {

struct DiffOptions {
  SourceFlags source;
  ClusterFlags cluster;
  std::string environments = "environments";
  std::string name;
  OutputFormat format = OutputFormat::kText;
  RenderingFlags rendering;
};

Result<controller::Environment> find_environment(const OpenSource& source, const DiffOptions& options) {
  TRY(const auto folder, join(source.path, options.environments));
  TRY(auto environments, controller::read_environments(*source.tree, folder));
  for (auto& bad : environments.bad) {
    if (bad.name == options.name) return fail(std::move(bad.error));
  }
  const auto found = environments.good.find(options.name);
  if (found != environments.good.end()) return std::move(found->second);
  return fail(ErrorKind::kNotFound,
              "no file of " + options.environments + "/ describes an environment '" + options.name + "'");
}

/// The environments that live, by their names: none where their definition is not installed.
struct Living {
  std::map<std::string, controller::Resource> resources;
  bool are_all = true;  ///< False for whoever may not list them: then no other one is known.

  /// By ApplySet.
  std::map<std::string, std::string> parents() const {
    std::map<std::string, std::string> parents;
    for (const auto& [name, resource] : resources) parents.emplace(controller::part_of(name), name);
    return parents;
  }
  const controller::Resource* find(const std::string& name) const {
    const auto found = resources.find(name);
    return found == resources.end() ? nullptr : &found->second;
  }
};

Result<Living> find_living(const std::string& name, kube::Cluster& cluster) {
  kube::ListRequest request;
  request.type = {controller::kGroup, controller::kEnvironmentKind};
  request.version = version_of(controller::kApiVersion);
  Living living;
  const auto add = [&living](const Json& object) {
    auto resource = controller::read_resource(object);
    living.resources.insert_or_assign(resource.live.key.name, std::move(resource));
  };
  const auto listed = cluster.list(request, add);
  if (listed || listed.error().kind == ErrorKind::kNotFound) return living;
  if (listed.error().kind != ErrorKind::kForbidden) return fail(listed.error());
  living.are_all = false;
  const auto own = cluster.get(controller::resource_key(name), controller::kApiVersion, kube::Projection::kFull);
  if (own) add(*own);
  if (!own && own.error().kind != ErrorKind::kNotFound) return fail(own.error());
  return living;
}

/// The commit of these files: the one that was named, or the one that the folder's clone is at, whose changes are told
/// by what they make; "" outside of a clone.
std::string commit_of(const SourceFlags& flags) {
  const auto repository = git::open_local(flags.repository.empty() ? "." : flags.repository);
  if (!repository) return "";
  const auto commit = (*repository)->commit(flags.revision.empty() ? "HEAD" : flags.revision);
  return commit ? commit->id : "";
}

/// What the service goes by, as far as a look at the cluster tells it.
sync::Policy policy_of(const controller::Environment& environment, const sync::DesiredSet& set,
                       const sync::LiveSet& live, const Living& living, kube::Cluster& cluster) {
  sync::Policy policy;
  policy.prune = environment.prune;
  policy.self_heal = environment.self_heal;
  policy.unused = sync::unused_definitions(set, live, cluster);
  policy.shared = controller::needed_by_others(environment.name, live, living.resources,
                                               [](const controller::Resource&) { return false; });
  return policy;
}

struct Differences {
  std::vector<sync::ObjectDiff> objects;
  std::optional<sync::LargePrune> prune;  ///< One that would wait for a confirmation.
};

/// The plan that the service would make of that commit. Replicas that are others' to say are taken out of `set`, which
/// it points into.
Result<sync::Plan> make_plan(const controller::Environment& environment, const std::string& commit,
                             const Living& living, kube::Cluster& cluster, sync::DesiredSet& set) {
  const auto* own = living.find(environment.name);
  const bool was_applied = own != nullptr && controller::was_applied(own->status, {commit, sync::digest_of(set)});
  TRY(auto live, sync::list_live(set, own == nullptr ? sync::ApplySetScope() : own->scope, cluster));
  const auto parent_of = [parents = living.parents()](const std::string& part_of) {
    const auto parent = parents.find(part_of);
    return parent == parents.end() ? std::nullopt : std::optional(parent->second);
  };
  if (living.are_all) controller::free_orphans(live, set.part_of, parent_of);
  controller::Autoscalers().leave_replicas(environment.name, "", live, cluster, set);
  auto policy = policy_of(environment, set, live, living, cluster);
  policy.in_order = !was_applied;
  auto plan = sync::make_plan(set, live, policy);
  controller::name_owners(plan, live, environment.name, parent_of,
                          [&cluster](const auto& part_of) { return sync::find_parent(part_of, cluster); });
  return plan;
}

Result<Differences> find_differences(const DiffOptions& options) {
  TRY(const auto source, open_root(options.source));
  TRY(const auto environment, find_environment(source, options));
  TRY(const auto target, join(source.path, environment.source.path));
  const RenderingMeans means(options.rendering);
  kustomize::Options kustomize;
  means.fill(kustomize);
  TRY(const auto rendering, kustomize::build(*source.tree, target, kustomize));
  TRY(const auto config,
      kube::load_config(options.cluster.kubeconfig, options.cluster.context, kube::ConfigSources::of_process()));
  TRY(const auto cluster, kube::connect(config, {}));
  TRY(auto set,
      sync::place(std::make_shared<const Rendered>(rendering.manifests()), controller::part_of(environment.name),
                  environment.namespace_.empty() ? "default" : environment.namespace_, *cluster));
  sync::leave_to_others(set, environment.ignore);
  set.account = controller::account_of(environment.service_account, environment.namespace_);
  TRY(const auto living, find_living(environment.name, *cluster));
  TRY(auto plan, make_plan(environment, commit_of(options.source), living, *cluster, set));
  auto prune = sync::large_prune(set, plan, environment.max_prune_fraction);
  if (prune && controller::is_confirmed(*prune, environment, living.find(environment.name))) prune.reset();
  TRY_VOID(sync::admit(set, plan, *cluster, {}, {}));
  TRY(auto objects, sync::explain(set, plan, *cluster));
  return Differences{std::move(objects), std::move(prune)};
}

struct Sign {
  const char* text;
  Colour colour;
};

Sign sign_of(sync::Action action) {
  switch (action) {
    case sync::Action::kCreate:
      return {"+", Colour::kGreen};
    case sync::Action::kPrune:
      return {"-", Colour::kRed};
    default:
      return {"~", Colour::kYellow};
  }
}

std::string change_text(const sync::FieldChange& change) {
  if (!change.before) return "+ " + change.path + ": " + *change.after;
  if (!change.after) return "- " + change.path + ": " + *change.before;
  return "~ " + change.path + ": " + *change.before + " -> " + *change.after;
}

void print_text(const Differences& differences, Console& console) {
  for (const auto& diff : differences.objects) {
    const auto sign = sign_of(diff.step.action);
    console.out << painted(sign.text, sign.colour, console) << ' ' << sync::to_string(diff.step.action) << ' '
                << diff.step.key.text() << " (" << diff.step.reason << ")\n";
    for (const auto& change : diff.changes) console.out << "    " << change_text(change) << '\n';
  }
  if (const auto& prune = differences.prune) {
    console.out << "a sync would stop before it prunes " << prune->objects.size() << " of " << prune->members
                << " objects, until that is confirmed in the environment's file: prune: {confirm: " << prune->digest
                << "}\n";
  }
}

Json to_json(const sync::ObjectDiff& diff) {
  Json changes = Json::array();
  for (const auto& change : diff.changes) changes.push_back(sync::to_json(change));
  const auto& key = diff.step.key;
  return {{"action", sync::to_string(diff.step.action)},
          {"reason", diff.step.reason},
          {"apiVersion", diff.step.api_version},
          {"kind", key.type.kind},
          {"namespace", key.namespace_},
          {"name", key.name},
          {"changes", std::move(changes)}};
}

void print_json(const Differences& differences, Console& console) {
  const auto& prune = differences.prune;
  const auto waiting = prune ? std::set(prune->objects.begin(), prune->objects.end()) : std::set<ObjectKey>();
  Json list = Json::array();
  for (const auto& diff : differences.objects) {
    auto object = to_json(diff);
    if (waiting.count(diff.step.key) != 0) object["confirm"] = prune->digest;
    list.push_back(std::move(object));
  }
  console.out << list.dump(2) << '\n';
}

Exit diff(const DiffOptions& options, Console& console) {
  const auto diffs = find_differences(options);
  if (!diffs) {
    return report(diffs.error(), console) == kUnavailable ? kUnavailable : kUsage;
  }
  options.format == OutputFormat::kJson ? print_json(*diffs, console) : print_text(*diffs, console);
  return diffs->objects.empty() ? kOk : kFailed;
}

}  // namespace

void add_diff(CLI::App& app, Chosen& chosen) {
  auto* verb = app.add_subcommand("diff", "Shows what a sync of an environment would create, change and prune");
  verb->footer(
      "Reads the environment and its overlay from the folder (--repo, else the current repository), or from a commit "
      "of it\n"
      "(--revision), whatever branch the environment follows. Values of Secrets are never shown. Nothing is "
      "changed. With --output json, what a sync would not prune before somebody confirms it names that (confirm).\n\n"
      "Exit code: 0 nothing to do, 1 there is something, 2 it cannot be rendered, 3 no answer or no right.\n\n"
      "Example:\n"
      "  reconciler diff kind-dev --revision origin/main");
  const auto options = std::make_shared<DiffOptions>();
  verb->add_option("ENVIRONMENT", options->name, "Its name")->required()->type_name("");
  verb->add_option("--environments", options->environments, "The folder of the environments' files (environments)")
      ->type_name("DIR");
  add_source(*verb, options->source);
  add_rendering(*verb, options->rendering);
  add_cluster(*verb, options->cluster);
  add_output(*verb, options->format);
  verb->final_callback(
      [options, &chosen] { chosen = [options](Console& console) { return diff(*options, console); }; });
}

}  // namespace reconciler::cli
