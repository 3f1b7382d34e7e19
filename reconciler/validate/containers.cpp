#include "validate/containers.h"

#include <algorithm>
#include <array>

#include "validate/fields.h"
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
      check_mounts(container, at);
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

  void check_mounts(const Node& container, std::string field) const {
    visit(container, "volumeMounts", field, [&](const Node& mount, const std::string& at) {
      if (const auto path = mount.text_of("subPath"); !path.empty())
        check_sub_path(mount.text_of("name"), path, field_below(at, "subPath"));
    });
  }

  void check_sub_path(std::string_view volume, std::string_view path, const std::string& field) const {
    visit(*pods_.spec, "volumes", [&](const Node& each, const std::string&) {
      if (each.text_of("name") != volume) return;
      if (const Node* source = each.find("configMap")) check_file(*source, "ConfigMap", "name", path, field);
      if (const Node* source = each.find("secret")) check_file(*source, "Secret", "secretName", path, field);
    });
  }

  void check_file(const Node& source, const char* kind, const char* name, std::string_view path,
                  const std::string& field) const {
    const auto* target =
        objects_.find({{"", kind}, std::string(object_.namespace_), std::string(source.text_of(name))});
    if (target == nullptr || !target->keys || source.text_of("optional") == "true") return;
    std::vector<std::string_view> files = *target->keys;
    if (const Node* items = source.find("items"); items != nullptr && !items->empty()) {
      files.clear();
      for (const Node* item : items->items()) files.push_back(item->text_of("path"));
    }
    const auto first = path.substr(0, path.find('/'));
    if (std::ranges::any_of(files, [&](std::string_view file) { return file.substr(0, file.find('/')) == first; }))
      return;
    report_.add(kKey, object_, field,
                "the volume of " + std::string(kind) + " " + quoted(target->name) + " has no file " + quoted(path) +
                    perhaps(path, files));
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
