#include "kustomize/vars.h"

#include "merge_support.h"

namespace reconciler::kustomize {
namespace {

class VarsTest : public testing::Test {
 protected:
  VarsTest() {
    add("{apiVersion: v1, kind: Source, metadata: {name: s}, spec: {text: hi, n: 8080, f: 1000000.5, b: true, m: {a: "
        "1}, l: [x, y]}}");
  }

  void add(std::string_view text) {
    Resource resource;
    resource.node = &trees_.read(text);
    ASSERT_TRUE(resources_.append(std::move(resource)));
  }

  std::vector<Var> read(std::string_view list) {
    auto document = yaml::parse_document(list, "k.yaml", trees_.arena, yaml::Dialect::kVersion2);
    Decoder decoder("k.yaml", Decoder::Mode::kStrict, trees_.arena);
    auto vars = read_vars(decoder, **document);
    EXPECT_TRUE(decoder.status());
    return vars;
  }
  static std::string var(std::string_view name, std::string_view path) {
    return "- {name: " + std::string(name) +
           ", objref: {apiVersion: v1, kind: Source, name: s}, fieldref: {fieldPath: " + std::string(path) + "}}\n";
  }
  Status resolve(std::string_view list) {
    TRY_VOID(declare_vars(vars_, read(list), resources_));
    return resolve_vars(resources_, vars_, {make_field_spec({"", "", "Target"}, "spec", false, trees_.arena)},
                        trees_.arena);
  }
  std::string spec() { return Trees::json(*resources_.all().back()->node->find("spec")); }
  std::string json(std::string_view text) { return trees_.json(text); }

  Trees trees_;
  ResourceMap resources_;
  Vars vars_;
};

TEST_F(VarsTest, a_var_alone_keeps_its_type_and_within_text_it_is_text) {
  add("{apiVersion: v1, kind: Target, metadata: {name: t}, spec: {a: $(NUM), b: 'port $(NUM)!', c: $(B), d: $(F), e: "
      "'x$(F)', f: $(T)}}");
  ASSERT_TRUE(resolve(var("NUM", "spec.n") + var("B", "spec.b") + var("F", "spec.f") + var("T", "spec.text")));
  EXPECT_EQ(spec(), json("{a: 8080, b: port 8080!, c: true, d: 1000000.5, e: x1.0000005e+06, f: hi}"));
}

TEST_F(VarsTest, unknown_names_and_escapes_stay_text) {
  add("{apiVersion: v1, kind: Target, metadata: {name: t}, spec: ['$(NO) $(T', '$$(T) $x $', '$(M)', '$(T)$(T)']}");
  ASSERT_TRUE(resolve(var("T", "spec.text") + var("M", "spec.m")));
  EXPECT_EQ(spec(), json("['$(NO) $(T', '$(T) $x $', '$(M)', hihi]"));
}

TEST_F(VarsTest, a_path_may_hold_an_index_in_brackets) {
  add("{apiVersion: v1, kind: Target, metadata: {name: t}, spec: {a: $(I), b: $(J)}}");
  ASSERT_TRUE(resolve(var("I", "'spec.l[1]'") + var("J", "spec.l.0")));
  EXPECT_EQ(spec(), json("{a: 'y', b: x}"));
}

TEST_F(VarsTest, the_object_is_found_by_the_name_it_had) {
  auto* const source = resources_.all().front();
  source->remember_id();
  source->set_name("pre-s", trees_.arena);
  resources_.ids_changed();
  add("{apiVersion: v1, kind: Target, metadata: {name: t}, spec: {a: $(NAME)}}");
  ASSERT_TRUE(resolve("- {name: NAME, objref: {apiVersion: v1, kind: Source, name: s}}"));
  EXPECT_EQ(spec(), json("a: pre-s"));
}

TEST_F(VarsTest, every_var_that_cannot_be_read_is_told) {
  const auto status = resolve(var("A", "spec.none") + "- {name: B, objref: {kind: Nothing, name: gone}}\n");
  ASSERT_FALSE(status);
  const auto text = status.error().text();
  EXPECT_NE(text.find("k.yaml:1:3: vars.A: Source.v1 s has no field spec.none"), std::string::npos) << text;
  EXPECT_NE(text.find("k.yaml:2:3: vars.B: no object of that type and name, gone"), std::string::npos) << text;
}

TEST_F(VarsTest, names_are_taken_once) {
  ASSERT_TRUE(declare_vars(vars_, read(var("A", "spec.n")), resources_));
  EXPECT_FALSE(declare_vars(vars_, read(var("A", "spec.n")), resources_));
  Vars other;
  ASSERT_TRUE(declare_vars(other, read(var("A", "spec.text")), resources_));
  EXPECT_FALSE(merge_vars(vars_, other));
}

TEST_F(VarsTest, several_objects_that_fit_are_an_error) {
  add("{apiVersion: v1, kind: Source, metadata: {name: s, namespace: other}}");
  EXPECT_FALSE(declare_vars(vars_, read(var("A", "spec.n")), resources_));
  EXPECT_TRUE(declare_vars(
      vars_, read("- {name: C, objref: {apiVersion: v1, kind: Source, name: s, namespace: other}}"), resources_));
}

TEST_F(VarsTest, a_list_that_holds_more_than_strings_is_an_error) {
  add("{apiVersion: v1, kind: Target, metadata: {name: t}, spec: [a, 1]}");
  const auto status = resolve(var("T", "spec.text"));
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().text().find("must hold strings only"), std::string::npos);
}

}  // namespace
}  // namespace reconciler::kustomize
