#pragma once

#include <string>
#include <string_view>

namespace reconciler::kube {

/// Cuts a stream of bytes into lines.
class Lines {
 public:
  /// Calls `each` with every line that `bytes` completes, without its end.
  template <class Each>
  void add(std::string_view bytes, const Each& each) {
    for (auto end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
      const auto line = bytes.substr(0, end);
      bytes.remove_prefix(end + 1);
      if (begun_.empty()) {
        each(line);
        continue;
      }
      begun_ += line;
      each(std::string_view(begun_));
      begun_.clear();
    }
    begun_ += bytes;
  }

  void clear() { begun_.clear(); }

 private:
  std::string begun_;
};

}  // namespace reconciler::kube
