#include "kube/curl_easy.h"

#include <string_view>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace reconciler::kube {
namespace {

constexpr long kKeepaliveIdleSeconds = 15;
constexpr int kKeepaliveIntervalSeconds = 5;
constexpr int kKeepaliveProbes = 3;
constexpr int kUnackedMilliseconds = 30'000;

/// A peer that has vanished without a word (power, cable, firewall) breaks the connection within half a minute, whether
/// bytes of ours are under way or only watches lie open.
int notice_a_dead_peer(void*, curl_socket_t socket, curlsocktype) {
  setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &kKeepaliveProbes, sizeof kKeepaliveProbes);
  setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUnackedMilliseconds, sizeof kUnackedMilliseconds);
  return CURL_SOCKOPT_OK;
}

void set_pem(CURL* easy, const Pem& pem, CURLoption blob_option, CURLoption file_option) {
  if (!pem.data.empty()) {
    curl_blob blob{const_cast<char*>(pem.data.data()), pem.data.size(), CURL_BLOB_NOCOPY};
    curl_easy_setopt(easy, blob_option, &blob);
  } else if (!pem.file.empty()) {
    curl_easy_setopt(easy, file_option, pem.file.c_str());
  }
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "[::1]" || host == "::1" || host.starts_with("127.");
}

using CurlUrl = std::unique_ptr<CURLU, CurlFree<curl_url_cleanup>>;

std::string part(const CurlUrl& url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url.get(), which, &text, flags) != CURLUE_OK) return "";
  std::string copy = text;
  curl_free(text);
  return copy;
}

std::string without_slash(std::string text) {
  while (text.ends_with('/')) text.pop_back();
  return text;
}

}  // namespace

std::string proxy_for_curl(const std::string& url) {
  constexpr std::string_view kSocks = "socks5://";
  return url.starts_with(kSocks) ? "socks5h://" + url.substr(kSocks.size()) : url;
}

Result<ServerAddress> parse_server(const std::string& server) {
  const CurlUrl url(curl_url());
  const auto bad = [](const char* why) {
    return fail(ErrorKind::kInvalid, std::string("the cluster's server ") + why);
  };
  if (curl_url_set(url.get(), CURLUPART_URL, server.c_str(), CURLU_DEFAULT_SCHEME) != CURLUE_OK)
    return bad("is no URL");
  const auto scheme = part(url, CURLUPART_SCHEME);
  if (scheme != "https" && scheme != "http") return bad("is no http or https URL");
  if (!part(url, CURLUPART_USER).empty() || !part(url, CURLUPART_PASSWORD).empty()) {
    return bad("holds a user or password in its URL");
  }
  const auto host = part(url, CURLUPART_HOST);
  const auto port = part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  const auto prefix = without_slash(part(url, CURLUPART_PATH));
  return ServerAddress{scheme + "://" + host + ":" + port + prefix, host, port, is_loopback(host)};
}

CurlSettings::CurlSettings(const ClusterConfig& config, ServerAddress address, Duration connect_timeout)
    : config_(config), address_(std::move(address)), connect_timeout_(connect_timeout), url_(address_.url) {
  if (config_.tls_server_name.empty()) return;
  // The certificate's name is the URL's: the URL bears it, and the connection goes to the real host.
  const auto authority = address_.host + ":" + address_.port;
  url_.replace(url_.find(authority), authority.size(), config_.tls_server_name + ":" + address_.port);
  connect_to_.reset(curl_slist_append(nullptr, ("::" + authority).c_str()));
}

void CurlSettings::fit(CURL* easy, const HttpRequest& request, const CurlHeaders& headers) const {
  curl_easy_setopt(easy, CURLOPT_URL, (url_ + request.target).c_str());
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  if (!request.content_type.empty()) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
  }
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  fit_connection(easy);
  fit_tls(easy);
}

void CurlSettings::fit_connection(CURL* easy) const {
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https,http");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  // Waits for a connection under way and shares it, rather than to open another one.
  curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_timeout_.count()));
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, kKeepaliveIdleSeconds);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, static_cast<long>(kKeepaliveIntervalSeconds));
  curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, notice_a_dead_peer);
  curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 16384L);
  if (connect_to_) curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to_.get());
  if (!config_.proxy_url.empty()) {
    curl_easy_setopt(easy, CURLOPT_PROXY, proxy_for_curl(config_.proxy_url).c_str());
  } else if (address_.loopback) {
    // As Go does: the proxy of the environment is not for this machine.
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  }
}

void CurlSettings::fit_tls(CURL* easy) const {
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!config_.certificate_authority.empty()) {
    set_pem(easy, config_.certificate_authority, CURLOPT_CAINFO_BLOB, CURLOPT_CAINFO);
    // Without this the system's folder of certificates would be trusted besides.
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
  }
  if (config_.insecure_skip_tls_verify) {
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  set_pem(easy, config_.client_certificate, CURLOPT_SSLCERT_BLOB, CURLOPT_SSLCERT);
  set_pem(easy, config_.client_key, CURLOPT_SSLKEY_BLOB, CURLOPT_SSLKEY);
}

CurlHeaders CurlSettings::headers(const HttpRequest& request, const std::string& authorization) {
  curl_slist* list = nullptr;
  const auto add = [&list](const std::string& line) { list = curl_slist_append(list, line.c_str()); };
  add("Accept: " + request.accept);
  // An empty one keeps libcurl from asking before it sends a large body, and from naming a type that is none.
  add("Expect:");
  if (!request.content_type.empty()) add("Content-Type: " + request.content_type);
  add("User-Agent: spira-reconciler");
  if (!authorization.empty()) add(authorization);
  for (const auto& line : request.headers) add(line);
  return CurlHeaders(list);
}

Failure failure_of(CURLcode code) {
  switch (code) {
    case CURLE_OK:
      return Failure::kNone;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
      return Failure::kNoConnection;
    case CURLE_OPERATION_TIMEDOUT:
      return Failure::kTimeout;
    case CURLE_WRITE_ERROR:
      return Failure::kTooLarge;
    default:
      return Failure::kLost;
  }
}

}  // namespace reconciler::kube
