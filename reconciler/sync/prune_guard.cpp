#include "sync/prune_guard.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "base/digest.h"

namespace reconciler::sync {
namespace {

constexpr std::size_t kLeast = 5;
constexpr std::size_t kHashLength = 10;
constexpr std::size_t kDigestLength = 12;

/// The name without the hash that kustomize appends to a generated one (api/hasher: ten of these characters); "" when
/// it has none.
std::string_view without_hash(std::string_view name) {
  constexpr std::string_view kAlphabet = "2456789bcdfghkmt";
  if (name.size() < kHashLength + 2) return {};
  const auto hash = name.substr(name.size() - kHashLength);
  if (name[name.size() - kHashLength - 1] != '-') return {};
  if (hash.find_first_not_of(kAlphabet) != std::string_view::npos) return {};
  return name.substr(0, name.size() - kHashLength - 1);
}

bool is_generated_kind(const GroupKind& type) {
  return type.group.empty() && (type.kind == "ConfigMap" || type.kind == "Secret");
}

/// An object's key with the base of its name.
std::optional<ObjectKey> generator_of(const ObjectKey& key) {
  const auto base = is_generated_kind(key.type) ? without_hash(key.name) : std::string_view();
  if (base.empty()) return std::nullopt;
  return ObjectKey{key.type, key.namespace_, std::string(base)};
}

std::set<ObjectKey> generators_of(const DesiredSet& set) {
  std::set<ObjectKey> generators;
  for (const auto& desired : set.objects) {
    if (auto generator = generator_of(desired.key)) generators.insert(*std::move(generator));
  }
  return generators;
}

/// What left Git and is kept all the same is no sign that anything of the set stays.
bool is_member(const Step& step) {
  if (step.desired == nullptr) return step.action == Action::kPrune;
  return !step.uid.empty() && step.action != Action::kBlocked;
}

std::string short_digest(const std::set<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) all += text + "\n";
  return sha256_hex(all).substr(0, kDigestLength);
}

std::string target_of(const DesiredSet& set) {
  std::set<std::string> texts;
  for (const auto& desired : set.objects) texts.insert(desired.key.text());
  return short_digest(texts);
}

}  // namespace

std::optional<LargePrune> large_prune(const DesiredSet& set, const Plan& plan, double max_fraction) {
  const auto generators = generators_of(set);
  LargePrune large;
  std::set<std::string> identities;
  for (const auto& step : plan.steps) {
    const auto generator = step.action == Action::kPrune ? generator_of(step.key) : std::nullopt;
    const bool has_successor = generator && generators.count(*generator) != 0;
    if (has_successor || step.is_confirmed) continue;
    large.members += is_member(step) ? 1 : 0;
    if (step.action != Action::kPrune) continue;
    large.objects.push_back(step.key);
    identities.insert(step.key.text() + " " + step.uid);
  }
  const auto pruned = large.objects.size();
  const bool is_most =
      pruned >= kLeast && static_cast<double>(pruned) > max_fraction * static_cast<double>(large.members);
  const bool is_all = pruned > 0 && pruned == large.members && set.objects.size() < pruned;
  if (!is_most && !is_all) return std::nullopt;
  large.digest = short_digest(identities);
  large.target = target_of(set);
  return large;
}

}  // namespace reconciler::sync
