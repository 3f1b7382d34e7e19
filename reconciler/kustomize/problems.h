#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "yaml/node.h"

namespace reconciler::kustomize {

/// Gathers the errors of things that do not depend on each other, so that all are told at once.
class Problems {
 public:
  /// `file` is the kustomization file, for errors without a place of their own.
  explicit Problems(std::string file) : file_(std::move(file)) {}

  /// An error without a place gets that of the entry that asked for it.
  void add(Error error, const yaml::Mark& mark, const char* field) {
    if (causes_.empty() || kind_ == ErrorKind::kUnavailable) kind_ = error.kind;
    if (error.causes.empty()) error.causes.push_back({"", field, std::move(error.message)});
    for (Cause& cause : error.causes) {
      if (cause.where.empty()) cause.where = place(mark);
      causes_.push_back(std::move(cause));
    }
  }

  /// Takes the value out, or the error in.
  template <class T, class U>
  void take(Result<T> result, std::vector<U>& into, const yaml::Mark& mark, const char* field) {
    if (result) {
      into.push_back(std::move(*result));
    } else {
      add(std::move(result).error(), mark, field);
    }
  }
  void take(Status status, const yaml::Mark& mark, const char* field) {
    if (!status) add(std::move(status).error(), mark, field);
  }

  bool none() const { return causes_.empty(); }
  Status status() const {
    if (none()) return {};
    return fail(kind_, "cannot build", causes_);
  }

 private:
  std::string place(const yaml::Mark& mark) const {
    return mark.line == 0 ? file_ : file_ + ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column);
  }

  std::string file_;
  ErrorKind kind_ = ErrorKind::kInvalid;
  std::vector<Cause> causes_;
};

}  // namespace reconciler::kustomize
