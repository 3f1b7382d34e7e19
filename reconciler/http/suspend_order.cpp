#include "http/suspend_order.h"

#include <nlohmann/json.hpp>

#include "object/manifest.h"

namespace reconciler::http {
namespace {

constexpr std::size_t kLongest = 1024;

Status take(const Json& value, const std::string& field, std::string& into) {
  if (!value.is_string() || value.get_ref<const std::string&>().size() > kLongest) {
    return fail(ErrorKind::kInvalid, field + " must be a text of at most " + std::to_string(kLongest) + " bytes");
  }
  into = value.get<std::string>();
  return {};
}

}  // namespace

Result<SuspendOrder> read_suspend_order(const std::string& body) {
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return fail(ErrorKind::kInvalid, R"(the body must be {"reason": "...", "by": "..."})");
  SuspendOrder order{"", "api"};
  for (const auto& [field, value] : json.items()) {
    if (field == "reason") {
      TRY_VOID(take(value, field, order.reason));
    } else if (field == "by") {
      TRY_VOID(take(value, field, order.by));
    } else {
      return fail(ErrorKind::kInvalid, "there is no field '" + field + "'; there are reason and by");
    }
  }
  if (order.reason.empty()) return fail(ErrorKind::kInvalid, "say why, in the field reason");
  return order;
}

}  // namespace reconciler::http
