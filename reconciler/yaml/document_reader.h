#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <utility>

#include "yaml/parse.h"

namespace reconciler::yaml {

/// What one text may still grow to, for all threads that read it.
struct Budget {
  const ParseLimits& limits;
  std::atomic<std::size_t> nodes = 0;
  std::atomic<std::size_t> alias_nodes = 0;
};

/// A reader's share: it counts for itself, and settles now and then.
class Spending {
 public:
  explicit Spending(Budget& budget) : budget_(budget) {}

  /// Whether the text still is within bounds.
  bool spend(std::size_t nodes) {
    unsettled_ += nodes;
    return unsettled_ < kMostUnsettled || settle();
  }
  bool spend_alias(std::size_t nodes) {
    return (budget_.alias_nodes += nodes) <= budget_.limits.alias_nodes && spend(nodes);
  }
  bool settle() { return (budget_.nodes += std::exchange(unsettled_, 0)) <= budget_.limits.nodes; }
  const ParseLimits& limits() const { return budget_.limits; }

 private:
  static constexpr std::size_t kMostUnsettled = 4096;
  Budget& budget_;
  std::size_t unsettled_ = 0;
};

/// How a text is read.
struct Manner {
  Dialect dialect = Dialect::kVersion3;
  RepeatedKeys repeated = RepeatedKeys::kAllowed;
};

/// Reads the first document of a text that begins in that line of the file. Null when the text has none. The nodes live
/// as long as the arena, and refer to nothing of the text. Errors: kInvalid, with file, line and column.
Result<Node*> read_document(std::string_view text, const std::string& file, std::size_t first_line, Manner manner,
                            Arena& arena, Spending& spending);

}  // namespace reconciler::yaml
