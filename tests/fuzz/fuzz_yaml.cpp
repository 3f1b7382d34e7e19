// YAML -> object: what was read can be written, and reads again as the same objects.
#include "parts.h"
#include "yaml/emit.h"
#include "yaml/json.h"
#include "yaml/parse.h"

namespace {

using namespace reconciler;

void read_by_version_2(std::string_view text) {
  yaml::Arena arena;
  const auto root = yaml::parse_document(text, "input", arena, yaml::Dialect::kVersion2);
  if (root && *root != nullptr) static_cast<void>(yaml::to_json(**root));
}

// Not as text: bytes that are no UTF-8 stand as an escape in JSON, and as a character once they were written.
bool mean_the_same(std::string_view one, std::string_view other) {
  yaml::Arena arena;
  const auto a = yaml::from_json(one, arena);
  const auto b = yaml::from_json(other, arena);
  return a && b && yaml::equal(**a, **b);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  read_by_version_2(text);
  yaml::Arena arena;
  const auto documents = yaml::parse_manifests(text, "input", arena);
  if (!documents) return 0;
  yaml::DocumentWriter writer;
  std::vector<std::string> bodies;
  for (const yaml::Node* document : *documents) {
    auto body = yaml::to_json(*document);
    if (!body || !document->is_mapping() || document->empty()) continue;
    fuzz::require(writer.add(*body).has_value(), "JSON that was made can be written");
    bodies.push_back(std::move(*body));
  }
  const auto written = writer.take();
  fuzz::require(written.has_value(), "documents that were taken can be written");
  const auto again = yaml::parse_manifests(*written, "output", arena);
  fuzz::require(again.has_value(), "what was written can be read");
  fuzz::require(again->size() == bodies.size(), "as many documents are read as were written");
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    const auto body = yaml::to_json(*(*again)[i]);
    fuzz::require(body && mean_the_same(*body, bodies[i]), "a document reads as it was written");
  }
  return 0;
}
