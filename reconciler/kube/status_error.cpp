#include "kube/status_error.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "kube/json_access.h"
#include "kube/message_causes.h"

namespace reconciler::kube {
namespace {

/// ValidateImmutableField of k8s.io/apimachinery/pkg/api/validation.
constexpr const char* kImmutable = "field is immutable";
constexpr const char* kWithheld = "the server's words are withheld, as they could quote a value of the Secret";

/// Errors that the server counts as its own, and that keep only this object out: others go on. `k8s.io/apiserver`:
/// admission/plugin/webhook/errors, storage/etcd3.
bool concerns_the_object(const std::string& message) {
  static constexpr std::array<const char*, 3> kWords{"failed calling webhook", "etcdserver: request is too large",
                                                     "trying to send message larger than max"};
  return is_schema_refusal(message) || std::any_of(kWords.begin(), kWords.end(), [&](const char* words) {
           return message.find(words) != std::string::npos;
         });
}

/// Whether a policy or a webhook refuses the object by a rule of its own, whatever code that chose; one that names
/// fields validates as the server does. Source: k8s.io/apiserver, admission/plugin/webhook/errors and
/// admission/plugin/policy/validating.
bool is_denial(const Json& status) {
  const auto message = text_of(status, "message");
  const bool is_webhooks =
      message.starts_with("admission webhook \"") && message.find("denied the request") != message.npos;
  const bool is_policys = message.find("is forbidden: ValidatingAdmissionPolicy '") != message.npos;
  const auto& causes = member(member(status, "details"), "causes");
  return (is_webhooks || is_policys) &&
         std::all_of(causes.begin(), causes.end(), [](const Json& cause) { return text_of(cause, "field").empty(); });
}

ErrorKind kind_of(int code, const Json& status) {
  if (code == 500 && concerns_the_object(text_of(status, "message"))) return ErrorKind::kRejected;
  switch (code) {
    case 401:
    case 403:
      return ErrorKind::kForbidden;
    case 404:
      return ErrorKind::kNotFound;
    case 409:
      return ErrorKind::kConflict;
    case 429:
      return ErrorKind::kUnavailable;
    default:
      if (code < 400 || code >= 500) return ErrorKind::kUnavailable;
      return is_denial(status) ? ErrorKind::kForbidden : ErrorKind::kRejected;
  }
}

std::string one_line(std::string text) {
  const auto is_control = [](unsigned char c) { return std::iscntrl(c) != 0; };
  std::replace_if(text.begin(), text.end(), is_control, ' ');
  while (!text.empty() && (text.back() == '.' || text.back() == ' ')) text.pop_back();
  return text;
}

/// `.spec.replicas` of a conflict is `spec.replicas` of a validation.
std::string field_of(const Json& cause) {
  auto field = text_of(cause, "field");
  return field.starts_with('.') ? field.substr(1) : field;
}

/// What may be said of a Secret's field: the reasons of apimachinery's CauseType and field.ErrorType.
std::string safe_words(const std::string& reason) {
  static constexpr std::array<std::pair<const char*, const char*>, 7> kWords{{
      {"FieldValueRequired", "a value is required"},
      {"FieldValueInvalid", "the value is invalid"},
      {"FieldValueNotSupported", "the value is not one of those supported"},
      {"FieldValueDuplicate", "the value is there twice"},
      {"FieldValueForbidden", "the field may not be set or changed"},
      {"FieldValueTooLong", "the value is too long"},
      {"FieldValueTooMany", "there are too many values"},
  }};
  for (const auto& [name, words] : kWords) {
    if (reason == name) return words;
  }
  return kWithheld;
}

bool is_conflict(const Json& cause) { return text_of(cause, "reason") == "FieldManagerConflict"; }

std::string cause_message(const Json& cause, const Asked& asked) {
  // A conflict names the manager and the version only, a validation may quote the value.
  if (!asked.secret || is_conflict(cause)) return one_line(text_of(cause, "message"));
  if (text_of(cause, "message").find(kImmutable) != std::string::npos) return kImmutable;
  return safe_words(text_of(cause, "reason"));
}

/// `data[tls.key]` of a Secret. What is no key may be a piece of a value that was put where a key belongs.
bool shows_no_key(const std::string& field) {
  const auto begin = field.find('[');
  if (begin == std::string::npos) return false;
  return !std::all_of(field.begin() + static_cast<std::ptrdiff_t>(begin) + 1, field.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.' || c == ']' || c == '[';
  });
}

Cause cause_of(const Json& cause, const Asked& asked) {
  auto field = field_of(cause);
  if (!asked.secret || !shows_no_key(field)) return {"", std::move(field), cause_message(cause, asked)};
  return {"", field.substr(0, field.find('[')),
          "a key, which is not shown here, has other characters than letters, digits, '-', '_' and '.'"};
}

bool starts_as_rbac_refusal(const std::string& message) {
  return message.starts_with("secrets ") && message.find("is forbidden: User \"") != std::string::npos;
}

/// Refusals that are written before the server looks at the content.
bool names_only(int code, const std::string& reason, const std::string& message) {
  if (message.starts_with("admission webhook")) return false;
  if (code == 401 || code == 404) return true;
  if (code == 403) return starts_as_rbac_refusal(message);
  return code == 409 && (reason == "AlreadyExists" || message.starts_with("Operation cannot be fulfilled on secrets") ||
                         message.starts_with("Apply failed with "));
}

std::string safe_message(int code, const Json& status, const Asked& asked) {
  auto message = one_line(text_of(status, "message"));
  if (!asked.secret || names_only(code, text_of(status, "reason"), message)) return message;
  if (message.find("illegal base64 data") != std::string::npos) return "a value of data is not base64";
  return kWithheld;
}

std::vector<Cause> causes_of(const Json& status, const Asked& asked) {
  std::vector<Cause> causes;
  for (const auto& cause : member(member(status, "details"), "causes")) {
    causes.push_back(cause_of(cause, asked));
  }
  return causes;
}

Error rejected(const Json& status, std::string message, const Asked& asked) {
  auto causes = causes_of(status, asked);
  if (causes.empty()) causes = causes_in(text_of(status, "message"));
  if (causes.empty()) causes.push_back({"", "", std::move(message)});
  return {ErrorKind::kRejected, "the API server rejects it", std::move(causes), asked.what};
}

std::string describe(int code, const std::string& message) {
  return message.empty() ? "the API server answers " + std::to_string(code) : message;
}

}  // namespace

Asked Asked::about(const ObjectKey& key) { return {key.text(), key.type == GroupKind{"", "Secret"}}; }

Asked Asked::listing(const GroupKind& type) { return {"list " + type.text(), type == GroupKind{"", "Secret"}}; }

Error error_of(int code, const Json& status, const Asked& asked) {
  auto message = describe(code, safe_message(code, status, asked));
  const auto kind = kind_of(code, status);
  if (kind == ErrorKind::kRejected) return rejected(status, std::move(message), asked);
  Error error{kind, std::move(message), {}, asked.what};
  if (kind == ErrorKind::kConflict) error.causes = causes_of(status, asked);
  return error;
}

Error error_of(const HttpAnswer& answer, const Asked& asked) {
  if (answer.failure != Failure::kNone) return {ErrorKind::kUnavailable, answer.reason, {}, asked.what};
  // A body that is no Status comes from something in between (a proxy's page): its text says nothing about the object.
  auto status = Json::parse(answer.body, nullptr, false);
  if (text_of(status, "kind") != "Status") status = Json::object();
  return error_of(answer.code, status, asked);
}

}  // namespace reconciler::kube
