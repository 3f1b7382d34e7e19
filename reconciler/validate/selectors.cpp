#include "validate/selectors.h"

#include <algorithm>
#include <array>
#include <map>

#include "validate/fields.h"
#include "validate/label_selector.h"
#include "validate/text.h"

namespace reconciler::validate {
namespace {

using yaml::Node;
using Targets = std::vector<const Target*>;

constexpr std::string_view kMonitoring = "monitoring.coreos.com";

std::string nothing(const char* kind, const LabelSelector& selector, std::string_view namespace_) {
  return "selects no " + std::string(kind) + " of the set: " + selector.text() +
         (namespace_.empty() ? "" : " in namespace " + std::string(namespace_));
}

/// Looks at what one object selects.
class Checker {
 public:
  Checker(const Objects& objects, const Object& object, Report& report)
      : objects_(objects), object_(object), report_(report) {}

  void check_service() const {
    const Node* selector = object_.root->find_path({"spec", "selector"});
    if (selector == nullptr || selector->empty() || text_at(*object_.root, "spec/type") == "ExternalName") return;
    const auto pods = select_pods(LabelSelector::of_labels(selector), "spec.selector");
    visit(*object_.root, "spec/ports", [&](const Node& port, const std::string& field) {
      const bool is_said = port.find("targetPort") != nullptr;
      const char* name = is_said ? "targetPort" : "port";
      check_port(pods, port.text_of(name), field_below(field, name));
    });
  }

  void check_disruption_budget() const {
    const auto selector = LabelSelector::of_selector(object_.root->find_path({"spec", "selector"}));
    if (!selector.empty()) select_pods(selector, "spec.selector");
  }

  void check_network_policy() const {
    if (!objects_.has_any("Pod", object_.namespace_)) return;
    const auto own = LabelSelector::of_selector(object_.root->find_path({"spec", "podSelector"}));
    const auto pods = own.empty() ? Targets() : select_pods(own, "spec.podSelector");
    visit(*object_.root, "spec/ingress", [&](const Node& rule, const std::string& field) {
      check_peers(rule, "from", field);
      check_ports(rule, pods, field);
    });
    visit(*object_.root, "spec/egress", [&](const Node& rule, const std::string& field) {
      check_ports(rule, check_peers(rule, "to", field), field);
    });
  }

  /// A ServiceMonitor or PodMonitor.
  void check_monitor() const {
    const bool of_services = object_.type().kind == "ServiceMonitor";
    const char* kind = of_services ? "Service" : "Pod";
    const auto selector = LabelSelector::of_selector(object_.root->find_path({"spec", "selector"}));
    const auto namespaces = monitored_namespaces();
    const auto targets = select_in(namespaces, kind, selector);
    const bool is_elsewhere = !selector.empty() && !objects_.select(kind, std::nullopt, selector).empty();
    if (targets.empty() && (is_elsewhere || is_known(namespaces, kind)))
      return report_.add(kSelector, object_, "spec.selector", nothing(kind, selector, ""));
    const char* ports = of_services ? "spec/endpoints/port" : "spec/podMetricsEndpoints/port";
    visit(*object_.root, ports,
          [&](const Node& port, const std::string& field) { check_port(targets, port.text(), field); });
  }

  /// A selector of Chaos Mesh at `path`.
  void check_chaos(std::string_view path) const {
    visit(*object_.root, path, [&](const Node& node, const std::string& field) {
      const Node* labels = node.find("labelSelectors");
      if (labels == nullptr) return;
      const auto selector = LabelSelector::of_labels(labels);
      std::vector<std::string_view> namespaces;
      visit(node, "namespaces", [&](const Node& name, const std::string&) { namespaces.push_back(name.text()); });
      if (namespaces.empty()) namespaces.push_back(object_.namespace_);
      if (select_in(namespaces, "Pod", selector).empty())
        report_.add(kSelector, object_, field_below(field, "labelSelectors"),
                    nothing("pod", selector, namespaces.front()));
    });
  }

 private:
  /// Those of the object's namespace. When there are none, that is a finding.
  Targets select_pods(const LabelSelector& selector, const std::string& field) const {
    auto pods = objects_.select("Pod", object_.namespace_, selector);
    if (pods.empty()) report_.add(kSelector, object_, field, nothing("pod", selector, object_.namespace_));
    return pods;
  }

  Targets select_in(const std::vector<std::string_view>& namespaces, std::string_view kind,
                    const LabelSelector& selector) const {
    if (namespaces.empty()) return objects_.select(kind, std::nullopt, selector);
    Targets all;
    for (const auto name : namespaces)
      std::ranges::copy(objects_.select(kind, name, selector), std::back_inserter(all));
    return all;
  }

  /// Empty for all.
  std::vector<std::string_view> monitored_namespaces() const {
    std::vector<std::string_view> names;
    if (text_at(*object_.root, "spec/namespaceSelector/any") == "true") return names;
    visit(*object_.root, "spec/namespaceSelector/matchNames",
          [&](const Node& name, const std::string&) { names.push_back(name.text()); });
    if (names.empty()) names.push_back(object_.namespace_);
    return names;
  }

