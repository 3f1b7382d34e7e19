#include "validate/addresses.h"

#include <algorithm>
#include <array>
#include <optional>

#include "validate/fields.h"
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
  const bool ends = text.empty() || std::string_view("/?#,\"' \n\r\t").find(text.front()) != std::string_view::npos;
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

/// The address of a value that is a URL as a whole.
Address url_address(std::string_view value) {
  const auto colon = value.find("://");
  if (colon == std::string_view::npos || value.find('\n') != std::string_view::npos) return {};
  const auto* scheme = scheme_of(value.substr(0, colon));
  return scheme == nullptr ? Address() : address_of(without_user(value.substr(colon + 3)), scheme->port);
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

  void check(std::string_view value, const std::string& field) const {
    const auto address = url_address(value);
    if (!address.host.empty() && address.host.find('.') == std::string_view::npos && address.host != "localhost" &&
        !is_digit(address.host.back())) {
      check_service(address.host, object_.namespace_, address.port, field);
    }
    check_full_names(value, field);
  }

 private:
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

  void check_service(std::string_view name, std::string_view namespace_, std::string_view port,
                     const std::string& field) const {
    const ObjectKey key{{"", "Service"}, std::string(namespace_), std::string(name)};
    const auto* service = objects_.find(key);
    if (service == nullptr) {
      if (is_of_every_cluster("", "Service", namespace_, name)) return;
      report_.add(kAddress, object_, field,
                  is_secret() ? "a URL in it names a Service that is neither in the set nor declared"
                              : key.text() + " is neither in the set nor declared by gitops.spira.dev/provides" +
                                    perhaps(name, objects_.names(key.type, namespace_)));
    } else if (!port.empty() && !has_port(*service, port) && !is_headless(*service)) {
      report_.add(kAddress, object_, field,
                  is_secret() ? "a URL in it names a port that its Service does not have"
                              : key.text() + " has no port " + quoted(port));
    }
  }

  /// Its name means its pods, whose ports are free.
  static bool is_headless(const Target& service) {
    return service.object != nullptr && text_at(*service.object->root, "spec/clusterIP") == "None";
  }

  bool is_secret() const { return object_.is("", "Secret"); }

  const Objects& objects_;
  const Object& object_;
  Report& report_;
};

void check(const Objects& objects, const Object& object, Report& report) {
  const Checker checker(objects, object, report);
  const auto look = [&](const Node& value, const std::string& field) { checker.check(value.text(), field); };
  for_each_pod_template(object.type(), *object.root, [&](const PodTemplate& pods) {
    std::string field = pods.field;
    visit(*pods.spec, std::string(kAllContainers) + "/env/value", field, look);
    visit(
        *pods.spec, std::string(kAllContainers) + "/command|args", field, [&](const Node& word, const std::string& at) {
          const auto text = word.text();
          const auto equal = text.find('=');
          checker.check(text.starts_with("--") && equal != std::string_view::npos ? text.substr(equal + 1) : text, at);
        });
  });
  if (object.is("", "ConfigMap")) visit(*object.root, "data/*", look);
  if (object.is("", "Secret")) visit(*object.root, "stringData/*", look);
}

}  // namespace

void check_addresses(const Objects& objects, Report& report) {
  for (const auto& object : objects.all()) check(objects, object, report);
}

}  // namespace reconciler::validate
