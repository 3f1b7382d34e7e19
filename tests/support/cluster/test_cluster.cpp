#include "support/cluster/test_cluster.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <stdexcept>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace reconciler::test {
namespace {

const std::string kScript = RECONCILER_SOURCE_DIR "/tests/cluster/cluster.sh";

std::string make_folder() {
  auto path = (std::filesystem::temp_directory_path() / "reconciler-test-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("no temporary folder can be made");
  return path;
}

void cluster_verb(const std::string& verb, const std::string& folder, const std::string& more = "") {
  run("'" + kScript + "' " + verb + " --dir '" + folder + "/cluster' " + more);
}

/// What the guard does: waits until nobody holds the other end of the pipe, then takes the cluster down.
[[noreturn]] void guard(int read_end, const std::string& folder) {
  setsid();
  char byte = 0;
  while (read(read_end, &byte, 1) > 0) {
  }
  const auto command =
      "exec >/dev/null 2>&1; '" + kScript + "' reset --dir '" + folder + "/cluster'; rm -rf '" + folder + "'";
  execl("/bin/bash", "bash", "-c", command.c_str(), nullptr);
  _exit(127);
}

}  // namespace

std::string run(const std::string& command) {
  auto* pipe = popen((command + " 2>&1").c_str(), "re");
  if (pipe == nullptr) throw std::runtime_error("no process can be started");
  std::string output;
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) output.append(buffer.data(), n);
  if (pclose(pipe) != 0) throw std::runtime_error(command + "\n" + output);
  return output;
}

TestCluster::TestCluster(Parts parts) : folder_(make_folder()) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe can be made");
  guard_ = fork();
  if (guard_ == 0) {
    close(ends[1]);
    guard(ends[0], folder_);
  }
  close(ends[0]);
  guard_pipe_ = ends[1];
  cluster_verb("up", folder_, parts == Parts::kControlPlaneOnly ? "--control-plane-only" : "--audit");
}

TestCluster::~TestCluster() {
  close(guard_pipe_);
  waitpid(guard_, nullptr, 0);
}

TestCluster& TestCluster::shared() {
  static TestCluster cluster(Parts::kControlPlaneOnly);
  return cluster;
}

kube::ClusterConfig TestCluster::config() const {
  auto config = kube::load_config(kubeconfig(), "", {});
  if (!config) throw std::runtime_error(config.error().text());
  return *config;
}

std::unique_ptr<kube::Cluster> TestCluster::connect(const kube::ConnectOptions& options) const {
  auto cluster = kube::connect(config(), options);
  if (!cluster) throw std::runtime_error(cluster.error().text());
  return std::move(*cluster);
}

void TestCluster::stop_apiserver() const { cluster_verb("stop-apiserver", folder_); }

void TestCluster::start_apiserver() const { cluster_verb("start-apiserver", folder_); }

std::string TestCluster::kubectl(const std::string& arguments) const {
  return run("'" + kScript + "' kubectl --dir '" + folder_ + "/cluster' " + arguments);
}

}  // namespace reconciler::test
