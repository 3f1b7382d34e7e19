#include "kube/requests.h"

#include <nlohmann/json.hpp>

#include "kube/urls.h"

namespace reconciler::kube {
namespace {

std::string accept(Projection projection, const char* partial) {
  if (projection == Projection::kFull) return "application/json";
  return std::string("application/json;as=") + partial + ";g=meta.k8s.io;v=v1";
}

/// Impersonation. The groups of a service account come with its name (Kubernetes: "User impersonation").
HttpRequest base(const char* method, const char* verb, const ApiResource& resource, const std::string& account = "") {
  HttpRequest request;
  if (!account.empty()) request.headers.push_back("Impersonate-User: " + account);
  request.method = method;
  request.verb = verb;
  request.resource = resource.plural;
  return request;
}

Query selection(const ListRequest& request) {
  Query query;
  query.add("labelSelector", request.label_selector).add("fieldSelector", request.field_selector);
  return query;
}

const char* dry_run(DryRun dry_run) { return dry_run == DryRun::kYes ? "All" : ""; }

const char* propagation(Propagation propagation) {
  switch (propagation) {
    case Propagation::kBackground:
      return "Background";
    case Propagation::kForeground:
      return "Foreground";
    case Propagation::kOrphan:
      return "Orphan";
  }
  return "Background";
}

const char* content_type(PatchType type) {
  switch (type) {
    case PatchType::kMerge:
      return "application/merge-patch+json";
    case PatchType::kJson:
      return "application/json-patch+json";
    case PatchType::kStrategic:
      return "application/strategic-merge-patch+json";
  }
  return "application/merge-patch+json";
}

}  // namespace

HttpRequest apply_request(const ApiResource& resource, const ApplyRequest& apply) {
  auto request = base("PATCH", "apply", resource, apply.account);
  // A field that the server does not know is an error of every apply. What it would look for besides is repeated names,
  // for which it reads the body a second time; what is written from a tree has none.
  const auto query = Query()
                         .add("fieldManager", apply.field_manager)
                         .add("force", apply.force ? "true" : "")
                         .add("fieldValidation", "Ignore")
                         .add("dryRun", dry_run(apply.dry_run));
  request.target = object_path(resource, apply.key, apply.subresource) + query.text();
  request.accept = accept(apply.projection, "PartialObjectMetadata");
  request.content_type = "application/apply-patch+yaml";
  request.body = apply.body;
  return request;
}

HttpRequest remove_request(const ApiResource& resource, const RemoveRequest& remove) {
  auto request = base("DELETE", "delete", resource, remove.account);
  request.target = object_path(resource, remove.key);
  nlohmann::json options{
      {"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"propagationPolicy", propagation(remove.propagation)}};
  if (!remove.uid.empty()) options["preconditions"] = {{"uid", remove.uid}};
  if (remove.dry_run == DryRun::kYes) options["dryRun"] = {"All"};
  request.content_type = "application/json";
  request.body = options.dump();
  return request;
}

HttpRequest get_request(const ApiResource& resource, const ObjectKey& key, Projection projection) {
  auto request = base("GET", "get", resource);
  request.target = object_path(resource, key);
  request.accept = accept(projection, "PartialObjectMetadata");
  return request;
}

HttpRequest list_request(const ApiResource& resource, const ListRequest& list, const std::string& next, PageSize size) {
  auto request = base("GET", "list", resource);
  const auto query = selection(list).add("limit", std::to_string(size.objects())).add("continue", next);
  request.target = collection_path(resource, list.namespace_) + query.text();
  request.accept = accept(list.projection, "PartialObjectMetadataList");
  return request;
}

HttpRequest watch_request(const ApiResource& resource, const ListRequest& list, const std::string& resource_version,
                          int seconds) {
  auto request = base("GET", "watch", resource);
  const auto query = selection(list)
                         .add("watch", "true")
                         .add("allowWatchBookmarks", "true")
                         .add("resourceVersion", resource_version)
                         .add("timeoutSeconds", std::to_string(seconds));
  request.target = collection_path(resource, list.namespace_) + query.text();
  request.accept = accept(list.projection, "PartialObjectMetadata");
  request.timeout = std::chrono::seconds(seconds + 30);
  return request;
}

HttpRequest patch_request(const ApiResource& resource, const PatchRequest& patch) {
  auto request = base("PATCH", "patch", resource, patch.account);
  const auto query = Query().add("fieldManager", patch.field_manager);
  request.target = object_path(resource, patch.key, patch.subresource) + query.text();
  request.content_type = content_type(patch.type);
  request.body = patch.body;
  return request;
}

HttpRequest create_request(const ApiResource& resource, const CreateRequest& create) {
  auto request = base("POST", "create", resource, create.account);
  // Strict: a field that the server does not know is an error, as with kubectl, not a silent loss.
  const auto query = Query()
                         .add("fieldManager", create.field_manager)
                         .add("fieldValidation", "Strict")
                         .add("dryRun", dry_run(create.dry_run));
  request.target = collection_path(resource, create.key.namespace_) + query.text();
  request.content_type = "application/json";
  request.body = create.body;
  return request;
}

HttpRequest log_request(const ApiResource& pods, const ObjectKey& pod, const std::string& container, int lines) {
  auto request = base("GET", "get", pods);
  const auto query = Query()
                         .add("container", container)
                         .add("tailLines", std::to_string(lines))
                         .add("limitBytes", std::to_string(kLogBytes));
  request.target = object_path(pods, pod, "log") + query.text();
  request.accept = "text/plain, application/json";
  return request;
}

std::string without_cut_line(std::string log) {
  if (log.size() >= kLogBytes) log.erase(log.rfind('\n') + 1);
  return log;
}

HttpRequest plain_request(const std::string& path) {
  HttpRequest request;
  request.method = "GET";
  request.target = path;
  request.verb = "get";
  return request;
}

}  // namespace reconciler::kube
