#include "kube/urls.h"

namespace reconciler::kube {
namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

/// A name as one segment of a path. Dots alone would lead upwards; the server refuses such names, if it comes to see
/// them.
std::string segment(std::string_view name) {
  if (name == ".") return "%2E";
  if (name == "..") return "%2E%2E";
  return percent_encode(name);
}

}  // namespace

std::string percent_encode(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c)) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return encoded;
}

std::string collection_path(const ApiResource& resource, std::string_view namespace_) {
  auto path = (resource.type.group.empty() ? "/api/" : "/apis/") + resource.api_version();
  if (resource.namespaced && !namespace_.empty()) path += "/namespaces/" + segment(namespace_);
  return path + "/" + resource.plural;
}

std::string object_path(const ApiResource& resource, const ObjectKey& key, std::string_view subresource) {
  auto path = collection_path(resource, key.namespace_) + "/" + segment(key.name);
  if (!subresource.empty()) path += "/" + segment(subresource);
  return path;
}

Query& Query::add(std::string_view name, std::string_view value) {
  if (value.empty()) return *this;
  text_ += text_.empty() ? '?' : '&';
  text_.append(name).append("=").append(percent_encode(value));
  return *this;
}

}  // namespace reconciler::kube
