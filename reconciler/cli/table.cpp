#include "cli/table.h"

#include <algorithm>
#include <ostream>

namespace reconciler::cli {
namespace {

/// Columns on the screen, where each code point of UTF-8 counts as one.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string printable(std::string text) {
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  return text;
}

std::vector<std::size_t> widths(const std::vector<Row>& rows) {
  std::vector<std::size_t> widest;
  for (const auto& row : rows) {
    widest.resize(std::max(widest.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widest[i] = std::max(widest[i], width(row[i].text));
  }
  return widest;
}

}  // namespace

void print_table(const std::vector<Row>& rows, Console& console) {
  const auto widest = widths(rows);
  for (const auto& row : rows) {
    std::string gap;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (row[i].text.empty() && i + 1 == row.size()) continue;
      console.out << gap << painted(printable(row[i].text), row[i].colour, console);
      gap = std::string(widest[i] - width(row[i].text) + 2, ' ');
    }
    console.out << '\n';
  }
}

Colour colour_of(const std::string& status) {
  if (status == "Synced" || status == "Healthy") return Colour::kGreen;
  if (status == "Failed" || status == "Degraded" || status == "Missing") return Colour::kRed;
  return status.empty() ? Colour::kNone : Colour::kYellow;
}

}  // namespace reconciler::cli
