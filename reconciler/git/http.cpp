#include "git/http.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <utility>

#include <curl/curl.h>

#include "git/credentials.h"

namespace reconciler::git {
namespace {

constexpr int kMaxRedirects = 5;
// Forges decide by the prefix whether they talk to a Git client.
constexpr const char* kUserAgent = "git/2.0 (spira-reconciler)";

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeHeaders {
  void operator()(curl_slist* headers) const { curl_slist_free_all(headers); }
};

struct Site {
  HttpClient& client;
  Call& call;
  Url url;      ///< Where the repository is; a redirect moves it.
  Login login;  ///< For this host alone.
  std::string ca_file;
  Duration patience;
};

ErrorKind kind_of(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
      return ErrorKind::kForbidden;
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_URL_MALFORMAT:
      return ErrorKind::kInvalid;
    case CURLE_OUT_OF_MEMORY:
      return ErrorKind::kInternal;
    default:
      return ErrorKind::kUnavailable;
  }
}

/// One request and its answer.
class HttpStream final : public Stream {
 public:
  HttpStream(Site& site, Service service) : site_(site), service_(service) {}
  HttpStream(const HttpStream&) = delete;
  HttpStream& operator=(const HttpStream&) = delete;
  ~HttpStream() override { detach(); }

  Status write(std::string_view bytes) override {
    body_ += bytes;
    return {};
  }

  Result<std::size_t> read(std::span<char> buffer) override {
    if (!easy_) TRY_VOID(start());
    while (taken_ == received_.size()) {
      TRY_VOID(site_.call.check());
      if (ended_) {
        TRY(const bool moved, finish());
        if (!moved) return 0;
        TRY_VOID(start());
      }
      TRY_VOID(advance());
    }
    const auto count = std::min(buffer.size(), received_.size() - taken_);
    std::memcpy(buffer.data(), received_.data() + taken_, count);
    taken_ += count;
    return count;
  }

 private:
  bool lists() const { return service_ == Service::kListRefs; }
  std::string word() const { return lists() ? "advertisement" : "result"; }

  Status start() {
    detach();
    easy_.reset(curl_easy_init());
    if (!easy_) return fail(site_.call.error(ErrorKind::kInternal, "cannot prepare a request"));
    ended_ = false;
    set_request();
    set_security();
    curl_multi_add_handle(site_.client.multi(), easy_.get());
    last_heard_ = std::chrono::steady_clock::now();
    return {};
  }

