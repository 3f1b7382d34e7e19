#include "validate/containers.h"

#include <algorithm>
#include <array>

#include "validate/fields.h"
#include "validate/mounts.h"
#include "validate/pods.h"
#include "validate/text.h"
#include "validate/variables.h"

namespace reconciler::validate {
namespace {

using yaml::Node;

/// An image of a custom resource's own field.
struct ImageField {
  std::string_view group;
  std::string_view kind;
  const char* path;
};
constexpr auto kImageFields = std::to_array<ImageField>({{"acid.zalan.do", "postgresql", "spec/dockerImage"},
                                                         {"minio.min.io", "Tenant", "spec/image"},
                                                         {"monitoring.coreos.com", "Alertmanager", "spec/image"},
                                                         {"monitoring.coreos.com", "Prometheus", "spec/image"}});

/// What is wrong with the name of an image; "" when it always means the same.
std::string loose_image(std::string_view image) {
  if (image.empty() || image.find('@') != std::string_view::npos) return "";
  const auto colon = image.find(':', image.rfind('/') == std::string_view::npos ? 0 : image.rfind('/'));
  if (colon == std::string_view::npos) return quoted(image) + " has no version: add a tag or a digest";
  if (image.substr(colon) == ":latest") return quoted(image) + " changes under its name: take a version or a digest";
  return "";
}

void check_image(std::string_view image, const Object& object, const std::string& field, Report& report) {
  if (auto wrong = loose_image(image); !wrong.empty()) report.add(kImage, object, field, std::move(wrong));
}

/// Looks at one pod template.
class Checker {
 public:
  Checker(const Objects& objects, const Object& object, const PodTemplate& pods, Report& report)
      : objects_(objects), object_(object), pods_(pods), report_(report) {}

  void check() const {
    std::string field = pods_.field;
    visit(*pods_.spec, kAllContainers, field, [&](const Node& container, const std::string& at) {
      check_image(container.text_of("image"), object_, field_below(at, "image"), report_);
      check_probes(container, at);
      check_mounts(objects_, object_, pods_, container, at, report_);
      if (!pods_.is_partial) check_variables(objects_, object_, container, at, report_);
    });
  }

 private:
  void check_probes(const Node& container, std::string field) const {
    for (const char* path : {"livenessProbe|readinessProbe|startupProbe/httpGet|tcpSocket|grpc",
                             "lifecycle/postStart|preStop/httpGet|tcpSocket"}) {
      visit(container, path, field, [&](const Node& call, const std::string& at) {
        if (call.text_of("host").empty()) check_port(container, call.text_of("port"), field_below(at, "port"));
      });
    }
  }

  /// A number that nobody declares works, as declaring is for people; a name does not.
  void check_port(const Node& container, std::string_view port, const std::string& field) const {
    if (port.empty() || pods_.is_partial) return;
    const bool is_number = port_number(port) != 0;
    const Node& where = is_number ? *pods_.spec : container;
    const std::string ports = is_number ? std::string(kAllContainers) + "/ports" : "ports";
    std::vector<std::string_view> known;
    visit(where, ports, [&](const Node& each, const std::string&) {
      known.push_back(each.text_of(is_number ? "containerPort" : "name"));
    });
    if (std::ranges::find(known, port) != known.end() || (is_number && known.empty())) return;
    report_.add(is_number ? kUndeclaredPort : kPort, object_, field,
                "container " + quoted(container.text_of("name")) + " has no port " + quoted(port) +
                    (is_number ? "" : perhaps(port, known)));
  }

  const Objects& objects_;
  const Object& object_;
  const PodTemplate& pods_;
  Report& report_;
};

}  // namespace

void check_containers(const Objects& objects, Report& report) {
  for (const auto& object : objects.all()) {
    for_each_pod_template(object.type(), *object.root,
                          [&](const PodTemplate& pods) { Checker(objects, object, pods, report).check(); });
    for (const auto& [group, kind, path] : kImageFields) {
      if (!object.is(group, kind)) continue;
      visit(*object.root, path,
            [&](const Node& image, const std::string& field) { check_image(image.text(), object, field, report); });
    }
  }
}

}  // namespace reconciler::validate
