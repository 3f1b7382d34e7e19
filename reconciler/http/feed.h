#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace reconciler::http {

/// Text that a connection sends on as it comes. A reader who takes it too slowly loses it: what waits is bounded.
/// Thread-safe.
class Feed {
 public:
  explicit Feed(std::size_t most_waiting) : most_waiting_(most_waiting) {}

  /// Adds text, or gives the reader up when too much waits.
  void write(const std::string& text);
  /// Nothing more comes: the reader has to ask anew.
  void give_up();
  /// All that waits; nothing when the reader was given up.
  std::optional<std::string> take();
  /// Whether the reader was given up: what waited is lost.
  bool has_given_up() const;
  /// Called after each `write` and `give_up`, on their thread; must not block.
  void on_text(std::function<void()> wake);

 private:
  void wake();

  const std::size_t most_waiting_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::string waiting_;
  bool given_up_ = false;
  std::function<void()> wake_;
};

/// An answer without an end.
struct Streaming {
  std::shared_ptr<Feed> feed;
  std::shared_ptr<void> source;  ///< Writes to the feed for as long as this lives.
};

}  // namespace reconciler::http
