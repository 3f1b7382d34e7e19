#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file_tree.h"
#include "base/result.h"
#include "kustomize/repo_spec.h"
#include "object/manifest.h"

namespace reconciler::kustomize {

/// Which files a kustomization may read besides folders with kustomizations of their own.
enum class LoadRestrictions {
  kRootOnly,  ///< Files in and below its own folder.
  kNone,      ///< Any file of the tree.
};

/// The order of the objects. A kustomization's own `sortOptions` win over it.
enum class Reorder {
  kLegacy,  ///< By kind, as the command line of kustomize does.
  kNone,    ///< As they were read.
};

/// Bounds on what a build may take, against hostile input. Exceeding one is kInvalid.
struct Limits {
  std::size_t file_bytes = 32u << 20;
  std::size_t total_bytes = 512u << 20;  ///< Of all files read, counting a file each time it is read.
  std::size_t files = 100'000;
  std::size_t resources = 200'000;
  std::size_t layers = 100;  ///< Kustomizations on the way from the target to one base.
};

/// Files from somewhere else, as they are now or as they were when their source was last reached.
struct RemoteTree {
  std::shared_ptr<const FileTree> tree;
  std::string note;  ///< Why they may be old; "" when they are what was asked for.
};
struct RemoteFile {
  std::string content;
  std::string note;
};

/// Brings what kustomizations name by URL. Implementations block, and are called by one thread at a time.
class RemoteBases {
 public:
  virtual ~RemoteBases() = default;
  /// The files of a repository at the ref of `spec` (the folder in it is the caller's business).
  virtual Result<RemoteTree> repository(const RepoSpec& spec) = 0;
  /// The content of an http or https URL. Errors: kNotFound when the server has no such file.
  virtual Result<RemoteFile> file(const std::string& url, std::size_t max_bytes) = 0;
};

/// A chart to bring from where charts are published.
struct ChartPull {
  std::string name;
  std::string version;     ///< "" takes the latest.
  std::string repository;  ///< An https:// or oci:// URL.
  bool devel = false;      ///< Development versions count too.
};

/// What a chart is to be rendered with.
struct ChartCall {
  std::shared_ptr<const FileTree> tree;  ///< Holds the chart.
  TreePath chart;                        ///< The chart's folder in it.
  std::vector<std::string> arguments;    ///< Of `helm template`, but for the chart and its values.
  std::vector<std::string> values;       ///< Contents of files of values; a later one wins.
};

/// Renders Helm charts. Implementations block, and are called by one thread at a time.
class Charts {
 public:
  virtual ~Charts() = default;
  /// The files of the chart, in a folder of its name.
  virtual Result<std::shared_ptr<const FileTree>> pull(const ChartPull& pull) = 0;
  /// The manifests that `helm template` prints. Errors: kInvalid with what helm says.
  virtual Result<std::string> render(const ChartCall& call) = 0;
};

class ManifestCache;
struct PackedFile;

struct Options {
  LoadRestrictions load_restrictions = LoadRestrictions::kRootOnly;
  Reorder reorder = Reorder::kLegacy;
  bool managed_by_label = false;
  /// Values as they go to one file an object, which the reference does not write and read before: folded texts as they
  /// are (yaml/folded.h), and no difference between what stands in `{}` and elsewhere.
  bool one_file_an_object = false;
  /// Null: URLs are refused. Not owned; must outlive the build.
  RemoteBases* remote_bases = nullptr;
  /// Null: charts are refused. Not owned; must outlive the build.
  Charts* charts = nullptr;
  /// What the files of manifests held that living renderings were made of, so that only what changed is read again;
  /// null reads all. Not owned; must outlive the build.
  ManifestCache* manifest_cache = nullptr;
  /// The folder of the host that the tree's root is, when absolute paths may name files of the tree ("/" for the
  /// command line); nothing refuses absolute paths.
  std::optional<std::string> host_root;
  /// The folder of the tree from which paths in errors are shown.
  TreePath shown_from;
  Limits limits;
};

/// A folder with a kustomization that a build has read.
struct ReadFolder {
  TreePath asked;          ///< The path by which it was found.
  TreePath root;           ///< Where that led to.
  std::string content_id;  ///< "" when the tree has none.
};

/// What a target renders to. Immutable, refers to nothing of the tree that it came from; thread-safe.
class Rendering {
 public:
  explicit Rendering(Rendered manifests, std::vector<std::string> notes = {}, bool is_fixed = true,
                     std::vector<ReadFolder> folders = {}, std::vector<std::shared_ptr<const PackedFile>> files = {})
      : manifests_(std::move(manifests)),
        notes_(std::move(notes)),
        is_fixed_(is_fixed),
        folders_(std::move(folders)),
        files_(std::move(files)) {}

  /// In the order of output. Bodies are JSON with sorted keys; `origin` is the file and line in the tree.
  const Rendered& manifests() const { return manifests_; }
  /// What people should know of it: which remote base could not be reached, and is from an earlier time.
  const std::vector<std::string>& notes() const { return notes_; }
  /// Whether the same tree always means this: it names no web file, and remote bases by full commit ids only.
  bool is_fixed() const { return is_fixed_; }
  /// Whether a build of the same target on `tree`, with the same options, would read the same files: all folders that
  /// it was made of are there as they were. False for trees without content ids.
  bool holds_for(const FileTree& tree) const;
  /// The bytes that `kustomize build` prints (`build_documents` comes to the same faster). Errors: kInternal.
  Result<std::string> yaml() const;

 private:
  Rendered manifests_;
  std::vector<std::string> notes_;
  bool is_fixed_;
  std::vector<ReadFolder> folders_;
  std::vector<std::shared_ptr<const PackedFile>> files_;  ///< So that the next build has them (`ManifestCache`).
};

/// Renders the folder `target` of the tree as kustomize 5.8.1 does. A pure function of the tree, the target and the
/// options (and of what remote bases and charts bring): no environment, no clock, no network or program of its own.
/// Thread-safe. Errors: kInvalid (kNotFound when the target does not exist, kUnavailable when only a remote base
/// failed): all independent mistakes as causes; `where` leads there: `overlays/chaos → sources/nats →
/// service.yaml:14:3`. Never holds the content of a file.
Result<Rendering> build(const FileTree& tree, const TreePath& target, const Options& options = {});

/// What `kustomize build` prints.
struct Documents {
  std::string yaml;
  std::vector<std::string> notes;  ///< As those of a Rendering.
};
/// As `build`, straight to text.
Result<Documents> build_documents(const FileTree& tree, const TreePath& target, const Options& options = {});

}  // namespace reconciler::kustomize
