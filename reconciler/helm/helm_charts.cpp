#include "helm/helm_charts.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "base/folder_tree.h"
#include "helm/run.h"

namespace reconciler::helm {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFiles = 10'000;
constexpr std::size_t kMaxBytes = 64u << 20;
constexpr std::size_t kMaxDepth = 32;

tl::unexpected<Error> broken(const std::string& what) { return fail(ErrorKind::kInternal, what); }

// A folder of its own below the system's one for temporary files, removed with all that is in it.
class TemporaryFolder {
 public:
  static Result<std::shared_ptr<const TemporaryFolder>> make() {
    std::error_code error;
    std::string path = (fs::temp_directory_path(error) / "reconciler-helm-XXXXXX").string();
    if (error || mkdtemp(path.data()) == nullptr) return broken("no temporary folder can be made for helm");
    return std::shared_ptr<const TemporaryFolder>(new TemporaryFolder(std::move(path)));
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

Status write(const fs::path& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary);
  file << content << std::flush;
  return file ? Status() : broken("cannot write '" + path.string() + "'");
}

// Copies a folder of a tree to disk, within bounds: links may make a tree endless.
class Copy {
 public:
  explicit Copy(const FileTree& tree) : tree_(tree) {}

  Status folder(const TreePath& from, const fs::path& to, std::size_t depth = 1) {
    if (depth > kMaxDepth)
      return fail(ErrorKind::kInvalid, "the chart's folders are nested too deep at '" + from + "'");
    std::error_code error;
    fs::create_directory(to, error);
    if (error) return broken("cannot make '" + to.string() + "'");
    TRY(const auto names, tree_.list(from));
    for (const std::string& name : names) TRY_VOID(entry(from.empty() ? name : from + "/" + name, to / name, depth));
    return {};
  }

 private:
  Status entry(const TreePath& from, const fs::path& to, std::size_t depth) {
    TRY(const auto kind, tree_.kind(from));
    if (!kind) return {};
    if (*kind == EntryKind::kFolder) return folder(from, to, depth + 1);
    if (++files_ > kMaxFiles)
      return fail(ErrorKind::kInvalid, "the chart has more than " + std::to_string(kMaxFiles) + " files");
    TRY(const TreeFile file, tree_.read(from, "", kMaxBytes - bytes_));
    bytes_ += file.content.size();
    return write(to, file.content);
  }

  const FileTree& tree_;
  std::size_t files_ = 0;
  std::size_t bytes_ = 0;
};

// The tree of a folder that goes with the tree.
class TemporaryTree : public FileTree {
 public:
  TemporaryTree(std::shared_ptr<const TemporaryFolder> folder, std::unique_ptr<FileTree> tree)
      : folder_(std::move(folder)), tree_(std::move(tree)) {}
  Result<std::optional<EntryKind>> kind(const TreePath& path) const override { return tree_->kind(path); }
  Result<TreePath> resolve(const TreePath& path) const override { return tree_->resolve(path); }
  Result<TreeFile> read(const TreePath& path, const TreePath& within, std::size_t max_bytes) const override {
    return tree_->read(path, within, max_bytes);
  }
  Result<std::vector<std::string>> list(const TreePath& path) const override { return tree_->list(path); }
  std::optional<std::string> content_id(const TreePath&) const override { return std::nullopt; }

 private:
  std::shared_ptr<const TemporaryFolder> folder_;
  std::unique_ptr<FileTree> tree_;
};

bool is_supported(const std::string& version) {
  const auto digit = version.find_first_of("0123456789");
  return digit != std::string::npos && (version[digit] == '3' || version[digit] == '4') && version[digit + 1] == '.';
}

class HelmCharts : public kustomize::Charts {
 public:
  explicit HelmCharts(HelmOptions options) : options_(std::move(options)) {}

  Result<std::shared_ptr<const FileTree>> pull(const kustomize::ChartPull& pull) override {
    TRY(const auto folder, TemporaryFolder::make());
    const std::string charts = folder->path() + "/charts";
    TRY_VOID(call(arguments_of(pull, charts), *folder));
    TRY(auto tree, open_folder(charts));
    return std::make_shared<TemporaryTree>(folder, std::move(tree));
  }

  Result<std::string> render(const kustomize::ChartCall& chart) override {
    TRY(const auto folder, TemporaryFolder::make());
    const fs::path home = fs::path(folder->path()) / "charts";
    std::error_code ignored;
    fs::create_directory(home, ignored);
    const fs::path copy = home / fs::path(chart.chart).filename();
    TRY_VOID(Copy(*chart.tree).folder(chart.chart, copy));
    std::vector<std::string> arguments = {"template"};
    arguments.insert(arguments.end(), chart.arguments.begin(), chart.arguments.end());
    arguments.push_back(copy.string());
    for (const std::string& values : chart.values) {
      const std::string file = folder->path() + "/values-" + std::to_string(arguments.size()) + ".yaml";
      TRY_VOID(write(file, values));
      arguments.insert(arguments.end(), {"--values", file});
    }
    TRY(auto output, call(std::move(arguments), *folder));
    return std::move(output.out);
  }

 private:
  static std::vector<std::string> arguments_of(const kustomize::ChartPull& pull, const std::string& charts) {
    std::vector<std::string> all = {"pull", "--untar", "--untardir", charts};
    if (pull.repository.starts_with("oci://")) {
      all.push_back(pull.repository + (pull.repository.ends_with('/') ? "" : "/") + pull.name);
    } else {
      all.insert(all.end(), {"--repo", pull.repository, pull.name});
    }
    if (!pull.version.empty()) all.insert(all.end(), {"--version", pull.version});
    if (pull.devel) all.emplace_back("--devel");
    return all;
  }

  Result<Output> call(std::vector<std::string> arguments, const TemporaryFolder& folder) {
    TRY_VOID(check_version(folder));
    arguments.insert(arguments.begin(), options_.command);
    return run_in(folder, arguments);
  }

  Result<Output> run_in(const TemporaryFolder& folder, const std::vector<std::string>& command) const {
    const std::string home = folder.path() + "/helm";
    return run(command,
               {"HELM_CONFIG_HOME=" + home, "HELM_CACHE_HOME=" + home + "/.cache", "HELM_DATA_HOME=" + home + "/.data",
                "HELM_PLUGINS=" + home + "/.plugins"},
               folder.path(), options_.timeout);
  }

  Status check_version(const TemporaryFolder& folder) {
    const std::scoped_lock lock(mutex_);
    if (is_checked_) return {};
    TRY(const auto output, run_in(folder, {options_.command, "version", "--short"}));
    if (!is_supported(output.out)) return fail(ErrorKind::kInvalid, "'" + options_.command + "' is no helm 3 or 4");
    is_checked_ = true;
    return {};
  }

  HelmOptions options_;
  std::mutex mutex_;
  bool is_checked_ = false;  ///< Guarded by mutex_.
};

}  // namespace

std::unique_ptr<kustomize::Charts> helm_charts(const HelmOptions& options) {
  return std::make_unique<HelmCharts>(options);
}

}  // namespace reconciler::helm
