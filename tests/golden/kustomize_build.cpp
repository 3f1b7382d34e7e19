// Renders a folder as `kustomize build` does: the driver of the golden tests, which has the reference's flags.
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>

#include "base/folder_tree.h"
#include "kustomize/build.h"

namespace {

using reconciler::Error;
using reconciler::Result;
namespace kustomize = reconciler::kustomize;

struct Arguments {
  std::string folder;
  std::string restrictor = "LoadRestrictionsRootOnly";
  std::string reorder = "legacy";
  bool managed_by = false;
};

std::string below_root(const std::string& path) {
  const auto absolute = std::filesystem::absolute(path).lexically_normal().relative_path();
  const std::string text = absolute.string();
  return text.ends_with('/') ? text.substr(0, text.size() - 1) : text;
}

Result<std::string> render(const Arguments& arguments) {
  TRY(const auto tree, reconciler::open_folder("/"));
  kustomize::Options options;
  options.host_root = "/";
  options.shown_from = below_root(".");
  options.managed_by_label = arguments.managed_by;
  if (arguments.restrictor == "LoadRestrictionsNone") options.load_restrictions = kustomize::LoadRestrictions::kNone;
  if (arguments.reorder == "none") options.reorder = kustomize::Reorder::kNone;
  TRY(const auto rendering, kustomize::build(*tree, below_root(arguments.folder), options));
  TRY(auto documents, kustomize::build_documents(*tree, below_root(arguments.folder), options));
  TRY(const auto again, rendering.yaml());
  if (documents.yaml != again)
    return reconciler::fail(reconciler::ErrorKind::kInternal, "the documents are not those of the rendering");
  return std::move(documents.yaml);
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Renders a folder as kustomize build does");
  app.add_option("folder", arguments.folder)->required();
  app.add_option("--load-restrictor", arguments.restrictor);
  app.add_option("--reorder", arguments.reorder);
  app.add_flag("--enable-managedby-label", arguments.managed_by);
  CLI11_PARSE(app, argc, argv);
  const auto text = render(arguments);
  if (!text) {
    std::cerr << text.error().text() << "\n";
    return 1;
  }
  std::fwrite(text->data(), 1, text->size(), stdout);
  return 0;
}
