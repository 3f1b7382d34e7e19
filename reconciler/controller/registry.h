#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "controller/environment.h"

namespace reconciler::controller {

/// What Git says of the environments at the last revision that could be read. Thread-safe.
class Registry {
 public:
  /// What `find` knows of a name.
  struct Entry {
    std::optional<Environment> environment;  ///< The last good one; absent when there never was one.
    std::optional<Error> bad;                ///< Why the file that is in Git now cannot be taken.
  };

  /// Takes a new reading. An environment whose file turned bad stays as it was. Returns the names that changed, came or
  /// went.
  std::set<std::string> update(Environments environments);

  std::optional<Entry> find(const std::string& name) const;
  std::map<std::string, Entry> all() const;
  /// The name of the environment whose ApplySet that is; absent when none is here.
  std::optional<std::string> name_of(const std::string& part_of) const;

  /// A reading was taken, and none of its files was bad: a name that is not here is not in Git.
  bool is_complete() const;
  /// A reading was taken.
  bool is_loaded() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;
  std::map<std::string, std::string> names_;  ///< By ApplySet.
  bool loaded_ = false;
  bool complete_ = false;
};

}  // namespace reconciler::controller
