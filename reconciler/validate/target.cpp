#include "validate/target.h"

#include <algorithm>
#include <charconv>

namespace reconciler::validate {

int port_number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value > 0 && value <= 65535 ? value : 0;
}

bool has_port(const Target& target, std::string_view name_or_number) {
  if (!target.ports) return true;
  const int number = port_number(name_or_number);
  return std::ranges::any_of(*target.ports, [&](const Port& port) {
    return number != 0 ? port.number == number : !port.name.empty() && port.name == name_or_number;
  });
}

bool has_key(const Target& target, std::string_view key) {
  return !target.keys || std::ranges::find(*target.keys, key) != target.keys->end();
}

}  // namespace reconciler::validate
