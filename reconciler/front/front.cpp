#include "front/front.h"

#include <filesystem>
#include <iostream>
#include <string_view>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "front/build.h"

namespace reconciler::cli {
namespace {

/// Beside the folder of this program as it is installed, else where it was built.
std::filesystem::path whole_program() {
  std::error_code unknown;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", unknown);
  const auto installed = self.parent_path().parent_path() / "libexec" / "reconciler";
  const bool is_installed = !unknown && access(installed.c_str(), X_OK) == 0;
  return is_installed ? installed : std::filesystem::path(RECONCILER_LIBEXEC) / "reconciler";
}

/// Becomes the whole program. Returns only when that fails.
Error hand_over(char** argv) {
  const auto program = whole_program();
  std::cout.flush();
  execv(program.c_str(), argv);
  return {ErrorKind::kUnavailable,
          "the program '" + program.string() + "' cannot be started, which belongs to this one: install both",
          {}};
}

/// Whatever is not on disk is for the whole program.
class ElsewhereIsHandedOver : public Outside, public kustomize::RemoteBases {
 public:
  explicit ElsewhereIsHandedOver(char** argv) : argv_(argv) {}

  Result<std::shared_ptr<const FileTree>> revision(const SourceFlags&) override { return fail(hand_over(argv_)); }
  kustomize::RemoteBases* remote_bases(const RenderingFlags&) override { return this; }

  Result<kustomize::RemoteTree> repository(const kustomize::RepoSpec&) override { return fail(hand_over(argv_)); }
  Result<kustomize::RemoteFile> file(const std::string&, std::size_t) override { return fail(hand_over(argv_)); }

 private:
  char** argv_;
};

}  // namespace

int run_front(int argc, char** argv, Console& console) {
  if (argc < 2 || std::string_view(argv[1]) != "build") return report(hand_over(argv), console);
  CLI::App app("Keeps a Kubernetes cluster at what Git says.", "reconciler");
  ElsewhereIsHandedOver elsewhere(argv);
  Chosen chosen;
  add_build(app, chosen, elsewhere);
  return run_chosen(app, argc, argv, chosen, console);
}

}  // namespace reconciler::cli
