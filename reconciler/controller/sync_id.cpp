#include "controller/sync_id.h"

#include <array>
#include <random>
#include <string_view>

#include "base/digest.h"

namespace reconciler::controller {

std::string make_sync_id() {
  thread_local std::random_device device;
  const std::array<unsigned, 2> words{device(), device()};
  return hex(std::string_view(reinterpret_cast<const char*>(words.data()), sizeof words));
}

std::string sync_id_for(const std::string& asked) {
  const bool is_id = asked.size() == 16 && asked.find_first_not_of("0123456789abcdef") == std::string::npos;
  return is_id ? asked : make_sync_id();
}

}  // namespace reconciler::controller
