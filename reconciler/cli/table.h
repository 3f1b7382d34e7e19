#pragma once

#include <string>
#include <vector>

#include "front/console.h"

namespace reconciler::cli {

/// A cell of a table.
struct Cell {
  std::string text;
  Colour colour = Colour::kNone;
};
using Row = std::vector<Cell>;

/// Prints rows of equally many cells in columns, two spaces apart; the last column is as wide as its text. Text of
/// others goes to the terminal without its control characters.
void print_table(const std::vector<Row>& rows, Console& console);

/// The colour of a word of sync or health status.
Colour colour_of(const std::string& status);

}  // namespace reconciler::cli
