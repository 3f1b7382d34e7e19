#include "yaml/parse.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <span>
#include <utility>

#include "base/parallel.h"
#include "yaml/document_reader.h"

namespace reconciler::yaml {
namespace {

// One part of a file between two separator lines.
struct Part {
  std::string_view text;
  std::size_t first_line;
};

// A line that starts with `---` and is not the file's last ends a part; its line break before it belongs to neither.
Result<std::vector<Part>> split(std::string_view text, const std::string& file) {
  std::vector<Part> parts;
  std::size_t from = 0;
  std::size_t line = 1;
  for (;;) {
    const std::size_t at = text.find("\n---", from);
    const std::size_t end = at == std::string_view::npos ? at : text.find('\n', at + 1);
    if (end == std::string_view::npos) break;
    const std::size_t separator_line = line + std::count(text.begin() + from, text.begin() + at, '\n') + 1;
    const std::string_view rest = text.substr(at + 4, end - at - 4);
    const auto first = rest.find_first_not_of(" \t\r\v\f");
    if (first != std::string_view::npos && rest[first] != '#') {
      return fail(ErrorKind::kInvalid, "malformed YAML",
                  {Cause{file + ":" + std::to_string(separator_line) + ":1", "",
                         "invalid document separator: only a comment may follow '---' on its line"}});
    }
    parts.push_back({text.substr(from, at + 1 - from), line});
    from = end + 1;
    line = separator_line + 1;
  }
  parts.push_back({text.substr(from), line});
  return parts;
}

Error too_many(const char* what, std::size_t most, const std::string& file) {
  return {ErrorKind::kInvalid, "more than " + std::to_string(most) + " " + what + " in " + file, {}};
}

std::string without_carriage_returns(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n') result += text[i];
  }
  return result;
}

// Neighbouring parts of a file that one thread reads.
struct Batch {
  std::span<const Part> parts;
  std::vector<Node*> documents{};
  std::optional<Error> error{};  ///< Of the first part that has one; those behind it were not read.

  void read(const std::string& file, Arena& arena, Budget& budget) {
    Spending spending(budget);
    for (const Part& part : parts) {
      auto root = read_document(part.text, file, part.first_line, {}, arena, spending);
      if (!root) {
        error = std::move(root).error();
        return;
      }
      if (*root != nullptr && !(*root)->is_null()) documents.push_back(*root);
    }
    if (!spending.settle()) error = too_many("values", budget.limits.nodes, file);
  }
};

// Large enough that to hand one to another thread costs nothing beside reading it.
constexpr std::size_t kBatchBytes = 32 << 10;

// A file on its way from text to documents.
class FileReader {
 public:
  FileReader(const ManifestFile& file, const ParseLimits& limits) : name_(file.name), budget_{limits} {
    std::string_view text = file.text;
    if (text.find('\r') != std::string_view::npos) text = unix_text_ = without_carriage_returns(text);
    auto parts = split(text, name_);
    if (!parts) {
      error_ = std::move(parts).error();
    } else if (parts->size() > limits.documents) {
      error_ = too_many("documents", limits.documents, name_);
    } else {
      parts_ = std::move(*parts);
      make_batches();
    }
  }
  FileReader(const FileReader&) = delete;

  std::size_t batches() const { return batches_.size(); }
  void read(std::size_t batch, Arena& arena) { batches_[batch].read(name_, arena, budget_); }

  Result<std::vector<Node*>> documents() {
    if (error_) return fail(*std::move(error_));
    std::vector<Node*> all;
    for (Batch& batch : batches_) {
      if (batch.error) return fail(*std::move(batch.error));
      all.insert(all.end(), batch.documents.begin(), batch.documents.end());
    }
    return all;
  }

 private:
  void make_batches() {
    std::size_t first = 0;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      bytes += parts_[i].text.size();
      if (bytes < kBatchBytes && i + 1 < parts_.size()) continue;
      batches_.push_back({std::span(parts_).subspan(first, i + 1 - first)});
      first = i + 1;
      bytes = 0;
    }
  }

  const std::string& name_;
  Budget budget_;
  std::string unix_text_;
  std::vector<Part> parts_;
  std::vector<Batch> batches_;
  std::optional<Error> error_;
};

// One stretch of work for one thread, with an arena that nobody else uses meanwhile.
struct Stretch {
  FileReader* file = nullptr;
  std::size_t batch = 0;
};

void read_all(const std::vector<Stretch>& stretches, Arena& arena) {
  std::vector<Arena> arenas(stretches.size());
  parallel_for(stretches.size(), [&](std::size_t i) { stretches[i].file->read(stretches[i].batch, arenas[i]); });
  for (Arena& own : arenas) arena.adopt(std::move(own));
}

}  // namespace

std::vector<Result<std::vector<Node*>>> parse_manifests(std::span<const ManifestFile> files, Arena& arena,
                                                        const ParseLimits& limits) {
  std::deque<FileReader> readers;
  std::vector<Stretch> stretches;
  std::size_t bytes = 0;
  for (const ManifestFile& file : files) {
    FileReader& reader = readers.emplace_back(file, limits);
    for (std::size_t i = 0; i < reader.batches(); ++i) stretches.push_back({&reader, i});
    bytes += file.text.size();
  }
  if (bytes < 2 * kBatchBytes) {
    for (const Stretch& stretch : stretches) stretch.file->read(stretch.batch, arena);
  } else {
    read_all(stretches, arena);
  }
  std::vector<Result<std::vector<Node*>>> results;
  for (FileReader& reader : readers) results.push_back(reader.documents());
  return results;
}

Result<std::vector<Node*>> parse_manifests(std::string_view text, const std::string& file, Arena& arena,
                                           const ParseLimits& limits) {
  const ManifestFile one[] = {{text, file}};
  return std::move(parse_manifests(one, arena, limits).front());
}

Result<Node*> parse_document(std::string_view text, const std::string& file, Arena& arena, Dialect dialect,
                             RepeatedKeys repeated, const ParseLimits& limits) {
  Budget budget{limits};
  Spending spending(budget);
  TRY(Node * root, read_document(text, file, 1, {dialect, repeated}, arena, spending));
  if (!spending.settle()) return fail(too_many("values", limits.nodes, file));
  return root;
}

}  // namespace reconciler::yaml
