#include "validate/declaration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reconciler::validate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::string mistake_in(const char* text) {
  const auto targets = parse_declaration(text);
  return targets ? "none" : targets.error().message;
}

TEST(Declaration, names_objects_with_their_keys) {
  const auto targets =
      parse_declaration("Secret/user[name, password] ,\n ServiceAccount/operator,Secret/other/tls.crt");
  ASSERT_TRUE(targets) << targets.error().text();
  ASSERT_EQ(targets->size(), 3U);
  EXPECT_EQ((*targets)[0].kind, "Secret");
  EXPECT_EQ((*targets)[0].name, "user");
  EXPECT_THAT((*targets)[0].keys.value(), ElementsAre("name", "password"));
  EXPECT_EQ((*targets)[1].kind, "ServiceAccount");
  EXPECT_EQ((*targets)[2].namespace_, "other");
  EXPECT_EQ((*targets)[2].name, "tls.crt");
  EXPECT_FALSE((*targets)[2].keys);
}

TEST(Declaration, names_ports_by_name_number_or_both) {
  const auto targets = parse_declaration("Service/db[postgresql:5432,8008,web]");
  ASSERT_TRUE(targets) << targets.error().text();
  EXPECT_THAT(targets->front().ports.value(), ElementsAre(Port{"postgresql", 5432}, Port{"", 8008}, Port{"web", 0}));
}

TEST(Declaration, names_labels_and_groups) {
  const auto targets = parse_declaration("Pod/db-0{app.kubernetes.io/name=db, role=}[5432], Deployment.apps/x/web");
  ASSERT_TRUE(targets) << targets.error().text();
  EXPECT_THAT((*targets)[0].labels, ElementsAre(Pair("app.kubernetes.io/name", "db"), Pair("role", "")));
  EXPECT_EQ((*targets)[1].group, "apps");
  EXPECT_EQ((*targets)[1].kind, "Deployment");
}

TEST(Declaration, says_where_it_is_malformed) {
  EXPECT_THAT(mistake_in("Secret"), HasSubstr("expected '/' and a name at character 7"));
  EXPECT_THAT(mistake_in("Secret/a[x"), HasSubstr("']' at character 11"));
  EXPECT_THAT(mistake_in("Secret/a[]"), HasSubstr("a key at character 10"));
  EXPECT_THAT(mistake_in("Secret/a Secret/b"), HasSubstr("a comma"));
  EXPECT_THAT(mistake_in("Secret/a,"), HasSubstr("Kind/name at character 10"));
  EXPECT_THAT(mistake_in("Service/a[http:99999]"), HasSubstr("from 1 to 65535"));
  EXPECT_THAT(mistake_in("Pod/a{app}"), HasSubstr("'='"));
  EXPECT_THAT(mistake_in("ServiceAccount/a[x]"), HasSubstr("only a Secret or ConfigMap has keys"));
  EXPECT_THAT(mistake_in("Secret/a/b/c"), HasSubstr("a comma"));
  EXPECT_THAT(mistake_in(""), HasSubstr("Kind/name"));
}

}  // namespace
}  // namespace reconciler::validate
