#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "set.h"

namespace reconciler::validate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::vector<std::string> with_image(const std::string& image) {
  return found_in(pod("  containers: [{name: c, image: '" + image + "'}]\n"));
}
std::vector<std::string> with(const std::string& container, const std::string& more = "") {
  return found_in(pod("  containers: [{name: c, image: 'i:1', " + container + "}]\n" + more) +
                  "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: a}\ndata: {LEVEL: debug}\n");
}

TEST(Image, is_pinned) {
  for (const char* image : {"nats:2.10.7", "localhost:5000/nats:2", "nats@sha256:0123", "nats:latest@sha256:0123"})
    EXPECT_THAT(with_image(image), IsEmpty()) << image;
  for (const char* image : {"nats", "nats:latest", "localhost:5000/nats", "ghcr.io/nats/nats:latest"})
    EXPECT_THAT(with_image(image), ElementsAre(StartsWith("image Pod a/app: spec.containers[0].image: '"))) << image;
}

TEST(Image, of_a_custom_resource_is_pinned) {
  EXPECT_THAT(found_in("apiVersion: minio.min.io/v2\nkind: Tenant\nmetadata: {name: t, namespace: default}\n"
                       "spec: {image: minio/minio}\n"),
              ElementsAre(StartsWith("image Tenant.minio.min.io default/t: spec.image: ")));
}

TEST(Probe, goes_to_a_port_of_its_container) {
  const std::string ports = "ports: [{name: http, containerPort: 8080}], ";
  EXPECT_THAT(with(ports + "livenessProbe: {httpGet: {port: http}}, readinessProbe: {tcpSocket: {port: 8080}}"),
              IsEmpty());
  EXPECT_THAT(with(ports + "livenessProbe: {httpGet: {port: htp}}"),
              ElementsAre("port Pod a/app: spec.containers[0].livenessProbe.httpGet.port: container 'c' has no port "
                          "'htp'; did you mean 'http'?"));
  EXPECT_THAT(with(ports + "startupProbe: {grpc: {port: 81}}"),
              ElementsAre(StartsWith("undeclared-port Pod a/app: spec.containers[0].startupProbe.grpc.port")));
  EXPECT_THAT(with(ports + "lifecycle: {preStop: {httpGet: {port: x}}}"),
              ElementsAre(StartsWith("port Pod a/app: spec.containers[0].lifecycle.preStop.httpGet.port")));
  EXPECT_THAT(with("livenessProbe: {httpGet: {port: 80}}"), IsEmpty());
  EXPECT_THAT(with(ports + "livenessProbe: {httpGet: {port: x, host: example.org}}"), IsEmpty());
}

TEST(Variable, is_set_before_it_is_used) {
  EXPECT_THAT(with("env: [{name: A, value: a}, {name: B, value: 'x $(A) $$(C)'}], args: ['$(A)', '$(date)', '$(B)']"),
              IsEmpty());
  EXPECT_THAT(with("env: [{name: B, value: $(A)}, {name: A, value: a}]"),
              ElementsAre(StartsWith("variable Pod a/app: spec.containers[0].env[0].value: $(A) names no variable")));
  EXPECT_THAT(with("command: [run, $(A)]"),
              ElementsAre(StartsWith("variable Pod a/app: spec.containers[0].command[1]")));
  EXPECT_THAT(with("envFrom: [{configMapRef: {name: settings}}], args: [$(LEVEL)]"), IsEmpty());
  EXPECT_THAT(with("envFrom: [{configMapRef: {name: settings}, prefix: P_}], args: [$(P_LEVEL), $(LEVEL)]"),
              ElementsAre(StartsWith("variable Pod a/app: spec.containers[0].args[1]: $(LEVEL)")));
  EXPECT_THAT(with("args: [$(WEB_SERVICE_HOST)]"), IsEmpty());
}

TEST(SubPath, is_a_file_of_its_volume) {
  const auto mounted = [](const std::string& path, const std::string& items = "") {
    return with("volumeMounts: [{name: v, mountPath: /x, subPath: " + path + "}]",
                "  volumes: [{name: v, configMap: {name: settings" + items + "}}]\n");
  };
  EXPECT_THAT(mounted("LEVEL"), IsEmpty());
  EXPECT_THAT(mounted("LEVLE"), ElementsAre(StartsWith("key Pod a/app: spec.containers[0].volumeMounts[0].subPath: the "
                                                       "volume of ConfigMap 'settings' has no file 'LEVLE'; did you")));
  EXPECT_THAT(mounted("etc/level", ", items: [{key: LEVEL, path: etc/level}]"), IsEmpty());
  EXPECT_THAT(mounted("LEVEL", ", items: [{key: LEVEL, path: level}]"), ElementsAre(StartsWith("key Pod a/app")));
}

TEST(Files, that_a_command_or_variable_names_are_in_their_volumes) {
  const auto run = [](const std::string& more) {
    return with("volumeMounts: [{name: v, mountPath: /x/}, {name: other, mountPath: /x/cache}], " + more,
                "  volumes: [{name: v, configMap: {name: settings}}, {name: other, emptyDir: {}}]\n");
  };
  for (const char* good :
       {"command: [sh, /x/LEVEL]", "args: [--file=/x/LEVEL, /x, /x/]", "args: ['/x/*.conf', /xy/LEVLE]",
        "args: [cat /x/LEVLE]", "args: [/x/cache/LEVLE]", "args: [/x/..data/LEVEL]"})
    EXPECT_THAT(run(good), IsEmpty()) << good;
  EXPECT_THAT(
      run("command: [sh, /x/LEVLE]"),
      ElementsAre("key Pod a/app: spec.containers[0].command[1]: the volume of ConfigMap 'settings' has no file "
                  "'LEVLE'; did you mean 'LEVEL'?"));
  EXPECT_THAT(run("args: [--file=/x/lost/file]"), ElementsAre(HasSubstr("has no file 'lost/file'")));
  EXPECT_THAT(run("env: [{name: A, value: /x/lost}]"), ElementsAre(HasSubstr("env[0].value: the volume of")));
}

TEST(Files, of_projected_volumes_are_those_of_all_sources) {
  const auto projected = [](const std::string& file, const std::string& more) {
    return with(
        "volumeMounts: [{name: v, mountPath: /x}], args: [/x/" + file + "]",
        "  volumes: [{name: v, projected: {sources: [{configMap: {name: settings, items: [{key: LEVEL, path: a}]}}" +
            more + "]}}]\n");
  };
  EXPECT_THAT(projected("a", ""), IsEmpty());
  EXPECT_THAT(projected("LEVEL", ""), ElementsAre(HasSubstr("has no file 'LEVEL'")));
  EXPECT_THAT(projected("token", ", {serviceAccountToken: {path: token}}"), IsEmpty());
}

}  // namespace
}  // namespace reconciler::validate
