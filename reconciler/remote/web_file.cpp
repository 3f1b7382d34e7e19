#include "remote/web_file.h"

#include <memory>

#include <curl/curl.h>

#include "git/url.h"

namespace reconciler::remote {
namespace {

constexpr int kMostRedirects = 5;

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

struct Body {
  std::string content;
  std::size_t max_bytes = 0;
  bool is_too_large = false;
};

std::size_t receive(const char* data, std::size_t, std::size_t size, void* into) {
  auto& body = *static_cast<Body*>(into);
  body.is_too_large = body.content.size() + size > body.max_bytes;
  if (body.is_too_large) return 0;
  body.content.append(data, size);
  return size;
}

/// Asked by libcurl about once a second; not 0 ends the transfer.
int is_to_stop(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::stop_token*>(stop)->stop_requested() ? 1 : 0;
}

struct Answer {
  long code = 0;
  std::string redirect;
  std::string content;
};

tl::unexpected<Error> problem(ErrorKind kind, const std::string& url, const std::string& what) {
  return fail(kind, "'" + git::scrubbed(url) + "': " + what);
}

Result<Answer> get(const std::string& url, WebLimits limits) {
  const Handle handle(curl_easy_init(), &curl_easy_cleanup);
  Body body{{}, limits.bytes, false};
  curl_easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT, static_cast<long>(limits.time.count()));
  curl_easy_setopt(handle.get(), CURLOPT_USERAGENT, "spira-reconciler");
  curl_easy_setopt(handle.get(), CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, receive);
  curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &body);
  curl_easy_setopt(handle.get(), CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle.get(), CURLOPT_XFERINFOFUNCTION, is_to_stop);
  curl_easy_setopt(handle.get(), CURLOPT_XFERINFODATA, &limits.stop);
  const CURLcode done = curl_easy_perform(handle.get());
  if (body.is_too_large)
    return problem(ErrorKind::kInvalid, url, "is larger than " + std::to_string(limits.bytes) + " bytes");
  if (done == CURLE_ABORTED_BY_CALLBACK) return problem(ErrorKind::kCancelled, url, "stopped");
  if (done == CURLE_URL_MALFORMAT) return problem(ErrorKind::kInvalid, url, "is no URL");
  if (done != CURLE_OK) return problem(ErrorKind::kUnavailable, url, curl_easy_strerror(done));
  Answer answer;
  const char* redirect = nullptr;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &answer.code);
  curl_easy_getinfo(handle.get(), CURLINFO_REDIRECT_URL, &redirect);
  if (redirect != nullptr) answer.redirect = redirect;
  answer.content = std::move(body.content);
  return answer;
}

ErrorKind kind_of(long code) {
  if (code == 404 || code == 410) return ErrorKind::kNotFound;
  if (code == 401 || code == 403) return ErrorKind::kForbidden;
  return code >= 500 || code == 429 ? ErrorKind::kUnavailable : ErrorKind::kInvalid;
}

}  // namespace

Result<std::string> get_web_file(const std::string& url, const WebLimits& limits, const CheckUrl& check) {
  std::string at = url;
  for (int i = 0; i <= kMostRedirects; ++i) {
    TRY_VOID(check(at));
    TRY(Answer answer, get(at, limits));
    if (answer.code >= 200 && answer.code < 300) return std::move(answer.content);
    if (answer.redirect.empty())
      return problem(kind_of(answer.code), at, "the server answers " + std::to_string(answer.code));
    at = std::move(answer.redirect);
  }
  return problem(ErrorKind::kInvalid, url, "redirects too often");
}

}  // namespace reconciler::remote
