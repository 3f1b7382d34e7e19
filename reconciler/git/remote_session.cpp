#include "git/remote_session.h"

#include <map>

#include <git2/sys/transport.h>

#include "git/instead_of.h"
#include "git/ssh.h"

namespace reconciler::git {
namespace {

constexpr std::string_view kPeeled = "^{}";

/// What a library's failure means when none of ours stands behind it.
ErrorKind kind_of_last(int code) {
  if (code == GIT_ENOTFOUND) return ErrorKind::kNotFound;
  if (code == GIT_EUSER) return ErrorKind::kCancelled;
  const git_error* last = git_error_last();
  switch (last == nullptr ? GIT_ERROR_NONE : last->klass) {
    case GIT_ERROR_NET:
    case GIT_ERROR_HTTP:
    case GIT_ERROR_SSH:
    case GIT_ERROR_INDEXER:
      return ErrorKind::kUnavailable;  // a pack that is cut short or garbled on its way
    default:
      return ErrorKind::kInternal;
  }
}

}  // namespace

RemoteSession::RemoteSession(git_repository* mirror, const Url& url, const RemoteOptions& options, HttpClient& http,
                             Call& call)
    : mirror_(mirror), url_(url), options_(options), http_(http), call_(call) {}

Status RemoteSession::make_remote() {
  // Without credentials, so that the library cannot put them anywhere; they are given to the connector.
  TRY(const auto url, rewritten(mirror_, url_.scheme == Scheme::kFile ? options_.url : url_.shown()));
  TRY_VOID(choose_connector(url));
  git_remote_create_options options{};
  git_remote_create_options_init(&options, GIT_REMOTE_CREATE_OPTIONS_VERSION);
  options.repository = mirror_;
  options.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF;
  TRY(remote_, acquire<RemoteHandle>(call_.remote(), [&](git_remote** out) {
        return git_remote_create_with_opts(out, url.c_str(), &options);
      }));
  return {};
}

Status RemoteSession::choose_connector(const std::string& effective_url) {
  TRY(Url url, parse_url(effective_url));
  if (url.host == url_.host && url.user.empty()) url.user = url_.user;
  if (url.host == url_.host && url.scheme == url_.scheme) url.password = url_.password;
  if (url.scheme == Scheme::kSsh) connector_ = connect_ssh(url, options_, call_);
  if (url.scheme == Scheme::kHttp || url.scheme == Scheme::kHttps) {
    TRY(connector_, connect_http(http_, url, options_, call_));
  }
  return {};
}

int RemoteSession::on_transport(git_transport** out, git_remote* remote, void* self) {
  auto& session = *static_cast<RemoteSession*>(self);
  if (!session.connector_) return git_transport_local(out, remote, nullptr);
  return make_smart_transport(out, remote, *session.connector_, session.call_);
}

int RemoteSession::on_progress(const git_indexer_progress* progress, void* self) {
  auto& session = *static_cast<RemoteSession*>(self);
  if (auto going_on = session.call_.check(); !going_on) session.call_.fail_with(std::move(going_on).error());
  if (auto small = session.call_.check_size(progress->received_bytes); !small)
    session.call_.fail_with(std::move(small).error());
  return session.call_.failure() ? GIT_EUSER : 0;
}

git_remote_callbacks RemoteSession::callbacks() {
  git_remote_callbacks callbacks{};
  git_remote_init_callbacks(&callbacks, GIT_REMOTE_CALLBACKS_VERSION);
  callbacks.transport = on_transport;
  callbacks.transfer_progress = on_progress;
  callbacks.payload = this;
  return callbacks;
}

Result<std::vector<RemoteRef>> RemoteSession::list() {
  TRY_VOID(make_remote());
  TRY_VOID(call_.check());
  const auto hooks = callbacks();
  if (const int code = git_remote_connect(remote_.get(), GIT_DIRECTION_FETCH, &hooks, nullptr, nullptr); code < 0) {
    if (!connector_ && code != GIT_EUSER) return fail(call_.error(ErrorKind::kNotFound, "there is no Git repository"));
    return fail(failed(code, "cannot list the refs"));
  }
  const git_remote_head** heads = nullptr;
  std::size_t count = 0;
  if (const int code = git_remote_ls(&heads, &count, remote_.get()); code < 0)
    return fail(failed(code, "cannot list the refs"));
  std::map<std::string, git_oid> refs;
  for (std::size_t i = 0; i < count; ++i) {
    std::string name = heads[i]->name;
    // `refs/tags/v1^{}` follows `refs/tags/v1` and says which commit the tag is of.
    if (name.ends_with(kPeeled)) name.resize(name.size() - kPeeled.size());
    refs[name] = heads[i]->oid;
  }
  std::vector<RemoteRef> list;
  for (const auto& [name, id] : refs) list.push_back({name, id});
  return list;
}

Status RemoteSession::download(const std::vector<std::string>& wanted) {
  std::vector<char*> names;
  for (const auto& name : wanted)
    names.push_back(const_cast<char*>(name.c_str()));  // the library takes no const and copies
  const git_strarray refspecs{names.data(), names.size()};
  git_fetch_options options{};
  git_fetch_options_init(&options, GIT_FETCH_OPTIONS_VERSION);
  options.callbacks = callbacks();
  options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
  if (const int code = git_remote_download(remote_.get(), &refspecs, &options); code < 0) {
    return fail(failed(code, "cannot fetch"));
  }
  return {};
}

std::uint64_t RemoteSession::received_bytes() const { return git_remote_stats(remote_.get())->received_bytes; }

Error RemoteSession::failed(int code, const std::string& doing) const {
  if (call_.failure()) return *call_.failure();
  return call_.error(kind_of_last(code), library_error(code, doing).message);
}

}  // namespace reconciler::git
