#include <iostream>

#include <unistd.h>

#include "cli/program.h"

int main(int argc, char** argv) {
  reconciler::cli::Console console{std::cout, std::cerr, reconciler::cli::wants_colour(STDOUT_FILENO)};
  return reconciler::cli::run(argc, argv, console);
}
