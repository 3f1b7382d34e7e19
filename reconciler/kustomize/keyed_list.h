#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "yaml/node.h"

namespace reconciler::kustomize {

/// Lists whose items are known by the values of one or several keys, with the reference's semantics down to its corners
/// (kyaml's ElementSetter, ElementMatcher and the key matching of its associative lists): a key "" stands for the item
/// itself, a missing value is "".

using Keys = std::vector<std::string_view>;
using KeyValues = std::vector<std::string_view>;

/// The first item that has every value; null when there is none.
yaml::Node* find_item(const yaml::Node& list, const Keys& keys, const KeyValues& values);

/// Puts `item` in the place of each item that has every value, or at the end when none has; without an item it removes
/// them. Values may be fewer than keys: the rest matches as the last one did; with none, everything goes. Empty items
/// go. Errors: kInvalid for an item that is no mapping where a key is looked up.
Status set_item(yaml::Node& list, yaml::Node* item, const Keys& keys, const KeyValues& values, yaml::Arena& arena);

/// Puts the items of `more` into `list`, each in the place of the one with its values, else at the end.
Status add_items(yaml::Node& list, const yaml::Node& more, const Keys& keys, yaml::Arena& arena);

/// The values of the keys of every item, "" for what is absent or empty; each combination once, in order.
/// `first` counts before `second`; either may be null.
std::vector<KeyValues> values_of_items(const yaml::Node* first, const yaml::Node* second, const Keys& keys);
/// The same for a list of plain values.
std::vector<KeyValues> plain_values(const yaml::Node* first, const yaml::Node* second);

/// Values that are equal where both have one, and equal somewhere, become one: a port without protocol is the one that
/// has it.
void unite(std::vector<KeyValues>& values);

/// Which keys any of the combinations has a value for; all of them when none has.
std::vector<bool> keys_in_use(const std::vector<KeyValues>& values, std::size_t keys);
/// The parts of a combination, or of the keys, that are in use.
KeyValues select(const KeyValues& values, const std::vector<bool>& in_use);

}  // namespace reconciler::kustomize
