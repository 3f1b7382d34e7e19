#include <functional>
#include <iostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "kustomize/build.h"
#include "rendered_stack.h"
#include "support/memory_tree.h"
#include "validate/validate.h"

namespace reconciler::test {
namespace {

using testing::IsEmpty;

/// A change of one object: its body is edited; null deletes the object.
struct Mutation {
  std::string name;
  std::size_t object;
  Json body;
};

/// Everything that others can name or select in a rendered set, removed and renamed one by one.
class Mutations {
 public:
  explicit Mutations(const Rendered& set) : set_(set) {
    for (at_ = 0; at_ < set.size(); ++at_) mutate(set[at_].parse());
  }

  const std::vector<Mutation>& all() const { return all_; }

  Rendered apply(const Mutation& mutation) const {
    Rendered set = set_;
    if (mutation.body.is_null()) {
      set.erase(set.begin() + static_cast<std::ptrdiff_t>(mutation.object));
    } else {
      set[mutation.object].key.name = mutation.body.at("metadata").at("name");
      set[mutation.object].body = mutation.body.dump();
    }
    return set;
  }

 private:
  void add(const std::string& what, Json body) {
    all_.push_back({what + " " + set_[at_].key.text(), at_, std::move(body)});
  }

  void mutate(const Json& body) {
    const auto& type = set_[at_].key.type;
    for (const char* kind : {"ConfigMap", "Secret", "Service", "ServiceAccount", "PersistentVolumeClaim"}) {
      if (type != GroupKind{"", kind}) continue;
      add("remove", nullptr);
      Json renamed = body;
      renamed["metadata"]["name"] = set_[at_].key.name + "-x";
      add("rename", std::move(renamed));
    }
    if (type.group.empty() && (type.kind == "ConfigMap" || type.kind == "Secret")) mutate_keys(body);
    if (type == GroupKind{"", "Service"}) mutate_ports(body, "/spec/ports"_json_pointer, "port");
    for (const char* list : {"/spec/template/spec/containers", "/spec/template/spec/initContainers"}) {
      const Json::json_pointer containers(list);
      if (!body.contains(containers)) continue;
      for (std::size_t i = 0; i < body.at(containers).size(); ++i)
        mutate_ports(body, containers / i / "ports", "containerPort");
    }
  }

  void mutate_keys(const Json& body) {
    for (const char* map : {"data", "binaryData", "stringData"}) {
      if (!body.contains(map)) continue;
      for (const auto& [key, value] : body.at(map).items()) {
        Json without = body;
        without[map].erase(key);
        add("remove key " + key + " of", without);
        without[map][key + "-x"] = value;
        add("rename key " + key + " of", std::move(without));
      }
    }
  }

  void mutate_ports(const Json& body, const Json::json_pointer& ports, const char* number) {
    if (!body.contains(ports)) return;
    for (std::size_t i = 0; i < body.at(ports).size(); ++i) {
      const std::string port = std::to_string(body.at(ports / i).at(number).get<int>());
      Json without = body;
      without[ports].erase(i);
      add("remove port " + port + " of", std::move(without));
      if (!body.at(ports / i).contains("name")) continue;
      Json renamed = body;
      renamed[ports / i / "name"] = "other";
      add("rename port " + port + " of", std::move(renamed));
    }
  }

  const Rendered& set_;
  std::size_t at_ = 0;
  std::vector<Mutation> all_;
};

struct Overlay {
  const char* name;
  bool with_further_chaos = false;  ///< All lines that `overlays/chaos` has switched off.
};

std::ostream& operator<<(std::ostream& stream, const Overlay& overlay) {
  return stream << overlay.name << (overlay.with_further_chaos ? " with further chaos" : "");
}

StackFiles files_of(const Overlay& overlay) {
  auto files = stack_files();
  const std::string off = "  # - ../../sources/chaos-further/";
  auto& text = files.at("overlays/chaos/kustomization.yaml");
  for (auto at = text.find(off); overlay.with_further_chaos && at != std::string::npos; at = text.find(off))
    text.erase(at + 2, 2);
  return files;
}

std::vector<std::string> findings_in(const Rendered& set) {
  std::vector<std::string> lines;
  const auto findings = validate::validate(set, {});
  for (const auto& finding : findings.value())
    lines.push_back(finding.object.text() + ": " + finding.field + ": " + finding.message);
  return lines;
}

class SpiraOverlay : public testing::TestWithParam<Overlay> {
 protected:
  static Rendered render() {
    const auto rendering =
        kustomize::build(MemoryTree(files_of(GetParam())), std::string("overlays/") + GetParam().name);
    EXPECT_TRUE(rendering) << rendering.error().text();
    return rendering ? rendering->manifests() : Rendered();
  }
};

TEST_P(SpiraOverlay, is_valid_as_a_whole) { EXPECT_THAT(findings_in(render()), IsEmpty()); }

TEST_P(SpiraOverlay, has_nothing_that_could_be_removed_or_renamed_unseen) {
  const auto set = render();
  const Mutations mutations(set);
  std::string unseen;  // One a line: gmock would cut a list short.
  std::size_t found = 0;
  for (const auto& mutation : mutations.all()) {
    if (findings_in(mutations.apply(mutation)).empty()) {
      unseen += "\n  " + mutation.name;
    } else {
      ++found;
    }
  }
  EXPECT_GT(mutations.all().size(), 250u);
  std::cout << GetParam() << ": " << found << " of " << mutations.all().size() << " mutations found\n";
  EXPECT_EQ(unseen, "");
}

/// The admission webhooks of Chaos Mesh, which would fill it in, are not installed.
TEST_P(SpiraOverlay, says_in_which_direction_a_network_is_broken) {
  std::size_t count = 0;
  for (const auto& manifest : render()) {
    const auto body = manifest.parse();
    if (manifest.key.type.kind != "Schedule" || body["spec"]["type"] != "NetworkChaos") continue;
    EXPECT_TRUE(body["spec"]["networkChaos"].contains("direction")) << manifest.key.text();
    ++count;
  }
  EXPECT_EQ(count > 0, GetParam().with_further_chaos);
}

TEST(Deploy, is_valid_as_a_whole) {
  const auto rendering = kustomize::build(MemoryTree(stack_files()), "deploy");
  ASSERT_TRUE(rendering) << rendering.error().text();
  EXPECT_THAT(findings_in(rendering->manifests()), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Overlays, SpiraOverlay,
                         testing::Values(Overlay{"kind-dev"}, Overlay{"chaos"}, Overlay{"chaos", true}),
                         [](const auto& info) {
                           return std::string(info.index == 0 ? "kind_dev" : "chaos") +
                                  (info.param.with_further_chaos ? "_with_further_chaos" : "");
                         });

}  // namespace
}  // namespace reconciler::test
