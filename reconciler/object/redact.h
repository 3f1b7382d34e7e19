#pragma once

#include <string>

#include "object/manifest.h"

namespace reconciler {

/// The one place that hides what must not be seen. Whatever shows the content of an object shows the redacted form.
///
/// Of a Secret, every value under `data` and `stringData`, of any shape, becomes `kRedacted`. Of any object, the
/// `last-applied-configuration` annotation goes (it holds a copy of the object).
Json redacted(const Json& object);

/// Whether the field at `path` (as `data.password`) of an object of this kind is hidden.
bool is_hidden(const GroupKind& type, const std::string& path);

/// What stands in the place of a hidden value.
inline constexpr const char* kRedacted = "<redacted>";

}  // namespace reconciler