  /// Whether the set has something to select in each of these; nobody knows what is in all namespaces of a cluster.
  bool is_known(const std::vector<std::string_view>& namespaces, std::string_view kind) const {
    return !namespaces.empty() &&
           std::ranges::all_of(namespaces, [&](std::string_view name) { return objects_.has_any(kind, name); });
  }

  /// The pods that a rule names by their labels alone; nobody knows what is in other namespaces.
  Targets check_peers(const Node& rule, const char* side, const std::string& field) const {
    Targets pods;
    std::string place = field;
    visit(rule, side, place, [&](const Node& peer, const std::string& at) {
      const auto selector = LabelSelector::of_selector(peer.find("podSelector"));
      if (selector.empty() || peer.find("namespaceSelector") != nullptr) return;
      std::ranges::copy(select_pods(selector, field_below(at, "podSelector")), std::back_inserter(pods));
    });
    return pods;
  }

  void check_ports(const Node& rule, const Targets& pods, const std::string& field) const {
    std::string place = field;
    visit(rule, "ports/port", place, [&](const Node& port, const std::string& at) {
      if (rule.find("endPort") == nullptr) check_port(pods, port.text(), at);
    });
  }

  /// Without targets there is nothing to say.
  void check_port(const Targets& targets, std::string_view port, const std::string& field) const {
    if (targets.empty() || port.empty()) return;
    if (std::ranges::any_of(targets, [&](const Target* target) { return has_port(*target, port); })) return;
    std::vector<std::string_view> names;
    for (const auto* target : targets) {
      for (const auto& each : *target->ports) names.push_back(each.name);
    }
    const bool is_number = port_number(port) != 0;
    const std::string what = targets.front()->kind == "Pod" ? "container" : "Service";
    report_.add(
        is_number ? kUndeclaredPort : kPort, object_, field,
        "no " + what + " that is selected has a port " + quoted(port) + (is_number ? "" : perhaps(port, names)));
  }

  const Objects& objects_;
  const Object& object_;
  Report& report_;
};

/// A selector of a Prometheus for objects of another kind.
struct Selection {
  const char* selector;
  std::string_view kind;
};
constexpr auto kSelections = std::to_array<Selection>({{"serviceMonitorSelector", "ServiceMonitor"},
                                                       {"podMonitorSelector", "PodMonitor"},
                                                       {"probeSelector", "Probe"},
                                                       {"ruleSelector", "PrometheusRule"}});

/// What the Prometheuses of the set select, by kind.
std::multimap<std::string_view, LabelSelector> prometheus_selectors(const Objects& objects) {
  std::multimap<std::string_view, LabelSelector> selectors;
  for (const auto& object : objects.all()) {
    if (!object.is(kMonitoring, "Prometheus")) continue;
    for (const auto& [name, kind] : kSelections) {
      const Node* selector = object.root->find_path({"spec", name});
      if (selector != nullptr && !selector->is_null()) selectors.emplace(kind, LabelSelector::of_selector(selector));
    }
  }
  return selectors;
}

void check_unselected(const Objects& objects, Report& report) {
  const auto selectors = prometheus_selectors(objects);
  for (const auto& object : objects.all()) {
    if (object.type().group != kMonitoring) continue;
    const auto [first, last] = selectors.equal_range(object.type().kind);
    const auto labels = labels_of(object.root->find_path({"metadata", "labels"}));
    if (first == last || std::any_of(first, last, [&](const auto& each) { return each.second.matches(labels); }))
      continue;
    report.add(kUnselected, object, "metadata.labels",
               "no Prometheus of the set selects it; one wants " + first->second.text());
  }
}

constexpr const char* kChaos =
    "podChaos|networkChaos|ioChaos|stressChaos|timeChaos|dnsChaos|httpChaos|kernelChaos|jvmChaos";

void check_chaos(const Checker& checker) {
  const std::string kinds = kChaos;
  for (const std::string& path :
       {std::string("spec/selector"), std::string("spec/target/selector"), "spec/" + kinds + "/selector",
        "spec/" + kinds + "/target/selector", "spec/templates/" + kinds + "/selector",
        "spec/templates/" + kinds + "/target/selector"})
    checker.check_chaos(path);
}

}  // namespace

void check_selectors(const Objects& objects, Report& report) {
  for (const auto& object : objects.all()) {
    const Checker checker(objects, object, report);
    if (object.is("", "Service")) checker.check_service();
    if (object.is("policy", "PodDisruptionBudget")) checker.check_disruption_budget();
    if (object.is("networking.k8s.io", "NetworkPolicy")) checker.check_network_policy();
    if (object.is(kMonitoring, "ServiceMonitor") || object.is(kMonitoring, "PodMonitor")) checker.check_monitor();
    if (object.type().group == "chaos-mesh.org") check_chaos(checker);
  }
  check_unselected(objects, report);
}

}  // namespace reconciler::validate