  void set_request() {
    CURL* easy = easy_.get();
    std::string url = site_.url.shown();
    while (url.ends_with('/')) url.pop_back();
    url += lists() ? "/info/refs?service=git-upload-pack" : "/git-upload-pack";
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, kUserAgent);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(site_.patience.count()));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &HttpStream::on_data);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, said_.data());
    if (lists()) return;
    curl_slist* headers = curl_slist_append(nullptr, "Content-Type: application/x-git-upload-pack-request");
    headers = curl_slist_append(headers, "Accept: application/x-git-upload-pack-result");
    headers_.reset(curl_slist_append(headers, "Expect:"));
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body_.data());
  }

  void set_security() {
    CURL* easy = easy_.get();
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!site_.ca_file.empty()) {
      curl_easy_setopt(easy, CURLOPT_CAINFO, site_.ca_file.c_str());
      curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    }
    if (site_.login.user.empty()) return;
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    curl_easy_setopt(easy, CURLOPT_USERNAME, site_.login.user.c_str());
    curl_easy_setopt(easy, CURLOPT_PASSWORD, site_.login.password.c_str());
  }

  /// Moves the transfer on until something came, waiting for it at most as long as the call's patience lasts.
  Status advance() {
    received_.clear();
    taken_ = 0;
    int running = 0;
    if (const auto code = curl_multi_perform(site_.client.multi(), &running); code != CURLM_OK) {
      return fail(site_.call.error(ErrorKind::kInternal, curl_multi_strerror(code)));
    }
    ended_ = running == 0;
    if (ended_ || !received_.empty()) return {};
    return wait();
  }

  Status wait() {
    TRY(const auto patience, site_.call.patience(last_heard_));
    curl_waitfd stop{site_.call.stop_descriptor(), CURL_WAIT_POLLIN, 0};
    curl_multi_poll(site_.client.multi(), &stop, 1, static_cast<int>(patience.count()), nullptr);
    return {};
  }

  long status() const {
    long code = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &code);
    return code;
  }

  bool is_git_answer() const {
    const char* type = nullptr;
    curl_easy_getinfo(easy_.get(), CURLINFO_CONTENT_TYPE, &type);
    return type != nullptr && std::string_view(type).starts_with("application/x-git-upload-pack-" + word());
  }

  static std::size_t on_data(char* data, std::size_t, std::size_t size, void* self) {
    auto& stream = *static_cast<HttpStream*>(self);
    stream.last_heard_ = std::chrono::steady_clock::now();
    if (stream.status() != 200) return size;  // the page of an error is of no use and may be of any size
    if (!stream.is_git_answer()) return 0;
    stream.received_.append(data, size);
    return size;
  }

  /// Judges an answer that has ended. True when the remote has moved and is to be asked again.
  Result<bool> finish() {
    const CURLcode code = result();
    const long answer = status();
    if (answer == 200 && !is_git_answer()) {
      return fail(site_.call.error(ErrorKind::kInvalid, "answers, but not as a Git server (smart HTTP)"));
    }
    if (code != CURLE_OK && code != CURLE_WRITE_ERROR) {
      const std::string why = said_.front() != '\0' ? said_.data() : curl_easy_strerror(code);
      return fail(site_.call.error(kind_of(code), scrubbed(why)));
    }
    if (answer == 200) return false;
    if (lists() && answer >= 300 && answer < 400) return redirect();
    return fail(refusal(answer));
  }

  CURLcode result() const {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(site_.client.multi(), &left)) {
      if (message->msg == CURLMSG_DONE && message->easy_handle == easy_.get()) return message->data.result;
    }
    return CURLE_OK;
  }

  Result<bool> redirect() {
    const char* raw = nullptr;
    curl_easy_getinfo(easy_.get(), CURLINFO_REDIRECT_URL, &raw);
    std::string target = raw == nullptr ? "" : raw;
    const auto query = target.find("/info/refs");
    if (query == std::string::npos)
      return fail(site_.call.error(ErrorKind::kInvalid, "redirects to what is no repository"));
    TRY(Url moved, parse_url(target.substr(0, query)));
    const bool same_place =
        moved.host == site_.url.host && moved.port == site_.url.port && moved.scheme == site_.url.scheme;
    const bool now_secure =
        moved.host == site_.url.host && moved.scheme == Scheme::kHttps && site_.url.scheme == Scheme::kHttp;
    if (!same_place && !now_secure) {
      return fail(
          site_.call.error(ErrorKind::kInvalid, "redirects to " + moved.shown() + "; use that URL if it is right"));
    }
    if (++redirects_ > kMaxRedirects) return fail(site_.call.error(ErrorKind::kInvalid, "redirects in a circle"));
    site_.url = std::move(moved);
    return true;
  }

  Error refusal(long answer) const {
    const std::string code = " (HTTP " + std::to_string(answer) + ")";
    switch (answer) {
      case 401:
        return site_.call.error(ErrorKind::kForbidden,
                                (site_.login.user.empty() ? "asks for credentials, and none are configured"
                                                          : "does not accept the credentials") +
                                    code);
      case 403:
        return site_.call.error(ErrorKind::kForbidden, "refuses access" + code);
      case 404:
      case 410:
        return site_.call.error(ErrorKind::kNotFound, "no such repository, or no access to it" + code);
      default:
        return site_.call.error(ErrorKind::kUnavailable, "cannot serve now" + code);
    }
  }

  void detach() {
    if (easy_) curl_multi_remove_handle(site_.client.multi(), easy_.get());
  }

  Site& site_;
  const Service service_;
  std::string body_;
  std::unique_ptr<curl_slist, FreeHeaders> headers_;
  std::array<char, CURL_ERROR_SIZE> said_{};
  std::string received_;
  std::size_t taken_ = 0;
  SteadyTime last_heard_;
  bool ended_ = false;
  int redirects_ = 0;
  std::unique_ptr<CURL, FreeEasy> easy_;  // last: it points at the others
};

class HttpConnector final : public Connector {
 public:
  explicit HttpConnector(Site site) : site_(std::move(site)) {}
  bool stateful() const override { return false; }
  Result<std::unique_ptr<Stream>> open(Service service) override {
    return std::make_unique<HttpStream>(site_, service);
  }

 private:
  Site site_;
};

}  // namespace

HttpClient::HttpClient() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  multi_ = curl_multi_init();
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 1L);
}

HttpClient::~HttpClient() { curl_multi_cleanup(multi_); }

Result<std::unique_ptr<Connector>> connect_http(HttpClient& client, const Url& url, const RemoteOptions& options,
                                                Call& call) {
  TRY(auto login, read_login(options, url));
  return std::make_unique<HttpConnector>(Site{client, call, url, std::move(login), options.ca_file, options.patience});
}

}  // namespace reconciler::git
