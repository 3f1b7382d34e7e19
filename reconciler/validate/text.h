#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace reconciler::validate {

/// How messages name a thing: `'web'`.
std::string quoted(std::string_view text);
/// `; did you mean 'web'?` when one of the known names is near, else "".
std::string perhaps(std::string_view name, const std::vector<std::string_view>& known);
/// Whether `word` is one of several with `|` between them, as tables have them.
bool is_one_of(std::string_view words, std::string_view word);
/// The place of an annotation in an object.
std::string annotation_field(std::string_view annotation);
/// The words of a list with commas, without the space around them; empty ones are left out.
std::vector<std::string_view> words_of(std::string_view list);

}  // namespace reconciler::validate
