#include "http/body.h"

namespace reconciler::http {

std::string whole_body(const concurrency::streams::istream& stream) {
  if (!stream.is_valid()) return "";
  auto buffer = stream.streambuf();
  std::string body(buffer.in_avail(), '\0');
  body.resize(buffer.getn(reinterpret_cast<std::uint8_t*>(body.data()), body.size()).get());
  return body;
}

}  // namespace reconciler::http
