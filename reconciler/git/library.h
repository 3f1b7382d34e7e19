#pragma once

#include <memory>
#include <string>

#include <git2.h>

#include "base/result.h"

// Private to this module: libgit2's objects as owned values, its failures as errors.
namespace reconciler::git {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};

template <class T, auto Free>
using Owned = std::unique_ptr<T, Freed<Free>>;

using RepositoryHandle = Owned<git_repository, git_repository_free>;
using RemoteHandle = Owned<git_remote, git_remote_free>;
using ReferenceHandle = Owned<git_reference, git_reference_free>;
using ObjectHandle = Owned<git_object, git_object_free>;
using CommitHandle = Owned<git_commit, git_commit_free>;
using TreeHandle = Owned<git_tree, git_tree_free>;
using OdbHandle = Owned<git_odb, git_odb_free>;
using OdbObjectHandle = Owned<git_odb_object, git_odb_object_free>;
using PackBuilderHandle = Owned<git_packbuilder, git_packbuilder_free>;

/// Prepares the library for this process, once. Whoever opens a repository calls it first.
void use_library();

/// What the library says of a call that returned `code` on this thread, after `doing: `. Holds no credentials.
Error library_error(int code, const std::string& doing);

/// Calls `make(&raw)` and owns what it made.
template <class Handle, class Make>
Result<Handle> acquire(const std::string& doing, Make make) {
  typename Handle::pointer raw = nullptr;
  if (const int code = make(&raw); code < 0) return fail(library_error(code, doing));
  return Handle(raw);
}

/// 40 hexadecimal digits of an id.
std::string text_of(const git_oid& id);
/// Errors: kInvalid when the text is not a full id.
Result<git_oid> id_of(const std::string& text);

}  // namespace reconciler::git
