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

}  // namespace reconciler::controller
