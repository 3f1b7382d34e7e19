#pragma once

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "support/e2e/service_test.h"

namespace reconciler::test {

inline const std::string kSource = RECONCILER_SOURCE_DIR;
inline const std::string kBinary = RECONCILER_BINARY;

inline constexpr const char* kEnvironment = "gitops.spira.dev/v1alpha1/Environment";

/// The environments of this repository, followed with the rights of `deploy/` and no others.
class KindDevTest : public ServiceTest {
 protected:
  KindDevTest() {
    for (const char* name : {"kind-dev", "chaos"}) forget_later(kEnvironment, name);
    for (const char* name : {"spira", "spira-chaos", "minio-operator"}) forget_later("v1/Namespace", name);
    repository_.remove("environments");
    for (const char* folder : {"environments", "overlays", "sources"}) copy(folder);
  }

  void copy(const std::string& folder) const {
    std::filesystem::copy(kSource + "/" + folder, clone() + "/" + folder, std::filesystem::copy_options::recursive);
  }
  std::string clone() const { return folder_ + "/clone"; }

  void wait_environment_ready(const std::string& name, const std::string& commit) const {
    const auto status = [&] {
      const auto resource = plane_.get(kEnvironment, "", name);
      return resource ? resource->value("status", nlohmann::json::object()) : nlohmann::json::object();
    };
    wait_until(
        name + " is Ready",
        [&] {
          return condition(status(), "Ready").value("status", "") == "True" &&
                 status()["revision"]["applied"] == commit;
        },
        std::chrono::seconds(300), [&] { return status().dump(2); });
  }

  void edit_file(const std::string& path, const std::string& old_text, const std::string& new_text) const {
    std::ifstream stream(clone() + "/" + path);
    std::string text{std::istreambuf_iterator<char>(stream), {}};
    const auto found = text.find(old_text);
    ASSERT_NE(found, std::string::npos) << path;
    repository_.write(path, text.replace(found, old_text.size(), new_text));
  }
};

}  // namespace reconciler::test
