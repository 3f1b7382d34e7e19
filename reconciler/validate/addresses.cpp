#include "validate/addresses.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "base/base64.h"
#include "validate/fields.h"
#include "validate/label_selector.h"
#include "validate/pods.h"
#include "validate/scope.h"
#include "validate/text.h"

namespace reconciler::validate {
namespace {

using yaml::Node;

/// A scheme whose hosts are asked of the cluster's DNS, with the port that it means by itself.
struct Scheme {
  std::string_view name;
  std::string_view port;  ///< "" when none.
};
constexpr auto kSchemes = std::to_array<Scheme>({{"amqp", "5672"},
                                                 {"amqps", "5671"},
                                                 {"grpc", ""},
                                                 {"http", "80"},
                                                 {"https", "443"},
                                                 {"mongodb", "27017"},
                                                 {"mysql", "3306"},
                                                 {"nats", "4222"},
                                                 {"postgres", "5432"},
                                                 {"postgresql", "5432"},
                                                 {"redis", "6379"},
                                                 {"tcp", ""},
                                                 {"tls", ""},
                                                 {"ws", "80"},
                                                 {"wss", "443"}});

struct Address {
  std::string_view host;
  std::string_view port;
};

bool is_host_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_scheme_letter(char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '+'; }

std::string_view leading(std::string_view text, bool (*allows)(char)) {
  return text.substr(0, static_cast<std::size_t>(std::ranges::find_if_not(text, allows) - text.begin()));
}

/// The host and port that a text begins with; the host is "" when it is not a plain one.
Address address_of(std::string_view text, std::string_view default_port) {
  Address address{leading(text, is_host_letter), default_port};
  text.remove_prefix(address.host.size());
  if (text.starts_with(':')) {
    address.port = leading(text.substr(1), is_digit);
    text.remove_prefix(1 + address.port.size());
  }
  const bool ends = text.empty() || std::string_view("/?#,]\"' \n\r\t").find(text.front()) != std::string_view::npos;
  return ends ? address : Address();
}

const Scheme* scheme_of(std::string_view name) {
  name = name.substr(0, name.find('+'));  // `postgresql+psycopg2`
  const auto found = std::ranges::find(kSchemes, name, &Scheme::name);
  return found == kSchemes.end() ? nullptr : &*found;
}

/// What is before the host.
std::string_view without_user(std::string_view text) {
  const auto end = text.find_first_of("/?# \n\"'");
  const auto at = text.substr(0, end).rfind('@');
  return at == std::string_view::npos ? text : text.substr(at + 1);
}

/// A line of a configuration without its comment.
std::string_view without_comment(std::string_view line) {
  const auto first = line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
  if (first.starts_with('#') || first.starts_with(';') || first.starts_with("//")) return "";
  return line.substr(0, line.find(" #"));
}

/// Whether a value can come after this: at a line's begin, or after what sets values in configurations, but not in the
/// middle of a sentence.
bool sets_value(std::string_view before) {
  const auto last = before.find_last_not_of(" \t");
  return last == std::string_view::npos || std::string_view("=:\"'[,-(@|").find(before[last]) != std::string_view::npos;
}

/// Calls `use` with the address of each URL of a known scheme.
template <class Use>
void for_each_url(std::string_view text, const Use& use) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = without_comment(text.substr(0, end));
    for (auto at = line.find("://"); at != std::string_view::npos; at = line.find("://", at + 3)) {
      auto from = at;
      while (from > 0 && is_scheme_letter(line[from - 1])) --from;
      const auto* scheme = scheme_of(line.substr(from, at - from));
      if (scheme != nullptr && sets_value(line.substr(0, from)))
        use(address_of(without_user(line.substr(at + 3)), scheme->port));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

/// Whether a variable or key of that name holds an address: one of its words says so.
bool says_address(std::string_view name) {
  std::string upper;
  for (const char c : name) upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return std::ranges::any_of(std::to_array<std::string_view>({"ADDR", "ENDPOINT", "HOST", "SERVER", "URI", "URL"}),
                             [&](std::string_view word) { return upper.find(word) != std::string::npos; });
}

/// `service.namespace`, of a host that ends in `.svc` or what follows that; nothing for other hosts.
std::optional<std::pair<std::string_view, std::string_view>> service_of(std::string_view host) {
  const auto svc = host.find(".svc");
  if (svc == std::string_view::npos || (svc + 4 < host.size() && host[svc + 4] != '.')) return std::nullopt;
  host = host.substr(0, svc);
  const auto dot = host.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return std::nullopt;
  const auto pod = host.rfind('.', dot - 1);
  const auto name = pod == std::string_view::npos ? host.substr(0, dot) : host.substr(pod + 1, dot - pod - 1);
  return std::pair(name, host.substr(dot + 1));
}

/// Looks at the texts of one object.
class Checker {
 public:
  Checker(const Objects& objects, const Object& object, Report& report)
      : objects_(objects), object_(object), report_(report) {}

  /// `name` is that of the variable or key; "" for none.
  void check(std::string_view name, std::string_view value, const std::string& field) const {
    for_each_url(value, [&](const Address& address) { check_host(address, field); });
    check_full_names(value, field);
    const auto pair = address_of(value, "");
    if (says_address(name) && !pair.port.empty() && pair.host.size() + 1 + pair.port.size() == value.size())
      check_host(pair, field);
  }

 private:
  void check_host(const Address& address, const std::string& field) const {
    const auto dot = address.host.find('.');
    const auto first = address.host.substr(0, dot);
    if (first.empty() || std::ranges::all_of(first, is_digit) || address.host == "localhost") return;
    if (dot == std::string_view::npos) return check_service(first, object_.namespace_, address.port, field);
    const auto second = address.host.substr(dot + 1);
    if (second.find('.') != std::string_view::npos) return;
    if (has_namespace(second)) return check_service(first, second, address.port, field);
    if (const auto* service = find_service(second, object_.namespace_); service != nullptr && is_headless(*service))
      check_service(second, object_.namespace_, address.port, field);
  }

  /// Names of the form `service.namespace.svc`, wherever they are in a text.
  void check_full_names(std::string_view text, const std::string& field) const {
    for (auto at = text.find(".svc"); at != std::string_view::npos; at = text.find(".svc", at + 4)) {
      auto from = at;
      while (from > 0 && is_host_letter(text[from - 1])) --from;
      const auto address = address_of(text.substr(from), "");
      const bool is_whole =
          from == 0 || std::string_view("/@ \"'=,:\n\t").find(text[from - 1]) != std::string_view::npos;
      if (const auto service = service_of(address.host); service && is_whole)
        check_service(service->first, service->second, address.port, field);
    }
  }

  bool has_namespace(std::string_view name) const {
    return objects_.find({{"", "Namespace"}, "", std::string(name)}) != nullptr;
  }

  const Target* find_service(std::string_view name, std::string_view namespace_) const {
    return objects_.find({{"", "Service"}, std::string(namespace_), std::string(name)});
  }

  void check_service(std::string_view name, std::string_view namespace_, std::string_view port,
                     const std::string& field) const {
    const ObjectKey key{{"", "Service"}, std::string(namespace_), std::string(name)};
    const auto* service = find_service(name, namespace_);
    if (service == nullptr) {
      if (is_of_every_cluster("", "Service", namespace_, name) || !objects_.would_hold(key)) return;
      report_.add(kAddress, object_, field,
                  is_secret() ? "a URL in it names a Service that is neither in the set nor declared"
                              : key.text() + " is neither in the set nor declared by gitops.spira.dev/provides" +
                                    perhaps(name, objects_.names(key.type, namespace_)));
    } else if (!port.empty() && !answers_at(*service, port)) {
      report_.add(kAddress, object_, field,
                  is_secret() ? "a URL in it names a port that its Service does not have"
                              : key.text() + " has no port " + quoted(port));
    }
  }

  static bool is_headless(const Target& service) {
    return service.object != nullptr && text_at(*service.object->root, "spec/clusterIP") == "None";
  }

  /// The name of a headless Service means its pods, and any of their ports; those that declare none have all.
  bool answers_at(const Target& service, std::string_view port) const {
    if (has_port(service, port)) return true;
    if (!is_headless(service)) return false;
    const auto selector = LabelSelector::of_labels(service.object->root->find_path({"spec", "selector"}));
    if (selector.empty()) return true;
    return std::ranges::any_of(objects_.select("Pod", service.namespace_, selector), [&](const Target* pod) {
      return has_port(*pod, port) || (pod->ports && pod->ports->empty());
    });
  }

  bool is_secret() const { return object_.is("", "Secret"); }

  const Objects& objects_;
  const Object& object_;
  Report& report_;
};

void check_containers(const Checker& checker, const PodTemplate& pods) {
  std::string field = pods.field;
  visit(*pods.spec, std::string(kAllContainers) + "/env", field, [&](const Node& variable, const std::string& at) {
    checker.check(variable.text_of("name"), variable.text_of("value"), field_below(at, "value"));
  });
  visit(*pods.spec, std::string(kAllContainers) + "/command|args", field,
        [&](const Node& word, const std::string& at) { checker.check("", word.text(), at); });
}

void check_data(const Checker& checker, const Object& object, const char* map, bool is_base64) {
  const Node* data = object.root->find(map);
  if (data == nullptr) return;
  for (const auto& entry : data->entries()) {
    const auto text = is_base64 ? from_base64(entry.value->text()) : std::string(entry.value->text());
    if (text) checker.check(entry.key->text(), *text, field_below(map, entry.key->text()));
  }
}

void check(const Objects& objects, const Object& object, Report& report) {
  const Checker checker(objects, object, report);
  for_each_pod_template(object.type(), *object.root, [&](const PodTemplate& pods) { check_containers(checker, pods); });
  if (object.is("", "ConfigMap")) check_data(checker, object, "data", false);
  if (object.is("", "Secret")) {
    check_data(checker, object, "data", true);
    check_data(checker, object, "stringData", false);
  }
}

}  // namespace

void check_addresses(const Objects& objects, Report& report) {
  for (const auto& object : objects.all()) check(objects, object, report);
}

}  // namespace reconciler::validate
