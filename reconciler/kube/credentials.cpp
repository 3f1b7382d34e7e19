#include "kube/credentials.h"

#include <fstream>
#include <iterator>

#include "base/digest.h"

namespace reconciler::kube {
namespace {

constexpr Duration kReadEvery = std::chrono::seconds(10);

std::string fixed_header(const ClusterConfig& config) {
  if (!config.token.empty()) return "Authorization: Bearer " + config.token;
  if (!config.username.empty()) return "Authorization: Basic " + base64(config.username + ":" + config.password);
  return "";
}

}  // namespace

std::string read_secret_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

Credentials::Credentials(const ClusterConfig& config, const Clock& clock)
    : file_(config.token_file), clock_(clock), header_(fixed_header(config)) {
  if (!file_.empty()) read_file();
}

std::string Credentials::header() {
  const std::lock_guard lock(mutex_);
  if (!file_.empty() && clock_.steady() - read_at_ >= kReadEvery) read_file();
  return header_;
}

bool Credentials::changed_since(const std::string& refused) {
  const std::lock_guard lock(mutex_);
  if (!file_.empty()) read_file();
  return header_ != refused;
}

void Credentials::read_file() {
  read_at_ = clock_.steady();
  if (auto token = read_secret_file(file_); !token.empty()) header_ = "Authorization: Bearer " + token;
}

}  // namespace reconciler::kube
