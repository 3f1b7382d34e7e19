#pragma once

#include <string>

#include "base/result.h"
#include "git/repository.h"
#include "git/url.h"

// Private to this module.
namespace reconciler::git {

/// The content of a file that holds one secret, without the line end that editors leave; "" for no file ("").
/// `what` names it in errors: kInvalid when it cannot be read, is empty, or is far too large to be one.
Result<std::string> read_secret(const std::string& file, const std::string& what);

struct Login {
  std::string user;
  std::string password;
};

/// The login for an http(s) remote, from the files as they are now, or else from the URL. Both empty when there is
/// none.
Result<Login> read_login(const RemoteOptions& options, const Url& url);

}  // namespace reconciler::git
