#pragma once

#include <memory>
#include <string>

#include <curl/curl.h>

#include "base/result.h"
#include "kube/config.h"
#include "kube/connect.h"
#include "kube/transport.h"

namespace reconciler::kube {

template <auto free>
struct CurlFree {
  template <class T>
  void operator()(T* owned) const {
    free(owned);
  }
};
using CurlEasy = std::unique_ptr<CURL, CurlFree<curl_easy_cleanup>>;
using CurlMulti = std::unique_ptr<CURLM, CurlFree<curl_multi_cleanup>>;
using CurlHeaders = std::unique_ptr<curl_slist, CurlFree<curl_slist_free_all>>;

/// A server's address, taken apart.
struct ServerAddress {
  std::string url;  ///< Scheme, host, port and path prefix, without a slash at the end.
  std::string host;
  std::string port;
  bool loopback = false;
};

/// Errors: kInvalid for what is no http(s) URL, and for one that holds credentials.
Result<ServerAddress> parse_server(const std::string& server);

/// A proxy as libcurl takes it. `socks5` leaves names to the proxy, as in kubectl.
std::string proxy_for_curl(const std::string& url);

/// What all requests of one connection have in common: where to, whom to trust, as whom by certificate, how to notice a
/// dead peer. Immutable.
class CurlSettings {
 public:
  CurlSettings(const ClusterConfig& config, ServerAddress address, Duration connect_timeout);

  /// Fits a new handle out for `request`; body and headers are referred to, not copied, and outlive the handle.
  void fit(CURL* easy, const HttpRequest& request, const CurlHeaders& headers) const;

  /// Header lines of `request`, with `authorization` (a whole header, or "").
  static CurlHeaders headers(const HttpRequest& request, const std::string& authorization);

  const std::string& server() const { return address_.url; }

 private:
  void fit_tls(CURL* easy) const;
  void fit_connection(CURL* easy) const;

  const ClusterConfig config_;
  const ServerAddress address_;
  const Duration connect_timeout_;
  std::string url_;  // with the name that the certificate shall have
  CurlHeaders connect_to_;
};

/// Why there is no answer.
Failure failure_of(CURLcode code);

}  // namespace reconciler::kube
