#include "object/manifest.h"

#include <nlohmann/json.hpp>

namespace reconciler {

Json Manifest::parse() const { return Json::parse(body); }

}  // namespace reconciler
