#include "support/e2e/git_repository.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "support/cluster/test_cluster.h"

namespace reconciler::test {
namespace {

namespace fs = std::filesystem;

const std::string kGit =
    "GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0 "
    "git -c user.name=test -c user.email=test@example.org -c init.defaultBranch=main -c maintenance.auto=false ";

}  // namespace

GitRepository::GitRepository(std::string folder) : folder_(std::move(folder)) {
  run(kGit + "init --quiet --bare '" + url() + "'");
  run(kGit + "init --quiet '" + folder_ + "/clone'");
  git("remote add origin '" + url() + "'");
}

void GitRepository::write(const std::string& path, const std::string& text) const {
  const fs::path file = folder_ + "/clone/" + path;
  fs::create_directories(file.parent_path());
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream << text;
  if (!stream.flush()) throw std::runtime_error("cannot write " + file.string());
}

void GitRepository::write_folder(const std::string& path, const Files& files) const {
  fs::remove_all(folder_ + "/clone/" + path);
  for (const auto& [name, text] : files) write(path + "/" + name, text);
}

void GitRepository::remove(const std::string& path) const { fs::remove_all(folder_ + "/clone/" + path); }

std::string GitRepository::push(const std::string& branch) const {
  git("add --all");
  git("commit --quiet --allow-empty --message change");
  git("push --quiet origin HEAD:refs/heads/" + branch);
  return head("HEAD");
}

void GitRepository::switch_to(const std::string& branch) const {
  git("switch --quiet $(git -C '" + folder_ + "/clone' show-ref --quiet --verify refs/heads/" + branch +
      " || echo --create) " + branch);
}

std::string GitRepository::merge(const std::string& from, const std::string& into) const {
  switch_to(into);
  git("merge --quiet --no-ff --message merge " + from);
  git("push --quiet origin " + into);
  return head(into);
}

void GitRepository::reset(const std::string& branch, const std::string& commit) const {
  git("push --quiet --force origin " + commit + ":refs/heads/" + branch);
}

std::string GitRepository::head(const std::string& branch) const { return git("rev-parse " + branch).substr(0, 40); }

void GitRepository::hide() const { fs::rename(url(), url() + ".hidden"); }

void GitRepository::show() const { fs::rename(url() + ".hidden", url()); }

std::string GitRepository::git(const std::string& arguments) const {
  return run(kGit + "-C '" + folder_ + "/clone' " + arguments);
}

}  // namespace reconciler::test
