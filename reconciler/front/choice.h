#pragma once

#include <map>
#include <string>

#include <CLI/CLI.hpp>

namespace reconciler::cli {

/// Takes the names of an enumeration's values, and says which there are when it is given another.
template <class Enumeration>
CLI::Validator one_of(const std::map<std::string, Enumeration>& values) {
  const auto check = [values](std::string& text) {
    const auto found = values.find(text);
    if (found != values.end()) {
      text = std::to_string(static_cast<int>(found->second));
      return std::string();
    }
    std::string names;
    for (const auto& [name, value] : values) names += (names.empty() ? "" : ", ") + name;
    return "expected one of " + names + ", not '" + text + "'";
  };
  return CLI::Validator(check, "");
}

}  // namespace reconciler::cli
