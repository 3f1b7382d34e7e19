#include "validate/collisions.h"

#include <string>
#include <unordered_map>

#include "validate/fields.h"
#include "validate/label_selector.h"
#include "validate/text.h"

namespace reconciler::validate {
namespace {

using yaml::Node;

/// Things that one object each may claim, by name.
class Claims {
 public:
  explicit Claims(Report& report) : report_(report) {}

  /// `what` is for the message: `the node port 30080`.
  void claim(const Object& object, const std::string& thing, const std::string& field, const std::string& what) {
    const auto [owner, is_new] = owners_.try_emplace(thing, &object);
    if (is_new || owner->second == &object) return;
    report_.add(kCollision, object, field, owner->second->manifest->key.text() + " claims " + what + " too");
  }

 private:
  Report& report_;
  std::unordered_map<std::string, const Object*> owners_;
};

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const auto part : parts) (text += part) += '\n';
  return text;
}

void claim_service(const Object& object, Claims& claims) {
  const Node& root = *object.root;
  const auto type = text_at(root, "spec/type");
  const auto address = text_at(root, "spec/clusterIP");
  const auto selector = LabelSelector::of_labels(root.find_path({"spec", "selector"})).text();
  visit(root, "spec/ports", [&](const Node& port, const std::string& field) {
    const auto protocol = port.text_of("protocol");
    const auto number = port.text_of("port");
    const auto target = port.find("targetPort") == nullptr ? number : port.text_of("targetPort");
    if (const auto node_port = port.text_of("nodePort"); !node_port.empty() && node_port != "0")
      claims.claim(object, joined({"node port", protocol, node_port}), field_below(field, "nodePort"),
                   "the node port " + std::string(node_port));
    if (!selector.empty() && address != "None" && type != "ExternalName")
      claims.claim(object, joined({"service", type, object.namespace_, selector, protocol, number, target}),
                   field_below(field, "port"), "port " + std::string(number) + " of the pods " + selector);
  });
  if (!address.empty() && address != "None")
    claims.claim(object, joined({"address", address}), "spec.clusterIP", "the address " + std::string(address));
}

void claim_pods(const Objects& objects, const Object& object, Claims& claims) {
  const auto selector = LabelSelector::of_selector(object.root->find_path({"spec", "selector"}));
  for (const auto* pod : objects.select("Pod", object.namespace_, selector)) {
    claims.claim(object,
                 joined({"budget", pod->namespace_, pod->name, pod->object == nullptr ? "" : pod->object->type().kind}),
                 "spec.selector", "the pods of " + quoted(pod->name));
  }
}

void claim_scale(const Object& object, Claims& claims) {
  const auto kind = text_at(*object.root, "spec/scaleTargetRef/kind");
  const auto name = text_at(*object.root, "spec/scaleTargetRef/name");
  claims.claim(object, joined({"scale", object.namespace_, kind, name}), "spec.scaleTargetRef",
               std::string(kind) + " " + quoted(name));
}

void claim_routes(const Object& object, Claims& claims) {
  if (object.annotation("nginx.ingress.kubernetes.io/canary") == "true") return;
  const auto annotated = object.annotation("kubernetes.io/ingress.class");
  const auto klass = annotated.empty() ? text_at(*object.root, "spec/ingressClassName") : annotated;
  visit(*object.root, "spec/rules", [&](const Node& rule, const std::string& at) {
    std::string field = at;
    visit(rule, "http/paths", field, [&](const Node& path, const std::string& place) {
      const auto host = rule.text_of("host");
      claims.claim(object, joined({"route", klass, host, path.text_of("pathType"), path.text_of("path")}),
                   field_below(place, "path"), "the route " + std::string(host) + std::string(path.text_of("path")));
    });
  });
}

void claim_workload(const Object& object, Claims& claims) {
  const auto selector = LabelSelector::of_selector(object.root->find_path({"spec", "selector"})).text();
  if (!selector.empty())
    claims.claim(object, joined({"workload", object.type().kind, object.namespace_, selector}), "spec.selector",
                 "the pods " + selector);
}

}  // namespace

void check_collisions(const Objects& objects, Report& report) {
  Claims claims(report);
  for (const auto& object : objects.all()) {
    if (object.is("", "Service")) claim_service(object, claims);
    if (object.is("policy", "PodDisruptionBudget")) claim_pods(objects, object, claims);
    if (object.is("autoscaling", "HorizontalPodAutoscaler")) claim_scale(object, claims);
    if (object.is("networking.k8s.io", "Ingress")) claim_routes(object, claims);
    if (object.type().group == "apps") claim_workload(object, claims);
  }
}

}  // namespace reconciler::validate
