#include "front/console.h"

#include <cstdlib>
#include <ostream>
#include <string_view>

#include <unistd.h>

namespace reconciler::cli {
namespace {

const char* code_of(Colour colour) {
  switch (colour) {
    case Colour::kGreen:
      return "\x1b[32m";
    case Colour::kYellow:
      return "\x1b[33m";
    case Colour::kRed:
      return "\x1b[31m";
    case Colour::kNone:
      break;
  }
  return "";
}

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Exit exit_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUnavailable:
    case ErrorKind::kForbidden:
      return kUnavailable;
    case ErrorKind::kNotFound:
      return kUsage;
    default:
      return kFailed;
  }
}

}  // namespace

bool wants_colour(int descriptor) {
  return isatty(descriptor) == 1 && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
}

Exit report(const Error& error, Console& console) {
  console.err << "error: " << error.text() << '\n';
  return exit_of(error.kind);
}

std::string painted(const std::string& text, Colour colour, const Console& console) {
  if (!console.colour || colour == Colour::kNone) return text;
  return code_of(colour) + text + "\x1b[0m";
}

}  // namespace reconciler::cli
