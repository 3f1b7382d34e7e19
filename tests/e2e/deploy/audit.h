#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace reconciler::test {

/// An object that the service made, and when: RFC 3339 with microseconds, as the API server saw it.
struct Creation {
  std::string resource;  ///< The plural: `deployments`.
  std::string namespace_;
  std::string name;
  std::string asked;
  std::string answered;
};

/// Reads what the service creates, from the API server's audit log, beginning with what comes after its construction.
class Audit {
 public:
  explicit Audit(std::string file) : file_(std::move(file)), from_(std::filesystem::file_size(file_)) {}

  std::vector<Creation> creations() const {
    std::vector<Creation> found;
    std::ifstream stream(file_);
    stream.seekg(static_cast<std::streamoff>(from_));
    for (std::string line; std::getline(stream, line) && !stream.eof();) {
      const auto event = nlohmann::json::parse(line);
      if (!is_creation(event)) continue;
      const auto& object = event["objectRef"];
      found.push_back({object["resource"], object.value("namespace", ""), object.value("name", ""),
                       event["requestReceivedTimestamp"], event["stageTimestamp"]});
    }
    return found;
  }

 private:
  static bool is_creation(const nlohmann::json& event) {
    return event["user"]["username"] == "system:serviceaccount:spira-system:spira-reconciler" &&
           event["verb"] == "patch" && event["responseStatus"]["code"] == 201 &&
           event["requestURI"].get<std::string>().find("dryRun") == std::string::npos;
  }

  std::string file_;
  std::uintmax_t from_;
};

}  // namespace reconciler::test
