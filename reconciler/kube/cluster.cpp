#include "kube/cluster.h"

#include <utility>

#include <nlohmann/json.hpp>

namespace reconciler::kube {
namespace {

template <class Answers>
auto unanswered(std::size_t count) {
  return Answers(count, fail(ErrorKind::kInternal, "the call has not been answered"));
}

}  // namespace

Result<Json> Cluster::apply(const ApplyRequest& request) {
  return std::move(apply_all({&request, 1}, 1, std::stop_token()).front());
}

std::vector<Result<Json>> Cluster::apply_all(std::span<const ApplyRequest> requests, std::size_t concurrency,
                                             std::stop_token stop) {
  auto answers = unanswered<std::vector<Result<Json>>>(requests.size());
  apply_all(requests, concurrency, std::move(stop),
            [&answers](std::size_t index, Result<Json>&& object) { answers[index] = std::move(object); });
  return answers;
}

Status Cluster::remove(const RemoveRequest& request) {
  return std::move(remove_all({&request, 1}, 1, std::stop_token()).front());
}

std::vector<Status> Cluster::remove_all(std::span<const RemoveRequest> requests, std::size_t concurrency,
                                        std::stop_token stop) {
  auto answers = unanswered<std::vector<Status>>(requests.size());
  remove_all(requests, concurrency, std::move(stop),
             [&answers](std::size_t index, Status&& status) { answers[index] = std::move(status); });
  return answers;
}

}  // namespace reconciler::kube
