#include "support/e2e/running_service.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <signal.h>

#include "base/digest.h"
#include "support/e2e/wait.h"

namespace reconciler::test {
namespace {

const std::string kBinary = RECONCILER_BINARY;

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
  std::filesystem::permissions(path, std::filesystem::perms::owner_read);
}

std::string tail(const std::string& log) { return log.substr(log.size() - std::min<std::size_t>(log.size(), 4000)); }

}  // namespace

RunningService::RunningService(ServiceSetup setup)
    : setup_(std::move(setup)),
      token_(sha256_hex("token " + setup_.folder)),
      webhook_secret_(sha256_hex("webhook " + setup_.folder)) {
  write_file(setup_.folder + "/token", token_ + "\n");
  write_file(setup_.folder + "/webhook-secret", webhook_secret_ + "\n");
}

void RunningService::start() {
  const auto& folder = setup_.folder;
  const auto log_begin = log().size();
  std::vector<std::string> command{kBinary,
                                   "serve",
                                   "--repository",
                                   setup_.repository,
                                   "--kubeconfig",
                                   setup_.kubeconfig,
                                   "--listen",
                                   "127.0.0.1:0",
                                   "--data-dir",
                                   folder + "/data",
                                   "--interval",
                                   setup_.interval,
                                   "--verify-interval",
                                   setup_.verify_interval,
                                   "--token-file",
                                   folder + "/token",
                                   "--webhook-secret-file",
                                   folder + "/webhook-secret",
                                   "--log-format",
                                   setup_.log_format};
  if (!setup_.leases.empty()) command.insert(command.end(), {"--leases", setup_.leases});
  process_ = std::make_unique<ChildProcess>(command, folder + "/service.log");
  wait_until("the service listens", [&] {
    if (!process_->is_running()) throw std::runtime_error("the service has ended:\n" + tail(log()));
    const auto found = find_url(log_begin);
    url_ = found.value_or("");
    return found.has_value();
  });
}

std::optional<std::string> RunningService::find_url(std::size_t log_begin) const {
  const auto text = log();
  const std::string mark = "listening on http://";
  const auto found = text.find(mark, log_begin);
  const auto end = text.find_first_of("\"\n", found + mark.size());
  if (found == std::string::npos || end == std::string::npos) return std::nullopt;
  const auto address = text.substr(found + mark.size(), end - found - mark.size());
  return "http://" + address;
}

void RunningService::stand_still() const { process_->signal(SIGSTOP); }

void RunningService::go_on() const { process_->signal(SIGCONT); }

std::chrono::milliseconds RunningService::stop() {
  const auto began = std::chrono::steady_clock::now();
  process_->signal(SIGTERM);
  const auto code = process_->wait(std::chrono::seconds(5));
  if (!code) throw std::runtime_error("the service did not end within five seconds:\n" + tail(log()));
  if (*code != 0) throw std::runtime_error("the service ended with " + std::to_string(*code) + ":\n" + tail(log()));
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
}

void RunningService::kill() {
  process_->signal(SIGKILL);
  process_->wait(kPatience);
}

std::string RunningService::log() const { return read_file(setup_.folder + "/service.log"); }

HttpAnswer RunningService::get(const std::string& path) const { return http_get(url_ + path); }

HttpAnswer RunningService::post(const std::string& path, const std::string& body, const HttpHeaders& headers) const {
  return http_post(url_ + path, body, headers);
}

nlohmann::json RunningService::status(const std::string& environment) const {
  const auto answer = get("/api/v1/environments/" + environment);
  return answer.status == 200 ? answer.json() : nlohmann::json::object();
}

std::map<std::string, nlohmann::json> RunningService::objects(const std::string& environment) const {
  std::map<std::string, nlohmann::json> objects;
  const auto answer = get("/api/v1/environments/" + environment + "/objects");
  if (answer.status != 200) return objects;
  const auto body = answer.json();
  for (const auto& object : body["objects"]) {
    const std::string namespace_ = object["namespace"];
    const std::string name = object["name"];
    objects[object["kind"].get<std::string>() + " " + (namespace_.empty() ? "" : namespace_ + "/") + name] = object;
  }
  return objects;
}

HttpAnswer RunningService::tell_of_push(const std::string& branch) const {
  const auto body = nlohmann::json{{"ref", "refs/heads/" + branch}}.dump();
  return post("/webhooks/generic", body, {{"Content-Type", "application/json"}, {"X-Signature", signature_of(body)}});
}

std::string RunningService::signature_of(const std::string& body) const {
  return "sha256=" + hex(hmac("sha256", webhook_secret_, body));
}

std::string RunningService::ask_for_sync(const std::string& environment) const {
  const auto answer =
      post("/api/v1/environments/" + environment + "/sync", "", {{"Authorization", "Bearer " + token_}});
  if (answer.status != 202)
    throw std::runtime_error("a resync was answered " + std::to_string(answer.status) + ": " + answer.body);
  return answer.json()["id"];
}

double RunningService::metric(const std::string& name, const std::string& with, const std::string& without) const {
  std::istringstream lines(get("/metrics").body);
  double sum = 0;
  for (std::string line; std::getline(lines, line);) {
    const bool is_series = line.starts_with(name + "{") || line.starts_with(name + " ");
    if (!is_series || line.find(with) == std::string::npos) continue;
    if (!without.empty() && line.find(without) != std::string::npos) continue;
    sum += std::stod(line.substr(line.rfind(' ')));
  }
  return sum;
}

double RunningService::api_requests() const { return metric("reconciler_api_requests_total", "", "verb=\"watch\""); }

}  // namespace reconciler::test
