// Renders an overlay at one commit after the other, as the service does: what a push costs.
//   bench_render_again REPOSITORY PATH COMMIT...
// Prints the milliseconds of each rendering but the first, a line each; exit 1 when one fails or nothing was changed.
#include <chrono>
#include <cstdio>
#include <string>

#include "controller/renderer.h"
#include "git/repository.h"

namespace {

using reconciler::Result;
using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point began) {
  return std::chrono::duration<double, std::milli>(Clock::now() - began).count();
}

Result<void> render_all(const std::string& repository, const std::string& path, int commits, char** ids) {
  TRY(const auto opened, reconciler::git::open_local(repository));
  reconciler::controller::Renderer renderer({});
  std::shared_ptr<const reconciler::kustomize::Rendering> before;
  for (int i = 0; i < commits; ++i) {
    const auto began = Clock::now();
    TRY(const auto tree, opened->tree(ids[i]));
    TRY(const auto rendering, renderer.render("bench", *tree, path, false));
    if (before) std::printf("%.2f\n", milliseconds_since(began));
    if (before == rendering) return reconciler::fail(reconciler::ErrorKind::kInvalid, "the commits differ in nothing");
    before = rendering;
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: bench_render_again REPOSITORY PATH COMMIT COMMIT...\n");
    return 2;
  }
  const auto done = render_all(argv[1], argv[2], argc - 3, argv + 3);
  if (done) return 0;
  std::fprintf(stderr, "%s\n", done.error().text().c_str());
  return 1;
}
