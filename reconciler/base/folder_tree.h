#pragma once

#include <memory>
#include <string>

#include "base/file_tree.h"

namespace reconciler {

/// The tree of files below a folder on disk. Every read starts at the root's descriptor and follows links itself,
/// component by component, so that neither a link nor a rename under way leads out. Absolute links are followed when
/// they stay inside. Errors of the call: kNotFound when there is no such folder.
Result<std::unique_ptr<FileTree>> open_folder(const std::string& root);

}  // namespace reconciler
