#include "support/e2e/http_call.h"

#include <memory>
#include <stdexcept>

#include <curl/curl.h>

namespace reconciler::test {
namespace {

constexpr long kTimeoutSeconds = 30;

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Lines = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

std::size_t append(char* bytes, std::size_t size, std::size_t count, void* to) {
  static_cast<std::string*>(to)->append(bytes, size * count);
  return size * count;
}

Lines lines_of(const HttpHeaders& headers) {
  curl_slist* lines = nullptr;
  for (const auto& [name, value] : headers) lines = curl_slist_append(lines, (name + ": " + value).c_str());
  // Without it curl asks first whether it may send a larger body.
  lines = curl_slist_append(lines, "Expect:");
  return {lines, curl_slist_free_all};
}

HttpAnswer call(const std::string& url, const std::string* body, const HttpHeaders& headers) {
  const Handle handle(curl_easy_init(), curl_easy_cleanup);
  if (!handle) throw std::runtime_error("curl cannot be used");
  HttpAnswer answer;
  const auto lines = lines_of(headers);
  curl_easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT, kTimeoutSeconds);
  curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, lines.get());
  curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &answer.body);
  if (body != nullptr) {
    curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
    curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDS, body->data());
  }
  curl_easy_perform(handle.get());
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  return answer;
}

}  // namespace

HttpAnswer http_get(const std::string& url, const HttpHeaders& headers) { return call(url, nullptr, headers); }

HttpAnswer http_post(const std::string& url, const std::string& body, const HttpHeaders& headers) {
  return call(url, &body, headers);
}

}  // namespace reconciler::test
